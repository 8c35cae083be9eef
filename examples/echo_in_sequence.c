/* Gives back what each client sends, one client after the other: a plain loop. Who connects
 * meanwhile waits for its turn, as long as the one before stays: echo_server.c serves all at once.
 *
 *     echo_in_sequence [ADDRESS]      127.0.0.1 and any port, unless it says another one */

#include <stdio.h>

#include "weir.h"

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_error error, failed;

    /* That there are no descriptors for more clients may pass; other errors end it. */
    /* weir-lint: allow(sequential_loops) one after the other is what this example shows */
    weir_for_try (weir_duplex, near, weir_skip_errors(incoming, UINT64_MAX, NULL), error) {
        if (weir_await(weir_copy(near.reader, near.writer), NULL, &failed) != WEIR_READY)
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&failed));
    }
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    return 1;
}
