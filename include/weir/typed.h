/* weir/typed.h: the same chains with item types that the compiler checks. Optional; weir.h does not
 * include it. GNU C (gcc, clang), also with -std=c11.
 *
 *     WEIR_AUTO lines = WEIR_LINES(weir_file_reader("access.log"), WEIR_LINE_MAX_DEFAULT);
 *     WEIR_AUTO sizes = WEIR_FILTER(WEIR_MAP(lines, length_fn, NULL), is_long_fn, NULL);
 *     int64_t n = 0;
 *     if (WEIR_RUN(WEIR_FOLD(sizes, add_fn, &n, NULL), &n, &error) != WEIR_READY) ...
 *
 * Each name is that of a function in capitals: it makes the same call and costs nothing beside it.
 * A function is said without its `&`. Where it does not fit, the program does not compile:
 *
 *     filter: is_long_fn takes another type than the items it gets
 *     run: out points at another type than the future gives
 *     collect holds lent items: put WEIR_OWN before it
 *
 * A typed stream is one pointer wide; its `stream` is the chain as all other functions take it
 * (weir_drop(sizes.stream)), and WEIR_OF(T, chain) is the way back: the word of who writes it, as
 * for a stage of one's own.
 *
 * What differs from the functions:
 *   - Where they take a descriptor, these take the type: WEIR_ONCE(int64_t, &n). For one of your
 *     own (with a drop) say WEIR_OF(T, weir_once(&type, &item)).
 *   - What makes pairs, numbered items or results is told the struct that the next function takes:
 *     WEIR_ENUMERATE(s, struct line_no), which WEIR_INDEXED(weir_line, line_no) declares.
 *   - WEIR_MERGE takes its inputs one by one, up to 8.
 *   - What a map makes of lent items is lent, unless it is a number, an owned line or a weir_vec.
 *     The compiler does not see `.detached` and drops: WEIR_DETACHED(s) says it. The constructors
 *     check it again, so it can be no lie.
 *
 * Each stands in the list at the end: its name, and what kind it is. */
#ifndef WEIR_TYPED_H
#define WEIR_TYPED_H

#include "weir/await.h"
#include "weir/blocking.h"
#include "weir/co.h"
#include "weir/codec.h"
#include "weir/fiber.h"
#include "weir/run.h"
#include "weir/stream.h"
#include "weir/task.h"
#include "weir/time.h"
#include "weir/typed_make.h"

#ifndef __cplusplus

/* ---- the list ----
 *
 * One line a combinator: its name and its kind, of those in weir/typed_make.h. WEIR_FRESH_ stands
 * for each input. A consumer says what it gives, what makes structs which member holds the item:
 *
 *     #define WEIR_DEDUP(s) WEIR_PASSES_ALL_HELD_(dedup, WEIR_FRESH_, s)
 *     #define WEIR_STEP_BY(s, n) WEIR_PASSES_(step_by, WEIR_FRESH_, s, n)
 *     #define WEIR_MAP_WHILE(s, ...) WEIR_MAKES_BY_(map_while, WEIR_FRESH_, s, __VA_ARGS__)
 *
 * tests/tidy.sh misses the line of a function that gives a stream; what can have none says why in
 * tests/compile/untyped.txt. */

/* Sources. */
#define WEIR_EMPTY(T) WEIR_OF(T, weir_empty(WEIR_DESCRIBED_(T)))
#define WEIR_ITER(T, items, n) WEIR_SOURCE_FROM_(iter, WEIR_MANY_, T, items, items, n)
#define WEIR_LINES(...) WEIR_SOURCE_(lines, weir_line, __VA_ARGS__)
#define WEIR_LINES_MATCHING(...) WEIR_SOURCE_(lines_matching, weir_line, __VA_ARGS__)
#define WEIR_ONCE(T, ...) WEIR_SOURCE_FROM_(once, 0, T, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_RANGE(...) WEIR_SOURCE_(range, int64_t, __VA_ARGS__)
#define WEIR_REPEAT(T, ...) WEIR_SOURCE_FROM_(repeat, WEIR_MANY_, T, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_SLEEP(ns) WEIR_MADE_(void, 0, weir_sleep(ns))
#define WEIR_UNFOLD(fn, ...) WEIR_RUNS_(unfold, WEIR_MANY_, fn, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_CO(fn, ...) WEIR_RUNS_(co, 0, fn, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_CO_GENERATOR(fn, state, ...)                                                          \
    WEIR_RUNS_(co_generator, WEIR_MANY_, fn, state, state, __VA_ARGS__)
