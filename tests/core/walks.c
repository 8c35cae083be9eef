/* A chain seen from its consumer: every stage is found by weir_stage_input(), and what the chain
 * says of itself before it runs (memory, items that are left) holds while it does. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

/* ---- the walk ---- */

/* "take(range)", "zip(range, take(range))": the whole tree as text. */
static void write_tree(char *out, size_t size, const weir_stage *stage)
{
    size_t n = (size_t)snprintf(out, size, "%s", weir_stage_name(stage));
    weir_stage *input;
    for (size_t i = 0; n < size && (input = weir_stage_input(stage, i)); i++) {
        n += (size_t)snprintf(out + n, size - n, "%s", i ? ", " : "(");
        write_tree(out + n, size - n, input);
        n = strlen(out);
    }
    if (n < size && out[n - 1] != '(' && weir_stage_input(stage, 0))
        snprintf(out + n, size - n, ")");
}

static const char *tree(const weir_stage *stage)
{
    static char text[512];
    write_tree(text, sizeof text, stage);
    return text;
}

static void is_tree(weir_stream *stream, const char *wanted)
{
    assert_string_equal(tree(&stream->stage), wanted);
    weir_drop(stream);
}

static weir_stream *numbers(void)
{
    return weir_range(0, 3);
}
static weir_stream *some(void)
{
    return weir_take(numbers(), 2);
}
static weir_reader *bytes(void)
{
    return weir_memory_reader("a\nb\n", 4);
}
static weir_stream *lines(void)
{
    return weir_lines(bytes(), 9);
}

static void streams_are_walked(void **state)
{
    (void)state;
    is_tree(numbers(), "range");
    is_tree(weir_skip(some(), 1), "skip(take(range))");
    is_tree(weir_count(weir_zip(some(), numbers())), "count(zip(take(range), range))");
    is_tree(weir_chain(numbers(), some()), "chain(range, take(range))");
    is_tree(weir_select(weir_zip(numbers(), some()), weir_zip(some(), numbers())),
            "select(zip(range, take(range)), zip(take(range), range))");
}

static void sets_are_walked(void **state)
{
    (void)state;
    weir_stream *merge = weir_merge((weir_stream *[]){some(), some(), some()}, 3);
    assert_string_equal(tree(&merge->stage), "merge(take(range), take(range), take(range))");
    weir_drop(merge);
    is_tree(weir_buffered(weir_empty(&weir_type_stream), &weir_type_u64, 4), "buffered(empty)");
}

static weir_stream *never(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return weir_count(weir_pending(&weir_type_i64));
}
WEIR_MAP_FN(never_fn, never, int64_t, weir_stream *)
WEIR_THEN_FN(then_never_fn, never, int64_t, uint64_t)

static struct test_cx test;

