/* encode: items as bytes: what is gathered, what is too large, and what becomes of the others when
 * one cannot be encoded. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "codec_run.h"
#include "my_frame.h"

/* A script's item: kind value % 10, a body of value / 10 bytes. */
static void make_frame(void *out, int64_t value, void *arg)
{
    *(struct my_frame *)out = (struct my_frame){(uint8_t)(value % 10), {arg, (size_t)value / 10}};
}

/* The bytes as text, "1:aa", with "!" and the error's record for each error; P for waits. */
static const char *text_of(weir_reader *reader, size_t min)
{
    static char text[2048];
    static struct test_cx test;
    size_t n = 0;
    test_cx_init(&test);
    for (;;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, min);
        size_t in_hand;
        const unsigned char *bytes = weir_peek(reader, &in_hand);
        assert_true(got.state != WEIR_READY || in_hand >= min);
        for (size_t i = 0; i < in_hand; i++)
            n += weir_format(text + n, sizeof text - n, bytes[i] < 10 ? "%d" : "%c", bytes[i]);
        weir_consume(reader, in_hand);
        if (got.state == WEIR_ERROR)
            n += weir_format(text + n, sizeof text - n, "!%llu ",
                             (unsigned long long)test.cx.error.record);
        if (got.state == WEIR_END)
            break;
        assert_true(got.state != WEIR_PENDING || test_cx_woken(&test));
    }
    weir_drop(reader);
    test_cx_fini(&test);
    return text;
}

/* An error in the middle of a batch takes nothing with it. */
static void items_come_as_bytes(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } table[] = {
        {"$", ""},
        {"1 $", "100"},
        {"21 2 13 $", "102aa200301a"},
        {"1 P 2 P P 3 $", "100200300"},
        {"11 4 12 $", "101a!2 201a"},
        {"4 4 12 4 $", "!1 !2 201a!4 "},
        {"81 12 $", "!1 201a"}, /* over the limit of 10 bytes */
        {"71 12 $", "107aaaaaaa201a"},
    };
    static char body[] = "aaaaaaaaa";
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t min = 1; min < 4; min++) {
            struct script script = {.type = &my_frame_type, .make = make_frame, .arg = body};
            weir_stream *source = script_stream(&script, table[i].script);
            weir_reader *reader = weir_encode(source, &my_frame_encoder, NULL, 10);
            if (min > 1 && strchr(table[i].wanted, '!'))
                weir_drop(reader); /* what is in hand comes behind an error then */
            else
                assert_string_equal(text_of(reader, min), table[i].wanted);
        }
}

/* Both ways. */
static void a_round_trip(void **state)
{
    static const char wanted[] = "1:abc 2: 3:abcdefghi $";
    static const struct my_frame frames[] = {{1, {"abc", 3}}, {2, {"", 0}}, {3, {"abcdefghi", 9}}};
    (void)state;
    for (size_t demand = 1; demand < 5; demand++) {
        weir_stream *source = weir_iter(&my_frame_type, frames, 3);
        weir_reader *bytes = weir_encode(source, &my_frame_encoder, NULL, 100);
        assert_string_equal(trace(weir_decode(bytes, &my_frame_decoder, NULL, 100), demand),
                            wanted);
    }
}

int codec_encode(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_as_bytes),
        cmocka_unit_test(a_round_trip),
    };
    return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
