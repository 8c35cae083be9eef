/* weir/fn.h: a plain function becomes a typed constant that a stage can take.
 *
 *     static int64_t square(int64_t x, void *arg) { (void)arg; return x * x; }
 *     WEIR_MAP_FN(square_fn, square, int64_t, int64_t)
 *     ... weir_map(stream, &square_fn, NULL) ...
 *
 * Each macro makes a one-item entry and a batch kernel with the function inlined in its loop,
 * compiled for AVX2 and AVX-512 beside the baseline; the constructor picks one. Functions take
 * items by value. `arg` is what the constructor was given. To name a descriptor of your own
 * (with a drop, say), add it at the end: WEIR_MAP_FN(fn, parse, weir_line, pet, .to = &pet_type).
 *
 *   WEIR_MAP_FN(name, f, From, To)          To f(From item, void *arg)              takes item
 *   WEIR_TRY_MAP_FN(name, f, From, To)      bool f(From item, To *out, void *arg, weir_error *e)
 *   WEIR_FILTER_FN(name, f, T)              bool f(T item, void *arg)               borrows item
 *   WEIR_FILTER_MAP_FN(name, f, From, To)   bool f(From item, To *out, void *arg)   takes item
 *   WEIR_SCAN_FN(name, f, State, From, To)  bool f(State *state, From item, To *out)  takes item
 *   WEIR_FOLD_FN(name, f, Acc, T)           Acc f(Acc acc, T item, void *arg)       takes item
 *   WEIR_UNFOLD_FN(name, f, State, T)       bool f(State *state, T *out)
 *   WEIR_EACH_FN(name, f, T)                void f(T item, void *arg)
 *   WEIR_THEN_FN(name, f, From, To)         weir_stream *f(From item, void *arg)    takes item
 *
 * A try map answers false after weir_error_set(e, ...). A scan or unfold answers false to stop.
 * inspect borrows what it gives to an each function; for_each gives it away. A then function
 * returns a future (then, buffered) or a stream (flat_map) of To.
 */
#ifndef WEIR_FN_H
#define WEIR_FN_H

#include <string.h>

#include "weir/error.h"
#include "weir/type.h"

enum { WEIR_CPU_BASE, WEIR_CPU_AVX2, WEIR_CPU_AVX512, WEIR_CPU_LEVELS };

/* The widest level this processor and its system support. */
WEIR_API int weir_cpu_level(void);

typedef void weir_map_kernel(void *out, const void *in, size_t n, void *arg);
typedef struct weir_map_fn {
    const char *name;
    const weir_type *from;
    const weir_type *to;
    void (*one)(void *out, const void *in, void *arg); /* NULL: the function may fail */
    bool (*try_one)(void *out, const void *in, void *arg, weir_error *error);
    weir_map_kernel *batch[WEIR_CPU_LEVELS];
} weir_map_fn;

/* keep[i] = -1 or 0 */
typedef void weir_filter_kernel(int64_t *keep, const void *in, size_t n, void *arg);
typedef struct weir_filter_fn {
    const char *name;
    const weir_type *of;
    bool (*one)(const void *in, void *arg);
    weir_filter_kernel *batch[WEIR_CPU_LEVELS];
} weir_filter_fn;

typedef struct weir_filter_map_fn {
    const char *name;
    const weir_type *from;
    const weir_type *to;
    bool (*one)(void *out, const void *in, void *arg);
} weir_filter_map_fn;

typedef struct weir_scan_fn {
    const char *name;
    const weir_type *state;
    const weir_type *from;
    const weir_type *to;
    bool (*one)(void *state, const void *in, void *out);
} weir_scan_fn;

typedef void weir_fold_kernel(void *acc, const void *in, size_t n, void *arg);
typedef struct weir_fold_fn {
    const char *name;
    const weir_type *acc;
    const weir_type *of;
    void (*one)(void *acc, const void *in, void *arg);
    weir_fold_kernel *batch[WEIR_CPU_LEVELS];
} weir_fold_fn;

typedef struct weir_unfold_fn {
    const char *name;
    const weir_type *state;
    const weir_type *of;
    bool (*one)(void *state, void *out);
} weir_unfold_fn;

typedef struct weir_each_fn {
    const char *name;
    const weir_type *of;
    void (*one)(const void *in, void *arg);
} weir_each_fn;

typedef struct weir_then_fn {
    const char *name;
    const weir_type *from;
    const weir_type *to;
    weir_stream *(*one)(const void *in, void *arg);
} weir_then_fn;

/* ---- how the macros work; nothing below is for users ---- */

#if defined(__GNUC__) && !defined(__clang__)
#define WEIR_VECTORISE_ _Pragma("GCC ivdep")
#define WEIR_HOT_ __attribute__((optimize("O3")))
#else /* clang vectorises at -O2 by itself, and warns where it is told to and cannot */
#define WEIR_VECTORISE_
#define WEIR_HOT_
#endif

