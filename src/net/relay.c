/* relay: two copies in one task. */

#include "bytes/idle.h"
#include "core/format.h"
#include "core/stage.h"
#include "weir/net.h"

#define RELAY_IDLE_NS 60000000000ull
enum { RELAY_LOOKS = 8 }; /* while a limit of time lasts, where something is unsent */

enum { RELAY_FIRST_OPTIONS_BYTES = offsetof(weir_relay_options, idle_ns) + sizeof(uint64_t) };

struct relay {
    weir_stream stream;
    weir_stream *copies[2]; /* there, back; NULL: over */
    weir_reader *readers[2];
    weir_writer *writers[2];
    uint64_t counts[2];
    weir_relay_options options;
    struct weir_idle idle; /* ns 0: no limit held yet */
    bool half;             /* it is that of when one direction has ended */
    uint64_t seen;         /* what had moved in the directions that are left */
};

const weir_type weir_type_relayed = {.name = "weir_relayed",
                                     .size = sizeof(weir_relayed),
                                     .align = _Alignof(weir_relayed),
                                     .detached = true};

static struct relay *relay_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct relay, stream);
}

/* What a copy has not closed is given up: neither peer may take what was cut for whole. */
static void drop_copies(struct relay *self)
{
    for (int i = 0; i < 2; i++) {
        weir_drop(self->copies[i]);
        self->copies[i] = NULL;
    }
}

/* The place is that of who said nothing: of both it is the first. */
static weir_poll relay_fail_still(const struct relay *self, weir_cx *cx)
{
    const weir_reader *silent = self->readers[!self->copies[0]];
    if (self->copies[0] && self->copies[1])
        return weir_fail_at(cx, silent, WEIR_E_TIMEOUT, "nothing moved in either direction for %s",
                            WEIR_TIME_TEXT(self->idle.ns));
    return weir_fail_at(cx, silent, WEIR_E_TIMEOUT,
                        "one side has ended, the other sent nothing for %s, after %llu bytes",
                        WEIR_TIME_TEXT(self->idle.ns), (unsigned long long)silent->offset);
}

static uint64_t unsent_in(const struct relay *self, int i)
{
    return self->copies[i] ? weir_unsent(self->writers[i]) : 0;
}

/* Grows with what comes, and with what goes: a peer that reads slowly is not still. */
static uint64_t moved_in(const struct relay *self, int i)
{
    return self->copies[i] ? 2 * self->readers[i]->offset - unsent_in(self, i) : 0;
}

/* Its time begins now. */
static void relay_limit(struct relay *self, uint64_t limit_ns, bool half)
{
    weir_timer_stop(&self->idle.timer);
    self->idle = (struct weir_idle){.ns = limit_ns};
    self->half = half;
}

/* What was written goes on without a poll, and nobody knows when: so while some is unsent it is
 * looked at in between. */
static weir_poll relay_look_again(struct relay *self, weir_cx *cx)
{
    uint64_t then_ns = weir_after_ns(weir_clock_now_ns(cx), self->idle.ns / RELAY_LOOKS);
    bool unsent = unsent_in(self, 0) || unsent_in(self, 1);
    if (!unsent || self->idle.timer.due_ns <= then_ns)
        return (weir_poll){0, WEIR_PENDING};
    weir_timer_set(&self->idle.timer, then_ns);
    weir_poll got = weir_timer_poll(cx, &self->idle.timer);
    return got.state == WEIR_READY ? weir_wait_turn(cx) : got;
}

/* What is left has to move, in one direction or in the other. */
static weir_poll look_if_still(struct relay *self, weir_cx *cx)
{
    bool half = !self->copies[0] || !self->copies[1];
    uint64_t limit_ns = half ? self->options.idle_ns : self->options.still_ns;
    uint64_t moved = moved_in(self, 0) + moved_in(self, 1);
    if (!cx->timers || !limit_ns)
        return (weir_poll){0, WEIR_PENDING};
    if (self->idle.ns != limit_ns || half != self->half)
        relay_limit(self, limit_ns, half);
    if (weir_idle_passed(&self->idle, cx, moved != self->seen))
        return relay_fail_still(self, cx);
    self->seen = moved;
    return relay_look_again(self, cx);
}

static weir_poll relay_step(struct relay *self, weir_cx *cx, int i)
{
    if (!self->copies[i])
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(self->copies[i], cx, &self->counts[i], 1);
    if (got.state == WEIR_END) {
        cx->cut |= self->copies[i]->stage.cut;
        weir_drop(self->copies[i]);
        self->copies[i] = NULL;
    }
    return got;
}

static weir_poll relay_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct relay *self = relay_of(stream);
    (void)demand;
    for (int i = 0; i < 2; i++) {
        weir_poll got = relay_step(self, cx, i);
        if (got.state != WEIR_ERROR)
            continue;
        cx->error.fatal = true;
        drop_copies(self);
        return got;
    }
    if (self->copies[0] || self->copies[1]) {
        weir_poll got = look_if_still(self, cx);
        if (got.state == WEIR_ERROR)
            drop_copies(self);
        return got;
    }
    *(weir_relayed *)out = (weir_relayed){self->counts[0], self->counts[1]};
    return (weir_poll){1, WEIR_END};
}

static void relay_fini(weir_stream *stream)
{
    weir_timer_stop(&relay_of(stream)->idle.timer);
    drop_copies(relay_of(stream));
}

static weir_stage *relay_input(const weir_stream *stream, size_t i)
{
    const struct relay *self = relay_of(stream);
    size_t at = 0;
    for (int k = 0; k < 2; k++)
        if (self->copies[k] && at++ == i)
            return &self->copies[k]->stage;
    return NULL;
}

static const weir_stream_ops relay_ops = {.size = sizeof relay_ops,
                                          .name = "relay",
                                          .poll_next = relay_poll_next,
                                          .fini = relay_fini,
                                          .size_hint = weir_size_hint_one,
                                          .input = relay_input};

static void relay_set(struct relay *self, int i, weir_reader *reader, weir_writer *writer)
{
    self->readers[i] = reader;
    self->writers[i] = writer;
    self->copies[i] = weir_copy(reader, writer);
}

weir_stream *weir_relay(weir_duplex a, weir_duplex b, const weir_relay_options *options)
{
    weir_stream *stream = weir_source_new(sizeof(struct relay), &relay_ops, &weir_type_relayed);
    if (weir_stage_failed(&stream->stage)) {
        weir_duplex_abort(a);
        weir_duplex_abort(b);
        return stream;
    }
    struct relay *self = relay_of(stream);
    stream->stage.one = true;
    weir_options_take(&self->options, sizeof self->options, options, RELAY_FIRST_OPTIONS_BYTES);
    self->options.idle_ns = self->options.idle_ns ? self->options.idle_ns : RELAY_IDLE_NS;
    relay_set(self, 0, a.reader, b.writer);
    relay_set(self, 1, b.reader, a.writer);
    stream = weir_stream_with(stream, &self->copies[0]->stage);
    return weir_stage_failed(&stream->stage) ? stream
                                             : weir_stream_with(stream, &self->copies[1]->stage);
}
