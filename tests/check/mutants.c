/* weir_contract_check finds each of the mistakes that are made in stages, and nothing in the same
 * stages without them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mutants.h"

/* Which mistake the stage makes; `arg` of its constructor. */
enum mistake {
    NONE,
    PARTIAL_LOST,     /* what was gathered is lost at a PENDING */
    PARTIAL_EARLY,    /* ... is given at a PENDING, though more may come */
    PAST_LIMIT,       /* a take asks once more than it needs */
    NO_WAKER,         /* PENDING, and nobody was told whom to wake */
    STALE_WAKER,      /* the waker of its first poll is kept for all that follow */
    AFTER_END,        /* an input that ended is asked again */
    FIRST_PENDING,    /* a merge answers PENDING as soon as one side does */
    LEAK,             /* what it allocated is not released */
    WAKER_KEPT,       /* a waker is not let go */
    ERROR_LOST,       /* an error is taken for an END */
    NO_MEMORY_UNSEEN, /* no memory is taken for an END */
    SKIPS_HALF,       /* it counts its source's items where its own are to be skipped */
    NO_BUDGET,        /* it looks for an item without end in one poll */
    HINT,             /* it says that more items are left than come */
    WRITES_MORE,      /* it gives more items than it was asked for */
    MARKS_HELD,       /* none: a mark waits until the pair of the item before it is out */
    MARK_EARLY,       /* a mark passes while that is held */
    MARK_LOST,        /* ... is given up */
    MARK_KEPT,        /* ... is forgotten */
    MARKS_TURNED,     /* ... goes behind the next one */
    MARKS_LOST        /* each mark of two inputs is given up */
};

/* What LEAK left: it is released behind the check, so that no sanitizer takes it for ours. */
enum { LEAKED_MAX = 8 };
static uint64_t *leaked[LEAKED_MAX];
static unsigned leaked_n;

static void leak(void)
{
    if (leaked_n < LEAKED_MAX && (leaked[leaked_n] = weir_allocate(sizeof *leaked[0])))
        leaked_n++;
}

static void release_leaked(void)
{
    while (leaked_n)
        weir_release(leaked[--leaked_n], sizeof *leaked[0]);
}

void check_settle_all(weir_mark *mark, bool kept)
{
    while (mark) {
        weir_mark *behind = mark->behind;
        weir_mark_settle(mark, kept);
        mark = behind;
    }
}

/* ---- one input: pairs of items ---- */

struct pair {
    int64_t first, second;
};

struct pairs {
    weir_stream stream;
    enum mistake mistake;
    int64_t first;
    bool has_first;
    uint64_t *counted; /* NO_MEMORY_UNSEEN */
    weir_waker *first_waker;
    weir_waker_slot slot;
    bool waited;
    weir_mark *held; /* behind `first` */
    bool passed;     /* another one went on */
};

/* Answers as its source does, or as its mistake wants. */
static weir_poll ask(struct pairs *self, weir_cx *cx, int64_t *out)
{
    weir_waker *waker = cx->waker;
    if (self->mistake == STALE_WAKER) {
        if (!self->first_waker)
            weir_waker_ref(self->first_waker = cx->waker);
        cx->waker = self->first_waker;
    }
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, out, 1);
    cx->waker = waker;
    if (self->mistake == WAKER_KEPT && got.state == WEIR_PENDING)
        weir_waker_ref(cx->waker);
    if (self->mistake == ERROR_LOST && got.state == WEIR_ERROR)
        got.state = WEIR_END;
    return got;
}

static weir_poll give_rest(struct pairs *self, struct pair *out, weir_state state)
{
    *out = (struct pair){self->first, 0};
    self->has_first = false;
    return (weir_poll){1, state};
}

static weir_poll wait_without_waker(struct pairs *self, weir_cx *cx)
{
    self->waited = true;
    cx->wait_for = WEIR_WAIT_PEER;
    return (weir_poll){0, WEIR_PENDING};
}

