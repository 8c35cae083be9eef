/* weir_contract_check over stages that break one rule of what they answer, ask for or leave behind:
 * each is named. In a checking build the library ends the program for some of them first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/text.h"
#include "core/poll.h"
#include "mutants.h"

enum breach {
    NO_BREACH,
    NO_REASON,       /* PENDING, and not what for */
    NO_ERROR,        /* ERROR, and none is described */
    ANOTHER_WAKER,   /* the cx has another waker behind the poll */
    SCRATCH_KEPT,    /* ... and less scratch */
    HINT_TURNED,     /* at least more than at most */
    HINT_NONE,       /* nothing is said to come, and something does */
    BY_DEMAND,       /* it gives the demand */
    ASKS_MORE,       /* it asks for more than anybody may */
    ASKS_NONE,       /* ... or for nothing */
    GIVES_MORE,      /* ... and says that it gave more */
    TWO_OF_ONE,      /* a future that gives each item */
    TWICE_THE_ERROR, /* an error comes twice */
    BY_MARKS,        /* it counts what comes before a mark */
    NO_MARK,         /* MARK, and there is none */
    MARK_PASSED,     /* a mark of a stage that says that it settles them */
    SETTLED_TWICE,
    NOT_DROPPED,   /* an input is not */
    ENDS_WITH_ONE, /* a merge ends with either side */
    GIVES_ITS_OWN  /* ... and gives something of its own instead of waiting */
};

struct answers {
    weir_stream stream;
    enum breach breach;
    weir_stream *second;
    weir_error error;
    bool again;
    int64_t marks, given;
    void *grown;
};

static weir_poll wait_as_it_likes(struct answers *self, weir_cx *cx, weir_poll got)
{
    if (self->breach == NO_REASON)
        cx->wait_for = WEIR_WAIT_NONE;
    return got;
}

static weir_poll fail_as_it_likes(struct answers *self, weir_cx *cx, weir_poll got)
{
    if (self->breach == NO_ERROR)
        cx->error.message[0] = '\0';
    if (self->breach == TWICE_THE_ERROR && !cx->error.fatal) {
        self->error = cx->error;
        self->again = true;
    }
    return got;
}

static weir_poll mark_as_it_likes(struct answers *self, weir_cx *cx, weir_poll got)
{
    if (self->breach == MARK_PASSED)
        return got;
    weir_mark *mark = weir_mark_take(cx);
    self->marks++;
    if (self->breach == NO_MARK)
        return check_settle_all(mark, true), (weir_poll){0, WEIR_MARK};
    if (self->breach != SETTLED_TWICE)
        return weir_mark_give(cx, mark);
    weir_mark_settle(mark, true);
    weir_mark_settle(mark, true);
    return (weir_poll){0, WEIR_READY};
}

static void count_items(struct answers *self, int64_t *items, weir_poll got, size_t demand)
{
    for (uint32_t i = 0; i < got.n; i++) {
        items[i] += self->breach == BY_DEMAND ? (int64_t)demand : 0;
        items[i] += self->breach == BY_MARKS ? self->marks : 0;
    }
}

static void leave_behind(struct answers *self, weir_cx *cx)
{
    static weir_waker other;
    if (self->breach == ANOTHER_WAKER)
        cx->waker = &other;
    if (self->breach == SCRATCH_KEPT)
        cx->scratch_used += 16;
}

static weir_poll answers_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct answers *self = WEIR_SELF(struct answers, stream);
    if (self->again) {
        self->again = false;
        cx->error = self->error;
        return (weir_poll){0, WEIR_ERROR};
    }
    size_t asked = self->breach == ASKS_MORE   ? WEIR_DEMAND_MAX + 1
                   : self->breach == ASKS_NONE ? 0
                                               : demand;
    int64_t items[WEIR_DEMAND_MAX + 1];
    weir_poll got = weir_poll_next(weir_source(stream), cx, items, asked);
    count_items(self, items, got, demand);
    got.n = got.n < demand ? got.n : (uint32_t)demand;
    memcpy(out, items, got.n * sizeof *items);
    got.n += self->breach == GIVES_MORE && got.n == demand;
    leave_behind(self, cx);
    if (got.state == WEIR_PENDING)
        return wait_as_it_likes(self, cx, got);
    if (got.state == WEIR_ERROR)
        return fail_as_it_likes(self, cx, got);
    return got.state == WEIR_MARK ? mark_as_it_likes(self, cx, got) : got;
}

