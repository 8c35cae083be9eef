/* combine_latest: the newest item of either side, at each new one; zip_latest, which is the same
 * until the first side ends. */

#include "stream/copies.h"
#include "stream/halves.h"
#include "weir/stream.h"

struct combine_latest {
    weir_stream stream;
    struct weir_half halves[2];
    size_t offset; /* of the second member */
    int turn;      /* who is asked first */
    bool eager;    /* zip_latest: over when one side is */
};

static struct combine_latest *combine_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct combine_latest, stream);
}

static weir_poll combine_give(struct combine_latest *self, weir_cx *cx, char *out)
{
    struct weir_half *a = &self->halves[0], *b = &self->halves[1];
    if (!weir_item_copy(a->source->type, out, a->item))
        return weir_copy_fail(cx, a->source->type);
    if (weir_item_copy(b->source->type, out + self->offset, b->item)) {
        weir_half_use(a);
        weir_half_use(b);
        return WEIR_POLL_ONE;
    }
    weir_type_drop_items(a->source->type, out, 1);
    return weir_copy_fail(cx, b->source->type);
}

/* Nothing more can come: of a side that ended without an item, nothing ever will. */
static bool combine_over(const struct combine_latest *self)
{
    const struct weir_half *a = &self->halves[0], *b = &self->halves[1];
    bool a_over = weir_half_over(a), b_over = weir_half_over(b);
    if (self->eager)
        return a_over || b_over;
    return (a_over && b_over) || (a_over && !a->some) || (b_over && !b->some);
}

/* While one side has given nothing, the other one's items replace each other. */
static weir_poll combine_ask(struct combine_latest *self, weir_cx *cx, char *out)
{
    struct weir_half *a = &self->halves[self->turn], *b = &self->halves[!self->turn];
    self->turn = !self->turn;
    weir_poll first = weir_half_renew(a, cx);
    if (first.state == WEIR_ERROR)
        return first;
    if (first.state == WEIR_MARK)
        return weir_half_mark(a, cx);
    if (first.n && b->some)
        return combine_give(self, cx, out);
    if (combine_over(self))
        return (weir_poll){0, WEIR_END};
    weir_poll second = weir_half_renew(b, cx);
    if (second.state == WEIR_ERROR)
        return second;
    if (second.state == WEIR_MARK)
        return weir_half_mark(b, cx);
    if (second.n && a->some)
        return combine_give(self, cx, out);
    if (combine_over(self))
        return (weir_poll){0, WEIR_END};
    return (weir_poll){0, first.n || second.n ? WEIR_READY : WEIR_PENDING};
}

static weir_poll combine_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct combine_latest *self = combine_of(stream);
    (void)demand;
    for (int i = 0; i < 2; i++)
        if (WEIR_UNLIKELY(self->halves[i].due))
            return weir_half_give_mark(&self->halves[i], cx);
    if (combine_over(self)) /* END came with an item */
        return (weir_poll){0, WEIR_END};
    return combine_ask(self, cx, out);
}

static void combine_fini(weir_stream *stream)
{
    weir_halves_fini(combine_of(stream)->halves);
}

static weir_stage *combine_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &combine_of(stream)->halves[1].source->stage;
}

/* At most one for each that is still to come. */
static weir_hint combine_size_hint(const weir_stream *stream)
{
    size_t a = weir_size_hint(combine_of(stream)->halves[0].source).upper;
    size_t b = weir_size_hint(combine_of(stream)->halves[1].source).upper;
    return (weir_hint){0, a > WEIR_HINT_UNKNOWN - b ? WEIR_HINT_UNKNOWN : a + b};
}

static const weir_stream_ops combine_latest_ops = {.size = sizeof combine_latest_ops,
                                                   .name = "combine_latest",
                                                   .keeps_inputs = true,
                                                   .poll_next = combine_poll_next,
                                                   .fini = combine_fini,
                                                   .size_hint = combine_size_hint,
                                                   .input = combine_input,
                                                   .marks = WEIR_MARKS_HOLD};

static const weir_stream_ops zip_latest_ops = {.size = sizeof zip_latest_ops,
                                               .name = "zip_latest",
                                               .keeps_inputs = true,
                                               .poll_next = combine_poll_next,
                                               .fini = combine_fini,
                                               .size_hint = combine_size_hint,
                                               .input = combine_input,
                                               .marks = WEIR_MARKS_HOLD};

static weir_stream *combine_new(weir_stream *first, weir_stream *second, const weir_stream_ops *ops)
{
    first = weir_expect_copies(weir_expect_owned(first, ops->name), ops->name);
    second = weir_expect_copies(weir_expect_owned(second, ops->name), ops->name);
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream = weir_halves_new(first, second, sizeof(struct combine_latest), ops,
                                          weir_type_pair(first->type, second->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct combine_latest *self = combine_of(stream);
    self->offset = weir_type_second_offset(stream->type);
    self->eager = ops == &zip_latest_ops;
    self->halves[1].source = second;
    return weir_halves_init(stream, self->halves, first, second);
}

weir_stream *weir_combine_latest(weir_stream *first, weir_stream *second)
{
    return combine_new(first, second, &combine_latest_ops);
}

weir_stream *weir_zip_latest(weir_stream *first, weir_stream *second)
{
    return combine_new(first, second, &zip_latest_ops);
}
