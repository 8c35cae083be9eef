/* keep_alive: an item of its own where a source gives nothing for a while. */

#include <string.h>

#include "stream/gap.h"
#include "weir/timed.h"

struct keep_alive {
    weir_stream stream;
    struct weir_gap gap;
    void *item;
};

static struct keep_alive *keep_alive_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct keep_alive, stream);
}

WEIR_ASIDE static weir_poll keep_alive_rest(struct keep_alive *self, weir_cx *cx, void *out,
                                            size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    if (got.state != WEIR_PENDING) {
        self->gap.begun = false;
        return got;
    }
    if (!weir_clock_is_there(cx, "keep_alive"))
        return (weir_poll){0, WEIR_ERROR};
    if (!weir_gap_passed(&self->gap, cx))
        return got;
    self->gap.begun = false;
    memcpy(out, self->item, self->stream.type->size);
    return WEIR_POLL_ONE;
}

static weir_poll keep_alive_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct keep_alive *self = keep_alive_of(stream);
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return keep_alive_rest(self, cx, out, demand, got);
    weir_count_one(source);
    self->gap.begun = false;
    return WEIR_POLL_ONE;
}

static void keep_alive_fini(weir_stream *stream)
{
    weir_timer_stop(&keep_alive_of(stream)->gap.timer);
}

static weir_hint keep_alive_size_hint(const weir_stream *stream)
{
    return (weir_hint){weir_size_hint(weir_source(stream)).lower, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops keep_alive_ops = {.size = sizeof keep_alive_ops,
                                               .name = "keep_alive",
                                               .poll_next = keep_alive_poll_next,
                                               .fini = keep_alive_fini,
                                               .size_hint = keep_alive_size_hint,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_keep_alive(weir_stream *source, uint64_t ns, const void *item)
{
    const weir_type *type = source->type;
    source = weir_expect_limit(source, "keep_alive", "ns", ns > 0);
    source = weir_expect_plain(source, "keep_alive");
    weir_stream *stream = weir_stream_new(source, sizeof(struct keep_alive), &keep_alive_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct keep_alive *self = keep_alive_of(stream);
    self->gap.ns = ns;
    self->item = weir_arena_take(stream->stage.arena, type->size, type->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for keep_alive of '%s'", type->name, NULL, 0);
    memcpy(self->item, item, type->size);
    return stream;
}
