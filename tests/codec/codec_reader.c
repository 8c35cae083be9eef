/* codec_reader: what codecs are told, what they are given, and what becomes of those that break
 * their contract. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec_run.h"

#if !defined(WEIR_CHECKS)
#define WEIR_CHECKS 0
#endif

static bool begins(void *state, const void *options, weir_error *error)
{
    (void)state, (void)options, (void)error;
    return true;
}

static void make(weir_span *span, const void *bytes, size_t n)
{
    memcpy(span->out, bytes, n);
    span->out += n;
    span->out_n -= n;
}

static void use(weir_span *span, size_t n)
{
    span->in += n;
    span->in_n -= n;
}

/* What a codec makes of a script, as text; "!" stands for an error. */
static const char *text_of(weir_reader *reader)
{
    static char text[512];
    struct bytes got = reader_bytes(reader, NULL);
    assert_in_range(got.n, 0, sizeof text - 2);
    if (got.n)
        memcpy(text, got.data, got.n);
    text[got.n] = got.state == WEIR_ERROR ? '!' : '\0';
    text[got.n + 1] = '\0';
    free(got.data);
    return text;
}

/* ---- what a step is told ---- */

/* Copies, and writes '|' for each IDLE and '.' for LAST. */
static weir_codec_state echo(void *state, weir_span *span, weir_input input, weir_error *error)
{
    (void)state, (void)error;
    size_t n = span->in_n;
    make(span, span->in, n);
    use(span, n);
    if (input == WEIR_INPUT_IDLE)
        make(span, "|", 1);
    if (input == WEIR_INPUT_LAST)
        make(span, ".", 1);
    return input == WEIR_INPUT_LAST ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static const weir_codec echo_codec = {
    .size = sizeof(weir_codec), .name = "echo", .state_size = 1, .init = begins, .step = echo};

/* All that a codec needs is a name and a step. */
static void it_needs_no_state_and_no_init(void **state)
{
    static const weir_codec bare = {.size = sizeof bare, .name = "bare", .step = echo};
    weir_vec out = {0};
    (void)state;
    assert_string_equal(text_of(weir_codec_reader(weir_memory_reader("ab", 2), &bare, NULL)),
                        "ab.");
    weir_writer *writer = weir_codec_writer(weir_memory_writer(&out, 100), &bare, NULL);
    weir_stream *copied = weir_copy(weir_memory_reader("ab", 2), writer);
    assert_int_equal(weir_run(copied, NULL, NULL), WEIR_READY);
    assert_int_equal(out.n, 3);
    weir_vec_drop(&out);
}

static void idle_is_said_once_and_only_where_it_is_asked_for(void **state)
{
    static const struct {
        const char *script;
        const char *plain;
        const char *flushed;
    } table[] = {
        {"$", ".", "."},
        {"P $", ".", "."},
        {"\"ab\" $", "ab.", "ab."},
        {"P P \"ab\" \"cd\" $", "abcd.", "abcd."},
        {"\"ab\" P \"cd\" $", "abcd.", "ab|cd."},
        {"\"ab\" P P* P \"cd\" P P $", "abcd.", "ab|cd|."},
        {"P* \"a\" P* \"b\" P*", "ab.", "a|b|."},
        {"\"ab\" P !!7", "ab!", "ab|!"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct script script = {0};
        weir_reader *source = script_reader(&script, table[i].script);
        assert_string_equal(text_of(weir_codec_reader(source, &echo_codec, NULL)), table[i].plain);
        source = script_reader(&script, table[i].script);
        assert_string_equal(text_of(weir_codec_reader(
                                source, &echo_codec, &WEIR_CODEC_OPTIONS(.flush_when_idle = true))),
                            table[i].flushed);
    }
}

/* A source that only lets others run has more at once. */
static void a_turn_that_is_over_is_no_idling(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        weir_reader *source = ragged_reader("abcdef", 6, (struct ragged){2, 2, true}, seed);
        assert_string_equal(text_of(weir_codec_reader(
                                source, &echo_codec, &WEIR_CODEC_OPTIONS(.flush_when_idle = true))),
                            "abcdef.");
    }
}

enum { FLUSH_BYTES = 700 << 10 };

struct gusher {
    size_t left;
    unsigned idles;
};

/* Makes FLUSH_BYTES at an IDLE: more than there is room for in a step. */
static weir_codec_state gush(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct gusher *self = state;
    (void)error;
    if (span->in_n)
        self->left = FLUSH_BYTES;
    use(span, span->in_n);
    if (input == WEIR_INPUT_LAST)
        return WEIR_CODEC_DONE;
    size_t n = input == WEIR_INPUT_IDLE ? self->left : 0;
    n = n < span->out_n ? n : span->out_n;
    memset(span->out, 'g', n);
    span->out += n;
    span->out_n -= n;
    self->left -= n;
    return WEIR_CODEC_MORE;
}

static void a_flush_larger_than_the_room_is_made_whole(void **state)
{
    static const weir_codec gusher = {
        .name = "gusher", .state_size = sizeof(struct gusher), .init = begins, .step = gush};
    struct script script = {0};
    (void)state;
    weir_reader *source = script_reader(&script, "\"a\" P \"b\" P* $");
    struct bytes got = reader_bytes(
        weir_codec_reader(source, &gusher, &WEIR_CODEC_OPTIONS(.flush_when_idle = true)), NULL);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, 2 * FLUSH_BYTES);
    free(got.data);
}

