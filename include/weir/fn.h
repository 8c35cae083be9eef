/* weir/fn.h: a plain function becomes a typed constant that a stage can take.
 *
 *     static int64_t square(int64_t x, void *arg) { (void)arg; return x * x; }
 *     WEIR_MAP_FN(square_fn, square, int64_t, int64_t)
 *     ... weir_map(stream, &square_fn, NULL) ...
 *
 * Each macro makes the stage's poll with the function inlined in it, and a batch kernel, compiled
 * for AVX2 and AVX-512 beside the baseline; the constructor picks one. A function whose signature
 * is another one than the macro says does not compile. Functions take items by value. `arg` is what
 * the constructor was given.
 *
 *   WEIR_MAP_FN(name, f, From, To)          To f(From item, void *arg)              takes item
 *   WEIR_PAIR_FN(name, f, A, B, To)         To f(A first, B second, void *arg)      takes both
 *   WEIR_TRY_MAP_FN(name, f, From, To)      bool f(From item, To *out, void *arg, weir_error *e)
 *   WEIR_UPDATE_FN(name, f, T)              void f(T *item, void *arg)              in place
 *   WEIR_FILTER_FN(name, f, T)              bool f(T item, void *arg)               borrows item
 *   WEIR_FILTER_MAP_FN(name, f, From, To)   bool f(From item, To *out, void *arg)   takes item
 *   WEIR_SCAN_FN(name, f, State, From, To)  bool f(State *state, From item, To *out)  takes item
 *   WEIR_FOLD_FN(name, f, Acc, T)           void f(Acc *acc, T item, void *arg)     takes item
 *   WEIR_TRY_FOLD_FN(name, f, Acc, T)       bool f(Acc *acc, T item, void *arg, weir_error *e)
 *   WEIR_COMPARE_FN(name, f, T)             int f(T a, T b, void *arg)              borrows both
 *   WEIR_UNFOLD_FN(name, f, State, T)       bool f(State *state, T *out)
 *   WEIR_MAKE_FN(name, f, T)                T f(void *arg)
 *   WEIR_EACH_FN(name, f, T)                void f(T item, void *arg)
 *   WEIR_KEY_FN(name, f, T, Key)            Key f(T item, void *arg)                borrows item
 *   WEIR_CHOOSE_FN(name, f, T)              size_t f(T item, size_t n, void *arg)   borrows item
 *   WEIR_THEN_FN(name, f, From, To)         weir_stream *f(From item, void *arg)    takes item
 *   WEIR_ASYNC_FN(name, start, poll, State, From, To)
 *                                           void start(State *state, From item, void *arg)  takes
 *                                           weir_poll poll(State *state, weir_cx *cx, To *out)
 *   WEIR_RESOURCE_FN(name, open, next, close, State, T)
 *                                           bool open(State *state, void *arg, weir_error *e)
 *                                           weir_state next(State *state, T *out, weir_error *e)
 *                                           void close(State *state)
 *
 * A pair function is a map of pairs, as zip and its kin give them; zip_with takes one.
 * A function may be called for a whole batch of items before the first result is used: one that
 * answers with a pointer to a buffer of its own (a static array) gives the last one's to all.
 * A try map or try fold takes its item and answers false after weir_error_set(e, ...). A scan or
 * unfold answers false to stop. A compare function answers < 0, 0 or > 0, as qsort's does. A key
 * owns nothing and is compared as its bytes, so that a struct that is one has no padding. A choose
 * function answers with one of the numbers 0 to n - 1.
 * An each function borrows its item from inspect and takes it from for_each. A then function
 * returns a future (then, buffered) or a stream (flat_map) of To. An async function is a future
 * without an allocation: its state is zero before start, and may not move; its poll answers {1,
 * END} with the item, PENDING, ERROR, or {0, END} for none (weir_map_async, weir_then_async). It
 * may own a chain and poll it (weir_poll_next); whoever answers PENDING stored a waker, or was
 * answered so. A resource's functions are called in this order: open once, with a state that is
 * zero; next until it answers END or ERROR (READY: it made an item); close once, if open was true.
 *
 * More may be said at the end, as initialisers:
 *
 *   .from, .to, .of, .acc, .state   a descriptor of your own: with a drop (WEIR_TYPE_OWNING), a
 * view, a composite's. A struct that holds an owned line and says no drop leaks it.
 *
 *   .drop = f          of an async function: void f(void *state) releases a state, done or not
 *
 *   .detached = true   what the function makes (or keeps) of lent items holds no pointer into them.
 *                      Unsaid, it is lent as they are, unless it is a number or has a drop;
 *                      a view is lent with a drop too, and so is a stream: it may look at its item.
 */
