/* The chains that a thread polls itself while it waits for them: told of as a task's is. */
#ifndef WEIR_TASK_STAND_H
#define WEIR_TASK_STAND_H

#include "task/look.h"
#include "weir/fn.h"

/* Loops within loops. Those beyond are a part of the last. */
enum { WEIR_STANDS_MAX = 4 };

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

/* Of a thread. */
struct weir_stands {
    struct weir_stand all[WEIR_STANDS_MAX];
    size_t n;
};

/* What stands for the body of a loop has these. */
extern const weir_stream_ops weir_stand_ops;

/* task: the thread's sleeper. in: of a loop, where it is; NULL: it is awaited as a whole. */
void weir_stands_push(struct weir_stands *self, weir_worker *worker, weir_task *task,
                      weir_stage *chain, const weir_site *in);
void weir_stands_pop(struct weir_stands *self, weir_worker *worker, weir_task *task);

/* The thread has another sleeper from now on. */
void weir_stands_move(weir_task *from, weir_task *to);

/* Around a wait, behind a poll that was PENDING: others have their turns. */
void weir_stands_rest(struct weir_stands *self, weir_worker *worker, weir_task *task);
void weir_stands_go_on(struct weir_stands *self, weir_worker *worker, weir_task *task);

#endif
