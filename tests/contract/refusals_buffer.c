/* What cannot be built of what runs its input ahead. */

#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/channel.h"

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

static void count_up(int64_t *count, int64_t item, void *arg)
{
    (void)arg, (void)item;
    ++*count;
}
WEIR_FOLD_FN(number_fn, count_up, int64_t, int64_t)

static void count_others(uint64_t *count, int64_t item, void *arg)
{
    (void)arg, (void)item;
    ++*count;
}
WEIR_FOLD_FN(other_fn, count_others, uint64_t, int64_t)

static int64_t same(int64_t item, void *arg)
{
    (void)arg;
    return item;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)
WEIR_KEY_FN(signed_fn, same, int64_t, int64_t)

static bool never(int64_t item, int64_t *out, void *arg, weir_error *error)
{
    (void)item, (void)out, (void)arg, (void)error;
    return false;
}
WEIR_TRY_MAP_FN(never_fn, never, int64_t, int64_t)

static uint64_t one(struct tracked item, void *arg)
{
    (void)arg, (void)item;
    return 1;
}
WEIR_KEY_FN(one_fn, one, struct tracked, uint64_t, OF_TRACKED)

static void append(weir_line *all, weir_line item, void *arg)
{
    (void)arg;
    *all = item;
}
WEIR_FOLD_FN(lines_fn, append, weir_line, weir_line)

static void failed_ones(void)
{
    passes_refused(weir_buffer(failed(), 0, WEIR_OVERFLOW_FAIL));
    passes_refused(weir_conflate(failed(), &add_fn, NULL));
    passes_refused(weir_conflate_with_seed(failed(), &tenfold_fn, &add_fn, NULL));
    passes_refused(weir_batch(failed(), 0, NULL, &add_fn, NULL));
    passes_refused(weir_batch_weighted(failed(), 0, &one_fn, NULL, &add_fn, NULL));
}

static void sends(void)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&tracked_type, 1, &tx);
    passes_refused(weir_send_each(failed(), NULL));
    passes_refused(weir_send_each(failed(), tx));
    expect_refusal(weir_send_each(numbers(), NULL), WEIR_E_CLOSED, "send_each",
                   "there is no channel", "weir_channel()");
    expect_refusal(weir_send_each(numbers(), tx), WEIR_E_TYPE, "send_each 'to a channel'",
                   "int64_t", NULL);
    expect_refusal(weir_send_each(lines(), tx), WEIR_E_TYPE, "send_each holds items", "weir_line",
                   "weir_own()");
    weir_sender_drop(tx);
    weir_drop(rx);
}

static void limits(void)
{
    expect_refusal(weir_buffer(numbers(), 0, WEIR_OVERFLOW_FAIL), WEIR_E_ARGUMENT,
                   "buffer: ", "'n' is 0", NULL);
    expect_refusal(weir_batch(numbers(), 0, NULL, &number_fn, NULL), WEIR_E_ARGUMENT,
                   "batch: ", "'max' is 0", NULL);
    expect_refusal(weir_buffer(numbers(), SIZE_MAX, WEIR_OVERFLOW_FAIL), WEIR_E_MEMORY,
                   "no memory for buffer", "items", "a smaller buffer");
}

static void types(void)
{
    expect_refusal(weir_buffer(lines(), 2, WEIR_OVERFLOW_FAIL), WEIR_E_TYPE, "buffer holds items",
                   "weir_line", "weir_own()");
    expect_refusal(weir_conflate(lines(), &lines_fn, NULL), WEIR_E_TYPE, "conflate holds items",
                   "weir_line", "weir_own()");
    expect_refusal(weir_conflate(numbers(), &add_fn, NULL), WEIR_E_TYPE, "conflate 'add'",
                   "int64_t", NULL);
    expect_refusal(weir_conflate(numbers(), &other_fn, NULL), WEIR_E_TYPE,
                   "conflate 'count_others'", "uint64_t", NULL);
    expect_refusal(weir_conflate_with_seed(numbers(), &same_fn, &other_fn, NULL), WEIR_E_TYPE,
                   "goes on with 'uint64_t'", "its seed 'same' makes 'int64_t'", NULL);
    expect_refusal(weir_conflate_with_seed(numbers(), &never_fn, &number_fn, NULL), WEIR_E_ARGUMENT,
                   "'never'", "may fail", "before it");
    expect_refusal(weir_batch_weighted(numbers(), 5, &signed_fn, NULL, &number_fn, NULL),
                   WEIR_E_TYPE, "batch_weighted: 'same'", "'int64_t' as the cost", "uint64_t");
    expect_refusal(weir_batch_weighted(numbers(), 5, &one_fn, NULL, &number_fn, NULL), WEIR_E_TYPE,
                   "batch_weighted 'one'", "int64_t", NULL);
}

void test_refusals_buffer(void **state)
{
    (void)state;
    failed_ones();
    sends();
    limits();
    types();
}
