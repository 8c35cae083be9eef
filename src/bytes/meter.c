/* meter: counts the bytes that pass, and tells how many every so often. */

#include "bytes/lent.h"
#include "bytes/raw.h"
#include "weir/paced.h"

#define METER_BEAT_MIN_NS 1000000ull /* so long, where it cannot be kept */

struct meter {
    weir_reader reader;
    weir_meter_fn *fn;
    void *arg;
    uint64_t every_ns;
    uint64_t begun_ns;
    uint64_t told_ns;
    uint64_t first; /* offset at the beginning */
    uint64_t told;  /* offset when it was told last */
    weir_timer timer;
    bool begun;
    bool over;
    bool moved; /* the kernel may have taken bytes from where the source said */
};

static struct meter *meter_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct meter, reader);
}

static void meter_tell(struct meter *self, uint64_t offset, uint64_t now_ns)
{
    weir_metered metered = {.size = sizeof metered,
                            .over = self->over,
                            .bytes = offset - self->first,
                            .ns = now_ns - self->begun_ns,
                            .bytes_since = offset - self->told,
                            .ns_since = now_ns - self->told_ns,
                            .left = weir_reader_size_hint(&self->reader)};
    if (self->over)
        metered.left = (weir_hint){0, 0};
    self->told = offset;
    self->told_ns = now_ns;
    self->fn(self->arg, &metered);
}

/* One that comes late of a time that is shorter than a wake is followed by a longer one, so that
 * no beats follow each other without an end. */
static uint64_t until_beat_ns(const struct meter *self, uint64_t late_ns)
{
    uint64_t ns = late_ns < METER_BEAT_MIN_NS / 10 ? 10 * late_ns : METER_BEAT_MIN_NS;
    return self->every_ns > ns ? self->every_ns : ns;
}

static void wait_for_beat(struct meter *self, weir_cx *cx, uint64_t now_ns, uint64_t late_ns)
{
    weir_timer_set(&self->timer, weir_after_ns(now_ns, until_beat_ns(self, late_ns)));
    weir_timer_poll(cx, &self->timer);
}

static void meter_begin(struct meter *self, weir_cx *cx)
{
    self->begun = true;
    self->begun_ns = self->told_ns = weir_clock_now_ns(cx);
    self->first = self->told = self->reader.offset;
    wait_for_beat(self, cx, self->begun_ns, 0);
}

/* The clock is read when its timer says so, and not with each poll. Beats that nobody was polled
 * for are left out. */
static void tell_if_due(struct meter *self, weir_cx *cx)
{
    if (!self->begun)
        meter_begin(self, cx);
    if (!self->timer.fired)
        return;
    uint64_t now_ns = weir_clock_now_ns(cx);
    meter_tell(self, self->reader.offset, now_ns);
    wait_for_beat(self, cx, now_ns, now_ns - self->timer.due_ns);
}

/* The timer wakes the task while nothing comes. */
static weir_poll meter_passed(struct meter *self, weir_cx *cx, weir_poll got)
{
    const weir_reader *reader = &self->reader;
    if (got.state == WEIR_PENDING)
        return weir_timer_poll(cx, &self->timer).state == WEIR_PENDING ? got : weir_wait_turn(cx);
    if (got.state == WEIR_END && !self->over) {
        self->over = true;
        weir_timer_stop(&self->timer);
        meter_tell(self, reader->offset + (reader->end - reader->begin), weir_clock_now_ns(cx));
    }
    return got;
}

/* Tells the source what was consumed here, or taken by the kernel. */
static void meter_sync(struct meter *self, weir_reader *source)
{
    if (self->moved)
        weir_reader_took(source, (size_t)(self->reader.offset - source->offset));
    self->moved = false;
    weir_reader_lend(&self->reader, source);
}

static weir_poll meter_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct meter *self = meter_of(reader);
    weir_reader *source = weir_lent_source(reader);
    if (!weir_clock_is_there(cx, "meter"))
        return (weir_poll){0, WEIR_ERROR};
    meter_sync(self, source);
    tell_if_due(self, cx);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    return meter_passed(self, cx, got);
}

static weir_poll meter_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct meter *self = meter_of(reader);
    weir_reader *source = weir_lent_source(reader);
    if (!weir_clock_is_there(cx, "meter"))
        return (weir_poll){0, WEIR_ERROR};
    meter_sync(self, source);
    tell_if_due(self, cx);
    source->stage.dry = reader->stage.dry;
    weir_poll got = weir_reader_raw(source, cx, out);
    weir_reader_lend(reader, source);
    self->moved = got.state == WEIR_READY && out->kind != WEIR_RAW_NONE;
    return meter_passed(self, cx, got);
}

static weir_raw_kind meter_raw_kind(const weir_reader *reader)
{
    return weir_reader_raw_kind((const weir_reader *)reader->stage.source);
}

static void meter_fini(weir_reader *reader)
{
    meter_sync(meter_of(reader), weir_lent_source(reader)); /* who goes on there is told */
    weir_timer_stop(&meter_of(reader)->timer);
}

static const weir_reader_ops meter_ops = {.size = sizeof meter_ops,
                                          .name = "meter",
                                          .poll_fill = meter_poll_fill,
                                          .fini = meter_fini,
                                          .size_hint = weir_lent_size_hint,
                                          .reserve = weir_lent_reserve,
                                          .place = weir_lent_place,
                                          .memory_max = weir_lent_memory_max,
                                          .half_of = weir_lent_half_of,
                                          .poll_raw = meter_poll_raw,
                                          .raw_kind = meter_raw_kind};

weir_reader *weir_meter(weir_reader *source, weir_meter_fn *fn, void *arg, uint64_t every_ns)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct meter), &meter_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    if (!fn || !every_ns)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, "a function, and a time to it",
                                  fn ? "%s: the limit '%s' is 0" : "%s has no function", "meter",
                                  "every_ns", 0);
    struct meter *self = meter_of(reader);
    self->fn = fn;
    self->arg = arg;
    self->every_ns = every_ns;
    weir_lent_begin(reader);
    return reader;
}
