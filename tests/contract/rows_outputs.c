/* Rows of operators with several outputs, whose outputs are one stream again behind them: `twins`
 * asks two for the same and gives it once, `gather` takes from several in rotation. */

#include "given.h"

#include <string.h>

/* ---- twins: both give the same, in the same order ---- */

enum { TWINS = 4, GATHERED = 16 };

struct twins {
    weir_stream stream;
    weir_stream *other;
    bool asked;
    weir_poll first; /* what the first one answered */
    int64_t number;
    struct tracked items[TWINS];
    uint32_t same;   /* of these, those that the other one gave too */
    weir_mark *mark; /* which the other one has to give too */
};

/* No memory for a copy: from there on they differ. */
static weir_poll ends_there(weir_cx *cx)
{
    if (cx->error.code == WEIR_E_MEMORY)
        cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static void compare(const struct tracked *a, struct tracked *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i].value != b[i].value || a[i].serial == b[i].serial)
            test_abort("the twin of %lld is %lld", (long long)a[i].value, (long long)b[i].value);
        tracked_drop(b[i]);
    }
}

static weir_poll twins_ask(struct twins *self, weir_cx *cx, size_t demand)
{
    size_t n = demand < TWINS ? demand : TWINS;
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, self->items, n);
    if (got.state == WEIR_PENDING || (got.state == WEIR_ERROR && cx->error.code == WEIR_E_MEMORY))
        return got;
    if (got.state == WEIR_MARK && !self->other->stage.marked) /* a tap gets none */
        return got;
    self->asked = true;
    self->mark = got.state == WEIR_MARK ? weir_mark_take(cx) : NULL;
    self->first = got;
    self->number = cx->error.number;
    self->same = 0;
    return got;
}

/* {0, READY}: all its items were given by both. */
static weir_poll twins_match(struct twins *self, weir_cx *cx)
{
    struct tracked others[TWINS];
    while (self->same < self->first.n) {
        weir_poll got =
            weir_poll_next(self->other, cx, others, (size_t)(self->first.n - self->same));
        compare(self->items + self->same, others, got.n);
        self->same += got.n;
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return got;
        if (got.state == WEIR_END && !got.n)
            test_abort("the twin ends too early");
    }
    return (weir_poll){0, WEIR_READY};
}

/* What one of them keeps is kept when both have. */
static weir_poll twins_mark(struct twins *self, weir_cx *cx)
{
    weir_mark *mark = self->mark;
    self->mark = NULL;
    weir_mark_settle(weir_mark_take(cx), true);
    return weir_mark_give(cx, mark);
}

static weir_poll twins_rest(struct twins *self, weir_cx *cx, void *out)
{
    weir_poll got = weir_poll_next(self->other, cx, out, 1);
    if (got.state == WEIR_PENDING || (got.state == WEIR_ERROR && cx->error.code == WEIR_E_MEMORY))
        return got;
    if (got.n || got.state != self->first.state)
        test_abort("where one answers %d, the other answers {%u, %d}", (int)self->first.state,
                   got.n, (int)got.state);
    if (got.state == WEIR_ERROR && cx->error.number != self->number)
        test_abort("another error");
    self->asked = false;
    return self->mark ? twins_mark(self, cx) : got;
}

static weir_poll twins_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct twins *self = WEIR_SELF(struct twins, stream);
    weir_poll got = {0, WEIR_READY};
    if (!self->asked)
        got = twins_ask(self, cx, demand);
    if (self->asked)
        got = self->first.n ? twins_match(self, cx) : twins_rest(self, cx, out);
    if (got.state == WEIR_ERROR)
        return ends_there(cx);
    if (got.state == WEIR_PENDING || !self->asked)
        return got;
    memcpy(out, self->items, self->first.n * sizeof *self->items);
    self->asked = false;
    return (weir_poll){self->first.n, WEIR_READY};
}

static void twins_fini(weir_stream *stream)
{
    struct twins *self = WEIR_SELF(struct twins, stream);
    if (self->asked)
        weir_type_drop_items(&tracked_type, self->items, self->first.n);
    if (self->mark)
        weir_mark_settle(self->mark, false);
    weir_drop(self->other);
}

static weir_stage *twins_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &WEIR_SELF(struct twins, stream)->other->stage;
}