#define WEIR_FIBER(fn, state, ...) WEIR_RUNS_(fiber, 0, fn, state, state, __VA_ARGS__)
#define WEIR_GENERATOR(fn, state, ...)                                                             \
    WEIR_RUNS_(generator, WEIR_MANY_, fn, state, state, __VA_ARGS__)
#define WEIR_GO(fn, state, ...) WEIR_RUNS_(go, 0, fn, state, state, __VA_ARGS__)
#define WEIR_SPAWN_BLOCKING(fn, ...) WEIR_RUNS_(spawn_blocking, 0, fn, (__VA_ARGS__), (__VA_ARGS__))

/* One input. */
#define WEIR_AHEAD(s, n) WEIR_PASSES_HELD_(ahead, WEIR_FRESH_, s, n)
#define WEIR_BUFFERED(s, T, limit)                                                                 \
    WEIR_OPENS_(buffered, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T), limit)
#define WEIR_BUFFER_UNORDERED(s, T, limit)                                                         \
    WEIR_OPENS_(buffer_unordered, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T), limit)
#define WEIR_BY_REF(s) WEIR_PASSES_ALL_(by_ref, WEIR_FRESH_, s)
#define WEIR_CHUNKS(s, n) WEIR_GATHERS_(chunks, weir_vec, WEIR_FRESH_, s, n)
#define WEIR_ENUMERATE(s, S) WEIR_WRAPS_(enumerate, item, WEIR_FRESH_, s, S)
#define WEIR_ERRORS(s) WEIR_UNWRAPS_(errors, item, WEIR_FRESH_, s)
#define WEIR_FILTER(s, ...) WEIR_PASSES_BY_(filter, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FILTER_MAP(s, ...) WEIR_MAKES_BY_(filter_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FLATTEN(s, T) WEIR_OPENS_(flatten, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T))
#define WEIR_FLAT_MAP(s, ...) WEIR_MAKES_BY_(flat_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_INSPECT(s, ...) WEIR_PASSES_BY_(inspect, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP(s, ...) WEIR_MAKES_BY_(map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP_ASYNC(s, ...) WEIR_MAKES_BY_(map_async, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP_ASYNC_ORDERED(s, ...)                                                             \
    WEIR_MAKES_BY_(map_async_ordered, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PEEKABLE(s) WEIR_PASSES_ALL_HELD_(peekable, WEIR_FRESH_, s)
#define WEIR_RESULTS(s, S) WEIR_WRAPS_(results, item, WEIR_FRESH_, s, S)
#define WEIR_SCAN(s, fn, ...) WEIR_MAKES_FROM_(scan, WEIR_FRESH_, s, fn, (__VA_ARGS__))
#define WEIR_SETTLE_HERE(s) WEIR_PASSES_ALL_(settle_here, WEIR_FRESH_, s)
#define WEIR_SKIP(s, n) WEIR_PASSES_(skip, WEIR_FRESH_, s, n)
#define WEIR_SKIP_WHILE(s, ...) WEIR_PASSES_BY_(skip_while, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TAKE(s, n) WEIR_PASSES_(take, WEIR_FRESH_, s, n)
#define WEIR_TAKE_WHILE(s, ...) WEIR_PASSES_BY_(take_while, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_THEN(s, ...) WEIR_MAKES_BY_(then, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_THEN_ASYNC(s, ...) WEIR_MAKES_BY_(then_async, WEIR_FRESH_, s, __VA_ARGS__)

/* What is lent, owned; DETACHED: it is so already. */
#define WEIR_OWN(s) WEIR_OWN_(WEIR_FRESH_, s)
#define WEIR_OWN_(s_, s)                                                                           \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_OWNED_(WEIR_ITEM(s_)), WEIR_TRAITS_(s_) & WEIR_MANY_,                      \
                   weir_own(s_.stream));                                                           \
    })
#define WEIR_OWNED_(T)                                                                             \
    __typeof__(*_Generic((T *)0, weir_line * : (weir_owned_line *)0, default : (T *)0))
