/* with_latest_from: each item, beside the newest one of another stream. */

#include "stream/copies.h"
#include "stream/halves.h"
#include "weir/stream.h"

struct with_latest {
    weir_stream stream;
    struct weir_half latest;
    size_t offset; /* of the second member */
};

static struct with_latest *with_latest_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct with_latest, stream);
}

/* Reads the other stream until it waits, so that its newest item is held; within the budget, so
 * that one that never waits does not hold the source back. */
static weir_poll read_latest(struct with_latest *self, weir_cx *cx)
{
    weir_poll got;
    do
        got = weir_half_renew(&self->latest, cx);
    while (got.n && !self->latest.due && weir_spend(cx));
    return got;
}

/* An item that came before the other stream gave one is dropped. */
static weir_poll with_latest_give(struct with_latest *self, weir_cx *cx, char *out)
{
    const weir_type *type = self->latest.source->type;
    bool some = self->latest.some;
    if (some && weir_item_copy(type, out + self->offset, self->latest.item)) {
        weir_half_use(&self->latest);
        return WEIR_POLL_ONE;
    }
    weir_type_drop_items(weir_source(&self->stream)->type, out, 1);
    return some ? weir_copy_fail(cx, type) : (weir_poll){0, WEIR_READY};
}

static weir_poll with_latest_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct with_latest *self = with_latest_of(stream);
    (void)demand;
    weir_poll other = {0, WEIR_READY};
    if (WEIR_LIKELY(!self->latest.due))
        other = read_latest(self, cx);
    if (WEIR_UNLIKELY(self->latest.due))
        return weir_half_give_mark(&self->latest, cx);
    if (other.state == WEIR_ERROR)
        return other;
    if (other.state == WEIR_MARK)
        return weir_half_mark(&self->latest, cx);
    if (other.state == WEIR_END && !self->latest.some)
        return (weir_poll){0, WEIR_END};
    weir_poll got = poll_next(weir_source(stream), cx, out, 1);
    return got.n ? with_latest_give(self, cx, out) : got;
}

static void with_latest_fini(weir_stream *stream)
{
    weir_half_drop(&with_latest_of(stream)->latest);
    weir_mark_line_drop(&with_latest_of(stream)->latest.marks);
    weir_drop(with_latest_of(stream)->latest.source);
}

static weir_stage *with_latest_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &with_latest_of(stream)->latest.source->stage;
}

static weir_hint with_latest_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = with_latest_of(stream)->latest.some ? hint.lower : 0;
    return weir_copy_hint(stream->type->of[1], hint);
}

static const weir_stream_ops with_latest_ops = {.size = sizeof with_latest_ops,
                                                .name = "with_latest_from",
                                                .keeps_inputs = true,
                                                .poll_next = with_latest_poll_next,
                                                .fini = with_latest_fini,
                                                .size_hint = with_latest_size_hint,
                                                .input = with_latest_input,
                                                .marks = WEIR_MARKS_HOLD};

weir_stream *weir_with_latest_from(weir_stream *source, weir_stream *other)
{
    source = weir_expect_owned(source, "with_latest_from");
    other = weir_expect_owned(other, "with_latest_from");
    other = weir_expect_copies(other, "with_latest_from");
    weir_stream *failed = weir_expect_both(source, other);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_halves_new(source, other, sizeof(struct with_latest), &with_latest_ops,
                        weir_type_pair(source->type, other->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct with_latest *self = with_latest_of(stream);
    self->offset = weir_type_second_offset(stream->type);
    self->latest.source = other;
    if (!weir_half_init(&self->latest, stream->stage.arena, other))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  "with_latest_from", NULL, 0);
    stream->stage.one = source->stage.one;
    return weir_stream_with(stream, &other->stage);
}
