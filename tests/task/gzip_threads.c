/* gzip on several threads: the same bytes for any number of them, held to its limits, dropped at
 * any moment. */

#include "../driver/rig.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <zlib.h>

#include "codec/gzip_block.h"
#include "gate.h"

enum { BLOCK = WEIR_GZIP_BLOCK_BYTES, TEXT_BYTES = 9 * BLOCK + 1234 };

static const char *driver; /* the one under test */
static unsigned char text[TEXT_BYTES];

/* Numbers: they can be compressed, and no two places are alike. */
static int make_text(void **state)
{
    size_t n = 0;
    (void)state;
    for (unsigned i = 0; n < sizeof text; i++) {
        char number[32];
        size_t digits = (size_t)snprintf(number, sizeof number, "%u,", i * 2654435761u >> (i % 20));
        digits = digits < sizeof text - n ? digits : sizeof text - n;
        memcpy(text + n, number, digits);
        n += digits;
    }
    return 0;
}

/* ---- what comes out ---- */

struct got {
    weir_vec bytes;
    weir_state state;
    weir_error error;
};

static struct got drained(weir_reader *reader)
{
    struct got got = {0};
    weir_rt *rt = rig_rt(driver);
    weir_stream *all = weir_read_to_end(reader, &got.bytes, 64 << 20);
    got.state = weir_rt_run(rt, all, NULL, &got.error);
    weir_drop(reader);
    weir_rt_drop(rt);
    return got;
}

static struct got packed(weir_reader *source, uint32_t threads, int level)
{
    return drained(weir_gzip_with(source, &WEIR_GZIP_OPTIONS(.level = level, .threads = threads)));
}

/* Inflates as far as it goes; answers how much of the text that is. whole: it is over there. */
static size_t inflated(const weir_vec *bytes, bool *whole)
{
    static unsigned char back[TEXT_BYTES + 1];
    z_stream z = {.next_in = bytes->items,
                  .avail_in = (unsigned)bytes->n,
                  .next_out = back,
                  .avail_out = sizeof back};
    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    int answer = inflate(&z, Z_SYNC_FLUSH);
    assert_true(answer == Z_OK || answer == Z_STREAM_END || answer == Z_BUF_ERROR);
    *whole = answer == Z_STREAM_END && !z.avail_in;
    assert_memory_equal(back, text, z.total_out);
    inflateEnd(&z);
    return z.total_out;
}

static void restored(const struct got *got, size_t n)
{
    bool whole;
    if (got->state != WEIR_READY)
        fail_msg("%s", got->error.message);
    assert_int_equal(inflated(&got->bytes, &whole), n);
    assert_true(whole);
}

static void same_bytes(const struct got *a, struct got b)
{
    assert_int_equal(b.state, WEIR_READY);
    assert_int_equal(a->bytes.n, b.bytes.n);
    assert_memory_equal(a->bytes.items, b.bytes.items, a->bytes.n);
    weir_vec_drop(&b.bytes);
}

/* ---- the same for any number ---- */

static void the_same_bytes_for_any_number(void **state)
{
    static const size_t sizes[] = {0,         1,         1000,          BLOCK - 1, BLOCK,
                                   BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 5, TEXT_BYTES};
    static const int levels[] = {WEIR_GZIP_LEVEL_DEFAULT, 1, WEIR_GZIP_LEVEL_STORED, 6};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t l = 0; l < (sizes[i] > BLOCK + 1 ? 2 : 4); l++) {
            size_t n = sizes[i];
            struct got one = packed(weir_memory_reader(text, n), 1, levels[l]);
            restored(&one, n);
            same_bytes(&one, packed(weir_memory_reader(text, n), 2, levels[l]));
            same_bytes(&one, packed(pieces_reader(text, n, 70001), 8, levels[l]));
            same_bytes(&one, packed(waiting_reader(text, n, 30000, 1), 3, levels[l]));
            weir_vec_drop(&one.bytes);
        }
}

/* A block that repeats what stands in front of it takes next to nothing. */
static void a_block_refers_to_the_one_before(void **state)
{
    enum { AGAIN = 30000 };
    unsigned char *bytes = malloc(BLOCK + AGAIN);
    uint64_t noise = 1;
    (void)state;
    for (size_t i = 0; i < BLOCK; i++, noise = noise * 6364136223846793005u + 1)
        bytes[i] = (unsigned char)(noise >> 56);
    memcpy(bytes + BLOCK, bytes + BLOCK - AGAIN, AGAIN);
    for (int level = -1; level < 7; level += 7) {
        struct got got = packed(weir_memory_reader(bytes, BLOCK + AGAIN), 2, level);
        assert_int_equal(got.state, WEIR_READY);
        assert_true(got.bytes.n < BLOCK + AGAIN / 10);
        weir_vec_drop(&got.bytes);
    }
    free(bytes);
}

