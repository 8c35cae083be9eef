/* to_lines: lines as bytes, for lent and owned lines, lines longer than a block, and errors. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"

static void expect(weir_reader *reader, const void *wanted, size_t n)
{
    weir_error error;
    struct bytes got = reader_bytes(reader, &error);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, n);
    assert_memory_equal(got.data, wanted, n);
    free(got.data);
}

static void lines_come_back(void **state)
{
    static const struct {
        const char *text;
        const char *wanted;
    } table[] = {{"", ""}, {"\n", "\n"}, {"a", "a\n"}, {"a\r\n\nb\n", "a\n\nb\n"}};
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].text);
        size_t wanted_n = strlen(table[i].wanted);
        weir_stream *s = weir_lines(weir_memory_reader(table[i].text, n), 99);
        expect(weir_to_lines(s), table[i].wanted, wanted_n);
        s = weir_lines(one_byte_reader(table[i].text, n, true), 99);
        expect(weir_to_lines(weir_own(s)), table[i].wanted, wanted_n);
    }
}

/* into_reader: as they stand. */
static void bare_items_are_joined(void **state)
{
    static const char text[] = "ab\n\n\ncd\r\ne", joined[] = "abcde";
    size_t n = sizeof text - 1;
    (void)state;
    expect(weir_into_reader(weir_lines(weir_memory_reader(text, n), 99)), joined, 5);
    weir_stream *s = weir_lines(one_byte_reader(text, n, true), 99);
    expect(weir_into_reader(weir_own(s)), joined, 5);
    expect(weir_into_reader(weir_empty(&weir_type_line)), "", 0);
    static char many[300000];
    memset(many, 'x', sizeof many);
    for (size_t i = 9; i < sizeof many; i += 10)
        many[i] = '\n';
    char *bare = malloc(sizeof many);
    memset(bare, 'x', sizeof many);
    s = weir_lines(weir_memory_reader(many, sizeof many), 99);
    expect(weir_into_reader(s), bare, sizeof many / 10 * 9);
    free(bare);
}

static void make_line(void *out, int64_t value, void *arg)
{
    static const char text[] = "aabbcc";
    (void)arg;
    *(weir_line *)out = (weir_line){text + 2 * (value - 1), 2};
}

/* A long item is lent from where it stands; what is short is gathered, and so is what somebody asks
 * for more at once than one item has. */
static void long_items_are_not_copied(void **state)
{
    enum { LONG = 16 << 10 };
    static char bytes[3 * LONG];
    (void)state;
    for (unsigned owned = 0; owned < 2; owned++) {
        weir_line lines[] = {
            {"ab", 2}, {"", 0},       {bytes, LONG}, {bytes + LONG, LONG - 1}, {bytes + LONG, LONG},
            {"", 0},   {bytes, LONG}, {"c", 1}};
        enum { N = sizeof lines / sizeof lines[0] };
        struct test_cx test;
        size_t n;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_stream *items = weir_iter(&weir_type_line, lines, N);
        weir_reader *reader = weir_into_reader(owned ? weir_own(items) : items);
        static const size_t sizes[] = {2, LONG, LONG - 1, LONG};
        const char *from[] = {NULL, bytes, NULL, bytes + LONG};
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, sizes[i]);
            const unsigned char *at = weir_peek(reader, &n);
            assert_int_equal(!owned && at == (const unsigned char *)from[i], !owned && from[i]);
            weir_consume(reader, i < 3 ? n : n - 3);
        }
        assert_int_equal(weir_poll_fill(reader, &test.cx, 4).n, LONG + 4); /* joined */
        weir_consume(reader, LONG + 4);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

