/* decode: the adapter of decoders: what it consumes and when, where errors are, limits before
 * memory, and what is lent. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "codec_run.h"
#include "my_frame.h"

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

/* What a bad frame was is known until the next poll, also behind items, and in the copied end. */
static void what_was_bad_is_known(void **state)
{
    static const char bytes[] = "\1\0\1a\xf0\0\2bc\xf0\0\0\2\0\1c";
    (void)state;
    for (size_t demand = 1; demand < 5; demand++) {
        struct my_frame frames[4];
        struct test_cx test;
        weir_line line;
        unsigned errors = 0;
        test_cx_init(&test);
        weir_stream *stream = frames_of(weir_memory_reader(BYTES(bytes)));
        for (weir_poll got = {0}; got.state != WEIR_END;) {
            test_cx_turn(&test);
            got = weir_poll_next(stream, &test.cx, frames, demand);
            if (got.state != WEIR_ERROR)
                continue;
            assert_true(weir_rejected(stream, &line));
            assert_int_equal(line.size, errors ? 3 : 5);
            assert_memory_equal(line.data, errors++ ? "\xf0\0\0" : "\xf0\0\2bc", line.size);
        }
        assert_false(weir_rejected(stream, &line));
        assert_int_equal(errors, 2);
        weir_drop(stream);
        test_cx_fini(&test);
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

/* A line decoder without a limit of its own: what ends with the input may be as long as the limit,
 * and not a byte longer. */
static weir_decoded word_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                void *out, weir_error *error)
{
    (void)state, (void)error;
    size_t size = 0;
    while (size < n && bytes[size] != ' ')
        size++;
    if (size == n && (!last || !n))
        return (weir_decoded){WEIR_FOUND_NEED, 0};
    *(weir_line *)out = (weir_line){(const char *)bytes, size};
    return (weir_decoded){WEIR_FOUND_ITEM, size + (size < n)};
}
static const weir_decoder word_decoder = {
    .name = "words", .type = &weir_type_line, .decode = word_decode};

static void the_limit_is_exact(void **state)
{
    static const struct {
        const char *bytes;
        const char *wanted;
    } table[] = {
        {"abcd", "'abcd' $"},         {"abcde", "!!LIMIT $"},         {"abc ", "'abc' $"},
        {"abcd ", "!!LIMIT $"},       {"a bcd e", "'a' 'bcd' 'e' $"}, {"a bcde", "'a' 'bcde' $"},
        {"a bcdef", "'a' !!LIMIT $"}, {"ab   ", "'ab' '' '' $"}};
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t piece = 1; piece < 9; piece++) {
            const char *bytes = table[i].bytes;
            size_t n = strlen(bytes);
            weir_reader *source = pieces_reader(bytes, n, piece);
            assert_string_equal(trace(weir_decode(source, &word_decoder, NULL, 4), 64),
                                table[i].wanted);
            source = weir_memory_reader(bytes, n);
            assert_string_equal(trace(weir_decode(source, &word_decoder, NULL, 4), piece),
                                table[i].wanted);
        }
}

static void limits_that_cannot_be(void **state)
{
    static const size_t limits[] = {0, (size_t)WEIR_MIN_MAX + 1, SIZE_MAX};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        weir_error error =
            error_of(weir_decode(weir_memory_reader("", 0), &word_decoder, NULL, limits[i]));
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        assert_memory_equal(error.message, "words: the limit 'frame_bytes_max' is ", 38);
    }
    weir_reader *failed = weir_reader_refused(WEIR_E_USER, NULL, "no %s", "reader", NULL, 0);
    weir_error error = error_of(weir_decode(failed, &word_decoder, NULL, 9));
    assert_string_equal(error.message, "no reader");
    assert_string_equal(
        trace(weir_decode(weir_memory_reader("a", 1), &word_decoder, NULL, WEIR_MIN_MAX), 1),
        "'a' $");
}

/* ---- what is lent ---- */

