/* Copies that end early: dropped at every suspension, refused memory at every allocation, files
 * that change meanwhile. */

#include "../driver/rig.h"
#include "io/intake.h"

#include <pthread.h>
#include <sys/stat.h>

enum { SIZE = 5 * WEIR_BLOCK_BYTES + 99 };

static weir_stream *copy(void)
{
    return weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("b"), NULL));
}

/* Yields `left` times. */
static weir_poll yields(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if ((*left)--)
        return weir_wait_turn(cx);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void dropped_at_each_suspension(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), whole = 0, runs = 0;
    rig_make(rig_path("a"), SIZE);
    unsigned char *bytes = rig_bytes(SIZE);
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (unsigned turns = 0; turns < 60; turns++) {
            bool old = turns % 2;
            unlink(rig_path("b"));
            if (old)
                rig_write(rig_path("b"), "old", 3);
            weir_rt_options options = {.driver = rig_drivers[d], .seed = turns, .budget = 1};
            weir_rt *rt = weir_rt_new(&options, NULL);
            assert_true(weir_rt_spawn(rt, copy()));
            unsigned left = turns;
            assert_int_equal(
                weir_rt_run(rt, weir_future_fn(&weir_type_i64, yields, &left), NULL, NULL),
                WEIR_READY);
            weir_rt_drop(rt);
            runs++;
            if (rig_is(rig_path("b"), bytes, SIZE))
                whole++;
            else
                assert_true(old ? rig_is(rig_path("b"), "old", 3)
                                : access(rig_path("b"), F_OK) == -1);
            assert_int_equal(rig_entries("weir"), 0);
        }
    free(bytes);
    print_message("%u copies dropped, %u were through\n", runs, whole);
    assert_true(whole > 0 && whole < runs);
    assert_int_equal(rig_open_fds(), fds);
}

static struct {
    unsigned long calls, fail_at, live;
} memory;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    (void)align;
    if (++memory.calls == memory.fail_at)
        return NULL;
    memory.live++;
    return malloc(size);
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)self;
    (void)align;
    (void)old_size;
    if (++memory.calls == memory.fail_at)
        return NULL;
    memory.live += !block;
    return realloc(block, size);
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)size;
    memory.live--;
    free(block);
}

static weir_state refused_once(const char *driver, unsigned long k, weir_error *error)
{
    memory.calls = memory.live = 0;
    memory.fail_at = k;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver}, error);
    weir_state ran = rt ? weir_rt_run(rt, copy(), NULL, error) : WEIR_ERROR;
    weir_rt_drop(rt);
    assert_int_equal(memory.live, 0);
    return ran;
}

static void memory_fails(void **state)
{
    (void)state;
    static const weir_alloc hooks = {sizeof hooks, count_allocate, count_resize, count_release,
                                     NULL};
    rig_make(rig_path("a"), SIZE);
    unsigned char *bytes = rig_bytes(SIZE);
    const weir_alloc *before = weir_alloc_get();
    weir_alloc_set(&hooks);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_error error;
        refused_once(rig_drivers[d], 0, &error);
        unsigned long calls = memory.calls;
        for (unsigned long k = 1; k <= calls; k++) {
            unlink(rig_path("b"));
            weir_error why = {0};
            weir_state ran = refused_once(rig_drivers[d], k, &why);
            if (ran == WEIR_READY)
                assert_true(rig_is(rig_path("b"), bytes, SIZE));
            else
                assert_true(why.code != WEIR_OK && access(rig_path("b"), F_OK) == -1);
        }
    }
    weir_alloc_set(before);
    free(bytes);
}

/* ---- files that change ---- */

