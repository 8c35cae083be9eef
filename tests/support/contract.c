/* The contract checker. Each poll of the stream below gets a waker of its own, so that what was
 * stored, and what is woken, can be told apart. */

#include "contract.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINTS_MAX = 96, BUDGET_SLACK = 4096 };

struct hint_seen {
    size_t before; /* items that had come out when it was given */
    size_t errors;
    weir_hint hint;
};

struct checker {
    weir_stream stream;
    weir_stream *source;
    struct checker *home; /* where it was made: it must stay there */
    struct check *check;
    struct test_waker *waker; /* of the latest poll */
    struct hint_seen *hints;
    size_t hints_n;
    size_t errors;
    size_t items;
    bool fatal;
};

static void complain(struct checker *self, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct checker *self, const char *rule, const char *format, ...)
{
    char text[160], all[240];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    snprintf(all, sizeof all, "%s: '%s' %s", rule, weir_stage_name(&self->source->stage), text);
    if (!self->check)
        test_abort("contract %s", all);
    if (!self->check->complaints++)
        memcpy(self->check->first, all, sizeof all);
}

/* ---- what is seen before and after each poll ---- */

static void see_hint(struct checker *self)
{
    weir_hint hint = weir_size_hint(self->source);
    if (hint.lower > hint.upper)
        complain(self, "P12", "hints %zu to %zu", hint.lower, hint.upper);
    if (self->hints_n < HINTS_MAX)
        self->hints[self->hints_n++] = (struct hint_seen){self->items, self->errors, hint};
}

/* At the end it is known how many were left at each hint. A fatal error cuts the sequence, any
 * other one may cut what a stage gathers in two. */
static void judge_hints(struct checker *self)
{
    for (size_t i = 0; i < self->hints_n && !self->fatal; i++) {
        const struct hint_seen *seen = &self->hints[i];
        size_t left = self->items - seen->before;
        size_t errors = self->errors - seen->errors;
        size_t most = seen->hint.upper > SIZE_MAX - errors ? SIZE_MAX : seen->hint.upper + errors;
        if (left < seen->hint.lower || left > most)
            complain(self, "P12", "hinted %zu to %zu after item %zu, and %zu came",
                     seen->hint.lower, seen->hint.upper, seen->before, left);
    }
    self->hints_n = 0;
}

static void judge_pending(struct checker *self, const weir_cx *cx)
{
    if (cx->wait_for == WEIR_WAIT_NONE)
        complain(self, "P1", "is PENDING and says not what for");
    if (cx->wait_for == WEIR_WAIT_NEVER || cx->stopping)
        return;
    if (!test_waker_others(self->waker) && !self->waker->wakes)
        complain(self, "P1", "is PENDING, but its waker was neither stored nor woken");
}

static void judge_error(struct checker *self, const weir_cx *cx)
{
    self->fatal |= cx->error.fatal;
    self->errors++;
    if (cx->error.code == WEIR_OK)
        complain(self, "P4", "answers ERROR without a code");
    if (!cx->error.message[0])
        complain(self, "P4", "answers ERROR without a message");
    if (!cx->error.trail_n)
        complain(self, "P4", "answers ERROR without a trail");
}

/* END is repeated, and nothing below is polled again. */
static void judge_end(struct checker *self, weir_cx *cx, void *out, size_t demand)
{
    uint64_t polls = weir_stage_polls(&self->source->stage);
    const weir_stage *below = self->source->stage.source;
    uint64_t polls_below = below ? weir_stage_polls(below) : 0;
    for (int i = 0; i < 3; i++) {
        weir_poll again = weir_poll_next(self->source, cx, out, demand);
        if (again.n || again.state != WEIR_END)
            complain(self, "P3", "answers {%u, %d} after END", again.n, (int)again.state);
    }
    if (weir_stage_polls(&self->source->stage) != polls)
        complain(self, "P3", "is polled after its end");
    if (below && weir_stage_polls(below) != polls_below)
        complain(self, "P3", "polls its source after its end");
}

