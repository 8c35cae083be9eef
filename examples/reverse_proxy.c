/* Asks another server for whatever it is asked for, and streams both bodies: what the slower side
 * does not take is not read from the other one, so nothing is held but a block each way.
 *
 *     reverse_proxy http://127.0.0.1:8080 [ADDRESS]      127.0.0.1 and any port, unless it says so
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "weir.h"

enum { FIELDS_MAX = 100, URL_BYTES = 16 << 10 };

static const weir_response bad_gateway = WEIR_RESPONSE(502, "content-type: text/plain\r\n");

struct proxy {
    const char *upstream;
    weir_http_client *client; /* of this worker: one runs it all */
};

/* What is said from one hop to the next, and no further. */
static bool is_hop(const char *name)
{
    static const char *const hops[] = {"connection",
                                       "content-length",
                                       "date",
                                       "expect",
                                       "host",
                                       "keep-alive",
                                       "proxy-authenticate",
                                       "proxy-authorization",
                                       "proxy-connection",
                                       "te",
                                       "trailer",
                                       "transfer-encoding",
                                       "upgrade"};
    for (size_t i = 0; i < sizeof hops / sizeof *hops; i++)
        if (!strcasecmp(name, hops[i]))
            return true;
    return false;
}

static bool has_member(const char *list, const char *name)
{
    size_t n = strlen(name);
    while (*list) {
        list += strspn(list, ", \t");
        size_t one = strcspn(list, ", \t");
        if (one == n && !strncasecmp(list, name, n))
            return true;
        list += one;
    }
    return false;
}

/* ... and what Connection names, "close, x-token", of which there may be several. */
static bool is_named(const weir_header *all, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(all[i].name, "connection") && has_member(all[i].value, name))
            return true;
    return false;
}

static size_t keep(const weir_header *all, size_t n, weir_header *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_hop(all[i].name) && !is_named(all, n, all[i].name))
            out[kept++] = all[i];
    return kept;
}

static weir_reply *ask(struct proxy *proxy, weir_exchange *x, weir_error *error)
{
    const weir_request *request = weir_exchange_request(x);
    weir_header all[FIELDS_MAX], headers[FIELDS_MAX];
    char url[URL_BYTES];
    size_t n = 0;
    weir_reply *reply;

    for (; n < request->headers_n && n < FIELDS_MAX; n++)
        all[n] = weir_exchange_header_at(x, (uint32_t)n);
    snprintf(url, sizeof url, "%s%s", proxy->upstream, request->path);
    weir_http_request_spec spec = {.size = sizeof spec,
                                   .method = request->method,
                                   .url = url,
                                   .headers = headers,
                                   .headers_n = keep(all, n, headers),
                                   .length = request->length};
    weir_reader *body = request->length ? weir_exchange_body(x) : NULL;
    weir_stream *sent =
        weir_http_send(&spec, body, &WEIR_HTTP_CLIENT_OPTIONS(.client = proxy->client));
    return weir_await(sent, &reply, error) == WEIR_ERROR ? NULL : reply;
}

/* The answer to HEAD has none, but says how long it would be. */
static uint64_t length_of(const weir_exchange *x, const weir_reply *reply)
{
    const char *said = weir_reply_header(reply, "content-length");
    if (strcmp(weir_exchange_request(x)->method, "HEAD") != 0)
        return weir_reply_length(reply);
    return said ? strtoull(said, NULL, 10) : WEIR_LENGTH_UNKNOWN;
}

static weir_stream *pass_on(weir_exchange *x, weir_reply *reply)
{
    weir_header all[FIELDS_MAX], headers[FIELDS_MAX];
    size_t n = 0;

    for (; n < weir_reply_headers_n(reply) && n < FIELDS_MAX; n++)
        all[n] = weir_reply_header_at(reply, n);
    n = keep(all, n, headers);
    weir_reader *body = weir_reply_body(reply);
    weir_writer *answer =
        weir_respond(x, weir_reply_status(reply), headers, n, length_of(x, reply));
    weir_reply_drop(reply);
    return weir_copy(body, answer);
}

WEIR_PAR_FN(handle, weir_exchange *, x, struct proxy *, proxy)
{
    weir_error error;
    weir_reply *reply = ask(proxy, x, &error);
    if (!reply)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    weir_stream *answer =
        reply ? pass_on(x, reply) : weir_respond_bytes(x, &bad_gateway, "no answer\n", 10);
    if (weir_await(answer, NULL, &error) == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

static weir_stream *serve(weir_duplex connection, void *proxy)
{
    return weir_par_for_each(weir_http_exchanges(connection, NULL), &handle, proxy, 100, NULL);
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
    if (argc < 2)
        return fprintf(stderr, "reverse_proxy URL [ADDRESS]\n"), 2;
    weir_error error;
    struct proxy proxy = {argv[1], weir_http_client_new(NULL)};
    weir_stream *incoming = weir_incoming(argc > 2 ? argv[2] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_stream *server = weir_serve(incoming, &serve_fn, &proxy, NULL);
    weir_state state = weir_run(server, NULL, &error);
    weir_http_client_unref(proxy.client);
    if (state != WEIR_ERROR)
        return 0;
    return fprintf(stderr, "reverse_proxy: %s\n", WEIR_ERROR_TEXT(&error)), 1;
}