static weir_poll grow(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if ((*left)--) {
        FILE *file = fopen(rig_path("a"), "ab");
        for (size_t i = 0; i < 1000; i++)
            fputc(rig_byte((size_t)ftell(file)), file);
        fclose(file);
        return weir_wait_turn(cx);
    }
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void growing_and_shrinking(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int shrink = 0; shrink < 2; shrink++) {
            rig_make(rig_path("a"), SIZE);
            weir_rt_options options = {.driver = rig_drivers[d], .budget = 2};
            weir_rt *rt = weir_rt_new(&options, NULL);
            unsigned left = 5;
            assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, grow, &left)));
            weir_reader *reader = weir_file_reader(rig_path("a"));
            weir_stream *root = weir_copy(reader, weir_null_writer());
            if (shrink) {
                unsigned some = 3;
                assert_true(weir_rt_spawn(rt, weir_by_ref(root)));
                weir_rt_run(rt, weir_future_fn(&weir_type_i64, yields, &some), NULL, NULL);
                assert_int_equal(truncate(rig_path("a"), 100), 0);
                weir_rt_drop(rt);
                weir_drop(root);
                continue;
            }
            uint64_t n = 0;
            assert_int_equal(weir_rt_run(rt, root, &n, NULL), WEIR_READY);
            assert_in_range(n, SIZE, SIZE + 5000);
            weir_rt_drop(rt);
        }
}

static void *write_fifo(void *arg)
{
    int fd = open(arg, O_WRONLY);
    assert_int_equal(write(fd, "through", 7), 7);
    close(fd);
    return NULL;
}

static void fifos(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s", rig_path("fifo"));
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        pthread_t thread;
        pthread_create(&thread, NULL, write_fifo, path);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        uint64_t n = 0;
        assert_int_equal(
            weir_rt_run(rt, weir_copy(weir_file_reader(path), weir_null_writer()), &n, NULL),
            WEIR_READY);
        assert_int_equal(n, 7);
        pthread_join(thread, NULL);
        weir_rt_drop(rt);
    }
}

/* While one block is used, the next is being read, where the driver can. */
static weir_poll look_ahead(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_reader *reader = arg;
    struct weir_intake *intake = weir_intake_of(reader);
    (void)demand;
    weir_poll got = weir_poll_fill(reader, cx, 1);
    if (got.state != WEIR_READY)
        return got;
    bool overlaps = weir_cx_driver(cx)->ops->overlaps;
    assert_int_equal(intake->ahead != NULL, overlaps);
    if (overlaps)
        assert_true(intake->ahead->io.state != WEIR_IO_IDLE);
    size_t n;
    weir_peek(reader, &n);
    weir_consume(reader, n);
    *(int64_t *)out = (int64_t)n;
    return (weir_poll){1, WEIR_END};
}

static void reads_ahead(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SIZE);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_reader *reader = weir_file_reader(rig_path("a"));
        int64_t n = 0;
        for (int i = 0; i < 3; i++)
            assert_int_equal(
                weir_rt_run(rt, weir_future_fn(&weir_type_i64, look_ahead, reader), &n, NULL),
                WEIR_READY);
        assert_int_equal(n, WEIR_BLOCK_BYTES);
        weir_rt_drop(rt); /* before the reader */
        weir_drop(reader);
    }
}

static void by_hand(void **state)
{
    (void)state;
    unsigned char scratch[64];
    weir_cx cx = {.budget = 100, .demand_max = 1, .scratch = scratch, .scratch_size = 64};
    weir_reader *reader = weir_file_reader(rig_path("a"));
    assert_int_equal(weir_poll_fill(reader, &cx, 1).state, WEIR_ERROR);
    assert_string_equal(cx.error.message, "file_reader needs a runtime");
    weir_drop(reader);
    weir_writer *writer = weir_file_writer(rig_path("b"), NULL);
    assert_int_equal(weir_poll_close(writer, &cx).state, WEIR_ERROR);
    weir_drop(writer);
}

int io_lives(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropped_at_each_suspension),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(growing_and_shrinking),
        cmocka_unit_test(fifos),
        cmocka_unit_test(reads_ahead),
        cmocka_unit_test(by_hand),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