/* One function for each level of processor: name_base, name_avx2, name_avx512. */
#if defined(__x86_64__) && defined(__GNUC__)
#define WEIR_EACH_LEVEL_(name, parameters, ...)                                                    \
    WEIR_HOT_ static void name##_base parameters __VA_ARGS__ WEIR_HOT_ __attribute__((             \
        target("avx2,bmi,bmi2"))) static void name##_avx2 parameters __VA_ARGS__ WEIR_HOT_         \
        __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2"))) static void         \
            name##_avx512 parameters __VA_ARGS__
#define WEIR_LEVELS_(name)                                                                         \
    {                                                                                              \
        name##_base, name##_avx2, name##_avx512                                                    \
    }
#else
#define WEIR_EACH_LEVEL_(name, parameters, ...)                                                    \
    WEIR_HOT_ static void name##_base parameters __VA_ARGS__
#define WEIR_LEVELS_(name)                                                                         \
    {                                                                                              \
        name##_base, name##_base, name##_base                                                      \
    }
#endif

/* Later initialisers in __VA_ARGS__ may replace the default descriptors on purpose. */
#define WEIR_OVERRIDE_BEGIN_                                                                       \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wpragmas\"")                 \
        _Pragma("GCC diagnostic ignored \"-Wunknown-warning-option\"")                             \
            _Pragma("GCC diagnostic ignored \"-Woverride-init\"")                                  \
                _Pragma("GCC diagnostic ignored \"-Winitializer-overrides\"")
#define WEIR_OVERRIDE_END_ _Pragma("GCC diagnostic pop")

/* ISO C wants an argument for every `...`: the last type goes with the initialisers that may follow
 * it, and the name, said once more, ends them. */
