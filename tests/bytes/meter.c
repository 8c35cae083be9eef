/* meter: what passed is told every so often, while nothing passes too, and at the end. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

/* What was told, as text: 5/3@100 are 5 bytes, 3 of them new, at 100 ns; $ the last time. */
struct told {
    char text[1000];
    size_t n;
    weir_hint left;
};

static void note(void *arg, const weir_metered *metered)
{
    struct told *told = arg;
    assert_int_equal(metered->size, sizeof *metered);
    assert_true(metered->ns_since <= metered->ns);
    told->left = metered->left;
    told->n += (size_t)snprintf(
        told->text + told->n, sizeof told->text - told->n, "%s%llu/%llu@%llu%s", told->n ? " " : "",
        (unsigned long long)metered->bytes, (unsigned long long)metered->bytes_since,
        (unsigned long long)metered->ns, metered->over ? "$" : "");
}

static void told_every_so_often(void **state)
{
    static const struct {
        const char *script, *told;
    } rows[] = {
        {"", "0/0@0$"},
        {"\"abc\"", "3/3@0$"},
        {"\"abc\" @99 \"de\"", "5/5@99$"},
        {"\"abc\" @100 \"de\"", "3/3@100 5/2@100$"},
        {"\"abc\" @350 \"de\"", "3/3@100 3/0@200 3/0@300 5/2@350$"},
        {"@250 \"a\" @310 \"b\" P \"c\"", "0/0@100 0/0@200 1/1@300 3/2@310$"},
        {"\"abc\" @150 !!7", "3/3@100"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script script = {0};
        struct told told = {0};
        test_clock_begin();
        struct bytes all = reader_bytes(
            weir_meter(script_reader(&script, rows[i].script), note, &told, 100), NULL);
        assert_string_equal(told.text, rows[i].told);
        assert_true(test_clock_idle());
        free(all.data);
    }
}

/* What was consumed counts, not what was lent. */
static void bytes_in_hand_did_not_pass_yet(void **state)
{
    static struct test_cx test;
    struct told told = {0};
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    weir_reader *reader = weir_meter(one_byte_reader("abcdef", 6, false), note, &told, 10);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 4).n, 4);
    weir_consume(reader, 1);
    test_clock_to(10);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 4).n, 4);
    assert_string_equal(told.text, "1/1@10");
    weir_drop(reader);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
}

static void it_tells_what_is_left(void **state)
{
    static struct test_cx test;
    struct told told = {0};
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    weir_reader *source =
        weir_chain_reader(weir_memory_reader("abc", 3), weir_memory_reader("de", 2));
    weir_reader *reader = weir_meter(source, note, &told, 10);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 3);
    weir_consume(reader, 3);
    test_clock_to(30);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 2);
    assert_string_equal(told.text, "3/3@30");
    assert_int_equal(told.left.lower, 2);
    weir_drop(reader);
    test_cx_fini(&test);
}

static void bad_arguments_and_no_clock(void **state)
{
    static struct test_cx test;
    (void)state;
    weir_error error;
    assert_int_equal(
        reader_bytes(weir_meter(weir_memory_reader("a", 1), note, NULL, 0), &error).state,
        WEIR_ERROR);
    assert_string_equal(error.message, "meter: the limit 'every_ns' is 0");
    assert_int_equal(
        reader_bytes(weir_meter(weir_memory_reader("a", 1), NULL, NULL, 1), &error).state,
        WEIR_ERROR);
    assert_string_equal(error.message, "meter has no function");
    test_cx_init(&test);
    test.cx.timers = NULL;
    weir_reader *reader = weir_meter(weir_memory_reader("a", 1), note, NULL, 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "meter needs a runtime");
    weir_drop(reader);
    test_cx_fini(&test);
}

static void it_leaves_nothing(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned long fail = 0; fail < 4; fail++) {
        struct told told = {0};
        struct script script = {0};
        memory_begin(fail, false);
        test_clock_begin();
        test_cx_init(&test);
        weir_reader *reader = weir_meter(script_reader(&script, "P~"), note, &told, 10);
        weir_poll got = weir_poll_fill(reader, &test.cx, 2);
        assert_true(got.state == (memory.failed ? WEIR_ERROR : WEIR_PENDING));
        weir_drop(reader);
        assert_true(test_clock_idle());
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

int bytes_meter(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_every_so_often),   cmocka_unit_test(bytes_in_hand_did_not_pass_yet),
        cmocka_unit_test(it_tells_what_is_left), cmocka_unit_test(bad_arguments_and_no_clock),
        cmocka_unit_test(it_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
