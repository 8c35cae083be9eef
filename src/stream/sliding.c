/* sliding: windows of n items, each begins `step` items behind the one before. */

#include <string.h>

#include "stream/chunk.h"
#include "weir/stream.h"

struct sliding {
    weir_stream stream;
    struct weir_chunk window;
    size_t step;
    char *tail;    /* what the next window begins with */
    size_t tail_n; /* 0 before the first window */
    size_t skip;   /* items between two windows that are still to be dropped */
};

static struct sliding *sliding_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sliding, stream);
}

static bool window_begin(struct sliding *self, const weir_type *of)
{
    if (!weir_chunk_begin(&self->window, of))
        return false;
    if (self->tail_n)
        memcpy(self->window.vec.items, self->tail, self->tail_n * of->size);
    self->window.vec.n = self->tail_n;
    return true;
}

static weir_poll window_give(struct sliding *self, void *out, weir_state state)
{
    const weir_vec *vec = &self->window.vec;
    size_t n = self->window.n;
    self->tail_n = self->step < n ? n - self->step : 0;
    self->skip = self->step > n ? self->step - n : 0;
    if (self->tail_n)
        memcpy(self->tail, (char *)vec->items + self->step * vec->of->size,
               self->tail_n * vec->of->size);
    return weir_chunk_give(&self->window, out, state);
}

/* The last window is given if there is anything in it that no other one had. A recoverable error
 * passes, and the window goes on behind it; a mark waits for what is new in it. */
static weir_poll window_end(struct sliding *self, weir_cx *cx, void *out, weir_state state)
{
    if (state == WEIR_MARK && self->window.vec.n > self->tail_n) {
        weir_chunk_keep_mark(&self->window, cx); /* the source bounds how many are open */
        return (weir_poll){0, WEIR_READY};
    }
    bool ends = state == WEIR_END || (state == WEIR_ERROR && cx->error.fatal);
    if (!ends || self->window.vec.n == self->tail_n)
        return (weir_poll){0, state};
    if (state == WEIR_ERROR)
        weir_held_error_keep(&self->window.held, cx);
    return weir_chunk_give(&self->window, out, state == WEIR_END ? WEIR_END : WEIR_READY);
}

static weir_poll skip_between(struct sliding *self, weir_cx *cx, size_t demand)
{
    size_t n = demand < self->skip ? demand : self->skip;
    weir_poll got = weir_poll_skip(weir_source(&self->stream), cx, n);
    self->skip -= got.n;
    return (weir_poll){0, got.state};
}

static weir_poll sliding_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sliding *self = sliding_of(stream);
    struct weir_chunk *window = &self->window;
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(weir_chunk_owes(window)))
        return weir_chunk_give_owed(window, cx);
    if (self->skip)
        return skip_between(self, cx, demand);
    if (!window->vec.items && !window_begin(self, source->type))
        return weir_chunk_no_memory(window, cx);
    weir_poll got = weir_chunk_fill(window, source, cx, demand);
    if (window->vec.n < window->n)
        return window_end(self, cx, out, got.state);
    return window_give(self, out, got.state);
}

static void sliding_fini(weir_stream *stream)
{
    weir_chunk_drop(&sliding_of(stream)->window);
}

/* How many windows come of so many further items. */
static size_t windows_of(const struct sliding *self, size_t items)
{
    size_t n = self->window.n, step = self->step;
    size_t have = self->window.vec.items ? self->window.vec.n : self->tail_n;
    size_t skip = step > n ? step - n : 0;
    items = items > self->skip ? items - self->skip : 0;
    if (items < n - have)
        return items || have > self->tail_n;
    items -= n - have;
    items = items > skip ? items - skip : 0;
    return 1 + items / step + (items % step != 0);
}

static weir_hint sliding_size_hint(const weir_stream *stream)
{
    struct sliding *self = sliding_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = windows_of(self, hint.lower);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper = windows_of(self, hint.upper);
    return hint;
}

static size_t sliding_memory_max(const weir_stream *stream)
{
    return weir_chunk_memory_max(&sliding_of(stream)->window, weir_source(stream)->type);
}

static const weir_stream_ops sliding_ops = {.size = sizeof sliding_ops,
                                            .name = "sliding",
                                            .poll_next = sliding_poll_next,
                                            .fini = sliding_fini,
                                            .size_hint = sliding_size_hint,
                                            .marks = WEIR_MARKS_HOLD,
                                            .memory_max = sliding_memory_max};

static bool sliding_make_room(struct sliding *self, const weir_type *type)
{
    weir_arena *arena = self->stream.stage.arena;
    size_t tail = self->step < self->window.n ? self->window.n - self->step : 0, bytes;
    if (__builtin_mul_overflow(tail, type->size, &bytes))
        return false;
    self->tail = bytes ? weir_arena_take(arena, bytes, type->align) : NULL;
    return (self->tail || !bytes) && weir_held_error_init(&self->window.held, arena);
}

weir_stream *weir_sliding(weir_stream *source, size_t n, size_t step)
{
    source = weir_expect_owned(source, "sliding");
    source = weir_expect_limit(source, "sliding", "n", n);
    source = weir_expect_limit(source, "sliding", "step", step);
    source = step < n ? weir_expect_plain(source, "sliding") : source;
    weir_stream *stream = weir_stream_new(source, sizeof(struct sliding), &sliding_ops,
                                          weir_type_chunk(source->type));
    if (step > n)
        stream = weir_stream_scratch(stream, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct sliding *self = sliding_of(stream);
    self->window.n = n;
    self->step = step;
    stream->stage.one = source->stage.one;
    if (sliding_make_room(self, source->type))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s of %zu items",
                              "sliding", NULL, n);
}