static weir_hint answers_size_hint(const weir_stream *stream)
{
    bool turned = WEIR_SELF(const struct answers, stream)->breach == HINT_TURNED;
    return turned ? (weir_hint){9, 1} : (weir_hint){0, 0};
}

#define ANSWERS .name = "answers", .poll_next = answers_poll_next
static const weir_stream_ops answers_ops = {.size = sizeof answers_ops, ANSWERS};
static const weir_stream_ops hint_ops = {
    .size = sizeof hint_ops, ANSWERS, .size_hint = answers_size_hint};
static const weir_stream_ops pass_ops = {
    .size = sizeof pass_ops, ANSWERS, .marks = WEIR_MARKS_PASS};
static const weir_stream_ops settle_ops = {
    .size = sizeof settle_ops, ANSWERS, .marks = WEIR_MARKS_SETTLE};

static const weir_stream_ops *ops_of(enum breach breach)
{
    switch (breach) {
    case HINT_TURNED:
    case HINT_NONE:
        return &hint_ops;
    case BY_MARKS:
    case NO_MARK:
        return &pass_ops;
    case MARK_PASSED:
    case SETTLED_TWICE:
        return &settle_ops;
    default:
        return &answers_ops;
    }
}

static weir_stream *answers(weir_stream *source, void *arg)
{
    enum breach breach = *(enum breach *)arg;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct answers), ops_of(breach), &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_SELF(struct answers, stream)->breach = breach;
    stream->stage.one = breach == TWO_OF_ONE;
    return stream;
}

/* ---- two inputs, as they come ---- */

/* What NOT_DROPPED left: no sanitizer takes it for ours. */
enum { KEPT_MAX = 64 };
static weir_stream *kept[KEPT_MAX];
static unsigned kept_n;

static weir_poll either_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct answers *self = WEIR_SELF(struct answers, stream);
    weir_poll answer = {0, WEIR_END};
    weir_stream *sides[] = {weir_source(stream), self->second};
    for (unsigned i = 0; i < 2; i++) {
        if (weir_is_done(sides[i]))
            continue;
        weir_poll got = weir_poll_next(sides[i], cx, out, demand);
        if (got.state == WEIR_ERROR)
            cx->error.fatal = false;
        if (got.n || got.state == WEIR_ERROR || (!i && got.state == WEIR_PENDING))
            answer = got;
        if (got.n)
            return (weir_poll){got.n, WEIR_READY};
        if (got.state == WEIR_ERROR)
            return got;
        if (got.state == WEIR_END && self->breach == ENDS_WITH_ONE)
            return got;
        if (got.state == WEIR_PENDING && self->breach == GIVES_ITS_OWN && !self->given++)
            return *(int64_t *)out = 99, (weir_poll){1, WEIR_READY};
        answer = got.state == WEIR_PENDING ? got : answer;
    }
    return answer;
}

static void either_fini(weir_stream *stream)
{
    struct answers *self = WEIR_SELF(struct answers, stream);
    if (self->breach == NOT_DROPPED && kept_n < KEPT_MAX)
        kept[kept_n++] = self->second;
    else
        weir_drop(self->second);
}

