/* to_sse: events as text/event-stream, and a comment where nothing comes for a while. */

#include <string.h>

#include "bytes/find.h"
#include "codec/adapter.h"
#include "stream/gap.h"
#include "weir/decode.h"
#include "weir/sse.h"

/* ---- events, owned ones as views, and comments between them ---- */

struct to_sse_events {
    weir_stream stream;
    struct weir_gap gap;       /* ns 0: it does not matter how long nothing comes */
    bool owned;                /* the source's are */
    weir_owned_sse_event held; /* what the view that was given is of */
};

static struct to_sse_events *to_sse_events_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct to_sse_events, stream);
}

static weir_poll ask_source(struct to_sse_events *self, weir_cx *cx, weir_sse_event *out,
                            size_t demand)
{
    weir_stream *source = weir_source(&self->stream);
    if (!self->owned)
        return poll_next(source, cx, out, demand);
    weir_owned_sse_event_drop(&self->held);
    weir_poll got = poll_next(source, cx, &self->held, 1);
    if (got.n)
        *out = self->held.event;
    return got;
}

static weir_poll to_sse_events_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct to_sse_events *self = to_sse_events_of(stream);
    weir_poll got = ask_source(self, cx, out, demand);
    if (got.state != WEIR_PENDING || !self->gap.ns) {
        self->gap.begun = false;
        return got;
    }
    if (!weir_clock_is_there(cx, "to_sse"))
        return (weir_poll){0, WEIR_ERROR};
    if (!weir_gap_passed(&self->gap, cx))
        return got;
    self->gap.begun = false;
    *(weir_sse_event *)out = (weir_sse_event){.retry_ms = -1};
    return WEIR_POLL_ONE;
}

static void to_sse_events_fini(weir_stream *stream)
{
    weir_timer_stop(&to_sse_events_of(stream)->gap.timer);
    weir_owned_sse_event_drop(&to_sse_events_of(stream)->held);
}

static const weir_stream_ops to_sse_events_ops = {.size = sizeof to_sse_events_ops,
                                                  .name = "to_sse",
                                                  .poll_next = to_sse_events_poll_next,
                                                  .fini = to_sse_events_fini};

static weir_stream *events_over(weir_stream *source, uint64_t keep_alive_ns)
{
    bool owned = weir_type_fits(source->type, &weir_type_owned_sse_event);
    if (!owned)
        source = weir_expect_type(source, "to_sse", "events", &weir_type_sse_event);
    weir_stream *stream = weir_stream_new(source, sizeof(struct to_sse_events), &to_sse_events_ops,
                                          &weir_type_sse_event);
    if (weir_stage_failed(&stream->stage))
        return stream;
    to_sse_events_of(stream)->owned = owned;
    to_sse_events_of(stream)->gap.ns = keep_alive_ns;
    return stream;
}

/* ---- their text ---- */

struct to_sse {
    int64_t retry_ms; /* said last; the first time: to be said; below 0: none */
    bool began;
    bool has_id; /* the last event had one */
};

/* What does not fit is counted. */
struct to_sse_text {
    unsigned char *out;
    size_t size;
    size_t n;
};

static void to_sse_put(struct to_sse_text *text, const char *data, size_t size)
{
    if (text->n <= text->size && size && size <= text->size - text->n)
        memcpy(text->out + text->n, data, size);
    text->n += size;
}

static void to_sse_put_field(struct to_sse_text *text, const char *name, size_t name_n,
                             weir_line value)
{
    to_sse_put(text, name, name_n);
    to_sse_put(text, value.data, value.size);
    to_sse_put(text, "\n", 1);
}

static size_t to_sse_line_of(weir_line data)
{
    size_t n = 0;
    while (n < data.size && data.data[n] != '\n' && data.data[n] != '\r')
        n++;
    return n;
}

