/* rate_bytes: no more bytes than a rate allows, by a bucket of tokens that fills with time. */

#include "weir/paced.h"

#include "bytes/lent.h"

enum { RATE_BYTES_SECOND_NS = 1000000000, STEPS_PER_S = 1000 };

struct rate_bytes {
    weir_reader reader;
    uint64_t per_s;
    uint64_t burst;
    uint64_t tokens;
    uint64_t carry; /* of a token, in parts of RATE_BYTES_SECOND_NS */
    uint64_t at_ns; /* when they were counted */
    bool begun;
    weir_timer timer;
};

static struct rate_bytes *rate_bytes_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct rate_bytes, reader);
}

static size_t rate_bytes_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

/* ---- the bucket ---- */

static uint64_t rate_bytes_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A full bucket loses what comes, but for the part of a token that came with the one that filled
 * it: else a bucket that holds one would lose a part of each. per_s times less than a second fits.
 */
static void count_tokens(struct rate_bytes *self, uint64_t now_ns)
{
    uint64_t passed = self->begun && now_ns > self->at_ns ? now_ns - self->at_ns : 0;
    uint64_t part = passed % RATE_BYTES_SECOND_NS * self->per_s;
    uint64_t whole, room = self->burst - self->tokens;
    self->carry += part % RATE_BYTES_SECOND_NS;
    if (__builtin_mul_overflow(passed / RATE_BYTES_SECOND_NS, self->per_s, &whole))
        whole = UINT64_MAX / 2;
    whole = weir_after_ns(whole, part / RATE_BYTES_SECOND_NS + self->carry / RATE_BYTES_SECOND_NS);
    self->carry = whole <= room ? self->carry % RATE_BYTES_SECOND_NS : 0;
    self->tokens += rate_bytes_least(whole, room);
    self->at_ns = now_ns;
    self->begun = true;
}

/* How long it takes until there are so many more. */
static uint64_t time_for(const struct rate_bytes *self, uint64_t tokens)
{
    uint64_t seconds = tokens / self->per_s, rest = tokens % self->per_s, ns;
    if (__builtin_mul_overflow(seconds, (uint64_t)RATE_BYTES_SECOND_NS, &ns))
        return UINT64_MAX;
    uint64_t parts = rest * RATE_BYTES_SECOND_NS; /* fits, as per_s does */
    uint64_t more = parts > self->carry ? (parts - self->carry + self->per_s - 1) / self->per_s : 0;
    return weir_after_ns(ns, more);
}

/* ---- the reader ---- */

/* For what is wanted of what is there: what a millisecond brings, where that is more than what has
 * to be. */
static weir_poll wait_for_tokens(struct rate_bytes *self, weir_cx *cx, uint64_t wanted,
                                 uint64_t there)
{
    uint64_t step = self->per_s / STEPS_PER_S;
    wanted = rate_bytes_least(rate_bytes_least(wanted > step ? wanted : step, there), self->burst);
    if (wanted <= self->tokens)
        return (weir_poll){0, WEIR_READY};
    uint64_t wait_ns = time_for(self, wanted - self->tokens);
    weir_timer_set(&self->timer, weir_after_ns(self->at_ns, wait_ns));
    return weir_timer_poll(cx, &self->timer);
}

/* How many of the bytes there are paid for, if so many were. */
static size_t rate_bytes_pay(struct rate_bytes *self, size_t paid, size_t there)
{
    size_t n = (size_t)rate_bytes_least(there - paid, self->tokens);
    self->tokens -= n;
    return paid + n;
}

/* All that is in hand was paid for. What came with an error of the source is lent with it. */
static weir_poll rate_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct rate_bytes *self = rate_bytes_of(reader);
    weir_reader *source = weir_lent_source(reader);
    size_t paid = rate_bytes_in_hand(reader);
    if (!weir_clock_is_there(cx, "rate_bytes"))
        return (weir_poll){0, WEIR_ERROR};
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    size_t there = rate_bytes_in_hand(reader);
    count_tokens(self, weir_clock_now_ns(cx));
    paid = rate_bytes_pay(self, paid, there);
    if (paid == there || got.state == WEIR_ERROR)
        return got;
    reader->end = reader->begin + paid;
    if (paid >= min)
        return (weir_poll){0, WEIR_READY};
    return wait_for_tokens(self, cx, min - paid, there - paid);
}

static void rate_fini(weir_reader *reader)
{
    weir_lent_fini(reader);
    weir_timer_stop(&rate_bytes_of(reader)->timer);
}

static const weir_reader_ops rate_ops = {.size = sizeof rate_ops,
                                         .name = "rate_bytes",
                                         .poll_fill = rate_poll_fill,
                                         .fini = rate_fini,
                                         .size_hint = weir_lent_size_hint,
                                         .reserve = weir_lent_reserve,
                                         .place = weir_lent_place,
                                         .memory_max = weir_lent_memory_max,
                                         .half_of = weir_lent_half_of};

weir_reader *weir_rate_bytes(weir_reader *source, uint64_t bytes_per_s, uint64_t burst)
{
    static const char cure[] = "a rate and a burst from 1 on, the rate up to 18446744073";
    weir_reader *reader = weir_reader_over(source, sizeof(struct rate_bytes), &rate_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    if (!bytes_per_s || !burst || bytes_per_s > UINT64_MAX / RATE_BYTES_SECOND_NS)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, cure,
                                  bytes_per_s && burst ? "%s: so many bytes a second are no limit"
                                                       : "%s: the limit '%s' is 0",
                                  "rate_bytes", bytes_per_s ? "burst" : "bytes_per_s", 0);
    struct rate_bytes *self = rate_bytes_of(reader);
    self->per_s = bytes_per_s;
    self->burst = self->tokens = burst;
    weir_lent_begin(reader);
    return reader;
}
