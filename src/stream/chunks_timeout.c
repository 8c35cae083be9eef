/* chunks_timeout, chunks_weighted: items as one vec, once it is full, heavy enough or some time has
 * passed since its first. */

#include <string.h>

#include "stream/cost.h"
#include "stream/member.h"
#include "weir/timed.h"

struct chunks_timeout {
    weir_stream stream;
    size_t n;
    uint64_t ns;
    weir_timer timer;     /* since the first item of the chunk */
    weir_vec chunk;       /* under construction */
    weir_held_error held; /* it came behind a chunk */
    weir_mark *marks;     /* that came meanwhile, in order: behind the chunk too */

    struct weir_cost cost; /* no function: chunks_timeout */
    uint64_t weight, weight_max;
    char *next; /* it did not fit, and begins the next chunk */
    bool waits;
    bool ended; /* with that one */
};

static struct chunks_timeout *chunks_timeout_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct chunks_timeout, stream);
}

/* ---- filling ---- */

static bool chunk_begin(struct chunks_timeout *self, const weir_type *of)
{
    size_t bytes;
    if (__builtin_mul_overflow(self->n, of->size, &bytes))
        return false;
    void *items = weir_allocate_aligned(bytes, of->align);
    if (items)
        self->chunk = (weir_vec){.items = items, .room = self->n, .of = of};
    return items;
}

static void *chunk_end(struct chunks_timeout *self)
{
    return (char *)self->chunk.items + self->chunk.n * self->chunk.of->size;
}

static bool chunks_timeout_is_full(const struct chunks_timeout *self)
{
    return self->chunk.n == self->n || self->waits ||
           (self->cost.fn && self->chunk.n && self->weight >= self->weight_max);
}

/* So many more stand in it. */
static void chunk_grow(struct chunks_timeout *self, weir_cx *cx, size_t n)
{
    if (n && !self->chunk.n)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    self->chunk.n += n;
}

static void chunk_add(struct chunks_timeout *self, weir_cx *cx, uint64_t weight)
{
    weir_item_move(chunk_end(self), self->next, self->chunk.of->size);
    self->weight = weight > UINT64_MAX - self->weight ? UINT64_MAX : self->weight + weight;
    chunk_grow(self, cx, 1);
    self->waits = false;
}

/* One that would be too much waits for the next chunk, which it begins whatever it weighs. */
static void chunk_weigh(struct chunks_timeout *self, weir_cx *cx)
{
    uint64_t weight = weir_cost_of(&self->cost, self->next);
    uint64_t room = self->weight_max - self->weight;
    self->waits = self->chunk.n && weight > room;
    if (!self->waits)
        chunk_add(self, cx, weight);
}

static weir_poll poll_weighed(struct chunks_timeout *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->next, 1);
    if (!got.n)
        return got;
    chunk_weigh(self, cx);
    self->ended = self->waits && got.state == WEIR_END;
    return got;
}

static weir_poll poll_some(struct chunks_timeout *self, weir_cx *cx, size_t demand)
{
    size_t lacking = self->n - self->chunk.n;
    size_t most = demand > cx->demand_max ? demand : cx->demand_max;
    weir_poll got =
        poll_next(weir_source(&self->stream), cx, chunk_end(self), lacking < most ? lacking : most);
    chunk_grow(self, cx, got.n);
    return got;
}

/* Until it is full, or the source does not answer READY. */
static weir_poll chunk_fill(struct chunks_timeout *self, weir_cx *cx, size_t demand)
{
    weir_poll got;
    if (self->waits)
        chunk_weigh(self, cx);
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    do {
        if (chunks_timeout_is_full(self))
            return (weir_poll){0, WEIR_READY};
        got = self->cost.fn ? poll_weighed(self, cx) : poll_some(self, cx, demand);
    } while (got.state == WEIR_READY && weir_spend(cx));
    return got;
}

/* ---- giving ---- */

static weir_poll chunk_give(struct chunks_timeout *self, void *out, weir_state state)
{
    if (!self->chunk.n)
        return (weir_poll){0, state};
    memcpy(out, &self->chunk, sizeof self->chunk);
    self->chunk = (weir_vec){0};
    self->weight = 0;
    weir_timer_stop(&self->timer);
    return (weir_poll){1, state};
}

/* What cuts a chunk waits until that is out. */
static weir_poll chunk_cut(struct chunks_timeout *self, weir_cx *cx, void *out)
{
    if (!self->chunk.n)
        return (weir_poll){0, WEIR_ERROR};
    weir_held_error_keep(&self->held, cx);
    return chunk_give(self, out, WEIR_READY);
}

