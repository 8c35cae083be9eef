/* A sink's half of marks: they wait in a group until what came before them is safe, and are settled
 * together. */
#ifndef WEIR_BYTES_SETTLING_H
#define WEIR_BYTES_SETTLING_H

#include "weir/writer.h"

enum { WEIR_SETTLE_MARKS = 8, WEIR_SETTLE_NS = 200000000 };

struct weir_settling {
    weir_forward_options how; /* all of it is said */
    bool at_close;            /* the writer makes nothing safe before */
    bool due;                 /* the group is being settled */
    weir_mark *first;         /* the oldest */
    weir_mark *last;
    uint32_t n;
    uint64_t until_ns; /* when the oldest has waited long enough */
};

static inline void weir_settling_init(struct weir_settling *self, const weir_writer *writer,
                                      const weir_forward_options *how)
{
    self->how = *how;
    self->how.marks_max = how->marks_max ? how->marks_max : WEIR_SETTLE_MARKS;
    self->how.strength = how->strength ? how->strength : WEIR_STRENGTH_DURABLE;
    self->how.settle_ns = how->settle_ns ? how->settle_ns : WEIR_SETTLE_NS;
    self->at_close = weir_writer_strength(writer) == WEIR_STRENGTH_AT_CLOSE;
}

/* After MARK. */
static inline void weir_settling_keep(struct weir_settling *self, weir_cx *cx)
{
    weir_mark *mark = weir_mark_take(cx);
    mark->behind = NULL;
    if (self->first)
        self->last->behind = mark;
    else
        self->first = mark;
    self->last = mark;
    if (!self->n++)
        self->until_ns = weir_after_ns(cx->now_ns, self->how.settle_ns);
}

/* From now on until it is over: nothing more is taken. idle: nothing more comes now, or at all. */
static inline bool weir_settling_is_due(struct weir_settling *self, const weir_cx *cx, bool idle)
{
    if (WEIR_LIKELY(!self->first) || self->at_close)
        return false;
    self->due |= idle || self->n >= self->how.marks_max || cx->now_ns >= self->until_ns;
    return self->due;
}

/* All that came before them is safe, or nobody knows what is. A mark may be gone once it is
 * settled. */
static inline void weir_settling_over(struct weir_settling *self, bool kept)
{
    weir_mark *next;
    for (weir_mark *mark = self->first; mark; mark = next) {
        next = mark->behind;
        weir_mark_settle(mark, kept);
    }
    self->first = self->last = NULL;
    self->n = 0;
    self->due = false;
}

#endif
