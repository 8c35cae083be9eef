/* buffer_bytes: the source runs ahead while the consumer waits, up to a limit. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/in_flight.h"
#include "doubles.h"

static struct test_cx test;
static weir_in_flight_list list;

static int setup(void **state)
{
    (void)state;
    memory_begin(0, false);
    test_clock_begin();
    test_cx_init(&test);
    list = (weir_in_flight_list){0};
    weir_in_flight_turn(&test.cx, &list);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return memory_end() != 0;
}

/* A turn in which somebody else waits. */
static void elsewhere(void)
{
    test_cx_turn(&test);
    weir_in_flight_turn(&test.cx, &list);
    weir_in_flight_progress(&test.cx);
}

static void reads(weir_reader *reader, const char *text)
{
    size_t n;
    weir_poll got = weir_poll_fill(reader, &test.cx, 1);
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.n, strlen(text));
    assert_memory_equal(weir_peek(reader, &n), text, strlen(text));
    weir_consume(reader, n);
}

static void it_runs_ahead_up_to_its_limit(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader =
        weir_buffer_bytes(script_reader(&script, "\"abc\" \"def\" \"ghi\" \"jkl\""), 7);
    reads(reader, "abc");
    assert_int_equal(script.given, 3);
    elsewhere();
    assert_int_equal(script.given, 12); /* two bytes of the last one stay below */
    elsewhere();
    assert_int_equal(script.given, 12);
    reads(reader, "defghij");
    reads(reader, "kl");
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    weir_drop(reader);
}

/* What stands in hand stands still while it runs ahead. */
static void bytes_in_hand_stand_still(void **state)
{
    struct script script = {0};
    size_t n;
    (void)state;
    weir_reader *reader = weir_buffer_bytes(script_reader(&script, "\"abc\" \"def\" \"ghi\""), 100);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 3);
    const unsigned char *bytes = weir_peek(reader, &n);
    elsewhere();
    assert_memory_equal(bytes, "abc", 3);
    assert_ptr_equal(weir_peek(reader, &n), bytes);
    assert_int_equal(n, 3);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 8).n, 9);
    assert_memory_equal(weir_peek(reader, &n), "abcdefghi", 9);
    weir_drop(reader);
}

static void an_error_stands_behind_its_bytes(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader = weir_buffer_bytes(script_reader(&script, "\"a\" \"bc\" !!7"), 100);
    reads(reader, "a");
    elsewhere();
    reads(reader, "bc");
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.number, 7);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    weir_drop(reader);
}

/* A source that waits wakes whoever polled last; nothing is held meanwhile. */
static void it_waits_with_its_source(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader = weir_buffer_bytes(script_reader(&script, "\"a\" P \"bc\" P \"d\""), 100);
    reads(reader, "a");
    elsewhere();
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    assert_true(script_wake(&script));
    assert_int_equal(test.waker->wakes, 1);
    elsewhere();
    reads(reader, "bc");
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    script_wake(&script);
    reads(reader, "d");
    weir_drop(reader);
}

/* Any sizes, with and without running ahead, and waits everywhere. */
static void bytes_come_whole_and_in_order(void **state)
{
    static unsigned char sent[300000];
    static const size_t limits[] = {1, 2, 77, 65535, 65536, 65537, 200000, SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (size_t piece = 1500; piece < 200000; piece *= 11) {
            size_t read = 0, min = 1;
            unsigned turns = 0;
            weir_state last = WEIR_READY;
            weir_reader *reader =
                weir_buffer_bytes(waiting_reader(sent, sizeof sent, piece, 2), limits[i]);
            size_t most = weir_memory_max(reader), begun = memory.live_bytes;
            memory.peak_bytes = begun;
            while (last != WEIR_END) {
                if (turns++ % 3 == 1)
                    elsewhere();
                test_cx_turn(&test);
                weir_in_flight_turn(&test.cx, &list);
                min = limits[i] < 70 ? min % 40 + 1 : min * 7 % 4095 + 1;
                last = weir_poll_fill(reader, &test.cx, min).state;
                size_t n;
                const unsigned char *got = weir_peek(reader, &n);
                n = last == WEIR_PENDING ? 0 : n < 3 * min ? n : 3 * min;
                assert_memory_equal(got, sent + read, n);
                weir_consume(reader, n);
                read += n;
            }
            assert_int_equal(read, sizeof sent);
            if (most < SIZE_MAX)
                assert_in_range(memory.peak_bytes - begun, 1, most);
            weir_drop(reader);
        }
    }
}

static void idle_it_holds_no_memory(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader =
        weir_buffer_bytes(script_reader(&script, "P \"abc\" \"def\" P~"), 1 << 20);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    unsigned long live = memory.live;
    script_wake(&script);
    reads(reader, "abc");
    elsewhere();
    reads(reader, "def");
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    assert_in_range(memory.live, 1, live + 1); /* the script's own block */
    weir_drop(reader);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (unsigned long fail = 1; fail < 12; fail++) {
        struct script script = {0};
        memory.fail_at = memory.calls + fail;
        weir_reader *reader =
            weir_buffer_bytes(script_reader(&script, "\"abc\" \"def\" \"ghi\""), 4);
        weir_poll got = weir_poll_fill(reader, &test.cx, 1);
        elsewhere();
        if (got.state == WEIR_READY)
            got = weir_poll_fill(reader, &test.cx, 8);
        assert_true(got.state == WEIR_READY || test.cx.error.code == WEIR_E_MEMORY);
        weir_drop(reader);
    }
    memory.fail_at = 0;
}

static void a_limit_of_none_is_refused(void **state)
{
    (void)state;
    weir_reader *reader = weir_buffer_bytes(weir_memory_reader("a", 1), 0);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "buffer_bytes: the limit 'bytes_max' is 0");
    weir_drop(reader);
}

int bytes_buffer_bytes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_runs_ahead_up_to_its_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_in_hand_stand_still, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_stands_behind_its_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(it_waits_with_its_source, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_come_whole_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_it_holds_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(a_limit_of_none_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
