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
 * Two mistakes are told in the compiler's own words: `&length_fn` in the place of length_fn
 * ("expected specifier-qualifier-list", "expected a type"), and a plain weir_stream * in the place
 * of a typed one ("is a pointer; did you mean"), which WEIR_OF(T, chain) makes of it.
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
 *   - What may be NULL, and further chains that give no items to it, are said as to the function: a
 *     `&fn` of merge_sorted, the future of take_until (late.stream).
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
#include "weir/csv.h"
#include "weir/par.h"
#include "weir/run.h"
#include "weir/signals.h"
#include "weir/stream.h"
#include "weir/task.h"
#include "weir/time.h"
#include "weir/typed_make.h"
#include "weir/watch.h"

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
#define WEIR_BROADCAST_CHANNEL(T, ...)                                                             \
    WEIR_SOURCE_OF_(broadcast_channel, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_CHANNEL(T, ...) WEIR_SOURCE_OF_(channel, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_CO(fn, ...) WEIR_RUNS_(co, 0, fn, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_CO_GENERATOR(fn, state, ...)                                                          \
    WEIR_RUNS_(co_generator, WEIR_MANY_, fn, state, state, __VA_ARGS__)
#define WEIR_CSV(...) WEIR_SOURCE_(csv, weir_row, __VA_ARGS__)
#define WEIR_CTRL_C() WEIR_MADE_(weir_signal, 0, weir_ctrl_c())
#define WEIR_CYCLE(T, ...) WEIR_SOURCE_OF_(cycle, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_EMPTY(T) WEIR_OF(T, weir_empty(WEIR_DESCRIBED_(T)))
#define WEIR_EVENT_STREAM(event) WEIR_MADE_(void, WEIR_MANY_, weir_event_stream(event))
#define WEIR_EVENT_WAIT(event) WEIR_MADE_(void, 0, weir_event_wait(event))
#define WEIR_FIBER(fn, state, ...) WEIR_RUNS_(fiber, 0, fn, state, state, __VA_ARGS__)
#define WEIR_FUTURES_ORDERED(T, ...) WEIR_SOURCE_OF_(futures_ordered, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_FUTURES_UNORDERED(T, ...)                                                             \
    WEIR_SOURCE_OF_(futures_unordered, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_GENERATOR(fn, state, ...)                                                             \
    WEIR_RUNS_(generator, WEIR_MANY_, fn, state, state, __VA_ARGS__)
#define WEIR_GLOB(...) WEIR_SOURCE_(glob, weir_line, __VA_ARGS__)
#define WEIR_GO(fn, state, ...) WEIR_RUNS_(go, 0, fn, state, state, __VA_ARGS__)
#define WEIR_INTERVAL(...) WEIR_SOURCE_(interval, uint64_t, __VA_ARGS__)
#define WEIR_INTERVAL_AT(...) WEIR_SOURCE_(interval_at, uint64_t, __VA_ARGS__)
#define WEIR_ITER(T, items, n) WEIR_SOURCE_FROM_(iter, WEIR_MANY_, T, items, items, n)
#define WEIR_LAZY(T, ...) WEIR_SOURCE_OF_(lazy, 0, T, __VA_ARGS__)
#define WEIR_LINES(...) WEIR_SOURCE_(lines, weir_line, __VA_ARGS__)
#define WEIR_LINES_WITH(...) WEIR_SOURCE_(lines_with, weir_line, __VA_ARGS__)
#define WEIR_LINES_MATCHING(...) WEIR_SOURCE_(lines_matching, weir_line, __VA_ARGS__)
#define WEIR_MARKED_CHANNEL(T, ...) WEIR_SOURCE_OF_(marked_channel, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_ONCE(T, ...) WEIR_SOURCE_FROM_(once, 0, T, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_ONESHOT(T, ...) WEIR_SOURCE_OF_(oneshot, 0, T, __VA_ARGS__)
#define WEIR_QUEUE(T, ...) WEIR_SOURCE_OF_(queue, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_RANGE(...) WEIR_SOURCE_(range, int64_t, __VA_ARGS__)
#define WEIR_READ_DIR(...) WEIR_SOURCE_(read_dir, weir_dir_entry, __VA_ARGS__)
#define WEIR_REPEAT(T, ...) WEIR_SOURCE_FROM_(repeat, WEIR_MANY_, T, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_REPEAT_WITH(fn, ...) WEIR_SOURCE_BY_(repeat_with, fn, __VA_ARGS__)
#define WEIR_RESTART(T, ...) WEIR_SOURCE_OF_(restart, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_RETRY(T, ...) WEIR_SOURCE_OF_(retry, 0, T, __VA_ARGS__)
#define WEIR_SELECT_ALL(T, ...) WEIR_SOURCE_OF_(select_all, WEIR_MANY_, T, __VA_ARGS__)
#define WEIR_SIGNALS(signo) WEIR_SOURCE_(signals, weir_signal, signo)
#define WEIR_SLEEP(ns) WEIR_MADE_(void, 0, weir_sleep(ns))
#define WEIR_SPAWN_BLOCKING(fn, ...) WEIR_RUNS_(spawn_blocking, 0, fn, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_SUCCESSORS(fn, first, ...) WEIR_SOURCE_AFTER_(successors, fn, first, __VA_ARGS__)
#define WEIR_UNFOLD(fn, ...) WEIR_RUNS_(unfold, WEIR_MANY_, fn, (__VA_ARGS__), (__VA_ARGS__))
#define WEIR_USING(fn, ...) WEIR_SOURCE_BY_(using, fn, __VA_ARGS__)
#define WEIR_WATCH_PATH(...) WEIR_SOURCE_(watch_path, weir_path_event, __VA_ARGS__)

/* One input. */
#define WEIR_ABORTABLE(s, ...) WEIR_PASSES_(abortable, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_AHEAD(s, n) WEIR_PASSES_HELD_(ahead, WEIR_FRESH_, s, n)
#define WEIR_BACKPRESSURE_TIMEOUT(s, ...)                                                          \
    WEIR_PASSES_(backpressure_timeout, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_BUFFER(s, ...) WEIR_PASSES_HELD_(buffer, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_BUFFERED(s, T, limit)                                                                 \
    WEIR_OPENS_(buffered, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T), limit)
#define WEIR_BUFFER_UNORDERED(s, T, limit)                                                         \
    WEIR_OPENS_(buffer_unordered, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T), limit)
#define WEIR_BY_REF(s) WEIR_PASSES_ALL_(by_ref, WEIR_FRESH_, s)
#define WEIR_CHUNKS(s, n) WEIR_GATHERS_(chunks, weir_vec, WEIR_FRESH_, s, n)
#define WEIR_CHUNKS_TIMEOUT(s, ...)                                                                \
    WEIR_GATHERS_(chunks_timeout, weir_vec, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_CHUNKS_WEIGHTED(s, ...)                                                               \
    WEIR_GATHERS_(chunks_weighted, weir_vec, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_COMPLETION_TIMEOUT(s, ...)                                                            \
    WEIR_PASSES_(completion_timeout, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_CONFLATE(s, ...) WEIR_PASSES_BY_HELD_(conflate, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_CONFLATE_WITH_SEED(s, ...) WEIR_SEEDS_(conflate_with_seed, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_DEBOUNCE(s, ...) WEIR_PASSES_HELD_(debounce, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_DEDUP(s) WEIR_PASSES_ALL_HELD_(dedup, WEIR_FRESH_, s)
#define WEIR_DEDUP_BY(s, ...) WEIR_PASSES_BY_HELD_(dedup_by, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_DEFAULT_IF_EMPTY(s, T, item)                                                          \
    WEIR_PASSES_ITEM_(default_if_empty, WEIR_FRESH_, s, item, WEIR_DESCRIBED_(T), item)
#define WEIR_DELAY(s, ...) WEIR_PASSES_HELD_(delay, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_DELAY_WITH(s, ...) WEIR_PASSES_BY_HELD_(delay_with, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_DROP_WITHIN(s, ...) WEIR_PASSES_(drop_within, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_ELAPSED(s, S) WEIR_WRAPS_(elapsed, item, WEIR_FRESH_, s, S)
#define WEIR_ENUMERATE(s, S) WEIR_WRAPS_(enumerate, item, WEIR_FRESH_, s, S)
#define WEIR_ERRORS(s) WEIR_UNWRAPS_(errors, item, WEIR_FRESH_, s)
#define WEIR_FILTER(s, ...) WEIR_PASSES_BY_(filter, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FILTER_MAP(s, ...) WEIR_MAKES_BY_(filter_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FLATTEN(s, T) WEIR_OPENS_(flatten, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T))
#define WEIR_FLATTEN_UNORDERED(s, T, limit)                                                        \
    WEIR_OPENS_(flatten_unordered, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T), limit)
#define WEIR_FLATTEN_VECS(s, T)                                                                    \
    WEIR_OPENS_VECS_(flatten_vecs, WEIR_FRESH_, s, T, WEIR_DESCRIBED_(T))
#define WEIR_FLAT_MAP(s, ...) WEIR_MAKES_BY_(flat_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FLAT_MAP_UNORDERED(s, ...)                                                            \
    WEIR_MAKES_BY_(flat_map_unordered, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_GROUP_BY(s, S, ...) WEIR_GROUPS_(group_by, WEIR_FRESH_, s, S, __VA_ARGS__)
#define WEIR_INITIAL_DELAY(s, ...) WEIR_PASSES_(initial_delay, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_INITIAL_TIMEOUT(s, ...) WEIR_PASSES_(initial_timeout, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_INSPECT(s, ...) WEIR_PASSES_BY_(inspect, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_INSPECT_ERR(s, ...) WEIR_PASSES_(inspect_err, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_INTERSPERSE(s, start, separator, stop)                                                \
    WEIR_PASSES_BETWEEN_(intersperse, WEIR_FRESH_, s, start, separator, stop)
#define WEIR_INTERSPERSE_WITH(s, ...)                                                              \
    WEIR_PASSES_HELD_(intersperse_with, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_KEEP_ALIVE(s, ns, item) WEIR_PASSES_ITEM_(keep_alive, WEIR_FRESH_, s, item, ns, item)
#define WEIR_LIMIT(s, ...) WEIR_PASSES_(limit, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_LIMIT_WEIGHTED(s, ...) WEIR_PASSES_BY_(limit_weighted, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP(s, ...) WEIR_MAKES_BY_(map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP_ASYNC(s, ...) WEIR_MAKES_BY_(map_async, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP_ASYNC_ORDERED(s, ...)                                                             \
    WEIR_MAKES_BY_(map_async_ordered, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP_ERR(s, ...) WEIR_PASSES_(map_err, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAP_WHILE(s, ...) WEIR_MAKES_BY_(map_while, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_NOTIFY_CLOSE(s, S) WEIR_WRAPS_(notify_close, item, WEIR_FRESH_, s, S)
#define WEIR_ON_DONE(s, ...) WEIR_PASSES_(on_done, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_OR_ELSE(s, ...) WEIR_PASSES_(or_else, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PAR_FILTER(s, ...) WEIR_PASSES_BY_HELD_(par_filter, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PAR_MAP(s, ...) WEIR_MAKES_BY_HELD_(par_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PAR_MAP_UNORDERED(s, ...)                                                             \
    WEIR_MAKES_BY_HELD_(par_map_unordered, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PEEKABLE(s) WEIR_PASSES_ALL_HELD_(peekable, WEIR_FRESH_, s)
#define WEIR_READY_CHUNKS(s, ...) WEIR_GATHERS_(ready_chunks, weir_vec, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_RESULTS(s, S) WEIR_WRAPS_(results, item, WEIR_FRESH_, s, S)
#define WEIR_REV(s) WEIR_PASSES_ALL_(rev, WEIR_FRESH_, s)
#define WEIR_SAMPLE(s, ...) WEIR_PASSES_HELD_(sample, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_SAMPLE_FIRST(s, ...) WEIR_PASSES_HELD_(sample_first, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_SCAN(s, fn, ...) WEIR_MAKES_FROM_(scan, WEIR_FRESH_, s, fn, (__VA_ARGS__))
#define WEIR_SETTLE_HERE(s) WEIR_PASSES_ALL_(settle_here, WEIR_FRESH_, s)
#define WEIR_SHARED(s) WEIR_PASSES_ALL_HELD_(shared, WEIR_FRESH_, s)
#define WEIR_SKIP(s, n) WEIR_PASSES_(skip, WEIR_FRESH_, s, n)
#define WEIR_SKIP_ERRORS(s, ...) WEIR_PASSES_(skip_errors, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_SKIP_UNTIL(s, ...) WEIR_PASSES_(skip_until, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_SKIP_WHILE(s, ...) WEIR_PASSES_BY_(skip_while, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_SLIDING(s, ...) WEIR_GATHERS_(sliding, weir_vec, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_STEP_BY(s, ...) WEIR_PASSES_(step_by, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_STOP_ON_ERROR(s) WEIR_PASSES_ALL_(stop_on_error, WEIR_FRESH_, s)
#define WEIR_SWITCH_MAP(s, ...) WEIR_MAKES_BY_(switch_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TAKE(s, n) WEIR_PASSES_(take, WEIR_FRESH_, s, n)
#define WEIR_TAKE_UNTIL(s, ...) WEIR_PASSES_(take_until, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TAKE_WHILE(s, ...) WEIR_PASSES_BY_(take_while, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TAKE_WITHIN(s, ...) WEIR_PASSES_(take_within, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TEE(s, ...) WEIR_PASSES_HELD_(tee, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_THEN(s, ...) WEIR_MAKES_BY_(then, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_THEN_ASYNC(s, ...) WEIR_MAKES_BY_(then_async, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_THROTTLE(s, ...) WEIR_PASSES_(throttle, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_THROTTLE_RATE(s, ...) WEIR_PASSES_HELD_(throttle_rate, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TIMEOUT(s, ...) WEIR_PASSES_(timeout, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TIMEOUT_REPEATING(s, ...) WEIR_PASSES_(timeout_repeating, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_TIMESTAMP(s, S) WEIR_WRAPS_(timestamp, item, WEIR_FRESH_, s, S)
#define WEIR_UNTIL_CANCELLED(s, ...) WEIR_PASSES_(until_cancelled, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_WIRE_TAP(s, ...) WEIR_PASSES_HELD_(wire_tap, WEIR_FRESH_, s, __VA_ARGS__)

#define WEIR_STATEFUL_MAP(s, fn, complete, ...)                                                    \
    WEIR_MAKES_FROM_TWO_(stateful_map, WEIR_FRESH_, s, fn, complete, (__VA_ARGS__))

/* What is lent, owned; DETACHED: it is so already. */
#define WEIR_OWN(s) WEIR_OWN_(WEIR_FRESH_, s)
#define WEIR_OWN_(s_, s)                                                                           \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_OWNED_(WEIR_ITEM_OF(s_)), WEIR_TRAITS_(s_) & WEIR_MANY_,                   \
                   weir_own(s_.stream));                                                           \
    })
#define WEIR_OWNED_(T)                                                                             \
    __typeof__(*_Generic((T *)0, weir_line * : (weir_owned_line *)0, default : (T *)0))
#define WEIR_DETACHED(s) WEIR_DETACHED_(WEIR_FRESH_, s)
#define WEIR_DETACHED_(s_, s)                                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_) & WEIR_MANY_, s_.stream);                    \
    })

/* Several inputs. */
#define WEIR_CHAIN(a, b) WEIR_JOINS_(chain, WEIR_FRESH_, WEIR_FRESH_, a, b)
#define WEIR_CMP(a, b, ...)                                                                        \
    WEIR_COMPARES_(cmp, int64_t, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_COMBINE_LATEST(a, b, S) WEIR_PAIRS_(combine_latest, WEIR_FRESH_, WEIR_FRESH_, a, b, S)
#define WEIR_EQ(a, b, ...) WEIR_COMPARES_(eq, bool, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_GE(a, b, ...) WEIR_COMPARES_(ge, bool, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_GT(a, b, ...) WEIR_COMPARES_(gt, bool, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_JOIN(a, b, S) WEIR_ENDS_IN_PAIR_(join, WEIR_FRESH_, WEIR_FRESH_, a, b, S)
#define WEIR_LE(a, b, ...) WEIR_COMPARES_(le, bool, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_LT(a, b, ...) WEIR_COMPARES_(lt, bool, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_MERGE(a, ...) WEIR_JOINS_ALL_(merge, WEIR_FRESH_, WEIR_FRESH_, a, __VA_ARGS__)
#define WEIR_MERGE_SORTED(a, b, ...)                                                               \
    WEIR_JOINS_WITH_(merge_sorted, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_NE(a, b, ...) WEIR_COMPARES_(ne, bool, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_PARTIAL_CMP(a, b, ...)                                                                \
    WEIR_COMPARES_(partial_cmp, int64_t, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_SELECT(a, b) WEIR_JOINS_(select, WEIR_FRESH_, WEIR_FRESH_, a, b)
#define WEIR_SELECT_WITH_STRATEGY(a, b, ...)                                                       \
    WEIR_JOINS_WITH_(select_with_strategy, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)
#define WEIR_SWITCH_IF_EMPTY(a, b) WEIR_JOINS_(switch_if_empty, WEIR_FRESH_, WEIR_FRESH_, a, b)
#define WEIR_WITH_LATEST_FROM(a, b, S)                                                             \
    WEIR_PAIRS_(with_latest_from, WEIR_FRESH_, WEIR_FRESH_, a, b, S)
#define WEIR_ZIP(a, b, S) WEIR_PAIRS_(zip, WEIR_FRESH_, WEIR_FRESH_, a, b, S)
#define WEIR_ZIP_LATEST(a, b, S) WEIR_PAIRS_(zip_latest, WEIR_FRESH_, WEIR_FRESH_, a, b, S)
#define WEIR_ZIP_WITH(a, b, ...)                                                                   \
    WEIR_PAIRS_BY_(zip_with, WEIR_FRESH_, WEIR_FRESH_, a, b, __VA_ARGS__)

/* Consumers. A future of nothing is one of void. */
#define WEIR_ALL(s, ...) WEIR_ENDS_BY_(all, bool, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_ANY(s, ...) WEIR_ENDS_BY_(any, bool, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_COLLECT(s, items_max) WEIR_ENDS_HELD_(collect, weir_vec, WEIR_FRESH_, s, items_max)
#define WEIR_COLLECT_STRING(s, ...)                                                                \
    WEIR_ENDS_OF_(collect_string, weir_owned_line, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_CONCAT(s, ...) WEIR_ENDS_VECS_(concat, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_COUNT(s) WEIR_ENDS_(count, uint64_t, WEIR_FRESH_, s)
#define WEIR_CREW(s, ...) WEIR_ENDS_BY_HELD_(crew, void, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_DRAIN(s) WEIR_ENDS_(drain, void, WEIR_FRESH_, s)
#define WEIR_SEND_EACH(s, ...) WEIR_ENDS_(send_each, uint64_t, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_EXTEND(s, ...) WEIR_ENDS_HELD_(extend, void, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FIND(s, ...) WEIR_ENDS_AT_BY_(find, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FIND_MAP(s, ...) WEIR_ENDS_MADE_BY_(find_map, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FIRST(s, n) WEIR_ENDS_HELD_(first, weir_first_and_rest, WEIR_FRESH_, s, n)
#define WEIR_FOLD(s, fn, acc, ...) WEIR_ENDS_INTO_(fold, WEIR_FRESH_, s, fn, acc, __VA_ARGS__)
#define WEIR_FOR_EACH(s, ...) WEIR_ENDS_BY_(for_each, void, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_FOR_EACH_CONCURRENT(s, ...)                                                           \
    WEIR_ENDS_BY_(for_each_concurrent, void, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_LAST(s) WEIR_ENDS_AT_HELD_(last, WEIR_FRESH_, s)
#define WEIR_MAX(s) WEIR_ENDS_AT_HELD_(max, WEIR_FRESH_, s)
#define WEIR_MAX_BY(s, ...) WEIR_ENDS_AT_BY_HELD_(max_by, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MAX_BY_KEY(s, ...) WEIR_ENDS_AT_BY_HELD_(max_by_key, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MIN(s) WEIR_ENDS_AT_HELD_(min, WEIR_FRESH_, s)
#define WEIR_MIN_BY(s, ...) WEIR_ENDS_AT_BY_HELD_(min_by, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_MIN_BY_KEY(s, ...) WEIR_ENDS_AT_BY_HELD_(min_by_key, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_NEXT(s) WEIR_ENDS_WITH_ITEM_(next, WEIR_FRESH_, s)
#define WEIR_NEXT_BACK(s) WEIR_ENDS_WITH_ITEM_(next_back, WEIR_FRESH_, s)
#define WEIR_NTH(s, n) WEIR_ENDS_AT_(nth, WEIR_FRESH_, s, n)
#define WEIR_NTH_BACK(s, n) WEIR_ENDS_AT_(nth_back, WEIR_FRESH_, s, n)
#define WEIR_PAR_FOLD(s, zero, fn, combine, ...)                                                   \
    WEIR_ENDS_COMBINED_(par_fold, WEIR_FRESH_, s, zero, fn, combine, __VA_ARGS__)
#define WEIR_PAR_FOR_EACH(s, ...)                                                                  \
    WEIR_ENDS_BY_HELD_(par_for_each, void, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PARTITION(s, S, fn, ...)                                                              \
    WEIR_ENDS_IN_TWO_BY_(partition, WEIR_FRESH_, s, S, fn, __VA_ARGS__)
#define WEIR_POSITION(s, ...) WEIR_ENDS_BY_(position, uint64_t, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_PRODUCT(s) WEIR_ENDS_WITH_ITEM_(product, WEIR_FRESH_, s)
#define WEIR_REDUCE(s, ...) WEIR_ENDS_AT_BY_HELD_(reduce, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_RFIND(s, ...) WEIR_ENDS_AT_BY_(rfind, WEIR_FRESH_, s, __VA_ARGS__)
#define WEIR_RFOLD(s, fn, acc, ...) WEIR_ENDS_INTO_(rfold, WEIR_FRESH_, s, fn, acc, __VA_ARGS__)
#define WEIR_SPAWN(s) WEIR_ENDS_WITH_ITEM_(spawn, WEIR_FRESH_, s)
#define WEIR_SPAWN_LOCAL(s) WEIR_ENDS_WITH_ITEM_(spawn_local, WEIR_FRESH_, s)
#define WEIR_SUM(s) WEIR_ENDS_WITH_ITEM_(sum, WEIR_FRESH_, s)
#define WEIR_UNZIP(s, S, items_max) WEIR_ENDS_IN_TWO_(unzip, WEIR_FRESH_, s, S, items_max)

/* Lines of bytes. */
#define WEIR_TO_LINES(s) WEIR_TO_LINES_(WEIR_FRESH_, s)
#define WEIR_TO_LINES_(s_, s)                                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), weir_line),                                    \
                       "to_lines: its items are no lines");                                        \
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