/* Streams that are made while it runs are seen as long as they are there. */
static void is_tree_while_it_waits(weir_stream *stream, const char *before, const char *meanwhile)
{
    int64_t out[4];
    assert_string_equal(tree(&stream->stage), before);
    test_cx_init(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_PENDING);
    assert_string_equal(tree(&stream->stage), meanwhile);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void inner_streams_are_walked(void **state)
{
    (void)state;
    weir_stream *futures = weir_map(weir_range(0, 2), &never_fn, NULL);
    is_tree_while_it_waits(weir_buffered(futures, &weir_type_u64, 2), "buffered(map(range))",
                           "buffered(map(range), count(pending), count(pending))");
    futures = weir_map(weir_range(0, 2), &never_fn, NULL);
    is_tree_while_it_waits(weir_buffer_unordered(futures, &weir_type_u64, 2),
                           "buffer_unordered(map(range))",
                           "buffer_unordered(map(range), count(pending), count(pending))");
    futures = weir_map(weir_range(0, 2), &never_fn, NULL);
    is_tree_while_it_waits(weir_flatten(futures, &weir_type_u64), "flatten(map(range))",
                           "flatten(map(range), count(pending))");
    is_tree_while_it_waits(weir_then(numbers(), &then_never_fn, NULL), "then(range)",
                           "then(range, count(pending))");
}

static void flat_map_is_walked(void **state)
{
    (void)state;
    weir_stream *stream = weir_flat_map(numbers(), &then_never_fn, NULL);
    int64_t out[4];
    test_cx_init(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_PENDING);
    assert_non_null(strstr(tree(&stream->stage), "count(pending)"));
    assert_non_null(strstr(tree(&stream->stage), "range"));
    weir_drop(stream);
    test_cx_fini(&test);
}

static void lenders_are_walked(void **state)
{
    (void)state;
    weir_stream *lender = some();
    is_tree(weir_next(lender), "next(take(range))");
    is_tree(weir_skip(weir_by_ref(lender), 1), "skip(by_ref(take(range)))");
    weir_drop(lender);
}

static void bytes_are_walked(void **state)
{
    (void)state;
    is_tree(lines(), "lines(memory)");
    is_tree(weir_lines(weir_gunzip(weir_chain_reader(bytes(), weir_gzip(bytes(), 1))), 9),
            "lines(gunzip(chain(memory, gzip(memory))))");
    is_tree(weir_lines(weir_to_lines(lines()), 9), "lines(to_lines(lines(memory)))");
    is_tree(weir_copy(bytes(), weir_null_writer()), "copy(memory, null)");
    is_tree(weir_forward(lines(), weir_null_writer()), "forward(lines(memory), null)");
}

static void failed_chains_have_no_inputs(void **state)
{
    (void)state;
    weir_stream *failed = weir_count(weir_chunks(numbers(), 0));
    assert_null(weir_stage_input(&failed->stage, 0));
    assert_string_equal(weir_stage_name(&failed->stage), "chunks");
    weir_drop(failed);
}

/* ---- the most it holds ---- */

static int64_t mixed(int64_t x, void *arg)
{
    (void)arg;
    return x * 7;
}
WEIR_MAP_FN(mixed_fn, mixed, int64_t, int64_t)

static weir_stream *counted(int64_t x, void *arg)
{
    (void)arg;
    return weir_count(weir_range(0, x));
}
WEIR_MAP_FN(counted_fn, counted, int64_t, weir_stream *)

struct machine {
    int64_t x;
    int64_t waits;
};
static void start(struct machine *self, int64_t x, void *arg)
{
    (void)arg;
    *self = (struct machine){x, x % 3};
}
static weir_poll go(struct machine *self, weir_cx *cx, int64_t *out)
{
    if (self->waits-- > 0)
        return weir_wait_turn(cx);
    *out = self->x;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, start, go, struct machine, int64_t, int64_t)

static weir_stream *thousand(void)
{
    return weir_range(0, 1000);
}

enum { TEXT = 200000 };
static char text[TEXT];

static weir_reader *slow_bytes(void)
{
    return pieces_reader(text, TEXT, 700);
}

static weir_stream *collects(void)
{
    return weir_collect(thousand(), 1000);
}
static weir_stream *chunks(void)
{
    return weir_count(weir_chunks(thousand(), 100));
}
static weir_stream *aheads(void)
{
    return weir_count(weir_ahead(thousand(), 500));
}
static weir_stream *zips(void)
{
    return weir_count(weir_zip(thousand(), weir_chunks(thousand(), 10)));
}
static weir_stream *merges(void)
{
    weir_stream *inputs[50];
    for (int i = 0; i < 50; i++)
        inputs[i] = weir_map(thousand(), &mixed_fn, NULL);
    return weir_count(weir_merge(inputs, 50));
}
static weir_stream *machines(void)
{
    return weir_count(weir_map_async(thousand(), &machine_fn, NULL, 20));
}
static weir_stream *ordered_machines(void)
{
    return weir_count(weir_map_async_ordered(thousand(), &machine_fn, NULL, 20));
}
static weir_stream *copies_lines(void)
{
    return weir_forward(weir_lines(slow_bytes(), 99), weir_null_writer());
}
struct plain_state {
    unsigned char all[30000];
};

static bool plain_init(void *state, const void *options, weir_error *error)
{
    (void)state, (void)options, (void)error;
    return true;
}

static weir_codec_state plain_step(void *state, weir_span *span, weir_input input,
                                   weir_error *error)
{
    size_t n = span->in_n < span->out_n ? span->in_n : span->out_n;
    (void)state, (void)error;
    memcpy(span->out, span->in, n);
    span->in += n;
    span->in_n -= n;
    span->out += n;
    span->out_n -= n;
    return input == WEIR_INPUT_LAST && !span->in_n ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static const weir_codec plain_codec = {.size = sizeof plain_codec,
                                       .name = "plain",
                                       .state_size = sizeof(struct plain_state),
                                       .init = plain_init,
                                       .step = plain_step};

static weir_stream *unpacks(void)
{
    return weir_count(weir_lines(weir_codec_reader(slow_bytes(), &plain_codec, NULL), 99));
}
static weir_stream *joins_bytes(void)
{
    weir_reader *both = weir_chain_reader(slow_bytes(), slow_bytes());
    return weir_count(weir_lines(weir_to_lines(weir_lines(both, 99)), 99));
}

static const struct {
    const char *name;
    weir_stream *(*make)(void);
} bounded[] = {{"collect", collects},
               {"chunks", chunks},
               {"ahead", aheads},
               {"zip", zips},
               {"merge", merges},
               {"map_async", machines},
               {"map_async_ordered", ordered_machines},
               {"forward", copies_lines},
               {"codec_reader", unpacks},
               {"chain_reader", joins_bytes}};

/* What the allocator saw at the most is no more than the chain had said before it ran. */
static void the_bound_holds(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < TEXT; i++)
        text[i] = i % 50 == 49 ? '\n' : (char)('a' + i * i % 23);
    for (size_t i = 0; i < sizeof bounded / sizeof *bounded; i++) {
        _Alignas(16) unsigned char out[64];
        weir_drop(bounded[i].make()); /* types are made once, and stay */
        memory_begin(0, false);
        weir_stream *chain = bounded[i].make();
        size_t said = weir_memory_max(chain), at_first = memory.live_bytes;
        weir_type type = *chain->type;
        assert_int_equal(await(chain, out, NULL), WEIR_READY);
        size_t peak = memory.peak_bytes;
        weir_type_drop_items(&type, out, 1);
        assert_int_equal(memory_end(), 0);
        if (said >= at_first && said >= peak && said < SIZE_MAX)
            continue;
        print_error("%s says %zu, has %zu at first, %zu at the most\n", bounded[i].name, said,
                    at_first, peak);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void bounds_add_up(void **state)
{
    (void)state;
    weir_stream *one = weir_range(0, 9);
    assert_int_equal(weir_memory_max(one), weir_arena_bytes(one->stage.arena));
    weir_stream *chunked = weir_chunks(one, 1000);
    assert_in_range(weir_memory_max(chunked), 8000, 8000 + 10000);
    weir_stream *zip = weir_zip(chunked, weir_chunks(weir_range(0, 9), 2000));
    assert_in_range(weir_memory_max(zip), 24000, 24000 + 20000);
    weir_drop(zip);
    weir_stream *futures = weir_map(weir_range(0, 3), &counted_fn, NULL);
    weir_stream *few = weir_buffered(futures, &weir_type_u64, 2);
    futures = weir_map(weir_range(0, 3), &counted_fn, NULL);
    weir_stream *many = weir_buffered(futures, &weir_type_u64, 2000);
    assert_true(weir_memory_max(many) > weir_memory_max(few) + 1998 * 8);
    weir_drop(few);
    weir_drop(many);
}

static void bounds_do_not_run_over(void **state)
{
    (void)state;
    /* weir-lint: allow(unbounded) its bound is what is looked at */
    weir_stream *endless = weir_collect(weir_range(0, 9), SIZE_MAX);
    assert_true(weir_memory_max(endless) == SIZE_MAX);
    weir_drop(endless);
    weir_stream *quarter = weir_chunks(weir_range(0, 9), SIZE_MAX / 32);
    assert_true(weir_memory_max(quarter) < SIZE_MAX);
    weir_stream *sum = weir_zip(quarter, weir_chunks(weir_range(0, 9), SIZE_MAX / 32));
    assert_true(weir_memory_max(sum) < SIZE_MAX);
    sum = weir_zip(sum, weir_chunks(weir_range(0, 9), SIZE_MAX / 16));
    assert_true(weir_memory_max(sum) == SIZE_MAX);
    weir_drop(sum);
}

/* ---- how many are left ---- */

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)
static bool any_number(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return true;
}
WEIR_FILTER_FN(any_number_fn, any_number, int64_t)
static void look(int64_t x, void *arg)
{
    (void)x, (void)arg;
}
WEIR_EACH_FN(look_fn, look, int64_t)

/* A future gives one item if no error comes: so says its hint, and nothing is left when it did. */
static void hints_of_futures(void **state)
{
    (void)state;
    static const int64_t zero;
    weir_stream *futures[] = {weir_count(some()),
                              weir_fold(some(), &add_fn, &zero, NULL),
                              weir_collect(some(), 9),
                              weir_for_each(some(), &look_fn, NULL),
                              weir_any(some(), &any_number_fn, NULL),
                              weir_all(some(), &any_number_fn, NULL),
                              weir_once(&weir_type_i64, &zero),
                              weir_map(weir_once(&weir_type_i64, &zero), &mixed_fn, NULL),
                              weir_copy(bytes(), weir_null_writer()),
                              weir_forward(lines(), weir_null_writer())};
    _Alignas(16) unsigned char out[64];
    for (size_t i = 0; i < sizeof futures / sizeof *futures; i++) {
        weir_hint hint = weir_size_hint(futures[i]);
        assert_true(futures[i]->stage.one);
        assert_int_equal(hint.upper, 1);
        assert_int_equal(hint.lower, 1);
        assert_false(weir_is_done(futures[i]));
        test_cx_init(&test);
        weir_poll got = weir_poll_next(futures[i], &test.cx, out, 1);
        assert_int_equal(got.n, 1);
        weir_type_drop_items(futures[i]->type, out, 1);
        if (got.state != WEIR_END)
            assert_int_equal(weir_poll_next(futures[i], &test.cx, out, 1).state, WEIR_END);
        assert_true(weir_is_done(futures[i]));
        hint = weir_size_hint(futures[i]);
        assert_int_equal(hint.lower, 0);
        assert_int_equal(hint.upper, 0);
        weir_drop(futures[i]);
        test_cx_fini(&test);
    }
}

static void hints_of_once_and_next(void **state)
{
    (void)state;
    static const int64_t zero;
    weir_stream *once = weir_once(&weir_type_i64, &zero);
    assert_int_equal(weir_size_hint(once).lower, 1);
    assert_int_equal(weir_size_hint(once).upper, 1);
    weir_stream *next = weir_next(once);
    assert_int_equal(weir_size_hint(next).lower, 0);
    assert_int_equal(weir_size_hint(next).upper, 1);
    weir_drop(next);
    weir_drop(once);
}

static void it_is_known_when_it_is_over(void **state)
{
    (void)state;
    struct script script = {0};
    int64_t out[8];
    test_cx_init(&test);
    weir_stream *stream = weir_take(script_stream(&script, "1 !7 2 !!8"), 9);
    while (!weir_is_done(stream)) {
        weir_poll got = weir_poll_next(stream, &test.cx, out, 1);
        bool fatal = got.state == WEIR_ERROR && test.cx.error.fatal;
        assert_int_equal(weir_is_done(stream), fatal); /* no END was seen yet */
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

int core_walks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_walked),
        cmocka_unit_test(sets_are_walked),
        cmocka_unit_test(inner_streams_are_walked),
        cmocka_unit_test(flat_map_is_walked),
        cmocka_unit_test(lenders_are_walked),
        cmocka_unit_test(bytes_are_walked),
        cmocka_unit_test(failed_chains_have_no_inputs),
        cmocka_unit_test(the_bound_holds),
        cmocka_unit_test(bounds_add_up),
        cmocka_unit_test(bounds_do_not_run_over),
        cmocka_unit_test(hints_of_futures),
        cmocka_unit_test(hints_of_once_and_next),
        cmocka_unit_test(it_is_known_when_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
