/* Chains that could not be built name the stage that could not: the trail of the error begins, and
 * ends, with it, for every check that constructors share. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static bool positive(double x, void *arg)
{
    (void)arg;
    return x > 0;
}
WEIR_FILTER_FN(positive_fn, positive, double)

static int64_t same(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
static const weir_type four = {.name = "int64_t", .size = 8, .align = _Alignof(int64_t)};
static const weir_type lie = {.name = "int64_t", .size = 4, .align = 4};
WEIR_MAP_FN(lying_fn, same, int64_t, int64_t, .from = &four, .to = &lie)

struct row {
    weir_line line;
};
static void keep_row(struct row *row, weir_line line, void *arg)
{
    (void)arg;
    row->line = line;
}
WEIR_FOLD_FN(keep_row_fn, keep_row, struct row, weir_line)

static bool keep_line(struct row *row, weir_line line, int64_t *out)
{
    row->line = line;
    *out = 1;
    return true;
}
WEIR_SCAN_FN(keep_line_fn, keep_line, struct row, weir_line, int64_t)

static weir_stream *numbers(void)
{
    return weir_take(weir_skip(weir_range(0, 9), 1), 3);
}
static weir_stream *lines(void)
{
    return weir_lines(weir_memory_reader("a\nb\n", 4), 9);
}
static weir_stream *tracked(void)
{
    return weir_empty(&tracked_type);
}

/* One function for each check; further stages stand above it. */
static weir_stream *type(void)
{
    return weir_count(weir_take(weir_filter(numbers(), &positive_fn, NULL), 3));
}
static weir_stream *size(void)
{
    return weir_count(weir_map(numbers(), &lying_fn, NULL));
}
static weir_stream *alike(void)
{
    return weir_count(weir_chain(numbers(), tracked()));
}
static weir_stream *alike_lent(void)
{
    return weir_count(weir_select(lines(), weir_own(lines())));
}
static weir_stream *alike_of_many(void)
{
    return weir_count(weir_merge((weir_stream *[]){numbers(), numbers(), tracked()}, 3));
}
static weir_stream *owned(void)
{
    return weir_count(weir_chunks(lines(), 2));
}
static weir_stream *owned_at_the_end(void)
{
    return weir_collect(lines(), 2);
}
static weir_stream *owned_by_a_join(void)
{
    return weir_count(weir_zip(numbers(), lines()));
}
static weir_stream *kept(void)
{
    static const struct row none;
    return weir_fold(lines(), &keep_row_fn, &none, NULL);
}
static weir_stream *kept_by_a_scan(void)
{
    static const struct row none;
    return weir_count(weir_scan(lines(), &keep_line_fn, &none));
}
static weir_stream *plain(void)
{
    static const struct tracked none;
    return weir_count(weir_repeat(&tracked_type, &none));
}
static weir_stream *plain_too(void)
{
    return weir_count(weir_iter(&tracked_type, NULL, 0));
}
static weir_stream *number(void)
{
    return weir_count(weir_merge(NULL, 0));
}
static weir_stream *nobody(void)
{
    weir_stream *none = weir_stream_refused(WEIR_E_USER, "another day", "not today", NULL, NULL, 0);
    return weir_count(none);
}
static weir_stream *nobody_s_reader(void)
{
    weir_reader *none = weir_reader_refused(WEIR_E_USER, "another day", "not today", NULL, NULL, 0);
    return weir_copy(none, weir_null_writer());
}
static weir_stream *nobody_s_writer(void)
{
    weir_writer *none = weir_writer_refused(WEIR_E_USER, "another day", "not today", NULL, NULL, 0);
    return weir_copy(weir_memory_reader("a", 1), none);
}
static weir_stream *one(void)
{
    return numbers(); /* which weir_run() refuses */
}
static weir_stream *limit(void)
{
    return weir_count(weir_chunks(numbers(), 0));
}
static weir_stream *limit_of_a_reader(void)
{
    return weir_count(weir_lines(weir_memory_reader("a\n", 2), 0));
}
static weir_stream *limit_of_futures(void)
{
    weir_stream *none = weir_empty(&weir_type_stream);
    return weir_count(weir_buffered(none, &weir_type_i64, 0));
}
static weir_stream *second_of_both(void)
{
    return weir_count(weir_zip(numbers(), weir_chunks(numbers(), 0)));
}
static weir_stream *first_of_both(void)
{
    return weir_count(weir_select(weir_chunks(numbers(), 0), numbers()));
}
static weir_stream *too_deep(void)
{
    weir_stream *stream = weir_range(0, 3);
    for (int i = 0; i < WEIR_DEPTH_MAX - 1; i++)
        stream = weir_take(stream, 9);
    return weir_count(weir_skip(stream, 1));
}
static weir_stream *scratch(void)
{
    static const weir_type huge = {
        .name = "huge", .size = WEIR_SCRATCH_MAX_BYTES, .align = _Alignof(int64_t)};
    return weir_count(weir_take(weir_empty(&huge), 3));
}
static weir_stream *sizeless(void)
{
    static const weir_type none = {.name = "none", .align = 1};
    return weir_count(weir_empty(&none));
}
static weir_stream *of_bytes(void)
{
    return weir_copy(weir_to_lines(numbers()), weir_null_writer());
}

