/* settle_here: marks are settled as they pass, and strip from the sequence. And the rules of marks
 * that every constructor keeps. */

#include "stages.h"

struct marked {
    weir_stream stream;
    int64_t next;
    weir_mark mark;
};

static unsigned settled, settled_lost;

static void count_settled(weir_mark *mark, bool kept)
{
    (void)mark;
    settled++;
    settled_lost += !kept;
}

/* 1 2 3 ..., and a mark after every second item. */
static weir_poll marked_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct marked *self = WEIR_SELF(struct marked, stream);
    (void)demand;
    if (self->next == 7)
        return (weir_poll){0, WEIR_END};
    if (self->next % 3 == 2) {
        self->next++;
        self->mark = (weir_mark){.settle = count_settled, .source = stream, .refs = 1};
        return weir_mark_give(cx, &self->mark);
    }
    *(int64_t *)out = self->next++;
    return WEIR_POLL_ONE;
}

static const weir_stream_ops marked_ops = {
    .size = sizeof marked_ops, .name = "marked", .poll_next = marked_poll_next};

static weir_stream *marked(void)
{
    weir_stream *stream = weir_source_new(sizeof(struct marked), &marked_ops, &weir_type_i64);
    stream->stage.marked = true;
    settled = settled_lost = 0;
    return stream;
}

static void test_strips(void **state)
{
    (void)state;
    assert_string_equal(trace(marked(), 1), "0 1 | 3 4 | 6 $");
    assert_string_equal(trace(weir_settle_here(marked()), 1), "0 1 3 4 6 $");
    assert_int_equal(settled, 2);
    weir_stream *stream = weir_settle_here(marked());
    assert_false(stream->stage.marked);
    weir_drop(stream);
}

static bool odd(int64_t x, void *arg)
{
    (void)arg;
    return x & 1;
}
WEIR_FILTER_FN(odd_fn, odd, int64_t)

static void test_pass(void **state)
{
    (void)state;
    for (size_t demand = 1; demand < 5; demand += 3) {
        assert_string_equal(trace(weir_filter(marked(), &odd_fn, NULL), demand), "1 | 3 | $");
        assert_string_equal(trace(weir_take(marked(), 3), demand), "0 1 | 3 $");
        assert_string_equal(trace(weir_chain(weir_range(8, 9), marked()), demand),
                            "8 0 1 | 3 4 | 6 $");
        assert_string_equal(trace(weir_select(marked(), weir_empty(&weir_type_i64)), demand),
                            "0 1 | 3 4 | 6 $");
        assert_string_equal(trace(weir_zip(weir_range(0, 9), marked()), demand),
                            "(0,0) (1,1) | (2,3) (3,4) | (4,6) $");
    }
}

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static weir_stream *marked_of(int64_t x, void *arg)
{
    (void)x;
    return arg ? weir_settle_here(marked()) : marked();
}
WEIR_THEN_FN(marked_fn, marked_of, int64_t, int64_t)
WEIR_MAP_FN(to_marked_fn, marked_of, int64_t, weir_stream *)

/* What says nothing of marks, or makes nothing durable, is refused with the way out. */
static void test_refused(void **state)
{
    (void)state;
    weir_error error;
    uint64_t n;
    assert_int_equal(await(weir_count(marked()), &n, &error), WEIR_ERROR);
    assert_string_equal(error.message,
                        "'count' makes nothing durable, so nothing that 'marked' gives would be "
                        "acknowledged");
    assert_non_null(strstr(error.cure, "weir_settle_here()"));
    assert_int_equal(await(weir_fold(marked(), &add_fn, NULL, &(int64_t){0}), &n, &error),
                     WEIR_ERROR);
    assert_non_null(strstr(error.message, "'fold' makes nothing durable"));
    assert_string_equal(trace(weir_switch_map(marked(), &marked_fn, NULL), 1), "!!ARGUMENT $");
    assert_int_equal(settled, 0);
}

