/* The lock that tasks of several threads share, and lines of those who wait. */

#include "task/waiters.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "task/fiber.h"
#include "task/relax.h"
#include "task/worker.h"

/* ---- the memory ---- */

void *weir_shared_new(size_t bytes, void (*fini)(struct weir_shared *self))
{
    struct weir_shared *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    memset(self, 0, bytes);
    atomic_init(&self->refs, 1);
    self->bytes = bytes;
    self->fini = fini;
    return self;
}

void weir_shared_ref(struct weir_shared *self)
{
    atomic_fetch_add_explicit(&self->refs, 1, memory_order_relaxed);
}

void weir_shared_unref(struct weir_shared *self)
{
    if (atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (self->fini)
        self->fini(self);
    weir_release(self, self->bytes);
}

/* ---- the lock ---- */

enum { SPINS = 100, YIELDS = 20, NAP_MS = 1 };

static void look_away(unsigned times)
{
    if (times < SPINS)
        weir_relax();
    else if (times < SPINS + YIELDS)
        sched_yield();
    else
        weir_sys_posix.poll(&weir_sys_posix, NULL, 0, NAP_MS);
}

void weir_shared_lock_late(struct weir_shared *self)
{
    unsigned times = 0;
    do {
        look_away(times);
        times += times < SPINS + YIELDS;
    } while (atomic_load_explicit(&self->held, memory_order_relaxed) ||
             atomic_exchange_explicit(&self->held, true, memory_order_acquire));
}

void weir_waking_end(struct weir_waking *waking)
{
    for (size_t i = 0; i < waking->n; i++)
        weir_waker_wake_unref(waking->wakers[i]);
    waking->n = 0;
}

weir_poll weir_shared_wait(struct weir_shared *shared, weir_cx *cx, weir_waker_slot *slot,
                           weir_wait_for what)
{
    weir_waker_slot stored = {cx->waker}, old = *slot;
    if (old.waker == cx->waker)
        old.waker = NULL;
    else
        weir_waker_ref(cx->waker);
    slot->waker = cx->waker;
    weir_shared_unlock_only(shared);
    weir_waker_slot_clear(&old);
    return weir_wait(cx, &stored, what);
}

/* ---- lines ---- */

void weir_waiters_join(struct weir_waiters *line, struct weir_waiting *one)
{
    one->state = WEIR_PLACE_WAITS;
    one->behind = NULL;
    one->before = line->last;
    if (line->last)
        line->last->behind = one;
    else
        line->first = one;
    line->last = one;
}

void weir_waiters_leave(struct weir_waiters *line, struct weir_waiting *one)
{
    if (one->state != WEIR_PLACE_WAITS)
        return;
    one->state = WEIR_PLACE_OUTSIDE;
    if (one->before)
        one->before->behind = one->behind;
    else
        line->first = one->behind;
    if (one->behind)
        one->behind->before = one->before;
    else
        line->last = one->before;
}

void weir_waiters_serve(struct weir_waiters *line, enum weir_place_state state,
                        struct weir_waking *waking)
{
    struct weir_waiting *one = line->first;
    weir_waiters_leave(line, one);
    one->state = state;
    weir_waking_add(waking, &one->waker);
}

void weir_waiters_serve_all(struct weir_shared *shared, struct weir_waiters *line,
                            enum weir_place_state state, struct weir_waking *waking)
{
    while (line->first) {
        if (weir_waking_is_full(waking)) {
            weir_shared_unlock(shared, waking);
            weir_shared_lock(shared);
        } else {
            weir_waiters_serve(line, state, waking);
        }
    }
}

/* ---- threads that poll nothing ---- */

struct sleeper {
    weir_waker waker;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool is_woken;
    bool released;
};

static void sleeper_wake(weir_waker *waker)
{
    struct sleeper *self = WEIR_CONTAINER(waker, struct sleeper, waker);
    pthread_mutex_lock(&self->lock);
    self->is_woken = true;
    pthread_cond_signal(&self->woken);
    pthread_mutex_unlock(&self->lock);
}

/* It stands on a stack, which waits for this. */
static void sleeper_release(weir_waker *waker)
{
    struct sleeper *self = WEIR_CONTAINER(waker, struct sleeper, waker);
    pthread_mutex_lock(&self->lock);
    self->released = true;
    pthread_cond_signal(&self->woken);
    pthread_mutex_unlock(&self->lock);
}

static const weir_waker_ops sleeper_ops = {sizeof sleeper_ops, sleeper_wake, sleeper_release};

static void sleep_until(struct sleeper *self, const bool *what)
{
    pthread_mutex_lock(&self->lock);
    while (!*what)
        pthread_cond_wait(&self->woken, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

bool weir_may_block(void)
{
    return !weir_fiber_running && (!weir_worker_here || !weir_worker_here->cx.polling);
}

void weir_waiting_block(struct weir_shared *shared, struct weir_waiting *one)
{
    struct sleeper self = {.is_woken = false};
    pthread_mutex_init(&self.lock, NULL);
    pthread_cond_init(&self.woken, NULL);
    weir_waker_init(&self.waker, &sleeper_ops);
    weir_waker_ref(&self.waker);
    one->waker.waker = &self.waker;
    weir_shared_unlock_only(shared);
    sleep_until(&self, &self.is_woken);
    weir_waker_unref(&self.waker);
    sleep_until(&self, &self.released);
    pthread_mutex_destroy(&self.lock);
    pthread_cond_destroy(&self.woken);
    weir_shared_lock(shared);
}
