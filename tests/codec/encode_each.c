/* encode_each: the bytes of each item by itself, and marks between them in their places. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "codec_run.h"
#include "my_frame.h"
#include "weir/csv.h"
#include "weir/record.h"

static void make_frame(void *out, int64_t value, void *arg)
{
    *(struct my_frame *)out = (struct my_frame){(uint8_t)(value % 10), {arg, (size_t)value / 10}};
}

/* How long each line is, with | for marks, ! for errors and P for waits. */
static const char *text_of(weir_stream *stream, size_t demand)
{
    static char text[2048];
    static struct test_cx test;
    weir_line lines[8];
    size_t n = 0;
    weir_poll got = {0, WEIR_READY};
    test_cx_init(&test);
    while (got.state != WEIR_END) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, lines, demand);
        for (uint32_t i = 0; i < got.n; i++)
            n += weir_format(text + n, sizeof text - n, "%zu ", lines[i].size);
        if (got.state == WEIR_MARK)
            weir_mark_settle(weir_mark_take(&test.cx), true);
        assert_true(got.state != WEIR_PENDING || test_cx_woken(&test));
        n += weir_format(text + n, sizeof text - n, "%s",
                         got.state == WEIR_MARK    ? "| "
                         : got.state == WEIR_ERROR ? "! "
                                                   : "");
    }
    weir_drop(stream);
    test_cx_fini(&test);
    return text;
}

static void items_come_one_by_one(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } table[] = {
        {"$", ""},
        {"1 21 P 13 $", "3 5 4 "},
        {"| 1 | | 21 13 P | $", "| 3 | | 5 4 | "},
        {"4 4 | 12 4 | $", "! ! | 4 ! | "},
        {"81 | 12 $", "! | 4 "}, /* over the limit of 10 bytes */
    };
    static char body[] = "aaaaaaaaa";
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t demand = 1; demand < 8; demand++) {
            struct script script = {.type = &my_frame_type, .make = make_frame, .arg = body};
            weir_stream *source = script_stream(&script, table[i].script);
            assert_string_equal(
                text_of(weir_encode_each(source, &my_frame_encoder, NULL, 10), demand),
                table[i].wanted);
            assert_int_equal(script.marks_kept, script.marks_given);
        }
}

static char large[1 << 20];

/* The block grows for what is larger, and holds no more than was said. */
static void items_of_all_sizes(void **state)
{
    static const struct my_frame frames[] = {{0, {large, 60000}},  {1, {large, 5530}},
                                             {2, {large, 1}},      {3, {large, 300000}},
                                             {1, {large, 299000}}, {2, {large, 0}}};
    (void)state;
    for (size_t demand = 1; demand < 8; demand++) {
        memory_begin(0, false);
        weir_stream *stream =
            weir_encode_each(weir_iter(&my_frame_type, frames, 6), &my_frame_encoder, NULL, 400000);
        size_t bound = weir_memory_max(stream);
        assert_string_equal(text_of(stream, demand), "60003 5533 4 300003 299003 3 ");
        assert_in_range(memory.peak_bytes, 1, bound);
        assert_int_equal(memory_end(), 0);
    }
}

struct pet {
    int64_t age;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, age, 1))

/* The names stand before the first record, or alone at the end; a mark that comes first waits for
 * nobody. */
static void names_of_a_table(void **state)
{
    static const struct pet pets[] = {{7}, {1234}};
    (void)state;
    weir_stream *stream = weir_to_csv_each(weir_iter(&pet_record.type, pets, 2), NULL);
    assert_string_equal(text_of(stream, 8), "6 5 ");
    stream = weir_to_csv_each(weir_iter(&pet_record.type, pets, 0), NULL);
    assert_string_equal(text_of(stream, 8), "4 ");
}

static void what_cannot_be_built(void **state)
{
    (void)state;
    struct script script = {.type = &my_frame_type, .make = make_frame};
    weir_stream *stream =
        weir_encode_each(script_stream(&script, "1 $"), &my_frame_encoder, NULL, 0);
    assert_true(weir_stage_failed(&stream->stage));
    weir_drop(stream);
    for (uint64_t at = 1; at < 8; at++) {
        memory_begin(at, false);
        weir_stream *source = script_stream(&script, "1 $");
        text_of(weir_encode_each(source, &my_frame_encoder, NULL, 10), 1);
        assert_int_equal(memory_end(), 0);
    }
}

int codec_encode_each(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_one_by_one),
        cmocka_unit_test(items_of_all_sizes),
        cmocka_unit_test(names_of_a_table),
        cmocka_unit_test(what_cannot_be_built),
    };
    return cmocka_run_group_tests_name("encode_each", tests, NULL, NULL);
}
