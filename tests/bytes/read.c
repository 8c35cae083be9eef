/* read, read_exact, readv, discard, swaps and numbers: what comes, and what is left when one stops.
 */

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "one_cx.h"

/* ---- read ---- */

static void a_buf_knows_what_it_holds(void **state)
{
    char place[8];
    size_t room;
    weir_read_buf buf = weir_read_buf_of(place, sizeof place);
    (void)state;
    weir_reader *reader = weir_memory_reader("abcdefghijk", 11);
    expect(weir_poll_read_buf(reader, &test.cx, &buf), WEIR_READY, 8);
    expect(weir_poll_read_buf(reader, &test.cx, &buf), WEIR_READY, 0); /* full: nobody is asked */
    weir_read_buf_clear(&buf);
    assert_int_equal(buf.init, 8);
    expect(weir_poll_read_buf(reader, &test.cx, &buf), WEIR_READY, 3);
    assert_ptr_equal(weir_read_buf_rest(&buf, &room), place + 3);
    assert_int_equal(room, 5);
    assert_int_equal(buf.init, 8);
    expect(weir_poll_read_buf(reader, &test.cx, &buf), WEIR_END, 0);
    assert_memory_equal(place, "ijkdefgh", 8);
    weir_drop(reader);
}

static void a_buf_out_of_order_is_refused(void **state)
{
    static const weir_read_buf wrong[] = {{NULL, 2, 1, 3}, {NULL, 0, 4, 3}, {NULL, 4, 4, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        weir_read_buf buf = wrong[i];
        weir_reader *reader = weir_memory_reader("a", 1);
        expect(weir_poll_read_buf(reader, &test.cx, &buf), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
        weir_drop(reader);
    }
}

static void what_was_never_written_is_zeroed_once(void **state)
{
    char place[6];
    memset(place, 'x', sizeof place);
    weir_read_buf buf = weir_read_buf_of(place, sizeof place);
    (void)state;
    memcpy(place, "ab", 2);
    weir_read_buf_advance(&buf, 2);
    weir_read_buf_init(&buf);
    assert_memory_equal(place, "ab\0\0\0\0", 6);
    assert_int_equal(buf.init, 6);
    place[3] = 'y';
    weir_read_buf_init(&buf);
    assert_int_equal(place[3], 'y');
}

/* Nobody is asked, whatever the reader is. */
static void a_read_of_nothing(void **state)
{
    struct script first = {0}, second = {0};
    char place[9];
    (void)state;
    weir_reader *reader = weir_chain_reader(script_reader(&first, "\"hello \" $"),
                                            script_reader(&second, "\"world\" $"));
    expect(weir_poll_read(reader, &test.cx, place, 0), WEIR_READY, 0);
    assert_int_equal(first.polls, 0);
    expect(weir_poll_read(reader, &test.cx, place, 9), WEIR_READY, 6); /* it was not passed over */
    expect(weir_poll_read(reader, &test.cx, place, 9), WEIR_READY, 5);
    expect(weir_poll_read(reader, &test.cx, place, 9), WEIR_END, 0);
    expect(weir_poll_read(reader, &test.cx, place, 0), WEIR_READY, 0);
    weir_drop(reader);
    reader = weir_reader_refused(WEIR_E_LIMIT, NULL, "no", NULL, NULL, 0);
    expect(weir_poll_read(reader, &test.cx, place, 0), WEIR_READY, 0);
    expect(weir_poll_read(reader, &test.cx, place, 9), WEIR_ERROR, 0);
    weir_drop(reader);
}

/* ---- straight into the caller's memory ---- */

struct straight {
    weir_reader reader;
    const char *steps; /* digits: so many KiB; b: would block; e: an error; the rest: the end */
    unsigned fills, readies, tries;
    weir_waker_slot slot;
};

static struct straight *straight_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct straight, reader);
}

static weir_poll straight_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct straight *self = straight_of(reader);
    (void)min;
    self->fills++;
    if (*self->steps == 'e')
        return weir_fail(cx, WEIR_E_SYSTEM, "broken");
    if (!*self->steps)
        return (weir_poll){0, WEIR_END};
    *weir_reader_room(reader, 1) = 'f';
    reader->end++;
    return (weir_poll){0, WEIR_READY};
}

