/* Standard input goes into a connection, what comes out of it to standard output. The end of the
 * input is told to the other side, which may still answer; it is over when both directions are. One
 * that is left alone and still for a minute is given up.
 *
 *     netcat ADDRESS         connects
 *     netcat -l ADDRESS      waits for one who does */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static void print_address(const char *address, void *arg)
{
    (void)arg;
    fprintf(stderr, "listening on %s\n", address);
}

static bool wait_for_one(const char *address, weir_duplex *out, weir_error *error)
{
    weir_stream *incoming =
        weir_incoming(address, &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    bool came = weir_run(weir_next(incoming), out, error) == WEIR_READY;
    weir_drop(incoming);
    return came;
}

int main(int argc, char **argv)
{
    bool listens = argc == 3 && !strcmp(argv[1], "-l");
    weir_duplex far;
    weir_error error;
    if (!listens && argc != 2)
        return fprintf(stderr, "usage: netcat [-l] ADDRESS\n"), 2;

    if (!listens)
        far = weir_dial(argv[1], NULL); /* an error comes when it is used */
    else if (!wait_for_one(argv[2], &far, &error))
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    weir_duplex here = {weir_stdin_reader(), weir_stdout_writer()};
    if (weir_run(weir_relay(here, far, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
