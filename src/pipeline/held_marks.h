/* Marks that wait for what came before them, the oldest first. core/mark_line.h is the same for
 * stages that know more of libweir than it declares. */
#ifndef PIPELINE_HELD_MARKS_H
#define PIPELINE_HELD_MARKS_H

#include <weir/implement.h>

struct held_marks {
    weir_mark *first, *last;
    bool due; /* what they waited for is out */
};

/* After MARK. */
static inline void weir_pl_held_marks_keep(struct held_marks *marks, weir_cx *cx)
{
    weir_mark *mark = weir_mark_take(cx);

    mark->behind = NULL;
    if (marks->first)
        marks->last->behind = mark;
    else
        marks->first = mark;
    marks->last = mark;
}

/* One is due. */
static inline weir_poll weir_pl_held_marks_give(struct held_marks *marks, weir_cx *cx)
{
    weir_mark *mark = marks->first;

    marks->first = mark->behind;
    marks->due = marks->first;
    return weir_mark_give(cx, mark);
}

/* All of them. */
static inline void weir_pl_held_marks_settle(struct held_marks *marks, bool kept)
{
    for (weir_mark *mark; (mark = marks->first);) {
        marks->first = mark->behind;
        weir_mark_settle(mark, kept);
    }
}

#endif
