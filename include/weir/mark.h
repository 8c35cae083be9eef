/* weir/mark.h: marks, which travel between items: "what came before this is yours". A source whose
 * items must be acknowledged (a broker's) gives one now and then; whoever has made all that came
 * before it safe settles it.
 *
 * The law: a mark comes out of a stage only after everything that was made of what went in before
 * it. A stage that holds no items between polls keeps it by returning its source's answer. Each
 * stage says in its ops what it does with marks; one that says nothing is refused over a source
 * that gives them. */
#ifndef WEIR_MARK_H
#define WEIR_MARK_H

#include "weir/base.h"

WEIR_BEGIN_C

typedef enum weir_marks {
    WEIR_MARKS_UNSAID, /* refused over a marked source */
    WEIR_MARKS_PASS,   /* holds no items between polls: a mark passes in its place */
    WEIR_MARKS_HOLD,   /* holds items, and a mark until those before it are out */
    WEIR_MARKS_SETTLE, /* a sink, or a stage that settles: none comes out */
    WEIR_MARKS_LOSE    /* what it takes may never be safe: refused over a marked source */
} weir_marks;

/* How safe what a writer took is; each is more than the one before. */
typedef enum weir_strength {
    WEIR_STRENGTH_NONE,     /* nothing is known of it */
    WEIR_STRENGTH_AT_CLOSE, /* nothing counts before it is closed: a file that gets its name then */
    WEIR_STRENGTH_SENT,     /* on its way to whoever reads it */
    WEIR_STRENGTH_FLUSHED,  /* outlives this program: the system has it */
    WEIR_STRENGTH_DURABLE   /* outlives a power cut */
} weir_strength;

/* Made by a source, in memory of its own; settled once, by the last of those who hold it. */
struct weir_mark {
    /* kept: all that came before it is safe. It may release the mark. */
    void (*settle)(weir_mark *mark, bool kept);
    weir_stream *source; /* whose it is */
    uint64_t upto;       /* items that came before it, as the source counts them */
    uint32_t refs;       /* holders: 1 when it is given */
    bool lost;           /* one of the holders lost it */
    weir_mark *behind;   /* for a stage that holds several */
};

/* Answers {0, WEIR_MARK}.
 *
 * Example:
 *     weir_mark mark = {.upto = 3, .refs = 1}; // with its `settle`
 *     p(weir_mark_give(cx(), &mark)); // -> MARK
 *     p(weir_mark_take(cx())->upto); // -> 3
 */
WEIR_API weir_poll weir_mark_give(weir_cx *cx, weir_mark *mark WEIR_TAKES);

/* After MARK; the caller passes it on in its place, or settles it.
 *
 * Example:
 *     weir_mark mark = {.upto = 3, .refs = 1};
 *     p(weir_mark_give(cx(), &mark)); // -> MARK
 *     p(yes(weir_mark_take(cx()) == &mark)); // -> yes
 */
WEIR_API weir_mark *weir_mark_take(weir_cx *cx) WEIR_MUST_USE;

/* `more` further holders: it is settled when each of them has.
 *
 * Example:
 *     uint64_t upto;
 *     bool kept;
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_give(home, cx(), NULL, 3)); // -> MARK
 *     weir_mark *mark = weir_mark_take(cx());
 *     weir_mark_share(mark, 1);
 *     weir_mark_settle(mark, true);
 *     p(weir_mark_home_take(home, cx(), &upto, &kept)); // -> false
 *     weir_mark_settle(mark, true);
 *     p(weir_mark_home_take(home, cx(), &upto, &kept)); // -> true
 *     weir_mark_home_leave(home);
 */
WEIR_API void weir_mark_share(weir_mark *mark, uint32_t more);

/* What one of several holders has, as a mark of its own: only such a one may stand in a line
 * (`behind`). NULL: no memory, and this holder has lost it.
 *
 * Example:
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_give(home, cx(), NULL, 3)); // -> MARK
 *     weir_mark *mine = weir_mark_own(weir_mark_take(cx()));
 *     p(mine->upto); // -> 3
 *     weir_mark_settle(mine, true);
 *     weir_mark_home_leave(home);
 */
WEIR_API weir_mark *weir_mark_own(weir_mark *mark WEIR_TAKES) WEIR_MUST_USE;

/* This holder is done with it; one "not kept" of many counts for all.
 *
 * Example:
 *     uint64_t upto;
 *     bool kept;
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_give(home, cx(), NULL, 3)); // -> MARK
 *     weir_mark_settle(weir_mark_take(cx()), false);
 *     p(weir_mark_home_take(home, cx(), &upto, &kept)); // -> true
 *     p(kept); // -> false
 *     weir_mark_home_leave(home);
 */
WEIR_API void weir_mark_settle(weir_mark *mark WEIR_TAKES, bool kept);

