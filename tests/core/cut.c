/* Cut sources: what ends because it was told to is told from what was over, however far above it
 * one stands. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

/* ---- sources that are told to end ---- */

/* 1, 2, 3, and the end, which is a cut one. */
struct source {
    weir_stream stream;
    int64_t n;
    bool cut;
    bool early; /* END comes with the last item */
};

static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct source *self = WEIR_SELF(struct source, stream);
    (void)demand;
    bool last = self->early && self->n == 2;
    if (self->n == 3 || last)
        cx->cut = self->cut;
    if (self->n == 3)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = ++self->n;
    return (weir_poll){1, last ? WEIR_END : WEIR_READY};
}

static const weir_stream_ops source_ops = {
    .size = sizeof source_ops, .name = "source", .poll_next = source_poll_next};

static bool cutting, early; /* of the sources that are made now */

static weir_stream *numbers(void)
{
    weir_stream *stream = weir_source_new(sizeof(struct source), &source_ops, &weir_type_i64);
    WEIR_SELF(struct source, stream)->cut = cutting;
    WEIR_SELF(struct source, stream)->early = early;
    return stream;
}

static weir_stream *whole(void)
{
    return weir_range(7, 9);
}

/* "one\ntwo\n" and the end. */
struct byte_source {
    weir_reader reader;
    bool given;
    bool cut;
};

static weir_poll byte_source_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct byte_source *self = WEIR_CONTAINER(reader, struct byte_source, reader);
    (void)min;
    if (self->given) {
        cx->cut = self->cut;
        return (weir_poll){0, WEIR_END};
    }
    self->given = true;
    memcpy(weir_reader_room(reader, 8), "one\ntwo\n", 8);
    reader->end += 8;
    return (weir_poll){8, WEIR_READY};
}

static const weir_reader_ops byte_source_ops = {
    .size = sizeof byte_source_ops, .name = "byte source", .poll_fill = byte_source_poll_fill};

static weir_reader *bytes(void)
{
    weir_reader *reader = weir_reader_new(sizeof(struct byte_source), &byte_source_ops);
    WEIR_CONTAINER(reader, struct byte_source, reader)->cut = cutting;
    return reader;
}

static weir_reader *whole_bytes(void)
{
    return weir_memory_reader("x\ny\n", 4);
}

/* ---- functions ---- */

