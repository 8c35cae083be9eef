/* weir/base.h: the words every other header uses.
 *
 * Conventions, said once for the whole library:
 *   - `poll_` in a name means "may answer PENDING and never waits".
 *   - A constructor TAKES every stream, reader or writer it is given, also when it fails.
 *   - A constructor never returns NULL: what cannot be built yields a chain that reports its
 *     error at the first poll, so a chain needs no checks while it is built.
 *   - A pointer parameter is borrowed for the call unless it is marked WEIR_TAKES (ownership
 *     goes to the callee) or WEIR_KEEPS (must stay valid until the chain is dropped).
 *   - Units stand last in names: `timeout_ns`, `line_bytes_max`.
 *   - Limits are required arguments; 0 is an error.
 *   - A struct that the program fills begins with `size`, its sizeof: so that it can grow, and an
 *     older program's is still understood. 0 stands for the members it had in version 0.1.
 */
#ifndef WEIR_BASE_H
#define WEIR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/marks.h"

#if defined(__GNUC__)
#define WEIR_MUST_USE __attribute__((warn_unused_result))
#define WEIR_API __attribute__((visibility("default")))
#define WEIR_LIKELY(x) __builtin_expect(!!(x), 1)
#define WEIR_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WEIR_PRINTF(nth, first) __attribute__((format(printf, nth, first)))
/* The name of a function's constant stands at one place in all kinds, also where pointers are
 * short. */
#define WEIR_AT_EIGHT_ __attribute__((aligned(8)))
#else
#define WEIR_MUST_USE
#define WEIR_API
#define WEIR_LIKELY(x) (x)
#define WEIR_UNLIKELY(x) (x)
#define WEIR_PRINTF(nth, first)
#define WEIR_AT_EIGHT_
#endif

/* Of constructors: what it returns is the caller's, to be handed on or dropped. */
#define WEIR_NEW WEIR_API WEIR_MUST_USE

/* weir_ignore(f(x)): the answer is not wanted, where f is WEIR_MUST_USE. (void) is not enough for
 * gcc.
 *
 * Example:
 *     weir_ignore(weir_await(failing(), NULL, NULL));
 *     p("whatever it came to"); // -> whatever it came to
 */
#define weir_ignore(answer)                                                                        \
    __extension__({                                                                                \
        __typeof__(answer) weir_ignored_ = (answer);                                               \
        (void)weir_ignored_;                                                                       \
    })

/* Every header's declarations stand between these two. C only are the macros that make functions
 * (WEIR_MAP_FN) and options: in C++ it is `weir_rt_options x{}; x.size = sizeof x;`. */
#ifdef __cplusplus
#define WEIR_BEGIN_C extern "C" {
#define WEIR_END_C }
#else
#define WEIR_BEGIN_C
#define WEIR_END_C
#endif

WEIR_BEGIN_C

typedef struct weir_alloc weir_alloc;
typedef struct weir_arena weir_arena;
typedef struct weir_cx weir_cx;
typedef struct weir_error weir_error;
typedef struct weir_mark weir_mark;
typedef struct weir_reader weir_reader;
typedef struct weir_rt weir_rt;
typedef struct weir_stage weir_stage;
typedef struct weir_stream weir_stream;
typedef struct weir_sys weir_sys;
typedef struct weir_type weir_type;
typedef struct weir_waker weir_waker;
typedef struct weir_worker weir_worker;
typedef struct weir_writer weir_writer;

/* The answer of every poll: how many came out, and what is true after them.
 *
 *   READY    n >= 1   more may be had at once
 *   PENDING  n == 0   nothing now; the waker of the cx is stored and will be woken
 *   ERROR    n == 0   one error stands at this point of the sequence; cx->error describes it
 *   END      n >= 0   over; with items it is early news, every later poll gives {0, END}
 *   MARK     n == 0   between two items: cx->mark is about all that came before (weir/mark.h);
 *                     only in chains over a source that gives marks
 *
 * For streams n counts items, for readers and writers bytes. */
typedef enum weir_state { WEIR_READY, WEIR_PENDING, WEIR_END, WEIR_ERROR, WEIR_MARK } weir_state;

typedef struct weir_poll {
    uint32_t n;
    weir_state state;
} weir_poll;

/* How many items remain: lower <= remaining <= upper. An unknown upper is WEIR_HINT_UNKNOWN. */
#define WEIR_HINT_UNKNOWN SIZE_MAX
typedef struct weir_hint {
    size_t lower;
    size_t upper;
} weir_hint;

/* Where in the program something was called, for messages. */
typedef struct weir_site {
    const char *function, *file;
    unsigned line;
} weir_site;

/* Made of its parts; WEIR_SITE_ is this of the line it stands in.
 *
 * Example:
 *     weir_site site = weir_site_of("main", "program.c", 7);
 *     p(site.line); // -> 7
 */
static inline weir_site weir_site_of(const char *function, const char *file, unsigned line)
{
    weir_site site = {function, file, line};
    return site;
}

WEIR_END_C

#define WEIR_SITE_ weir_site_of(__func__, __FILE__, __LINE__)

/* The same as static data, for what outlives the call. */
#define WEIR_PLACE_                                                                                \
    __extension__({                                                                                \
        static const weir_site weir_place_ = {__func__, __FILE__, __LINE__};                       \
        &weir_place_;                                                                              \
    })

#endif
