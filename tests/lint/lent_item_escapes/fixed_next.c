/* What is wanted of a line is taken at once; the name of a peer is copied. */
#include <stdio.h>

#include <weir.h>

enum { HEAD_LINES = 16 };

size_t read_head(weir_reader *in, weir_writer *out, weir_error *error)
{
    char fields[HEAD_LINES];
    weir_stream *lines = weir_lines(in, 8192);
    weir_line line;
    size_t n = 0;
    while (n < HEAD_LINES && weir_await_next(lines, &line, error) == WEIR_READY) {
        if (!line.size)
            break;
        fields[n++] = line.data[0];
    }
    for (size_t i = 0; i < n; i++)
        if (weir_await_write(out, &fields[i], 1, error) != WEIR_READY)
            break;
    weir_drop(lines);
    return n;
}

struct peer {
    weir_endpoint from;
    char name[32];
};

void greet_peers(weir_udp_socket *socket, struct peer *peers, size_t max)
{
    weir_for_await_indexed (i, weir_datagram, datagram, weir_datagrams(socket)) {
        if (i == max)
            break;
        peers[i].from = datagram.from;
        weir_format(peers[i].name, sizeof peers[i].name, "%.*s", (int)datagram.n, datagram.data);
    }
}