/* Stages that could not keep the law say why. */
static void test_reasons(void **state)
{
    (void)state;
    weir_error error;
    int64_t item;
    weir_stream *one = marked();
    one->stage.one = true;
    assert_int_equal(await(weir_shared(one), &item, &error), WEIR_ERROR);
    assert_string_equal(error.message, "'shared' gives one result to several, so nothing that "
                                       "'marked' gives would be acknowledged");
    assert_int_equal(await(weir_count(weir_switch_map(marked(), &marked_fn, NULL)), &item, &error),
                     WEIR_ERROR);
    assert_non_null(strstr(error.message, "'switch_map' gives up streams before they end"));
    static weir_stream_ops both_ends;
    both_ends = marked_ops;
    both_ends.poll_back = marked_poll_next;
    weir_stream *two_ended = marked();
    two_ended->ops = &both_ends;
    assert_int_equal(await(weir_count(weir_rev(two_ended)), &item, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "'rev' gives what came last first"));
    assert_non_null(strstr(error.cure, "weir_settle_here()"));
    assert_int_equal(settled, 0);
}

/* Streams that come as items, too: what stands behind was built before they were known. */
static void test_inner_refused(void **state)
{
    (void)state;
    weir_error error;
    uint64_t n;
    weir_stream *s = weir_flat_map(weir_range(0, 1), &marked_fn, NULL);
    assert_int_equal(await(weir_count(s), &n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "flat_map expects streams of 'int64_t', but 'marked' yields "
                                       "'int64_t' and marks");
    assert_non_null(strstr(error.cure, "weir_settle_here()"));
    assert_string_equal(trace(weir_then(weir_range(0, 1), &marked_fn, NULL), 1), "!!TYPE $");
    s = weir_map(weir_range(0, 1), &to_marked_fn, NULL);
    assert_string_equal(trace(weir_buffered(s, &weir_type_i64, 2), 1), "!!TYPE $");
    s = weir_map(weir_range(0, 1), &to_marked_fn, NULL);
    assert_string_equal(trace(weir_buffer_unordered(s, &weir_type_i64, 2), 1), "!!TYPE $");
    s = weir_flat_map(weir_range(0, 1), &marked_fn, &settled);
    assert_string_equal(trace(s, 1), "0 1 3 4 6 $");
}

/* Where a chain ends somebody settles: a runtime refuses one that nobody does. */
static void test_ends(void **state)
{
    (void)state;
    weir_error error;
    int64_t item;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    weir_stream *stream = marked();
    assert_int_equal(weir_rt_run(rt, weir_next(stream), &item, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "gives marks, which nobody here settles"));
    assert_int_equal(weir_rt_next(rt, stream, &item, &error), WEIR_ERROR);
    assert_true(error.fatal); /* asked like this again it says the same */
    assert_non_null(strstr(error.cure, "weir_settle_here()"));
    stream = weir_settle_here(stream); /* it is as it was */
    assert_int_equal(weir_rt_next(rt, stream, &item, &error), WEIR_READY);
    assert_int_equal(item, 0);
    weir_drop(stream);
    weir_rt_drop(rt);
}

static void test_shared(void **state)
{
    (void)state;
    weir_mark mark = {.settle = count_settled, .refs = 1};
    settled = settled_lost = 0;
    weir_mark_share(&mark, 2);
    weir_mark_settle(&mark, true);
    weir_mark_settle(&mark, false);
    assert_int_equal(settled, 0);
    weir_mark_settle(&mark, true);
    assert_int_equal(settled, 1);
    assert_int_equal(settled_lost, 1); /* one "not kept" counts for all */
}

int stage_settle_here(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strips),        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_inner_refused), cmocka_unit_test(test_ends),
        cmocka_unit_test(test_shared)};
    return cmocka_run_group_tests_name("settle_here", tests, NULL, NULL);
}
