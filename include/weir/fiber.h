/* weir/fiber.h: functions with a stack of their own, which wait where they stand.
 *
 *     static bool squares(int64_t *from, weir_error *error)
 *     {
 *         for (int64_t n = *from; weir_yield(int64_t, n * n); n++)
 *             ;
 *         return true;
 *     }
 *     WEIR_GENERATOR_FN(squares_fn, squares, int64_t, int64_t)
 *     ... weir_take(weir_generator(&squares_fn, &(int64_t){3}, NULL), 5) ...
 *
 *   WEIR_FIBER_FN(name, f, State, T)       bool f(State *state, T *out, weir_error *error)
 *   WEIR_GENERATOR_FN(name, f, State, T)   bool f(State *state, weir_error *error)
 *
 * A fiber is a future: true, *out is its item; false, *error says why. A generator is a stream:
 * true, it is over; false, *error says why, behind the items that it gave. More may be said at the
 * end, as initialisers:
 *
 *   .to = &type    a descriptor of your own: with a drop (WEIR_TYPE_OWNING)
 *   .drop = f      void f(void *state) releases a state, however it ended, started or not
 *
 * Inside, every wait of weir/loop.h waits for the function alone: others have their turns
 * meanwhile. Nothing runs before the first poll.
 *
 * Dropped while it waits, or yields, the function is not unwound: it goes on, and that wait, each
 * later one and each weir_yield() answers at once that it was dropped (false, WEIR_E_CANCELLED). It
 * cleans up and returns. One that does not look at these answers ends the program, by name.
 *
 * An error that ended a plain loop and was not taken is the fiber's own: it comes instead of the
 * item, which is dropped. What it made of a part of its input, since a source was told to stop, is
 * called so, as with every stage: who awaits it finds WEIR_E_STOPPED beside the item or the end.
 *
 * A fiber stays on the thread that polled it first, so thread-local variables are what they were.
 * It must not wait inside of a poll (in a function that a stage calls): the stage's scratch is in
 * use. What the FPU's rounding mode is set to is the thread's, and so is every signal mask. longjmp
 * may not leave its function. Programs with a shadow stack (CET, GCS) cannot run fibers.
 *
 * One costs 4 KiB while it waits, if it calls nothing deep. What it calls has `stack_bytes`; who
 * passes the end of it ends the program, by name where no other handler of SIGSEGV is set. Below a
 * stack stands a guard of a quarter of its size, at least 64 KiB and at most 1 MiB; a frame that is
 * larger can step over it into another fiber's stack, and nobody sees that. So compile what runs in
 * fibers with -fstack-clash-protection (some systems' compilers do so anyway): no frame can then.
 */
#ifndef WEIR_FIBER_H
#define WEIR_FIBER_H

#include <string.h>

#include "weir/fn.h"
#include "weir/loop.h"
#include "weir/switch.h"

WEIR_BEGIN_C

typedef struct weir_fiber_options {
    uint32_t size; /* sizeof(weir_fiber_options) */
    /* 0: 256 KiB. Of address space: only what is touched is memory. Up to the next power of two,
     * at least 64 KiB. A chain that is polled on it takes 512 bytes a stage. */
    size_t stack_bytes;
    /* Of a generator: it runs on until as many items are there as were asked for. Else it makes one
     * when one is asked for: right where an item is a claim on something outside. */
    bool ahead;
} weir_fiber_options;

/* weir_fiber(&f, &state, &WEIR_FIBER_OPTIONS(.stack_bytes = 1 << 20)) */
#define WEIR_FIBER_OPTIONS(...)                                                                    \
    ((weir_fiber_options){.size = sizeof(weir_fiber_options), __VA_ARGS__})

/* Constants, made by the macros above or by hand. */
typedef struct weir_fiber_fn {
    uint32_t size; /* sizeof(weir_fiber_fn) */
    const char *name WEIR_AT_EIGHT_;
    const weir_type *to;
    size_t to_size; /* what the compiler knows; 0: not made by a macro */
    size_t state_size;
    size_t state_align;
    bool (*run)(void *state, void *out, weir_error *error);
    void (*drop)(void *state); /* NULL: it owns nothing */
} weir_fiber_fn;

typedef struct weir_generator_fn {
    uint32_t size; /* sizeof(weir_generator_fn) */
    const char *name WEIR_AT_EIGHT_;
    const weir_type *to;
    const char *to_name; /* what weir_yield() must say; NULL: anything of that size */
    size_t to_size;
    size_t state_size;
    size_t state_align;
    bool (*run)(void *state, weir_error *error);
    void (*drop)(void *state);
} weir_generator_fn;

/* A function as a future.
 * Shape: gives one item.
 * Errors: the function's; MEMORY where there is no room for its stack; TYPE where the compiler sees
 * that *state is no State: it is not taken then.
 * Owns: takes the state by value, also when it fails; NULL: one of zero bytes.
 *
 * Example:
 *     p(weir_fiber(&nap_fn, &(int64_t){5}, NULL)); // -> 5
 */
