/* A program that was compiled against an older library's headers goes on working: no error is
 * written past the 512 bytes that it has room for, and structs of its own that were smaller, or
 * have no size at all, are understood. */

#include "proofs.h"

enum { ERROR_BYTES = 512, GUARD_BYTES = 256, GUARD = 0xaa };

/* ---- errors ---- */

struct guarded {
    weir_error error;
    unsigned char guard[GUARD_BYTES];
};

static struct guarded fresh(void)
{
    struct guarded room;
    memset(&room, GUARD, sizeof room);
    return room;
}

static void whole(const struct guarded *room, weir_code code, const char *words)
{
    proof_says(&room->error, code, words);
    for (size_t i = 0; i < GUARD_BYTES; i++)
        assert_int_equal(room->guard[i], GUARD);
}

static weir_stream *fails(void)
{
    return weir_count(weir_lines(weir_file_reader("/nowhere"), 100));
}

static void test_errors_end_where_they_ended(void **state)
{
    (void)state;
    assert_int_equal(sizeof(weir_error), ERROR_BYTES);
    struct guarded room = fresh();
    uint64_t n;
    weir_run(fails(), &n, &room.error);
    whole(&room, WEIR_E_SYSTEM, "/nowhere");
    room = fresh();
    assert_null(weir_rt_new(&WEIR_RT_OPTIONS(.driver = "steam"), &room.error));
    whole(&room, WEIR_E_ARGUMENT, "steam");
    weir_rt *rt = weir_rt_new(NULL, NULL);
    room = fresh();
    weir_rt_run(rt, fails(), &n, &room.error);
    whole(&room, WEIR_E_SYSTEM, "/nowhere");
    room = fresh();
    weir_stream *lines = weir_lines(weir_file_reader("/nowhere"), 100);
    weir_line line;
    weir_ignore(weir_rt_next(rt, lines, &line, &room.error));
    whole(&room, WEIR_E_SYSTEM, "/nowhere");
    weir_drop(lines);
    room = fresh();
    assert_true(weir_rt_spawn(rt, weir_count(weir_chunks(weir_range(0, 3), 0))));
    weir_rt_run(rt, weir_sleep(1000), NULL, NULL); /* the task has its turn */
    assert_int_equal(weir_rt_task_errors(rt, &room.error), 1);
    whole(&room, WEIR_E_ARGUMENT, "chunks");
    weir_rt_drop(rt);
}

/* ---- the program's structs, in blocks of no more than they have ---- */

/* Its own copy of the first `size` bytes. */
static void *cut(const void *whole_struct, size_t size)
{
    void *block = malloc(size);
    memcpy(block, whole_struct, size);
    *(uint32_t *)block = (uint32_t)size;
    return block;
}

static void test_runtime_options(void **state)
{
    static const size_t sizes[] = {
        offsetof(weir_rt_options, arg), offsetof(weir_rt_options, on_task_error),
        offsetof(weir_rt_options, tick_ns), offsetof(weir_rt_options, seed)};
    const weir_rt_options all = {.driver = "epoll", .budget = 5};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        weir_rt_options *older = cut(&all, sizes[i]);
        weir_rt *rt = weir_rt_new(older, NULL);
        free(older); /* it was copied */
        assert_string_equal(weir_rt_driver(rt), "epoll");
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
    }
    weir_rt *rt = weir_rt_new(&all, NULL); /* no size: the first layout */
    assert_string_equal(weir_rt_driver(rt), "epoll");
    weir_rt_drop(rt);
}

static void test_file_options(void **state)
{
    (void)state;
    const weir_file_options all = {.append = true, .not_durable = true};
    static const size_t sizes[] = {offsetof(weir_file_options, keep_partial),
                                   offsetof(weir_file_options, not_durable)};
    rig_write(rig_path("out"), "", 0);
    for (size_t i = 0; i < 2; i++) {
        weir_file_options *older = cut(&all, sizes[i]);
        weir_writer *writer = weir_file_writer(rig_path("out"), older);
        free(older);
        proof_counts(weir_copy(weir_memory_reader("x", 1), writer), 1);
    }
    weir_writer *writer = weir_file_writer(rig_path("out"), &all);
    proof_counts(weir_copy(weir_memory_reader("x", 1), writer), 1);
    assert_true(rig_is(rig_path("out"), "xxx", 3));
}