static weir_stream *twins(weir_stream *a, weir_stream *b)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "twins",
                                        .poll_next = twins_poll_next,
                                        .fini = twins_fini,
                                        .input = twins_input,
                                        .marks = WEIR_MARKS_HOLD};
    if (weir_stage_failed(&b->stage)) {
        weir_drop(a);
        return b;
    }
    weir_stream *stream = weir_stream_new(a, sizeof(struct twins), &ops, &tracked_type);
    if (weir_stage_failed(&stream->stage))
        weir_drop(b);
    else
        WEIR_SELF(struct twins, stream)->other = b;
    return weir_stage_failed(&stream->stage) ? stream : weir_stream_with(stream, &b->stage);
}

/* ---- gather: several in rotation; of groups, also those that come meanwhile ---- */

struct gather {
    weir_stream stream;
    weir_stream *of[GATHERED]; /* the first is the source */
    size_t n;
    size_t turn;
    bool groups; /* the source gives more of them */
    weir_error fatal;
};

WEIR_PAIR(uint64_t, weir_stream *, grouped)

static void gather_leave(struct gather *self, size_t i)
{
    weir_drop(self->of[i]);
    self->of[i] = self->of[--self->n];
}

static weir_poll gather_group(struct gather *self, weir_cx *cx)
{
    struct grouped next;
    weir_poll got = weir_poll_next(self->of[0], cx, &next, 1);
    if (got.n)
        self->of[self->n++] = next.second;
    return got;
}

/* It ended; what is fatal to one is told when all have given what they had. */
static void gather_over(struct gather *self, const weir_cx *cx, size_t i, weir_poll got)
{
    if (got.state == WEIR_ERROR)
        self->fatal = cx->error;
    if (self->groups && i)
        gather_leave(self, i);
}

static weir_poll gather_one(struct gather *self, weir_cx *cx, size_t i, void *out, size_t demand)
{
    bool outer = self->groups && !i;
    weir_poll got = outer ? gather_group(self, cx)
                          : weir_poll_inner(&self->stream, self->of[i], cx, out, demand);
    if (got.state == WEIR_END || (got.state == WEIR_ERROR && cx->error.fatal)) {
        gather_over(self, cx, i, got);
        got.state = WEIR_READY;
    }
    if (outer)
        got.n = 0;
    return got;
}

static weir_poll gather_all_over(struct gather *self, weir_cx *cx)
{
    if (!self->fatal.code)
        return (weir_poll){0, WEIR_END};
    cx->error = self->fatal;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll gather_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct gather *self = WEIR_SELF(struct gather, stream);
    bool waits = false;
    for (size_t k = 0; k < self->n; k++) {
        size_t i = (self->turn + k) % self->n;
        if (weir_is_done(self->of[i]))
            continue;
        weir_poll got = gather_one(self, cx, i, out, demand);
        if (got.state != WEIR_PENDING) {
            self->turn = i + 1;
            return got;
        }
        waits = true;
    }
    return waits ? (weir_poll){0, WEIR_PENDING} : gather_all_over(self, cx);
}

static void gather_fini(weir_stream *stream)
{
    struct gather *self = WEIR_SELF(struct gather, stream);
    for (size_t i = 1; i < self->n; i++)
        weir_drop(self->of[i]);
}

static weir_stage *gather_input(const weir_stream *stream, size_t i)
{
    const struct gather *self = WEIR_SELF(struct gather, stream);
    return i + 1 < self->n ? &self->of[i + 1]->stage : NULL;
}

static weir_stream *gather(weir_stream *const *outputs, size_t n, bool groups)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "gather",
                                        .poll_next = gather_poll_next,
                                        .fini = gather_fini,
                                        .input = gather_input};
    size_t taken = 1;
    weir_stream *stream = weir_stream_new(outputs[0], sizeof(struct gather), &ops, &tracked_type);
    if (!weir_stage_failed(&stream->stage)) {
        struct gather *self = WEIR_SELF(struct gather, stream);
        self->groups = groups;
        for (; taken < n; taken++)
            self->of[taken] = outputs[taken];
        self->of[0] = outputs[0];
        self->n = n;
    }
    for (size_t i = taken; i < n; i++)
        weir_drop(outputs[i]);
    for (size_t i = 1; i < taken; i++)
        stream = weir_stream_with(stream, &outputs[i]->stage);
    return stream;
}

/* ---- how each is built ---- */

