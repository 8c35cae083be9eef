/* respond_events: an answer of events. */

#include <string.h>

#include "core/stage.h"
#include "weir/http_events.h"
#include "weir/stream.h"

#define RESPOND_EVENTS_KEEP_ALIVE_NS 15000000000ull

struct respond_events {
    weir_stream stream; /* over the copy of their text into the answer */
};

static weir_poll respond_events_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    uint64_t written;
    (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, &written, 1);
    if (got.n)
        *(unsigned char *)out = 0;
    return got;
}

static const weir_stream_ops respond_events_ops = {.size = sizeof respond_events_ops,
                                                   .name = "respond_events",
                                                   .poll_next = respond_events_poll_next,
                                                   .size_hint = weir_size_hint_one};

weir_stream *weir_respond_events(weir_exchange *x, weir_stream *events,
                                 const weir_to_sse_options *options)
{
    static const weir_header fields[] = {{"content-type", "text/event-stream"},
                                         {"cache-control", "no-cache"}};
    weir_to_sse_options usual = WEIR_TO_SSE_OPTIONS(.keep_alive_ns = RESPOND_EVENTS_KEEP_ALIVE_NS);
    /* Who asks for the head alone would wait for the next answer behind events that never end. */
    if (!strcmp(weir_exchange_request(x)->method, "HEAD"))
        events = weir_take(events, 0);
    weir_reader *text = weir_to_sse(events, options ? options : &usual);
    weir_writer *to = weir_respond(x, 200, fields, 2, WEIR_LENGTH_UNKNOWN);
    weir_stream *stream = weir_stream_new(weir_copy(text, to), sizeof(struct respond_events),
                                          &respond_events_ops, &weir_type_unit);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = true;
    return stream;
}