#define WEIR_DETACHED(s) WEIR_DETACHED_(WEIR_FRESH_, s)
#define WEIR_DETACHED_(s_, s)                                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_) & WEIR_MANY_, s_.stream);                       \
    })

/* Several inputs. */
#define WEIR_CHAIN(a, b) WEIR_JOINS_(chain, WEIR_FRESH_, WEIR_FRESH_, a, b)
#define WEIR_MERGE(a, ...) WEIR_JOINS_ALL_(merge, WEIR_FRESH_, WEIR_FRESH_, a, __VA_ARGS__)
#define WEIR_SELECT(a, b) WEIR_JOINS_(select, WEIR_FRESH_, WEIR_FRESH_, a, b)
#define WEIR_ZIP(a, b, S) WEIR_PAIRS_(zip, WEIR_FRESH_, WEIR_FRESH_, a, b, S)

/* Consumers. A future of nothing is one of void. */
#define WEIR_ALL(s, ...) WEIR_ENDS_BY_(all, bool, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_ANY(s, ...) WEIR_ENDS_BY_(any, bool, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_COLLECT(s, items_max) WEIR_ENDS_HELD_(collect, weir_vec, WEIR_FRESH_, s, items_max)
#define WEIR_COUNT(s) WEIR_ENDS_(count, uint64_t, WEIR_FRESH_, s)
#define WEIR_FOLD(s, fn, acc, ...) WEIR_ENDS_INTO_(fold, WEIR_FRESH_, s, fn, acc, __VA_ARGS__)
#define WEIR_FOR_EACH(s, ...) WEIR_ENDS_BY_(for_each, void, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_NEXT(s) WEIR_ENDS_WITH_ITEM_(next, WEIR_FRESH_, s)
#define WEIR_SPAWN(s) WEIR_ENDS_WITH_ITEM_(spawn, WEIR_FRESH_, s)
#define WEIR_SPAWN_LOCAL(s) WEIR_ENDS_WITH_ITEM_(spawn_local, WEIR_FRESH_, s)

/* Lines of bytes. */
#define WEIR_TO_LINES(s) WEIR_TO_LINES_(WEIR_FRESH_, s)
#define WEIR_TO_LINES_(s_, s)                                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM(s_), weir_line), "to_lines: its items are no lines");  \
        weir_to_lines(s_.stream);                                                                  \
    })

/* Who waits. */
#define WEIR_RUN(s, out, error) WEIR_RUN_(WEIR_FRESH_, s, out, error)
#define WEIR_RUN_(s_, s, out, error) WEIR_WAITS_(run, s_, s, out, weir_run(s_.stream, out, error))
#define WEIR_RT_RUN(rt, s, out, error) WEIR_RT_RUN_(WEIR_FRESH_, rt, s, out, error)
#define WEIR_RT_RUN_(s_, rt, s, out, error)                                                        \
    WEIR_WAITS_(rt_run, s_, s, out, weir_rt_run(rt, s_.stream, out, error))
#define WEIR_AWAIT(s, out, error) WEIR_AWAIT_(WEIR_FRESH_, s, out, error)
#define WEIR_AWAIT_(s_, s, out, error)                                                             \
    WEIR_WAITS_(await, s_, s, out, weir_await(s_.stream, out, error))
#define WEIR_AWAIT_NEXT(s, out, error) WEIR_AWAIT_NEXT_(WEIR_FRESH_, s, out, error)
#define WEIR_AWAIT_NEXT_(s_, s, out, error)                                                        \
    WEIR_WAITS_NEXT_(await_next, s_, s, out, weir_await_next(s_.stream, out, error))
#define WEIR_RT_NEXT(rt, s, out, error) WEIR_RT_NEXT_(WEIR_FRESH_, rt, s, out, error)
#define WEIR_RT_NEXT_(s_, rt, s, out, error)                                                       \
    WEIR_WAITS_NEXT_(rt_next, s_, s, out, weir_rt_next(rt, s_.stream, out, error))
#define WEIR_FOR_AWAIT(T, x, s) weir_for_await (T, x, WEIR_LOOPS_(WEIR_FRESH_, T, s))
#define WEIR_FOR_TRY(T, x, s, error) weir_for_try (T, x, WEIR_LOOPS_(WEIR_FRESH_, T, s), error)

#endif
#endif
