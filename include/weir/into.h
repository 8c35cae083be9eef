/* weir/into.h: a stream of what a value holds. The words of the manual are explained in
 * weir/stream.h. */
#ifndef WEIR_INTO_H
#define WEIR_INTO_H

#include "weir/implement.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* The items of a vec, in order, or from the other end.
 * Shape: as many as asked for; never PENDING; holds the vec. Errors: a vec that does not say what
 * it is of.
 * Owns: takes the items, and leaves *vec all zero. Source: Vec's into_iter; the way back is
 * collect.
 *
 * Example:
 *     weir_vec vec = {0};
 *     p(weir_extend(weir_range(0, 3), &vec, 10)); // -> done
 *     p(weir_from_vec(&vec)); // -> 0 1 2
 */
WEIR_NEW weir_stream *weir_from_vec(weir_vec *vec WEIR_TAKES);

/* from, from + 1 ... to - 1: a range as a value. */
typedef struct weir_bounds {
    int64_t from;
    int64_t to;
} weir_bounds;

/* What weir_into_stream() was given; for those who call the function behind it. */
typedef enum weir_into {
    WEIR_INTO_STREAM, /* weir_stream * */
    WEIR_INTO_VEC,    /* weir_vec * */
    WEIR_INTO_STRING, /* const char *, to its NUL */
    WEIR_INTO_LINE,   /* const weir_line * */
    WEIR_INTO_BOUNDS, /* const weir_bounds * */
    WEIR_INTO_I8,     /* arrays, from here on */
    WEIR_INTO_U8,
    WEIR_INTO_I16,
    WEIR_INTO_U16,
    WEIR_INTO_I32,
    WEIR_INTO_U32,
    WEIR_INTO_I64,
    WEIR_INTO_U64,
    WEIR_INTO_F32,
    WEIR_INTO_F64,
    WEIR_INTO_BOOL
} weir_into;

/* A stream of `value`, which is `bytes` large and what is said: the function behind the macro.
 * Shape, Owns: as weir_into_stream().
 *
 * Example:
 *     p(weir_into_stream_from("abc", 3, WEIR_INTO_U8)); // -> 97 98 99
 */
WEIR_NEW weir_stream *weir_into_stream_from(const void *value, size_t bytes, weir_into what);

WEIR_END_C

/* A stream of what x holds; what x may be is known when the program is compiled:
 *
 *   int64_t x[3]       an array of numbers of any size, or of bool: its items. Not a pointer to
 *                      some: how many there are is in the type. It must outlive the chain
 *   "text", char *     its bytes, as char, to a NUL or the end of the array. It must outlive the
 *                      chain
 *   weir_line *        its bytes, as char; they must outlive the chain
 *   weir_bounds *      from, from + 1 ... to - 1, as int64_t
 *   weir_vec *         its items; taken (from_vec)
 *   weir_stream *      itself
 *
 * Anything else does not compile: arrays of structs are iter's, which is told their type.
 * Shape: as many as asked for; never PENDING; can be read from the other end too.
 * Source: IntoStream. C only.
 *
 * Example:
 *     p(weir_into_stream("abc")); // -> a b c
 *     p(weir_into_stream(((int32_t[]){3, 1, 2}))); // -> 3 1 2
 *     p(weir_into_stream(&(weir_bounds){2, 5})); // -> 2 3 4
 */
#ifndef __cplusplus
#define weir_into_stream(...) WEIR_INTO_STREAM_((__VA_ARGS__))
#define WEIR_INTO_STREAM_(x)                                                                       \
    weir_into_stream_from((const void *)(x),                                                       \
                          (WEIR_INTO_ARRAY_(x) ? sizeof(x) : SIZE_MAX) + 0 * WEIR_INTO_WHOLE_(x),  \
                          WEIR_INTO_(x))

#define WEIR_INTO_EACH_(T, what_) T * : what_, const T * : what_
#define WEIR_INTO_(x)                                                                              \
    _Generic((x), weir_stream *                                                                    \
             : WEIR_INTO_STREAM, weir_vec *                                                        \
             : WEIR_INTO_VEC, WEIR_INTO_EACH_(char, WEIR_INTO_STRING),                             \
               WEIR_INTO_EACH_(weir_line, WEIR_INTO_LINE),                                         \
               WEIR_INTO_EACH_(weir_bounds, WEIR_INTO_BOUNDS),                                     \
               WEIR_INTO_EACH_(signed char, WEIR_INTO_I8),                                         \
               WEIR_INTO_EACH_(unsigned char, WEIR_INTO_U8),                                       \
               WEIR_INTO_EACH_(short, WEIR_INTO_I16),                                              \
               WEIR_INTO_EACH_(unsigned short, WEIR_INTO_U16),                                     \
               WEIR_INTO_EACH_(int, WEIR_INTO_I32), WEIR_INTO_EACH_(unsigned, WEIR_INTO_U32),      \
               WEIR_INTO_EACH_(long, sizeof(long) == 8 ? WEIR_INTO_I64 : WEIR_INTO_I32),           \
               WEIR_INTO_EACH_(unsigned long, sizeof(long) == 8 ? WEIR_INTO_U64 : WEIR_INTO_U32),  \
               WEIR_INTO_EACH_(long long, WEIR_INTO_I64),                                          \
               WEIR_INTO_EACH_(unsigned long long, WEIR_INTO_U64),                                 \
               WEIR_INTO_EACH_(float, WEIR_INTO_F32), WEIR_INTO_EACH_(double, WEIR_INTO_F64),      \
               WEIR_INTO_EACH_(bool, WEIR_INTO_BOOL))

/* What is read as an array is one, and what is read as one thing is no array of several. */
#define WEIR_INTO_ARRAY_(x) (!__builtin_types_compatible_p(__typeof__(x), __typeof__(&*(x))))
#define WEIR_INTO_WHOLE_(x)                                                                        \
    sizeof(struct {                                                                                \
        _Static_assert(WEIR_INTO_(x) < WEIR_INTO_I8 || WEIR_INTO_ARRAY_(x),                        \
                       "weir_into_stream takes an array, whose length is known: a pointer and a "  \
                       "length are weir_iter()'s");                                                \
        _Static_assert(                                                                            \
            WEIR_INTO_(x) >= WEIR_INTO_I8 || WEIR_INTO_(x) == WEIR_INTO_STRING ||                  \
                !WEIR_INTO_ARRAY_(x),                                                              \
            "weir_into_stream takes one such struct; weir_iter() takes an array of some");         \
        char whole;                                                                                \
    })
#endif

#endif