WEIR_NEW weir_stream *weir_fiber(const weir_fiber_fn *fn, const void *state WEIR_TAKES,
                                 const weir_fiber_options *options);

/* A function as a stream.
 * Shape: gives what it yields, until it returns.
 * Errors: the function's, fatal; MEMORY where there is no room for its stack.
 * Owns: as a fiber. An item that was yielded is the stream's.
 *
 * Example:
 *     p(weir_take(weir_generator(&squares_fn, &(int64_t){3}, NULL), 4)); // -> 9 16 25 36
 */
WEIR_NEW weir_stream *weir_generator(const weir_generator_fn *fn, const void *state WEIR_TAKES,
                                     const weir_fiber_options *options);

/* The same, of a state of so many bytes; 0: nobody knows. In C the two names above are this.
 *
 * Example:
 *     p(weir_fiber_sized(&nap_fn, &(int64_t){5}, NULL, sizeof(int64_t))); // -> 5
 *     p(weir_fiber_sized(&nap_fn, &(int32_t){5}, NULL, sizeof(int32_t))); // -> !TYPE
 *     p(weir_take(weir_generator_sized(&squares_fn, &(int64_t){3}, NULL, 8), 2)); // -> 9 16
 */
WEIR_NEW weir_stream *weir_fiber_sized(const weir_fiber_fn *fn, const void *state WEIR_TAKES,
                                       const weir_fiber_options *options, size_t state_size);
WEIR_NEW weir_stream *weir_generator_sized(const weir_generator_fn *fn,
                                           const void *state WEIR_TAKES,
                                           const weir_fiber_options *options, size_t state_size);
#ifndef __cplusplus
#define weir_fiber(fn, ...)                                                                        \
    weir_fiber_sized(fn, __VA_ARGS__, WEIR_STATE_SIZE_(WEIR_FIRST_(__VA_ARGS__)))
#define weir_generator(fn, ...)                                                                    \
    weir_generator_sized(fn, __VA_ARGS__, WEIR_STATE_SIZE_(WEIR_FIRST_(__VA_ARGS__)))
#endif

/* A fiber as a task of its own: weir_go(&f, &(struct node){a, b}, NULL).
 *
 * Example:
 *     weir_stream *a = weir_go(&nap_fn, &(int64_t){30}, NULL);
 *     weir_stream *b = weir_go(&nap_fn, &(int64_t){10}, NULL);
 *     p(weir_join(a, b)); // -> (30 10)
 */
#define weir_go(...) weir_spawn(weir_fiber(__VA_ARGS__))

/* bool weir_pause(): the rest of this turn goes to others. false: dropped. On a thread without a
 * fiber too.
 *
 * Example:
 *     p(weir_pause()); // -> true
 */
#define weir_pause() weir_pause_quick_(__func__, __FILE__, __LINE__)

/* The stacks of this thread, which keeps up to 4096 for its next fibers, 1024 of them with the
 * memory that they touched. `size` is set by who asks.
 *
 * Example:
 *     weir_stacks_use use = {.size = sizeof use};
 *     p(weir_fiber(&nap_fn, &(int64_t){5}, NULL)); // -> 5
 *     weir_fiber_stats(&use);
 *     p(use.live); // -> 0
 */
typedef struct weir_stacks_use {
    uint32_t size;           /* sizeof(weir_stacks_use) */
    size_t live;             /* in use by fibers; by one that ended on another thread too */
    size_t pooled;           /* kept for the next ones */
    size_t high_water_bytes; /* the most that one of them touched, in whole pages */
} weir_stacks_use;
WEIR_API void weir_fiber_stats(weir_stacks_use *use);

/* ---- yielding ---- */

/* The fiber that runs, as far as programs know it. */
struct weir_yielder {
    char *out, *end; /* where a generator's items go; the same: there is no room */
    size_t size;
    const char *name;            /* as the last weir_yield() said it that was looked at */
    weir_cx *cx;                 /* of the poll that runs it */
    weir_context *here, *caller; /* NULL: only the library switches */
    bool dropped;
};
extern WEIR_API __thread struct weir_yielder *weir_yielder_here;

/* An item is there and no room for more: back to who asked for it. */
WEIR_AWAITS
WEIR_API bool weir_yielded_(weir_site site) WEIR_MUST_USE;
WEIR_AWAITS
WEIR_API bool weir_yield_(const void *item, size_t size, const char *name,
                          weir_site site) WEIR_MUST_USE;

