/* step_by: every nth item, from the first. */

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

struct step_by {
    weir_stream stream;
    uint64_t step;
    uint64_t left; /* to be dropped before the next one that stays */
};

static struct step_by *step_by_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct step_by, stream);
}

static bool stays(struct step_by *self)
{
    if (self->left) {
        self->left--;
        return false;
    }
    self->left = self->step - 1;
    return true;
}

static uint32_t step_over(struct step_by *self, char *items, uint32_t n)
{
    const weir_type *type = self->stream.type;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        char *item = items + i * type->size;
        if (!stays(self))
            weir_type_drop_items(type, item, 1);
        else if (kept++ < i)
            weir_item_move(items + (kept - 1) * type->size, item, type->size);
    }
    return kept;
}

/* The source did not answer {1, READY}. None stays of what came: the wrapper asks again. */
WEIR_ASIDE static weir_poll step_by_rest(struct step_by *self, weir_cx *cx, void *out,
                                         size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    got.n = step_over(self, out, got.n);
    return got;
}

static weir_poll step_by_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct step_by *self = step_by_of(stream);
    weir_stream *source = weir_source(stream);
    do {
        weir_poll got = source->poll(source, cx, out, demand);
        if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
            return step_by_rest(self, cx, out, demand, got);
        weir_count_one(source);
        if (stays(self))
            return WEIR_POLL_ONE;
        weir_type_drop_items(stream->type, out, 1);
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

static size_t steps_of(const struct step_by *self, size_t items)
{
    return items > self->left ? (size_t)((items - self->left - 1) / self->step + 1) : 0;
}

static weir_hint step_by_size_hint(const weir_stream *stream)
{
    struct step_by *self = step_by_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = steps_of(self, hint.lower);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper = steps_of(self, hint.upper);
    return hint;
}

static const weir_stream_ops step_by_ops = {.size = sizeof step_by_ops,
                                            .name = "step_by",
                                            .poll_next = step_by_poll_next,
                                            .size_hint = step_by_size_hint,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *weir_step_by(weir_stream *source, uint64_t n)
{
    source = weir_expect_limit(source, "step_by", "n", n != 0);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct step_by), &step_by_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    step_by_of(stream)->step = n;
    stream->stage.one = source->stage.one;
    return stream;
}
