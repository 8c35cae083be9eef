/* Whichever address it listens at, the stream is one of connections, and the wait stands in an if.
 */
#include <stdbool.h>

#include <weir.h>

struct options {
    const char *path; /* of a socket file; NULL: none */
    const char *address;
    bool quiet;
    uint64_t lost;
};

static void answer(struct options *options)
{
    weir_stream *clients;
    if (options->path)
        clients = weir_incoming(options->path, &WEIR_LISTEN_OPTIONS(.keep_path = true));
    else
        clients = weir_incoming(options->address, NULL);
    weir_for_await (weir_duplex, client, clients) { // lint: sequential_loops 5-19
        if (!options->quiet) {
            weir_error error;
            if (weir_await_write(client.writer, "hello\n", 6, &error) != WEIR_READY)
                options->lost++;
        }
        weir_duplex_drop(client);
    }
}

int main(int argc, char **argv)
{
    struct options options = {argc > 2 ? argv[2] : NULL, argc > 1 ? argv[1] : ":7007", false, 0};
    answer(&options);
    return 0;
}