/* Where the marks of a source come home to, from whatever worker settles them: a settle says so
 * here and wakes the source's task, which finds out at its next poll. Marks have memory of their
 * own, and may come home when the source is gone. */
typedef struct weir_mark_home weir_mark_home;

/* NULL: no memory.
 *
 * Example:
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_open(home)); // -> 0
 *     weir_mark_home_leave(home);
 */
WEIR_API weir_mark_home *weir_mark_home_new(void) WEIR_MUST_USE;

/* Answers MARK, or ERROR where there is no memory for one.
 *
 * Example:
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_give(home, cx(), NULL, 3)); // -> MARK
 *     p(weir_mark_home_open(home)); // -> 1
 *     weir_mark_settle(weir_mark_take(cx()), true);
 *     weir_mark_home_leave(home);
 */
WEIR_API weir_poll weir_mark_home_give(weir_mark_home *home, weir_cx *cx, weir_stream *source,
                                       uint64_t upto) WEIR_MUST_USE;

/* True: one came, in the order in which they were settled. False: none did, and the waker of cx is
 * woken by the next; the source answers PENDING, or what else it has.
 *
 * Example:
 *     uint64_t upto;
 *     bool kept;
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_give(home, cx(), NULL, 3)); // -> MARK
 *     p(weir_mark_home_take(home, cx(), &upto, &kept)); // -> false
 *     weir_mark_settle(weir_mark_take(cx()), true);
 *     p(weir_mark_home_take(home, cx(), &upto, &kept)); // -> true
 *     p(upto); // -> 3
 *     weir_mark_home_leave(home);
 */
WEIR_API bool weir_mark_home_take(weir_mark_home *home, weir_cx *cx, uint64_t *upto,
                                  bool *kept) WEIR_MUST_USE;

/* For a stage that hands marks to another worker, whose source wants them settled where it is: one
 * that goes in the place of `mark`, which is settled when that one came home. A home is for those
 * or for marks of one's own, not for both. NULL: no memory, and `mark` is lost.
 *
 * Example:
 *     weir_mark_home *source = weir_mark_home_new(), *here = weir_mark_home_new();
 *     p(weir_mark_home_give(source, cx(), NULL, 3)); // -> MARK
 *     weir_mark *sent = weir_mark_home_send(here, weir_mark_take(cx()));
 *     p(sent->upto); // -> 3
 *     weir_mark_settle(sent, true);
 *     p(weir_mark_home_settle(here, cx())); // -> END
 *     weir_mark_home_leave(here);
 *     weir_mark_home_leave(source);
 */
WEIR_API weir_mark *weir_mark_home_send(weir_mark_home *home,
                                        weir_mark *mark WEIR_TAKES) WEIR_MUST_USE;

/* Settles those in whose place others came home. PENDING: some did not yet, and the waker of cx is
 * woken by the next. END: all did.
 *
 * Example:
 *     weir_mark_home *source = weir_mark_home_new(), *here = weir_mark_home_new();
 *     p(weir_mark_home_give(source, cx(), NULL, 3)); // -> MARK
 *     weir_mark *sent = weir_mark_home_send(here, weir_mark_take(cx()));
 *     p(weir_mark_home_settle(here, cx())); // -> PENDING
 *     weir_mark_settle(sent, true);
 *     p(weir_mark_home_settle(here, cx())); // -> END
 *     weir_mark_home_leave(here);
 *     weir_mark_home_leave(source);
 */
WEIR_API weir_poll weir_mark_home_settle(weir_mark_home *home, weir_cx *cx);

/* Marks that were given and did not come yet. On the source's thread.
 *
 * Example:
 *     weir_mark_home *home = weir_mark_home_new();
 *     p(weir_mark_home_give(home, cx(), NULL, 3)); // -> MARK
 *     p(weir_mark_home_open(home)); // -> 1
 *     weir_mark_settle(weir_mark_take(cx()), true);
 *     weir_mark_home_leave(home);
 */
WEIR_API size_t weir_mark_home_open(const weir_mark_home *home);

/* What a home holds with so many that are open: for memory_max.
 *
 * Example:
 *     p(yes(weir_mark_home_bytes(9) > weir_mark_home_bytes(8))); // -> yes
 */
WEIR_API size_t weir_mark_home_bytes(size_t open);

/* The source is dropped: others in whose place marks were sent are lost, but for those that came
 * home. NULL: nothing.
 *
 * Example:
 *     weir_mark_home *source = weir_mark_home_new(), *here = weir_mark_home_new();
 *     p(weir_mark_home_give(source, cx(), NULL, 3)); // -> MARK
 *     weir_mark *sent = weir_mark_home_send(here, weir_mark_take(cx()));
 *     weir_mark_home_leave(here); // the one in whose place it was sent is lost
 *     weir_mark_settle(sent, true);
 *     weir_mark_home_leave(source);
 */
WEIR_API void weir_mark_home_leave(weir_mark_home *home WEIR_TAKES);

WEIR_END_C

#endif
