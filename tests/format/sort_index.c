/* The order of entries: lines as sort(1) puts them, numbers as sort -n does, fields by class. */

#include "format/sort_index.h"

#include <stdlib.h>

#include "rows.h"

enum { BYTES = 1 << 22, PLACES = 1 << 17 };

static unsigned char entries[BYTES];
static struct weir_sort_place places[PLACES];
static size_t used, n;

static void add_line(const char *text, size_t size, bool numeric)
{
    struct weir_sort_room room = {entries + used, entries + sizeof entries, false};
    size_t bytes = weir_sort_put_line(room, (weir_line){text, size}, numeric);
    assert_true(bytes && bytes == weir_sort_entry_size(entries + used));
    struct weir_sort_entry entry = weir_sort_entry_at(entries + used);
    places[n++] = (struct weir_sort_place){weir_sort_prefix(entry.key, entry.key_size), used};
    used += bytes;
}

static weir_line line_at(size_t i, bool numeric)
{
    struct weir_sort_entry entry = weir_sort_entry_at(entries + places[i].at);
    if (numeric)
        return (weir_line){(const char *)entry.item, entry.item_size};
    return (weir_line){(const char *)entry.key, entry.key_size};
}

static int compare_lines(weir_line a, weir_line b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = memcmp(a.data, b.data, shorter);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* In order, and equal ones as they came. */
static void assert_order(bool descending)
{
    weir_sort_index(places, n, entries, descending);
    for (size_t i = 1; i < n; i++) {
        int order = compare_lines(line_at(i - 1, false), line_at(i, false));
        order = descending ? -order : order;
        if (order > 0 || (order == 0 && places[i - 1].at > places[i].at))
            fail_msg("%zu of %zu: %d", i, n, order);
    }
}

static uint64_t drawn;
static uint64_t draw(void)
{
    drawn = drawn * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return drawn >> 33;
}

/* How the ith of `count` lines looks: drawn, in order, the other way round, all equal, saws. */
static void add_shaped(unsigned shape, size_t i, size_t count)
{
    char text[24];
    size_t of[] = {draw() % (count / 2 + 1),     i, count - i, 7, i % 13, i ^ 1,
                   i < count / 2 ? i : count - i};
    size_t size = (size_t)snprintf(text, sizeof text, "%0*zu", (int)(shape % 3 * 5 + 1), of[shape]);
    add_line(text, size, false);
}

static void test_shapes(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 3, 15, 16, 17, 18, 100, 1000, 60000};
    for (unsigned shape = 0; shape < 7; shape++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
            for (int descending = 0; descending < 2; descending++) {
                used = n = 0;
                for (size_t i = 0; i < counts[c]; i++)
                    add_shaped(shape, i, counts[c]);
                assert_order(descending);
            }
}

/* Zeros, beginnings of each other, and bytes above 127. */
static void test_bytes(void **state)
{
    (void)state;
    static const char *const bytes[] = {"",           "\0",   "\0\0",     "a",
                                        "a\0",        "a\0b", "aaaaaaaa", "aaaaaaaaa",
                                        "aaaaaaaa\0", "\377", "\377\377", "\200"};
    static const size_t sizes[] = {0, 1, 2, 1, 2, 3, 8, 9, 9, 1, 2, 1};
    for (int descending = 0; descending < 2; descending++) {
        used = n = 0;
        for (size_t i = 0; i < 400; i++) {
            size_t at = draw() % 12;
            add_line(bytes[at], sizes[at], false);
        }
        assert_order(descending);
    }
}

/* Each is before the next, but for those with an = in front, which are equal to it. */
static void test_numeric(void **state)
{
    (void)state;
    static const char *const lines[] = {"-100000000000000000000000",
                                        "-99999999999999999999999.5",
                                        "-10",
                                        "-9.75",
                                        "-9.5",
                                        "-0.5",
                                        "-0.05",
                                        "0",
                                        "=",
                                        "=x",
                                        "=-",
                                        "=-0",
                                        "=00.000",
                                        "=.",
                                        "0.05",
                                        "0.5",
                                        "=.5",
                                        "=.500x",
                                        "1",
                                        "=1x",
                                        "= 1",
                                        "=\t01",
                                        "=1.",
                                        "1.05",
                                        "1.5",
                                        "=1.50",
                                        "9",
                                        "10",
                                        "=010",
                                        "=10,5",
                                        "10.0000000000000000001",
                                        "99999999999999999999999",
                                        "100000000000000000000000"};
    size_t count = sizeof lines / sizeof *lines;
    for (size_t i = 1; i < count; i++) {
        used = n = 0;
        bool same = lines[i][0] == '=';
        const char *before = lines[i - 1] + (lines[i - 1][0] == '=');
        add_line(lines[i] + same, strlen(lines[i] + same), true);
        add_line(before, strlen(before), true);
        weir_sort_index(places, n, entries, false);
        weir_line first = line_at(0, true);
        const char *wanted = same ? lines[i] + 1 : before;
        if (first.size != strlen(wanted) || memcmp(first.data, wanted, first.size) != 0)
            fail_msg("'%s' and '%s'", before, lines[i]);
    }
}

int format_sort_index(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_numeric),
    };
    return cmocka_run_group_tests_name("sort_index", tests, NULL, NULL);
}