static void bytes_come_one_by_one(void **state)
{
    (void)state;
    struct got one = packed(weir_memory_reader(text, 3000), 2, 0);
    same_bytes(&one, packed(one_byte_reader(text, 3000, true), 2, 0));
    weir_vec_drop(&one.bytes);
}

static void there_and_back(void **state)
{
    (void)state;
    weir_reader *reader =
        weir_gzip_with(weir_memory_reader(text, TEXT_BYTES), &WEIR_GZIP_OPTIONS(.threads = 2));
    struct got got = drained(weir_gunzip(reader));
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.bytes.n, TEXT_BYTES);
    assert_memory_equal(got.bytes.items, text, TEXT_BYTES);
    weir_vec_drop(&got.bytes);
}

/* Two members, the second without any block. */
static void members_may_follow_each_other(void **state)
{
    const weir_gzip_options two = WEIR_GZIP_OPTIONS(.threads = 2);
    (void)state;
    weir_reader *both = weir_chain_reader(weir_gzip_with(weir_memory_reader(text, 2 * BLOCK), &two),
                                          weir_gzip_with(weir_memory_reader(text, 0), &two));
    both = weir_chain_reader(
        both, weir_gzip_with(weir_memory_reader(text + 2 * BLOCK, TEXT_BYTES - 2 * BLOCK), &two));
    struct got got = drained(weir_gunzip(both));
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.bytes.n, TEXT_BYTES);
    assert_memory_equal(got.bytes.items, text, TEXT_BYTES);
    weir_vec_drop(&got.bytes);
}

/* More at once than a block makes: they are joined. */
static void many_bytes_at_once(void **state)
{
    enum { MIN = 300 << 10 };
    (void)state;
    struct got wanted = packed(weir_memory_reader(text, TEXT_BYTES), 2, WEIR_GZIP_LEVEL_STORED);
    weir_reader *reader =
        weir_gzip_with(weir_memory_reader(text, TEXT_BYTES),
                       &WEIR_GZIP_OPTIONS(.level = WEIR_GZIP_LEVEL_STORED, .threads = 2));
    assert_true(weir_reader_reserve(reader, MIN));
    size_t at = 0, n;
    weir_error error;
    weir_state got;
    do {
        got = weir_await_fill(reader, MIN, &error);
        const unsigned char *bytes = weir_peek(reader, &n);
        n = got == WEIR_READY ? MIN - 1000 : n;
        assert_true(at + n <= wanted.bytes.n);
        assert_memory_equal(bytes, (unsigned char *)wanted.bytes.items + at, n);
        weir_consume(reader, n);
        at += n;
    } while (got == WEIR_READY);
    assert_int_equal(got, WEIR_END);
    assert_int_equal(at, wanted.bytes.n);
    weir_drop(reader);
    weir_vec_drop(&wanted.bytes);
}

/* ---- errors ---- */

static void whole_blocks_come_before_an_error(void **state)
{
    bool whole;
    (void)state;
    struct got got = packed(failing_reader(text, 3 * BLOCK + 100), 2, 0);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(got.error.code, WEIR_E_SYSTEM);
    assert_int_equal(inflated(&got.bytes, &whole), 3 * BLOCK);
    assert_false(whole);
    weir_vec_drop(&got.bytes);
}

