/* lines and lines_matching: tables, and random inputs, cuts, demands and limits against a plain
 * model. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"
#include "contract.h"

/* ---- tables ---- */

static const char *lines_of(const char *text, size_t n, size_t piece, size_t max, size_t demand)
{
    weir_reader *reader = piece ? pieces_reader(text, n, piece) : weir_memory_reader(text, n);
    struct check check = {0};
    const char *got = trace(check_stream(weir_lines(reader, max), &check), demand);
    if (check.complaints)
        fail_msg("%s", check.first);
    return got;
}

static void line_tables(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        size_t max;
        const char *wanted;
    } table[] = {
#define TEXT(text) text, sizeof(text) - 1
        {TEXT(""), 9, "$"},
        {TEXT("\n"), 9, "'' $"},
        {TEXT("a\n"), 9, "'a' $"},
        {TEXT("a"), 9, "'a' $"},
        {TEXT("a\n\n"), 9, "'a' '' $"},
        {TEXT("\r\n"), 1, "'' $"},
        {TEXT("12\r\n\n"), 9, "'12' '' $"},
        {TEXT("hello\nworld"), 5, "'hello' 'world' $"},
        {TEXT("abcdef\nxy\n"), 3, "!LIMIT 'xy' $"},
        {TEXT("abc\r\nxy\r\n"), 3, "'abc' 'xy' $"},
        {TEXT("abcd\r\nxy\n"), 3, "!LIMIT 'xy' $"},
        {TEXT("abcd"), 3, "!LIMIT $"},
        {TEXT("abc"), 3, "'abc' $"},
        {TEXT("line 1 is too long\nline 2\nline 3\r\nline 4\n\r\n"), 6,
         "!LIMIT 'line 2' 'line 3' 'line 4' '' $"},
        {TEXT("toolong\ntoolong\nok\ntoolong"), 3, "!LIMIT !LIMIT 'ok' !LIMIT $"},
#undef TEXT
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t piece = 0; piece < 8; piece++)
            for (size_t demand = 1; demand < 66; demand += 16)
                assert_string_equal(
                    lines_of(table[i].text, table[i].n, piece, table[i].max, demand),
                    table[i].wanted);
}

static const char *lines_with(const weir_lines_options *options, const char *text, size_t n,
                              size_t piece, size_t demand)
{
    weir_reader *reader = piece ? pieces_reader(text, n, piece) : weir_memory_reader(text, n);
    struct check check = {0};
    const char *got = trace(check_stream(weir_lines_with(reader, options), &check), demand);
    if (check.complaints)
        fail_msg("%s", check.first);
    return got;
}

static void option_tables(void **state)
{
    static const struct {
        bool keep_ends, utf8;
        const char *text;
        size_t n;
        size_t max;
        const char *wanted;
    } table[] = {
#define TEXT(text) text, sizeof(text) - 1
        {0, 0, TEXT("a\r\n\nb"), 0, "'a' '' 'b' $"},
        {1, 0, TEXT("a\r\n\nb"), 0, "'a\r\n' '\n' 'b' $"},
        {1, 0, TEXT("a\n"), 0, "'a\n' $"},
        {1, 0, TEXT(""), 0, "$"},
        {1, 0, TEXT("abc\r\nabcd\nx"), 3, "'abc\r\n' !LIMIT 'x' $"},
        {0, 1, TEXT("a\n\xc3\xa9\nb\n"), 0, "'a' '\xc3\xa9' 'b' $"},
        {0, 1, TEXT("a\nb\xff\nc\n"), 0, "'a' !CORRUPT 'c' $"},
        {0, 1, TEXT("\xff\n\xfe\nc\xc3"), 0, "!CORRUPT !CORRUPT !CORRUPT $"},
        {0, 1, TEXT("ok\n\xe2\x82\n\xac\nok\n"), 0, "'ok' !CORRUPT !CORRUPT 'ok' $"},
        {0, 1, TEXT("a\nb\nc\n\xed\xa0\x80\r\nd\ne"), 0, "'a' 'b' 'c' !CORRUPT 'd' 'e' $"},
        {1, 1, TEXT("a\n\xc0\x80\nb\n"), 0, "'a\n' !CORRUPT 'b\n' $"},
        {0, 1, TEXT("toolong\n\x80\nok"), 3, "!LIMIT !CORRUPT 'ok' $"},
        {0, 0, TEXT("a\n\xff\n"), 0, "'a' '\xff' $"},
#undef TEXT
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        weir_lines_options options =
            WEIR_LINES_OPTIONS(.keep_ends = table[i].keep_ends, .utf8 = table[i].utf8,
                               .line_bytes_max = table[i].max);
        for (size_t piece = 0; piece < 8; piece++)
            for (size_t demand = 1; demand < 66; demand += 16)
                assert_string_equal(lines_with(&options, table[i].text, table[i].n, piece, demand),
                                    table[i].wanted);
    }
    assert_string_equal(lines_with(NULL, "a\nb", 3, 0, 9), "'a' 'b' $");
}