static int64_t same(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

static double real(int64_t x, void *arg)
{
    (void)arg;
    return (double)x;
}
WEIR_MAP_FN(real_fn, real, int64_t, double)

static bool try_same(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *out = x;
    return true;
}
WEIR_TRY_MAP_FN(try_same_fn, try_same, int64_t, int64_t)

static bool any_number(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return true;
}
WEIR_FILTER_FN(any_number_fn, any_number, int64_t)

static bool same_if(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = x;
    return true;
}
WEIR_FILTER_MAP_FN(same_if_fn, same_if, int64_t, int64_t)

static bool running(int64_t *sum, int64_t x, int64_t *out)
{
    *out = *sum += x;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void look(int64_t x, void *arg)
{
    (void)x, (void)arg;
}
WEIR_EACH_FN(look_fn, look, int64_t)

static weir_stream *once(int64_t x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x);
}
WEIR_THEN_FN(once_fn, once, int64_t, int64_t)

static weir_stream *inner_numbers(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return numbers();
}
WEIR_THEN_FN(inner_numbers_fn, inner_numbers, int64_t, int64_t)

static weir_stream *inner_sum(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return weir_count(numbers());
}
WEIR_THEN_FN(inner_sum_fn, inner_sum, int64_t, uint64_t)
WEIR_MAP_FN(to_sums_fn, inner_sum, int64_t, weir_stream *)

struct machine {
    int64_t x;
};
static void start(struct machine *self, int64_t x, void *arg)
{
    (void)arg;
    self->x = x;
}
static weir_poll go(struct machine *self, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = self->x;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, start, go, struct machine, int64_t, int64_t)

/* ---- stages over one of them ---- */

#define MAKES(name, ...)                                                                           \
    static weir_stream *name(void)                                                                 \
    {                                                                                              \
        return __VA_ARGS__;                                                                        \
    }

static const int64_t zero;
static weir_stream *lent; /* of by_ref and next, dropped afterwards */

MAKES(of_by_ref, weir_by_ref(lent = numbers()))
MAKES(of_map, weir_map(numbers(), &same_fn, NULL))
MAKES(of_resized, weir_map(numbers(), &real_fn, NULL))
MAKES(of_try_map, weir_map(numbers(), &try_same_fn, NULL))
MAKES(of_filter, weir_filter(numbers(), &any_number_fn, NULL))
MAKES(of_filter_map, weir_filter_map(numbers(), &same_if_fn, NULL))
MAKES(of_take, weir_take(numbers(), 9))
MAKES(of_take_while, weir_take_while(numbers(), &any_number_fn, NULL))
MAKES(of_skip, weir_skip(numbers(), 1))
MAKES(of_skip_while, weir_skip_while(numbers(), &any_number_fn, NULL))
MAKES(of_scan, weir_scan(numbers(), &running_fn, &zero))
MAKES(of_enumerate, weir_enumerate(numbers()))
MAKES(of_inspect, weir_inspect(numbers(), &look_fn, NULL))
MAKES(of_chunks, weir_chunks(numbers(), 2))
MAKES(of_peekable, weir_peekable(numbers()))
MAKES(of_ahead, weir_ahead(numbers(), 2))
MAKES(of_then, weir_then(numbers(), &once_fn, NULL))
MAKES(of_then_async, weir_then_async(numbers(), &machine_fn, NULL))
MAKES(of_map_async, weir_map_async(numbers(), &machine_fn, NULL, 2))
MAKES(of_map_async_ordered, weir_map_async_ordered(numbers(), &machine_fn, NULL, 2))
MAKES(of_flat_map, weir_flat_map(numbers(), &once_fn, NULL))
MAKES(of_results, weir_errors(weir_results(numbers())))
MAKES(of_settle_here, weir_settle_here(numbers()))
MAKES(of_buffered, weir_buffered(weir_map(numbers(), &to_sums_fn, NULL), &weir_type_u64, 2))
MAKES(of_unordered,
      weir_buffer_unordered(weir_map(numbers(), &to_sums_fn, NULL), &weir_type_u64, 2))

/* Inner ones that are cut, of a source that is over. */
MAKES(of_inner_streams, weir_flat_map(whole(), &inner_numbers_fn, NULL))
MAKES(of_inner_futures, weir_then(whole(), &inner_sum_fn, NULL))
MAKES(of_inner_buffered, weir_buffered(weir_map(whole(), &to_sums_fn, NULL), &weir_type_u64, 2))
MAKES(of_inner_unordered,
      weir_buffer_unordered(weir_map(whole(), &to_sums_fn, NULL), &weir_type_u64, 2))

/* One of several inputs, in each place. */
MAKES(first_of_chain, weir_chain(numbers(), whole()))
MAKES(second_of_chain, weir_chain(whole(), numbers()))
MAKES(first_of_select, weir_select(numbers(), whole()))
MAKES(second_of_select, weir_select(whole(), numbers()))
MAKES(first_of_zip, weir_zip(numbers(), weir_range(0, 99)))
MAKES(second_of_zip, weir_zip(weir_range(0, 99), numbers()))
MAKES(one_of_merge, weir_merge((weir_stream *[]){whole(), numbers(), whole()}, 3))
MAKES(last_of_merge, weir_merge((weir_stream *[]){whole(), whole(), numbers()}, 3))

/* Bytes. */
MAKES(of_lines, weir_lines(bytes(), 9))
MAKES(of_owned_lines, weir_own(weir_lines(bytes(), 9)))
MAKES(of_matching, weir_lines_matching(bytes(), 9, "o", 1))
MAKES(of_first_bytes, weir_lines(weir_chain_reader(bytes(), whole_bytes()), 9))
MAKES(of_second_bytes, weir_lines(weir_chain_reader(whole_bytes(), bytes()), 9))
MAKES(of_to_lines, weir_lines(weir_to_lines(weir_lines(bytes(), 9)), 9))
MAKES(of_gzip, weir_lines(weir_gunzip(weir_gzip(bytes(), 1)), 9))

/* ---- futures over one of them ---- */

MAKES(sum_of, weir_fold(numbers(), &add_fn, &zero, NULL))
MAKES(count_of, weir_count(numbers()))
MAKES(count_of_lines, weir_count(weir_lines(bytes(), 9)))
MAKES(all_of, weir_all(numbers(), &any_number_fn, NULL))
MAKES(each_of, weir_for_each(numbers(), &look_fn, NULL))
MAKES(vec_of, weir_collect(numbers(), 9))
MAKES(copy_of, weir_copy(bytes(), weir_null_writer()))
MAKES(forward_of, weir_forward(weir_lines(bytes(), 9), weir_null_writer()))
MAKES(sum_of_inner, weir_count(weir_flat_map(whole(), &inner_numbers_fn, NULL)))

typedef weir_stream *make(void);

#define MADE(f)                                                                                    \
    {                                                                                              \
#f, f                                                                                      \
    }
static const struct row {
    const char *name;
    make *make;
} streams[] = {MADE(of_by_ref),
               MADE(of_map),
               MADE(of_resized),
               MADE(of_try_map),
               MADE(of_filter),
               MADE(of_filter_map),
               MADE(of_take),
               MADE(of_take_while),
               MADE(of_skip),
               MADE(of_skip_while),
               MADE(of_scan),
               MADE(of_enumerate),
               MADE(of_inspect),
               MADE(of_chunks),
               MADE(of_peekable),
               MADE(of_ahead),
               MADE(of_then),
               MADE(of_then_async),
               MADE(of_map_async),
               MADE(of_map_async_ordered),
               MADE(of_flat_map),
               MADE(of_results),
               MADE(of_settle_here),
               MADE(of_buffered),
               MADE(of_unordered),
               MADE(of_inner_streams),
               MADE(of_inner_futures),
               MADE(of_inner_buffered),
               MADE(of_inner_unordered),
               MADE(first_of_chain),
               MADE(second_of_chain),
               MADE(first_of_select),
               MADE(second_of_select),
               MADE(first_of_zip),
               MADE(second_of_zip),
               MADE(one_of_merge),
               MADE(last_of_merge),
               MADE(of_lines),
               MADE(of_owned_lines),
               MADE(of_matching),
               MADE(of_first_bytes),
               MADE(of_second_bytes),
               MADE(of_to_lines),
               MADE(of_gzip)},
  futures[] = {MADE(sum_of), MADE(count_of), MADE(count_of_lines), MADE(all_of),      MADE(each_of),
               MADE(vec_of), MADE(copy_of),  MADE(forward_of),     MADE(sum_of_inner)};
enum { STREAMS = sizeof streams / sizeof *streams, FUTURES = sizeof futures / sizeof *futures };

static unsigned wrong;

static void expect_cut(const struct row *row, const char *how, bool cut)
{
    if (cut == cutting)
        return;
    print_error("%s, %s: %s\n", row->name, how, cut ? "it says that it was cut" : "not a word");
    wrong++;
}

/* The mark stands on the last stage when its END is there, and not before. */
static void poll_to_the_end(const struct row *row, size_t demand)
{
    static struct test_cx test;
    _Alignas(16) unsigned char items[64 * 8];
    char how[32];
    weir_poll got;
    lent = NULL;
    weir_stream *stream = row->make();
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        test.cx.cut = false;
        assert_false(weir_stage_was_cut(&stream->stage) && stream->stage.done);
        got = weir_poll_next(stream, &test.cx, items, demand);
        weir_type_drop_items(stream->type, items, got.n);
        assert_int_not_equal(got.state, WEIR_ERROR);
    } while (got.state != WEIR_END);
    snprintf(how, sizeof how, "demand %zu%s", demand, early ? ", early" : "");
    expect_cut(row, how, weir_stage_was_cut(&stream->stage));
    weir_drop(stream);
    weir_drop(lent);
    test_cx_fini(&test);
}

