/* Operators with several outputs that cannot be built: each output says so. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "laws.h"

enum { OUTPUTS = 3 };

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

static weir_stream *marked(void)
{
    static struct script script;
    return script_stream(&script, "1 | 2");
}

/* Owns something, and nothing is known to copy it. */
static weir_stream *vectors(void)
{
    return weir_chunks(weir_range(0, 4), 2);
}

static uint64_t by_value(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(wrong_key, by_value, struct tracked, uint64_t)

static uint64_t number(int64_t x, void *arg)
{
    (void)arg;
    return (uint64_t)x;
}
WEIR_KEY_FN(number_key, number, int64_t, uint64_t)

static double half(int64_t x, void *arg)
{
    (void)arg;
    return (double)x / 2;
}
WEIR_KEY_FN(half_key, half, int64_t, double)

static weir_owned_line text(int64_t x, void *arg)
{
    (void)arg, (void)x;
    return (weir_owned_line){NULL, 0};
}
WEIR_KEY_FN(text_key, text, int64_t, weir_owned_line)

static size_t first_tracked(struct tracked item, size_t n, void *arg)
{
    (void)item, (void)n, (void)arg;
    return 0;
}
WEIR_CHOOSE_FN(wrong_choice, first_tracked, struct tracked)

static size_t first(int64_t x, size_t n, void *arg)
{
    (void)x, (void)n, (void)arg;
    return 0;
}
WEIR_CHOOSE_FN(first_choice, first, int64_t)

static size_t first_line(weir_line line, size_t n, void *arg)
{
    (void)line, (void)n, (void)arg;
    return 0;
}
WEIR_CHOOSE_FN(line_choice, first_line, weir_line)

static weir_stream *outputs[OUTPUTS];

/* What a reader says of a dealing that could not be made. */
static weir_stream *reader_of(weir_dealing *dealing)
{
    weir_stream *reader = weir_deal_reader(dealing);
    weir_deal_drop(dealing);
    return reader;
}

static void all_refused(weir_code code, const char *part, const char *other_part, const char *cure)
{
    for (size_t i = 0; i < OUTPUTS; i++)
        expect_refusal(outputs[i], code, part, other_part, cure);
}

static void test_failed_sources(void)
{
    weir_stream *other;
    weir_broadcast(failed(), outputs, 2, 4, WEIR_SLOW_WAIT);
    passes_refused(outputs[1]);
    passes_refused(outputs[0]); /* in any order: the words do not stand in the other's arena */
    weir_balance(failed(), outputs, 2);
    passes_refused(outputs[0]);
    passes_refused(outputs[1]);
    weir_route(failed(), &wrong_key, NULL, outputs, 2, 1);
    passes_refused(outputs[0]);
    passes_refused(outputs[1]);
    passes_refused(weir_tee(failed(), &other, 1));
    passes_refused(other);
    passes_refused(weir_wire_tap(failed(), &other, 1));
    passes_refused(other);
    passes_refused(weir_group_by(failed(), &wrong_key, NULL, 0, 1, WEIR_CLOSED_AGAIN));
    weir_sharing *shared = weir_share(failed(), 4, WEIR_SLOW_WAIT, 0);
    other = weir_share_reader(shared);
    passes_refused(weir_share_reader(shared));
    weir_share_drop(shared);
    passes_refused(other);
    passes_refused(reader_of(weir_deal(failed(), &wrong_choice, NULL, 1, 1)));
    weir_dealing *dealing = weir_deal(failed(), &wrong_choice, NULL, 0, 1);
    other = weir_deal_reader(dealing);
    passes_refused(weir_deal_reader(dealing));
    weir_deal_drop(dealing);
    passes_refused(other);
}

static void test_limits(void)
{
    weir_stream *other;
    weir_broadcast(numbers(), outputs, OUTPUTS, 0, WEIR_SLOW_LAG);
    all_refused(WEIR_E_ARGUMENT, "broadcast", "'capacity' is 0", NULL);
    weir_route(numbers(), &number_key, NULL, outputs, OUTPUTS, 0);
    all_refused(WEIR_E_ARGUMENT, "route", "'capacity' is 0", NULL);
    expect_refusal(weir_tee(numbers(), &other, 0), WEIR_E_ARGUMENT, "broadcast", "0", NULL);
    weir_drop(other);
    expect_refusal(weir_wire_tap(numbers(), &other, 0), WEIR_E_ARGUMENT, "wire_tap", "0", NULL);
    weir_drop(other);
    expect_refusal(weir_group_by(numbers(), &number_key, NULL, 0, 1, WEIR_CLOSED_AGAIN),
                   WEIR_E_ARGUMENT, "group_by", "'max' is 0", NULL);
    expect_refusal(weir_group_by(numbers(), &number_key, NULL, 1, 0, WEIR_CLOSED_AGAIN),
                   WEIR_E_ARGUMENT, "group_by", "'capacity' is 0", NULL);
    weir_sharing *shared = weir_share(numbers(), 3, WEIR_SLOW_WAIT, 4);
    expect_refusal(weir_share_reader(shared), WEIR_E_ARGUMENT, "share", "4 items to replay",
                   "a larger capacity");
    weir_share_drop(shared);
    expect_refusal(reader_of(weir_deal(numbers(), &first_choice, NULL, 0, 1)), WEIR_E_ARGUMENT,
                   "deal", "'readers' is 0", NULL);
    expect_refusal(reader_of(weir_deal(numbers(), &first_choice, NULL, 1, 0)), WEIR_E_ARGUMENT,
                   "deal", "'capacity' is 0", NULL);
    weir_broadcast(numbers(), outputs, 0, 1, WEIR_SLOW_WAIT); /* nobody is there to be told */
    weir_balance(numbers(), outputs, 0);
    weir_route(numbers(), &number_key, NULL, outputs, 0, 1);
    weir_broadcast(failed(), outputs, 0, 1, WEIR_SLOW_WAIT);
}

static void test_types(void)
{
    const char *words = "tracked', but 'range' yields 'int64_t'";
    weir_route(numbers(), &wrong_key, NULL, outputs, OUTPUTS, 1);
    all_refused(WEIR_E_TYPE, "route '", words, NULL);
    expect_refusal(weir_group_by(numbers(), &wrong_key, NULL, 1, 1, WEIR_CLOSED_AGAIN), WEIR_E_TYPE,
                   "group_by '", words, NULL);
    weir_route(numbers(), &half_key, NULL, outputs, OUTPUTS, 1);
    all_refused(WEIR_E_TYPE, "route 'half'", "'double', not the number of an output", "uint64_t");
    expect_refusal(reader_of(weir_deal(numbers(), &wrong_choice, NULL, 1, 1)), WEIR_E_TYPE,
                   "deal '", words, NULL);
    expect_refusal(weir_group_by(numbers(), &text_key, NULL, 1, 1, WEIR_CLOSED_AGAIN), WEIR_E_TYPE,
                   "group_by 'text'", "no plain value", "number");
    weir_broadcast(vectors(), outputs, OUTPUTS, 1, WEIR_SLOW_WAIT);
    all_refused(WEIR_E_TYPE, "broadcast", "nothing is known to copy a 'chunk'", ".clone");
}

static void test_lent(void)
{
    weir_stream *other;
    weir_broadcast(lines(), outputs, OUTPUTS, 1, WEIR_SLOW_WAIT);
    all_refused(WEIR_E_TYPE, "broadcast", "weir_line", "weir_own()");
    weir_balance(lines(), outputs, OUTPUTS);
    all_refused(WEIR_E_TYPE, "balance", "weir_line", "weir_own()");
    expect_refusal(weir_wire_tap(lines(), &other, 1), WEIR_E_TYPE, "wire_tap", "weir_line",
                   "weir_own()");
    weir_drop(other);
    weir_sharing *shared = weir_share(lines(), 3, WEIR_SLOW_WAIT, 0);
    expect_refusal(weir_share_reader(shared), WEIR_E_TYPE, "share", "weir_line", "weir_own()");
    weir_share_drop(shared);
    expect_refusal(reader_of(weir_deal(lines(), &line_choice, NULL, 1, 1)), WEIR_E_TYPE, "deal",
                   "weir_line", "weir_own()");
}

/* What may lose items, or parts them, says why it takes no marks. */
static void test_marks(void)
{
    const char *words = "may lose items that were not read in time";
    weir_broadcast(marked(), outputs, OUTPUTS, 2, WEIR_SLOW_LAG);
    all_refused(WEIR_E_ARGUMENT, "'broadcast'", words, "weir_settle_here()");
    weir_broadcast(marked(), outputs, OUTPUTS, 2, WEIR_SLOW_KICK);
    all_refused(WEIR_E_ARGUMENT, "'broadcast'", words, "weir_settle_here()");
    words = "parts items among outputs that end apart";
    weir_balance(marked(), outputs, OUTPUTS);
    all_refused(WEIR_E_ARGUMENT, "'balance'", words, "weir_settle_here()");
    weir_route(marked(), &number_key, NULL, outputs, OUTPUTS, 1);
    all_refused(WEIR_E_ARGUMENT, "'route'", words, "weir_settle_here()");
    expect_refusal(weir_group_by(marked(), &number_key, NULL, 1, 1, WEIR_CLOSED_AGAIN),
                   WEIR_E_ARGUMENT, "'group_by' parts items among streams that end apart",
                   "nothing that 'script' gives would be acknowledged", "weir_settle_here()");
    weir_sharing *shared = weir_share(marked(), 3, WEIR_SLOW_LAG, 0);
    expect_refusal(weir_share_reader(shared), WEIR_E_ARGUMENT, "'share' may lose items",
                   "nothing that 'script' gives", NULL);
    weir_share_drop(shared);
    expect_refusal(reader_of(weir_deal(marked(), &first_choice, NULL, 1, 1)), WEIR_E_ARGUMENT,
                   "'deal'", words, "weir_settle_here()");
}

void test_refusals_outputs(void **state)
{
    (void)state;
    test_failed_sources();
    test_limits();
    test_types();
    test_lent();
    test_marks();
}