/* As many polls as a plain reader would take for the same bytes. */
static void a_step_costs_what_it_moves(void **state)
{
    static struct test_cx test;
    static const unsigned char bytes[WEIR_BLOCK_BYTES];
    (void)state;
    test_cx_init(&test);
    test_cx_turn(&test);
    weir_reader *reader =
        weir_codec_reader(weir_memory_reader(bytes, sizeof bytes), &echo_codec, NULL);
    weir_poll got = weir_poll_fill(reader, &test.cx, 1);
    assert_int_equal(got.n, sizeof bytes);
    assert_int_equal(test.cx.budget, WEIR_BUDGET - 8);
    weir_drop(reader);
    test_cx_fini(&test);
}

/* ---- options ---- */

struct shift {
    uint32_t size;
    unsigned char by;
};

static bool shift_init(void *state, const void *options, weir_error *error)
{
    const struct shift *shift = options;
    if (shift && shift->by > 25) {
        weir_error_set(error, WEIR_E_ARGUMENT, "shifts by 0 to 25, not by %u", shift->by);
        return false;
    }
    *(unsigned char *)state = shift ? shift->by : 1;
    return true;
}

static weir_codec_state shift_step(void *state, weir_span *span, weir_input input,
                                   weir_error *error)
{
    unsigned char by = *(unsigned char *)state;
    (void)error;
    for (; span->in_n && span->out_n; use(span, 1))
        make(span, &(unsigned char){(unsigned char)(*span->in + by)}, 1);
    return input == WEIR_INPUT_LAST && !span->in_n ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static const weir_codec shift_codec = {
    .name = "shift", .state_size = 1, .init = shift_init, .step = shift_step};

static weir_reader *shifted(unsigned char by)
{
    struct shift shift = {sizeof shift, by};
    weir_reader *reader =
        weir_codec_reader(weir_memory_reader("abc", 3), &shift_codec,
                          &WEIR_CODEC_OPTIONS(.for_codec = &shift, .for_codec_size = sizeof shift));
    memset(&shift, 0xdd, sizeof shift); /* they were copied */
    return reader;
}

static void a_codec_has_options_of_its_own(void **state)
{
    weir_error error;
    (void)state;
    assert_string_equal(
        text_of(weir_codec_reader(weir_memory_reader("abc", 3), &shift_codec, NULL)), "bcd");
    assert_string_equal(text_of(shifted(0)), "abc");
    assert_string_equal(text_of(shifted(2)), "cde");
    struct bytes got = reader_bytes(shifted(26), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_string_equal(error.message, "shifts by 0 to 25, not by 26");
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    (void)state;
    for (unsigned long at = 1;; at++) {
        memory_begin(at, false);
        struct bytes got = reader_bytes(shifted(1), &error);
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
        if (!failed)
            break;
        assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

/* ---- broken contracts ---- */

static bool does_not_begin(void *state, const void *options, weir_error *error)
{
    (void)state, (void)options, (void)error;
    return false;
}

/* Each makes "made" of its first input, and then does its wrong. */
static bool made_first(void *state, weir_span *span)
{
    bool *before = state;
    if (*before || !span->in_n)
        return *before = false;
    use(span, 1);
    make(span, "made", 4);
    return *before = true;
}

static weir_codec_state moves_in_alone(void *state, weir_span *span, weir_input input,
                                       weir_error *error)
{
    (void)input, (void)error;
    if (!made_first(state, span))
        span->in++;
    return WEIR_CODEC_MORE;
}

static weir_codec_state takes_too_much(void *state, weir_span *span, weir_input input,
                                       weir_error *error)
{
    (void)input, (void)error;
    if (!made_first(state, span))
        use(span, span->in_n + 1);
    return WEIR_CODEC_MORE;
}

static weir_codec_state makes_too_much(void *state, weir_span *span, weir_input input,
                                       weir_error *error)
{
    (void)input, (void)error;
    if (made_first(state, span))
        return WEIR_CODEC_MORE;
    span->out += span->out_n + 1;
    span->out_n = SIZE_MAX;
    return WEIR_CODEC_MORE;
}

static weir_codec_state gives_back(void *state, weir_span *span, weir_input input,
                                   weir_error *error)
{
    (void)input, (void)error;
    if (made_first(state, span))
        return WEIR_CODEC_MORE;
    span->out--;
    span->out_n++;
    return WEIR_CODEC_DONE;
}

/* It described one before, which was no answer then and is none now. */
static weir_codec_state is_silently_bad(void *state, weir_span *span, weir_input input,
                                        weir_error *error)
{
    (void)input;
    if (!made_first(state, span))
        return WEIR_CODEC_BAD;
    weir_error_set(error, WEIR_E_USER, "an error of another time");
    return WEIR_CODEC_MORE;
}

static weir_codec_state stands_still(void *state, weir_span *span, weir_input input,
                                     weir_error *error)
{
    const bool *before = state;
    (void)input, (void)error;
    if (!*before)
        made_first(state, span);
    return WEIR_CODEC_MORE;
}

static weir_codec_state never_ends(void *state, weir_span *span, weir_input input,
                                   weir_error *error)
{
    (void)state, (void)input, (void)error;
    if (span->in_n) {
        use(span, span->in_n);
        make(span, "made", 4);
    }
    return WEIR_CODEC_MORE;
}

static const struct {
    bool (*init)(void *state, const void *options, weir_error *error);
    weir_codec_state (*step)(void *state, weir_span *span, weir_input input, weir_error *error);
    const char *made;
    const char *breach;
} liars[] = {
    {does_not_begin, echo, "", "could not begin and described no error"},
    {begins, moves_in_alone, "made", "went outside of what it was given"},
    {begins, takes_too_much, "made", "went outside of what it was given"},
    {begins, makes_too_much, "made", "went outside of what it was given"},
    {begins, gives_back, "made", "went outside of what it was given"},
    {begins, is_silently_bad, "made", "answered BAD and described no error"},
    {begins, stands_still, "made", "did nothing with its input, twice in a row"},
    {begins, never_ends, "made", "did nothing with its input, twice in a row"},
};

/* What the program that reads all of this says on stderr, if it was ended. */
static bool dies_saying(weir_reader *reader, const char *sentence)
{
    int ends[2];
    char said[256] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        reader_bytes(reader, NULL);
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    weir_drop(reader);
    return n > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, sentence);
}

static void ends_with(weir_reader *reader, const char *made, const char *breach)
{
    char message[128];
    weir_error error;
    struct bytes got = reader_bytes(reader, &error);
    weir_format(message, sizeof message, "the codec can not go on: it %s", breach);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    assert_true(error.fatal);
    assert_string_equal(error.message, message);
    assert_int_equal(got.n, strlen(made));
    assert_memory_equal(got.data ? (const char *)got.data : "", made, got.n);
    free(got.data);
}

static void a_codec_that_breaks_its_contract_is_ended(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof liars / sizeof *liars; i++) {
        weir_codec liar = {.size = sizeof liar,
                           .name = "liar",
                           .state_size = 1,
                           .init = liars[i].init,
                           .step = liars[i].step};
        weir_reader *reader = weir_codec_reader(weir_memory_reader("abc", 3), &liar, NULL);
        char sentence[128];
        weir_format(sentence, sizeof sentence, "misuse: liar %s", liars[i].breach);
        if (!WEIR_CHECKS)
            ends_with(reader, liars[i].made, liars[i].breach);
        else if (!dies_saying(reader, sentence))
            fail_msg("was not ended with: %s", sentence);
    }
}

/* Thinks every other time, which is allowed. */
static weir_codec_state hesitates(void *state, weir_span *span, weir_input input, weir_error *error)
{
    (void)error;
    if (made_first(state, span))
        return WEIR_CODEC_MORE;
    return input == WEIR_INPUT_LAST ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static void one_step_without_a_move_is_allowed(void **state)
{
    static const weir_codec codec = {
        .name = "hesitant", .state_size = 1, .init = begins, .step = hesitates};
    (void)state;
    assert_string_equal(text_of(weir_codec_reader(weir_memory_reader("abc", 3), &codec, NULL)),
                        "mademademade");
}

int codec_codec_reader(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_needs_no_state_and_no_init),
        cmocka_unit_test(idle_is_said_once_and_only_where_it_is_asked_for),
        cmocka_unit_test(a_turn_that_is_over_is_no_idling),
        cmocka_unit_test(a_flush_larger_than_the_room_is_made_whole),
        cmocka_unit_test(a_step_costs_what_it_moves),
        cmocka_unit_test(a_codec_has_options_of_its_own),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(a_codec_that_breaks_its_contract_is_ended),
        cmocka_unit_test(one_step_without_a_move_is_allowed),
    };
    return cmocka_run_group_tests_name("codec_reader", tests, NULL, NULL);
}