/* Whatever is asked for, and wherever it is dropped. */
static void long_items_any_way(void **state)
{
    enum { LONG = 16 << 10 };
    static char bytes[LONG + 7];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    weir_line lines[] = {{"ab", 2}, {bytes, LONG + 7}, {bytes, LONG}, {"cd", 2}, {bytes, LONG}};
    enum { N = sizeof lines / sizeof lines[0] };
    static const size_t mins[] = {1, 3, 100, LONG, LONG + 1, 3 * LONG};
    for (unsigned kind = 0; kind < 6 * 2 * 2; kind++)
        for (size_t stop = 0; stop <= 3 * LONG + 11; stop += LONG / 3) {
            struct test_cx test;
            size_t at = 0, line = 0, part = 0, min = mins[kind % 6];
            memory_begin(0, false);
            test_cx_init(&test);
            weir_stream *items = weir_iter(&weir_type_line, lines, N);
            items = kind / 12 ? weir_own(items) : items;
            weir_reader *reader = weir_into_reader(kind / 6 % 2 ? pending_once(items) : items);
            assert_true(weir_reader_reserve(reader, 3 * LONG));
            while (at < stop) {
                test_cx_turn(&test);
                weir_poll got = weir_poll_fill(reader, &test.cx, min);
                if (got.state == WEIR_PENDING)
                    continue;
                size_t n;
                const unsigned char *in_hand = weir_peek(reader, &n);
                assert_true(n >= min || got.state == WEIR_END);
                size_t step = n > 5000 ? 5000 : n;
                for (size_t i = 0; i < step; i++) {
                    while (part == lines[line].size)
                        line++, part = 0;
                    assert_int_equal(in_hand[i], (unsigned char)lines[line].data[part++]);
                }
                weir_consume(reader, step);
                at += step;
                if (!n)
                    break;
            }
            if (stop > 3 * LONG)
                assert_int_equal(at, 3 * LONG + 11);
            weir_drop(reader);
            test_cx_fini(&test);
            assert_int_equal(memory_end(), 0);
        }
}

/* What came before an error comes first; after it, and after the end, there is nothing. */
static void after_an_error_the_end(void **state)
{
    (void)state;
    for (unsigned fatal = 0; fatal < 2; fatal++) {
        struct script script = {.type = &weir_type_line, .make = make_line};
        struct test_cx test;
        test_cx_init(&test);
        weir_reader *reader =
            weir_into_reader(script_stream(&script, fatal ? "1 2 !!7" : "1 2 !7 $"));
        weir_poll got;
        size_t bytes = 0;
        while ((got = weir_poll_fill(reader, &test.cx, 1)).state == WEIR_READY) {
            bytes += got.n;
            weir_consume(reader, got.n);
        }
        assert_int_equal(bytes, 4);
        assert_int_equal(got.state, WEIR_ERROR);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
        weir_drop(reader);
        test_cx_fini(&test);
    }
}

static void long_and_short_lines(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (unsigned round = 0; round < 8; round++) {
        size_t n = 900000;
        unsigned char *text = malloc(n);
        size_t line = round % 2 ? 300000 : 200;
        for (size_t i = 0; i < n; i++)
            text[i] = draw_below(&seed, line) ? 'x' : '\n';
        text[n - 1] = '\n';
        weir_stream *s = weir_lines(pieces_reader(text, n, 5000), n);
        expect(weir_to_lines(round < 4 ? s : weir_own(s)), text, n);
        free(text);
    }
}

/* Somebody asks for much at once, and there are fewer bytes than that in the end. */
static void more_at_once_than_a_block(void **state)
{
    static struct test_cx test;
    size_t n = 500000;
    char *text = malloc(n);
    (void)state;
    memset(text, 'x', n);
    for (size_t i = 99; i < n; i += 100)
        text[i] = '\n';
    weir_reader *reader = weir_to_lines(weir_lines(weir_memory_reader(text, n), 99));
    assert_true(weir_reader_reserve(reader, 300000));
    test_cx_init(&test);
    for (unsigned turns = 0;; turns++) {
        weir_poll got = weir_poll_fill(reader, &test.cx, 300000);
        test_cx_turn(&test);
        if (got.state != WEIR_READY)
            break;
        assert_true(got.n >= 300000);
        weir_consume(reader, 300000);
        assert_in_range(turns, 0, 2);
    }
    size_t left;
    assert_memory_equal(weir_peek(reader, &left), text + 300000, 200000);
    assert_int_equal(left, 200000);
    weir_drop(reader);
    test_cx_fini(&test);
    free(text);
}

