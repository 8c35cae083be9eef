/* Clients are gathered, and sixteen of them are served at once. */
#include <weir.h>

weir_stream *serve_all(weir_duplex *clients, size_t n);

bool serve(const char *address, weir_error *error)
{
    weir_duplex clients[16];
    size_t n = 0;
    weir_for_await (weir_duplex, client, weir_incoming(address, NULL)) {
        clients[n++] = client;
        if (n < 16)
            continue;
        if (weir_await(serve_all(clients, n), NULL, error) == WEIR_ERROR)
            break;
        n = 0;
    }
    return weir_await(serve_all(clients, n), NULL, error) != WEIR_ERROR;
}
