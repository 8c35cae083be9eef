/* Connections are served in parallel; the exchanges of one of them, by HTTP/2 too, are not. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

static const weir_response text = WEIR_RESPONSE(200, "content-type: text/plain\r\n");

static bool answer(weir_exchange *x, const char *motd, weir_error *error)
{
    return weir_await(weir_respond_bytes(x, &text, motd, strlen(motd)), NULL, error) != WEIR_ERROR;
}

WEIR_PAR_FN(serve, weir_duplex, connection, const char *, motd)
{
    weir_error error;
    // lint-next: sequential_loops 5-19
    weir_for_await (weir_exchange *, x, weir_http_exchanges(connection, NULL)) {
        if (!answer(x, motd, &error)) {
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
            return;
        }
    }
}

weir_stream *motd_server(const char *address, char *motd)
{
    return weir_par_for_each(weir_incoming(address, NULL), &serve, motd, 1000, NULL);
}