static weir_poll hold_mark(struct pairs *self, weir_cx *cx)
{
    weir_mark *mark = weir_mark_take(cx), **end = &self->held;
    while (*end)
        end = &(*end)->behind;
    if (self->mistake == MARK_LOST)
        weir_mark_settle(mark, false);
    else if (self->mistake != MARK_KEPT)
        mark->behind = NULL, *end = mark;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll give_held(struct pairs *self, weir_cx *cx)
{
    weir_mark *mark = self->held;
    self->held = mark->behind;
    return weir_mark_give(cx, mark);
}

static weir_poll pairs_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct pairs *self = WEIR_SELF(struct pairs, stream);
    int64_t item;
    if (self->mistake == NO_WAKER && !self->waited)
        return wait_without_waker(self, cx);
    if (self->mistake == NO_MEMORY_UNSEEN && !self->counted &&
        !(self->counted = weir_allocate(sizeof *self->counted)))
        return (weir_poll){0, WEIR_END};
    if (self->held && !self->has_first && (self->mistake != MARKS_TURNED || self->passed))
        return give_held(self, cx);
    weir_poll got = ask(self, cx, &item);
    self->passed = got.state == WEIR_MARK && !self->has_first;
    if (got.state == WEIR_MARK && self->has_first && self->mistake != MARK_EARLY)
        return hold_mark(self, cx);
    if (got.state == WEIR_PENDING && self->mistake == PARTIAL_LOST)
        self->has_first = false;
    if (got.state == WEIR_PENDING && self->mistake == PARTIAL_EARLY && self->has_first)
        return give_rest(self, out, WEIR_READY);
    if (!got.n)
        return got.state == WEIR_END && self->has_first
                   ? give_rest(self, out, self->held ? WEIR_READY : WEIR_END)
                   : got;
    while (self->mistake == NO_BUDGET && item < 6 && got.n)
        got = ask(self, cx, &item);
    if (self->mistake == NO_BUDGET && !got.n)
        return got;
    if (!self->has_first) {
        self->first = item;
        self->has_first = true;
        return (weir_poll){0, WEIR_READY};
    }
    *(struct pair *)out = (struct pair){self->first, item};
    self->has_first = false;
    if (self->mistake == WRITES_MORE)
        ((struct pair *)out)[demand] = (struct pair){0, 0};
    return (weir_poll){1, WEIR_READY};
}

static void pairs_fini(weir_stream *stream)
{
    struct pairs *self = WEIR_SELF(struct pairs, stream);
    if (self->first_waker)
        weir_waker_unref(self->first_waker);
    weir_release(self->counted, sizeof *self->counted);
    check_settle_all(self->held, false);
}

static weir_poll pairs_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    return weir_poll_skip(weir_source(stream), cx, demand);
}

static weir_hint pairs_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

#define PAIRS .name = "pairs", .poll_next = pairs_poll_next, .fini = pairs_fini
static const weir_stream_ops pairs_ops = {.size = sizeof pairs_ops, PAIRS};
static const weir_stream_ops holding_ops = {
    .size = sizeof holding_ops, PAIRS, .marks = WEIR_MARKS_HOLD};
static const weir_stream_ops skipping_ops = {
    .size = sizeof skipping_ops, PAIRS, .poll_skip = pairs_poll_skip};
static const weir_stream_ops hinting_ops = {
    .size = sizeof hinting_ops, PAIRS, .size_hint = pairs_size_hint};

static weir_stream *pairs(weir_stream *source, void *arg)
{
    enum mistake mistake = *(enum mistake *)arg;
    weir_stream *stream = weir_stream_new(source, sizeof(struct pairs),
                                          mistake == SKIPS_HALF   ? &skipping_ops
                                          : mistake == HINT       ? &hinting_ops
                                          : mistake >= MARKS_HELD ? &holding_ops
                                                                  : &pairs_ops,
                                          weir_type_pair(&weir_type_i64, &weir_type_i64));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct pairs *self = WEIR_SELF(struct pairs, stream);
    self->mistake = mistake;
    if (self->mistake == LEAK)
        leak();
    return stream;
}

/* ---- one input: its first two items ---- */

struct first_two {
    weir_stream stream;
    enum mistake mistake;
    unsigned left;
};

static weir_poll first_two_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct first_two *self = WEIR_SELF(struct first_two, stream);
    if (!self->left && self->mistake == NONE)
        return (weir_poll){0, WEIR_END};
    if (self->mistake == NONE && demand > self->left)
        demand = self->left;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (self->left < got.n)
        return (weir_poll){self->left, WEIR_END};
    self->left -= got.n;
    return got;
}

static weir_stream *first_two(weir_stream *source, void *arg)
{
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "first_two", .poll_next = first_two_poll_next};
    weir_stream *stream = weir_stream_new(source, sizeof(struct first_two), &ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_SELF(struct first_two, stream)->mistake = *(enum mistake *)arg;
    WEIR_SELF(struct first_two, stream)->left = 2;
    return stream;
}

/* ---- two inputs ---- */

struct two {
    weir_stream stream;
    weir_stream *second;
    enum mistake mistake;
    bool in_turn; /* first all of one, then all of the other; else both as they come */
    unsigned turn;
};

static weir_stream *side(struct two *self, unsigned i)
{
    return i ? self->second : weir_source(&self->stream);
}

static weir_poll one_then_the_other(struct two *self, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = {0, WEIR_END};
    if (!weir_is_done(side(self, 0)) || self->mistake == AFTER_END)
        got = weir_poll_next(side(self, 0), cx, out, demand);
    if (got.n)
        return (weir_poll){got.n, WEIR_READY};
    return got.state == WEIR_END ? weir_poll_next(side(self, 1), cx, out, demand) : got;
}

