/* A gate that functions on other threads wait for, and what passed it. */
#ifndef WEIR_TESTS_GATE_H
#define WEIR_TESTS_GATE_H

#include <pthread.h>
#include <time.h>

#include "doubles.h"
#include "weir/blocking.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    unsigned begun;
    unsigned states_dropped;
    unsigned results_dropped;
    int order[8];
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline void gate_begin(bool open)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = open;
    gate.begun = gate.states_dropped = gate.results_dropped = 0;
    pthread_mutex_unlock(&gate.lock);
}

static inline void gate_open(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

/* Waits until a number that is kept under the lock is as large. */
static inline void gate_until(const unsigned *number, unsigned least)
{
    pthread_mutex_lock(&gate.lock);
    while (*number < least)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static inline void gate_count(unsigned *number)
{
    pthread_mutex_lock(&gate.lock);
    ++*number;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

struct ticket {
    int number;
    bool fails;
};

static inline void ticket_drop(const weir_type *type, void *item)
{
    (void)type, (void)item;
    gate_count(&gate.states_dropped);
}

struct result {
    int number;
};

static inline void result_drop(const weir_type *type, void *item)
{
    (void)type, (void)item;
    gate_count(&gate.results_dropped);
}

static const weir_type ticket_type = WEIR_TYPE_OWNING(struct ticket, ticket_drop);
static const weir_type result_type = WEIR_TYPE_OWNING(struct result, result_drop);

static inline bool pass(struct ticket *ticket, struct result *out, weir_error *error)
{
    pthread_mutex_lock(&gate.lock);
    if (gate.begun < 8)
        gate.order[gate.begun] = ticket->number;
    gate.begun++;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    out->number = ticket->number;
    if (ticket->fails)
        weir_error_set(error, WEIR_E_USER, "ticket %d is not valid", ticket->number);
    return !ticket->fails;
}
WEIR_BLOCKING_FN(pass_fn, pass, struct ticket, struct result, .state = &ticket_type,
                 .of = &result_type)

static inline weir_stream *passing(int number)
{
    struct ticket ticket = {number, false};
    return weir_spawn_blocking(&pass_fn, &ticket);
}

/* ---- the pool ---- */

static inline weir_blocking_stats now(void)
{
    weir_blocking_stats stats = {.size = sizeof stats};
    weir_blocking_look(&stats);
    return stats;
}

/* Threads that have nothing to do end at once, and nothing of theirs is left: then this is certain
 * of what they did last. */
static inline void pool_drain(void)
{
    weir_blocking_set(
        &(weir_blocking_options){.size = sizeof(weir_blocking_options), .idle_ns = 1});
    for (int i = 0; now().threads && i < 10000; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(now().threads, 0);
    weir_blocking_set(NULL);
}

static inline void pool_limit(uint32_t threads_max)
{
    pool_drain();
    weir_blocking_set(&(weir_blocking_options){.size = sizeof(weir_blocking_options),
                                               .threads_max = threads_max});
}

/* One poll with a cx of its own; the stream's wakers go with it. */
static inline weir_poll poll_once(weir_stream *stream, struct test_cx *test, struct result *out)
{
    test_cx_turn(test);
    return weir_poll_next(stream, &test->cx, out, 1);
}

#endif
