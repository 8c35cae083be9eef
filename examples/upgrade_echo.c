/* Speaks "echo" with who asks for it by Upgrade: each byte comes back, until the client is done.
 * Others are told 426.
 *
 *     upgrade_echo [ADDRESS]      127.0.0.1 and any port, unless it says another one
 */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static const weir_response no = WEIR_RESPONSE(426, "content-type: text/plain\r\n");

static weir_stream *answer(weir_exchange *x, void *arg)
{
    (void)arg;
    const char *wanted = weir_exchange_header(x, "upgrade");
    if (!wanted || strcmp(wanted, "echo"))
        return weir_respond_bytes(x, &no, "ask for 'echo'\n", 15);
    weir_duplex raw = weir_exchange_upgrade(x, "echo");
    return weir_drain(weir_copy(raw.reader, raw.writer));
}
WEIR_HTTP_FN(answer_fn, answer)

static weir_stream *serve(weir_duplex connection, void *arg)
{
    return weir_http_serve(connection, &answer_fn, arg, NULL);
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
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_stream *server = weir_par_for_each(incoming, &serve_fn, NULL, 1000, NULL);
    if (weir_run(server, NULL, &error) != WEIR_ERROR)
        return 0;
    return fprintf(stderr, "upgrade_echo: %s\n", WEIR_ERROR_TEXT(&error)), 1;
}
