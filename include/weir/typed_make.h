/* weir/typed_make.h: how the list of weir/typed.h is made: a stream that knows its items, what is
 * asked of it, and the kinds of combinators. WEIR_OF, WEIR_OF_LENT, WEIR_AUTO and WEIR_ITEM_OF are
 * for users; the rest is for the list. */
#ifndef WEIR_TYPED_MAKE_H
#define WEIR_TYPED_MAKE_H

#include "weir/fn.h"

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
#define WEIR_ITEM_OF(s) __typeof__(*(s).item)
#define WEIR_TRAITS_(s) (sizeof(*(s).traits) - 1)
#define WEIR_IS_LENT(s) ((WEIR_TRAITS_(s) & WEIR_LENDS_) != 0)

/* ---- what is asked ---- */

#define WEIR_SAME_(...) __builtin_types_compatible_p(__VA_ARGS__)
#define WEIR_POINTS_AT_(p, T) (WEIR_SAME_(__typeof__(p), void *) || WEIR_SAME_(__typeof__(*(p)), T))
#define WEIR_NONE_OR_AT_(p, T)                                                                     \
    (WEIR_SAME_(__typeof__(p), void *) || WEIR_SAME_(__typeof__(*WEIR_KNOWN_(p)), T))
#define WEIR_MEMBER_(S, member) __typeof__(((S *)0)->member)

#define WEIR_FITS_(name, s_, fn)                                                                   \
    _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), fn##_From),                                        \
                   #name ": " #fn " takes another type than the items it gets");
#define WEIR_STATE_FITS_(name, fn, T, ...)                                                         \
    _Static_assert(WEIR_POINTS_AT_((__VA_ARGS__), T),                                              \
                   #name ": " #fn " has a state of another type than it is given");
#define WEIR_MAY_HOLD_(name, s_)                                                                   \
    _Static_assert(!WEIR_IS_LENT(s_), #name " holds lent items: put WEIR_OWN before it");
#define WEIR_ALIKE_(name, a_, b_)                                                                  \
    _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(a_), WEIR_ITEM_OF(b_)),                                 \
                   #name ": its inputs are of different types");                                   \
    _Static_assert(WEIR_IS_LENT(a_) == WEIR_IS_LENT(b_),                                           \
                   #name ": one input lends its items, another does not: put WEIR_OWN around it");
#define WEIR_MEMBER_FITS_(name, s_, S, member)                                                     \
    _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), WEIR_MEMBER_(S, member)),                          \
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

/* A source that a function makes items for. */
#define WEIR_SOURCE_BY_(name, fn, ...)                                                             \
    WEIR_MADE_(fn##_To, WEIR_MANY_ | WEIR_LENT_ALWAYS_(fn##_To), weir_##name(&fn, __VA_ARGS__))

/* The same from the first one on. */
#define WEIR_SOURCE_AFTER_(name, fn, first, ...)                                                   \
    __extension__({                                                                                \
        _Static_assert(WEIR_SAME_(fn##_From, fn##_To),                                             \
                       #name ": " #fn " makes another type than it takes");                        \
        _Static_assert(WEIR_POINTS_AT_(first, fn##_To),                                            \
                       #name ": the first one is of another type than " #fn " makes");             \
        WEIR_SOURCE_BY_(name, fn, first, __VA_ARGS__);                                             \
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
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, __VA_ARGS__));       \
    })
#define WEIR_PASSES_ALL_(name, s_, s)                                                              \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream));                    \
    })
#define WEIR_PASSES_BY_(name, s_, s, fn, ...)                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, &fn, __VA_ARGS__));  \
    })
#define WEIR_PASSES_HELD_(name, s_, s, ...)                                                        \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, __VA_ARGS__));       \
    })
#define WEIR_PASSES_ALL_HELD_(name, s_, s)                                                         \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream));                    \
    })

#define WEIR_PASSES_BY_HELD_(name, s_, s, fn, ...)                                                 \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, &fn, __VA_ARGS__));  \
    })

/* The same items, and one that is given beside them. */
#define WEIR_PASSES_ITEM_(name, s_, s, item, ...)                                                  \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_POINTS_AT_(item, WEIR_ITEM_OF(s_)),                                    \
                       #name ": the item beside the others is of another type");                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_), weir_##name(s_.stream, __VA_ARGS__));       \
    })

/* The same items, and between them some that may be left out (NULL). */
#define WEIR_PASSES_BETWEEN_(name, s_, s, a, b, c)                                                 \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        _Static_assert(WEIR_NONE_OR_AT_(a, WEIR_ITEM_OF(s_)) &&                                    \
                           WEIR_NONE_OR_AT_(b, WEIR_ITEM_OF(s_)) &&                                \
                           WEIR_NONE_OR_AT_(c, WEIR_ITEM_OF(s_)),                                  \
                       #name ": an item beside the others is of another type");                    \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_) | WEIR_MANY_,                                \
                   weir_##name(s_.stream, a, b, c));                                               \
    })