/* Where it stands is put together only where it is told. */
WEIR_AWAITS
static inline bool WEIR_MUST_USE weir_yield_quick_(const void *item, size_t size, const char *name,
                                                   const char *function, const char *file,
                                                   unsigned line)
{
    struct weir_yielder *to = weir_yielder_here;
    if (WEIR_UNLIKELY(to->out == to->end || to->size != size || to->name != name))
        return weir_yield_(item, size, name, weir_site_of(function, file, line));
    memcpy(to->out, item, size);
    to->out += size;
    if (to->out != to->end)
        return true;
#if WEIR_SWITCHES_INLINE_
    if (WEIR_LIKELY(to->caller && !to->cx->polling)) {
        weir_switch(to->here, to->caller);
        return !to->dropped;
    }
#endif
    return weir_yielded_(weir_site_of(function, file, line));
}

/* What weir_pause() does where it cannot do it in place. */
WEIR_AWAITS
WEIR_API bool weir_pause_(weir_site site) WEIR_MUST_USE;

WEIR_AWAITS
static inline bool WEIR_MUST_USE weir_pause_quick_(const char *function, const char *file,
                                                   unsigned line)
{
#if WEIR_SWITCHES_INLINE_
    struct weir_yielder *fiber = weir_yielder_here;
    if (WEIR_LIKELY(fiber->caller && !fiber->dropped && !fiber->cx->polling)) {
        weir_wait_turn(fiber->cx);
        weir_switch(fiber->here, fiber->caller);
        return !fiber->dropped;
    }
#endif
    return weir_pause_(weir_site_of(function, file, line));
}

WEIR_END_C

/* bool weir_yield(T, value): gives an item to who asked for it. T as the WEIR_GENERATOR_FN says it.
 * false: nobody wants more, the generator was dropped, and the item too; clean up and return.
 *
 * Example:
 *     p(weir_take(weir_generator(&squares_fn, &(int64_t){1}, NULL), 3)); // -> 1 4 9
 */
#ifdef __cplusplus
template <class T> inline bool weir_yield_value_(weir_site site, T value)
{
    return weir_yield_(&value, sizeof value, nullptr, site);
}
#define weir_yield(T, ...) weir_yield_value_<T>(WEIR_SITE_, __VA_ARGS__)
#define WEIR_FIBER_FN(...) WEIR_C_ONLY_
#define WEIR_GENERATOR_FN(...) WEIR_C_ONLY_
#else
/* Functions that run in a task, and those of the macros that call them: weir/async_guard.h says
 * something here. */
#define WEIR_IN_TASK_
#define WEIR_TO_TASK_

#define weir_yield(T, ...) WEIR_YIELD_(T, __VA_ARGS__)
#define WEIR_YIELD_(T, ...)                                                                        \
    weir_yield_quick_((T const[1]){__VA_ARGS__}, sizeof(T), WEIR_NAME_(T, #T), __func__, __FILE__, \
                      __LINE__)

#define WEIR_FIBER_FN(name_, f, State, ...) WEIR_FIBER_FN_(name_, f, State, __VA_ARGS__, .name = #f)
#define WEIR_FIBER_FN_(name_, f, State, T, ...)                                                    \
    WEIR_IS_(f, bool (*)(State *, T *, weir_error *))                                              \
    WEIR_SAYS_STATE_(name_, State)                                                                 \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    WEIR_TO_TASK_ static bool name_##_run(void *weir_state_, void *weir_out_,                      \
                                          weir_error *weir_error_)                                 \
    {                                                                                              \
        return f((State *)weir_state_, (T *)weir_out_, weir_error_);                               \
    }                                                                                              \
    static const weir_type name_##_to = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_fiber_fn name_ = {.size = sizeof(weir_fiber_fn),                             \
                                        .to = WEIR_TYPE_OF_(T, name_##_to),                        \
                                        .to_size = sizeof(T),                                      \
                                        .state_size = sizeof(State),                               \
                                        .state_align = _Alignof(State),                            \
                                        .run = name_##_run,                                        \
                                        __VA_ARGS__};                                              \
    WEIR_OVERRIDE_END_

#define WEIR_GENERATOR_FN(name_, f, State, ...)                                                    \
    WEIR_GENERATOR_FN_(name_, f, State, __VA_ARGS__, .name = #f)
#define WEIR_GENERATOR_FN_(name_, f, State, T, ...)                                                \
    WEIR_IS_(f, bool (*)(State *, weir_error *))                                                   \
    WEIR_SAYS_STATE_(name_, State)                                                                 \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    WEIR_TO_TASK_ static bool name_##_run(void *weir_state_, weir_error *weir_error_)              \
    {                                                                                              \
        return f((State *)weir_state_, weir_error_);                                               \
    }                                                                                              \
    static const weir_type name_##_to = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_generator_fn name_ = {.size = sizeof(weir_generator_fn),                     \
                                            .to = WEIR_TYPE_OF_(T, name_##_to),                    \
                                            .to_name = WEIR_NAME_(T, #T),                          \
                                            .to_size = sizeof(T),                                  \
                                            .state_size = sizeof(State),                           \
                                            .state_align = _Alignof(State),                        \
                                            .run = name_##_run,                                    \
                                            __VA_ARGS__};                                          \
    WEIR_OVERRIDE_END_
#endif

#endif