#define WEIR_MAP_FN(name_, f, From, ...) WEIR_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_TRY_MAP_FN(name_, f, From, ...)                                                       \
    WEIR_TRY_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_FILTER_FN(name_, f, ...) WEIR_FILTER_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_FILTER_MAP_FN(name_, f, From, ...)                                                    \
    WEIR_FILTER_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_SCAN_FN(name_, f, State, From, ...)                                                   \
    WEIR_SCAN_FN_(name_, f, State, From, __VA_ARGS__, .name = #f)
#define WEIR_FOLD_FN(name_, f, Acc, ...) WEIR_FOLD_FN_(name_, f, Acc, __VA_ARGS__, .name = #f)
#define WEIR_UNFOLD_FN(name_, f, State, ...)                                                       \
    WEIR_UNFOLD_FN_(name_, f, State, __VA_ARGS__, .name = #f)
#define WEIR_EACH_FN(name_, f, ...) WEIR_EACH_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_THEN_FN(name_, f, From, ...) WEIR_THEN_FN_(name_, f, From, __VA_ARGS__, .name = #f)

#define WEIR_MAP_FN_(name_, f, From, To, ...)                                                      \
    static void name_##_one(void *out, const void *in, void *arg)                                  \
    {                                                                                              \
        From item_;                                                                                \
        memcpy(&item_, in, sizeof item_);                                                          \
        To made_ = f(item_, arg);                                                                  \
        memcpy(out, &made_, sizeof made_);                                                         \
    }                                                                                              \
    WEIR_EACH_LEVEL_(name_, (void *out, const void *in, size_t n, void *arg), {                    \
        To *to_ = out;                                                                             \
        const From *from_ = in;                                                                    \
        WEIR_VECTORISE_                                                                            \
        for (size_t i_ = 0; i_ < n; i_++)                                                          \
            to_[i_] = f(from_[i_], arg);                                                           \
    })                                                                                             \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_map_fn name_ = {.name = #f,                                                  \
                                      .from = &name_##_from,                                       \
                                      .to = &name_##_to,                                           \
                                      .one = name_##_one,                                          \
                                      .batch = WEIR_LEVELS_(name_),                                \
                                      __VA_ARGS__};                                                \
    WEIR_OVERRIDE_END_

#define WEIR_TRY_MAP_FN_(name_, f, From, To, ...)                                                  \
    static bool name_##_one(void *out, const void *in, void *arg, weir_error *error)               \
    {                                                                                              \
        From item_;                                                                                \
        memcpy(&item_, in, sizeof item_);                                                          \
        return f(item_, (To *)out, arg, error);                                                    \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_map_fn name_ = {.name = #f,                                                  \
                                      .from = &name_##_from,                                       \
                                      .to = &name_##_to,                                           \
                                      .try_one = name_##_one,                                      \
                                      __VA_ARGS__};                                                \
    WEIR_OVERRIDE_END_

#define WEIR_FILTER_FN_(name_, f, T, ...)                                                          \
    static bool name_##_one(const void *in, void *arg)                                             \
    {                                                                                              \
        T item_;                                                                                   \
        memcpy(&item_, in, sizeof item_);                                                          \
        return f(item_, arg);                                                                      \
    }                                                                                              \
    WEIR_EACH_LEVEL_(name_, (int64_t * keep, const void *in, size_t n, void *arg), {               \
        const T *items_ = in;                                                                      \
        WEIR_VECTORISE_                                                                            \
        for (size_t i_ = 0; i_ < n; i_++)                                                          \
            keep[i_] = f(items_[i_], arg) ? -1 : 0;                                                \
    })                                                                                             \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_filter_fn name_ = {.name = #f,                                               \
                                         .of = &name_##_of,                                        \
                                         .one = name_##_one,                                       \
                                         .batch = WEIR_LEVELS_(name_),                             \
                                         __VA_ARGS__};                                             \
    WEIR_OVERRIDE_END_

#define WEIR_FILTER_MAP_FN_(name_, f, From, To, ...)                                               \
    static bool name_##_one(void *out, const void *in, void *arg)                                  \
    {                                                                                              \
        From item_;                                                                                \
        memcpy(&item_, in, sizeof item_);                                                          \
        return f(item_, (To *)out, arg);                                                           \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_filter_map_fn name_ = {                                                      \
        .name = #f, .from = &name_##_from, .to = &name_##_to, .one = name_##_one, __VA_ARGS__};    \
    WEIR_OVERRIDE_END_

#define WEIR_SCAN_FN_(name_, f, State, From, To, ...)                                              \
    static bool name_##_one(void *state, const void *in, void *out)                                \
    {                                                                                              \
        From item_;                                                                                \
        memcpy(&item_, in, sizeof item_);                                                          \
        return f((State *)state, item_, (To *)out);                                                \
    }                                                                                              \
    static const weir_type name_##_state = WEIR_TYPE(State);                                       \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_scan_fn name_ = {.name = #f,                                                 \
                                       .state = &name_##_state,                                    \
                                       .from = &name_##_from,                                      \
                                       .to = &name_##_to,                                          \
                                       .one = name_##_one,                                         \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

#define WEIR_FOLD_FN_(name_, f, Acc, T, ...)                                                       \
    static void name_##_one(void *acc, const void *in, void *arg)                                  \
    {                                                                                              \
        *(Acc *)acc = f(*(Acc *)acc, *(const T *)in, arg);                                         \
    }                                                                                              \
    WEIR_EACH_LEVEL_(name_, (void *acc, const void *in, size_t n, void *arg), {                    \
        const T *items_ = in;                                                                      \
        Acc sum_ = *(Acc *)acc;                                                                    \
        for (size_t i_ = 0; i_ < n; i_++)                                                          \
            sum_ = f(sum_, items_[i_], arg);                                                       \
        *(Acc *)acc = sum_;                                                                        \
    })                                                                                             \
    static const weir_type name_##_acc = WEIR_TYPE(Acc);                                           \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_fold_fn name_ = {.name = #f,                                                 \
                                       .acc = &name_##_acc,                                        \
                                       .of = &name_##_of,                                          \
                                       .one = name_##_one,                                         \
                                       .batch = WEIR_LEVELS_(name_),                               \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

#define WEIR_UNFOLD_FN_(name_, f, State, T, ...)                                                   \
    static bool name_##_one(void *state, void *out)                                                \
    {                                                                                              \
        return f((State *)state, (T *)out);                                                        \
    }                                                                                              \
    static const weir_type name_##_state = WEIR_TYPE(State);                                       \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_unfold_fn name_ = {                                                          \
        .name = #f, .state = &name_##_state, .of = &name_##_of, .one = name_##_one, __VA_ARGS__};  \
    WEIR_OVERRIDE_END_

#define WEIR_EACH_FN_(name_, f, T, ...)                                                            \
    static void name_##_one(const void *in, void *arg)                                             \
    {                                                                                              \
        T item_;                                                                                   \
        memcpy(&item_, in, sizeof item_);                                                          \
        f(item_, arg);                                                                             \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_each_fn name_ = {                                                            \
        .name = #f, .of = &name_##_of, .one = name_##_one, __VA_ARGS__};                           \
    WEIR_OVERRIDE_END_

#define WEIR_THEN_FN_(name_, f, From, To, ...)                                                     \
    static weir_stream *name_##_one(const void *in, void *arg)                                     \
    {                                                                                              \
        From item_;                                                                                \
        memcpy(&item_, in, sizeof item_);                                                          \
        return f(item_, arg);                                                                      \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_then_fn name_ = {                                                            \
        .name = #f, .from = &name_##_from, .to = &name_##_to, .one = name_##_one, __VA_ARGS__};    \
    WEIR_OVERRIDE_END_

#endif