static int64_t straight_try(weir_reader *reader, void *out, size_t n)
{
    struct straight *self = straight_of(reader);
    self->tries++;
    if (*self->steps == 'b') {
        self->steps++;
        return WEIR_WOULD_BLOCK;
    }
    if (*self->steps == 'e')
        return -EIO;
    if (*self->steps == 'x')
        return (int64_t)n + 1;
    if (!*self->steps)
        return 0;
    size_t size = (size_t)(*self->steps++ - '0') * 1024;
    size = size < n ? size : n;
    memset(out, 's', size);
    return (int64_t)size;
}

static weir_poll straight_ready(weir_reader *reader, weir_cx *cx)
{
    struct straight *self = straight_of(reader);
    if (self->readies++ % 2)
        return (weir_poll){0, WEIR_READY};
    return weir_wait(cx, &self->slot, WEIR_WAIT_IO);
}

static void straight_fini(weir_reader *reader)
{
    weir_waker_slot_clear(&straight_of(reader)->slot);
}

static const weir_reader_ops straight_ops = {.size = sizeof straight_ops,
                                             .name = "straight",
                                             .poll_fill = straight_fill,
                                             .fini = straight_fini,
                                             .poll_ready = straight_ready,
                                             .try_read = straight_try};

static weir_reader *straight(const char *steps)
{
    weir_reader *reader = weir_reader_new(sizeof(struct straight), &straight_ops);
    straight_of(reader)->steps = steps;
    return reader;
}

static char large[64 << 10];

static void large_reads_go_straight(void **state)
{
    weir_reader *reader = straight("9b3");
    (void)state;
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_READY, 9 << 10);
    assert_int_equal(reader->offset, 9 << 10);
    assert_int_equal(weir_stage_n(&reader->stage), 9 << 10);
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_PENDING, 0);
    assert_int_equal(weir_stage_waits(&reader->stage), 1);
    assert_int_equal(straight_of(reader)->fills, 0); /* no block while it waits */
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_READY, 3 << 10);
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_END, 0);
    assert_int_equal(straight_of(reader)->fills, 1); /* which told the end */
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_END, 0);
    assert_int_equal(straight_of(reader)->tries, 4);
    weir_drop(reader);
}

static void small_ones_and_those_with_bytes_in_hand_do_not(void **state)
{
    weir_reader *reader = straight("9");
    (void)state;
    expect(weir_poll_read(reader, &test.cx, large, WEIR_READ_STRAIGHT_BYTES - 1), WEIR_READY, 1);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_READY, 2);
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_READY, 2);
    assert_int_equal(straight_of(reader)->tries, 0);
    expect(weir_poll_read(reader, &test.cx, large, WEIR_READ_STRAIGHT_BYTES), WEIR_READY, 9 << 10);
    weir_drop(reader);
}

static void what_goes_wrong_straight(void **state)
{
    weir_reader *reader = straight("e");
    (void)state;
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_SYSTEM);
    weir_drop(reader);
    reader = straight("x");
    expect(weir_poll_read(reader, &test.cx, large, sizeof large), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_drop(reader);
}

/* ---- several pieces ---- */

static void pieces_are_filled_in_order(void **state)
{
    char a[3], b[4], c[9];
    struct iovec pieces[] = {{NULL, 0}, {a, 3}, {NULL, 0}, {b, 4}, {c, 9}};
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"0123456789\" P* \"ab\" $");
    (void)state;
    assert_true(weir_is_vectored(reader));
    expect(weir_poll_readv(reader, &test.cx, pieces, 0), WEIR_READY, 0);
    expect(weir_poll_readv(reader, &test.cx, pieces, 1), WEIR_READY, 0);
    assert_int_equal(script.polls, 0);
    expect(weir_poll_readv(reader, &test.cx, pieces, 5), WEIR_READY, 10);
    assert_memory_equal(a, "012", 3);
    assert_memory_equal(b, "3456", 4);
    assert_memory_equal(c, "789", 3);
    expect(weir_poll_readv(reader, &test.cx, pieces, 5), WEIR_PENDING, 0);
    expect(weir_poll_readv(reader, &test.cx, pieces, 5), WEIR_READY, 2);
    expect(weir_poll_readv(reader, &test.cx, pieces, 5), WEIR_END, 0);
    weir_drop(reader);
}

static void a_straight_reader_fills_one_piece(void **state)
{
    char more[8];
    struct iovec pieces[] = {{large, sizeof large}, {more, sizeof more}};
    weir_reader *reader = straight("92");
    (void)state;
    assert_false(weir_is_vectored(reader));
    expect(weir_poll_readv(reader, &test.cx, pieces, 2), WEIR_READY, 9 << 10);
    weir_drop(reader);
}

/* ---- read_exact ---- */

