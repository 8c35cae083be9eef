/* Stands between clients and a server: what a client sends goes there, what the server answers goes
 * back. A side that ends is ended on the other side too, a reset stays a reset, and who does not
 * read stops who writes to it.
 *
 *     tcp_proxy ADDRESS SERVER */

#include <stdio.h>

#include "weir.h"

/* The server is dialled when the first byte is waited for; that it does not answer is an error of
 * this client alone. */
static weir_stream *connect_to(weir_duplex near, void *server)
{
    return weir_relay(near, weir_dial(server, NULL), NULL);
}
WEIR_THEN_FN(connect_fn, connect_to, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

static void print_error(const weir_error *error, void *arg)
{
    (void)arg;
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
}

int main(int argc, char **argv)
{
    weir_error error;
    if (argc != 3)
        return fprintf(stderr, "usage: tcp_proxy ADDRESS SERVER\n"), 2;

    weir_stream *incoming =
        weir_incoming(argv[1], &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_stream *proxy = weir_serve(incoming, &connect_fn, argv[2],
                                    &WEIR_SERVE_OPTIONS(.max = 500, .on_error = print_error));
    if (weir_run(proxy, NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