static void it_goes_on_after_an_error_that_is_not_fatal(void **state)
{
    (void)state;
    struct script script = {0};
    weir_reader *reader = weir_gzip_with(script_reader(&script, "\"123\" !7 \"456\" $"),
                                         &WEIR_GZIP_OPTIONS(.threads = 2));
    weir_vec all = {0};
    weir_error error;
    assert_int_equal(weir_await_fill(reader, 1, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    weir_stream *rest = weir_read_to_end(reader, &all, 1000);
    assert_int_equal(weir_await(rest, NULL, &error), WEIR_READY);
    struct got whole = packed(weir_memory_reader("123456", 6), 1, 0);
    assert_int_equal(all.n, whole.bytes.n);
    assert_memory_equal(all.items, whole.bytes.items, all.n);
    weir_drop(reader);
    weir_vec_drop(&all);
    weir_vec_drop(&whole.bytes);
}

static void refused(weir_reader *reader)
{
    weir_error error;
    assert_int_equal(weir_await_fill(reader, 1, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.trail[0], "gzip");
    weir_drop(reader);
}

static void what_there_is_not(void **state)
{
    weir_gzip_options two = WEIR_GZIP_OPTIONS(.threads = 2);
    (void)state;
    refused(weir_gzip_with(weir_memory_reader("a", 1), &WEIR_GZIP_OPTIONS(.threads = 257)));
    refused(
        weir_gzip_with(weir_memory_reader("a", 1), &WEIR_GZIP_OPTIONS(.level = 10, .threads = 2)));
    refused(
        weir_codec_reader(weir_memory_reader("a", 1), &weir_codec_gzip,
                          &WEIR_CODEC_OPTIONS(.for_codec = &two, .for_codec_size = sizeof two)));
}

/* ---- how far it runs ahead ---- */

static bool wait_a_little(void)
{
    struct timespec tick = {.tv_nsec = 1000000};
    return nanosleep(&tick, NULL) == 0;
}

/* Nothing is read before it is asked for; then twice as many blocks as threads are held, and a
 * consumer that stops stops it. */
static void no_more_is_read_than_is_held(void **state)
{
    enum { THREADS = 2, HELD = 2 * THREADS };
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *source = weir_memory_reader(text, TEXT_BYTES);
    weir_reader *reader = weir_gzip_with(source, &WEIR_GZIP_OPTIONS(.threads = THREADS));
    assert_int_equal(source->offset, 0);
    for (size_t given = 0; given <= TEXT_BYTES / BLOCK; given++) {
        weir_poll got;
        do {
            test_cx_turn(&test);
            got = weir_poll_fill(reader, &test.cx, 1);
            assert_true(source->offset <= (given + HELD) * BLOCK);
        } while (got.state == WEIR_PENDING && wait_a_little());
        assert_int_equal(got.state, WEIR_READY);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, got.n);
            assert_true(source->offset <= (given + HELD) * BLOCK);
        }
        weir_consume(reader, got.n);
    }
    assert_int_equal(source->offset, TEXT_BYTES);
    weir_drop(reader);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

/* Polls until so much of the text can be read at the other end, or it is seen not to come. */
static void readable_in_time(weir_reader *reader, struct test_cx *test, size_t wanted)
{
    static unsigned char bytes[256];
    static weir_vec so_far;
    bool whole = false;
    size_t n, readable = 0;
    so_far.n = wanted > 4 ? so_far.n : 0;
    for (int i = 0; readable < wanted && i < 10000 && wait_a_little(); i++) {
        test_cx_turn(test);
        weir_ignore(weir_poll_fill(reader, &test->cx, 1));
        const unsigned char *from = weir_peek(reader, &n);
        assert_true(so_far.n + n <= sizeof bytes);
        memcpy(bytes + so_far.n, from, n);
        weir_consume(reader, n);
        so_far.items = bytes;
        so_far.n += n;
        readable = so_far.n ? inflated(&so_far, &whole) : 0;
    }
    assert_int_equal(readable, wanted);
    assert_false(whole);
}

static void what_came_before_a_wait_can_be_read(void **state)
{
    struct test_cx test;
    struct script script = {0};
    char words[64];
    (void)state;
    test_cx_init(&test);
    snprintf(words, sizeof words, "\"%.4s\" P \"%.4s\" P $", (char *)text, (char *)text + 4);
    weir_reader *reader = weir_gzip_with(script_reader(&script, words),
                                         &WEIR_GZIP_OPTIONS(.threads = 2, .flush_when_idle = true));
    readable_in_time(reader, &test, 4);
    assert_true(script_wake(&script));
    readable_in_time(reader, &test, 8);
    weir_drop(reader);
    test_cx_fini(&test);
}

/* ---- memory ---- */

static struct {
    atomic_ulong calls, live;
    atomic_size_t bytes, peak;
    unsigned long fail_at;
} blocks;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    if (atomic_fetch_add(&blocks.calls, 1) + 1 == blocks.fail_at)
        return NULL;
    atomic_fetch_add(&blocks.live, 1);
    size_t now = atomic_fetch_add(&blocks.bytes, size) + size, peak = atomic_load(&blocks.peak);
    while (now > peak && !atomic_compare_exchange_weak(&blocks.peak, &peak, now))
        ;
    return aligned_alloc(align, (size + align - 1) & ~(align - 1));
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    if (!block)
        return;
    atomic_fetch_sub(&blocks.live, 1);
    atomic_fetch_sub(&blocks.bytes, size);
    free(block);
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    void *larger = count_allocate(self, size, align);
    if (larger && block) {
        memcpy(larger, block, old_size < size ? old_size : size);
        count_release(self, block, old_size);
    }
    return larger;
}

static const weir_alloc *before;

static void count_begin(unsigned long fail_at)
{
    static const weir_alloc hooks = {sizeof hooks, count_allocate, count_resize, count_release,
                                     NULL};
    pool_drain();
    weir_thread_end();
    before = weir_alloc_get();
    weir_alloc_set(&hooks);
    blocks.calls = blocks.live = blocks.bytes = blocks.peak = 0;
    blocks.fail_at = fail_at;
}

static void count_end(void)
{
    pool_drain();
    weir_thread_end();
    weir_alloc_set(before);
    assert_int_equal(blocks.live, 0);
    assert_int_equal(blocks.bytes, 0);
}

/* Polls it so often, gently, and drops it: whatever the threads are at, all memory is given back
 * once they are done, and no waker is kept. */
static void drop_after(unsigned polls, int level)
{
    struct test_cx test;
    count_begin(0);
    test_cx_init(&test);
    weir_reader *reader = weir_gzip_with(weir_memory_reader(text, TEXT_BYTES),
                                         &WEIR_GZIP_OPTIONS(.level = level, .threads = 2));
    for (unsigned i = 0; i < polls; i++) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, 1);
        weir_consume(reader, i % 3 ? got.n : 0);
        if (i % 2)
            sched_yield();
    }
    weir_drop(reader);
    test_cx_fini(&test);
    count_end();
    assert_int_equal(test_wakers_live, 0);
}