static void judge_count(struct checker *self, weir_poll got, size_t demand)
{
    const weir_stage *stage = &self->source->stage;
    if (got.n > demand)
        complain(self, "P5", "gives %u items where %zu were asked for", got.n, demand);
    if (got.state == WEIR_READY && !got.n)
        complain(self, "P5", "answers READY with nothing");
    if (got.n && got.state != WEIR_READY && got.state != WEIR_END)
        complain(self, "P5", "gives %u items beside PENDING, ERROR or MARK", got.n);
    if (got.state == WEIR_MARK && !stage->marked)
        complain(self, "P6", "gives a mark and does not say that it gives some");
    if (stage->exact && got.n > 1)
        complain(self, "exact", "gives %u items at once", got.n);
    if (stage->one && self->items > 1)
        complain(self, "one", "is a future and gives %zu items", self->items);
    if (self->fatal && (got.n || got.state != WEIR_END))
        complain(self, "P4", "goes on after a fatal error");
}

/* ---- the stage ---- */

static void judge(struct checker *self, weir_cx *cx, weir_poll got, size_t demand)
{
    self->items += got.n;
    judge_count(self, got, demand);
    if (got.state == WEIR_PENDING)
        judge_pending(self, cx);
    else if (got.state == WEIR_ERROR)
        judge_error(self, cx);
    if (!self->check)
        return;
    self->check->items += got.n;
    self->check->polls++;
    self->check->errors += got.state == WEIR_ERROR;
    self->check->pendings += got.state == WEIR_PENDING;
    self->check->ended |= got.state == WEIR_END;
}

static weir_poll checker_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct checker *self = (struct checker *)stream;
    weir_waker *outer = cx->waker;
    weir_wait_for said = cx->wait_for; /* of another input that was polled before */
    size_t scratch = cx->scratch_used;
    uint64_t below = self->source->stage.source ? weir_stage_polls(self->source->stage.source) : 0;
    if (self->home != self)
        test_abort("contract P11: a stage was moved after it was made");
    see_hint(self);
    test_waker_drop(self->waker);
    self->waker = test_waker_new(outer);
    cx->waker = &self->waker->waker;
    cx->wait_for = WEIR_WAIT_NONE;

    weir_poll got = weir_poll_next(self->source, cx, out, demand);

    judge(self, cx, got, demand);
    if (got.state != WEIR_PENDING)
        cx->wait_for = said;
    if (cx->waker != &self->waker->waker)
        complain(self, "P2", "leaves another waker in the cx");
    if (cx->scratch_used != scratch)
        complain(self, "scratch", "keeps %zu bytes", cx->scratch_used - scratch);
    if (self->source->stage.source &&
        weir_stage_polls(self->source->stage.source) - below > WEIR_BUDGET + BUDGET_SLACK)
        complain(self, "P10", "polls its source without bound");
    if (got.state == WEIR_END)
        judge_end(self, cx, (char *)out + got.n * stream->type->size,
                  demand > got.n ? demand - got.n : 1);
    if (got.state == WEIR_END || (got.state == WEIR_ERROR && cx->error.fatal))
        judge_hints(self);
    cx->waker = outer;
    return got;
}

static void checker_fini(weir_stream *stream)
{
    struct checker *self = (struct checker *)stream;
    test_waker_drop(self->waker);
    free(self->hints);
}

static weir_hint checker_size_hint(const weir_stream *stream)
{
    return weir_size_hint(((const struct checker *)stream)->source);
}

static const weir_stream_ops checker_ops = {.size = sizeof checker_ops,
                                            .name = "check",
                                            .poll_next = checker_poll_next,
                                            .fini = checker_fini,
                                            .size_hint = checker_size_hint,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *check_stream(weir_stream *source, struct check *check)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct checker), &checker_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct checker *self = (struct checker *)stream;
    self->source = source;
    self->home = self;
    self->check = check;
    stream->stage.one = source->stage.one;
    self->hints = malloc(HINTS_MAX * sizeof *self->hints);
    if (!self->hints)
        test_abort("no memory for hints");
    return stream;
}