#ifndef WEIR_FN_H
#define WEIR_FN_H

#include <string.h>

#include "weir/error.h"
#include "weir/poll.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* How many bytes stand where a pointer to a state points; 0: a void pointer, which nobody knows. */
#ifndef __cplusplus
#define WEIR_STATE_SIZE_(...)                                                                      \
    _Generic((__VA_ARGS__), void *: (size_t)0, const void *: (size_t)0,                            \
             default: sizeof(__typeof__(*WEIR_KNOWN_(__VA_ARGS__))))
#define WEIR_KNOWN_(...)                                                                           \
    _Generic((__VA_ARGS__), void * : (char *)0, const void * : (char *)0, default : (__VA_ARGS__))
/* The first of two, with its type. */
#define WEIR_FIRST_(...) __builtin_choose_expr(1, __VA_ARGS__)
#endif

enum { WEIR_CPU_BASE, WEIR_CPU_AVX2, WEIR_CPU_AVX512, WEIR_CPU_LEVELS };

/* The widest level this processor and its system support.
 *
 * Example:
 *     p(yes(weir_cpu_level() >= WEIR_CPU_BASE && weir_cpu_level() < WEIR_CPU_LEVELS)); // -> yes
 */
WEIR_API int weir_cpu_level(void);

/* Constants may be written by hand (other languages do): `one` and the descriptors are enough. A
 * kernel that is NULL, in `batch`, is `one` for each item.
 *
 * A stage's poll with the user's function inlined. */
typedef weir_poll weir_typed_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand);

/* out may be in, where items of both have one size: a map works in place then. */
typedef void weir_map_kernel(void *out, const void *in, size_t n, void *arg);
typedef struct weir_map_fn {
    uint32_t size; /* sizeof(weir_map_fn); so do all of these begin */
    bool detached;
    const char *name;
    const weir_type *from;
    const weir_type *to;
    size_t from_size; /* what the compiler knows; 0: not made by a macro */
    size_t to_size;
    void (*one)(void *out, const void *in, void *arg); /* NULL: the function may fail */
    bool (*try_one)(void *out, const void *in, void *arg, weir_error *error);
    weir_map_kernel *batch[WEIR_CPU_LEVELS];
    weir_typed_poll *poll; /* NULL: there is none, as in a constant written by hand */
} weir_map_fn;

/* keep[i] = -1 or 0 */
typedef void weir_filter_kernel(int64_t *keep, const void *in, size_t n, void *arg);
typedef struct weir_filter_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    size_t of_size;
    bool (*one)(const void *in, void *arg);
    weir_filter_kernel *batch[WEIR_CPU_LEVELS];
    weir_typed_poll *poll;
} weir_filter_fn;

/* Returns how many it made. */
typedef size_t weir_filter_map_kernel(void *out, const void *in, size_t n, void *arg);
typedef struct weir_filter_map_fn {
    uint32_t size;
    bool detached;
    const char *name;
    const weir_type *from;
    const weir_type *to;
    size_t from_size;
    size_t to_size;
    bool (*one)(void *out, const void *in, void *arg);
    weir_filter_map_kernel *batch;
    weir_typed_poll *poll;
} weir_filter_map_fn;

/* Returns how many it made: fewer than n, it was stopped by the next one. */
typedef size_t weir_scan_kernel(void *state, const void *in, void *out, size_t n);
typedef struct weir_scan_fn {
    uint32_t size;
    bool detached;
    const char *name;
    const weir_type *state;
    const weir_type *from;
    const weir_type *to;
    size_t state_size;
    size_t from_size;
    size_t to_size;
    bool (*one)(void *state, const void *in, void *out);
    weir_scan_kernel *batch;
    weir_typed_poll *poll;
} weir_scan_fn;

typedef void weir_fold_kernel(void *acc, const void *in, size_t n, void *arg);
typedef struct weir_fold_fn {
    uint32_t size;
    bool detached;
    const char *name;
    const weir_type *acc;
    const weir_type *of;
    size_t acc_size;
    size_t of_size;
    void (*one)(void *acc, const void *in, void *arg);
    weir_fold_kernel *batch[WEIR_CPU_LEVELS];
    weir_typed_poll *all; /* polls until the source does not answer READY */
    /* Instead of `one`: the function may fail. */
    bool (*try_one)(void *acc, const void *in, void *arg, weir_error *error);
} weir_fold_fn;

