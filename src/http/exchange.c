/* What is the same for both versions: options, the request, its fields, the counts. */

#include "http/exchange.h"

#include <string.h>
#include <strings.h>

#include "core/stage.h"
#include "weir/net.h"

/* ---- options ---- */

enum { EXCHANGE_HEAD_BYTES = 32 << 10, HEAD_BYTES_MAX = 64 << 10, EXCHANGE_FIELDS_MAX = 256 };
#define SECONDS(n) ((n)*1000000000ull)

static uint32_t usual(uint32_t given, uint32_t otherwise, uint32_t most)
{
    uint32_t value = given ? given : otherwise;
    return value < most ? value : most;
}

static uint64_t usual_ns(uint64_t given, uint64_t otherwise)
{
    return given ? given : otherwise;
}

void weir_http_config_take(struct weir_http_config *self, const weir_http_options *given)
{
    weir_http_options *o = &self->options;
    weir_options_take(o, sizeof *o, given, sizeof *o);
    o->head_bytes_max = usual(o->head_bytes_max, EXCHANGE_HEAD_BYTES, HEAD_BYTES_MAX);
    o->line_bytes_max = usual(o->line_bytes_max, 8 << 10, o->head_bytes_max);
    o->headers_max = usual(o->headers_max, 100, EXCHANGE_FIELDS_MAX);
    o->streams_max = usual(o->streams_max, 100, 1 << 16);
    o->window_bytes = usual(o->window_bytes, 256 << 10, 16 << 20);
    o->body_rate_min = usual(o->body_rate_min, 240, UINT32_MAX);
    o->unread_bytes_max = usual(o->unread_bytes_max, 64 << 10, UINT32_MAX);
    o->head_ns = usual_ns(o->head_ns, SECONDS(10));
    o->idle_ns = usual_ns(o->idle_ns, SECONDS(60));
    o->body_ns = usual_ns(o->body_ns, SECONDS(10));
    o->unread_ns = usual_ns(o->unread_ns, SECONDS(1));
    o->write_ns = usual_ns(o->write_ns, SECONDS(30));
    self->secure = o->secure;
}

/* ---- counts ---- */

void weir_http_count(const struct weir_http_config *config, enum weir_http_count what)
{
    weir_http_counts *counts = config->options.counts;
    if (!counts)
        return;
    uint64_t *const all[] = {[WEIR_HTTP_CONNECTIONS] = &counts->connections,
                             [WEIR_HTTP_REQUESTS] = &counts->requests,
                             [WEIR_HTTP_ANSWERED] = &counts->answered,
                             [WEIR_HTTP_REFUSED] = &counts->refused,
                             [WEIR_HTTP_UNANSWERED] = &counts->unanswered};
    __atomic_fetch_add(all[what], 1, __ATOMIC_RELAXED);
}

void weir_http_tell(const struct weir_http_config *config, const weir_error *error)
{
    if (config->options.on_error)
        config->options.on_error(error, config->options.arg);
}

/* ---- moments ---- */

bool weir_http_is_past(weir_cx *cx, weir_timer *timer, uint64_t due_ns)
{
    if (!cx->timers)
        return false;
    for (;;) {
        if (!timer->timers || timer->fired || timer->due_ns > due_ns)
            weir_timer_set(timer, due_ns);
        if (weir_timer_poll(cx, timer).state == WEIR_PENDING)
            return false;
        if (weir_clock_now_ns(cx) >= due_ns)
            return true;
    }
}

/* ---- fields ---- */

static char *exchange_copy(char *text, const unsigned char *bytes, struct weir_http_span span)
{
    memcpy(text, bytes + span.at, span.n);
    text[span.n] = 0;
    return text + span.n + 1;
}

char *weir_http_copy_fields(char *text, const unsigned char *bytes,
                            const struct weir_http_field *fields, uint32_t n, weir_header *out)
{
    for (uint32_t i = 0; i < n; i++) {
        out[i].name = text;
        text = exchange_copy(text, bytes, fields[i].name);
        out[i].value = text;
        text = exchange_copy(text, bytes, fields[i].value);
    }
    return text;
}

const char *weir_http_find(const weir_header *fields, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if ((fields[i].name[0] | 32) == (name[0] | 32) && !strcasecmp(fields[i].name, name))
            return fields[i].value;
    return NULL;
}

/* ---- the request ---- */

const weir_request *weir_exchange_request(const weir_exchange *x)
{
    return &x->request;
}

const char *weir_exchange_header(const weir_exchange *x, const char *name)
{
    return weir_http_find(x->fields, x->request.headers_n, name);
}

weir_header weir_exchange_header_at(const weir_exchange *x, uint32_t i)
{
    return x->fields[i];
}

const char *weir_exchange_trailer(const weir_exchange *x, const char *name)
{
    return weir_http_find(x->trailers, x->trailers_n, name);
}

const char *weir_exchange_peer(const weir_exchange *x)
{
    return x->ops->peer(x);
}

weir_reader *weir_exchange_body(weir_exchange *x)
{
    if (x->body_taken)
        return weir_reader_refused(WEIR_E_ARGUMENT, "weir_exchange_body() once an exchange",
                                   "the body was taken before", NULL, NULL, 0);
    x->body_taken = true;
    return x->ops->body(x);
}

bool weir_exchange_continue(weir_exchange *x)
{
    return x->ops->go_on(x);
}

void weir_exchange_drop(weir_exchange *x)
{
    if (x)
        x->ops->drop(x);
}

static void exchange_drop_item(const weir_type *type, void *item)
{
    (void)type;
    weir_exchange_drop(*(weir_exchange **)item);
}

/* It is its own memory, no view into what it came from; and of the worker that has the connection.
 */
const weir_type weir_type_exchange = {.name = "weir_exchange *",
                                      .size = sizeof(weir_exchange *),
                                      .align = _Alignof(weir_exchange *),
                                      .detached = true,
                                      .bound = true,
                                      .drop = exchange_drop_item};