static weir_poll both_as_they_come(struct two *self, weir_cx *cx, void *out, size_t demand)
{
    weir_poll answer = {0, WEIR_END};
    for (unsigned tries = 0; tries < 2; tries++) {
        weir_stream *asked = side(self, self->turn++ % 2);
        if (weir_is_done(asked))
            continue;
        weir_poll got = weir_poll_next(asked, cx, out, demand);
        if (got.n)
            return (weir_poll){got.n, WEIR_READY};
        if (got.state == WEIR_ERROR)
            return got;
        if (got.state == WEIR_PENDING && self->mistake == FIRST_PENDING)
            return self->turn--, got;
        answer = got.state == WEIR_END ? answer : got;
    }
    return answer;
}

static weir_poll two_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct two *self = WEIR_SELF(struct two, stream);
    weir_poll got = (self->in_turn ? one_then_the_other : both_as_they_come)(self, cx, out, demand);
    if (got.state == WEIR_ERROR) /* fatal to one input only */
        cx->error.fatal = false;
    if (got.state == WEIR_MARK && self->mistake == MARKS_LOST) {
        weir_mark_settle(weir_mark_take(cx), false);
        got.state = WEIR_READY;
    }
    return got;
}

static void two_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct two, stream)->second);
}

#define TWO .name = "two", .poll_next = two_poll_next, .fini = two_fini
static const weir_stream_ops two_ops = {.size = sizeof two_ops, TWO};
static const weir_stream_ops in_turn_ops = {
    .size = sizeof in_turn_ops, TWO, .marks = WEIR_MARKS_PASS};