static weir_stream *either(weir_stream *const *inputs, void *arg)
{
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "either", .poll_next = either_poll_next, .fini = either_fini};
    weir_stream *stream = weir_expect_both(inputs[0], inputs[1]);
    if (stream)
        return stream;
    stream = weir_stream_new(inputs[0], sizeof(struct answers), &ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return weir_drop(inputs[1]), stream;
    struct answers *self = WEIR_SELF(struct answers, stream);
    self->second = inputs[1];
    self->breach = *(enum breach *)arg;
    return weir_stream_with(stream, &self->second->stage);
}

/* ---- what is found ---- */

static const weir_contract of_answers = {
    .size = sizeof of_answers, .build = answers, .inputs = {{.items = "1 2 3"}}};
static const weir_contract of_either = {.size = sizeof of_either,
                                        .build_over = either,
                                        .inputs = {{.items = "1 2 3"}, {.items = "4"}},
                                        .order = WEIR_CHECK_ANY_ORDER};

static const struct mutant breaches[] = {
    {"no reason", &of_answers, NO_REASON, "is PENDING and says not what for"},
    {"no error", &of_answers, NO_ERROR, "answers ERROR and describes none"},
    {"another waker", &of_answers, ANOTHER_WAKER, "leaves another waker in the cx"},
    {"scratch", &of_answers, SCRATCH_KEPT, "keeps 16 bytes of scratch"},
    {"a hint turned round", &of_answers, HINT_TURNED, "hints 9 to 1 items"},
    {"a hint of none", &of_answers, HINT_NONE, "hints at 0 to 0 items, and 3 came"},
    {"by demand", &of_answers, BY_DEMAND, "gives something else when it is asked for 2 items"},
    {"asks for more", &of_answers, ASKS_MORE, "items, and its consumer wants 1"},
    {"asks for nothing", &of_answers, ASKS_NONE, "asks for 0 items"},
    {"gives more", &of_answers, GIVES_MORE, "gives 2 items where 1 were asked for"},
    {"two of one", &of_answers, TWO_OF_ONE, "is a future and gives 2 items"},
    {"an error twice", &of_answers, TWICE_THE_ERROR, "gives an error of its input 2 times"},
    {"by marks", &of_answers, BY_MARKS, "gives something else when marks stand between"},
    {"no mark", &of_answers, NO_MARK, "answers MARK and gives none"},
    {"a mark that is settled", &of_answers, MARK_PASSED, "its ops say that it settles them"},
    {"settled twice", &of_answers, SETTLED_TWICE, "settles the mark behind item 1 more than once"},
    {"ends with one", &of_either, ENDS_WITH_ONE, "gives something else"},
    {"its own", &of_either, GIVES_ITS_OWN, "gives something else"},
};

static void each_breach_is_named(void **state)
{
    (void)state;
    if (WEIR_CHECKS)
        skip();
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        char report[WEIR_REPORT_BYTES];
        weir_contract contract = *breaches[i].of;
        unsigned breach = breaches[i].mistake;
        contract.arg = &breach;
        if (weir_contract_check(&contract, report, sizeof report))
            fail_msg("%s: not found", breaches[i].name);
        if (!strstr(report, breaches[i].sentence))
            fail_msg("%s: found as: %s", breaches[i].name, report);
    }
}

static void without_one_they_are_right(void **state)
{
    (void)state;
    char report[WEIR_REPORT_BYTES];
    unsigned none = NO_BREACH;
    weir_contract one = of_answers, two = of_either;
    one.arg = two.arg = &none;
    if (!weir_contract_check(&one, report, sizeof report) ||
        !weir_contract_check(&two, report, sizeof report))
        fail_msg("%s", report);
    assert_true(weir_contract_check(&one, NULL, 0));
}

static void an_input_that_is_kept(void **state)
{
    (void)state;
    char report[WEIR_REPORT_BYTES];
    unsigned breach = NOT_DROPPED;
    weir_contract contract = of_either;
    contract.arg = &breach;
    assert_false(weir_contract_check(&contract, report, sizeof report));
    assert_non_null(strstr(report, "drops input 1 0 times"));
    assert_in_range(kept_n, 1, KEPT_MAX - 1);
}

