/* Which of two items comes first: a function of the user's says, or the items' own order: that of
 * numbers, or of their type (weir_type.compare, .same). What min, max, cmp and their like share. */
#ifndef WEIR_STREAM_ORDER_H
#define WEIR_STREAM_ORDER_H

#include "core/poll.h"
#include "weir/fn.h"

typedef enum weir_number_kind {
    WEIR_NO_NUMBER,
    WEIR_SIGNED,
    WEIR_UNSIGNED,
    WEIR_REAL
} weir_number_kind;

/* What kind of number items of this type are. */
weir_number_kind weir_number_of(const weir_type *type);

/* A NaN is neither less than a number, nor equal to it, nor greater. */
enum { WEIR_UNORDERED = 2 };

struct weir_order {
    const weir_compare_fn *fn; /* NULL: the items' own */
    void *arg;
    const weir_type *type;
    weir_number_kind number;
};

struct weir_order weir_order_of(const weir_type *type, const weir_compare_fn *fn, void *arg);

/* < 0, 0, > 0, or UNORDERED (which is > 0 too: look for it first). */
int weir_order_pair(const struct weir_order *order, const void *a, const void *b);

/* 0 where they are the same, else UNORDERED, or as above. */
int weir_order_same(const struct weir_order *order, const void *a, const void *b);

/* The source's items fit fn; without one (NULL) they have an order of their own. */
weir_stream *weir_expect_order(weir_stream *source, const char *stage, const weir_compare_fn *fn);

/* They have one, or know at least which of them are the same. */
weir_stream *weir_expect_same(weir_stream *source, const char *stage, const weir_compare_fn *fn);

#endif
