/* A combinator of one's own over two inputs: what came in and went out, as one sum a day. The steps
 * are explained in docs/own-combinator.md. */

#include <stdio.h>

#include "weir.h"

struct entry {
    int64_t day, cents;
};

static size_t entry_text(const weir_type *type, const void *item, char *out, size_t size)
{
    const struct entry *entry = item;
    (void)type;
    return (size_t)snprintf(out, size, "%lld:%lld", (long long)entry->day, (long long)entry->cents);
}

static const weir_type entry_type = {.name = "struct entry",
                                     .size = sizeof(struct entry),
                                     .align = _Alignof(struct entry),
                                     .format = entry_text};

/* 1. State: what we are and what we remember. */
enum { ORDERS, REFUNDS };
struct daily {
    weir_stream stream;   /* first; its source is the stream of orders */
    weir_stream *refunds; /* a chain of its own, which we drop */
    struct entry next[2]; /* of each side, what is not counted yet ... */
    bool has_next[2];     /* ... if there is any */
    struct entry sum;     /* of the day that is being counted ... */
    bool has_sum;         /* ... if there is one */
};

/* 2. Update: one entry in, new state, a sum out or not. It knows nothing of async. */
static bool daily_update(struct daily *self, struct entry entry, struct entry *out)
{
    bool over = self->has_sum && self->sum.day != entry.day;
    if (over)
        *out = self->sum;
    if (over || !self->has_sum)
        self->sum = (struct entry){entry.day, 0};
    self->has_sum = true;
    self->sum.cents += entry.cents;
    return over;
}

/* Takes the entry of the earlier day. Both sides have one, or are over. */
static struct entry daily_take(struct daily *self)
{
    bool orders = self->has_next[ORDERS] &&
                  (!self->has_next[REFUNDS] || self->next[ORDERS].day <= self->next[REFUNDS].day);
    int side = orders ? ORDERS : REFUNDS;
    struct entry entry = self->next[side];
    self->has_next[side] = false;
    if (side == REFUNDS)
        entry.cents = -entry.cents;
    return entry;
}

/* 3. Poll: asks a side for its next entry, unless it has one or is over. */
static weir_poll daily_fill(struct daily *self, weir_cx *cx, int side)
{
    weir_stream *asked = side == ORDERS ? weir_source(&self->stream) : self->refunds;
    if (self->has_next[side] || weir_is_done(asked))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_next(asked, cx, &self->next[side], 1);
    self->has_next[side] = got.n > 0;
    return got;
}

static weir_poll daily_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct daily *self = WEIR_SELF(struct daily, stream);
    struct entry *sum = out;
    bool waits = false;
    (void)demand; /* one at a time will do */
    for (int side = ORDERS; side <= REFUNDS; side++) {
        weir_poll got = daily_fill(self, cx, side);
        if (got.state == WEIR_ERROR)
            return got;
        waits |= got.state == WEIR_PENDING;
    }
    /* 4. Waker: each side that is PENDING has stored it. */
    if (waits)
        return (weir_poll){0, WEIR_PENDING};
    if (self->has_next[ORDERS] || self->has_next[REFUNDS])
        return (weir_poll){daily_update(self, daily_take(self), sum), WEIR_READY};
    *sum = self->sum;
    return (weir_poll){self->has_sum, WEIR_END};
}

/* 5. Around it: what is dropped, what is told of us, how we are made. */
static void daily_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct daily, stream)->refunds);
}

static weir_stage *daily_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &WEIR_SELF(const struct daily, stream)->refunds->stage;
}

static const weir_stream_ops daily_ops = {.size = sizeof daily_ops,
                                          .name = "daily",
                                          .poll_next = daily_poll_next,
                                          .fini = daily_fini,
                                          .input = daily_input};

static weir_stream *daily(weir_stream *orders, weir_stream *refunds)
{
    orders = weir_expect_type(orders, "daily", "orders", &entry_type);
    refunds = weir_expect_type(refunds, "daily", "refunds", &entry_type);
    weir_stream *stream = weir_expect_both(orders, refunds);
    if (stream) /* one of them could not be built, and says why */
        return stream;
    stream = weir_stream_new(orders, sizeof(struct daily), &daily_ops, &entry_type);
    if (weir_stage_failed(&stream->stage))
        return weir_drop(refunds), stream;
    WEIR_SELF(struct daily, stream)->refunds = refunds;
    return weir_stream_with(stream, &refunds->stage);
}

/* 6. Is it right? 1203 stands for an entry of 3 cents on day 12. */
static void make_entry(void *out, int64_t number, void *arg)
{
    (void)arg;
    *(struct entry *)out = (struct entry){number / 100, number % 100};
}

static weir_stream *build(weir_stream *const *inputs, void *arg)
{
    (void)arg;
    return daily(inputs[0], inputs[1]);
}

static bool is_right(void)
{
    static char report[WEIR_REPORT_BYTES];
    bool right = weir_contract_check(
        &WEIR_CONTRACT(.build_over = build,
                       .inputs = {{"105 110 203 301", &entry_type, make_entry, 0},
                                  {"102 302", &entry_type, make_entry, 0}},
                       .gives = "1:13 2:3 3:-1"),
        report, sizeof report);
    fputs(report, stderr);
    return right;
}

/* 7. And now it is a stage as any other. */
static void print(struct entry entry, void *arg)
{
    (void)arg;
    printf("day %lld: %lld\n", (long long)entry.day, (long long)entry.cents);
}
WEIR_EACH_FN(print_fn, print, struct entry, .of = &entry_type)

int main(void)
{
    static const struct entry orders[] = {{1, 250}, {1, 1000}, {3, 75}};
    static const struct entry refunds[] = {{1, 250}, {2, 40}};
    weir_error error;
    if (!is_right())
        return 1;
    weir_stream *sums =
        daily(weir_iter(&entry_type, orders, 3), weir_iter(&entry_type, refunds, 2));
    if (weir_run(weir_for_each(sums, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
