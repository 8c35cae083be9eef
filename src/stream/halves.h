/* What the stages share that hold one item of each of two inputs. */
#ifndef WEIR_STREAM_HALVES_H
#define WEIR_STREAM_HALVES_H

#include "core/mark_line.h"
#include "stream/inner.h"
#include "stream/member.h"

struct weir_half {
    weir_stream *source;
    char *item;
    char *next; /* where the next one is made */
    bool some;  /* item is one */
    bool fresh; /* ... that nothing was made of yet */
    bool due;   /* what came before the marks is out, or was left out */
    struct weir_mark_line marks;
};

static inline bool weir_half_init(struct weir_half *half, weir_arena *arena, weir_stream *source)
{
    const weir_type *type = source->type;
    half->source = source;
    half->item = weir_arena_take(arena, type->size, type->align);
    half->next = weir_arena_take(arena, type->size, type->align);
    return half->item && half->next;
}

static inline bool weir_half_over(const struct weir_half *half)
{
    return half->source->stage.done;
}

/* Drops what it holds. */
static inline void weir_half_drop(struct weir_half *half)
{
    if (half->some)
        weir_type_drop_items(half->source->type, half->item, 1);
    half->some = false;
}

/* READY: a newer item stands in the place of the one that was held. What is fatal to this input is
 * not to the stage. A MARK passes. */
static inline weir_poll weir_half_renew(struct weir_half *half, weir_cx *cx)
{
    if (weir_half_over(half))
        return (weir_poll){0, WEIR_END};
    weir_poll got = poll_next(half->source, cx, half->next, 1);
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    if (!got.n)
        return got;
    weir_half_drop(half);
    char *item = half->next;
    half->next = half->item;
    half->item = item;
    half->some = half->fresh = true;
    half->due = half->marks.first;
    return WEIR_POLL_ONE;
}

/* After MARK. READY: it waits for the item before it, of which nothing was made yet. */
static inline weir_poll weir_half_mark(struct weir_half *half, weir_cx *cx)
{
    if (!half->some || !half->fresh)
        return (weir_poll){0, WEIR_MARK};
    weir_mark_line_keep(&half->marks, cx);
    return (weir_poll){0, WEIR_READY};
}

/* Something was made of its item. */
static inline void weir_half_use(struct weir_half *half)
{
    half->fresh = false;
    half->due = half->marks.first;
}

/* What is due goes before anything else is asked for. */
static inline weir_poll weir_half_give_mark(struct weir_half *half, weir_cx *cx)
{
    weir_poll got = weir_mark_line_give(&half->marks, cx);
    half->due = half->marks.first;
    return got;
}

/* It has no item, but something for the consumer. Of a half that is only filled all items are out
 * then. */
static inline bool weir_half_speaks(weir_poll got)
{
    return got.state == WEIR_ERROR || got.state == WEIR_MARK;
}

/* READY: it holds an item, and has asked for one only where it held none. */
static inline weir_poll weir_half_fill(struct weir_half *half, weir_cx *cx)
{
    return half->some ? WEIR_POLL_ONE : weir_half_renew(half, cx);
}

/* Its item is the consumer's now. */
static inline void weir_half_give(struct weir_half *half, void *out)
{
    weir_item_move(out, half->item, half->source->type->size);
    half->some = false;
}

/* What it holds and what is still to come. */
static inline weir_hint weir_half_hint(const struct weir_half *half)
{
    weir_hint hint = weir_size_hint(half->source);
    hint.lower += half->some && hint.lower < SIZE_MAX;
    hint.upper += half->some && hint.upper < WEIR_HINT_UNKNOWN;
    return hint;
}

/* The constructors' beginning: a stage over both, or a failed one. `type` is what it yields. */
static inline weir_stream *weir_halves_new(weir_stream *first, weir_stream *second, size_t size,
                                           const weir_stream_ops *ops, const weir_type *type)
{
    weir_stream *stream = weir_stream_new(first, size, ops, type);
    if (weir_stage_failed(&stream->stage))
        weir_drop(second);
    return stream;
}

/* ... and their end. The second input is the stage's to drop already. */
static inline weir_stream *weir_halves_init(weir_stream *stream, struct weir_half halves[2],
                                            weir_stream *first, weir_stream *second)
{
    bool room = weir_half_init(&halves[0], stream->stage.arena, first);
    if (!weir_half_init(&halves[1], stream->stage.arena, second) || !room)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  stream->ops->name, NULL, 0);
    return weir_stream_with(stream, &second->stage);
}

static inline void weir_halves_fini(struct weir_half halves[2])
{
    for (int i = 0; i < 2; i++) {
        weir_half_drop(&halves[i]);
        weir_mark_line_drop(&halves[i].marks);
    }
    weir_drop(halves[1].source);
}

#endif
