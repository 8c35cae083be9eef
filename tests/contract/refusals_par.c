/* What cannot be built of the stages of weir/par.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "laws.h"

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

typedef struct tracked tracked;

/* ---- functions of each kind, over what `numbers` does not give ---- */

static tracked same(tracked item, void *arg)
{
    (void)arg;
    return item;
}
WEIR_MAP_FN(wrong_map, same, tracked, tracked)
static bool yes(tracked item, void *arg)
{
    (void)item, (void)arg;
    return true;
}
WEIR_FILTER_FN(wrong_filter, yes, tracked)
static void see(tracked item, void *arg)
{
    (void)item, (void)arg;
}
WEIR_EACH_FN(wrong_each, see, tracked)
static weir_stream *wait_for(tracked item, void *arg)
{
    (void)item, (void)arg;
    return weir_empty(&tracked_type);
}
WEIR_THEN_FN(wrong_then, wait_for, tracked, tracked)
WEIR_PAR_FN(wrong_fiber, tracked, item, void *, arg)
{
    (void)item, (void)arg;
}
WEIR_CREW_FN(wrong_crew, tracked, items, void *, arg)
{
    (void)arg;
    weir_drop(items);
}
static void add(int64_t *sum, tracked item, void *arg)
{
    (void)arg;
    *sum += item.value;
}
WEIR_FOLD_FN(wrong_fold, add, int64_t, tracked)

/* ---- ... and over what it does ---- */

static int64_t twice(int64_t n, void *arg)
{
    (void)arg;
    return 2 * n;
}
WEIR_MAP_FN(twice_fn, twice, int64_t, int64_t)
static bool is_odd(int64_t n, void *arg)
{
    (void)arg;
    return n % 2;
}
WEIR_FILTER_FN(is_odd_fn, is_odd, int64_t)
static void see_number(int64_t n, void *arg)
{
    (void)n, (void)arg;
}
WEIR_EACH_FN(each_fn, see_number, int64_t)
static weir_stream *one_of(int64_t n, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &n);
}
WEIR_THEN_FN(then_fn, one_of, int64_t, int64_t)
WEIR_PAR_FN(fiber_fn, int64_t, n, void *, arg)
{
    (void)n, (void)arg;
}
static void add_number(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += n;
}
WEIR_FOLD_FN(fold_fn, add_number, int64_t, int64_t)
WEIR_CREW_FN(crew_fn, int64_t, items, void *, arg)
{
    (void)arg;
    weir_drop(items);
}

static const int64_t zero = 0;

/* Both types are named, and who takes the one of them. */
static void mismatch(weir_stream *stream, const char *taker)
{
    char words[64];
    snprintf(words, sizeof words, "%s '", taker);
    expect_refusal(stream, WEIR_E_TYPE, words, "tracked', but 'range' yields 'int64_t'", NULL);
}

static void test_types(void)
{
    mismatch(weir_par_map(numbers(), &wrong_map, NULL, 2, NULL), "par_map");
    mismatch(weir_par_map(numbers(), &wrong_then, NULL, 2, NULL), "par_map");
    mismatch(weir_par_map(numbers(), &wrong_fiber, NULL, 2, NULL), "par_map");
    mismatch(weir_par_map_unordered(numbers(), &wrong_map, NULL, 2, NULL), "par_map_unordered");
    mismatch(weir_par_map_unordered(numbers(), &wrong_then, NULL, 2, NULL), "par_map_unordered");
    mismatch(weir_par_filter(numbers(), &wrong_filter, NULL, 2, NULL), "par_filter");
    mismatch(weir_par_for_each(numbers(), &wrong_each, NULL, 2, NULL), "par_for_each");
    mismatch(weir_par_for_each(numbers(), &wrong_then, NULL, 2, NULL), "par_for_each");
    mismatch(weir_par_for_each(numbers(), &wrong_fiber, NULL, 2, NULL), "par_for_each");
    mismatch(weir_par_fold(numbers(), &zero, &wrong_fold, &fold_fn, NULL, 2, NULL), "par_fold");
    mismatch(weir_crew(numbers(), &wrong_crew, NULL, 2, NULL), "crew");
}

/* ---- a limit that the compiler does not see ---- */

