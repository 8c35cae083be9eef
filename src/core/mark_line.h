/* Marks in a line, the oldest first: those that a stage holds until the items before them are out.
 * How many there are is bounded by their source, which bounds how many are open. */
#ifndef WEIR_CORE_MARK_LINE_H
#define WEIR_CORE_MARK_LINE_H

#include "core/poll.h"

struct weir_mark_line {
    weir_mark *first;
    weir_mark *last;
};

/* After MARK. */
static inline void weir_mark_line_keep(struct weir_mark_line *line, weir_cx *cx)
{
    weir_mark *mark = weir_mark_take(cx);
    mark->behind = NULL;
    if (line->first)
        line->last->behind = mark;
    else
        line->first = mark;
    line->last = mark;
}

/* There is one. */
static inline weir_poll weir_mark_line_give(struct weir_mark_line *line, weir_cx *cx)
{
    weir_mark *mark = line->first;
    line->first = mark->behind;
    return weir_mark_give(cx, mark);
}

/* Of a stage that gives none before its end; its source answered PENDING. ERROR: it waits for one
 * of those that are held here, and so for ever. */
static inline weir_poll weir_mark_line_wait(const struct weir_mark_line *line, weir_cx *cx,
                                            const char *stage)
{
    if (!line->first || cx->wait_for != WEIR_WAIT_MARKS)
        return (weir_poll){0, WEIR_PENDING};
    unsigned long long n = 0;
    for (const weir_mark *mark = line->first; mark; mark = mark->behind)
        n++;
    weir_fail(cx, WEIR_E_LIMIT,
              "'%s' holds all marks to the end, %llu by now, and its source gives no more before "
              "one is settled",
              stage, n);
    cx->error.cure = "a larger marks_max and receipts_max of the source, or fewer items";
    return (weir_poll){0, WEIR_ERROR};
}

/* They are not given any more. */
static inline void weir_mark_line_drop(struct weir_mark_line *line)
{
    for (weir_mark *mark; (mark = line->first);) {
        line->first = mark->behind;
        weir_mark_settle(mark, false);
    }
}

#endif
