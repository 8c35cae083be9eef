/* mark.h: the annotations of weir/marks.h, as the compiler hands them over. */
#ifndef LINT_MARK_H
#define LINT_MARK_H

enum mark {
    MARK_TAKES, /* parameters */
    MARK_KEEPS,
    MARK_HOLDS,
    MARK_RELEASES,
    MARK_FINISHES,
    MARK_UNBOUNDED,
    MARK_MUST_PAR_SPAWN, /* functions, and types */
    MARK_SPAWNS,         /* functions */
    MARK_AWAITS,
    MARK_BLOCKS,
    MARK_SEQUENTIAL_LOOP,
    MARK_LENDS,
    MARK_ITEM,
    MARK_MUST_FINISH,
    MARK_MUST_NOT_AWAIT, /* types */
    MARKS
};

/* The text of each that stands on a declaration: "" where it has none; NULL: it is not there.
 */
struct marks {
    const char *text[MARKS];
};

/* Reads one annotation, "weir::NAME" or "weir::NAME=TEXT", into `out`; others are not ours. The
 * text is kept by the caller. */
void mark_read(struct marks *out, const char *annotation);

#endif
