/* The threads of the process that run what blocks, and the line of jobs for them. */
#ifndef WEIR_TASK_THREADS_H
#define WEIR_TASK_THREADS_H

#include <pthread.h>
#include <stdatomic.h>

#include "weir/blocking.h"

/* A thread of the library's. It is born with all signals blocked, which are other threads'
 * business, but for those that its own functions bring about. 0, or an errno. how: NULL, as usual.
 */
int weir_thread_make(pthread_t *thread, const pthread_attr_t *how, void *(*entry)(void *arg),
                     void *arg);

enum weir_thread_job_state {
    WEIR_THREAD_JOB_NEW,     /* its owner's */
    WEIR_THREAD_JOB_WAITING, /* it stands in the line */
    WEIR_THREAD_JOB_RUNNING, /* a thread has it */
    WEIR_THREAD_JOB_DONE     /* ... and is done with it, but for the call of `over` */
};

/* First in its owner's block. */
struct weir_thread_job {
    struct weir_thread_job *next, *prev;
    void (*run)(struct weir_thread_job *job);
    void (*over)(struct weir_thread_job *job, bool given_up); /* the last touch of a thread */
    _Atomic unsigned state;
    unsigned forks; /* of the process it was submitted in */
    bool given_up;
};

/* Puts a new job at the end of the line. 0, or the errno for which there is no thread at all: then
 * it is new still. */
int weir_job_submit(struct weir_thread_job *job);

/* The owner goes away. The state it was found in: WAITING, it was taken out of the line; RUNNING,
 * `over` will be told. */
enum weir_thread_job_state weir_job_give_up(struct weir_thread_job *job);

/* Submitted, by the process that this one was forked off from: its threads are not here. */
bool weir_job_is_lost(const struct weir_thread_job *job);

#endif
