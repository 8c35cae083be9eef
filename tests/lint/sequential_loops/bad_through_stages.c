/* The connections went through a variable and three stages, and the wait stands two calls deep. */
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

static void greet(struct greeter *greeter, weir_duplex client)
{
    weir_error error;
    if (say(client.writer, greeter->text, &error))
        greeter->greeted++;
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
    weir_for_try (weir_duplex, client, first, *error) // lint: sequential_loops 5-17
        greet(greeter, client);
    return error->code == WEIR_OK;
}
