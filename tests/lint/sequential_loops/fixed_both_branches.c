/* Both branches end in one parallel loop. */
#include <stdbool.h>

#include <weir.h>

struct options {
    const char *path; /* of a socket file; NULL: none */
    const char *address;
    bool quiet;
    uint64_t lost;
};

WEIR_PAR_FN(greet, weir_duplex, client, struct options *, options)
{
    if (!options->quiet) {
        weir_error error;
        if (weir_await_write(client.writer, "hello\n", 6, &error) != WEIR_READY)
            __atomic_add_fetch(&options->lost, 1, __ATOMIC_RELAXED);
    }
    weir_duplex_drop(client);
}

static bool answer(struct options *options)
{
    weir_error error;
    weir_stream *clients;
    if (options->path)
        clients = weir_incoming(options->path, &WEIR_LISTEN_OPTIONS(.keep_path = true));
    else
        clients = weir_incoming(options->address, NULL);
    clients = weir_par_for_each(clients, &greet, options, 64, NULL);
    return weir_run(clients, NULL, &error) != WEIR_ERROR;
}

int main(int argc, char **argv)
{
    struct options options = {argc > 2 ? argv[2] : NULL, argc > 1 ? argv[1] : ":7007", false, 0};
    return !answer(&options);
}
