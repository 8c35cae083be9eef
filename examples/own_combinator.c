/* A combinator of one's own: how much each price differs from the one before it. */

#include <stdio.h>

#include "weir.h"

/* 1. State: what we are and what we remember. */
struct change {
    weir_stream stream;
    double last;
};

/* 2. Update: one price in, new state, one change out. It knows nothing of async. */
static double change_update(struct change *self, double price)
{
    double change = price - self->last;
    self->last = price;
    return change;
}

/* Batches; and waits, errors and ends, in which n is 0. */
static WEIR_ASIDE weir_poll change_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                        weir_poll got)
{
    struct change *self = WEIR_SELF(struct change, stream);
    double *items = out;
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    for (uint32_t i = 0; i < got.n; i++)
        items[i] = change_update(self, items[i]);
    return got;
}

/* 3. Poll: the short way of what runs item by item, as weir/poll.h has it.
 * 4. Waker: a source that is PENDING has stored it already. */
static weir_poll change_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return change_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    *(double *)out = change_update(WEIR_SELF(struct change, stream), *(double *)out);
    return WEIR_POLL_ONE;
}

static const weir_stream_ops change_ops = {.size = sizeof change_ops,
                                           .name = "change",
                                           .poll_next = change_poll_next,
                                           .marks = WEIR_MARKS_PASS}; /* it holds no items */
static const weir_type price_type = WEIR_TYPE(double);

static weir_stream *change(weir_stream *prices)
{
    prices = weir_expect_type(prices, "change", "prices", &price_type);
    return weir_stream_new(prices, sizeof(struct change), &change_ops, &price_type);
}

static void largest(double *acc, double item, void *arg)
{
    (void)arg;
    *acc = item > *acc ? item : *acc;
}
WEIR_FOLD_FN(largest_fn, largest, double, double)

int main(void)
{
    static const double prices[] = {9.75, 9.80, 10.05, 9.90, 10.00};
    weir_stream *rises = weir_skip(change(weir_iter(&price_type, prices, 5)), 1);
    double most = 0;
    weir_error error;
    if (weir_run(weir_fold(rises, &largest_fn, &most, NULL), &most, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%.2f\n", most);
    return 0;
}