static weir_stream *broadcasted(weir_stream *a, size_t capacity, weir_slow slow)
{
    weir_stream *outputs[2];
    weir_broadcast(a, outputs, 2, capacity, slow);
    return twins(outputs[0], outputs[1]);
}

/* Of three each other one is asked first; the first of all is dropped at once. */
static weir_stream *broadcasted_to_three(weir_stream *a)
{
    weir_stream *outputs[4];
    weir_broadcast(a, outputs, 4, 2, WEIR_SLOW_WAIT);
    weir_drop(outputs[0]);
    return twins(outputs[3], twins(outputs[1], outputs[2]));
}

static weir_stream *teed(weir_stream *a)
{
    weir_stream *copy, *stream = weir_tee(a, &copy, 3);
    return twins(copy, stream);
}

static weir_stream *tapped(weir_stream *a)
{
    weir_stream *tap, *stream = weir_wire_tap(a, &tap, 8);
    return twins(stream, tap);
}

static weir_stream *shared_by_two(weir_stream *a, size_t replay)
{
    weir_sharing *shared = weir_share(a, 4, WEIR_SLOW_WAIT, replay);
    weir_stream *first = weir_share_reader(shared), *second = weir_share_reader(shared);
    weir_share_drop(shared);
    return twins(second, first);
}

static weir_stream *balanced(weir_stream *a)
{
    weir_stream *outputs[3];
    weir_balance(a, outputs, 3);
    return gather(outputs, 3, false);
}

static uint64_t third(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value % 3;
}
WEIR_KEY_FN(third_fn, third, struct tracked, uint64_t, OF_TRACKED)

static weir_stream *routed(weir_stream *a)
{
    weir_stream *outputs[3];
    weir_route(a, &third_fn, NULL, outputs, 3, 2);
    return gather(outputs, 3, false);
}

static size_t by_value(struct tracked item, size_t n, void *arg)
{
    (void)arg;
    return (size_t)item.value % n;
}
WEIR_CHOOSE_FN(by_value_fn, by_value, struct tracked, OF_TRACKED)

static weir_stream *dealt(weir_stream *a, size_t capacity)
{
    weir_stream *outputs[3];
    weir_dealing *dealing = weir_deal(a, &by_value_fn, NULL, 2, capacity);
    for (int i = 0; i < 3; i++)
        outputs[i] = weir_deal_reader(dealing);
    weir_deal_drop(dealing);
    return gather(outputs, 3, false);
}

static weir_stream *grouped(weir_stream *a, size_t capacity)
{
    weir_stream *groups = weir_group_by(a, &third_fn, NULL, 8, capacity, WEIR_CLOSED_AGAIN);
    return gather(&groups, 1, true);
}

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(broadcast, broadcasted(a, 4, WEIR_SLOW_WAIT))
ROW(broadcast_narrow, broadcasted(a, 1, WEIR_SLOW_WAIT))
ROW(broadcast_lag, broadcasted(a, 8, WEIR_SLOW_LAG))
ROW(broadcast_kick, broadcasted(a, 5, WEIR_SLOW_KICK))
ROW(broadcast_three, broadcasted_to_three(a))
ROW(tee, teed(a))
ROW(wire_tap, tapped(a))
ROW(share, shared_by_two(a, 0))
ROW(share_replay, shared_by_two(a, 3))
ROW(balance, balanced(a))
ROW(route, routed(a))
ROW(deal, dealt(a, 2))
ROW(deal_narrow, dealt(a, 1))
ROW(group_by, grouped(a, 2))
ROW(group_by_narrow, grouped(a, 1))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(broadcast, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(broadcast_narrow, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(broadcast_lag, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(broadcast_kick, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(broadcast_three, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(tee, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(wire_tap, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(share, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(share_replay, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(balance, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(route, 1, ANY_ORDER | OVERTAKES, "1 2 3 4 5 6 7 8 $"),
    ROW(deal, 1, ANY_ORDER | OVERTAKES, "1 2 3 4 5 6 7 8 $"),
    ROW(deal_narrow, 1, ANY_ORDER | OVERTAKES, "1 2 3 4 5 6 7 8 $"),
    ROW(group_by, 1, ANY_ORDER | OVERTAKES, "1 2 3 4 5 6 7 8 $"),
    ROW(group_by_narrow, 1, ANY_ORDER | OVERTAKES, "1 2 3 4 5 6 7 8 $"),
};
const struct rows rows_outputs = {rows, sizeof rows / sizeof *rows};
