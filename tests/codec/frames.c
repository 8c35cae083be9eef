/* frames, to_frames: every shape of a length, both ways, and lengths that lie. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "codec_run.h"
#include "my_frame.h"

#define BYTES(text) (text), sizeof(text) - 1
#define OPTIONS(...)                                                                               \
    {                                                                                              \
        sizeof(weir_frames_options), __VA_ARGS__                                                   \
    }

/* The cases of tokio's length_delimited tests among them. */
static const struct {
    weir_frames_options options;
    const char *bytes;
    size_t n;
    const char *wanted;
} table[] = {
    {{0}, BYTES(""), "$"},
    {{0},
     BYTES("\0\0\0\x09"
           "abcdefghi"),
     "'abcdefghi' $"},
    {{0},
     BYTES("\0\0\0\x09"
           "abcdefghi\0\0\0\3"
           "123\0\0\0\x0bhello world"),
     "'abcdefghi' '123' 'hello world' $"},
    {{0}, BYTES("\0\0\0\0\0\0\0\0"), "'' '' $"},
    {{0}, BYTES("\0\0"), "!!TRUNCATED $"},
    {{0},
     BYTES("\0\0\0\x09"
           "abcd"),
     "!!TRUNCATED $"},
    {{0}, BYTES("\0\0\0\1a\0"), "'a' !!TRUNCATED $"},
    {OPTIONS(.little_endian = true),
     BYTES("\x09\0\0\0"
           "abcdefghi"),
     "'abcdefghi' $"},
    {OPTIONS(.width = 1),
     BYTES("\x09"
           "abcdefghi\3"
           "123\x0bhello world"),
     "'abcdefghi' '123' 'hello world' $"},
    {OPTIONS(.width = 2, .offset = 4),
     BYTES("zzzz\0\x09"
           "abcdefghizzzz\0\3"
           "123zzzz\0\x0bhello world"),
     "'abcdefghi' '123' 'hello world' $"},
    {OPTIONS(.width = 2, .offset = 4, .keep_header = true), BYTES("zzzz0\0"), "!!TRUNCATED $"},
    {OPTIONS(.width = 3),
     BYTES("\0\0\x09"
           "abcdefghi"),
     "'abcdefghi' $"},
    /* one byte more behind the length, which it does not count (num_skip 4 there) */
    {OPTIONS(.width = 3, .adjustment = 1), BYTES("\0\0\x09_abcdefghi\0\0\3_123"),
     "'_abcdefghi' '_123' $"},
    /* the length counts its own two bytes */
    {OPTIONS(.width = 2, .adjustment = -2),
     BYTES("\0\x0b"
           "abcdefghi\0\5"
           "123\0\2"),
     "'abcdefghi' '123' '' $"},
    {OPTIONS(.width = 2, .adjustment = -2),
     BYTES("\0\5"
           "123\0\1"),
     "'123' !!CORRUPT $"},
    {OPTIONS(.width = 1, .keep_header = true),
     BYTES("\3"
           "123\1a"),
     "'\003"
     "123' '\001a' $"},
    {OPTIONS(.width = 8, .little_endian = true), BYTES("\1\0\0\0\0\0\0\0a"), "'a' $"},
    {OPTIONS(.width = 8), BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "!!LIMIT $"},
    {OPTIONS(.width = 8, .adjustment = 9), BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "!!LIMIT $"},
    {OPTIONS(.width = 8, .adjustment = INT64_MIN), BYTES("\0\0\0\0\0\0\0\1"), "!!CORRUPT $"},
    {OPTIONS(.width = 8, .adjustment = INT64_MIN), BYTES("\x80\0\0\0\0\0\0\1a"), "'a' $"},
    {OPTIONS(.frame_bytes_max = 5),
     BYTES("\0\0\0\x09"
           "abcdefghi"),
     "!!LIMIT $"},
    {OPTIONS(.frame_bytes_max = 5),
     BYTES("\0\0\0\5"
           "abcde\0\0\0\6"
           "a"),
     "'abcde' !!LIMIT $"},
    {OPTIONS(.width = 9), BYTES("a"), "!!ARGUMENT $"},
    {OPTIONS(.offset = 256), BYTES("a"), "!!ARGUMENT $"},
    {OPTIONS(.frame_bytes_max = SIZE_MAX), BYTES("a"), "!!ARGUMENT $"},
};
enum { CASES = sizeof table / sizeof *table };