static const struct {
    weir_stream *(*make)(void);
    const char *stage;
    weir_code code;
    const char *words;
} rows[] = {
    {type, "filter", WEIR_E_TYPE, "filter 'positive' takes 'double', but 'take' yields 'int64_t'"},
    {size, "map", WEIR_E_TYPE, "map 'same' has items of 8 bytes"},
    {alike, "chain", WEIR_E_TYPE, "but 'empty' yields 'tracked'"},
    {alike_lent, "select", WEIR_E_TYPE, "must own or lend as the others do"},
    {alike_of_many, "merge", WEIR_E_TYPE,
     "merge takes inputs of one type, 'int64_t', but 'empty' yields 'tracked'"},
    {owned, "chunks", WEIR_E_TYPE, "chunks holds items, but 'lines' only lends its 'weir_line'"},
    {owned_at_the_end, "collect", WEIR_E_TYPE, "collect holds items"},
    {owned_by_a_join, "zip", WEIR_E_TYPE, "zip holds items"},
    {kept, "fold", WEIR_E_TYPE, "fold 'keep_row' keeps a 'struct row' between items"},
    {kept_by_a_scan, "scan", WEIR_E_TYPE, "scan 'keep_line' keeps a 'struct row'"},
    {plain, "repeat", WEIR_E_TYPE, "tracked"},
    {plain_too, "iter", WEIR_E_TYPE, "tracked"},
    {number, "merge", WEIR_E_ARGUMENT, "merge takes 1 to 4096 streams, not 0"},
    {nobody, "constructor", WEIR_E_USER, "not today"},
    {nobody_s_reader, "constructor", WEIR_E_USER, "not today"},
    {nobody_s_writer, "constructor", WEIR_E_USER, "not today"},
    {one, "take", WEIR_E_TYPE, "takes futures, but 'take' may yield more than one item"},
    {limit, "chunks", WEIR_E_ARGUMENT, "chunks: the limit 'n' is 0"},
    {limit_of_a_reader, "lines", WEIR_E_ARGUMENT, "lines: the limit 'line_bytes_max' is 0"},
    {limit_of_futures, "buffered", WEIR_E_ARGUMENT, "buffered: the limit 'limit' is 0"},
    {second_of_both, "chunks", WEIR_E_ARGUMENT, "chunks: the limit 'n' is 0"},
    {first_of_both, "chunks", WEIR_E_ARGUMENT, "chunks: the limit 'n' is 0"},
    {too_deep, "skip", WEIR_E_LIMIT, "skip would be more than WEIR_DEPTH_MAX = 1024 stages deep"},
    {scratch, "count", WEIR_E_LIMIT, "count: an item of 'huge' needs more scratch"},
    {sizeless, "empty", WEIR_E_TYPE, "empty of 'none': the type has no size"},
    {of_bytes, "to_lines", WEIR_E_TYPE, "but 'take' yields 'int64_t'"},
};

static void the_stage_is_named(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error = {0};
        weir_drop(rows[i].make()); /* the types it makes stay */
        memory_begin(0, false);
        weir_state got = weir_run(rows[i].make(), NULL, &error);
        assert_int_equal(memory_end(), 0);
        if (got == WEIR_ERROR && error.code == rows[i].code && error.fatal && error.trail_n == 1 &&
            !strcmp(error.trail[0], rows[i].stage) && strstr(error.message, rows[i].words))
            continue;
        print_error("row %zu, %s: code %d\n%s\n", i, rows[i].stage, (int)error.code,
                    WEIR_ERROR_TEXT(&error));
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* And each of them with something to try. */
static void and_what_to_try(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error = {0};
        assert_int_equal(weir_run(rows[i].make(), NULL, &error), WEIR_ERROR);
        assert_non_null(error.cure);
        assert_true(strlen(error.cure) > 5);
    }
}

int core_trails(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stage_is_named),
        cmocka_unit_test(and_what_to_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