/* Frames are where the reader has them, and consumed with the next poll. */
static void frames_are_lent(void **state)
{
    static char bytes[400] = {1, 0, 2, 'a', 'b', 2, 0, 1, 'c'};
    struct my_frame frames[8];
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_memory_reader(bytes, sizeof bytes);
    weir_stream *stream = frames_of(weir_reader_by_ref(reader));
    assert_true(stream->type->lent);
    assert_int_equal(weir_poll_next(stream, &test.cx, frames, 1).n, 1);
    assert_ptr_equal(frames[0].body.data, bytes + 3);
    assert_int_equal(weir_poll_next(stream, &test.cx, frames, 1).n, 1);
    assert_ptr_equal(frames[0].body.data, bytes + 8);
    weir_drop(stream); /* the second one counts as used */
    assert_int_equal(reader->offset, 9);
    weir_drop(reader);
    test_cx_fini(&test);
}

/* Reads behind what it is given, as a scanner does. */
static weir_decoded scan(void *state, const unsigned char *bytes, size_t n, bool last, void *out,
                         weir_error *error)
{
    unsigned *sum = state;
    for (size_t i = 0; i < n + WEIR_PADDING_BYTES; i++)
        *sum += bytes[i];
    return word_decode(state, bytes, n, last, out, error);
}

static void bytes_behind_the_end_may_be_read(void **state)
{
    static const weir_decoder scanner = {
        .name = "scan", .type = &weir_type_line, .state_size = sizeof(unsigned), .decode = scan};
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        char *bytes = malloc(n + !n); /* what stands behind it is not ours */
        size_t words = 0;
        struct trace plain = {0};
        struct test_cx test;
        for (size_t i = 0; i < n; i++)
            words += (bytes[i] = i % 7 == 6 ? ' ' : 'x') == ' ' || i + 1 == n;
        for (size_t at = 0; at <= n; at += 1 + n / 9) {
            plain = (struct trace){.polls_max = 1000};
            test_cx_init(&test);
            weir_reader *source = weir_chain_reader(weir_memory_reader(bytes, at),
                                                    weir_memory_reader(bytes + at, n - at));
            weir_stream *stream = weir_decode(source, &scanner, NULL, 1 + n);
            trace_run(&plain, stream, &test, 1 + at % 3);
            assert_int_equal(plain.items, words);
            assert_int_equal(plain.errors, 0);
            weir_drop(stream);
            test_cx_fini(&test);
        }
        free(bytes);
    }
}

static weir_decoded number_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                  void *out, weir_error *error)
{
    (void)state, (void)last, (void)error;
    if (n < 1)
        return (weir_decoded){WEIR_FOUND_NEED, 1};
    *(int64_t *)out = bytes[0];
    return (weir_decoded){WEIR_FOUND_ITEM, 1};
}

static weir_decoded tracked_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                   void *out, weir_error *error)
{
    (void)state, (void)last, (void)error;
    if (n < 1)
        return (weir_decoded){WEIR_FOUND_NEED, 1};
    *(struct tracked *)out = tracked_make(bytes[0]);
    return (weir_decoded){WEIR_FOUND_ITEM, 1};
}

/* Only what may hold a pointer into the bytes is lent. */
static void the_type_says_what_may_be_held(void **state)
{
    static const weir_decoder numbers = {
        .name = "numbers", .type = &weir_type_i64, .decode = number_decode};
    static const weir_decoder owning = {
        .name = "owning", .type = &tracked_type, .decode = tracked_decode};
    (void)state;
    weir_stream *stream = weir_decode(weir_memory_reader("ab", 2), &numbers, NULL, 1);
    assert_false(stream->type->lent);
    assert_string_equal(trace(weir_chunks(stream, 2), 1), "[97 98] $");
    unsigned before = tracked_live;
    stream = weir_decode(weir_memory_reader("abc", 3), &owning, NULL, 1);
    assert_false(stream->type->lent);
    assert_string_equal(trace(weir_take(stream, 2), 64), "97 98 $");
    assert_int_equal(tracked_live, before);
    weir_error error = error_of(weir_chunks(frames_of(weir_memory_reader("", 0)), 2));
    assert_int_equal(error.code, WEIR_E_TYPE);
}

