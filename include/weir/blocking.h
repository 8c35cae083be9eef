/* weir/blocking.h: plain functions that block (a name that is looked up, a checksum of a gigabyte,
 * a library that knows no async), run beside the runtime on threads of their own:
 *
 *     static bool look_up(struct name *name, struct address *out, weir_error *error) { ... }
 *     WEIR_BLOCKING_FN(look_up_fn, look_up, struct name, struct address)
 *     ... weir_spawn_blocking(&look_up_fn, &name) ...       a future of struct address
 *
 *   WEIR_BLOCKING_FN(name, f, State, T)     bool f(State *state, T *out, weir_error *error)
 *
 * f answers false after weir_error_set(error, ...). It runs once, on another thread: it may touch
 * its state, its result and what is safe to share, and no chain that is polled elsewhere. What it
 * would be told by a signal goes to other threads: it blocks them all. More may be said at the end
 * as in weir/fn.h: .state, .of. */
#ifndef WEIR_BLOCKING_H
#define WEIR_BLOCKING_H

#include "weir/fn.h"

WEIR_BEGIN_C

typedef struct weir_blocking_fn {
    uint32_t size; /* sizeof(weir_blocking_fn) */
    const char *name WEIR_AT_EIGHT_;
    const weir_type *state;
    const weir_type *of;
    size_t state_size; /* what the compiler knows; 0: not made by the macro */
    size_t of_size;
    bool (*one)(void *state, void *out, weir_error *error);
} weir_blocking_fn;

/* Runs fn with its own copy of the state on a thread of the process's pool. A future, and no task:
 * it stands in the pool's line, first in, first out, from its first poll on; weir_spawn() of it
 * begins at once. Where all threads are busy it waits its
 * turn there; the line needs no memory but its futures'.
 * Shape: a future. In a simulation (driver "sim"), which has one thread, fn runs within the poll.
 * Owns: takes *state; fn->state->drop releases it once fn has run, on that thread, or where the
 * future is dropped before. A future that is dropped while fn runs waits for nothing: the result is
 * dropped by fn->of->drop when it is there, and counted.
 * Errors: fn's own; SYSTEM where there is no thread, and none can be made; ARGUMENT in a process
 * that was forked off since its first poll; TYPE where the compiler sees that *state is no State:
 * it is not taken then.
 *
 * Example:
 *     p(weir_spawn_blocking(&slow_square_fn, &(int64_t){7})); // -> 49
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_spawn_blocking(const weir_blocking_fn *fn WEIR_KEEPS,
                                          const void *state WEIR_TAKES);

/* The same, of a state of so many bytes; 0: nobody knows. In C the name above is this.
 *
 * Example:
 *     p(weir_spawn_blocking_sized(&slow_square_fn, &(int64_t){7}, sizeof(int64_t))); // -> 49
 *     p(weir_spawn_blocking_sized(&slow_square_fn, &(int32_t){7}, sizeof(int32_t))); // -> !TYPE
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_spawn_blocking_sized(const weir_blocking_fn *fn WEIR_KEEPS,
                                                const void *state WEIR_TAKES, size_t state_size);
#ifndef __cplusplus
#define weir_spawn_blocking(fn, ...)                                                               \
    weir_spawn_blocking_sized(fn, (__VA_ARGS__), WEIR_STATE_SIZE_(__VA_ARGS__))
#endif

/* Of the process. 0: the default. */
typedef struct weir_blocking_options {
    uint32_t size;        /* sizeof(weir_blocking_options) */
    uint32_t threads_max; /* 64: they wait more than they compute, and one that waits for a slow
                             name server should not hold up ten that read a disk; yet their stacks,
                             and what they have under way, stay small */
    size_t stack_bytes; /* of a thread; the system's: 8 MiB of addresses, most of them untouched */
    uint64_t idle_ns;   /* 10 s: a thread that had nothing to do for so long ends */
} weir_blocking_options;

/* Holds from now on; what runs goes on. At any time, from any thread.
 *
 * Example:
 *     weir_blocking_options few = {.size = sizeof few, .threads_max = 2};
 *     weir_blocking_set(&few);
 *     p(weir_spawn_blocking(&slow_square_fn, &(int64_t){7})); // -> 49
 */
WEIR_API void weir_blocking_set(const weir_blocking_options *options);

typedef struct weir_blocking_stats {
    uint32_t size;      /* sizeof(weir_blocking_stats), set by who asks */
    uint32_t threads;   /* there are now */
    uint32_t running;   /* functions */
    uint64_t waiting;   /* functions, for a thread */
    uint64_t discarded; /* results that nobody wanted any more, since the process began */
} weir_blocking_stats;

/* From any thread; one moment's numbers.
 *
 * Example:
 *     weir_blocking_stats now = {.size = sizeof now};
 *     weir_blocking_look(&now);
 *     p(now.running); // -> 0
 */
WEIR_API void weir_blocking_look(weir_blocking_stats *out);

WEIR_END_C

#ifdef __cplusplus
#define WEIR_BLOCKING_FN(...) WEIR_C_ONLY_
#else
#define WEIR_BLOCKING_FN(name_, f, State, ...)                                                     \
    WEIR_BLOCKING_FN_(name_, f, State, __VA_ARGS__, .name = #f)

#define WEIR_BLOCKING_FN_(name_, f, State, T, ...)                                                 \
    WEIR_IS_(f, bool (*)(State *, T *, weir_error *))                                              \
    WEIR_SAYS_STATE_(name_, State)                                                                 \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    static bool name_##_one(void *weir_state_, void *weir_out_, weir_error *weir_error_)           \
    {                                                                                              \
        return f((State *)weir_state_, (T *)weir_out_, weir_error_);                               \
    }                                                                                              \
    static const weir_type name_##_state = WEIR_TYPE(State);                                       \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_blocking_fn name_ = {.size = sizeof(weir_blocking_fn),                       \
                                           .state = WEIR_TYPE_OF_(State, name_##_state),           \
                                           .of = WEIR_TYPE_OF_(T, name_##_of),                     \
                                           .state_size = sizeof(State),                            \
                                           .of_size = sizeof(T),                                   \
                                           .one = name_##_one,                                     \
                                           __VA_ARGS__};                                           \
    WEIR_OVERRIDE_END_
#endif

#endif
