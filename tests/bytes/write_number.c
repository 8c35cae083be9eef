/* Numbers as bytes: every size, both orders, written in pieces and given up. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "doubles.h"

static weir_writer *writer;
static struct sink sink;

static int setup(void **state)
{
    (void)state;
    sink = (struct sink){.at_most = 3, .pending = true};
    writer = sink_writer(&sink);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    weir_drop(writer);
    sink_fini(&sink);
    return 0;
}

/* What was written since, which is taken out. */
static void expect(weir_stream *future, const char *bytes, size_t n)
{
    uint64_t written = 0;
    assert_int_equal(await(future, &written, NULL), WEIR_READY);
    assert_int_equal(written, n);
    assert_int_equal(sink.n, n);
    assert_memory_equal(sink.data, bytes, n);
    sink.n = 0;
}

#define EXPECT(name, value, be, le)                                                                \
    expect(weir_write_##name##_be(writer, value), be, sizeof(be) - 1);                             \
    expect(weir_write_##name##_le(writer, value), le, sizeof(le) - 1)

static void both_orders(void **state)
{
    (void)state;
    EXPECT(u8, 0xfe, "\xfe", "\xfe");
    EXPECT(i8, -2, "\xfe", "\xfe");
    EXPECT(u16, 0x1234, "\x12\x34", "\x34\x12");
    EXPECT(i16, -2, "\xff\xfe", "\xfe\xff");
    EXPECT(u32, 0x12345678, "\x12\x34\x56\x78", "\x78\x56\x34\x12");
    EXPECT(i32, -2, "\xff\xff\xff\xfe", "\xfe\xff\xff\xff");
    EXPECT(u64, 0x123456789abcdef0, "\x12\x34\x56\x78\x9a\xbc\xde\xf0",
           "\xf0\xde\xbc\x9a\x78\x56\x34\x12");
    EXPECT(i64, INT64_MIN, "\x80\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\x80");
    EXPECT(f32, 1.5f, "\x3f\xc0\0\0", "\0\0\xc0\x3f");
    EXPECT(f64, -2.0, "\xc0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\xc0");
#ifdef __SIZEOF_INT128__
    weir_u128 wide = (weir_u128)0x0102030405060708 << 64 | 0x090a0b0c0d0e0f10;
    EXPECT(u128, wide, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20",
           "\20\17\16\15\14\13\12\11\10\7\6\5\4\3\2\1");
    EXPECT(i128, (weir_i128)1, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1",
           "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
#endif
}

/* The caller's number says how much of it is out. */
static void given_up_in_the_middle(void **state)
{
    struct test_cx test;
    size_t written = 0;
    weir_poll got;
    (void)state;
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        got = weir_poll_write_u64_le(writer, &test.cx, 0x0807060504030201, &written);
        assert_int_equal(written, sink.n);
    } while (got.state == WEIR_PENDING);
    assert_int_equal(got.state, WEIR_READY);
    assert_memory_equal(sink.data, "\1\2\3\4\5\6\7\10", 8);
    test_cx_fini(&test);
}

static void too_wide(void **state)
{
    const char value[17] = {0};
    weir_error error;
    (void)state;
    weir_stream *future = weir_write_number(writer, value, sizeof value, true);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_int_equal(sink.n, 0);
}

static void an_error_says_how_much_was_written(void **state)
{
    weir_error error;
    (void)state;
    sink.fail_write = 2;
    assert_int_equal(await(weir_write_u32_be(writer, 1), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.byte, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int bytes_write_number(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_orders),
        TEST(given_up_in_the_middle),
        TEST(too_wide),
        TEST(an_error_says_how_much_was_written),
    };
    return cmocka_run_group_tests_name("write_number", tests, NULL, NULL);
}
