/* The page as a server: two paths, and why not. */

#include "inspect/page.h"

#include <string.h>
#include <strings.h>

#include "core/stage.h"
#include "inspect/page_text.h" /* made by the build of page.html */
#include "weir/consume.h"
#include "weir/net.h"
#include "weir/sse.h"
#include "weir/stream.h"
#include "weir/write.h"

#define PAGE_SECOND 1000000000ull
#define PAGE_SERVE_KEEP_ALIVE_NS PAGE_SECOND /* so that one who went away is noticed */
#define PAGE_SERVE_DRAIN_NS (PAGE_SECOND / 2)
#define PAGE_SERVE_CROWDED_NS (PAGE_SECOND / 10)

/* As many as this have time to say what they want; who comes beside them says it at once, or makes
 * room: connections that ask nothing keep nobody waiting who does. */
enum { PAGE_SERVE_PATIENT = WEIR_INSPECT_PAGE_CONNECTIONS / 2 };

/* What every answer says: it may be shown by nobody but this page, and runs what is in it. */
#define PAGE_SERVE_GUARD                                                                           \
    "content-security-policy: " WEIR_PAGE_POLICY "\r\nx-content-type-options: nosniff\r\n"         \
    "x-frame-options: DENY\r\nreferrer-policy: no-referrer\r\ncache-control: no-store\r\n"         \
    "cross-origin-resource-policy: same-origin\r\n"
#define SAYS "content-type: text/plain; charset=utf-8\r\n"

static const struct {
    weir_response head;
    const char *text;
} page_serve_refusals[WEIR_PAGE_ANSWERS] = {
    [WEIR_PAGE_NO_METHOD] = {WEIR_RESPONSE(405, SAYS PAGE_SERVE_GUARD "allow: GET, HEAD\r\n"),
                             "GET and HEAD are answered, nothing else\n"},
    [WEIR_PAGE_NO_HOST] = {WEIR_RESPONSE(403, SAYS PAGE_SERVE_GUARD),
                           "this page has another address: the one that the program printed\n"},
    [WEIR_PAGE_NO_ORIGIN] = {WEIR_RESPONSE(403, SAYS PAGE_SERVE_GUARD),
                             "a page of another address asks: open this one by itself\n"},
    [WEIR_PAGE_NO_PATH] = {WEIR_RESPONSE(404, SAYS PAGE_SERVE_GUARD), "there is / and /events\n"},
    [WEIR_PAGE_NO_TOKEN] = {WEIR_RESPONSE(403, SAYS PAGE_SERVE_GUARD),
                            "the token is not right: open the whole address that the program "
                            "printed, with what follows #\n"},
};
static const weir_response text_head =
    WEIR_RESPONSE(200, "content-type: text/html; charset=utf-8\r\n" PAGE_SERVE_GUARD);
static const weir_response busy_head =
    WEIR_RESPONSE(503, SAYS PAGE_SERVE_GUARD "retry-after: 5\r\n");
static const char busy[] = "as many look already as may: close one of the others\n";
static const char page_serve_broken[] = "no memory for one more who looks\n";

/* ---- events ---- */

static weir_stream *refuse_events(weir_exchange *x, const weir_error *error)
{
    return error->code == WEIR_E_LIMIT
               ? weir_respond_bytes(x, &busy_head, busy, sizeof busy - 1)
               : weir_respond_bytes(x, &busy_head, page_serve_broken, sizeof page_serve_broken - 1);
}

