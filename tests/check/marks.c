/* Marks that a stage which always holds an item treats wrongly: weir_contract_check finds each, and
 * nothing in one that is right. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutants.h"

enum lag_mistake {
    LAG_RIGHT,      /* a mark waits until the item before it is out */
    LAG_EARLY,      /* ... passes while that is held */
    LAG_SETTLED,    /* ... is settled at once */
    LAG_FINI,       /* ... is kept by a drop, and the item is not out */
    LAG_ONE,        /* ... is given up when another one is held */
    LAG_ROW_TURNED, /* ... goes before the others that are held */
    LAG_FIRST,      /* ... is given up when no item came yet */
    LAG_ERROR       /* what is held is given up at an error, and its marks are kept */
};

/* Each item when the next one comes, or the end. */
struct lag {
    weir_stream stream;
    enum lag_mistake mistake;
    int64_t item;
    bool has_item, ended;
    weir_mark *held, *due; /* behind the item; behind those that are out */
};

static weir_poll lag_mark(struct lag *self, weir_cx *cx)
{
    weir_mark *mark = weir_mark_take(cx), **end = &self->held;
    if (self->mistake == LAG_SETTLED)
        return weir_mark_settle(mark, true), (weir_poll){0, WEIR_READY};
    if (self->mistake == LAG_ONE && self->held)
        return weir_mark_settle(mark, false), (weir_poll){0, WEIR_READY};
    while (*end && self->mistake != LAG_ROW_TURNED)
        end = &(*end)->behind;
    mark->behind = *end;
    *end = mark;
    return (weir_poll){0, WEIR_READY};
}

/* Behind an error, or a mark with nothing before it. */
static weir_poll lag_pass(struct lag *self, weir_cx *cx, weir_poll got)
{
    if (got.state == WEIR_ERROR && self->mistake == LAG_ERROR) {
        check_settle_all(self->held, true);
        self->held = NULL;
        self->has_item = false;
    }
    if (got.state == WEIR_MARK && self->mistake == LAG_FIRST)
        return weir_mark_settle(weir_mark_take(cx), false), (weir_poll){0, WEIR_READY};
    return got;
}

static weir_poll lag_turn(struct lag *self, weir_poll got, int64_t item, void *out)
{
    weir_poll answer = {self->has_item, WEIR_READY};
    if (self->has_item)
        *(int64_t *)out = self->item;
    self->due = self->held;
    self->held = NULL;
    self->item = item;
    self->has_item = got.n;
    self->ended = !got.n;
    return answer;
}

static weir_poll lag_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct lag *self = WEIR_SELF(struct lag, stream);
    weir_mark *due = self->due;
    int64_t item = 0;
    (void)demand;
    if (due) {
        self->due = due->behind;
        return weir_mark_give(cx, due);
    }
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(weir_source(stream), cx, &item, 1);
    if (got.state == WEIR_MARK && self->has_item && self->mistake != LAG_EARLY)
        return lag_mark(self, cx);
    return got.n || got.state == WEIR_END ? lag_turn(self, got, item, out)
                                          : lag_pass(self, cx, got);
}

static void lag_fini(weir_stream *stream)
{
    struct lag *self = WEIR_SELF(struct lag, stream);
    check_settle_all(self->due, false);
    check_settle_all(self->held, self->mistake == LAG_FINI);
}

static weir_stream *lag(weir_stream *source, void *arg)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "lag",
                                        .poll_next = lag_poll_next,
                                        .fini = lag_fini,
                                        .marks = WEIR_MARKS_HOLD};
    weir_stream *stream = weir_stream_new(source, sizeof(struct lag), &ops, &weir_type_i64);
    if (!weir_stage_failed(&stream->stage))
        WEIR_SELF(struct lag, stream)->mistake = *(enum lag_mistake *)arg;
    return stream;
}

static const weir_contract of_lag = {
    .size = sizeof of_lag, .build = lag, .inputs = {{.items = "1 2 3 4 5"}}, .gives = "1 2 3 4 5"};

static const struct mutant mutants[] = {
    {"mark early", &of_lag, LAG_EARLY,
     "lets the mark behind item 1 out before what is made of it: 0 came out, and 1 are due"},
    {"mark settled early", &of_lag, LAG_SETTLED,
     "lets the mark behind item 1 out before what is made of it: 0 came out, and 1 are due"},
    {"mark kept by a drop", &of_lag, LAG_FINI, "out before what is made of it"},
    {"second mark of a row lost", &of_lag, LAG_ONE, "loses the mark behind item 1"},
    {"a row turned round", &of_lag, LAG_ROW_TURNED, "keeps a mark before an older one"},
    {"mark before all items lost", &of_lag, LAG_FIRST, "loses the mark behind item 0"},
    {"mark kept at an error", &of_lag, LAG_ERROR, "out before what is made of it"},
};

static void test_marks_early_or_lost(void **state)
{
    (void)state;
    check_find_mutants(mutants, sizeof mutants / sizeof *mutants);
}

static void test_marks_right(void **state)
{
    (void)state;
    static char report[WEIR_REPORT_BYTES];
    enum lag_mistake none = LAG_RIGHT;
    weir_contract contract = of_lag;
    contract.arg = &none;
    if (!weir_contract_check(&contract, report, sizeof report))
        fail_msg("%s", report);
}

int check_marks(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks_early_or_lost),
                                       cmocka_unit_test(test_marks_right)};
    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
