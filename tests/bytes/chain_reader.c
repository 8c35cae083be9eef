/* chain_reader: cat, with every way to ask for bytes across the seam. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

static struct test_cx test;

static weir_reader *part(const char *text, size_t n, unsigned kind)
{
    switch (kind) {
    case 0:
        return weir_memory_reader(text, n);
    case 1:
        return one_byte_reader(text, n, true);
    default:
        return pieces_reader(text, n, kind);
    }
}

/* Asks for min each time and takes `take` of it; checks each byte. */
static void read_all(weir_reader *reader, const char *text, size_t n, size_t min, size_t take)
{
    size_t at = 0;
    test_cx_init(&test);
    for (;;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, min);
        if (got.state == WEIR_PENDING)
            continue;
        size_t in_hand;
        const unsigned char *bytes = weir_peek(reader, &in_hand);
        assert_true(in_hand <= n - at);
        assert_memory_equal(bytes, text + at, in_hand);
        assert_int_equal(weir_reader_size_hint(reader).lower <= n - at, true);
        assert_true(weir_reader_size_hint(reader).upper >= n - at);
        if (got.state == WEIR_END) {
            assert_true(in_hand < min);
            assert_int_equal(at + in_hand, n);
            break;
        }
        assert_true(in_hand >= min);
        size_t used = take < in_hand ? take : in_hand;
        weir_consume(reader, used);
        at += used;
    }
    weir_drop(reader);
    test_cx_fini(&test);
}

static void every_seam(void **state)
{
    static const char text[] = "the quick brown fox jumps over";
    size_t n = sizeof text - 1;
    (void)state;
    for (size_t seam = 0; seam <= n; seam += 6)
        for (unsigned kind = 0; kind < 25; kind++)
            for (size_t min = 1; min < 40; min += 6)
                for (size_t take = 1; take < 30; take += 9)
                    read_all(weir_chain_reader(part(text, seam, kind % 5),
                                               part(text + seam, n - seam, kind / 5)),
                             text, n, min, take);
}

static void three_parts_and_large_blocks(void **state)
{
    size_t n = 1500000;
    char *text = malloc(n);
    (void)state;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(i * 7 + i / 999);
    for (unsigned kind = 0; kind < 4; kind++) {
        weir_reader *reader = weir_chain_reader(
            part(text, 400000, kind ? 60000 : 0),
            weir_chain_reader(part(text + 400000, 1, 0), part(text + 400001, n - 400001, kind)));
        if (kind == 1) {
            weir_drop(reader);
            continue;
        }
        assert_true(weir_reader_reserve(reader, 500000));
        read_all(reader, text, n, 500000 / (kind + 1), 70001);
    }
    free(text);
}

/* Bytes are lent from where they stand: only the seam is copied. */
static void nothing_is_copied_but_the_seam(void **state)
{
    static const char one[] = "one", two[] = "two";
    size_t n;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_chain_reader(weir_memory_reader(one, 3), weir_memory_reader(two, 3));
    assert_ptr_equal(weir_peek(reader, &n), one);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 5).n, 6);
    assert_ptr_not_equal(weir_peek(reader, &n), one);
    weir_consume(reader, 4);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 3).state, WEIR_END);
    assert_ptr_equal(weir_peek(reader, &n), two + 1);
    assert_int_equal(n, 2);
    weir_drop(reader);
    test_cx_fini(&test);
}

static void errors_and_failed_parts(void **state)
{
    weir_error error;
    struct script script = {0};
    (void)state;
    memory_begin(0, false);
    struct bytes got = reader_bytes(
        weir_chain_reader(failing_reader("abc", 3), script_reader(&script, "#")), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(got.n, 3);
    assert_string_equal(error.trail[1], "chain");
    free(got.data);
    for (unsigned side = 0; side < 2; side++) {
        weir_reader *good = weir_memory_reader("a", 1);
        weir_reader *bad = weir_memory_reader("b", 1);
        bad = weir_reader_refuse(&bad->stage, WEIR_E_ARGUMENT, NULL, "bad", NULL, NULL, 0);
        got = reader_bytes(side ? weir_chain_reader(good, bad) : weir_chain_reader(bad, good),
                           &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_string_equal(error.message, "bad");
    }
    assert_int_equal(memory_end(), 0);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        memory_begin(at, false);
        weir_reader *reader =
            weir_chain_reader(pieces_reader("abc", 3, 2), pieces_reader("defg", 4, 2));
        test_cx_init(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, 6);
        bool failed = memory.failed;
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_READY);
        if (failed)
            assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        if (!failed)
            break;
    }
}

int bytes_chain_reader(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seam),
        cmocka_unit_test(three_parts_and_large_blocks),
        cmocka_unit_test(nothing_is_copied_but_the_seam),
        cmocka_unit_test(errors_and_failed_parts),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests_name("chain_reader", tests, NULL, NULL);
}
