/* par_map of things, by each kind of function: each is twice the item. */
#ifndef WEIR_TESTS_MAPPED_H
#define WEIR_TESTS_MAPPED_H

#include "bodies.h"

/* ---- the three kinds of functions, each twice the item ---- */

static int64_t plain(struct thing thing, void *arg)
{
    struct shared *shared = arg;
    int64_t value = thing.value;
    enter(shared, value);
    stay(shared);
    thing_end(thing);
    leave(shared);
    return 2 * value;
}
WEIR_MAP_FN(plain_fn, plain, struct thing, int64_t, .from = &thing_type)

static bool try_plain(struct thing thing, int64_t *out, void *arg, weir_error *error)
{
    bool fails = is_to_fail(arg, thing.value, error);
    *out = plain(thing, arg);
    return !fails;
}
WEIR_TRY_MAP_FN(try_plain_fn, try_plain, struct thing, int64_t, .from = &thing_type)

static bool waiting(struct thing thing, int64_t *out, void *arg, weir_error *error)
{
    struct shared *shared = arg;
    uint64_t nap_ns = shared->first_ns && !thing.value ? shared->first_ns : shared->nap_ns;
    enter(shared, thing.value);
    bool stays = stay_waiting(shared, nap_ns, error);
    *out = 2 * thing.value;
    thing_end(thing);
    leave(shared);
    return stays && !is_to_fail(shared, *out / 2, error);
}
WEIR_PAR_MAP_FN(waiting_fn, waiting, struct thing, int64_t, .from = &thing_type)

struct later {
    struct thing thing;
    struct shared *shared;
};

static bool later_run(struct later *later, int64_t *out, weir_error *error)
{
    return waiting(later->thing, out, later->shared, error);
}
WEIR_FIBER_FN(later_fn, later_run, struct later, int64_t)

static weir_stream *future_of(struct thing thing, void *arg)
{
    struct later later = {thing, arg};
    return weir_fiber(&later_fn, &later, NULL);
}
WEIR_THEN_FN(future_fn, future_of, struct thing, int64_t, .from = &thing_type)

enum kind { PLAIN, TRY, FUTURE, FIBER, KINDS };

static inline weir_stream *mapped(weir_stream *source, enum kind kind, struct shared *shared,
                                  size_t limit, const weir_par_options *how)
{
    switch (kind) {
    case PLAIN:
        return weir_par_map(source, &plain_fn, shared, limit, how);
    case TRY:
        return weir_par_map(source, &try_plain_fn, shared, limit, how);
    case FUTURE:
        return weir_par_map(source, &future_fn, shared, limit, how);
    default:
        return weir_par_map(source, &waiting_fn, shared, limit, how);
    }
}

static inline weir_stream *unordered(weir_stream *source, enum kind kind, struct shared *shared,
                                     size_t limit, const weir_par_options *how)
{
    switch (kind) {
    case PLAIN:
        return weir_par_map_unordered(source, &plain_fn, shared, limit, how);
    case TRY:
        return weir_par_map_unordered(source, &try_plain_fn, shared, limit, how);
    case FUTURE:
        return weir_par_map_unordered(source, &future_fn, shared, limit, how);
    default:
        return weir_par_map_unordered(source, &waiting_fn, shared, limit, how);
    }
}

#endif