/* ---- options, state, the end ---- */

/* Counts bytes, and gives the counts of its options at the end. */
struct tally {
    size_t bytes;
    int left;
    int *finis;
};
struct tally_options {
    int counts;
    int *finis;
};

static bool tally_init(void *state, const void *options, weir_error *error)
{
    const struct tally_options *given = options;
    if (given->counts < 0) {
        weir_error_set(error, WEIR_E_USER, "%d counts", given->counts);
        error->cure = "some";
        return false;
    }
    *(struct tally *)state = (struct tally){0, given->counts, given->finis};
    return true;
}

static weir_decoded tally_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                 void *out, weir_error *error)
{
    struct tally *self = state;
    (void)bytes, (void)error;
    self->bytes += n;
    if (n || !self->left--)
        return (weir_decoded){n ? WEIR_FOUND_SKIP : WEIR_FOUND_NEED, n + !n};
    assert_true(last);
    *(int64_t *)out = (int64_t)self->bytes;
    return (weir_decoded){WEIR_FOUND_ITEM, 0};
}

static void tally_fini(void *state)
{
    ++*((struct tally *)state)->finis;
}

static const weir_decoder tally_decoder = {.name = "tally",
                                           .type = &weir_type_i64,
                                           .state_size = sizeof(struct tally),
                                           .init = tally_init,
                                           .decode = tally_decode,
                                           .fini = tally_fini};

/* F13: what the state holds comes when the input is over. */
static void the_state_gives_its_items_at_the_end(void **state)
{
    static const char *const wanted[] = {"$", "5 $", "5 5 $", "5 5 5 $", "5 5 5 5 $"};
    int finis = 0;
    (void)state;
    for (int counts = 0; counts < 5; counts++)
        for (size_t demand = 1; demand < 6; demand++) {
            struct tally_options options = {counts, &finis};
            weir_reader *source =
                demand % 2 ? weir_memory_reader("abcde", 5) : pieces_reader("abcde", 5, demand);
            weir_stream *stream = weir_decode(source, &tally_decoder, &options, 100);
            memset(&options, 0xdd, sizeof options); /* they are not looked at again */
            assert_string_equal(trace(stream, demand), wanted[counts]);
        }
    assert_int_equal(finis, 25);
}

static void a_decoder_that_does_not_begin(void **state)
{
    int finis = 0;
    struct tally_options options = {-3, &finis};
    (void)state;
    weir_error error =
        error_of(weir_decode(weir_memory_reader("a", 1), &tally_decoder, &options, 100));
    assert_int_equal(error.code, WEIR_E_USER);
    assert_string_equal(error.message, "-3 counts");
    assert_string_equal(error.cure, "some");
    assert_int_equal(finis, 0);
}

/* What is skipped is paid for: others have their turn. */
static void skipping_ends_with_the_turn(void **state)
{
    static char bytes[3 * 1000];
    struct trace trace = {0};
    struct test_cx test;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i += 3)
        bytes[i] = (char)0xff;
    test_cx_init(&test);
    weir_stream *stream = frames_of(weir_memory_reader(bytes, sizeof bytes));
    trace_run(&trace, stream, &test, 64);
    assert_in_range(trace.pendings, 1000 / WEIR_BUDGET, 1000 / WEIR_BUDGET + 2);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- several at once ---- */

static unsigned alone; /* items that decode made by itself */

static weir_decoded digit_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                 void *out, weir_error *error)
{
    alone++;
    if (n && bytes[0] == '!') {
        weir_error_set(error, WEIR_E_USER, "no digit");
        return (weir_decoded){WEIR_FOUND_BAD, 1};
    }
    weir_decoded got = number_decode(state, bytes, n, last, out, error);
    *(int64_t *)out -= '0';
    return got;
}

/* Digits, and blanks between them. */
static size_t digits_decode(void *state, const unsigned char *bytes, size_t n, void *out,
                            size_t demand, size_t *used)
{
    size_t made = 0;
    (void)state;
    for (; *used < n && made < demand && bytes[*used] != '!'; ++*used)
        if (bytes[*used] != ' ')
            ((int64_t *)out)[made++] = bytes[*used] - '0';
    return made;
}

