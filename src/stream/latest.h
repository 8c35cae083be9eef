/* What debounce and sample share: the latest item, while the next one is asked for. */
#ifndef WEIR_STREAM_LATEST_H
#define WEIR_STREAM_LATEST_H

#include <string.h>

#include "core/mark_line.h"

struct weir_latest {
    const weir_type *type;
    void *items[2]; /* the one that is held, and room */
    bool held;
    bool due; /* the item before the marks is out, or another one took its place */
    struct weir_mark_line marks;
};

/* False: no memory. */
static inline bool weir_latest_init(struct weir_latest *latest, weir_arena *arena,
                                    const weir_type *type)
{
    latest->type = type;
    for (int i = 0; i < 2; i++)
        latest->items[i] = weir_arena_take(arena, type->size, type->align);
    return latest->items[0] && latest->items[1];
}

static inline void weir_latest_drop(struct weir_latest *latest)
{
    if (latest->held)
        weir_type_drop_items(latest->type, latest->items[0], 1);
    latest->held = false;
}

static inline void weir_latest_fini(struct weir_latest *latest)
{
    weir_latest_drop(latest);
    weir_mark_line_drop(&latest->marks);
}

/* After MARK: it waits for the item that is held. */
static inline weir_poll weir_latest_mark(struct weir_latest *latest, weir_cx *cx)
{
    if (!latest->held)
        return (weir_poll){0, WEIR_MARK};
    weir_mark_line_keep(&latest->marks, cx);
    return (weir_poll){0, WEIR_READY};
}

/* What is due goes before the source is asked again. */
static inline weir_poll weir_latest_give_mark(struct weir_latest *latest, weir_cx *cx)
{
    weir_poll got = weir_mark_line_give(&latest->marks, cx);
    latest->due = latest->marks.first;
    return got;
}

/* Asks the source for one, which takes the place of the one that is held. */
static inline weir_poll weir_latest_poll(struct weir_latest *latest, weir_stream *source,
                                         weir_cx *cx)
{
    weir_poll got = poll_next(source, cx, latest->items[1], 1);
    if (WEIR_UNLIKELY(got.state == WEIR_MARK))
        return weir_latest_mark(latest, cx);
    if (!got.n)
        return got;
    void *item = latest->items[1];
    weir_latest_drop(latest);
    latest->items[1] = latest->items[0];
    latest->items[0] = item;
    latest->held = true;
    latest->due = latest->marks.first;
    return got;
}

/* Nothing, if none is held. Marks behind it come before the end. */
static inline weir_poll weir_latest_give(struct weir_latest *latest, void *out, weir_state state)
{
    if (!latest->held)
        return (weir_poll){0, state};
    latest->held = false;
    latest->due = latest->marks.first;
    memcpy(out, latest->items[0], latest->type->size);
    return (weir_poll){1, latest->due ? WEIR_READY : state};
}

#endif