static void exact_waits_and_goes_on(void **state)
{
    char place[5];
    struct script script = {0};
    weir_read_buf buf = weir_read_buf_of(place, 5);
    weir_reader *reader = script_reader(&script, "\"ab\" P \"cd\" !7 \"ef\" $");
    (void)state;
    expect(weir_poll_read_exact(reader, &test.cx, &buf), WEIR_PENDING, 0);
    assert_int_equal(buf.filled, 2); /* who stops here has these */
    doubles_wake_one();
    expect(weir_poll_read_exact(reader, &test.cx, &buf), WEIR_ERROR, 0);
    assert_int_equal(buf.filled, 4);
    expect(weir_poll_read_exact(reader, &test.cx, &buf), WEIR_READY, 1);
    assert_memory_equal(place, "abcde", 5);
    expect(weir_poll_read_exact(reader, &test.cx, &buf), WEIR_READY, 0);
    weir_read_buf_clear(&buf);
    expect(weir_poll_read_exact(reader, &test.cx, &buf), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_TRUNCATED);
    assert_string_equal(test.cx.error.message, "the input ends after 1 of 5 bytes");
    assert_int_equal(test.cx.error.byte, 6);
    assert_int_equal(buf.filled, 1);
    weir_drop(reader);
}

static void exact_ends_its_turn(void **state)
{
    static char place[1000], bytes[1000];
    weir_read_buf buf = weir_read_buf_of(place, sizeof place);
    weir_reader *reader = one_byte_reader(bytes, sizeof bytes, false);
    unsigned turns = 0;
    (void)state;
    for (weir_state said = WEIR_PENDING; said == WEIR_PENDING; turns++) {
        test_cx_turn(&test);
        said = weir_poll_read_exact(reader, &test.cx, &buf).state;
        assert_true(said == WEIR_READY || test.waker->wakes == 1);
    }
    assert_in_range(turns, sizeof bytes / WEIR_BUDGET, 2 + sizeof bytes / WEIR_BUDGET);
    test.cx.budget = 0; /* it makes one step all the same */
    weir_read_buf_clear(&buf);
    buf.cap = 1;
    expect(weir_poll_read_exact(reader, &test.cx, &buf), WEIR_ERROR, 0);
    weir_drop(reader);
}

/* ---- discard, swap ---- */

static void discard_counts_down(void **state)
{
    uint64_t left = 5;
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"abc\" P* \"defg\" $");
    (void)state;
    expect(weir_poll_discard(reader, &test.cx, &left), WEIR_PENDING, 0);
    assert_int_equal(left, 2);
    expect(weir_poll_discard(reader, &test.cx, &left), WEIR_READY, 2);
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "fg", 2);
    left = 3;
    expect(weir_poll_discard(reader, &test.cx, &left), WEIR_END, 0);
    assert_int_equal(left, 1);
    weir_drop(reader);
}

static void swaps_hand_blocks_over(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_block *mine = weir_block_new(0, 3), *block = NULL;
    memcpy(mine->data, "abc", 3);
    const unsigned char *bytes;
    weir_reader *reader = weir_block_reader(mine, 1, 2);
    expect(weir_poll_read_swap(reader, &test.cx, &block, &bytes), WEIR_READY, 2);
    assert_ptr_equal(block, mine); /* without a copy */
    assert_memory_equal(bytes, "bc", 2);
    weir_drop(reader);
    reader = weir_memory_reader("xyz", 3); /* memory that may not be kept */
    expect(weir_poll_read_swap(reader, &test.cx, &block, &bytes), WEIR_READY, 3);
    assert_ptr_equal(bytes, block->data);
    assert_memory_equal(bytes, "xyz", 3);
    expect(weir_poll_read_swap(reader, &test.cx, &block, &bytes), WEIR_END, 0);
    assert_null(block);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
}

