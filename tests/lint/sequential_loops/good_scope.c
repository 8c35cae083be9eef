/* A scope's task serves each client, and the first word of a client is waited for within it. */
#include <weir.h>

static weir_stream *echo(weir_duplex client)
{
    return weir_copy(client.reader, client.writer);
}

bool echo_in_scope(const char *address, weir_error *error)
{
    weir_scope (clients) {
        weir_for_try (weir_duplex, client, weir_incoming(address, NULL), *error) {
            if (!weir_pause())
                break;
            weir_scope_spawn(&clients, echo(client));
        }
    }
    return error->code == WEIR_OK;
}
