/* throttle_rate: no more than a rate allows, by a bucket of tokens that fills with time. */

#include <string.h>

#include "core/format.h"
#include "stream/cost.h"
#include "stream/gather.h"
#include "weir/timed.h"

/* The bucket is kept as the moment when it would be full: what is taken moves that on. */
struct throttle_rate {
    weir_stream stream;
    struct weir_cost cost; /* no function: 1 each */
    uint64_t n, per_ns, burst_ns;
    uint64_t full_ns;
    uint64_t carry; /* of a nanosecond, in nths */
    weir_timer timer;
    uint64_t price_ns; /* of the next item, that is waited for */
    bool priced;
    void *item; /* that waits for its tokens, where it has to come first */
    bool held;
    bool ended;
};

static struct throttle_rate *throttle_rate_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct throttle_rate, stream);
}

/* ---- the bucket ---- */

static uint64_t saturated(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* How long so many tokens take to come; nothing is lost by division. n * per_ns fits, so that what
 * is below n does. */
static uint64_t price(struct throttle_rate *self, uint64_t tokens)
{
    uint64_t part = tokens % self->n * self->per_ns + self->carry;
    self->carry = part % self->n;
    return weir_after_ns(saturated(tokens / self->n, self->per_ns), part / self->n);
}

static uint64_t full_ns(const struct throttle_rate *self, uint64_t now_ns)
{
    return self->full_ns > now_ns ? self->full_ns : now_ns;
}

/* When the bucket holds enough. More than it ever holds takes as long as if it held so much. The
 * difference is added, since the sum may be past the end of time where the moment is not. */
static uint64_t throttle_rate_due_ns(const struct throttle_rate *self, uint64_t now_ns,
                                     uint64_t price_ns)
{
    uint64_t full = full_ns(self, now_ns);
    if (price_ns >= self->burst_ns)
        return weir_after_ns(full, price_ns - self->burst_ns);
    uint64_t before_ns = self->burst_ns - price_ns;
    return full > before_ns ? full - before_ns : 0;
}

static void throttle_rate_pay(struct throttle_rate *self, uint64_t now_ns, uint64_t price_ns)
{
    self->full_ns = weir_after_ns(full_ns(self, now_ns), price_ns);
}

/* ---- shaping: what costs one each waits before it is asked for ---- */

static weir_poll throttle_rate_wait_for_one(struct throttle_rate *self, weir_cx *cx)
{
    if (!self->priced) {
        self->price_ns = price(self, 1);
        weir_timer_set(&self->timer,
                       throttle_rate_due_ns(self, weir_clock_now_ns(cx), self->price_ns));
    }
    self->priced = true;
    return weir_timer_poll(cx, &self->timer);
}

static weir_poll shape_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct throttle_rate *self = throttle_rate_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "throttle_rate"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = throttle_rate_wait_for_one(self, cx);
    if (got.state == WEIR_PENDING)
        return got;
    got = poll_next(weir_source(stream), cx, out, 1);
    if (!got.n)
        return got;
    throttle_rate_pay(self, weir_clock_now_ns(cx), self->price_ns);
    self->priced = false;
    return got;
}

/* ---- what costs more or less is asked for first, and waits ----
 *
 * So is each item over a source that gives marks, or a mark of what has passed would wait for the
 * next one's token. The source is not asked while an item waits, so that this one may be lent. */

static uint64_t throttle_rate_cost(struct throttle_rate *self, void *item)
{
    return self->cost.fn ? weir_cost_of(&self->cost, item) : 1;
}

static weir_poll hold_one(struct throttle_rate *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->item, 1);
    if (!got.n)
        return got;
    uint64_t now_ns = weir_clock_now_ns(cx);
    uint64_t price_ns = price(self, throttle_rate_cost(self, self->item));
    weir_timer_set(&self->timer, throttle_rate_due_ns(self, now_ns, price_ns));
    throttle_rate_pay(self, now_ns, price_ns);
    self->held = true;
    self->ended = got.state == WEIR_END;
    return got;
}

static weir_poll weigh_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct throttle_rate *self = throttle_rate_of(stream);
    weir_poll got;
    (void)demand;
    if (!weir_clock_is_there(cx, "throttle_rate"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->held && !(got = hold_one(self, cx)).n)
        return got;
    got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_PENDING)
        return got;
    memcpy(out, self->item, stream->type->size);
    self->held = false;
    return (weir_poll){1, self->ended ? WEIR_END : WEIR_READY};
}