static void many_at_once(void **state)
{
    static const weir_decoder digits = {.name = "digits",
                                        .type = &weir_type_i64,
                                        .decode = digit_decode,
                                        .decode_many = digits_decode};
    (void)state;
    for (size_t piece = 1; piece < 9; piece++)
        for (size_t demand = 1; demand < 9; demand++) {
            alone = 0;
            weir_reader *source = pieces_reader("12 3!!45  ", 10, piece);
            assert_string_equal(trace_items(weir_decode(source, &digits, NULL, 3), demand),
                                "1 2 3 !USER !USER 4 5 $");
            assert_in_range(alone, 2, 4); /* the errors, and the end */
        }
    struct trace trace = {0};
    struct test_cx test;
    test_cx_init(&test);
    weir_stream *stream = weir_decode(weir_memory_reader("1 2!", 4), &digits, NULL, 3);
    trace_run(&trace, stream, &test, 64);
    assert_int_equal(trace.error.byte, 3);
    assert_int_equal(trace.error.record, 3);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- memory ---- */

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < INPUTS; i++)
        for (unsigned long at = 1, failed = 1; failed; at++) {
            weir_error error;
            memory_begin(at, true);
            weir_reader *source = weir_chain_reader(
                weir_memory_reader(inputs[i].bytes, inputs[i].n), pieces_reader("\1\0\0", 3, 2));
            error = error_of(frames_of(source));
            failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            if (failed)
                assert_int_equal(error.code, WEIR_E_MEMORY);
        }
}

static void dropped_at_each_step(void **state)
{
    static const char bytes[] = "\1\0\2ab\2\0\0\3\0\1c";
    (void)state;
    for (unsigned steps = 0; steps < 40; steps++) {
        struct trace trace = {0};
        struct test_cx test;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_stream *stream = frames_of(one_byte_reader(bytes, sizeof bytes - 1, true));
        for (unsigned i = 0; i < steps; i++)
            trace_poll(&trace, stream, &test, 1 + steps % 3);
        weir_drop(stream);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

/* What it says is never passed, with the copy of the last bytes too. */
static void it_keeps_its_bound(void **state)
{
    enum { SIZE = 60000 };
    unsigned char *bytes = calloc(1, SIZE + 3);
    (void)state;
    bytes[1] = SIZE >> 8;
    bytes[2] = SIZE & 0xff;
    for (unsigned pieces = 0; pieces < 2; pieces++) {
        memory_begin(0, false);
        weir_stream *stream = weir_decode(pieces ? pieces_reader(bytes, SIZE + 3, 7000)
                                                 : weir_memory_reader(bytes, SIZE + 3),
                                          &my_frame_decoder, NULL, SIZE + 3);
        size_t bound = weir_memory_max(stream);
        struct trace trace = {.no_pending = true};
        struct test_cx test;
        test_cx_init(&test);
        trace_run(&trace, stream, &test, 1);
        assert_int_equal(trace.items, 1);
        weir_drop(stream);
        test_cx_fini(&test);
        assert_in_range(memory.peak_bytes, pieces ? 1 : SIZE, bound);
        assert_int_equal(memory_end(), 0);
    }
    free(bytes);
}

int codec_decode(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_the_bytes_come),
        cmocka_unit_test(frames_over_packets),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(what_was_bad_is_known),
        cmocka_unit_test(a_length_that_lies_takes_no_memory),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(limits_that_cannot_be),
        cmocka_unit_test(frames_are_lent),
        cmocka_unit_test(bytes_behind_the_end_may_be_read),
        cmocka_unit_test(the_type_says_what_may_be_held),
        cmocka_unit_test(the_state_gives_its_items_at_the_end),
        cmocka_unit_test(a_decoder_that_does_not_begin),
        cmocka_unit_test(skipping_ends_with_the_turn),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(it_keeps_its_bound),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
