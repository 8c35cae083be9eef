/* A parallel loop over connections, whose future is one over the exchanges of each. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

static const weir_response text = WEIR_RESPONSE(200, "content-type: text/plain\r\n");

WEIR_TRY_PAR_FN(answer, weir_exchange *, x, const char *, motd, error)
{
    return weir_await(weir_respond_bytes(x, &text, motd, strlen(motd)), NULL, error) != WEIR_ERROR;
}

static weir_stream *serve(weir_duplex connection, void *motd)
{
    return weir_par_for_each(weir_http_exchanges(connection, NULL), &answer, motd, 64, NULL);
}
WEIR_CONNECTION_FN(serve_fn, serve)

weir_stream *motd_server(const char *address, char *motd)
{
    return weir_par_for_each(weir_incoming(address, NULL), &serve_fn, motd, 1000, NULL);
}
