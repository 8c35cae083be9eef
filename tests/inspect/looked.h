/* What the tests share that look at a thread from another one: what it polls, and windows. */
#ifndef WEIR_TESTS_LOOKED_H
#define WEIR_TESTS_LOOKED_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "rows.h"
#include "task/runtimes.h"

enum { WINDOW_MS = 200, WINDOWS_MAX = 60 };

static _Atomic bool works, leaves, over, ends;

static inline void nap_ms(long ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

static inline void spin_us(uint64_t us)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t until_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + us * US;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec < until_ns);
    atomic_store(&works, true);
}

static inline int64_t grind(int64_t n, void *arg)
{
    spin_us((uint64_t)(uintptr_t)arg);
    return n;
}
WEIR_MAP_FN(grind_fn, grind, int64_t, int64_t)

static inline bool goes_on(int64_t n, void *arg)
{
    (void)n;
    (void)arg;
    return !atomic_load(&leaves);
}
WEIR_FILTER_FN(goes_on_fn, goes_on, int64_t)

static inline weir_stream *grinds(uintptr_t us)
{
    weir_stream *all = weir_take_while(weir_range(0, INT64_MAX), &goes_on_fn, NULL);
    return weir_map(all, &grind_fn, (void *)us);
}

/* ---- a thread, and who looks at it ---- */

struct looked {
    pthread_t thread;
    weir_rt *rt; /* that the thread made for itself */
    struct rows before, after;
    uint64_t took_ns;
};

static inline void begin(struct looked *self, void *(*run)(void *))
{
    weir_error error;
    atomic_store(&works, false);
    atomic_store(&leaves, false);
    atomic_store(&over, false);
    atomic_store(&ends, false);
    assert_int_equal(pthread_create(&self->thread, NULL, run, NULL), 0);
    while (!atomic_load(&works))
        nap_ms(1);
    for (int i = 0; weir_rt_borrow_all(&self->rt, 1) != 1; i++) { /* it makes its own right then */
        assert_true(i < 5000);
        nap_ms(1);
    }
    assert_true(weir_inspect_start(self->rt, &error));
    weir_inspect_attach(self->rt, true);
}

/* The chain is over, and the thread still there. */
static inline void leave(struct looked *self)
{
    atomic_store(&leaves, true);
    while (!atomic_load(&over))
        nap_ms(1);
    rows_read(self->rt, &self->before);
    nap_ms(20);
    rows_read(self->rt, &self->after);
    for (size_t i = 0; i < self->after.n; i++)
        assert_int_equal(rows_sum_ns(&self->after.all[i]), rows_sum_ns(&self->before.all[i]));
    weir_rt_give_back(self->rt);
    atomic_store(&ends, true);
    assert_int_equal(pthread_join(self->thread, NULL), 0);
}

static inline void stay(void)
{
    atomic_store(&over, true);
    while (!atomic_load(&ends))
        nap_ms(1);
}

static inline const weir_inspect_row *row_before(const struct looked *self,
                                                 const weir_inspect_row *row)
{
    static const weir_inspect_row none;
    for (size_t i = 0; i < self->before.n; i++)
        if (self->before.all[i].index == row->index &&
            !strcmp(self->before.all[i].stage, row->stage))
            return &self->before.all[i];
    return &none;
}

static inline bool has_row(const struct rows *rows, const char *stage)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->all[i].stage, stage) == 0)
            return true;
    return false;
}

/* Nothing of one that was not told of yet. */
static inline weir_inspect_row in_window(const struct looked *self, const char *stage)
{
    if (!has_row(&self->after, stage))
        return (weir_inspect_row){.stage = stage};
    weir_inspect_row row = *rows_find(&self->after, stage, NULL);
    const weir_inspect_row *then = row_before(self, &row);
    row.busy_ns -= then->busy_ns;
    row.served_ns -= then->served_ns;
    row.starved_ns -= then->starved_ns;
    row.blocked_ns -= then->blocked_ns;
    row.runnable_ns -= then->runnable_ns;
    row.items -= then->items;
    row.polls -= then->polls;
    return row;
}

static inline bool is_part(uint64_t ns, const struct looked *self, unsigned from, unsigned to)
{
    return ns >= self->took_ns * from / 100 && ns <= self->took_ns * to / 100;
}

/* Until one adds up: a thread that has no processor for a while tells of it later. */
static inline void take_window(struct looked *self, const char *stage)
{
    for (int tries = 0; tries < WINDOWS_MAX; tries++) {
        rows_read(self->rt, &self->before);
        uint64_t from_ns = rows_now_ns(self->rt);
        nap_ms(WINDOW_MS);
        rows_read(self->rt, &self->after);
        self->took_ns = rows_now_ns(self->rt) - from_ns;
        if (!has_row(&self->before, stage))
            continue;
        weir_inspect_row row = in_window(self, stage);
        if (is_part(rows_sum_ns(&row), self, 80, 120))
            return;
    }
    fail_msg("no window of %s adds up", stage);
}

static struct looked looked;

/* What a busy machine does to one window it does not do to all. */
static inline void some_window(const char *stage, bool (*holds)(void))
{
    for (int tries = 0; tries < WINDOWS_MAX; tries++) {
        take_window(&looked, stage);
        if (holds())
            return;
    }
    fail_msg("no window of %s is as it should be", stage);
}

/* Of a loop over the ticks of an interval. */
static inline bool body_is_starved(void)
{
    weir_inspect_row ticks = in_window(&looked, "interval"), body = in_window(&looked, "loop");
    return is_part(ticks.served_ns, &looked, 75, 110) &&
           is_part(body.starved_ns, &looked, 75, 110) && body.items > 10 && body.polls > 10;
}

#endif
