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

#ifndef __cplusplus

/* ---- a stream that knows its items ---- */

/* Traits, kept in the size of an array that is never there. */
#define WEIR_LENDS_ 1
#define WEIR_MANY_ 2 /* it is no future; unsaid, nobody knows */

#define WEIR_TYPED_(T, traits_)                                                                    \
    union {                                                                                        \
        weir_stream *stream;                                                                       \
        __typeof__(T) *item;                                                                       \
        char (*traits)[1 + (traits_)];                                                             \
    }
#define WEIR_MADE_(T, traits_, ...) ((WEIR_TYPED_(T, traits_)){.stream = (__VA_ARGS__)})

/* A chain whose items are of type T; WEIR_OF_LENT: which lends them. */
#define WEIR_OF(T, ...) WEIR_MADE_(T, WEIR_LENT_ALWAYS_(T), __VA_ARGS__)
#define WEIR_OF_LENT(T, ...) WEIR_MADE_(T, WEIR_LENDS_, __VA_ARGS__)

/* A variable of such a type: WEIR_AUTO s = WEIR_RANGE(0, 9); */
#define WEIR_AUTO __extension__ __auto_type

/* The type of its items, and what is known of them. */
#define WEIR_ITEM(s) __typeof__(*(s).item)
#define WEIR_TRAITS_(s) (sizeof(*(s).traits) - 1)
#define WEIR_IS_LENT(s) ((WEIR_TRAITS_(s) & WEIR_LENDS_) != 0)

/* ---- what is asked ---- */

#define WEIR_SAME_(...) __builtin_types_compatible_p(__VA_ARGS__)
#define WEIR_POINTS_AT_(p, T) (WEIR_SAME_(__typeof__(p), void *) || WEIR_SAME_(__typeof__(*(p)), T))
#define WEIR_MEMBER_(S, member) __typeof__(((S *)0)->member)

#define WEIR_FITS_(name, s_, fn)                                                                   \
    _Static_assert(WEIR_SAME_(WEIR_ITEM(s_), fn##_From),                                           \
                   #name ": " #fn " takes another type than the items it gets");
#define WEIR_STATE_FITS_(name, fn, T, ...)                                                         \
    _Static_assert(WEIR_POINTS_AT_((__VA_ARGS__), T),                                              \
                   #name ": " #fn " has a state of another type than it is given");
#define WEIR_MAY_HOLD_(name, s_)                                                                   \
    _Static_assert(!WEIR_IS_LENT(s_), #name " holds lent items: put WEIR_OWN before it");
#define WEIR_ALIKE_(name, a_, b_)                                                                  \
    _Static_assert(WEIR_SAME_(WEIR_ITEM(a_), WEIR_ITEM(b_)),                                       \
                   #name ": its inputs are of different types");                                   \
    _Static_assert(WEIR_IS_LENT(a_) == WEIR_IS_LENT(b_),                                           \
                   #name ": one input lends its items, another does not: put WEIR_OWN around it");
#define WEIR_MEMBER_FITS_(name, s_, S, member)                                                     \
    _Static_assert(WEIR_SAME_(WEIR_ITEM(s_), WEIR_MEMBER_(S, member)),                             \
                   #name ": " #member " of " #S " is of another type than the items it gets");

/* What is made of lent items, and of others. */
#define WEIR_LENT_ALWAYS_(T) WEIR_SAME_(T, weir_line)
#define WEIR_CLINGS_(T)                                                                            \
    (!WEIR_IS_NUMBER_(__typeof__(T)) && !WEIR_SAME_(T, weir_owned_line) && !WEIR_SAME_(T, weir_vec))
#define WEIR_MADE_OF_(s_, T)                                                                       \
    ((WEIR_TRAITS_(s_) & WEIR_MANY_) |                                                             \
     (WEIR_LENT_ALWAYS_(T) || (WEIR_IS_LENT(s_) && WEIR_CLINGS_(T)) ? WEIR_LENDS_ : 0))

/* A name that is nowhere else, so that chains stand in each other and -Wshadow is quiet. */
#define WEIR_FRESH_ WEIR_FRESH_OF_(__COUNTER__)
#define WEIR_FRESH_OF_(n) WEIR_PASTE_(weir_typed_, n)
#define WEIR_PASTE_(a, b) a##b

/* ---- the kinds: name, a fresh name, and what the user said ---- */

/* A source of items of type T. OF: it is told which, where the function takes a descriptor. */
#define WEIR_SOURCE_(name, T, ...)                                                                 \
    WEIR_MADE_(T, WEIR_MANY_ | WEIR_LENT_ALWAYS_(T), weir_##name(__VA_ARGS__))
#define WEIR_SOURCE_OF_(name, traits_, T, ...)                                                     \
    WEIR_MADE_(T, traits_ | WEIR_LENT_ALWAYS_(T), weir_##name(WEIR_DESCRIBED_(T), __VA_ARGS__))
#define WEIR_DESCRIBED_(T)                                                                         \
    __extension__({                                                                                \
        static const weir_type weir_made_ = WEIR_TYPE(T);                                          \
        WEIR_TYPE_OF_(T, weir_made_);                                                              \
    })

/* A source that an item, or an array of them, is given to. */
#define WEIR_SOURCE_FROM_(name, traits_, T, items, ...)                                            \
    __extension__({                                                                                \
        _Static_assert(WEIR_POINTS_AT_(items, T), #name ": what it is given is no " #T);           \
        WEIR_MADE_(T, traits_ | WEIR_LENT_ALWAYS_(T),                                              \
                   weir_##name(WEIR_DESCRIBED_(T), __VA_ARGS__));                                  \
    })

/* A function that runs by itself, from a state. */
#define WEIR_RUNS_(name, traits_, fn, state, ...)                                                  \
    __extension__({                                                                                \
        WEIR_STATE_FITS_(name, fn, fn##_State, state)                                              \
        WEIR_MADE_(fn##_To, traits_ | WEIR_LENT_ALWAYS_(fn##_To), weir_##name(&fn, __VA_ARGS__));  \
    })

/* The same items, some of them. BY: a function is asked. HELD: it keeps some between polls. */
#define WEIR_PASSES_(name, s_, s, ...)                                                             \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, __VA_ARGS__));          \
    })
#define WEIR_PASSES_ALL_(name, s_, s)                                                              \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream));                       \
    })
#define WEIR_PASSES_BY_(name, s_, s, fn, ...)                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, &fn, __VA_ARGS__));     \
    })
#define WEIR_PASSES_HELD_(name, s_, s, ...)                                                        \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, __VA_ARGS__));          \
    })
#define WEIR_PASSES_ALL_HELD_(name, s_, s)                                                         \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream));                       \
    })

/* What a function makes of them. FROM: with a state of its own. */
#define WEIR_MAKES_BY_(name, s_, s, fn, ...)                                                       \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To), weir_##name(s_.stream, &fn, __VA_ARGS__)); \
    })
#define WEIR_MAKES_FROM_(name, s_, s, fn, ...)                                                     \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_STATE_FITS_(name, fn, fn##_State, __VA_ARGS__)                                        \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To), weir_##name(s_.stream, &fn, __VA_ARGS__)); \
    })