static void every_stage_passes_it_on(void **state)
{
    (void)state;
    wrong = 0;
    for (int kind = 0; kind < 4; kind++) {
        cutting = kind & 1;
        early = kind & 2;
        for (size_t i = 0; i < STREAMS; i++) {
            poll_to_the_end(&streams[i], 1);
            poll_to_the_end(&streams[i], 4);
        }
    }
    assert_int_equal(wrong, 0);
}

/* A result of a part of the input is told from one of all of it: READY, and STOPPED. */
static void results_say_so(void **state)
{
    (void)state;
    wrong = 0;
    for (int kind = 0; kind < 4; kind++) {
        cutting = kind & 1;
        early = kind & 2;
        for (size_t i = 0; i < FUTURES; i++) {
            weir_error error = {0};
            assert_int_equal(weir_run(futures[i].make(), NULL, &error), WEIR_READY);
            assert_int_equal(weir_run(futures[i].make(), NULL, NULL), WEIR_READY);
            expect_cut(&futures[i], "run", error.code == WEIR_E_STOPPED);
            assert_true(error.code == WEIR_OK || error.code == WEIR_E_STOPPED);
            if (cutting)
                assert_string_equal(error.message, "stopped before the input was over");
        }
    }
    assert_int_equal(wrong, 0);
    cutting = true;
    uint64_t n = 0;
    weir_error error;
    assert_int_equal(weir_run(weir_count(numbers()), &n, &error), WEIR_READY);
    assert_int_equal(n, 3); /* of what came */
}