/* A bad line has its place; counting finds it too. */
static void a_line_that_is_no_text_has_its_place(void **state)
{
    static const char text[] = "one\ntwo\nthr\xe9\nfour\n";
    weir_lines_options utf8 = WEIR_LINES_OPTIONS(.utf8 = true);
    static struct test_cx test;
    weir_line lines[8];
    (void)state;
    test_cx_init(&test);
    weir_stream *stream = weir_lines_with(weir_memory_reader(text, sizeof text - 1), &utf8);
    assert_int_equal(weir_poll_next(stream, &test.cx, lines, 8).n, 2);
    assert_int_equal(weir_poll_next(stream, &test.cx, lines, 8).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "a line is no UTF-8: byte 0xe9");
    assert_int_equal(test.cx.error.byte, 11);
    assert_int_equal(test.cx.error.record, 3);
    assert_false(test.cx.error.fatal);
    weir_poll got = weir_poll_next(stream, &test.cx, lines, 8);
    assert_int_equal(got.n, 1);
    assert_memory_equal(lines[0].data, "four", 4);
    weir_drop(stream);
    weir_error error;
    uint64_t n;
    stream = weir_count(weir_lines_with(weir_memory_reader(text, sizeof text - 1), &utf8));
    assert_int_equal(await(stream, &n, &error), WEIR_ERROR);
    assert_int_equal(error.record, 3);
    test_cx_fini(&test);
}

/* What an error was about can be had until the next poll, also through what stands behind. */
static void a_rejected_line_can_be_had(void **state)
{
    static const char text[] = "one\nx\xff"
                               "y\nmuch too long\ntwo\n";
    static const char *const wanted[] = {"x\xff"
                                         "y",
                                         "much "};
    static struct test_cx test;
    weir_lines_options options = WEIR_LINES_OPTIONS(.utf8 = true, .line_bytes_max = 5);
    (void)state;
    for (size_t piece = 1; piece < 30; piece += 7) {
        size_t found = 0;
        weir_line line, rejected;
        test_cx_init(&test);
        weir_stream *stream =
            weir_lines_with(pieces_reader(text, sizeof text - 1, piece), &options);
        stream = weir_take(weir_skip(stream, 0), 100);
        for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END;) {
            test_cx_turn(&test);
            got = weir_poll_next(stream, &test.cx, &line, 1);
            bool known = weir_rejected(stream, &rejected);
            assert_int_equal(known, got.state == WEIR_ERROR);
            if (!known)
                continue;
            assert_int_equal(rejected.size, strlen(wanted[found]));
            assert_memory_equal(rejected.data, wanted[found++], rejected.size);
        }
        assert_int_equal(found, 2);
        weir_drop(stream);
        test_cx_fini(&test);
    }
    weir_line none;
    weir_stream *failed = weir_lines(weir_memory_reader("a", 1), 0);
    assert_false(weir_rejected(failed, &none));
    weir_drop(failed);
    weir_stream *numbers = weir_range(0, 2);
    assert_false(weir_rejected(numbers, &none));
    weir_drop(numbers);
}

