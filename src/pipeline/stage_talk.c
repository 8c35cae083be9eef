/* talk: a chain whose ends are connections talks in both directions, though it moves bytes in one
 * only. A peer that is not listened to may stop reading, and one that is left with bytes unread
 * sees a reset instead of an end. */
#include "pipeline/stage_net.h"

struct talk {
    weir_stream stream;
    struct chain *chain;
    weir_timer timer; /* of the peer's silence, after everything was sent */
    uint64_t written;
    bool sent; /* the copy is over */
    bool over; /* nothing more will come from the peer */
};

static struct talk *talk_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct talk, stream);
}

static void wait_again(struct talk *self, weir_cx *cx)
{
    uint64_t ns = weir_pl_net_linger_ns(weir_pl_chain_sink(self->chain));
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), ns));
}

/* READY: the peer will say nothing more. What it says is dropped. */
static weir_poll listen_to(struct talk *self, weir_reader *peer, weir_cx *cx)
{
    while (!self->over) {
        weir_poll got = weir_poll_fill(peer, cx, 1);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return got;
        weir_consume(peer, got.n);
        self->over = got.state == WEIR_END;
        if (self->sent && !self->over)
            wait_again(self, cx);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll send(struct talk *self, weir_cx *cx)
{
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &self->written, 1);
    if (got.n) {
        self->sent = true;
        wait_again(self, cx);
    }
    return got;
}

static weir_poll talk_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct talk *self = talk_of(stream);
    weir_poll got = {0, WEIR_READY};

    (void)demand;
    if (!self->sent) {
        got = send(self, cx);
        if (!self->sent && got.state != WEIR_PENDING)
            return got;
    }
    weir_reader *peer = weir_pl_chain_sink(self->chain)->rest.reader;
    weir_poll said = peer ? listen_to(self, peer, cx) : (weir_poll){0, WEIR_READY};
    if (said.state == WEIR_ERROR || !self->sent)
        return said.state == WEIR_ERROR ? said : (weir_poll){0, WEIR_PENDING};
    if (said.state == WEIR_PENDING && weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
        return said;
    *(uint64_t *)out = self->written;
    return (weir_poll){1, WEIR_END};
}

static void talk_fini(weir_stream *stream)
{
    struct talk *self = talk_of(stream);

    weir_timer_stop(&self->timer);
    for (size_t i = 0; i < self->chain->n; i++) {
        weir_duplex_drop(self->chain->nodes[i].rest);
        self->chain->nodes[i].rest = (weir_duplex){NULL, NULL};
    }
}

static const weir_stream_ops talk_ops = {.size = sizeof talk_ops,
                                         .name = "talk",
                                         .poll_next = talk_poll_next,
                                         .fini = talk_fini,
                                         .marks = WEIR_MARKS_PASS};

weir_stream *weir_pl_talk_build(weir_stream *copy, struct chain *chain)
{
    weir_stream *stream = weir_stream_new(copy, sizeof(struct talk), &talk_ops, copy->type);

    if (weir_stage_failed(&stream->stage)) {
        for (size_t i = 0; i < chain->n; i++) {
            weir_duplex_drop(chain->nodes[i].rest);
            chain->nodes[i].rest = (weir_duplex){NULL, NULL};
        }
        return stream;
    }
    stream->stage.one = true;
    talk_of(stream)->chain = chain;
    return stream;
}
