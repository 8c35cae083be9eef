/* Gives back what each client sends: the loop of echo_in_sequence.c as a parallel one. Clients are
 * served on all cores, a thousand at once; who comes then waits until one of them has gone.
 *
 *     echo_par [ADDRESS]      127.0.0.1 and any port, unless it says another one */

#include <stdio.h>

#include "weir.h"

enum { CLIENTS_AT_ONCE = 1000 };

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

/* The body of the loop: it waits as it likes, and `return` ends this client. */
WEIR_PAR_FN(serve, weir_duplex, near, void *, arg)
{
    weir_error failed;
    (void)arg;
    if (weir_await(weir_copy(near.reader, near.writer), NULL, &failed) != WEIR_READY)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&failed));
}

int main(int argc, char **argv)
{
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_error error;

    /* That there are no descriptors for more clients may pass; other errors end it. */
    incoming = weir_skip_errors(incoming, UINT64_MAX, NULL);
    if (weir_run(weir_par_for_each(incoming, &serve, NULL, CLIENTS_AT_ONCE, NULL), NULL, &error) ==
        WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    return 1;
}
