/* The same stages end in a parallel loop: the greeter is shared, so its count is atomic. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct greeter {
    const char *text;
    uint64_t greeted;
};

static bool is_local(weir_duplex client, void *arg)
{
    const char *peer = weir_peer_address(client.reader);
    (void)arg;
    return peer && strstr(peer, "127.0.0.1");
}
WEIR_FILTER_FN(is_local_fn, is_local, weir_duplex)

static bool say(weir_writer *out, const char *text, weir_error *error)
{
    return weir_await_write(out, text, strlen(text), error) == WEIR_READY &&
           weir_await_close(out, error) == WEIR_END;
}

WEIR_PAR_FN(greet, weir_duplex, client, struct greeter *, greeter)
{
    weir_error error;
    if (say(client.writer, greeter->text, &error))
        __atomic_add_fetch(&greeter->greeted, 1, __ATOMIC_RELAXED);
    else
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    weir_duplex_drop(client);
}

bool greet_local(struct greeter *greeter, const char *address, weir_error *error)
{
    weir_stream *clients = weir_incoming(address, &WEIR_LISTEN_OPTIONS(.backlog = 16));
    clients = weir_skip_errors(clients, UINT64_MAX, NULL);
    clients = weir_filter(clients, &is_local_fn, NULL);
    weir_stream *first = weir_take(clients, 1000);
    return weir_run(weir_par_for_each(first, &greet, greeter, 64, NULL), NULL, error) != WEIR_ERROR;
}