/* What a function makes of them. FROM: with a state of its own. */
#define WEIR_MAKES_BY_(name, s_, s, fn, ...)                                                       \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To), weir_##name(s_.stream, &fn, __VA_ARGS__)); \
    })
#define WEIR_MAKES_BY_HELD_(name, s_, s, fn, ...)                                                  \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To), weir_##name(s_.stream, &fn, __VA_ARGS__)); \
    })
#define WEIR_MAKES_FROM_(name, s_, s, fn, ...)                                                     \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_STATE_FITS_(name, fn, fn##_State, __VA_ARGS__)                                        \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To), weir_##name(s_.stream, &fn, __VA_ARGS__)); \
    })

#define WEIR_MAKES_FROM_TWO_(name, s_, s, fn, complete, ...)                                       \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_STATE_FITS_(name, fn, fn##_State, __VA_ARGS__)                                        \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To),                                            \
                   weir_##name(s_.stream, &fn, complete, __VA_ARGS__));                            \
    })

/* What a fold makes of some of them, beginning with what a map makes of the first. */
#define WEIR_SEEDS_(name, s_, s, seed, fn, ...)                                                    \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, seed)                                                                 \
        WEIR_FITS_(name, s_, fn)                                                                   \
        _Static_assert(WEIR_SAME_(seed##_To, fn##_To),                                             \
                       #name ": " #seed " makes another type than " #fn " adds to");               \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(fn##_To, WEIR_MANY_, weir_##name(s_.stream, &seed, &fn, __VA_ARGS__));          \
    })

/* Items of type T made of them, which are held meanwhile. */
#define WEIR_GATHERS_(name, T, s_, s, ...)                                                         \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(T, WEIR_MANY_, weir_##name(s_.stream, __VA_ARGS__));                            \
    })

/* Streams of them, each beside its key in a struct S. */
#define WEIR_GROUPS_(name, s_, s, S, fn, ...)                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        _Static_assert(WEIR_SAME_(WEIR_MEMBER_(S, first), fn##_To) &&                              \
                           WEIR_SAME_(WEIR_MEMBER_(S, second), weir_stream *),                     \
                       #name ": " #S " is not { the key of " #fn "; weir_stream *; }");            \
        WEIR_MADE_(S, WEIR_MANY_, weir_##name(s_.stream, &fn, __VA_ARGS__));                       \
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
        WEIR_MADE_(WEIR_MEMBER_(WEIR_ITEM_OF(s_), member), WEIR_TRAITS_(s_),                       \
                   weir_##name(s_.stream));                                                        \
    })

/* The items of streams, or the results of futures, that are items themselves. */
#define WEIR_OPENS_(name, s_, s, T, ...)                                                           \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), weir_stream *),                                \
                       #name ": its items are no streams");                                        \
        WEIR_MADE_(T, WEIR_MANY_ | WEIR_LENT_ALWAYS_(T), weir_##name(s_.stream, __VA_ARGS__));     \
    })

#define WEIR_OPENS_VECS_(name, s_, s, T, ...)                                                      \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), weir_vec),                                     \
                       #name ": its items are no weir_vec");                                       \
        WEIR_MADE_(T, WEIR_MANY_, weir_##name(s_.stream, __VA_ARGS__));                            \
    })

/* Two inputs, or several, of one type; or two in a struct S. */
#define WEIR_JOINS_(name, a_, b_, a, b)                                                            \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_ALIKE_(name, a_, b_)                                                                  \
        WEIR_MADE_(WEIR_ITEM_OF(a_), WEIR_TRAITS_(a_) | WEIR_MANY_,                                \
                   weir_##name(a_.stream, b_.stream));                                             \
    })
#define WEIR_JOINS_WITH_(name, a_, b_, a, b, ...)                                                  \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_ALIKE_(name, a_, b_)                                                                  \
        WEIR_MADE_(WEIR_ITEM_OF(a_), WEIR_TRAITS_(a_) | WEIR_MANY_,                                \
                   weir_##name(a_.stream, b_.stream, __VA_ARGS__));                                \
    })
#define WEIR_COMPARES_(name, T, a_, b_, a, b, ...)                                                 \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_ALIKE_(name, a_, b_)                                                                  \
        WEIR_MADE_(T, 0, weir_##name(a_.stream, b_.stream, __VA_ARGS__));                          \
    })
#define WEIR_ENDS_IN_PAIR_(name, a_, b_, a, b, S)                                                  \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_MAY_HOLD_(name, a_)                                                                   \
        WEIR_MAY_HOLD_(name, b_)                                                                   \
        WEIR_MEMBER_FITS_(name, a_, S, first)                                                      \
        WEIR_MEMBER_FITS_(name, b_, S, second)                                                     \
        WEIR_MADE_(S, 0, weir_##name(a_.stream, b_.stream));                                       \
    })
