/* A set of streams that are polled in one task, each with a waker of its own, so that only those
 * that were woken are polled. What buffered, buffer_unordered and merge are made of.
 *
 * The rules are those of FuturesUnordered, event for event: the queue is first in, first out; a
 * new child goes to its back; a wake puts a child there once and wakes the task's latest waker; a
 * poll of the set ends with the first child that is not PENDING, and yields to the task when it
 * polled as many children as there are or when two of them woke themselves.
 *
 * Wakers may be woken from any thread and may outlive the set; all else belongs to one task. */
#ifndef WEIR_STREAM_CHILDREN_H
#define WEIR_STREAM_CHILDREN_H

#include "stream/wakes.h"

struct weir_stream_child {
    struct weir_member_waker member; /* first */
    weir_stream *stream;             /* NULL: it left the set */
    void *owner;                     /* the stage's own, as given to weir_children_add() */
    struct weir_errand errand;       /* how long it takes, if somebody measures that */
    bool claims;                     /* an item it is asked for is taken from somebody */
    struct weir_stream_child *next;
    struct weir_stream_child *previous;
};

/* All zero: an empty set. */
struct weir_children {
    weir_stream *stream;              /* whose children they are; set by its constructor */
    struct weir_wakes *wakes;         /* NULL: none was added yet */
    struct weir_stream_child *first;  /* all children, in no order */
    struct weir_stream_child *spares; /* used before and known to nobody else */
    size_t n;
    size_t round;           /* 0: none is on; else one more than it may still take from the queue */
    bool inputs;            /* they are the stage's inputs, and count in its depth already */
    bool stopping;          /* the runtime is, and they were all woken for it */
    bool begun;             /* a child was polled in this poll: the next ones need budget */
    bool unasked;           /* only those that owe an item are polled */
    weir_wait_for wait_for; /* what the child waits for that was PENDING last */
};

/* Makes sure that the next weir_children_add() has a child to use. False: no memory. */
bool weir_children_reserve(struct weir_children *set) WEIR_MUST_USE;

/* Adds a stream; needs a reserve before it. */
void weir_children_add(struct weir_children *set, weir_stream *stream WEIR_TAKES, void *owner);

/* At the beginning of each poll of the stage: the first child that it polls is not held back by the
 * budget, so that a turn comes to the last of many sets above each other. */
static inline void weir_children_begin(struct weir_children *set)
{
    set->begun = false;
}

/* How many wait to be polled, at most. */
size_t weir_children_ready(struct weir_children *set);

/* From here to weir_children_round_end() only those are polled that are in the queue now, so that
 * none is polled twice, however often it is woken meanwhile. */
void weir_children_round(struct weir_children *set);
void weir_children_round_end(struct weir_children *set);

/* The same while nobody asks: of those in the queue now, the ones that were asked before, waited,
 * and were woken since. The others stay there, and so does what makes claims; one whose result is
 * not given yet (it has an owner) stays away until it goes on. False: there is none, and no round
 * is on. */
bool weir_children_round_unasked(struct weir_children *set);

/* In such a round where there is no room for what they would give: those that owe nothing more
 * leave the queue, the others stay there. */
void weir_children_pass_over(struct weir_children *set, weir_waker *task);

/* Polls those that were woken until one is not PENDING: *who is it, and the answer is its own.
 * It is then out of the queue, and either leaves or goes on. Each costs one of the budget.
 * *who NULL: PENDING, END when the set is empty, or {0, READY} when the round is over. */
weir_poll weir_children_poll(struct weir_children *set, weir_cx *cx, void *out, size_t demand,
                             struct weir_stream_child **who);

/* The child's stream, which is the caller's; wakers that are left do nothing any more. */
weir_stream *weir_children_take(struct weir_children *set, struct weir_stream_child *child);

/* Drops the child's stream. */
void weir_children_leave(struct weir_children *set, struct weir_stream_child *child);

/* The child gave an item and has more: to the back of the queue, as if it were new. */
void weir_children_go_on(struct weir_children *set, struct weir_stream_child *child);

/* Drops all streams. */
void weir_children_fini(struct weir_children *set);

/* The ith child, in no order; NULL: there are fewer. */
weir_stage *weir_children_input(const struct weir_children *set, size_t i);

/* The most that a set of `limit` takes, besides what its streams do. Units: bytes. */
size_t weir_children_memory_max(size_t limit);

#endif