/* It waits for the chunk that holds the item before it. */
static weir_poll chunks_timeout_keep_mark(struct chunks_timeout *self, weir_cx *cx)
{
    weir_mark **last = &self->marks;
    if (!self->chunk.n)
        return (weir_poll){0, WEIR_MARK};
    while (*last)
        last = &(*last)->behind;
    *last = weir_mark_take(cx);
    (*last)->behind = NULL;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll chunks_timeout_give_mark(struct chunks_timeout *self, weir_cx *cx)
{
    weir_mark *mark = self->marks;
    self->marks = mark->behind;
    return weir_mark_give(cx, mark);
}

/* Its time is over: also where the source always has more, and would never let the clock speak. */
static bool chunks_timeout_is_late(struct chunks_timeout *self, weir_cx *cx)
{
    return self->chunk.n && weir_timer_poll(cx, &self->timer).n;
}

static weir_poll chunks_timeout_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct chunks_timeout *self = chunks_timeout_of(stream);
    if (!weir_clock_is_there(cx, weir_stage_name(&stream->stage)))
        return (weir_poll){0, WEIR_ERROR};
    if (self->marks && !self->chunk.n)
        return chunks_timeout_give_mark(self, cx);
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (!self->chunk.items && !chunk_begin(self, weir_source(stream)->type))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a chunk of %zu items", self->n);
    weir_poll got = chunk_fill(self, cx, demand);
    if (got.state == WEIR_ERROR)
        return chunk_cut(self, cx, out);
    if (got.state == WEIR_MARK)
        got = chunks_timeout_keep_mark(self, cx);
    if (got.state == WEIR_END)
        return chunk_give(self, out, self->waits || self->marks ? WEIR_READY : WEIR_END);
    if (got.state != WEIR_MARK &&
        (chunks_timeout_is_full(self) || chunks_timeout_is_late(self, cx)))
        return chunk_give(self, out, WEIR_READY);
    return (weir_poll){0, got.state};
}

/* ---- making ---- */

static void chunks_timeout_fini(weir_stream *stream)
{
    struct chunks_timeout *self = chunks_timeout_of(stream);
    weir_vec_drop(&self->chunk);
    if (self->waits)
        weir_type_drop_items(weir_source(stream)->type, self->next, 1);
    while (self->marks) {
        weir_mark *mark = self->marks;
        self->marks = mark->behind;
        weir_mark_settle(mark, false);
    }
    weir_timer_stop(&self->timer);
}

static weir_hint chunks_timeout_size_hint(const weir_stream *stream)
{
    const struct chunks_timeout *self = chunks_timeout_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    size_t some = (self->chunk.n > 0) + self->waits;
    bool known = hint.upper < WEIR_HINT_UNKNOWN - some;
    return (weir_hint){hint.lower || some, known ? hint.upper + some : WEIR_HINT_UNKNOWN};
}

/* The chunk that is made; those that were given are somebody else's. */
static size_t chunks_timeout_memory_max(const weir_stream *stream)
{
    size_t bytes, size = weir_source(stream)->type->size;
    return __builtin_mul_overflow(chunks_timeout_of(stream)->n, size, &bytes) ? SIZE_MAX : bytes;
}

static void chunks_timeout_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = chunks_timeout_of(stream)->chunk.n;
    out->max = chunks_timeout_of(stream)->n;
}

static const weir_stream_ops chunks_timeout_ops = {.size = sizeof chunks_timeout_ops,
                                                   .name = "chunks_timeout",
                                                   .holding = chunks_timeout_holding,
                                                   .poll_next = chunks_timeout_poll_next,
                                                   .fini = chunks_timeout_fini,
                                                   .size_hint = chunks_timeout_size_hint,
                                                   .memory_max = chunks_timeout_memory_max,
                                                   .marks = WEIR_MARKS_HOLD};

static const weir_stream_ops weighted_ops = {.size = sizeof weighted_ops,
                                             .name = "chunks_weighted",
                                             .holding = chunks_timeout_holding,
                                             .poll_next = chunks_timeout_poll_next,
                                             .fini = chunks_timeout_fini,
                                             .size_hint = chunks_timeout_size_hint,
                                             .memory_max = chunks_timeout_memory_max,
                                             .marks = WEIR_MARKS_HOLD};

static bool chunks_timeout_init(struct chunks_timeout *self, size_t n, uint64_t ns)
{
    weir_arena *arena = self->stream.stage.arena;
    const weir_type *of = weir_source(&self->stream)->type;
    self->n = n;
    self->ns = ns;
    self->next = weir_arena_take(arena, of->size, of->align);
    return self->next && weir_held_error_init(&self->held, arena);
}

static weir_stream *chunks_timeout_new(weir_stream *source, const weir_stream_ops *ops, size_t n,
                                       uint64_t ns)
{
    source = weir_expect_owned(source, ops->name);
    source = weir_expect_limit(source, ops->name, "n", n);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct chunks_timeout), ops, weir_type_chunk(source->type));
    if (weir_stage_failed(&stream->stage) || chunks_timeout_init(chunks_timeout_of(stream), n, ns))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", ops->name,
                              NULL, 0);
}

weir_stream *weir_chunks_timeout(weir_stream *source, size_t n, uint64_t ns)
{
    return chunks_timeout_new(source, &chunks_timeout_ops, n, ns);
}

weir_stream *weir_chunks_weighted(weir_stream *source, size_t n, uint64_t weight_max,
                                  const weir_key_fn *cost, void *arg, uint64_t ns)
{
    source = weir_expect_cost(source, "chunks_weighted", cost);
    source = weir_expect_limit(source, "chunks_weighted", "weight_max", weight_max > 0);
    weir_stream *stream = chunks_timeout_new(source, &weighted_ops, n, ns);
    if (weir_stage_failed(&stream->stage))
        return stream;
    chunks_timeout_of(stream)->cost = (struct weir_cost){cost, arg};
    chunks_timeout_of(stream)->weight_max = weight_max;
    return stream;
}
