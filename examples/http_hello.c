/* Says hello to every request, on all cores: `http_hello [ADDRESS]`, 127.0.0.1 and any port. */

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
    return weir_http_serve(connection, &hello_fn, arg, NULL);
}
WEIR_CONNECTION_FN(serve_fn, serve)

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
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0", &listen);
    weir_stream *server = weir_par_for_each(incoming, &serve_fn, NULL, 10000, NULL);
    if (weir_run(server, NULL, &error) != WEIR_ERROR)
        return 0;
    return fprintf(stderr, "http_hello: %s\n", WEIR_ERROR_TEXT(&error)), 1;
}
