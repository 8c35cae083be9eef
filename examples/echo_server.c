/* Gives back what each client sends, all at once. After ^C no new clients are taken, and those that
 * are there have ten seconds to come to their end; a second ^C ends the program as it always does.
 *
 *     echo_server [ADDRESS]      127.0.0.1 and any port, unless it says another one
 *
 * Prints: where it listens, and at the end what it came to. */

#include <stdio.h>

#include "weir.h"

/* What a client is given: a copy of its own bytes. */
static weir_stream *echo(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_copy(near.reader, near.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void stop(weir_signal signal, void *rt)
{
    (void)signal;
    weir_rt_stop(rt);
}
WEIR_EACH_FN(stop_fn, stop, weir_signal)

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

static void print_task_error(weir_rt *rt, const weir_error *error, void *arg)
{
    (void)rt;
    print_error(error, arg);
}

int main(int argc, char **argv)
{
    weir_served served = {0};
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.on_task_error = print_task_error), &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    if (!weir_rt_spawn(rt, weir_for_each(weir_ctrl_c(), &stop_fn, rt)))
        fprintf(stderr, "no memory to wait for ^C\n");

    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_stream *server =
        weir_serve(incoming, &echo_fn, NULL, &WEIR_SERVE_OPTIONS(.on_error = print_error));
    weir_state state = weir_rt_run(rt, server, &served, &error);
    weir_rt_drop(rt);
    if (state != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu connections, %llu failed, %llu given up\n", (unsigned long long)served.connections,
           (unsigned long long)served.errors, (unsigned long long)served.given_up);
    return 0;
}
