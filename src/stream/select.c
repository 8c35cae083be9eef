/* select: items of two streams as they come, each side first in turn. */

#include "stream/inner.h"
#include "stream/member.h"
#include "weir/stream.h"

struct select {
    weir_stream stream;
    weir_stream *sides[2];
    int turn;              /* who is asked first */
    weir_held_error error; /* of the second one asked, behind items of the first */
    weir_mark *mark;       /* the same */
};

static struct select *select_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct select, stream);
}

/* items has n of one side and others those of the other: a b a b ..., then what is left. From the
 * back, so that nothing is overwritten before it was moved. */
static void select_interleave(char *items, size_t n, const char *others, size_t n_others,
                              size_t size)
{
    size_t pairs = n < n_others ? n : n_others;
    for (size_t i = n; i-- > 0;) {
        size_t to = i < pairs ? 2 * i : i + pairs;
        if (to != i)
            weir_item_move(items + to * size, items + i * size, size);
    }
    for (size_t i = 0; i < n_others; i++) {
        size_t to = i < pairs ? 2 * i + 1 : i + pairs;
        weir_item_move(items + to * size, others + i * size, size);
    }
}

/* The other side's share, behind the n items that are in hand: as many, if there is room. */
static weir_poll select_share(struct select *self, weir_cx *cx, int side, void *out, size_t n,
                              size_t room)
{
    const weir_type *type = self->stream.type;
    size_t share = n < room ? n : room;
    if (!share)
        return (weir_poll){(uint32_t)n, WEIR_READY};
    size_t mark = weir_scratch_mark(cx);
    void *others = weir_scratch_items(cx, self->sides[side], type, &share);
    if (!others)
        return (weir_poll){(uint32_t)n, WEIR_READY};
    weir_poll got = poll_next(self->sides[side], cx, others, share);
    if (got.state == WEIR_MARK)
        self->mark = weir_mark_take(cx);
    if (got.state == WEIR_ERROR) {
        weir_inner_error(cx);
        weir_held_error_keep(&self->error, cx);
    }
    select_interleave(out, n, others, got.n, type->size);
    weir_scratch_give(cx, mark);
    if (got.n >= n)
        self->turn = !side; /* the last item was this side's: the rotation goes on */
    return (weir_poll){(uint32_t)(n + got.n), WEIR_READY};
}

static weir_poll select_give_mark(struct select *self, weir_cx *cx)
{
    weir_mark *mark = self->mark;
    self->mark = NULL;
    return weir_mark_give(cx, mark);
}

static weir_poll select_alone(struct select *self, weir_cx *cx, int side, void *out, size_t demand)
{
    return poll_next(self->sides[side], cx, out, demand);
}

/* The side that was asked first has answered. */
static weir_poll select_after(struct select *self, weir_cx *cx, int side, void *out, size_t demand,
                              weir_poll got)
{
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    if (got.n) {
        got.state = WEIR_READY;
        return select_share(self, cx, !side, out, got.n, demand - got.n);
    }
    if (got.state == WEIR_MARK)
        return got;
    if (got.state == WEIR_END)
        return select_alone(self, cx, !side, out, demand);

    got = poll_next(self->sides[!side], cx, out, demand);
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    if (got.n)
        got.state = WEIR_READY;
    return got.state == WEIR_END ? (weir_poll){0, WEIR_PENDING} : got;
}

WEIR_ASIDE static weir_poll select_many(struct select *self, weir_cx *cx, void *out, size_t demand)
{
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    if (self->mark)
        return select_give_mark(self, cx);
    if (self->sides[0]->stage.done)
        return select_alone(self, cx, 1, out, demand);
    if (self->sides[1]->stage.done)
        return select_alone(self, cx, 0, out, demand);
    int side = self->turn;
    self->turn = !side;
    weir_poll got = poll_next(self->sides[side], cx, out, demand - demand / 2);
    return select_after(self, cx, side, out, demand, got);
}

/* The side whose turn it is did not answer {1, READY}. */
WEIR_ASIDE static weir_poll select_rest(struct select *self, weir_cx *cx, int side, void *out,
                                        weir_poll got)
{
    got = weir_poll_rest(self->sides[side], cx, out, 1, got);
    return select_after(self, cx, side, out, 1, got);
}

static weir_poll select_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct select *self = select_of(stream);
    int side = self->turn;
    weir_stream *source = self->sides[side];
    if (WEIR_UNLIKELY(demand != 1 || self->error.held || self->mark || self->sides[0]->stage.done ||
                      self->sides[1]->stage.done))
        return select_many(self, cx, out, demand);
    self->turn = !side;
    weir_poll got = source->poll(source, cx, out, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return select_rest(self, cx, side, out, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void select_fini(weir_stream *stream)
{
    struct select *self = select_of(stream);
    if (self->mark)
        weir_mark_settle(self->mark, false);
    weir_drop(self->sides[1]);
}

static weir_stage *select_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &select_of(stream)->sides[1]->stage;
}

static size_t select_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static weir_hint select_size_hint(const weir_stream *stream)
{
    weir_hint first = weir_size_hint(select_of(stream)->sides[0]);
    weir_hint second = weir_size_hint(select_of(stream)->sides[1]);
    return (weir_hint){select_sum(first.lower, second.lower),
                       select_sum(first.upper, second.upper)};
}

static const weir_stream_ops select_ops = {.size = sizeof select_ops,
                                           .name = "select",
                                           .keeps_inputs = true,
                                           .poll_next = select_poll_next,
                                           .fini = select_fini,
                                           .size_hint = select_size_hint,
                                           .input = select_input,
                                           .marks = WEIR_MARKS_PASS};

weir_stream *weir_select(weir_stream *first, weir_stream *second)
{
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    second = weir_expect_alike(second, "select", "second", first->type);
    failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream = weir_stream_new(first, sizeof(struct select), &select_ops, first->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(second);
        return stream;
    }
    struct select *self = select_of(stream);
    self->sides[0] = first;
    self->sides[1] = second;
    if (!weir_held_error_init(&self->error, stream->stage.arena))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "select",
                                  NULL, 0);
    stream = weir_stream_with(stream, &second->stage);
    return weir_stream_scratch(stream, first->type);
}
