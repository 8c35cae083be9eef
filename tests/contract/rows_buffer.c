/* The rows of what runs its input ahead, and of channels: an item goes in at the one side and comes
 * out at the other. */

#include "given.h"

#include <string.h>

#include "weir/buffer.h"
#include "weir/channel.h"

/* ---- through a channel: what it reads it sends, as long as there is room ---- */

struct through {
    weir_stream stream;
    weir_sender *tx;
    weir_stream *rx;
    struct tracked item; /* there was no room for it */
    bool has_item;
    bool over;
    weir_held_error error;
};

/* READY: the channel is full. */
static weir_poll through_send(struct through *self, weir_cx *cx)
{
    for (bool begun = false;; begun = true) {
        if (!self->has_item) {
            if (!weir_spend(cx) && begun)
                return weir_wait_turn(cx);
            weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &self->item, 1);
            self->has_item = got.n;
            self->over = got.state == WEIR_END;
            if (!got.n)
                return got;
        }
        if (weir_try_send(self->tx, &self->item) == WEIR_SENT_FULL)
            return (weir_poll){0, WEIR_READY};
        self->has_item = false;
        if (self->over)
            return (weir_poll){0, WEIR_END};
    }
}

static weir_poll through_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct through *self = WEIR_SELF(struct through, stream);
    weir_poll sent = {0, WEIR_READY};
    if (self->has_item || (!self->over && !self->error.held))
        sent = through_send(self, cx);
    if (self->over && !self->has_item && self->tx) {
        weir_sender_drop(self->tx);
        self->tx = NULL;
    }
    if (sent.state == WEIR_ERROR)
        weir_held_error_keep(&self->error, cx);
    weir_poll got = weir_poll_next(self->rx, cx, out, demand);
    if (got.state != WEIR_PENDING)
        return got;
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    return got;
}

static void through_fini(weir_stream *stream)
{
    struct through *self = WEIR_SELF(struct through, stream);
    if (self->has_item)
        tracked_drop(self->item);
    weir_sender_drop(self->tx);
    weir_drop(self->rx);
}

static weir_stage *through_input(const weir_stream *stream, size_t i)
{
    weir_stream *rx = WEIR_SELF(struct through, stream)->rx;
    return i || !rx ? NULL : &rx->stage;
}

static weir_stream *through(weir_stream *source, size_t capacity)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "through",
                                        .poll_next = through_poll_next,
                                        .fini = through_fini,
                                        .input = through_input};
    weir_stream *stream = weir_stream_new(source, sizeof(struct through), &ops, &tracked_type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct through *self = WEIR_SELF(struct through, stream);
    self->rx = weir_channel(&tracked_type, capacity, &self->tx);
    if (self->tx && weir_held_error_init(&self->error, stream->stage.arena))
        return weir_stream_with(stream, &self->rx->stage);
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for a channel", NULL,
                              NULL, 0);
}

/* ---- the same by weir_send_each(), with the marks between the items ---- */

struct piped {
    weir_stream stream; /* over what sends */
    weir_stream *rx;
    bool over;
    weir_held_error error;
};

static void piped_send(struct piped *self, weir_cx *cx)
{
    uint64_t n;
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &n, 1);
    self->over = got.state == WEIR_END;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->error, cx);
}

/* What was sent goes on before its error does; the end is that of both. */
static weir_poll piped_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct piped *self = WEIR_SELF(struct piped, stream);
    if (!self->over && !self->error.held)
        piped_send(self, cx);
    weir_poll got = {0, WEIR_END};
    if (!weir_is_done(self->rx))
        got = weir_poll_next(self->rx, cx, out, demand);
    if (got.n || got.state == WEIR_MARK)
        return (weir_poll){got.n, got.n ? WEIR_READY : WEIR_MARK};
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    return got.state == WEIR_END && !self->over ? (weir_poll){0, WEIR_PENDING} : got;
}

static void piped_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct piped, stream)->rx);
}

static weir_stage *piped_input(const weir_stream *stream, size_t i)
{
    weir_stream *rx = WEIR_SELF(struct piped, stream)->rx;
    return i || !rx ? NULL : &rx->stage;
}

static weir_stream *piped(weir_stream *source, size_t capacity)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "piped",
                                        .poll_next = piped_poll_next,
                                        .fini = piped_fini,
                                        .input = piped_input,
                                        .marks = WEIR_MARKS_HOLD};
    weir_sender *tx;
    weir_stream *rx = weir_marked_channel(&tracked_type, capacity, &tx);
    weir_stream *sends = weir_send_each(source, tx);
    weir_sender_drop(tx);
    weir_stream *failed = weir_expect_both(rx, sends);
    if (failed)
        return failed;
    weir_stream *stream = weir_stream_new(sends, sizeof(struct piped), &ops, &tracked_type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(rx);
        return stream;
    }
    struct piped *self = WEIR_SELF(struct piped, stream);
    self->rx = rx;
    if (weir_held_error_init(&self->error, stream->stage.arena))
        return weir_stream_with(stream, &rx->stage);
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for a pipe", NULL,
                              NULL, 0);
}