static void a_rejected_line_of_a_search(void **state)
{
    static struct test_cx test;
    weir_line line, rejected;
    (void)state;
    test_cx_init(&test);
    weir_stream *stream = weir_lines_matching(weir_memory_reader("abcdef\nab\n", 10), 4, "ab", 2);
    assert_int_equal(weir_poll_next(stream, &test.cx, &line, 1).state, WEIR_ERROR);
    assert_true(weir_rejected(stream, &rejected));
    assert_int_equal(rejected.size, 4);
    assert_memory_equal(rejected.data, "abcd", 4);
    assert_int_equal(weir_poll_next(stream, &test.cx, &line, 1).n, 1);
    assert_false(weir_rejected(stream, &rejected));
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- the model ---- */

struct model {
    size_t lines; /* that are given */
    size_t errors;
    uint64_t hash; /* of all of it, in order */
};

static void mix(struct model *model, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        model->hash = (model->hash ^ at[i]) * UINT64_C(0x100000001b3);
    model->hash = (model->hash ^ 0x1ff) * UINT64_C(0x100000001b3);
}

static void mix_error(struct model *model, uint64_t byte)
{
    model->errors++;
    mix(model, &byte, sizeof byte);
}

static void mix_line(struct model *model, const char *data, size_t n)
{
    model->lines++;
    mix(model, data, n);
}

struct job {
    const char *text;
    size_t n;
    size_t max;
    const char *pattern; /* NULL: lines; else lines_matching */
    size_t pattern_n;
};

static bool holds(const char *line, size_t n, const struct job *job)
{
    for (size_t i = 0; i + job->pattern_n <= n; i++)
        if (memcmp(line + i, job->pattern, job->pattern_n) == 0)
            return true;
    return false;
}

static struct model model_of(const struct job *job)
{
    struct model model = {0};
    for (size_t begin = 0; begin < job->n;) {
        const char *found = memchr(job->text + begin, '\n', job->n - begin);
        size_t end = found ? (size_t)(found - job->text) : job->n;
        size_t size = end - begin;
        if (found && size && job->text[end - 1] == '\r')
            size--;
        if (size > job->max)
            mix_error(&model, begin);
        else if (!job->pattern || holds(job->text + begin, size, job))
            mix_line(&model, job->text + begin, size);
        begin = end + 1;
    }
    return model;
}

static weir_stream *stream_of(const struct job *job, weir_reader *reader)
{
    return job->pattern ? weir_lines_matching(reader, job->max, job->pattern, job->pattern_n)
                        : weir_lines(reader, job->max);
}

/* Lines are looked at before the next poll, and not after: they are only lent. */
static struct model model_of_stream(weir_stream *stream, size_t demand, unsigned skips)
{
    static struct test_cx test;
    struct model model = {0};
    weir_line lines[64];
    weir_poll got;
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        bool skip = skips && model.lines % skips == 0;
        got = skip ? weir_poll_skip(stream, &test.cx, demand)
                   : weir_poll_next(stream, &test.cx, lines, demand);
        if (skip)
            model.lines += got.n;
        for (uint32_t i = 0; !skip && i < got.n; i++)
            mix_line(&model, lines[i].data, lines[i].size);
        if (got.state == WEIR_ERROR) {
            assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
            assert_false(test.cx.error.fatal);
            mix_error(&model, test.cx.error.byte);
        }
        if (got.state == WEIR_PENDING)
            assert_true(test.waker->wakes);
    } while (got.state != WEIR_END);
    weir_drop(stream);
    test_cx_fini(&test);
    return model;
}

static weir_reader *cut_reader(const struct job *job, uint64_t *seed)
{
    switch (draw_below(seed, 4)) {
    case 0:
        return weir_memory_reader(job->text, job->n);
    case 1:
        return one_byte_reader(job->text, job->n, true);
    default:
        return pieces_reader(job->text, job->n, 1 + draw_below(seed, 300));
    }
}

static char *draw_text(uint64_t *seed, size_t n)
{
    static const char *const alphabets[] = {"abc\n", "ab\r\n", "aaaaaaaaaaaaaaaab\n", "ab\n\n\r",
                                            "abcdefghijklmnopqrstuvwxyz     ERROR\r\n"};
    const char *alphabet = alphabets[draw_below(seed, 5)];
    char *text = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = draw_below(seed, 500) ? alphabet[draw_below(seed, strlen(alphabet))] : '\0';
    return text;
}

static void compare(const struct job *job, uint64_t *seed)
{
    struct model wanted = model_of(job);
    for (unsigned i = 0; i < 4; i++) {
        size_t demand = 1 + draw_below(seed, 64);
        struct model got = model_of_stream(stream_of(job, cut_reader(job, seed)), demand, 0);
        assert_int_equal(got.lines, wanted.lines);
        assert_int_equal(got.errors, wanted.errors);
        assert_true(got.hash == wanted.hash);
    }
    size_t demand = 1 + draw_below(seed, draw_below(seed, 2) ? 20 : 100000);
    struct model got = model_of_stream(stream_of(job, cut_reader(job, seed)), demand, 1);
    assert_int_equal(got.lines, wanted.lines);
    assert_int_equal(got.errors, wanted.errors);
    got = model_of_stream(stream_of(job, cut_reader(job, seed)), 1 + demand % 60, 3);
    assert_int_equal(got.lines, wanted.lines);
    assert_int_equal(got.errors, wanted.errors);
}

static void random_lines(void **state)
{
    uint64_t seed = 3;
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct job job = {.n = draw_below(&seed, 4000)};
        char *text = draw_text(&seed, job.n);
        job.text = text;
        job.max = 1 + draw_below(&seed, round % 3 ? 30 : 400);
        compare(&job, &seed);
        free(text);
    }
}