static void test_limits(void)
{
    volatile size_t none = 0;
#define NONE(stage) expect_refusal(stage, WEIR_E_ARGUMENT, name, "0", NULL)
    const char *name = "par_map";
    NONE(weir_par_map(numbers(), &twice_fn, NULL, none, NULL));
    NONE(weir_par_map(numbers(), &then_fn, NULL, none, NULL));
    NONE(weir_par_map(numbers(), &fiber_fn, NULL, none, NULL));
    name = "par_map_unordered";
    NONE(weir_par_map_unordered(numbers(), &twice_fn, NULL, none, NULL));
    NONE(weir_par_map_unordered(numbers(), &then_fn, NULL, none, NULL));
    name = "par_filter";
    NONE(weir_par_filter(numbers(), &is_odd_fn, NULL, none, NULL));
    name = "par_for_each";
    NONE(weir_par_for_each(numbers(), &each_fn, NULL, none, NULL));
    NONE(weir_par_for_each(numbers(), &then_fn, NULL, none, NULL));
    NONE(weir_par_for_each(numbers(), &fiber_fn, NULL, none, NULL));
    name = "par_fold";
    NONE(weir_par_fold(numbers(), &zero, &fold_fn, &fold_fn, NULL, none, NULL));
    name = "crew";
    NONE(weir_crew(numbers(), &crew_fn, NULL, none, NULL));
    expect_refusal(weir_crew(numbers(), &crew_fn, NULL, 65537, NULL), WEIR_E_ARGUMENT, "crew",
                   "65537", "65536");
    expect_refusal(weir_crew(numbers(), &crew_fn, NULL, WEIR_NO_LIMIT, NULL), WEIR_E_ARGUMENT,
                   "crew", "too many", "65536");
}

/* ---- what is lent ---- */

static weir_line as_it_is(weir_line line, void *arg)
{
    (void)arg;
    return line;
}
WEIR_MAP_FN(line_map, as_it_is, weir_line, weir_line)
static weir_line out_of_nothing(int64_t n, void *arg)
{
    (void)n, (void)arg;
    return (weir_line){NULL, 0};
}
WEIR_MAP_FN(gives_line, out_of_nothing, int64_t, weir_line)
static bool any_line(weir_line line, void *arg)
{
    (void)line, (void)arg;
    return true;
}
WEIR_FILTER_FN(line_filter, any_line, weir_line)
static void see_line(weir_line line, void *arg)
{
    (void)line, (void)arg;
}
WEIR_EACH_FN(line_each, see_line, weir_line)
static weir_stream *later(weir_line line, void *arg)
{
    (void)line, (void)arg;
    return weir_empty(&weir_type_i64);
}
WEIR_THEN_FN(line_then, later, weir_line, int64_t)
static void add_line(int64_t *sum, weir_line line, void *arg)
{
    (void)arg;
    *sum += (int64_t)line.size;
}
WEIR_FOLD_FN(line_fold, add_line, int64_t, weir_line)
WEIR_PAR_FN(owned_fiber, weir_owned_line, line, void *, arg)
{
    (void)arg;
    weir_owned_line_drop(&line);
}
WEIR_CREW_FN(owned_crew, weir_owned_line, items, void *, arg)
{
    (void)arg;
    weir_drop(items);
}

static void lent(weir_stream *stream, const char *stage)
{
    expect_refusal(stream, WEIR_E_TYPE, stage, "only lends its 'weir_line'", "weir_own()");
}

static void test_lent(void)
{
    lent(weir_par_map(lines(), &line_map, NULL, 2, NULL), "par_map");
    lent(weir_par_map(lines(), &line_then, NULL, 2, NULL), "par_map");
    lent(weir_par_map_unordered(lines(), &line_map, NULL, 2, NULL), "par_map_unordered");
    lent(weir_par_filter(lines(), &line_filter, NULL, 2, NULL), "par_filter");
    lent(weir_par_for_each(lines(), &line_each, NULL, 2, NULL), "par_for_each");
    lent(weir_par_for_each(lines(), &line_then, NULL, 2, NULL), "par_for_each");
    lent(weir_par_for_each(lines(), &owned_fiber, NULL, 2, NULL), "par_for_each");
    lent(weir_par_fold(lines(), &zero, &line_fold, &fold_fn, NULL, 2, NULL), "par_fold");
    lent(weir_crew(lines(), &owned_crew, NULL, 2, NULL), "crew");
    expect_refusal(weir_par_map(numbers(), &gives_line, NULL, 2, NULL), WEIR_E_TYPE, "par_map",
                   "lent 'weir_line'", "weir_own()");
}