static weir_stream *two(weir_stream *const *inputs, void *arg, bool in_turn)
{
    weir_stream *stream = weir_expect_both(inputs[0], inputs[1]);
    if (stream)
        return stream;
    stream = weir_stream_new(inputs[0], sizeof(struct two), in_turn ? &in_turn_ops : &two_ops,
                             &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return weir_drop(inputs[1]), stream;
    struct two *self = WEIR_SELF(struct two, stream);
    self->second = inputs[1];
    self->mistake = *(enum mistake *)arg;
    self->in_turn = in_turn;
    return weir_stream_with(stream, &self->second->stage);
}

static weir_stream *in_turn(weir_stream *const *inputs, void *arg)
{
    return two(inputs, arg, true);
}

static weir_stream *as_they_come(weir_stream *const *inputs, void *arg)
{
    return two(inputs, arg, false);
}

/* ---- what is found ---- */

static const weir_contract of_pairs = {.size = sizeof of_pairs,
                                       .build = pairs,
                                       .inputs = {{.items = "1 2 3 4 5"}},
                                       .gives = "(1,2) (3,4) (5,0)"};
static const weir_contract of_ends = {
    .size = sizeof of_ends, .build = pairs, .inputs = {{.items = "1 2 3"}}};
static const weir_contract of_first_two = {.size = sizeof of_first_two,
                                           .build = first_two,
                                           .inputs = {{.items = "1 2 3 4", .takes_max = 2}},
                                           .gives = "1 2"};
static const weir_contract of_chain = {.size = sizeof of_chain,
                                       .build_over = in_turn,
                                       .inputs = {{.items = "1 2 3"}, {.items = "4 5"}},
                                       .gives = "1 2 3 4 5"};
static const weir_contract of_merge = {.size = sizeof of_merge,
                                       .build_over = as_they_come,
                                       .inputs = {{.items = "1 2 3"}, {.items = "4 5"}},
                                       .order = WEIR_CHECK_ANY_ORDER};

static char report[WEIR_REPORT_BYTES];

static bool is_right(const weir_contract *of, unsigned mistake, const char *replay)
{
    weir_contract contract = *of;
    contract.arg = &mistake;
    contract.replay = replay;
    bool right = weir_contract_check(&contract, report, sizeof report);
    release_leaked();
    return right;
}

/* The line of the report that says how to do it again. */
static const char *again(void)
{
    static char text[200];
    const char *from = strstr(report, ".replay = \"");
    assert_non_null(from);
    from += strlen(".replay = \"");
    snprintf(text, sizeof text, "%.*s", (int)strcspn(from, "\""), from);
    return text;
}

static const struct mutant mutants[] = {
    {"partial chunk lost", &of_pairs, PARTIAL_LOST, "gives something else when an input is late"},
    {"early chunk", &of_pairs, PARTIAL_EARLY, "gives something else when an input is late"},
    {"take past its limit", &of_first_two, PAST_LIMIT, "asks its input"},
    {"no waker", &of_pairs, NO_WAKER, "neither stored nor woken"},
    {"stale waker", &of_pairs, STALE_WAKER, "the waker of"},
    {"asked after its end", &of_chain, AFTER_END, "asks an input again and again that has ended"},
    {"merge waits for one side", &of_merge, FIRST_PENDING, "waits for one input although"},
    {"leak", &of_pairs, LEAK, "keeps 1 blocks (8 bytes)"},
    {"waker kept", &of_pairs, WAKER_KEPT, "keeps a waker after it was dropped"},
    {"error lost", &of_pairs, ERROR_LOST, "loses an error"},
    {"skips its source's items", &of_pairs, SKIPS_HALF, "skips 5 items, and gives 3"},
    {"hints too many", &of_pairs, HINT, "hints at 5 to 5 items, and 3 came"},
    {"writes past the demand", &of_pairs, WRITES_MORE, "writes past the items"},
    {"no budget", &of_ends, NO_BUDGET, "an input without end"},
    {"mark early", &of_pairs, MARK_EARLY,
     "lets the mark behind item 1 out before what is made of it"},
    {"mark lost", &of_pairs, MARK_LOST, "loses the mark behind item 1"},
    {"mark forgotten", &of_pairs, MARK_KEPT, "settles the mark behind item 1 never"},
    {"marks turned round", &of_pairs, MARKS_TURNED, "keeps a mark before an older one"},
    {"marks of two inputs lost", &of_chain, MARKS_LOST, "loses the mark behind item 1"},
    {"no memory unseen", &of_pairs, NO_MEMORY_UNSEEN, "an allocation fails, and no error says so"},
};

static void find(const struct mutant *mutant)
{
    if (is_right(mutant->of, mutant->mistake, NULL))
        fail_msg("%s: not found", mutant->name);
    if (!strstr(report, mutant->sentence))
        fail_msg("%s: found as: %s", mutant->name, report);
    if (is_right(mutant->of, mutant->mistake, again()))
        fail_msg("%s: not found again by %s", mutant->name, again());
    if (!strstr(report, mutant->sentence))
        fail_msg("%s: found again as: %s", mutant->name, report);
}

void check_find_mutants(const struct mutant *mutant, size_t n)
{
    for (size_t i = 0; i < n; i++)
        find(&mutant[i]);
}

static void test_mutants(void **state)
{
    (void)state;
    check_find_mutants(mutants, sizeof mutants / sizeof *mutants);
}

static void test_right_ones(void **state)
{
    (void)state;
    static const weir_contract *const all[] = {&of_pairs, &of_first_two, &of_chain, &of_merge};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (!is_right(all[i], NONE, NULL))
            fail_msg("%u: %s", i, report);
    if (!is_right(&of_pairs, MARKS_HELD, NULL))
        fail_msg("held: %s", report);
}

static void test_report(void **state)
{
    (void)state;
    assert_false(is_right(&of_pairs, PARTIAL_LOST, NULL));
    assert_string_equal(report, "pairs: gives something else when an input is late\n"
                                "  again: .replay = \"waits 0 1 2,0,0,0 0 0 0 0 0 0\"\n"
                                "  asked for 1 at a time\n"
                                "  input 0: 1 P* 2 3 4 5 $\n"
                                "  gave: (2,3) (4,5) $\n"
                                "  when nothing is late: (1,2) (3,4) (5,0) $\n");
    assert_true(is_right(&of_pairs, NONE, NULL));
    assert_string_equal(report, "");
}

static void expect_refused(const weir_contract *contract, const char *sentence)
{
    assert_false(weir_contract_check(contract, report, sizeof report));
    if (!strstr(report, sentence))
        fail_msg("'%s' is missing in: %s", sentence, report);
}

static weir_stream *nothing_at_once(weir_stream *source, void *arg)
{
    (void)arg;
    return weir_chunks(source, 0);
}

static void test_refused(void **state)
{
    (void)state;
    expect_refused(&WEIR_CONTRACT(.build = nothing_at_once, .inputs = {{.items = "1"}}),
                   "its error: chunks: the limit 'n' is 0");
    static enum mistake none = NONE;
    expect_refused(&WEIR_CONTRACT(.inputs = {{.items = "1"}}), "build");
    expect_refused(&WEIR_CONTRACT(.build = pairs, .arg = &none), "input");
    expect_refused(&WEIR_CONTRACT(.build = pairs, .inputs = {{.items = "1 x"}}), "numbers");
    expect_refused(&WEIR_CONTRACT(.build = pairs, .inputs = {{.items = "1 2 3 4 5 6 7 8 9 10 11"}}),
                   "at most 10");
    expect_refused(&WEIR_CONTRACT(.build = pairs, .arg = &none, .inputs = {{.items = "1 2"}},
                                  .gives = "(1,3)"),
                   "gives \"(1,2) $\", and \"(1,3) $\" is wanted");
}

int check_mutants(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutants), cmocka_unit_test(test_right_ones),
        cmocka_unit_test(test_report), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("mutants", tests, NULL, NULL);
}