static void random_matching_lines(void **state)
{
    static const char *const patterns[] = {"a",  "b",   "ab",  "aab",  "\r", "a\r", "ERROR",
                                           "\n", "a\n", "bbb", "\r\r", "E",  "zzz", "aaaaaaaaaab"};
    uint64_t seed = 4;
    (void)state;
    for (unsigned round = 0; round < 800; round++) {
        struct job job = {.n = draw_below(&seed, 4000)};
        char *text = draw_text(&seed, job.n);
        job.text = text;
        job.max = 1 + draw_below(&seed, round % 3 ? 30 : 400);
        job.pattern = patterns[draw_below(&seed, sizeof patterns / sizeof *patterns)];
        job.pattern_n = draw_below(&seed, 20) ? strlen(job.pattern) : 0;
        compare(&job, &seed);
        free(text);
    }
}

/* Lines that are longer than a run of them, a block, and what a reader keeps. */
static void random_long_lines(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        struct job job = {.n = 500000 + draw_below(&seed, 500000)};
        char *text = malloc(job.n);
        size_t line = round % 3 ? 150000 : 1000;
        for (size_t i = 0; i < job.n; i++)
            text[i] = draw_below(&seed, line) ? (char)('a' + (i * i + i / 7) % 23) : '\n';
        for (size_t i = 1; i < job.n; i += 2)
            if (text[i] == '\n')
                text[i - 1] = '\r';
        job.text = text;
        job.max = round % 2 ? 140000 : 400000;
        job.pattern = round % 4 < 2 ? NULL : "\r";
        job.pattern = round % 4 == 3 ? "aceh" : job.pattern;
        job.pattern_n = job.pattern ? strlen(job.pattern) : 0;
        compare(&job, &seed);
        free(text);
    }
}

/* ---- places, limits, failures ---- */

static void an_error_tells_its_line_and_byte(void **state)
{
    static const char text[] = "one\ntwo\nmuch too long\nfour\nagain too long\n";
    struct trace trace = {0};
    struct test_cx *test = malloc(sizeof *test);
    (void)state;
    for (unsigned skip = 0; skip < 2; skip++) {
        weir_stream *s = weir_lines(weir_memory_reader(text, sizeof text - 1), 5);
        test_cx_init(test);
        if (skip)
            assert_int_equal(weir_poll_skip(s, &test->cx, 99).n, 2);
        trace = (struct trace){.polls_max = skip ? 1 : 2};
        while (trace_poll(&trace, s, test, 4).state != WEIR_ERROR)
            ;
        assert_int_equal(trace.error.record, 3);
        assert_int_equal(trace.error.byte, 8);
        assert_string_equal(trace.error.trail[0], "lines");
        while (trace_poll(&trace, s, test, 4).state != WEIR_ERROR)
            ;
        assert_int_equal(trace.error.record, 5);
        assert_int_equal(trace.error.byte, 27);
        weir_drop(s);
        test_cx_fini(test);
    }
    free(test);
}

/* Zeros without end, of which no byte is ever copied. */
struct zeros {
    weir_reader reader;
    uint64_t left;
};

static weir_poll zeros_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    static unsigned char zeros[1 << 20];
    struct zeros *self = (struct zeros *)reader;
    (void)cx;
    (void)min;
    reader->base = zeros;
    reader->begin = 0;
    reader->end = self->left < sizeof zeros ? self->left : sizeof zeros;
    self->left -= reader->end;
    return (weir_poll){0, reader->end ? WEIR_READY : WEIR_END};
}

static const weir_reader_ops zeros_ops = {
    .size = sizeof zeros_ops, .name = "zeros", .poll_fill = zeros_poll_fill};

static void a_huge_line_takes_no_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_reader *reader = weir_reader_new(sizeof(struct zeros), &zeros_ops);
    ((struct zeros *)reader)->left = UINT64_C(3) << 30;
    assert_string_equal(trace_items(weir_lines(reader, 4096), 64), "!LIMIT $");
    assert_true(memory.peak_bytes < 64 << 10);
    assert_int_equal(memory_end(), 0);
}

static void a_huge_line_from_pieces_takes_bounded_memory(void **state)
{
    size_t n = 20 << 20;
    char *text = calloc(1, n);
    (void)state;
    text[n - 2] = '\n';
    text[n - 1] = 'x';
    memory_begin(0, false);
    assert_string_equal(trace_items(weir_lines(pieces_reader(text, n, 65536), 100000), 64),
                        "!LIMIT 'x' $");
    assert_true(memory.peak_bytes < 1 << 20);
    assert_int_equal(memory_end(), 0);
    free(text);
}

