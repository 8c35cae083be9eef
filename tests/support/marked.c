/* The source that gives marks at random, and its ledger. */

#include "marked.h"

uint64_t marked_draw(uint64_t *state, uint64_t n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % n;
}

void marked_note(struct marked *marked, int64_t item)
{
    if (item >= marked->first && item < marked->first + marked->n)
        marked->noted[item - marked->first] = true;
}

const void *marked_thread(void)
{
    static _Thread_local char here;
    return &here;
}

static void settle(weir_mark *mark, bool kept)
{
    struct marked_mark *self = WEIR_CONTAINER(mark, struct marked_mark, mark);
    struct marked *of = self->of;
    if (self->settled)
        test_abort("marked: a mark is settled twice");
    if (__atomic_load_n(&of->thread, __ATOMIC_RELAXED) != marked_thread())
        test_abort("marked: a mark is settled on another thread than it was given on");
    self->settled = true;
    of->kept += kept;
    of->lost += !kept;
    bool safe = true;
    for (uint64_t i = 0; i < mark->upto; i++)
        safe &= of->noted[i];
    of->early += kept && !safe;
    weir_waker_slot_wake(&of->slot);
}

struct source {
    weir_stream stream;
    struct marked *marked;
};

static weir_poll give_mark(struct marked *self, weir_stream *stream, weir_cx *cx)
{
    struct marked_mark *mark = &self->marks[self->given++];
    __atomic_store_n(&self->thread, marked_thread(), __ATOMIC_RELAXED);
    *mark = (struct marked_mark){
        {.settle = settle, .source = stream, .upto = (uint64_t)self->at, .refs = 1}, self, false};
    return weir_mark_give(cx, &mark->mark);
}

static weir_poll give_error(struct marked *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_USER, "drawn error behind item %lld", (long long)self->at);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll give_items(struct marked *self, int64_t *out, size_t demand)
{
    uint32_t n = 0;
    uint64_t most = 1 + marked_draw(&self->drawn, 9);
    for (; n < demand && n < most && self->at < self->n; n++)
        out[n] = self->first + self->at++;
    return (weir_poll){n, WEIR_READY};
}

static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct marked *self = WEIR_CONTAINER(stream, struct source, stream)->marked;
    uint64_t kind = marked_draw(&self->drawn, 10);
    if (self->open && self->given - self->kept - self->lost >= self->open)
        return weir_wait(cx, &self->slot, WEIR_WAIT_MARKS);
    if (kind < 3 && self->given < MARKED_ITEMS_MAX)
        return give_mark(self, stream, cx);
    if (self->at == self->n)
        return (weir_poll){0, WEIR_END};
    if (kind == 3 && self->fails)
        return give_error(self, cx);
    if (kind > 3 || !self->waits)
        return give_items(self, out, demand);
    weir_waker_wake(cx->waker);
    return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
}

static void source_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&WEIR_CONTAINER(stream, struct source, stream)->marked->slot);
}

static const weir_stream_ops source_ops = {.size = sizeof source_ops,
                                           .name = "marked",
                                           .poll_next = source_poll_next,
                                           .fini = source_fini};

weir_stream *marked_stream(struct marked *marked, uint64_t seed, int64_t first, int64_t n)
{
    *marked = (struct marked){.drawn = seed * 2654435761 + 88172645463325252, .first = first};
    marked->n = n < MARKED_ITEMS_MAX ? n : MARKED_ITEMS_MAX;
    marked->waits = seed % 3;
    marked->fails = !marked->waits || seed % 2;
    weir_stream *stream = weir_source_new(sizeof(struct source), &source_ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct source, stream)->marked = marked;
    stream->stage.marked = true;
    return stream;
}