/* ---- folds ---- */

static void join_tracked(tracked *acc, int64_t n, void *arg)
{
    (void)acc, (void)n, (void)arg;
}
WEIR_FOLD_FN(into_tracked, join_tracked, tracked, int64_t, .acc = &tracked_type)

static void test_folds(void)
{
    tracked owns = {0};
    expect_refusal(weir_par_fold(numbers(), NULL, &fold_fn, &fold_fn, NULL, 2, NULL),
                   WEIR_E_ARGUMENT, "par_fold", "no zero", "empty batch");
    expect_refusal(weir_par_fold(numbers(), &owns, &into_tracked, &into_tracked, NULL, 2, NULL),
                   WEIR_E_TYPE, "par_fold copies its zero", "owns something", "weir_fold()");
    expect_refusal(weir_par_fold(numbers(), &zero, &fold_fn, &wrong_fold, NULL, 2, NULL),
                   WEIR_E_TYPE, "par_fold folds to 'int64_t'", "combines 'tracked'",
                   "WEIR_FOLD_FN");
}

/* ---- descriptors made by hand that are not those of what is handled ---- */

static void test_sizes_of_hand_made(void)
{
    weir_map_fn map = twice_fn;
    weir_par_fn fiber = fiber_fn;
    map.from_size = 4;
    fiber.to_size = 40;
    expect_refusal(weir_par_map_of(numbers(), WEIR_PAR_PLAIN, &map, NULL, 2, NULL), WEIR_E_TYPE,
                   "par_map", "4 bytes", "WEIR_TYPE()");
    expect_refusal(weir_par_for_each_of(numbers(), WEIR_PAR_FIBER, &fiber, NULL, 2, NULL),
                   WEIR_E_TYPE, "par_for_each", "40 bytes", "WEIR_TYPE()");
}

/* ---- nobody runs tasks here ---- */

static void alone(weir_stream *stream, const char *stage)
{
    char words[64];
    snprintf(words, sizeof words, "%s needs a runtime", stage);
    expect_refusal(stream, WEIR_E_ARGUMENT, words, "nobody here runs tasks", "weir_run()");
}

static void test_without_runtime(void)
{
    alone(weir_par_map(numbers(), &twice_fn, NULL, 2, NULL), "par_map");
    alone(weir_par_map(numbers(), &then_fn, NULL, 2, NULL), "par_map");
    alone(weir_par_map_unordered(numbers(), &fiber_fn, NULL, 2, NULL), "par_map_unordered");
    alone(weir_par_filter(numbers(), &is_odd_fn, NULL, 2, NULL), "par_filter");
    alone(weir_par_for_each(numbers(), &each_fn, NULL, 2, NULL), "par_for_each");
    alone(weir_par_for_each(numbers(), &fiber_fn, NULL, 2, NULL), "par_for_each");
    alone(weir_par_fold(numbers(), &zero, &fold_fn, &fold_fn, NULL, 2, NULL), "par_fold");
    alone(weir_crew(numbers(), &crew_fn, NULL, 2, NULL), "crew");
}

static void test_failed_sources(void)
{
    passes_refused(weir_par_map(failed(), &twice_fn, NULL, 2, NULL));
    passes_refused(weir_par_map(failed(), &then_fn, NULL, 2, NULL));
    passes_refused(weir_par_map_unordered(failed(), &fiber_fn, NULL, 2, NULL));
    passes_refused(weir_par_filter(failed(), &is_odd_fn, NULL, 2, NULL));
    passes_refused(weir_par_for_each(failed(), &each_fn, NULL, 2, NULL));
    passes_refused(weir_par_for_each(failed(), &then_fn, NULL, 2, NULL));
    passes_refused(weir_par_fold(failed(), &zero, &fold_fn, &fold_fn, NULL, 2, NULL));
    passes_refused(weir_crew(failed(), &crew_fn, NULL, 2, NULL));
}

void test_refusals_par(void **state)
{
    (void)state;
    test_types();
    test_limits();
    test_lent();
    test_folds();
    test_sizes_of_hand_made();
    test_without_runtime();
    test_failed_sources();
}