/* Items of type T made of them, which are held meanwhile. */
#define WEIR_GATHERS_(name, T, s_, s, ...)                                                         \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(T, WEIR_MANY_, weir_##name(s_.stream, __VA_ARGS__));                            \
    })

/* The items inside of a struct S, and out of it again. */
#define WEIR_WRAPS_(name, member, s_, s, S)                                                        \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MEMBER_FITS_(name, s_, S, member)                                                     \
        WEIR_MADE_(S, WEIR_TRAITS_(s_), weir_##name(s_.stream));                                   \
    })
#define WEIR_UNWRAPS_(name, member, s_, s)                                                         \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_MEMBER_(WEIR_ITEM(s_), member), WEIR_TRAITS_(s_), weir_##name(s_.stream)); \
    })

/* The items of streams, or the results of futures, that are items themselves. */
#define WEIR_OPENS_(name, s_, s, T, ...)                                                           \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM(s_), weir_stream *),                                   \
                       #name ": its items are no streams");                                        \
        WEIR_MADE_(T, WEIR_MANY_ | WEIR_LENT_ALWAYS_(T), weir_##name(s_.stream, __VA_ARGS__));     \
    })

/* Two inputs, or several, of one type; or two in a struct S. */
#define WEIR_JOINS_(name, a_, b_, a, b)                                                            \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_ALIKE_(name, a_, b_)                                                                  \
        WEIR_MADE_(WEIR_ITEM(a_), WEIR_TRAITS_(a_) | WEIR_MANY_,                                   \
                   weir_##name(a_.stream, b_.stream));                                             \
    })
#define WEIR_JOINS_ALL_(name, s_, all_, s, ...)                                                    \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        weir_stream *const all_[] = {s_.stream, WEIR_OTHERS_(name, s_, __VA_ARGS__)};              \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_) | WEIR_MANY_,                                   \
                   weir_##name(all_, sizeof all_ / sizeof *all_));                                 \
    })
#define WEIR_PAIRS_(name, a_, b_, a, b, S)                                                         \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_MAY_HOLD_(name, a_)                                                                   \
        WEIR_MAY_HOLD_(name, b_)                                                                   \
        WEIR_MEMBER_FITS_(name, a_, S, first)                                                      \
        WEIR_MEMBER_FITS_(name, b_, S, second)                                                     \
        WEIR_MADE_(S, WEIR_MANY_, weir_##name(a_.stream, b_.stream));                              \
    })