/* A recoverable error comes after the lines before it, once; then it goes on. */
static void errors_come_in_their_place(void **state)
{
    static struct test_cx test;
    static const char text[] = "a\nmuch too long\nb\n";
    size_t n;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_to_lines(weir_lines(weir_memory_reader(text, sizeof text - 1), 5));
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_READY);
    assert_memory_equal(weir_peek(reader, &n), "a\n", 2);
    assert_int_equal(n, 2);
    weir_consume(reader, n);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.record, 2);
    assert_string_equal(test.cx.error.trail[0], "lines");
    assert_string_equal(test.cx.error.trail[1], "to_lines");
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_READY);
    assert_memory_equal(weir_peek(reader, &n), "b\n", 2);
    weir_consume(reader, n);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    weir_drop(reader);
    test_cx_fini(&test);
}

static void it_takes_lines_alone(void **state)
{
    weir_error error;
    (void)state;
    struct bytes got = reader_bytes(weir_to_lines(weir_range(0, 9)), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    (void)state;
    for (unsigned long at = 1;; at++) {
        memory_begin(at, true);
        weir_stream *s = weir_own(weir_lines(pieces_reader("one\ntwo\nthree", 13, 3), 99));
        struct bytes got = reader_bytes(weir_to_lines(s), &error);
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
        if (!failed)
            break;
        assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

/* Each as an item: one that is too long is told, and the next one comes; types and memory. */
static void each_line_is_one(void **state)
{
    (void)state;
    struct test_cx test;
    weir_line line;
    test_cx_init(&test);
    weir_stream *each =
        weir_to_lines_each(weir_lines(weir_memory_reader("four\nlonger\n\nend", 16), 99), 4);
    static const char *const wanted[] = {"four\n", NULL, "\n", "end\n"};
    for (size_t i = 0; i < 4; i++) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_next(each, &test.cx, &line, 1);
        assert_int_equal(got.state, wanted[i] ? WEIR_READY : WEIR_ERROR);
        if (!wanted[i])
            assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
        else
            assert_int_equal(line.size, strlen(wanted[i]));
        assert_true(!wanted[i] || memcmp(line.data, wanted[i], line.size) == 0);
    }
    assert_int_equal(weir_poll_next(each, &test.cx, &line, 1).state, WEIR_END);
    weir_drop(each);
    each = weir_to_lines_each(weir_range(0, 9), 4);
    assert_int_equal(weir_poll_next(each, &test.cx, &line, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_TYPE);
    weir_drop(each);
    test_cx_fini(&test);
    bool failed = true;
    for (unsigned long at = 1; failed; at++) {
        weir_error error;
        memory_begin(at, true);
        weir_stream *s = weir_own(weir_lines(pieces_reader("one\ntwo\nthree", 13, 3), 99));
        struct bytes got = reader_bytes(weir_into_reader(weir_to_lines_each(s, 99)), &error);
        failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
        if (failed)
            assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned steps = 0; steps < 40; steps++) {
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *reader =
            weir_to_lines(weir_own(weir_lines(one_byte_reader("one\ntwo\nthree", 13, true), 9)));
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_fill(reader, &test.cx, 1 + steps % 12));
        }
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

int codec_to_lines(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_back),           cmocka_unit_test(long_and_short_lines),
        cmocka_unit_test(more_at_once_than_a_block), cmocka_unit_test(errors_come_in_their_place),
        cmocka_unit_test(it_takes_lines_alone),      cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),      cmocka_unit_test(bare_items_are_joined),
        cmocka_unit_test(long_items_are_not_copied), cmocka_unit_test(long_items_any_way),
        cmocka_unit_test(after_an_error_the_end),    cmocka_unit_test(each_line_is_one),
    };
    return cmocka_run_group_tests_name("to_lines", tests, NULL, NULL);
}
