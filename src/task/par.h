/* What the parallel stages share: items that become children of the task that polls the stage. */
#ifndef WEIR_TASK_PAR_H
#define WEIR_TASK_PAR_H

#include "core/stage.h"
#include "task/waiters.h"
#include "weir/par.h"

/* A function, and what the compiler knows of it. Children have copies: what is under way may
 * outlive the stage. */
struct weir_par_body {
    weir_par_kind kind;
    const void *fn;
    void *arg;
    const char *stage; /* what users called */
    const char *name;  /* of the function */
    const weir_type *from, *to;
    size_t from_size, to_size; /* 0: not known */
};

/* ... and how it is to be run. */
struct weir_par {
    struct weir_par_body body;
    size_t limit;
    weir_par_options how;
    const weir_site *place; /* where the stage was made; NULL: not known */
    bool feeds; /* what is under way waits for what the source does when it is asked again: so that
                   is asked whatever how.limit says, and gives an item when this lets one begin */
};

/* Runs a future on any worker, as a child of the task that is polled: this is not over before it
 * is. Answers its handle; dropping that stops it as `how` says, and waits for it, outside of a
 * poll. With the first of a group that is dropped early all of it is told. waits: it waits more
 * than it works. */
weir_stream *weir_par_child_spawn(weir_cx *cx, weir_stream *future WEIR_TAKES, bool waits,
                                  const struct weir_par *par, const void *group) WEIR_MUST_USE;
/* What it takes besides a future in an arena of its own of so many bytes, the task's room
 * (WEIR_TASK_BYTES, and the item) among them. */
size_t weir_par_child_bytes(size_t future_bytes);
/* It ends as `how` says; or is cancelled in any case. What could not be spawned is left alone. */
void weir_par_child_tell(weir_stream *handle);
void weir_par_child_cancel(weir_stream *handle);

/* The options, as this library knows them. */
weir_par_options weir_par_options_of(const weir_par_options *given);

/* Of a function that waits: what it takes and gives, as its constant says. */
void weir_par_body_waits(struct weir_par_body *body);

/* The source, or a failed one that says whose items are lent; before types are compared. */
weir_stream *weir_par_expect_owned(weir_stream *source WEIR_TAKES, const char *stage);

/* The source, or a failed one: what every parallel stage asks of it. Where items or results are
 * bound to this worker, all stays here from then on. */
weir_stream *weir_par_expect(weir_stream *source WEIR_TAKES, struct weir_par *par);

/* From then on items are dropped as the source says. */
void weir_par_take_from(const weir_stream *source, struct weir_par_body *body);

/* False: nothing here runs tasks; cx->error says so. Other workers are made, if there are none. */
bool weir_par_ready(weir_cx *cx, const struct weir_par *par);

/* The same of a stage that makes tasks of items: which it was told when it was made. NULL: this one
 * makes none. */
struct weir_par *weir_par_of_tasks(weir_stream *stream);
struct weir_par *weir_par_of_batches(weir_stream *stream);

/* How many are under way at once: functions that do not wait never outnumber the workers by much.
 */
size_t weir_par_most(const weir_cx *cx, const struct weir_par *par);

/* ---- a limit that changes: how->limit ---- */

/* For one more task. READY: it may begin, and gives that back when it is over. PENDING: the place,
 * of the stage that asks, stands in the line, until it leaves. */
weir_poll weir_par_limit_take(weir_par_limit *limit, struct weir_waiting *place, weir_cx *cx);
void weir_par_limit_give(weir_par_limit *limit);
void weir_par_limit_leave(weir_par_limit *limit, struct weir_waiting *place);

