/* Bodies of parallel iteration, and the worlds they run in: simulated ones, where the seed draws
 * who is next and how items are cut, and threads. */
#ifndef WEIR_TESTS_BODIES_H
#define WEIR_TESTS_BODIES_H

#include <pthread.h>

#include "../driver/rig.h"
#include "doubles.h"
#include "task/workers.h"

#if defined(__SANITIZE_THREAD__)
enum { SEEDS = 3 }; /* it has but one */
#elif defined(__SANITIZE_ADDRESS__)
enum { SEEDS = 20 };
#else
enum { SEEDS = 200 };
#endif

/* ---- worlds ---- */

struct world {
    const char *driver;
    uint64_t seed;
    uint32_t workers;
};

static inline weir_rt *world_of(const struct world *world)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = world->driver, .seed = world->seed, .workers = world->workers),
        &error);
    if (!rt)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    return rt;
}

static struct world replay;

static inline void say_which(void)
{
    if (replay.driver)
        print_message("it was %s with %u workers, seed %llu\n", replay.driver, replay.workers,
                      (unsigned long long)replay.seed);
}

typedef void in_world(weir_rt *rt, uint32_t workers);

static inline void in_one(in_world *check, const char *driver, uint64_t seed, uint32_t workers)
{
    replay = (struct world){driver, seed, workers};
    weir_rt *rt = world_of(&replay);
    check(rt, workers);
    weir_rt_drop(rt);
}

static inline void in_seeds(in_world *check)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        in_one(check, "sim", seed, 1 + (uint32_t)seed % 4);
    replay.driver = NULL;
}

static inline void on_threads(in_world *check)
{
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (uint32_t workers = 1; workers <= 4 && strcmp(rig_drivers[d], "sim") != 0; workers *= 2)
            in_one(check, rig_drivers[d], 0, workers);
    replay.driver = NULL;
}

static inline void everywhere(in_world *check)
{
    in_seeds(check);
    on_threads(check);
}

static inline int bodies_setup(void **state)
{
    atexit(say_which);
    return rig_setup(state);
}

/* ---- items that own something, on any thread ---- */

struct thing {
    int64_t value;
    int64_t *owned;
};

static _Atomic long things; /* that there are */

static inline struct thing thing_of(int64_t value)
{
    struct thing thing = {value, malloc(sizeof *thing.owned)};
    *thing.owned = value;
    things++;
    return thing;
}

static inline void thing_end(struct thing thing)
{
    assert_int_equal(*thing.owned, thing.value);
    free(thing.owned);
    things--;
}

static inline void thing_drop(const weir_type *type, void *item)
{
    (void)type;
    thing_end(*(struct thing *)item);
}

static const weir_type thing_type = WEIR_TYPE_OWNING(struct thing, thing_drop);

static inline struct thing thing_made(int64_t value, void *arg)
{
    (void)arg;
    return thing_of(value);
}
WEIR_MAP_FN(thing_made_fn, thing_made, int64_t, struct thing, .to = &thing_type)

static inline weir_stream *things_of(int64_t n)
{
    return weir_map(weir_range(0, n), &thing_made_fn, NULL);
}

/* ---- what bodies do ---- */

enum { ALIVE = 0x616c6976 };

/* What all of them have. It may stand on a stack: whoever comes when that is gone is found out. */
struct shared {
    unsigned alive;
    _Atomic unsigned now, most, begun, ended;
    _Atomic unsigned times[1000]; /* each item */
    int64_t fails_every;          /* 0: none does */
    uint64_t nap_ns;              /* of those that wait */
    uint64_t first_ns;            /* of the first of them; 0: as the others */
    unsigned spins;
    unsigned until; /* a body stays until so many were here at once */
};

static inline void shared_begin(struct shared *shared)
{
    memset((void *)shared, 0, sizeof *shared);
    shared->alive = ALIVE;
}

static inline void shared_end(struct shared *shared)
{
    assert_int_equal(shared->now, 0);
    shared->alive = 0;
}

static inline void enter(struct shared *shared, int64_t item)
{
    assert_int_equal(shared->alive, ALIVE);
    unsigned now = ++shared->now, most = shared->most;
    while (now > most && !atomic_compare_exchange_weak(&shared->most, &most, now))
        ;
    shared->begun++;
    shared->times[item % 1000]++;
    for (volatile unsigned spins = shared->spins; spins; spins--)
        ;
}

enum { LOOKS = 20000 };

static inline void stay(struct shared *shared)
{
    for (unsigned i = 0; shared->most < shared->until && i < LOOKS; i++)
        sched_yield();
}

static inline bool stay_waiting(struct shared *shared, uint64_t nap_ns, weir_error *error)
{
    bool stays = weir_await(weir_sleep(nap_ns), NULL, error) != WEIR_ERROR;
    for (unsigned i = 0; stays && shared->most < shared->until && i < LOOKS; i++)
        stays = weir_await(weir_sleep(100000), NULL, error) != WEIR_ERROR;
    return stays;
}

static inline void leave(struct shared *shared)
{
    assert_int_equal(shared->alive, ALIVE);
    shared->now--;
    shared->ended++;
}

static inline bool is_to_fail(const struct shared *shared, int64_t item, weir_error *error)
{
    if (!shared->fails_every || item % shared->fails_every != shared->fails_every - 1)
        return false;
    weir_error_set(error, WEIR_E_USER, "item %lld was to fail", (long long)item);
    error->number = (int)item;
    return true;
}

#endif
