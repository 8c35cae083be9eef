/* Lines are asked for by hand, and datagrams in a loop with an index; both are kept by pointer. */
#include <stdio.h>

#include <weir.h>

enum { HEAD_LINES = 16 };

size_t read_head(weir_reader *in, weir_writer *out, weir_error *error)
{
    const char *fields[HEAD_LINES];
    weir_stream *lines = weir_lines(in, 8192);
    weir_line line;
    size_t n = 0;
    while (n < HEAD_LINES && weir_await_next(lines, &line, error) == WEIR_READY) {
        if (!line.size)
            break;
        fields[n++] = line.data; // lint: lent_item_escapes 23-27
    }
    for (size_t i = 0; i < n; i++)
        if (weir_await_write(out, fields[i], 1, error) != WEIR_READY)
            break;
    weir_drop(lines);
    return n;
}

struct peer {
    weir_endpoint from;
    const char *name;
};

void greet_peers(weir_udp_socket *socket, struct peer *peers, size_t max)
{
    weir_for_await_indexed (i, weir_datagram, datagram, weir_datagrams(socket)) {
        if (i == max)
            break;
        peers[i].from = datagram.from;
        peers[i].name = datagram.data; // lint: lent_item_escapes 25-33
    }
}