/* The same of a stage that may have none. False: PENDING. */
static inline bool weir_par_may_begin(weir_par_limit *limit, struct weir_waiting *place,
                                      weir_cx *cx)
{
    return WEIR_LIKELY(!limit) || weir_par_limit_take(limit, place, cx).state == WEIR_READY;
}
static inline void weir_par_began_nothing(const struct weir_par *par)
{
    if (WEIR_UNLIKELY(par->how.limit != NULL))
        weir_par_limit_give(par->how.limit);
}
/* What a task has, which began: it gives it back, with its reference. NULL: there is none. */
static inline void weir_par_limit_over(weir_par_limit *limit)
{
    if (WEIR_LIKELY(!limit))
        return;
    weir_par_limit_give(limit);
    weir_par_limit_drop(limit);
}
/* For the inspector: only of a stage that has one. What runs is that of all that share it, who are
 * summed once. */
static inline void weir_par_limit_holding(const struct weir_par *par, weir_holding *out)
{
    if (par->how.limit)
        out->limit = weir_par_limit_get(par->how.limit, &out->in_flight);
    out->knob = par->how.limit;
}

/* A stage is over: what it was promised is for others, who need not wait until it goes. */
static inline void weir_par_over(weir_par_limit *limit, struct weir_waiting *place)
{
    if (WEIR_UNLIKELY(limit != NULL))
        weir_par_limit_leave(limit, place);
}

/* A stage goes. */
static inline void weir_par_fini(weir_par_limit *limit, struct weir_waiting *place)
{
    if (WEIR_LIKELY(!limit))
        return;
    weir_par_limit_leave(limit, place);
    weir_par_limit_drop(limit);
}

/* ---- functions that wait: a task an item ---- */

/* A stage that gives a handle of each item's task, whose item is what the function gives. */
weir_stream *weir_par_tasks(weir_stream *source WEIR_TAKES, struct weir_par *par);

/* What par_for_each does with these, of whatever kind they are. */
weir_stream *weir_par_each(weir_stream *source WEIR_TAKES, struct weir_par *par);

/* ---- functions that do not: batches ---- */

enum { WEIR_BATCH_ITEMS_MAX = 1024, WEIR_BATCH_BYTES_MAX = 64 << 10 };

/* An item that failed: its place among what the batch came to. */
struct weir_batch_failure {
    struct weir_batch_failure *next;
    size_t at;
    weir_error error;
};

/* Items of one task, and what they came to. */
struct weir_batch {
    struct weir_par_body body;
    void (*run)(struct weir_batch *batch);
    unsigned char *in, *out; /* maybe one place */
    size_t in_n, in_first;   /* items that nobody has handled yet */
    size_t out_n, out_first; /* what is there to be given */
    size_t items, items_max; /* that it began with, and has room for */
    uint64_t number;         /* of its first item in the stream, from 1 */
    uint64_t took_ns;
    struct weir_batch_failure *failures;
    size_t lost; /* of these, for want of memory */
    size_t bytes;
};

/* How they are cut. */
struct weir_batch_plan {
    struct weir_par par;
    void (*run)(struct weir_batch *batch); /* handles all its items, on whatever thread */
    const void *zero; /* a batch comes to one item, made from a copy of this; NULL: to one each */
    bool in_place;    /* results stand where the items did */
    bool makes_nothing;
    bool fixed;  /* its size was given */
    size_t size; /* of the next one */
    size_t size_max;
    uint64_t numbers; /* of items that came */
};

/* A stage that gives a handle of each batch's task, whose item is a struct weir_batch *. */
weir_stream *weir_par_batches(weir_stream *source WEIR_TAKES, struct weir_batch_plan *plan);
extern const weir_type weir_type_batch;

/* One of its batches came back: the next ones are larger, or smaller. */
void weir_par_learn(weir_stream *batches, const struct weir_batch *batch);

/* What `run` says when its item failed; takes its number from where it stands. */
void weir_batch_fail(struct weir_batch *batch, size_t nth, const weir_error *error);

/* Gives the next of its failures. */
weir_poll weir_batch_give_failure(struct weir_batch *batch, weir_cx *cx);

void weir_batch_drop(struct weir_batch *batch);

/* Runs batches, up to the limit at once, and gives what they came to: items, and errors in their
 * places. */
weir_stream *weir_par_spread(weir_stream *source WEIR_TAKES, struct weir_batch_plan *plan,
                             bool ordered);

#endif
