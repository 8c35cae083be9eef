/* What becomes of results that failed. */
#include <string.h>

#include "pipeline/judge.h"

enum judge_policy weir_pl_judge_policy_of(const struct node *node, const struct arg *on_error)
{
    if (node->rejects)
        return REJECT;
    if (!on_error->given)
        return FAIL_AT_END;
    return strcmp(on_error->text, "skip") ? FAIL_AT_ONCE : LEAVE_OUT;
}

static weir_poll fail(const struct judge *self, weir_cx *cx)
{
    unsigned long long n = self->n, failed = self->failed;
    const char *first = self->why_first ? self->why : self->what;
    const char *second = self->why_first ? self->what : self->why;

    if (n == 1 || (self->policy == FAIL_AT_ONCE && !self->sums_up))
        weir_fail(cx, WEIR_E_USER, "%s: %s", first, second);
    else
        weir_fail(cx, WEIR_E_USER, "%llu of %llu %ss failed; %s: %s", failed, n, self->one, first,
                  second);
    cx->error.cure = self->cure;
    return (weir_poll){0, WEIR_ERROR};
}

/* Its input is somebody's who asks. */
static weir_poll reject(struct judge *self, weir_cx *cx, struct result *result)
{
    char what[JUDGE_SAID_BYTES], why[JUDGE_SAID_BYTES];

    self->say(self, result, what, why);
    weir_fail(cx, WEIR_E_USER, "a %s failed: %s", self->one, why);
    cx->error.fatal = false;
    cx->error.record = self->n;
    self->input = result->input;
    result->input = (weir_owned_line){0};
    weir_pl_result_drop(result);
    return (weir_poll){0, WEIR_ERROR};
}

/* READY with n == 1: it is given on. */
static weir_poll judge(struct judge *self, weir_cx *cx, struct result *result)
{
    self->node->tried = ++self->n;
    if (weir_pl_result_is_good(result))
        return WEIR_POLL_ONE;
    if (!self->failed++)
        self->say(self, result, self->what, self->why);
    if (self->policy == FAIL_AT_END && self->gives_all)
        return WEIR_POLL_ONE;
    if (self->policy == REJECT)
        return reject(self, cx, result);
    weir_pl_result_drop(result);
    self->node->rejected = self->policy == LEAVE_OUT ? self->failed : 0;
    return self->policy == FAIL_AT_ONCE ? fail(self, cx) : (weir_poll){0, WEIR_READY};
}

weir_poll weir_pl_judge_poll_next(struct judge *self, weir_stream *source, weir_cx *cx,
                                  struct result *out)
{
    weir_poll got = {0, WEIR_READY};

    weir_pl_judge_fini(self);
    if (!self->ended)
        got = weir_poll_next(source, cx, out, 1); /* each may be large */
    if (got.state == WEIR_END)
        self->ended = true;
    if (got.n) {
        got = judge(self, cx, out);
        if (got.state != WEIR_READY || got.n || !self->ended)
            return got;
    }
    if (got.state == WEIR_MARK && self->failed && self->policy == FAIL_AT_END) {
        weir_mark_settle(weir_mark_take(cx), false); /* what failed before it is not done */
        return (weir_poll){0, WEIR_READY};
    }
    if (!self->ended)
        return got;
    bool whole = !source->stage.cut && !cx->stopping;
    return self->failed && self->policy == FAIL_AT_END && whole ? fail(self, cx)
                                                                : (weir_poll){0, WEIR_END};
}

bool weir_pl_judge_rejected(const struct judge *self, weir_line *out)
{
    *out = weir_line_of(self->input);
    return out->data;
}

void weir_pl_judge_fini(struct judge *self)
{
    weir_owned_line_drop(&self->input);
    self->input = (weir_owned_line){0};
}