static void limits_are_checked_when_it_is_built(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_lines(weir_memory_reader("a", 1), 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_lines(weir_memory_reader("a", 1), (size_t)WEIR_MIN_MAX + 1), 1),
                        "!!ARGUMENT $");
    assert_string_equal(trace(weir_lines(weir_memory_reader("a", 1), WEIR_MIN_MAX), 1), "'a' $");
    assert_string_equal(trace(weir_lines_matching(weir_memory_reader("a", 1), 0, "a", 1), 1),
                        "!!ARGUMENT $");
}

static void a_limit_is_refused_by_the_stage_that_has_it(void **state)
{
    static const struct {
        bool matching;
        size_t max;
        const char *name;
        const char *message;
    } table[] = {
        {false, 0, "lines", "lines: the limit 'line_bytes_max' is 0 bytes"},
        {true, 0, "lines_matching", "lines_matching: the limit 'line_bytes_max' is 0 bytes"},
        {false, (size_t)WEIR_MIN_MAX + 1, "lines",
         "lines: the limit 'line_bytes_max' is 67108865 bytes"}};
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        weir_reader *source = weir_memory_reader("a", 1);
        weir_stream *s = table[i].matching ? weir_lines_matching(source, table[i].max, "a", 1)
                                           : weir_lines(source, table[i].max);
        weir_error error;
        uint64_t n;
        assert_int_equal(await(weir_count(s), &n, &error), WEIR_ERROR);
        assert_string_equal(error.message, table[i].message);
        assert_int_equal(error.trail_n, 1); /* what could not be built stands for the chain */
        assert_string_equal(error.trail[0], table[i].name);
    }
}

static void a_failing_source_leaves_no_partial_line(void **state)
{
    struct script script = {0};
    (void)state;
    assert_string_equal(trace_items(weir_lines(failing_reader("one\ntwo\nthr", 11), 99), 64),
                        "'one' 'two' !!5 $");
    assert_string_equal(
        trace_items(weir_lines(script_reader(&script, "\"a\\nb\" !7 \"c\\nd\" $"), 99), 64),
        "'a' !7 'bc' 'd' $");
}

static void every_allocation_fails_once(void **state)
{
    static const char text[] = "one\ntwo\nERROR three\nfour";
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned long at = 1;; at++) {
            memory_begin(at, false);
            weir_reader *reader = pieces_reader(text, sizeof text - 1, 5);
            weir_stream *s =
                kind ? weir_lines_matching(reader, 99, "ERROR", 5) : weir_lines(reader, 99);
            const char *got = trace(s, 3);
            bool failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            if (!failed)
                break;
            assert_non_null(strstr(got, "!!MEMORY"));
        }
    }
}

static void dropped_at_each_step(void **state)
{
    static const char text[] = "one\ntwo\nmuch too long a line\nfour";
    (void)state;
    for (unsigned steps = 0; steps < 40; steps++) {
        memory_begin(0, false);
        static struct test_cx test;
        struct trace trace = {0};
        test_cx_init(&test);
        weir_stream *s = weir_lines(one_byte_reader(text, sizeof text - 1, true), 8);
        for (unsigned i = 0; i < steps; i++)
            trace_poll(&trace, s, &test, 2);
        weir_drop(s);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

static void counting_is_counting(void **state)
{
    uint64_t seed = 9;
    uint64_t n = 0;
    size_t size = 3 << 20;
    char *text = draw_text(&seed, size);
    struct job job = {.text = text, .n = size, .max = 1 << 20};
    (void)state;
    assert_int_equal(
        await(weir_count(weir_lines(weir_memory_reader(text, size), 1 << 20)), &n, NULL),
        WEIR_READY);
    assert_int_equal(n, model_of(&job).lines);
    free(text);
}

int codec_lines(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_tables),
        cmocka_unit_test(option_tables),
        cmocka_unit_test(a_line_that_is_no_text_has_its_place),
        cmocka_unit_test(a_rejected_line_can_be_had),
        cmocka_unit_test(a_rejected_line_of_a_search),
        cmocka_unit_test(random_lines),
        cmocka_unit_test(random_matching_lines),
        cmocka_unit_test(random_long_lines),
        cmocka_unit_test(an_error_tells_its_line_and_byte),
        cmocka_unit_test(a_huge_line_takes_no_memory),
        cmocka_unit_test(a_huge_line_from_pieces_takes_bounded_memory),
        cmocka_unit_test(limits_are_checked_when_it_is_built),
        cmocka_unit_test(a_limit_is_refused_by_the_stage_that_has_it),
        cmocka_unit_test(a_failing_source_leaves_no_partial_line),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(counting_is_counting),
    };
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
