/* The server that scripts talk to, on one thread:
 *
 *     server [ADDRESS [CERTIFICATE KEY]]      127.0.0.1 and any port; TLS, where there is a key
 *
 *     GET /                  "Hello, World!", when the request has ended
 *     GET /bytes/N           N bytes
 *     POST /echo             the body, as it comes
 *     GET /feed              three events, from the one behind Last-Event-ID on
 *     GET /said?TEXT         nothing; the text is printed, behind the version of HTTP
 *     GET /page              the file that PAGE names, as HTML
 *
 * HTTP2_ONLY=1: nothing else is spoken. QUICK=1: the times after which a client is given up are a
 * quarter. Prints "listening on ADDRESS" and, when it was told to stop, what its requests came to.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

#define SECOND_NS UINT64_C(1000000000)

static weir_http_counts counts;
static weir_http_options options = {.size = sizeof options, .counts = &counts};
static weir_tls_context *tls; /* NULL: clear text */

/* A text behind the end of a body, which is read and left out: an answer that waits for the whole
 * request. */
static char hello[] = "Hello, World!";

static weir_poll behind_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_reader *body = (weir_reader *)reader->stage.source;
    size_t n;
    (void)min;
    if (reader->base == (unsigned char *)hello)
        return (weir_poll){0, WEIR_END};
    for (;;) {
        weir_poll got = weir_poll_fill(body, cx, 1);
        if (got.state == WEIR_END)
            break;
        if (got.state != WEIR_READY)
            return got;
        weir_peek(body, &n);
        weir_consume(body, n);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
    reader->base = (unsigned char *)hello;
    reader->end = sizeof hello - 1;
    reader->stage.padded = false;
    return (weir_poll){0, WEIR_READY};
}

static const weir_reader_ops behind_ops = {
    .size = sizeof behind_ops, .name = "behind the body", .poll_fill = behind_poll_fill};

static weir_stream *answer_hello(weir_exchange *x)
{
    static const weir_header plain = {"content-type", "text/plain"};
    weir_reader *body = weir_exchange_body(x);
    weir_reader *text = weir_reader_over(body, sizeof(weir_reader), &behind_ops);
    return weir_copy(text, weir_respond(x, 200, &plain, 1, sizeof hello - 1));
}

static weir_stream *answer_bytes(weir_exchange *x, uint64_t n)
{
    return weir_copy(weir_take_reader(weir_repeat_reader('x'), n),
                     weir_respond(x, 200, NULL, 0, n));
}

static weir_stream *echo(weir_exchange *x)
{
    uint64_t n = weir_exchange_request(x)->length;
    return weir_respond_reader(x, 200, NULL, 0, n, weir_exchange_body(x));
}

/* ---- for a browser ---- */

/* False: no memory. */
static bool number(int64_t n, weir_owned_sse_event *out, void *arg, weir_error *error)
{
    char text[24];
    (void)arg;
    size_t size = (size_t)snprintf(text, sizeof text, "%lld", (long long)n);
    weir_sse_event event = {.data = {text, size}, .id = {text, size}, .retry_ms = 100};
    if (weir_owned_sse_event_new(out, &event))
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory for an event");
    return false;
}
WEIR_TRY_MAP_FN(number_fn, number, int64_t, weir_owned_sse_event, .to = &weir_type_owned_sse_event)

static weir_stream *answer_feed(weir_exchange *x)
{
    const char *last = weir_exchange_header(x, "last-event-id");
    int64_t first = last ? strtoll(last, NULL, 10) + 1 : 1;
    return weir_respond_events(x, weir_map(weir_range(first, first + 3), &number_fn, NULL), NULL);
}

static weir_stream *hear(weir_exchange *x)
{
    static const weir_response nothing = WEIR_RESPONSE(204, "");
    const weir_request *request = weir_exchange_request(x);
    printf("said %u %s\n", request->version, request->path + strlen("/said?"));
    fflush(stdout);
    return weir_respond_bytes(x, &nothing, NULL, 0);
}

static weir_stream *answer_page(weir_exchange *x)
{
    static const weir_header html = {"content-type", "text/html; charset=utf-8"};
    const char *path = getenv("PAGE");
    weir_reader *page = weir_file_reader(path ? path : "/dev/null");
    return weir_respond_reader(x, 200, &html, 1, WEIR_LENGTH_UNKNOWN, page);
}

/* ---- serving ---- */

static weir_stream *handle(weir_exchange *x, void *arg)
{
    (void)arg;
    const char *path = weir_exchange_request(x)->path;

    if (!strcmp(path, "/echo"))
        return echo(x);
    if (!strncmp(path, "/bytes/", 7))
        return answer_bytes(x, strtoull(path + 7, NULL, 10));
    if (!strcmp(path, "/feed"))
        return answer_feed(x);
    if (!strncmp(path, "/said?", 6))
        return hear(x);
    if (!strncmp(path, "/page", 5))
        return answer_page(x);
    return answer_hello(x);
}
WEIR_HTTP_FN(handle_fn, handle)

static weir_stream *serve(weir_duplex connection, void *arg)
{
    if (tls)
        connection = weir_tls(connection, tls, NULL);
    return weir_http_serve(connection, &handle_fn, arg, &options);
}
WEIR_CONNECTION_FN(serve_fn, serve)

static void hurry(void)
{
    options.head_ns = 10 * SECOND_NS / 4;
    options.idle_ns = 60 * SECOND_NS / 4;
    options.body_ns = 10 * SECOND_NS / 4;
    options.write_ns = 30 * SECOND_NS / 4;
}

static void stop(weir_signal signal, void *rt)
{
    (void)signal;
    weir_rt_stop(rt);
}
WEIR_EACH_FN(stop_fn, stop, weir_signal)

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

static int fail(const weir_error *error)
{
    return fprintf(stderr, "server: %s\n", WEIR_ERROR_TEXT(error)), 1;
}

static bool take_certificate(const char *certificate, const char *key)
{
    static const char *const protocols[] = {"h2", "http/1.1", NULL};
    weir_tls_options how = {
        .size = sizeof how, .certificate_file = certificate, .key_file = key, .alpn = protocols};

    tls = weir_tls_server(&how);
    return !weir_tls_context_error(tls);
}

int main(int argc, char **argv)
{
    weir_listen_options listen = {.size = sizeof listen, .on_listening = print_address};
    weir_served served = {0};
    weir_error error;

    options.no_http1 = getenv("HTTP2_ONLY");
    if (getenv("QUICK"))
        hurry();
    if (argc > 3 && !take_certificate(argv[2], argv[3]))
        return fail(weir_tls_context_error(tls));
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fail(&error);
    if (!weir_rt_spawn(rt, weir_for_each(weir_signals(SIGTERM), &stop_fn, rt)))
        return fprintf(stderr, "server: no memory\n"), 1;
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0", &listen);
    weir_stream *all = weir_serve(incoming, &serve_fn, NULL, &WEIR_SERVE_OPTIONS(.max = 20000));
    weir_state state = weir_rt_run(rt, all, &served, &error);
    weir_rt_drop(rt);
    weir_tls_context_unref(tls);
    if (state == WEIR_ERROR)
        return fail(&error);
    printf("%llu requests, %llu answered, %llu refused, %llu unanswered\n",
           (unsigned long long)counts.requests, (unsigned long long)counts.answered,
           (unsigned long long)counts.refused, (unsigned long long)counts.unanswered);
    return 0;
}
