/* What consumers refuse: sources that failed, types that do not fit, lent items, limits of 0. */

#include <stdio.h>

#include "given.h"

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

/* A source that failed already passes through, and keeps its own words. */
static void test_failed_sources(void)
{
    passes_refused(weir_find(failed(), &is_even_fn, NULL));
    passes_refused(weir_find_map(failed(), &even_tenfold_fn, NULL));
    passes_refused(weir_position(failed(), &is_even_fn, NULL));
    passes_refused(weir_nth(failed(), 3));
    passes_refused(weir_last(failed()));
    passes_refused(weir_drain(failed()));
    passes_refused(weir_reduce(failed(), &add_fn, NULL));
}

/* Both types are named, and who takes the one of them. */
static void mismatch(weir_stream *stream, const char *taker)
{
    char words[64];
    snprintf(words, sizeof words, "%s '", taker);
    expect_refusal(stream, WEIR_E_TYPE, words, "tracked', but 'range' yields 'int64_t'", NULL);
}

static void test_types(void)
{
    mismatch(weir_find(numbers(), &is_even_fn, NULL), "find");
    mismatch(weir_find_map(numbers(), &even_tenfold_fn, NULL), "find_map");
    mismatch(weir_position(numbers(), &is_even_fn, NULL), "position");
    mismatch(weir_reduce(numbers(), &add_fn, NULL), "reduce");
}

static void join_lines(weir_line *all, weir_line line, void *arg)
{
    (void)arg;
    *all = line;
}
WEIR_FOLD_FN(join_lines_fn, join_lines, weir_line, weir_line)

static void test_lent(void)
{
    const char *cure = "weir_own()";
    expect_refusal(weir_last(lines()), WEIR_E_TYPE, "last holds items", "weir_line", cure);
    expect_refusal(weir_reduce(lines(), &join_lines_fn, NULL), WEIR_E_TYPE, "reduce holds items",
                   "weir_line", cure);
}

void test_refusals_consume(void **state)
{
    (void)state;
    test_failed_sources();
    test_types();
    test_lent();
}