static weir_stream *respond_events(weir_exchange *x, const struct weir_page *page)
{
    static const weir_header fields[] = {{"content-type", "text/event-stream"},
                                         {"content-security-policy", WEIR_PAGE_POLICY},
                                         {"x-content-type-options", "nosniff"},
                                         {"x-frame-options", "DENY"},
                                         {"referrer-policy", "no-referrer"},
                                         {"cache-control", "no-store"},
                                         {"cross-origin-resource-policy", "same-origin"}};
    enum { FIELDS = sizeof fields / sizeof *fields };
    weir_error error;
    if (!strcmp(weir_exchange_request(x)->method, "HEAD"))
        return weir_copy(weir_memory_reader("", 0), weir_respond(x, 200, fields, FIELDS, 0));
    void *one = page->feed.open(page->feed.arg, &error);
    if (!one)
        return refuse_events(x, &error);
    weir_reader *text =
        weir_to_sse(weir_page_lines(&page->feed, one),
                    &WEIR_TO_SSE_OPTIONS(.keep_alive_ns = PAGE_SERVE_KEEP_ALIVE_NS));
    return weir_copy(text, weir_respond(x, 200, fields, FIELDS, WEIR_LENGTH_UNKNOWN));
}

/* ---- requests ---- */

/* A field that is said once; twice is as good as wrong. */
static const char *once(const weir_exchange *x, const char *name)
{
    const char *value = NULL;
    uint32_t n = weir_exchange_request(x)->headers_n;
    for (uint32_t i = 0; i < n; i++) {
        weir_header field = weir_exchange_header_at(x, i);
        if (!strcasecmp(field.name, name))
            value = value ? "" : field.value;
    }
    return value;
}

static weir_stream *page_serve_answer(weir_exchange *x, void *arg)
{
    const struct weir_page *page = arg;
    const weir_request *request = weir_exchange_request(x);
    struct weir_page_asked asked = {.method = request->method,
                                    .path = request->path,
                                    .host = request->host,
                                    .origin = once(x, "origin"),
                                    .site = once(x, "sec-fetch-site"),
                                    .token = once(x, "x-weir-token")};
    enum weir_page_answer said = weir_page_judge(&page->door, &asked);
    if (said == WEIR_PAGE_EVENTS)
        return respond_events(x, page);
    if (said == WEIR_PAGE_TEXT)
        return weir_respond_bytes(x, &text_head, weir_page_text, sizeof weir_page_text);
    return weir_respond_bytes(x, &page_serve_refusals[said].head, page_serve_refusals[said].text,
                              strlen(page_serve_refusals[said].text));
}
WEIR_HTTP_FN(answer_fn, page_serve_answer)

static void page_serve_gone(weir_done how, const weir_error *error, void *arg)
{
    struct weir_page *page = arg;
    (void)how;
    (void)error;
    page->open--;
}

static weir_stream *page_serve_serve(weir_duplex connection, void *arg)
{
    struct weir_page *page = arg;
    bool crowded = page->open >= PAGE_SERVE_PATIENT;
    uint64_t patience_ns = crowded ? PAGE_SERVE_CROWDED_NS : 5 * PAGE_SECOND;
    const weir_http_options narrow = {.size = sizeof narrow,
                                      .head_bytes_max = 8 << 10,
                                      .head_ns = patience_ns,
                                      .idle_ns = patience_ns,
                                      .body_ns = 5 * PAGE_SECOND,
                                      .unread_bytes_max = 1 << 10,
                                      .write_ns = 10 * PAGE_SECOND,
                                      .no_http2 = true};
    weir_stream *served =
        weir_on_done(weir_http_serve(connection, &answer_fn, page, &narrow), page_serve_gone, page);
    page->open += !weir_stage_failed(&served->stage);
    return served;
}
WEIR_CONNECTION_FN(serve_fn, page_serve_serve)

weir_stream *weir_page_serve(struct weir_page *page, const char *address,
                             void (*on_listening)(const char *address, void *arg), void *arg)
{
    weir_stream *incoming = weir_incoming(
        address, &WEIR_LISTEN_OPTIONS(.backlog = 1024, .on_listening = on_listening, .arg = arg));
    return weir_serve(
        incoming, &serve_fn, page,
        &WEIR_SERVE_OPTIONS(.max = WEIR_INSPECT_PAGE_CONNECTIONS, .drain_ns = PAGE_SERVE_DRAIN_NS));
}