#define WEIR_PAIRS_BY_(name, a_, b_, a, b, fn, ...)                                                \
    __extension__({                                                                                \
        __auto_type a_ = (a);                                                                      \
        __auto_type b_ = (b);                                                                      \
        WEIR_MAY_HOLD_(name, a_)                                                                   \
        WEIR_MAY_HOLD_(name, b_)                                                                   \
        _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(a_), WEIR_MEMBER_(fn##_From, first)) &&             \
                           WEIR_SAME_(WEIR_ITEM_OF(b_), WEIR_MEMBER_(fn##_From, second)),          \
                       #name ": " #fn " takes other types than the items it gets");                \
        WEIR_MADE_(fn##_To, WEIR_MANY_, weir_##name(a_.stream, b_.stream, &fn, __VA_ARGS__));      \
    })
#define WEIR_JOINS_ALL_(name, s_, all_, s, ...)                                                    \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        weir_stream *const all_[] = {s_.stream, WEIR_OTHERS_(name, s_, __VA_ARGS__)};              \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_) | WEIR_MANY_,                                \
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
#define WEIR_ENDS_BY_HELD_(name, T, s_, s, fn, ...)                                                \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(T, 0, weir_##name(s_.stream, &fn, __VA_ARGS__));                                \
    })
/* A future of what was folded in parts and then combined. */
#define WEIR_ENDS_COMBINED_(name, s_, s, zero, fn, combine, ...)                                   \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_STATE_FITS_(name, fn, fn##_To, zero)                                                  \
        _Static_assert(WEIR_SAME_(combine##_From, fn##_To) && WEIR_SAME_(combine##_To, fn##_To),   \
                       #name ": " #combine " combines another type than " #fn " folds into");      \
        WEIR_MADE_(fn##_To, 0, weir_##name(s_.stream, zero, &fn, &combine, __VA_ARGS__));          \
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
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_) & WEIR_LENDS_, weir_##name(s_.stream));      \
    })

#define WEIR_ENDS_OF_(name, T, s_, s, ...)                                                         \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(T, 0, weir_##name(s_.stream, __VA_ARGS__));                                     \
    })

/* A future of one vec of the items of all. */
#define WEIR_ENDS_VECS_(name, s_, s, ...)                                                          \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), weir_vec),                                     \
                       #name ": its items are no weir_vec");                                       \
        WEIR_MADE_(weir_vec, 0, weir_##name(s_.stream, __VA_ARGS__));                              \
    })

/* A future of one of the items: HELD, it was kept until the end; BY: a function chose it. */
#define WEIR_ENDS_AT_(name, s_, s, ...)                                                            \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_) & WEIR_LENDS_,                               \
                   weir_##name(s_.stream, __VA_ARGS__));                                           \
    })
#define WEIR_ENDS_AT_BY_(name, s_, s, fn, ...)                                                     \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), WEIR_TRAITS_(s_) & WEIR_LENDS_,                               \
                   weir_##name(s_.stream, &fn, __VA_ARGS__));                                      \
    })
#define WEIR_ENDS_AT_HELD_(name, s_, s)                                                            \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), 0, weir_##name(s_.stream));                                   \
    })
#define WEIR_ENDS_AT_BY_HELD_(name, s_, s, fn, ...)                                                \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        WEIR_MADE_(WEIR_ITEM_OF(s_), 0, weir_##name(s_.stream, &fn, __VA_ARGS__));                 \
    })
#define WEIR_ENDS_MADE_BY_(name, s_, s, fn, ...)                                                   \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_MADE_(fn##_To, WEIR_MADE_OF_(s_, fn##_To) & WEIR_LENDS_,                              \
                   weir_##name(s_.stream, &fn, __VA_ARGS__));                                      \
    })

/* A future of a struct S of two vecs. */
#define WEIR_ENDS_IN_TWO_(name, s_, s, S, ...)                                                     \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_MAY_HOLD_(name, s_)                                                                   \
        _Static_assert(WEIR_SAME_(WEIR_MEMBER_(S, first), weir_vec) &&                             \
                           WEIR_SAME_(WEIR_MEMBER_(S, second), weir_vec),                          \
                       #name ": " #S " is not { weir_vec first, second; }");                       \
        WEIR_MADE_(S, 0, weir_##name(s_.stream, __VA_ARGS__));                                     \
    })

#define WEIR_ENDS_IN_TWO_BY_(name, s_, s, S, fn, ...)                                              \
    __extension__({                                                                                \
        __auto_type s_ = (s);                                                                      \
        WEIR_FITS_(name, s_, fn)                                                                   \
        WEIR_ENDS_IN_TWO_(name, WEIR_FRESH_, s_, S, &fn, __VA_ARGS__);                             \
    })

/* Who waits for a future; for the next item; who loops. call: what is done with the chain. */
#define WEIR_OUT_FITS_(name, s_, out)                                                              \
    _Static_assert(WEIR_POINTS_AT_(out, WEIR_ITEM_OF(s_)),                                         \
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
        _Static_assert(WEIR_SAME_(WEIR_ITEM_OF(s_), T),                                            \
                       "the variable of the loop is of another type");                             \
        s_.stream;                                                                                 \
    })

#endif
#endif
