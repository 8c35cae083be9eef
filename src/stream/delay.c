/* delay, delay_with: each item later by some time. */

#include <string.h>

#include "stream/cost.h"
#include "stream/member.h"
#include "weir/timed.h"

/* What waits in a place of the ring: an item, or a mark in its order. */
struct moment {
    uint64_t due_ns;
    weir_mark *mark; /* NULL: an item */
};

struct delay {
    weir_stream stream;
    uint64_t ns;
    struct weir_cost with; /* no function: ns each */
    uint64_t last_ns;      /* when the last one is due */
    struct moment *moments;
    char *items;
    size_t room, first, n;
    weir_timer timer;     /* of the first */
    weir_held_error held; /* behind all: nothing more is taken meanwhile */
    bool ended;
};

static struct delay *delay_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct delay, stream);
}

static size_t delay_place(const struct delay *self, size_t i)
{
    size_t at = self->first + i;
    return at < self->room ? at : at - self->room;
}

static void *item_at(const struct delay *self, size_t at)
{
    return self->items + at * self->stream.type->size;
}

/* ---- in ---- */

/* No item overtakes another. */
static uint64_t due_with(struct delay *self, const void *item, uint64_t now_ns)
{
    uint64_t due_ns = weir_after_ns(now_ns, weir_cost_of(&self->with, item));
    self->last_ns = due_ns > self->last_ns ? due_ns : self->last_ns;
    return self->last_ns;
}

static void note_items(struct delay *self, size_t at, size_t n, uint64_t now_ns)
{
    uint64_t due_ns = weir_after_ns(now_ns, self->ns);
    for (size_t i = at; i < at + n; i++) {
        due_ns = self->with.fn ? due_with(self, item_at(self, i), now_ns) : due_ns;
        self->moments[i] = (struct moment){.due_ns = due_ns};
        self->last_ns = due_ns;
    }
    self->n += n;
}

/* It is due with the item before it. */
static void note_mark(struct delay *self, size_t at, weir_mark *mark)
{
    self->moments[at] = (struct moment){self->last_ns, mark};
    self->n++;
}

/* What fits behind the last one, and is not more than a consumer would ask for. */
static size_t delay_demand(const struct delay *self, const weir_cx *cx, size_t at, size_t demand)
{
    size_t most = demand > cx->demand_max ? demand : cx->demand_max;
    size_t end = at < self->first ? self->first : self->room;
    return end - at < most ? end - at : most;
}

/* Takes what the source has, while there is room. PENDING: it is not to be asked before something
 * else happens. */
static weir_poll delay_take(struct delay *self, weir_cx *cx, size_t demand)
{
    while (self->n < self->room && !self->held.held && !self->ended) {
        size_t at = delay_place(self, self->n);
        weir_poll got = poll_next(weir_source(&self->stream), cx, item_at(self, at),
                                  delay_demand(self, cx, at, demand));
        note_items(self, at, got.n, weir_clock_now_ns(cx));
        self->ended = got.state == WEIR_END;
        if (got.state == WEIR_MARK)
            note_mark(self, at, weir_mark_take(cx));
        if (got.state == WEIR_ERROR)
            weir_held_error_keep(&self->held, cx);
        if (got.state != WEIR_READY || !weir_spend(cx))
            return (weir_poll){0, got.state};
    }
    return (weir_poll){0, WEIR_PENDING};
}

/* ---- out ---- */

static bool delay_is_due(const struct delay *self, uint64_t now_ns)
{
    return self->n && self->moments[self->first].due_ns <= now_ns;
}

static void delay_pass(struct delay *self)
{
    self->first = delay_place(self, 1);
    self->n--;
}

static uint32_t delay_give(struct delay *self, char *out, size_t demand, uint64_t now_ns)
{
    uint32_t n = 0;
    size_t size = self->stream.type->size;
    for (; n < demand && delay_is_due(self, now_ns) && !self->moments[self->first].mark; n++) {
        weir_item_move(out + n * size, item_at(self, self->first), size);
        delay_pass(self);
    }
    return n;
}

static weir_poll delay_give_mark(struct delay *self, weir_cx *cx)
{
    weir_mark *mark = self->moments[self->first].mark;
    delay_pass(self);
    return weir_mark_give(cx, mark);
}