static void however_the_bytes_come(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CASES; i++) {
        const weir_frames_options *options = table[i].options.size ? &table[i].options : NULL;
        const char *bytes = table[i].bytes, *wanted = table[i].wanted;
        size_t n = table[i].n;
        assert_string_equal(trace(weir_frames(weir_memory_reader(bytes, n), options), 64), wanted);
        weir_reader *source = one_byte_reader(bytes, n, true);
        assert_string_equal(trace_items(weir_frames(source, options), 1), wanted);
        for (size_t at = 1; at < n; at++) {
            source = weir_chain_reader(pieces_reader(bytes, at, at),
                                       pieces_reader(bytes + at, n - at, n));
            assert_string_equal(trace(weir_frames(source, options), 3), wanted);
        }
    }
}

static void errors_say_where(void **state)
{
    static const struct {
        weir_frames_options options;
        const char *bytes;
        size_t n;
        const char *message;
    } errors[] = {
        {OPTIONS(.frame_bytes_max = 5), BYTES("\0\0\0\1a\0\0\0\6"),
         "a frame of 6 bytes; frame_bytes_max = 5"},
        {OPTIONS(.width = 4, .adjustment = -9),
         BYTES("\0\0\0\x0a"
               "a\0\0\0\1"),
         "a frame's length is 1, with an adjustment of -9"},
        {OPTIONS(.width = 4), BYTES("\0\0\0\1a\0\0\0\6abc"),
         "the input ends inside a frame, 7 bytes after its beginning"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) {
        weir_reader *source = pieces_reader(errors[i].bytes, errors[i].n, 3);
        weir_error error = error_of(weir_frames(source, &errors[i].options));
        assert_string_equal(error.message, errors[i].message);
        assert_int_equal(error.byte, 5);
        assert_int_equal(error.record, 2);
        assert_string_equal(error.trail[0], "frames");
    }
}

/* A length of 8 MiB, of which a few bytes come. */
static void no_more_is_asked_for_than_a_little(void **state)
{
    static const char bytes[5000] = {0, 0x7f};
    (void)state;
    memory_begin(0, false);
    weir_error error = error_of(weir_frames(pieces_reader(bytes, sizeof bytes, 1000), NULL));
    assert_int_equal(error.code, WEIR_E_TRUNCATED);
    assert_in_range(memory.peak_bytes, 1, 128 << 10);
    assert_int_equal(memory_end(), 0);
}

/* ---- and back ---- */

static const weir_line lines[] = {{"abc", 3}, {"", 0}, {"hello world", 11}};

static void what_to_frames_makes_frames_reads(void **state)
{
    static const char wanted[] = "'abc' '' 'hello world' $";
    (void)state;
    for (uint32_t width = 0; width < 9; width++)
        for (unsigned kind = 0; kind < 2 * 2 * 3; kind++) {
            static const int64_t adjustments[] = {0, -40, 0};
            weir_frames_options options =
                WEIR_FRAMES_OPTIONS(.width = width, .little_endian = kind % 2,
                                    .adjustment = adjustments[kind / 4]);
            weir_stream *source = weir_iter(&weir_type_line, lines, 3);
            weir_reader *bytes = weir_to_frames(kind / 2 % 2 ? weir_own(source) : source, &options);
            assert_string_equal(trace(weir_frames(bytes, &options), 64), wanted);
        }
}

static void the_bytes_are_exact(void **state)
{
    static const struct {
        weir_frames_options options;
        const char *bytes;
        size_t n;
    } exact[] = {
        {{0}, BYTES("\0\0\0\3abc\0\0\0\0\0\0\0\x0bhello world")},
        {OPTIONS(.width = 1), BYTES("\3abc\0\x0bhello world")},
        {OPTIONS(.width = 2, .little_endian = true), BYTES("\3\0abc\0\0\x0b\0hello world")},
        {OPTIONS(.width = 2, .adjustment = -2), BYTES("\0\5abc\0\2\0\x0dhello world")},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof exact / sizeof *exact; i++) {
        weir_reader *reader = weir_to_frames(weir_iter(&weir_type_line, lines, 3),
                                             exact[i].options.size ? &exact[i].options : NULL);
        struct bytes got = reader_bytes(reader, NULL);
        assert_int_equal(got.n, exact[i].n);
        assert_memory_equal(got.data, exact[i].bytes, got.n);
        free(got.data);
    }
}

/* F8: nothing of it is written, and the next one follows. */
static void a_length_without_room_is_an_error(void **state)
{
    static char large[256];
    static const weir_line three[] = {{"a", 1}, {large, 256}, {"b", 1}};
    static const weir_frames_options options[] = {OPTIONS(.width = 1),
                                                  OPTIONS(.frame_bytes_max = 255)};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct test_cx test;
        size_t n;
        test_cx_init(&test);
        weir_reader *reader = weir_to_frames(weir_iter(&weir_type_line, three, 3), &options[i]);
        size_t one = i ? 5 : 2;
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, one);
        assert_int_equal(weir_peek(reader, &n)[one - 1], 'a');
        weir_consume(reader, one);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
        assert_false(test.cx.error.fatal);
        assert_int_equal(test.cx.error.record, 2);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, one);
        assert_int_equal(weir_peek(reader, &n)[one - 1], 'b');
        weir_drop(reader);
        test_cx_fini(&test);
    }
}