static void what_is_no_contract(void **state)
{
    (void)state;
    unsigned none = NO_BREACH;
    static const struct {
        weir_check_input inputs[2];
        const char *replay, *gives, *sentence;
    } rows[] = {
        {{{.items = "1", .type = &weir_type_bool}}, NULL, NULL, "want a make"},
        {{{.items = "1 2 3 4 5 6"}, {.items = "1 2 3 4 5"}}, NULL, NULL, "more than 10 items"},
        {{{.items = "1"}}, NULL, NULL, NULL},
        {{{.items = "  -1 12  7 3 "}}, NULL, NULL, NULL},
        {{{.items = "1-"}}, NULL, NULL, "items are numbers"},
        {{{.items = "-"}}, NULL, NULL, "items are numbers"},
        {{{.items = "1"}}, "waits", NULL, "the replay is none of a report"},
        {{{.items = "1"}}, "weights 0 1 0,0,0,0 0 0 0 0 0 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "waits 3 1 0,0,0,0 0 0 0 0 0 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "waits 0 0 0,0,0,0 0 0 0 0 0 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "waits 0 65 0,0,0,0 0 0 0 0 0 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "waits 0 1 0,0,0,0 0 0 0 4 0 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "waits 0 1 0,0,0,0 0 0 0 0 99 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "marks 0 1 0,0,0,0 0 0 0 0 0 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "marks 0 1 0,0,0,0 0 0 0 0 5 0", NULL, "the replay is none"},
        {{{.items = "1"}}, "errors 0 1 0,0,0,0 0 0 0 0 9 0", NULL, NULL},
        {{{.items = "1"}}, NULL, "1", NULL},
        {{{.items = "1"}}, NULL, "1 $", "is wanted"},
        {{{.items = "1"}}, NULL, "", "is wanted"},
        {{{.items = "1"}}, NULL, "1 2", "is wanted"},
        {{{.items = "1"}}, NULL, "2", "is wanted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char report[WEIR_REPORT_BYTES] = "";
        weir_contract contract = WEIR_CONTRACT(.arg = &none, .replay = rows[i].replay,
                                               .gives = rows[i].gives, .eats_errors = i > 14);
        memcpy(contract.inputs, rows[i].inputs, sizeof rows[i].inputs);
        if (rows[i].inputs[1].items)
            contract.build_over = either;
        else
            contract.build = answers;
        bool right = weir_contract_check(&contract, report, sizeof report);
        if (right != !rows[i].sentence || (!right && !strstr(report, rows[i].sentence)))
            fail_msg("row %zu: %s", i, report);
    }
}

/* Items as texts, in any room. */
static void items_are_said(void **state)
{
    (void)state;
    static const weir_type fraction = WEIR_TYPE(double), small = WEIR_TYPE(int32_t);
    static const weir_line line = {"", 0};
    static const double half = 0.5;
    static const bool yes = true;
    static const int32_t minus = -7;
    static const struct {
        const weir_type *type;
        const void *item;
        const char *text;
    } rows[] = {
        {&weir_type_line, &line, "''"},
        {&fraction, &half, "0.5"},
        {&weir_type_bool, &yes, "true"},
        {&small, &minus, "-7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[16] = "", little[2] = "";
        size_t n = weir_item_text(out, sizeof out, rows[i].type, rows[i].item);
        assert_string_equal(out, rows[i].text);
        assert_int_equal(n, strlen(rows[i].text));
        assert_int_equal(weir_item_text(little, sizeof little, rows[i].type, rows[i].item), n);
        assert_int_equal(little[0], *rows[i].text);
        assert_int_equal(weir_item_text(NULL, 0, rows[i].type, rows[i].item), n);
    }
}

int check_answers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_breach_is_named),  cmocka_unit_test(without_one_they_are_right),
        cmocka_unit_test(an_input_that_is_kept), cmocka_unit_test(what_is_no_contract),
        cmocka_unit_test(items_are_said),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