static weir_poll delay_wait(struct delay *self, weir_cx *cx, weir_poll taken)
{
    uint64_t due_ns = self->moments[self->first].due_ns;
    if (self->timer.due_ns != due_ns)
        weir_timer_set(&self->timer, due_ns);
    if (weir_timer_poll(cx, &self->timer).n)
        return (weir_poll){0, WEIR_READY}; /* meanwhile */
    return taken.state == WEIR_PENDING ? taken : weir_wait_turn(cx);
}

/* Nothing is held. */
static weir_poll delay_behind(struct delay *self, weir_cx *cx, weir_poll taken)
{
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    return taken;
}

static weir_poll delay_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct delay *self = delay_of(stream);
    if (!weir_clock_is_there(cx, weir_stage_name(&stream->stage)))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll taken = delay_take(self, cx, demand);
    uint64_t now_ns = weir_clock_now_ns(cx);
    uint32_t n = delay_give(self, out, demand, now_ns);
    if (n)
        return (weir_poll){n, WEIR_READY};
    if (delay_is_due(self, now_ns))
        return delay_give_mark(self, cx);
    return self->n ? delay_wait(self, cx, taken) : delay_behind(self, cx, taken);
}

static void delay_fini(weir_stream *stream)
{
    struct delay *self = delay_of(stream);
    for (; self->n; delay_pass(self)) {
        if (self->moments[self->first].mark)
            weir_mark_settle(self->moments[self->first].mark, false);
        else
            weir_type_drop_items(stream->type, item_at(self, self->first), 1);
    }
    weir_timer_stop(&self->timer);
}

static size_t delay_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static weir_hint delay_size_hint(const weir_stream *stream)
{
    struct delay *self = delay_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    size_t held = 0;
    for (size_t i = 0; i < self->n; i++)
        held += !self->moments[delay_place(self, i)].mark;
    return (weir_hint){delay_sum(hint.lower, held), delay_sum(hint.upper, held)};
}

static void delay_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = delay_of(stream)->n;
    out->max = delay_of(stream)->room;
}

static const weir_stream_ops delay_ops = {.size = sizeof delay_ops,
                                          .name = "delay",
                                          .holding = delay_holding,
                                          .poll_next = delay_poll_next,
                                          .fini = delay_fini,
                                          .size_hint = delay_size_hint,
                                          .marks = WEIR_MARKS_HOLD};

static const weir_stream_ops with_ops = {.size = sizeof with_ops,
                                         .name = "delay_with",
                                         .holding = delay_holding,
                                         .poll_next = delay_poll_next,
                                         .fini = delay_fini,
                                         .size_hint = delay_size_hint,
                                         .marks = WEIR_MARKS_HOLD};

static bool delay_init(struct delay *self, weir_arena *arena, size_t n)
{
    const weir_type *type = self->stream.type;
    size_t bytes;
    if (__builtin_mul_overflow(n, type->size, &bytes))
        return false;
    self->room = n;
    self->items = weir_arena_take(arena, bytes, type->align);
    self->moments = weir_arena_take(arena, n * sizeof *self->moments, _Alignof(struct moment));
    return self->items && self->moments && weir_held_error_init(&self->held, arena);
}

static weir_stream *delay_new(weir_stream *source, const weir_stream_ops *ops, size_t n)
{
    source = weir_expect_owned(source, ops->name);
    source = weir_expect_limit(source, ops->name, "n", n);
    if (!weir_stage_failed(&source->stage) && n > WEIR_DELAY_MAX)
        return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "a smaller n",
                                  "%s holds up to 65536 items, not %zu", ops->name, NULL, n);
    weir_stream *stream = weir_stream_new(source, sizeof(struct delay), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = source->stage.one;
    if (delay_init(delay_of(stream), stream->stage.arena, n))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s of %zu items",
                              ops->name, NULL, n);
}

weir_stream *weir_delay(weir_stream *source, uint64_t ns, size_t n)
{
    weir_stream *stream = delay_new(source, &delay_ops, n);
    if (!weir_stage_failed(&stream->stage))
        delay_of(stream)->ns = ns;
    return stream;
}

weir_stream *weir_delay_with(weir_stream *source, const weir_key_fn *fn, void *arg, size_t n)
{
    weir_stream *stream = delay_new(weir_expect_cost(source, "delay_with", fn), &with_ops, n);
    if (!weir_stage_failed(&stream->stage))
        delay_of(stream)->with = (struct weir_cost){fn, arg};
    return stream;
}