/* A line each; what ends them arrives as LF. */
static void put_data(struct to_sse_text *text, weir_line data)
{
    for (;;) {
        size_t n = to_sse_line_of(data);
        to_sse_put_field(text, "data: ", sizeof "data: " - 1, (weir_line){data.data, n});
        if (n == data.size)
            return;
        n += 1 + (data.data[n] == '\r' && n + 1 < data.size && data.data[n + 1] == '\n');
        data = (weir_line){data.data + n, data.size - n};
    }
}

static void put_retry(struct to_sse_text *text, int64_t ms)
{
    char digits[24];
    size_t n = weir_format(digits, sizeof digits, "%lld", (long long)ms);
    to_sse_put_field(text, "retry: ", sizeof "retry: " - 1, (weir_line){digits, n});
}

static bool is_default(weir_line event)
{
    return !event.size || (event.size == 7 && !memcmp(event.data, "message", 7));
}

static bool to_sse_refuse(weir_error *error, const char *what)
{
    weir_error_set(error, WEIR_E_ARGUMENT, "%s", what);
    return false;
}

/* false: error was set. */
static bool can_be_said(const weir_sse_event *event, weir_error *error)
{
    if (to_sse_line_of(event->event) < event->event.size)
        return to_sse_refuse(error, "an event's type holds the end of a line");
    if (to_sse_line_of(event->id) < event->id.size)
        return to_sse_refuse(error, "an event's id holds the end of a line");
    const unsigned char *id = (const unsigned char *)event->id.data;
    if (weir_find_byte(id, event->id.size, 0) < event->id.size)
        return to_sse_refuse(error, "an event's id holds a NUL");
    return true;
}

static void to_sse_say(const struct to_sse *self, const weir_sse_event *event,
                       struct to_sse_text *text)
{
    bool new_retry = event->retry_ms >= 0 && (!self->began || event->retry_ms != self->retry_ms);
    if (new_retry || (!self->began && self->retry_ms >= 0))
        put_retry(text, new_retry ? event->retry_ms : self->retry_ms);
    if (!event->data.data) {
        to_sse_put(text, ":\n", 2);
        return;
    }
    if (!is_default(event->event))
        to_sse_put_field(text, "event: ", sizeof "event: " - 1, event->event);
    if (event->id.size || self->has_id)
        to_sse_put_field(text, "id: ", event->id.size ? 4 : 2, event->id);
    put_data(text, event->data);
}

static size_t to_sse_encode(void *state, const void *item, unsigned char *out, size_t size,
                            weir_error *error)
{
    struct to_sse *self = state;
    const weir_sse_event *event = item;
    struct to_sse_text text = {out, size, 0};
    if (!can_be_said(event, error))
        return 0;
    to_sse_say(self, event, &text);
    to_sse_put(&text, "\n", 1);
    if (text.n > size)
        return text.n;
    self->began = true;
    if (event->retry_ms >= 0)
        self->retry_ms = event->retry_ms;
    if (event->data.data)
        self->has_id = event->id.size > 0;
    return text.n;
}

static bool to_sse_init(void *state, const void *options, weir_error *error)
{
    struct to_sse *self = state;
    uint32_t retry_ms = ((const weir_to_sse_options *)options)->retry_ms;
    (void)error;
    self->retry_ms = retry_ms ? (int64_t)retry_ms : -1;
    return true;
}

static const weir_encoder to_sse_encoder = {.size = sizeof to_sse_encoder,
                                            .name = "to_sse",
                                            .type = &weir_type_sse_event,
                                            .state_size = sizeof(struct to_sse),
                                            .encode = to_sse_encode,
                                            .init = to_sse_init};

weir_reader *weir_to_sse(weir_stream *source, const weir_to_sse_options *given)
{
    enum { FIRST_BYTES = offsetof(weir_to_sse_options, event_bytes_max) + sizeof(size_t) };
    weir_to_sse_options options;
    weir_options_take(&options, sizeof options, given, FIRST_BYTES);
    size_t most = options.event_bytes_max ? options.event_bytes_max : WEIR_EVENT_BYTES_MAX_DEFAULT;
    source = events_over(source, options.keep_alive_ns);
    return weir_encode(source, &to_sse_encoder, &options, most);
}