/* What would not be negative comes back, and what stands before a length is not made up. */
static void what_cannot_be_framed(void **state)
{
    static const weir_frames_options options[] = {
        OPTIONS(.offset = 1), OPTIONS(.keep_header = true), OPTIONS(.adjustment = 4)};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        weir_error error;
        struct bytes got =
            reader_bytes(weir_to_frames(weir_iter(&weir_type_line, lines, 1), &options[i]), &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(got.n, 0);
        assert_int_equal(error.code, i < 2 ? WEIR_E_ARGUMENT : WEIR_E_LIMIT);
    }
    weir_error error;
    reader_bytes(weir_to_frames(weir_range(0, 2), NULL), &error);
    assert_int_equal(error.code, WEIR_E_TYPE);
}

/* F10: a writer that waits and takes little. */
static void into_a_slow_writer(void **state)
{
    static const char wanted[] = "\0\0\0\3abc\0\0\0\0\0\0\0\x0bhello world";
    struct sink sink = {.at_most = 3, .pending = true};
    uint64_t n = 0;
    weir_error error;
    (void)state;
    weir_reader *reader = weir_to_frames(weir_iter(&weir_type_line, lines, 3), NULL);
    assert_int_equal(await(weir_copy(reader, sink_writer(&sink)), &n, &error), WEIR_READY);
    assert_int_equal(n, sizeof wanted - 1);
    assert_memory_equal(sink.data, wanted, n);
    assert_true(sink.closed);
    sink_fini(&sink);
}

int codec_frames(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_the_bytes_come),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(no_more_is_asked_for_than_a_little),
        cmocka_unit_test(what_to_frames_makes_frames_reads),
        cmocka_unit_test(the_bytes_are_exact),
        cmocka_unit_test(a_length_without_room_is_an_error),
        cmocka_unit_test(what_cannot_be_framed),
        cmocka_unit_test(into_a_slow_writer),
    };
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