static void dropped_at_any_moment(void **state)
{
    (void)state;
    for (unsigned polls = 0; polls < 12; polls++)
        drop_after(polls, polls % 2 ? 9 : WEIR_GZIP_LEVEL_DEFAULT);
    drop_after(2000, 1);
}

static void each_allocation_fails(void **state)
{
    bool over = false;
    (void)state;
    for (unsigned long k = 1; k < 60 && !over; k++) {
        weir_vec all = {0};
        weir_error error = {0};
        count_begin(k);
        weir_reader *reader = weir_gzip_with(pieces_reader(text, 3 * BLOCK, BLOCK),
                                             &WEIR_GZIP_OPTIONS(.level = 1, .threads = 2));
        weir_stream *read = weir_read_to_end(reader, &all, 1 << 20);
        weir_state ran = weir_await(read, NULL, &error);
        over = blocks.calls < k;
        assert_true(ran == WEIR_READY || !over);
        assert_true(ran == WEIR_READY || error.code == WEIR_E_MEMORY ||
                    error.code == WEIR_E_SYSTEM); /* there is no driver without memory */
        weir_drop(reader);
        weir_vec_drop(&all);
        count_end();
    }
    assert_true(over);
}

/* What it says that it holds is not passed, and mostly used. The chain's arena, and that of its
 * source, are made before. */
static void it_keeps_its_bound(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads < 6; threads += 2)
        for (int level = -1; level < 2; level += 2) {
            struct test_cx test;
            weir_poll got;
            count_begin(0);
            test_cx_init(&test);
            weir_reader *reader =
                weir_gzip_with(weir_memory_reader(text, TEXT_BYTES),
                               &WEIR_GZIP_OPTIONS(.level = level, .threads = threads));
            size_t bound = weir_memory_max(reader);
            do {
                test_cx_turn(&test);
                got = weir_poll_fill(reader, &test.cx, 1);
                weir_consume(reader, got.n);
            } while (got.state == WEIR_READY || (got.state == WEIR_PENDING && !sched_yield()));
            assert_int_equal(got.state, WEIR_END);
            weir_drop(reader);
            test_cx_fini(&test);
            count_end();
            if (blocks.peak > bound || bound > 2 * blocks.peak)
                fail_msg("%u threads: %zu bytes were held, the bound is %zu", threads,
                         (size_t)blocks.peak, bound);
        }
}

int task_gzip_threads(void)
{
    const struct CMUnitTest on_each_driver[] = {
        cmocka_unit_test(the_same_bytes_for_any_number),
        cmocka_unit_test(a_block_refers_to_the_one_before),
        cmocka_unit_test(bytes_come_one_by_one),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(members_may_follow_each_other),
        cmocka_unit_test(whole_blocks_come_before_an_error),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(many_bytes_at_once),
        cmocka_unit_test(it_goes_on_after_an_error_that_is_not_fatal),
        cmocka_unit_test(what_there_is_not),
        cmocka_unit_test(no_more_is_read_than_is_held),
        cmocka_unit_test(what_came_before_a_wait_can_be_read),
        cmocka_unit_test(dropped_at_any_moment),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(it_keeps_its_bound),
    };
    rig_find_drivers();
    driver = "sim";
    int failed = cmocka_run_group_tests_name("gzip_threads", others, make_text, NULL);
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, on_each_driver, make_text, NULL);
    }
    return failed;
}