static void test_codec_options(void **state)
{
    (void)state;
    const weir_gzip_options all = {.level = 1};
    weir_gzip_options *older = cut(&all, offsetof(weir_gzip_options, flush_when_idle));
    weir_reader *zipped = weir_gzip_with(weir_memory_reader("a\n", 2), older);
    free(older);
    proof_counts(weir_count(weir_lines(weir_gunzip(zipped), 9)), 1);
    const weir_codec_options none = {.flush_when_idle = true};
    weir_codec_options *codec_older = cut(&none, offsetof(weir_codec_options, for_codec));
    weir_reader *source = weir_memory_reader("a\n", 2);
    zipped = weir_codec_reader(source, &weir_codec_gzip, codec_older);
    free(codec_older);
    proof_counts(weir_count(weir_lines(weir_gunzip(zipped), 9)), 1);
}

/* ---- ops without a size ---- */

static weir_poll one_item(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream;
    (void)cx;
    (void)demand;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static weir_poll one_byte(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx;
    (void)min;
    unsigned char *room = weir_reader_room(reader, 1);
    *room = 'x';
    reader->end++;
    return (weir_poll){0, WEIR_END};
}

static weir_poll takes_all(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_codec_state passes(void *codec, weir_span *span, weir_input input, weir_error *error)
{
    (void)codec;
    (void)error;
    size_t n = span->in_n < span->out_n ? span->in_n : span->out_n;
    memcpy(span->out, span->in, n);
    span->in += n;
    span->in_n -= n;
    span->out += n;
    span->out_n -= n;
    return input == WEIR_INPUT_LAST && !span->in_n ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static bool begins(void *codec, const void *options, weir_error *error)
{
    (void)codec;
    (void)options;
    (void)error;
    return true;
}

static void test_ops_without_a_size(void **state)
{
    static const weir_stream_ops stream_ops = {.name = "old stream", .poll_next = one_item};
    static const weir_reader_ops reader_ops = {.name = "old reader", .poll_fill = one_byte};
    static const weir_writer_ops writer_ops = {.name = "old writer", .poll_write = takes_all};
    static const weir_codec codec = {
        .name = "old codec", .state_size = 8, .init = begins, .step = passes};
    (void)state;
    weir_stream *stream = weir_source_new(sizeof *stream, &stream_ops, &weir_type_i64);
    proof_counts(weir_count(stream), 1);
    weir_reader *reader = weir_reader_new(sizeof *reader, &reader_ops);
    weir_writer *writer = weir_writer_new(sizeof *writer, &writer_ops);
    proof_counts(weir_copy(weir_codec_reader(reader, &codec, NULL), writer), 1);
}

/* A function's constant of an older header has no size either. */
static int64_t square(int64_t x, void *arg)
{
    (void)arg;
    return x * x;
}
WEIR_MAP_FN(square_fn, square, int64_t, int64_t)

static void test_functions_without_a_size(void **state)
{
    (void)state;
    weir_map_fn older = square_fn;
    older.size = 0;
    older.from_size = older.to_size = 0;
    older.poll = NULL;
    weir_vec all;
    weir_stream *squares = weir_map(weir_range(0, 5), &older, NULL);
    assert_int_equal(weir_run(weir_collect(squares, 9), &all, NULL), WEIR_READY);
    assert_int_equal(((int64_t *)all.items)[4], 16);
    weir_vec_drop(&all);
}

static void test_a_descriptor_of_the_library(void **state)
{
    (void)state;
    int64_t one = 1;
    proof_counts(weir_count(weir_iter(&weir_type_i64, &one, 1)), 1);
}

int proofs_abi(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_errors_end_where_they_ended),
                                       cmocka_unit_test(test_runtime_options),
                                       cmocka_unit_test(test_file_options),
                                       cmocka_unit_test(test_codec_options),
                                       cmocka_unit_test(test_ops_without_a_size),
                                       cmocka_unit_test(test_functions_without_a_size),
                                       cmocka_unit_test(test_a_descriptor_of_the_library)};
    return cmocka_run_group_tests_name("abi", tests, rig_setup, rig_teardown);
}