static void a_swap_without_memory_takes_nothing(void **state)
{
    weir_block *block = NULL;
    const unsigned char *bytes;
    (void)state;
    weir_reader *reader = weir_memory_reader("xyz", 3);
    memory_begin(1, false);
    expect(weir_poll_read_swap(reader, &test.cx, &block, &bytes), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    expect(weir_poll_read_swap(reader, &test.cx, &block, &bytes), WEIR_READY, 3);
    weir_block_unref(block);
    assert_int_equal(memory_end(), 0);
    weir_drop(reader);
}

/* ---- numbers ---- */

static const unsigned char digits[] = {0xf1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

#define NUMBER(name_, T_, wanted_)                                                                 \
    do {                                                                                           \
        T_ value = 0;                                                                              \
        weir_reader *reader = one_byte_reader(digits, sizeof digits, false);                       \
        expect(weir_poll_read_##name_(reader, &test.cx, &value), WEIR_READY, sizeof value);        \
        assert_true(value == (wanted_));                                                           \
        assert_int_equal(reader->offset, sizeof value);                                            \
        T_ again = 0;                                                                              \
        weir_error error;                                                                          \
        weir_reader *other = one_byte_reader(digits, sizeof digits, true);                         \
        assert_int_equal(await(weir_read_##name_(other), &again, &error), WEIR_READY);             \
        assert_true(again == value);                                                               \
        weir_drop(other);                                                                          \
        weir_drop(reader);                                                                         \
    } while (0)

static void numbers(void **state)
{
    (void)state;
    NUMBER(u8_be, uint8_t, 0xf1);
    NUMBER(i8_le, int8_t, -15);
    NUMBER(u16_be, uint16_t, 0xf102);
    NUMBER(u16_le, uint16_t, 0x02f1);
    NUMBER(i16_be, int16_t, -0x0efe);
    NUMBER(u32_be, uint32_t, 0xf1020304);
    NUMBER(u32_le, uint32_t, 0x040302f1);
    NUMBER(i32_be, int32_t, (int32_t)0xf1020304);
    NUMBER(i32_le, int32_t, 0x040302f1);
    NUMBER(u64_be, uint64_t, UINT64_C(0xf102030405060708));
    NUMBER(i64_le, int64_t, INT64_C(0x08070605040302f1));
#ifdef __SIZEOF_INT128__
    NUMBER(u128_be, weir_u128,
           (weir_u128)UINT64_C(0xf102030405060708) << 64 | UINT64_C(0x090a0b0c0d0e0f10));
    NUMBER(i128_le, weir_i128,
           (weir_i128)((weir_u128)UINT64_C(0x100f0e0d0c0b0a09) << 64) |
               UINT64_C(0x08070605040302f1));
#endif
}

static void fractions(void **state)
{
    static const unsigned char be[] = {0xc0, 0x49, 0, 0, 0xc0, 9, 0, 0, 0, 0, 0, 0};
    static const unsigned char le[] = {0, 0, 0x49, 0xc0, 0, 0, 0, 0, 0, 0, 9, 0xc0};
    float f = 0, g = 0;
    double d = 0, e = 0;
    (void)state;
    weir_reader *a = weir_memory_reader(be, sizeof be), *b = weir_memory_reader(le, sizeof le);
    expect(weir_poll_read_f32_be(a, &test.cx, &f), WEIR_READY, 4);
    expect(weir_poll_read_f32_le(b, &test.cx, &g), WEIR_READY, 4);
    expect(weir_poll_read_f64_be(a, &test.cx, &d), WEIR_READY, 8);
    expect(weir_poll_read_f64_le(b, &test.cx, &e), WEIR_READY, 8);
    assert_true(f == -3.140625F && f == g);
    assert_true(d == -3.125 && d == e);
    weir_drop(a);
    weir_drop(b);
}

static void a_number_is_whole_or_not_taken(void **state)
{
    uint32_t value;
    uint16_t half;
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"ab\" P* \"c\" $");
    (void)state;
    expect(weir_poll_read_u32_be(reader, &test.cx, &value), WEIR_PENDING, 0);
    expect(weir_poll_read_u32_be(reader, &test.cx, &value), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_TRUNCATED);
    assert_string_equal(test.cx.error.message, "the input ends after 3 of 4 bytes of a number");
    expect(weir_poll_read_u16_be(reader, &test.cx, &half), WEIR_READY, 2);
    assert_int_equal(half, 'a' << 8 | 'b');
    weir_drop(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_read(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_buf_knows_what_it_holds),
        TEST(a_buf_out_of_order_is_refused),
        TEST(what_was_never_written_is_zeroed_once),
        TEST(a_read_of_nothing),
        TEST(large_reads_go_straight),
        TEST(small_ones_and_those_with_bytes_in_hand_do_not),
        TEST(what_goes_wrong_straight),
        TEST(pieces_are_filled_in_order),
        TEST(a_straight_reader_fills_one_piece),
        TEST(exact_waits_and_goes_on),
        TEST(exact_ends_its_turn),
        TEST(discard_counts_down),
        TEST(swaps_hand_blocks_over),
        TEST(a_swap_without_memory_takes_nothing),
        TEST(numbers),
        TEST(fractions),
        TEST(a_number_is_whole_or_not_taken),
    };
    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