/* What ended by itself before the cut is whole. */
static void what_had_enough_is_whole(void **state)
{
    (void)state;
    weir_error error;
    cutting = true;
    early = false;
    assert_int_equal(weir_run(weir_count(weir_take(numbers(), 2)), NULL, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    weir_stream *zip = weir_zip(weir_range(0, 2), numbers());
    assert_int_equal(weir_run(weir_count(zip), NULL, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    weir_stream *any = weir_any(numbers(), &any_number_fn, NULL);
    assert_int_equal(weir_run(any, NULL, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
}

/* Each task has its own: a copy whose input is whole commits, although another's was cut. */
static void tasks_do_not_mix_them_up(void **state)
{
    (void)state;
    struct sink cut_sink = {0}, whole_sink = {0};
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL); /* sim draws the order */
    cutting = true;
    weir_writer *of_cut = sink_writer(&cut_sink);
    weir_writer *of_whole = sink_writer(&whole_sink);
    assert_true(weir_rt_spawn(rt, weir_copy(bytes(), of_cut)));
    weir_stream *root = weir_copy(one_byte_reader("abc", 3, true), of_whole);
    assert_int_equal(weir_rt_run(rt, root, NULL, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    assert_true(cut_sink.closed && whole_sink.closed);
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0); /* to be cut is no error */
    weir_rt_drop(rt);
    sink_fini(&cut_sink);
    sink_fini(&whole_sink);
}

/* In one turn a cut input ends, and one that is whole. */
static void the_next_to_end_is_not_marked(void **state)
{
    (void)state;
    static struct test_cx test;
    int64_t out[4];
    for (int kind = 0; kind < 2; kind++) {
        cutting = true;
        early = kind;
        weir_stream *cut = numbers(), *over = whole();
        test_cx_init(&test);
        while (weir_poll_next(cut, &test.cx, out, 4).state != WEIR_END)
            ;
        while (weir_poll_next(over, &test.cx, out, 4).state != WEIR_END)
            ;
        assert_true(weir_stage_was_cut(&cut->stage));
        assert_false(weir_stage_was_cut(&over->stage));
        weir_drop(cut);
        weir_drop(over);
        test_cx_fini(&test);
    }
}

/* A writer sees it before it commits. */
static void writers_are_told(void **state)
{
    (void)state;
    static struct test_cx test;
    for (int kind = 0; kind < 4; kind++) {
        cutting = kind & 1;
        struct sink sink = {0};
        uint64_t n;
        test_cx_init(&test);
        weir_writer *writer = sink_writer(&sink);
        weir_stream *copy =
            kind & 2 ? weir_copy(bytes(), writer) : weir_forward(weir_lines(bytes(), 9), writer);
        assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).n, 1);
        assert_int_equal(writer->stage.cut, cutting);
        weir_drop(copy);
        sink_fini(&sink);
        test_cx_fini(&test);
    }
}

int core_cut(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stage_passes_it_on), cmocka_unit_test(results_say_so),
        cmocka_unit_test(what_had_enough_is_whole), cmocka_unit_test(tasks_do_not_mix_them_up),
        cmocka_unit_test(writers_are_told),         cmocka_unit_test(the_next_to_end_is_not_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
