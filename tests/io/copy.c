/* A file copied on each driver: sizes around the block, long lines, growing files. */

#include "../driver/rig.h"

enum { BLOCK = WEIR_BLOCK_BYTES };
static const size_t sizes[] = {0, 1, 4095, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17, 8 * BLOCK};

static void check_copy(const char *driver, size_t size)
{
    weir_rt *rt = rig_rt(driver);
    assert_non_null(rt);
    rig_make(rig_path("a"), size);
    uint64_t n = 77;
    weir_error error;
    weir_state state = weir_rt_run(
        rt, weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("b"), NULL)), &n,
        &error);
    if (state != WEIR_READY)
        print_message("%s: %s\n", driver, error.message);
    assert_int_equal(state, WEIR_READY);
    assert_int_equal(n, size);
    unsigned char *bytes = rig_bytes(size);
    assert_true(rig_is(rig_path("b"), bytes, size));
    free(bytes);
    weir_rt_drop(rt);
}

static void copies(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            check_copy(rig_drivers[d], sizes[i]);
    assert_int_equal(rig_open_fds(), fds);
    assert_int_equal(rig_entries("weir"), 0);
}

static void run_simply(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 100000);
    uint64_t n = 0;
    weir_error error;
    assert_int_equal(
        weir_run(weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("c"), NULL)),
                 &n, &error),
        WEIR_READY);
    assert_int_equal(n, 100000);
}

/* Fills the reader to min again and again, consuming `step` bytes each time: what is left over has
 * to move from block to block. */
struct sip {
    weir_stream stream;
    weir_reader *reader;
    size_t min, step, at;
};

static weir_poll sip_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sip *self = (struct sip *)stream;
    (void)demand;
    for (;;) {
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_fill(self->reader, cx, self->min);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return got;
        size_t n;
        const unsigned char *bytes = weir_peek(self->reader, &n);
        if (got.state == WEIR_READY)
            assert_true(n >= self->min);
        size_t take = n < self->step ? n : self->step;
        for (size_t i = 0; i < n; i += i + 64 < take || i + 64 >= n ? 1 : 61)
            assert_int_equal(bytes[i], rig_byte(self->at + i));
        weir_consume(self->reader, take);
        self->at += take;
        if (got.state == WEIR_END && !take) {
            *(uint64_t *)out = self->at;
            return (weir_poll){1, WEIR_END};
        }
    }
}

static const weir_stream_ops sip_ops = {
    .size = sizeof sip_ops, .name = "sip", .poll_next = sip_poll_next};

static weir_stream *sip(weir_reader *reader, size_t min, size_t step)
{
    assert_true(weir_reader_reserve(reader, min));
    weir_stream *stream = weir_stream_over(reader, sizeof(struct sip), &sip_ops, &weir_type_u64);
    struct sip *self = (struct sip *)stream;
    self->reader = reader;
    self->min = min;
    self->step = step;
    stream->stage.one = true;
    return stream;
}

static void long_minima(void **state)
{
    (void)state;
    static const size_t minima[] = {1,     100,       4096,      BLOCK - 1,
                                    BLOCK, BLOCK + 1, 3 * BLOCK, 9 * BLOCK};
    size_t size = 5 * BLOCK + 333;
    rig_make(rig_path("a"), size);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        for (size_t i = 0; i < sizeof minima / sizeof *minima; i++) {
            size_t step = minima[i] == 1 ? 7777 : (minima[i] + 2) / 3 + 50000;
            uint64_t n = 0;
            weir_error error;
            assert_int_equal(
                weir_rt_run(rt, sip(weir_file_reader(rig_path("a")), minima[i], step), &n, &error),
                WEIR_READY);
            assert_int_equal(n, size);
        }
        weir_rt_drop(rt);
    }
}

/* The reader is told of longer minima when it has blocks already. */
struct growing {
    weir_stream stream;
    weir_reader *reader;
    size_t min;
};

static weir_poll growing_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct growing *self = (struct growing *)stream;
    (void)demand;
    for (;;) {
        assert_true(weir_reader_reserve(self->reader, self->min));
        weir_poll got = weir_poll_fill(self->reader, cx, self->min);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return got;
        size_t n;
        const unsigned char *bytes = weir_peek(self->reader, &n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(bytes[i], rig_byte((size_t)self->reader->offset + i));
        if (got.state == WEIR_END) {
            *(uint64_t *)out = self->reader->offset + n;
            return (weir_poll){1, WEIR_END};
        }
        weir_consume(self->reader, 1);
        self->min = self->min * 2 + 1;
    }
}

static const weir_stream_ops growing_ops = {
    .size = sizeof growing_ops, .name = "growing", .poll_next = growing_poll_next};

static void growing_minima(void **state)
{
    (void)state;
    size_t size = 5 * BLOCK + 333;
    rig_make(rig_path("a"), size);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_reader *reader = weir_file_reader(rig_path("a"));
        weir_stream *stream =
            weir_stream_over(reader, sizeof(struct growing), &growing_ops, &weir_type_u64);
        ((struct growing *)stream)->reader = reader;
        ((struct growing *)stream)->min = 1;
        stream->stage.one = true;
        uint64_t n = 0;
        assert_int_equal(weir_rt_run(rt, stream, &n, NULL), WEIR_READY);
        assert_int_equal(n, size);
        weir_rt_drop(rt);
    }
}

static void not_files(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_error error;
        assert_int_equal(
            weir_rt_run(rt, weir_copy(weir_file_reader(rig_dir), weir_null_writer()), NULL, &error),
            WEIR_ERROR);
        assert_int_equal(error.number, EISDIR);
        assert_string_equal(error.message, "cannot read: is a directory");
        assert_string_equal(error.place, rig_dir);
        assert_int_equal(weir_rt_run(rt,
                                     weir_copy(weir_file_reader(rig_path("none")),
                                               weir_file_writer(rig_path("out"), NULL)),
                                     NULL, &error),
                         WEIR_ERROR);
        assert_int_equal(error.number, ENOENT);
        assert_string_equal(error.message, "cannot open: no such file or directory");
        assert_int_equal(access(rig_path("out"), F_OK), -1);
        uint64_t n = 0;
        assert_int_equal(
            weir_rt_run(rt, weir_copy(weir_file_reader("/proc/self/status"), weir_null_writer()),
                        &n, &error),
            WEIR_READY);
        assert_true(n > 100);
        weir_rt_drop(rt);
    }
}

static void hints(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 10000);
    weir_rt *rt = rig_rt("epoll");
    weir_reader *reader = weir_file_reader(rig_path("a"));
    assert_int_equal(weir_reader_size_hint(reader).upper, WEIR_HINT_UNKNOWN);
    weir_stream *stream = sip(reader, 1, 1);
    weir_stream *one = weir_next(stream);
    assert_int_equal(weir_rt_run(rt, one, NULL, NULL), WEIR_READY);
    weir_rt_drop(rt); /* the chain outlives its runtime */
    assert_int_equal(weir_reader_size_hint(reader).upper, 0);
    weir_drop(stream);
}

int io_copy(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),      cmocka_unit_test(run_simply),
        cmocka_unit_test(long_minima), cmocka_unit_test(growing_minima),
        cmocka_unit_test(not_files),   cmocka_unit_test(hints),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