/* The further inputs, each looked at: up to 7. */
#define WEIR_OTHERS_(name, s_, ...)                                                                \
    WEIR_EIGHTH_(__VA_ARGS__, WEIR_OTHERS_7_, WEIR_OTHERS_6_, WEIR_OTHERS_5_, WEIR_OTHERS_4_,      \
                 WEIR_OTHERS_3_, WEIR_OTHERS_2_, WEIR_OTHERS_1_, )                                 \
    (name, s_, __VA_ARGS__)
#define WEIR_EIGHTH_(a, b, c, d, e, f, g, h, ...) h
#define WEIR_OTHERS_1_(name, s_, a) WEIR_OTHER_(name, s_, WEIR_FRESH_, a)
#define WEIR_OTHERS_2_(name, s_, a, ...)                                                           \
    WEIR_OTHERS_1_(name, s_, a), WEIR_OTHERS_1_(name, s_, __VA_ARGS__)
#define WEIR_OTHERS_3_(name, s_, a, ...)                                                           \
    WEIR_OTHERS_1_(name, s_, a), WEIR_OTHERS_2_(name, s_, __VA_ARGS__)
#define WEIR_OTHERS_4_(name, s_, a, ...)                                                           \
    WEIR_OTHERS_1_(name, s_, a), WEIR_OTHERS_3_(name, s_, __VA_ARGS__)
#define WEIR_OTHERS_5_(name, s_, a, ...)                                                           \
    WEIR_OTHERS_1_(name, s_, a), WEIR_OTHERS_4_(name, s_, __VA_ARGS__)
#define WEIR_OTHERS_6_(name, s_, a, ...)                                                           \
    WEIR_OTHERS_1_(name, s_, a), WEIR_OTHERS_5_(name, s_, __VA_ARGS__)
#define WEIR_OTHERS_7_(name, s_, a, ...)                                                           \
    WEIR_OTHERS_1_(name, s_, a), WEIR_OTHERS_6_(name, s_, __VA_ARGS__)
#define WEIR_OTHER_(name, s_, b_, b)                                                               \
    __extension__({                                                                                \
        __auto_type b_ = (b);                                                                      \
        WEIR_ALIKE_(name, s_, b_)                                                                  \
        b_.stream;                                                                                 \
    })

/* A future of one T. BY: a function is asked; INTO: it adds to an accumulator; HELD: of all. */
#define WEIR_ENDS_(name, T, s_, s)                                                                 \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(T, 0, weir_##name(s_.stream));                                                  \
    })
#define WEIR_ENDS_BY_(name, T, s_, s, fn, ...)                                                     \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(T, 0, weir_##name(s_.stream, &fn, __VA_ARGS__));                                \
    })
#define WEIR_ENDS_INTO_(name, s_, s, fn, acc, ...)                                                 \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_STATE_FITS_(name, fn, fn##_To, acc)                                                   \
        WEIR_MADE_(fn##_To, 0, weir_##name(s_.stream, &fn, acc, __VA_ARGS__));                     \
    })
#define WEIR_ENDS_HELD_(name, T, s_, s, ...)                                                       \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(T, 0, weir_##name(s_.stream, __VA_ARGS__));                                     \
    })
#define WEIR_ENDS_WITH_ITEM_(name, s_, s)                                                          \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM(s_), WEIR_TRAITS_(s_) & WEIR_LENDS_, weir_##name(s_.stream));         \
    })

/* Who waits for a future; for the next item; who loops. call: what is done with the chain. */
#define WEIR_OUT_FITS_(name, s_, out)                                                              \
    _Static_assert(WEIR_POINTS_AT_(out, WEIR_ITEM(s_)),                                            \
                   #name ": out points at another type than the future gives");
#define WEIR_WAITS_(name, s_, s, out, call)                                                        \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_OUT_FITS_(name, s_, out)                                                              \
        _Static_assert(!(WEIR_TRAITS_(s_) & WEIR_MANY_),                                           \
                       #name ": it is a stream and no future: put a consumer around it");          \
        _Static_assert(!WEIR_IS_LENT(s_),                                                          \
                       #name ": what it gives is lent and gone with its chain: put WEIR_OWN in");  \
        call;                                                                                      \
    })
#define WEIR_WAITS_NEXT_(name, s_, s, out, call)                                                   \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_OUT_FITS_(name, s_, out)                                                              \
        call;                                                                                      \
    })
#define WEIR_LOOPS_(s_, T, s)                                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM(s_), T),                                               \
                       "the variable of the loop is of another type");                             \
        s_.stream;                                                                                 \
    })

/* ---- the list ----
 *
 * One line a combinator: its name and its kind, of those above. WEIR_FRESH_ stands for each input.
 * A consumer says what it gives, what makes structs which member holds the item:
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
