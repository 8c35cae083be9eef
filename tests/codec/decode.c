/* decode: the adapter of decoders: what it consumes and when, where errors are, limits before
 * memory, and what becomes of decoders that break their contract. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec_run.h"
#include "my_frame.h"

#if !defined(WEIR_CHECKS)
#define WEIR_CHECKS 0
#endif

#define BYTES(text) (text), sizeof(text) - 1

static weir_stream *frames_of(weir_reader *source)
{
    return weir_decode(source, &my_frame_decoder, NULL, 1000);
}

/* ---- what comes ---- */

static const struct {
    const char *bytes;
    size_t n;
    const char *wanted;
} inputs[] = {
    {BYTES(""), "$"},
    {BYTES("\0\0\0"), "0: $"},
    {BYTES("\1\0\2ab"), "1:ab $"},
    {BYTES("\1\0\2ab\2\0\0\3\0\1c"), "1:ab 2: 3:c $"},
    {BYTES("\xff\0\2ab"), "$"},
    {BYTES("\xff\0\0\1\0\1a\xff\0\1b\xff\0\0"), "1:a $"},
    {BYTES("\1"), "!!TRUNCATED $"},
    {BYTES("\1\0"), "!!TRUNCATED $"},
    {BYTES("\1\0\1a\1\0\3ab"), "1:a !!TRUNCATED $"},
    {BYTES("\1\0\1a\xf0\0\1b\2\0\1c"), "1:a !CORRUPT 2:c $"},
    {BYTES("\xf0\0\0\xf0\0\0\2\0\1c"), "!CORRUPT !CORRUPT 2:c $"},
    {BYTES("\1\0\1a\2\0\1b\4\0\1c\1\0\1a"), "1:a 2:b !!CORRUPT $"},
    {BYTES("\1\0\1a\1\4\0b"), "1:a !!LIMIT $"},
};
enum { INPUTS = sizeof inputs / sizeof *inputs };

static const char *split_in_two(const char *bytes, size_t n, size_t at, size_t demand)
{
    return trace_items(frames_of(weir_chain_reader(pieces_reader(bytes, at, at + !at),
                                                   weir_memory_reader(bytes + at, n - at))),
                       demand);
}

static void however_the_bytes_come(void **state)
{
    (void)state;
    for (unsigned i = 0; i < INPUTS; i++)
        for (size_t demand = 1; demand <= 64; demand *= 4) {
            const char *bytes = inputs[i].bytes, *wanted = inputs[i].wanted;
            size_t n = inputs[i].n;
            assert_string_equal(trace(frames_of(weir_memory_reader(bytes, n)), demand), wanted);
            assert_string_equal(trace(frames_of(pieces_reader(bytes, n, n + 1)), demand), wanted);
            assert_string_equal(trace_items(frames_of(one_byte_reader(bytes, n, true)), demand),
                                wanted);
            for (size_t at = 0; at <= n; at++)
                assert_string_equal(split_in_two(bytes, n, at, demand), wanted);
        }
}

/* F1, F2: nothing early, nothing lost in a wait. */
static void frames_over_packets(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } table[] = {
        {"\"\\0\\0\\0\" $", "0: $"},
        {"P \"\\0\" P \"\\0\\0\" P $", "P P 0: P $"},
        {"P \"\\0\\0\\0\\0\" P \"\\0\\0\" P $", "P 0: P 0: P $"},
        {"\"\\0\\0\\0\\0\\0\\0\\0\\0\\0\" P $", "0: 0: 0: P $"},
        {"\"\\0\\0\\0\\0\" P !!7", "0: P !!7 $"},
        {"\"\\0\\0\" !7 P \"\\0\" $", "!7 P 0: $"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct script script = {0};
        assert_string_equal(trace(frames_of(script_reader(&script, table[i].script)), 64),
                            table[i].wanted);
    }
}

/* ---- places ---- */

static weir_error error_of(weir_stream *stream)
{
    struct trace trace = {.no_pending = true};
    struct test_cx test;
    test_cx_init(&test);
    trace_run(&trace, stream, &test, 64);
    weir_drop(stream);
    test_cx_fini(&test);
    return trace.error;
}

static void errors_say_where(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        uint64_t byte;
        const char *message;
    } table[] = {
        {BYTES("\1\0\1a\2\0\1b\4\0\1c"), 8, "a frame of kind 4"},
        {BYTES("\1\0\1a\2\0\1b\xf0\0\1c"), 9, "a bad frame"},
        {BYTES("\1\0\1a\xff\0\0\2\0\1b\1\0"), 11,
         "the input ends inside a frame, 2 bytes after its beginning"},
        {BYTES("\1\0\1a\2\0\1b\1\4\0"), 8,
         "a frame takes 1027 bytes at least; frame_bytes_max = 1000"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        for (unsigned pieces = 0; pieces < 2; pieces++) {
            const char *bytes = table[i].bytes;
            size_t n = table[i].n;
            weir_error error = error_of(
                frames_of(pieces ? one_byte_reader(bytes, n, true) : weir_memory_reader(bytes, n)));
            assert_string_equal(error.message, table[i].message);
            assert_int_equal(error.byte, table[i].byte);
            assert_int_equal(error.record, 3);
            assert_string_equal(error.trail[0], "my_frame");
        }
}

/* ---- limits ---- */

/* The bytes of a frame that is too long are never asked for. */
static void a_length_that_lies_takes_no_memory(void **state)
{
    static unsigned char bytes[300 << 10] = {1, 0xff, 0xff};
    (void)state;
    memory_begin(0, false);
    weir_error error = error_of(
        weir_decode(pieces_reader(bytes, sizeof bytes, 3), &my_frame_decoder, NULL, 0xffff));
    assert_in_range(memory.peak_bytes, 0, 32 << 10);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message,
                        "a frame takes 65538 bytes at least; frame_bytes_max = 65535");
    assert_non_null(error.cure);
}

int codec_decode(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_the_bytes_come),
        cmocka_unit_test(frames_over_packets),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(a_length_that_lies_takes_no_memory),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
