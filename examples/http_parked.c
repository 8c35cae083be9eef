/* Says hello to every request, and keeps next to nothing of a connection between two of them:
 * `http_parked [ADDRESS]`, 127.0.0.1 and any port. */

#include <stdio.h>

#include "weir.h"

static weir_stream *hello(weir_exchange *x, void *arg)
{
    (void)arg;
    static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");
    return weir_respond_bytes(x, &ok, "Hello, World!", 13);
}
WEIR_HTTP_FN(hello_fn, hello)

static weir_stream *serve(weir_duplex connection, void *arg)
{
    return weir_http_serve_next(connection, &hello_fn, arg, NULL);
}
WEIR_THEN_FN(serve_fn, serve, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    weir_error error;
    weir_listen_options listen = {.size = sizeof listen, .on_listening = print_address};
    weir_serve_options options = WEIR_SERVE_OPTIONS(.max = 10000, .idle_ns = 60000000000ull);
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0", &listen);
    if (weir_run(weir_serve(incoming, &serve_fn, NULL, &options), NULL, &error) != WEIR_ERROR)
        return 0;
    return fprintf(stderr, "http_parked: %s\n", WEIR_ERROR_TEXT(&error)), 1;
}