/* ---- the others ---- */

/* What was offered before. */
static weir_stream *queued(weir_overflow overflow)
{
    weir_queue_handle *queue;
    weir_stream *stream = weir_queue(&tracked_type, 4, overflow, &queue);
    for (int64_t i = 1; i <= 6 && queue; i++) {
        struct tracked item = tracked_make(i);
        weir_sent sent = weir_queue_offer(queue, &item);
        if (sent != WEIR_SENT && sent != WEIR_SENT_DROPPED)
            tracked_drop(item);
    }
    weir_queue_drop(queue);
    return stream;
}

/* Into a channel that has room for all. */
static weir_stream *sent(struct run *run, weir_stream *source)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&tracked_type, 100, &tx);
    if (weir_stage_failed(&rx->stage)) {
        weir_drop(source);
        return rx;
    }
    run->kept = rx;
    run->unseen = weir_memory_max(rx);
    weir_stream *stream = weir_send_each(source, tx);
    weir_sender_drop(tx);
    return stream;
}

static uint64_t cost(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)(item.value > 100 ? item.value - 100 : item.value);
}
WEIR_KEY_FN(cost_fn, cost, struct tracked, uint64_t, OF_TRACKED)

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

ROW(buffer, weir_buffer(a, 3, WEIR_OVERFLOW_BACKPRESSURE))
ROW(buffer_one, weir_buffer(a, 1, WEIR_OVERFLOW_BACKPRESSURE))
ROW(buffer_of_buffers,
    weir_buffer(weir_buffer(a, 2, WEIR_OVERFLOW_BACKPRESSURE), 2, WEIR_OVERFLOW_BACKPRESSURE))
ROW(buffer_drop_head, weir_buffer(a, 2, WEIR_OVERFLOW_DROP_HEAD))
ROW(buffer_drop_tail, weir_buffer(a, 2, WEIR_OVERFLOW_DROP_TAIL))
ROW(buffer_drop_new, weir_buffer(a, 2, WEIR_OVERFLOW_DROP_NEW))
ROW(buffer_drop_buffer, weir_buffer(a, 2, WEIR_OVERFLOW_DROP_BUFFER))
ROW(buffer_fail, weir_buffer(a, 2, WEIR_OVERFLOW_FAIL))
ROW(buffer_selected, weir_select(weir_buffer(a, 2, WEIR_OVERFLOW_BACKPRESSURE), b))
ROW(conflate, weir_conflate(a, &add_fn, NULL))
ROW(conflate_with_seed, weir_conflate_with_seed(a, &tenfold_fn, &add_fn, NULL))
ROW(batch, weir_batch(a, 2, NULL, &add_fn, NULL))
ROW(batch_with_seed, weir_batch(a, 2, &tenfold_fn, &add_fn, NULL))
ROW(batch_weighted, weir_batch_weighted(a, 5, &cost_fn, NULL, &add_fn, NULL))
ROW(queue, queued(WEIR_OVERFLOW_BACKPRESSURE))
ROW(queue_drop_head, queued(WEIR_OVERFLOW_DROP_HEAD))
ROW(send_each, sent(run, a))
ROW(channel, through(a, 3))
ROW(channel_one, through(a, 1))
ROW(marked_channel, piped(a, 3))
ROW(marked_channel_one, piped(a, 1))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

#define ALL "1 2 3 4 5 6 7 8 $"
#define TENFOLD "10 20 30 40 50 60 70 80 $"

static const struct row rows[] = {
    ROW(buffer, 1, 0, ALL),
    ROW(buffer_one, 1, 0, ALL),
    ROW(buffer_of_buffers, 1, 0, ALL),
    ROW(buffer_drop_head, 1, LOSES, ALL),
    ROW(buffer_drop_tail, 1, LOSES, ALL),
    ROW(buffer_drop_new, 1, LOSES, ALL),
    ROW(buffer_drop_buffer, 1, LOSES, ALL),
    ROW(buffer_fail, 1, LOSES, ALL),
    ROW(buffer_selected, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "1 101 2 102 3 103 4 104 5 105 6 106 7 8 $"),
    ROW(conflate, 1, LOSES, ALL),
    ROW(conflate_with_seed, 1, LOSES, TENFOLD),
    ROW(batch, 1, LOSES, ALL),
    ROW(batch_with_seed, 1, LOSES, TENFOLD),
    ROW(batch_weighted, 1, LOSES, ALL),
    ROW(queue, 0, 0, "1 2 3 4 $"),
    ROW(queue_drop_head, 0, 0, "3 4 5 6 $"),
    ROW(send_each, 1, FUTURE | HOLDS_UNSEEN, "8 $"),
    ROW(channel, 1, TAKES_MORE, ALL),
    ROW(channel_one, 1, TAKES_MORE, ALL),
    ROW(marked_channel, 1, TAKES_MORE, ALL),
    ROW(marked_channel_one, 1, TAKES_MORE, ALL),
};
const struct rows rows_buffer = {rows, sizeof rows / sizeof *rows};
