/* Runtimes of several workers on threads of their own, and jobs for them. */
#ifndef WEIR_TESTS_JOBS_H
#define WEIR_TESTS_JOBS_H

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "../driver/rig.h"
#include "task/par.h"
#include "doubles.h"
#include "event.h"
#include "task/workers.h"

#if defined(__SANITIZE_THREAD__)
enum { TSAN = 1 };
#else
enum { TSAN = 0 };
#endif

static const uint32_t counts[] = {1, 2, 4, 8};
enum { COUNTS_N = sizeof counts / sizeof *counts };

static inline weir_rt *runtime(const char *driver, uint32_t workers)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .workers = workers), &error);
    if (!rt)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    return rt;
}

/* On each driver with real threads, with each number of workers. */
static inline void with_each(void (*check)(weir_rt *rt, uint32_t workers))
{
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (size_t n = 0; n < COUNTS_N; n++) {
            if (!strcmp(rig_drivers[d], "sim"))
                continue;
            check(runtime(rig_drivers[d], counts[n]), counts[n]);
        }
}

static uint64_t drawn = 1;
static inline unsigned draw(unsigned n)
{
    drawn = drawn * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(drawn >> 33) % n;
}

/* ---- a task ---- */

static struct {
    _Atomic unsigned made, begun, over, finis;
    _Atomic unsigned on[WEIR_WORKERS_MAX]; /* where they began */
} seen;

static inline void seen_begin(void)
{
    memset((void *)&seen, 0, sizeof seen);
}

struct job {
    weir_stream stream;
    unsigned yields;
    bool for_ever, begun, makes_another;
    weir_waker_slot slot;
    const void *thread;
};

static inline weir_stream *job(unsigned yields);

static inline weir_poll job_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct job *self = WEIR_SELF(struct job, stream);
    (void)demand;
    if (!self->begun) {
        self->begun = true;
        self->thread = weir_thread_here();
        seen.begun++;
        seen.on[cx->worker->index]++;
    }
    assert_ptr_equal(self->thread, weir_thread_here()); /* bound from its first poll on */
    if (self->makes_another) {
        weir_stream *another = job(0);
        if (!weir_stage_failed(&another->stage)) {
            WEIR_SELF(struct job, another)->makes_another = true;
            weir_drop(weir_spawn(another));
        }
        self->makes_another = false;
    }
    if (self->yields && self->yields--)
        return weir_wait_turn(cx);
    if (self->for_ever)
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    seen.over++;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static inline void job_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&WEIR_SELF(struct job, stream)->slot);
    seen.finis++;
}

static const weir_stream_ops job_ops = {
    .size = sizeof job_ops, .name = "job", .poll_next = job_poll_next, .fini = job_fini};

static inline weir_stream *job(unsigned yields)
{
    weir_stream *stream = weir_source_new(sizeof(struct job), &job_ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    WEIR_SELF(struct job, stream)->yields = yields;
    seen.made++;
    return stream;
}

static inline weir_stream *job_for_ever(unsigned yields)
{
    weir_stream *stream = job(yields);
    WEIR_SELF(struct job, stream)->for_ever = true;
    return stream;
}

#endif