typedef struct weir_compare_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    size_t of_size;
    int (*one)(const void *a, const void *b, void *arg);
} weir_compare_fn;

typedef struct weir_unfold_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *state;
    const weir_type *of;
    size_t state_size;
    size_t of_size;
    bool (*one)(void *state, void *out);
    weir_typed_poll *poll;
} weir_unfold_fn;

typedef struct weir_make_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    size_t of_size;
    void (*one)(void *out, void *arg);
    weir_typed_poll *poll;
} weir_make_fn;

typedef struct weir_each_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    size_t of_size;
    void (*one)(const void *in, void *arg);
    void (*batch)(const void *in, size_t n, void *arg);
    weir_typed_poll *poll;
} weir_each_fn;

/* What an item is filed under, weighed by, sent to: a plain value. */
typedef struct weir_key_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    const weir_type *key;
    size_t of_size;
    size_t key_size;
    void (*one)(void *key, const void *in, void *arg);
} weir_key_fn;

typedef struct weir_choose_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    size_t of_size;
    size_t (*one)(const void *in, size_t n, void *arg);
} weir_choose_fn;

typedef struct weir_then_fn {
    uint32_t size;
    bool detached;
    const char *name;
    const weir_type *from;
    const weir_type *to;
    size_t from_size;
    weir_stream *(*one)(const void *in, void *arg);
} weir_then_fn;

typedef struct weir_async_fn {
    uint32_t size;
    bool detached;
    const char *name;
    const weir_type *from;
    const weir_type *to;
    size_t from_size;
    size_t to_size;
    size_t state_size;
    size_t state_align;
    void (*start)(void *state, const void *in, void *arg); /* the macro clears the state before */
    weir_poll (*poll)(void *state, weir_cx *cx, void *out);
    void (*drop)(void *state); /* NULL: it owns nothing. Called once, done or not */
} weir_async_fn;

typedef struct weir_resource_fn {
    uint32_t size;
    const char *name WEIR_AT_EIGHT_;
    const weir_type *of;
    size_t of_size;
    size_t state_size;
    size_t state_align;
    bool (*open)(void *state, void *arg, weir_error *error);
    weir_state (*next)(void *state, void *out, weir_error *error);
    void (*close)(void *state);
} weir_resource_fn;

WEIR_END_C

#ifdef __cplusplus
#define WEIR_C_ONLY_                                                                               \
    static_assert(false, "the WEIR_x_FN macros are C only: put them into a C file");
#define WEIR_MAP_FN(...) WEIR_C_ONLY_
#define WEIR_PAIR_FN(...) WEIR_C_ONLY_
#define WEIR_TRY_MAP_FN(...) WEIR_C_ONLY_
#define WEIR_UPDATE_FN(...) WEIR_C_ONLY_
#define WEIR_FILTER_FN(...) WEIR_C_ONLY_
#define WEIR_FILTER_MAP_FN(...) WEIR_C_ONLY_
#define WEIR_SCAN_FN(...) WEIR_C_ONLY_
#define WEIR_FOLD_FN(...) WEIR_C_ONLY_
#define WEIR_TRY_FOLD_FN(...) WEIR_C_ONLY_
#define WEIR_COMPARE_FN(...) WEIR_C_ONLY_
#define WEIR_UNFOLD_FN(...) WEIR_C_ONLY_
#define WEIR_MAKE_FN(...) WEIR_C_ONLY_
#define WEIR_EACH_FN(...) WEIR_C_ONLY_
#define WEIR_KEY_FN(...) WEIR_C_ONLY_
#define WEIR_CHOOSE_FN(...) WEIR_C_ONLY_
#define WEIR_THEN_FN(...) WEIR_C_ONLY_
#define WEIR_ASYNC_FN(...) WEIR_C_ONLY_
#define WEIR_RESOURCE_FN(...) WEIR_C_ONLY_
#else
/* A function's types, for weir/typed.h: name_From, name_To, name_State. */
#define WEIR_SAYS_(name_, from_, to_) WEIR_SAYS_FROM_(name_, from_) WEIR_SAYS_TO_(name_, to_)
#define WEIR_SAYS_FROM_(name_, ...) typedef __typeof__(__VA_ARGS__) name_##_From;
#define WEIR_SAYS_TO_(name_, ...) typedef __typeof__(__VA_ARGS__) name_##_To;
#define WEIR_SAYS_STATE_(name_, ...) typedef __typeof__(__VA_ARGS__) name_##_State;
#include "weir/fn_make.h"
#include "weir/fn_make_plain.h"
#include "weir/fn_make_source.h"
#endif

#endif
