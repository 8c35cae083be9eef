/* The chains that a thread polls itself while it waits for them: told of as a task's is. */
#ifndef WEIR_TASK_STAND_H
#define WEIR_TASK_STAND_H

#include "task/look.h"
#include "weir/fn.h"

/* Loops within loops. Those beyond are a part of the last. And chains that are asked item by item:
 * of more, those that were asked last. */
enum { WEIR_STANDS_MAX = 4, WEIR_ASKED_MAX = 4 };

/* One of them. */
struct weir_stand {
    weir_stream loop; /* in place of the body of a loop, over what it reads; nobody polls it */
    weir_map_fn body; /* whose name is the function that the loop stands in */
    const weir_map_fn *fn;
    weir_stage *chain;
    uint32_t note; /* of its task, while another one stands on it */
    uint8_t scale;
    uint64_t stamp_ns;
};

/* One that is asked item by item, and stays the program's. It stands between two questions too:
 * what the thread does then is the body of a loop over it. It may go at any time, on any thread. */
struct weir_asked {
    struct weir_stand stand;
    weir_stage *chain; /* NULL: there is none here */
    uint64_t nth;      /* question of the thread, the latest */
    bool gone;         /* another thread dropped it */
};

/* Of a thread. */
struct weir_stands {
    struct weir_stand all[WEIR_STANDS_MAX];
    size_t n;
    weir_worker *worker;
    weir_task *task;
    weir_stage *asks; /* this moment; NULL: nothing */
    const weir_site *in;
    enum {
        WEIR_ASK_ALONE, /* nobody looks: it stands nowhere */
        WEIR_ASK_ON_TOP,
        WEIR_ASK_OPEN
    } how;
    struct weir_asked asked[WEIR_ASKED_MAX];
    struct weir_asked *open, *outer; /* whose turn goes on; would, but for what is on top */
    uint64_t questions;
    struct weir_stands *next, **at; /* of all that have one in `asked`; at NULL: this has not */
};

/* What stands for the body of a loop has these. */
extern const weir_stream_ops weir_stand_ops;

/* task: the thread's sleeper. in: of a loop, where it is; NULL: it is awaited as a whole. */
void weir_stands_push(struct weir_stands *self, weir_worker *worker, weir_task *task,
                      weir_stage *chain, const weir_site *in);
void weir_stands_pop(struct weir_stands *self, weir_worker *worker, weir_task *task);

static inline bool weir_stands_are_looked_at(const weir_worker *worker)
{
    return WEIR_UNLIKELY(atomic_load_explicit(&worker->rt->looker, memory_order_relaxed) != NULL);
}

/* What is asked is to stand, or stood, until it answered. */
void weir_stands_place(struct weir_stands *self);
void weir_stands_answered(struct weir_stands *self);

/* Around a question to a chain that stays the program's. Nobody looks: some stores, since a thread
 * may ask for each of its items. */
static inline void weir_stands_ask(struct weir_stands *self, weir_stage *chain, const weir_site *in)
{
    self->asks = chain;
    self->in = in;
    if (weir_stands_are_looked_at(self->worker))
        weir_stands_place(self);
    else
        weir_worker_turn_begins(self->worker, NULL, &weir_stand_ops);
}

static inline void weir_stands_answer(struct weir_stands *self)
{
    self->asks = NULL;
    if (WEIR_UNLIKELY(self->how != WEIR_ASK_ALONE || self->n))
        weir_stands_answered(self);
    else
        weir_worker_turn_ends(self->worker);
}

/* The worker has something else to do than what the thread does with its item. */
void weir_stands_pause(struct weir_stands *self);

/* A stage is about to be dropped, on this thread. */
void weir_stands_forget(const weir_stage *stage);

void weir_stands_end(struct weir_stands *self);

/* The thread has another sleeper from now on. */
void weir_stands_move(struct weir_stands *self, weir_task *from, weir_task *to);

/* Around a wait, behind a poll that was PENDING: others have their turns. */
void weir_stands_rest(struct weir_stands *self, weir_worker *worker, weir_task *task);
void weir_stands_go_on(struct weir_stands *self, weir_worker *worker, weir_task *task);

#endif