/* ---- enforcing ---- */

static weir_poll fail_rate(struct throttle_rate *self, weir_cx *cx, void *item)
{
    weir_type_drop_items(self->stream.type, item, 1);
    return weir_fail(cx, WEIR_E_LIMIT, "more came than %llu in %s", (unsigned long long)self->n,
                     WEIR_TIME_TEXT(self->per_ns));
}

static weir_poll enforce_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct throttle_rate *self = throttle_rate_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "throttle_rate"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = poll_next(weir_source(stream), cx, out, 1);
    if (!got.n)
        return got;
    uint64_t now_ns = weir_clock_now_ns(cx);
    uint64_t price_ns = price(self, throttle_rate_cost(self, out));
    if (throttle_rate_due_ns(self, now_ns, price_ns) > now_ns)
        return fail_rate(self, cx, out);
    throttle_rate_pay(self, now_ns, price_ns);
    return got;
}

/* ---- making ---- */

static void throttle_rate_fini(weir_stream *stream)
{
    struct throttle_rate *self = throttle_rate_of(stream);
    if (self->held)
        weir_type_drop_items(stream->type, self->item, 1);
    weir_timer_stop(&self->timer);
}

static weir_hint throttle_rate_size_hint(const weir_stream *stream)
{
    return weir_hint_more(weir_size_hint(weir_source(stream)), throttle_rate_of(stream)->held);
}

#define THROTTLE_RATE_OPS(poll)                                                                    \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = "throttle_rate", .poll_next = poll,               \
        .fini = throttle_rate_fini, .size_hint = throttle_rate_size_hint,                          \
        .marks = WEIR_MARKS_HOLD /* the source is not asked while an item is held */               \
    }
static const weir_stream_ops shape_ops = THROTTLE_RATE_OPS(shape_poll_next);
static const weir_stream_ops weigh_ops = THROTTLE_RATE_OPS(weigh_poll_next);
static const weir_stream_ops enforce_ops = THROTTLE_RATE_OPS(enforce_poll_next);

static const weir_stream_ops *throttle_rate_ops_of(const weir_rate *rate, const weir_key_fn *cost,
                                                   bool marked)
{
    return rate->enforcing ? &enforce_ops : cost || marked ? &weigh_ops : &shape_ops;
}

static weir_stream *expect_rate(weir_stream *source, const weir_rate *rate)
{
    uint64_t product;
    source = weir_expect_limit(source, "throttle_rate", "n", rate->n > 0);
    source = weir_expect_limit(source, "throttle_rate", "per_ns", rate->per_ns > 0);
    source = weir_expect_limit(source, "throttle_rate", "burst", rate->burst > 0);
    if (weir_stage_failed(&source->stage) ||
        !__builtin_mul_overflow(rate->n, rate->per_ns, &product))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "less in a shorter time",
                              "%s: n times per_ns is no number of 64 bits", "throttle_rate", NULL,
                              0);
}

static bool throttle_rate_init(struct throttle_rate *self, const weir_rate *rate,
                               const weir_key_fn *cost, void *arg)
{
    const weir_type *type = self->stream.type;
    self->cost = (struct weir_cost){cost, arg};
    self->n = rate->n;
    self->per_ns = rate->per_ns;
    uint64_t burst_ns = price(self, rate->burst);
    /* Rounded up, or a full one would lose a part of each token. */
    self->burst_ns = weir_after_ns(burst_ns, self->carry > 0);
    self->carry = 0;
    self->item = weir_arena_take(self->stream.stage.arena, type->size, type->align);
    return self->item;
}

weir_stream *weir_throttle_rate(weir_stream *source, const weir_rate *rate, const weir_key_fn *cost,
                                void *arg)
{
    source = expect_rate(source, rate);
    source = cost ? weir_expect_cost(source, "throttle_rate", cost) : source;
    source = cost && !rate->enforcing ? weir_expect_owned(source, "throttle_rate") : source;
    const weir_stream_ops *ops = throttle_rate_ops_of(rate, cost, source->stage.marked);
    weir_stream *stream = weir_stream_new(source, sizeof(struct throttle_rate), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = source->stage.one;
    if (throttle_rate_init(throttle_rate_of(stream), rate, cost, arg))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              "throttle_rate", NULL, 0);
}
