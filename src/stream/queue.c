/* queue: what is offered by hand, from the thread that polls, as a stream. */

#include "core/stage.h"
#include "stream/ring.h"

/* Two know it: the handle and the stream. */
struct weir_queue_handle {
    const weir_type *type;
    weir_overflow overflow;
    struct weir_ring ring;
    size_t bytes; /* of the ring */
    bool handle;  /* somebody may still offer */
    bool stream;  /* somebody may still ask */
    bool closed;  /* nothing more is taken */
    bool fails;   /* ... and behind the items stands the error */
    weir_error error;
    weir_waker_slot slot;
};

struct queue {
    weir_stream stream;
    weir_queue_handle *queue; /* NULL: not made */
};

static struct queue *queue_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct queue, stream);
}

static void stream_queue_release(weir_queue_handle *queue)
{
    if (queue->handle || queue->stream)
        return;
    weir_release(queue->ring.items, queue->bytes);
    weir_release(queue, sizeof *queue);
}

/* ---- the handle ---- */

static void close_queue(weir_queue_handle *queue)
{
    queue->closed = true;
    weir_waker_slot_wake(&queue->slot);
}

static weir_sent stream_queue_fail_full(weir_queue_handle *queue)
{
    weir_error_set(&queue->error, WEIR_E_LIMIT, "the queue holds %zu items, and one more came",
                   queue->ring.n);
    queue->error.cure = "a larger queue, or another weir_overflow";
    queue->fails = true;
    close_queue(queue);
    return WEIR_SENT_CLOSED;
}

/* There is no room. */
static weir_sent overflow(weir_queue_handle *queue, const void *item)
{
    if (queue->overflow == WEIR_OVERFLOW_BACKPRESSURE)
        return WEIR_SENT_FULL;
    if (queue->overflow == WEIR_OVERFLOW_FAIL)
        return stream_queue_fail_full(queue);
    memcpy(weir_ring_at(&queue->ring, queue->ring.n), item, queue->type->size);
    weir_ring_overflow(&queue->ring, queue->overflow);
    return queue->overflow == WEIR_OVERFLOW_DROP_NEW ? WEIR_SENT_DROPPED : WEIR_SENT;
}

weir_sent weir_queue_offer(weir_queue_handle *queue, const void *item)
{
    if (!queue || queue->closed)
        return WEIR_SENT_CLOSED;
    if (weir_ring_is_full(&queue->ring))
        return overflow(queue, item);
    memcpy(weir_ring_at(&queue->ring, queue->ring.n++), item, queue->type->size);
    weir_waker_slot_wake(&queue->slot);
    return WEIR_SENT;
}

uint64_t weir_queue_dropped(const weir_queue_handle *queue)
{
    return queue ? queue->ring.dropped : 0;
}

void weir_queue_fail(weir_queue_handle *queue, const weir_error *error)
{
    if (!queue || queue->closed)
        return;
    queue->error = *error;
    queue->error.fatal = true;
    queue->fails = true;
    close_queue(queue);
}

void weir_queue_drop(weir_queue_handle *queue)
{
    if (!queue)
        return;
    queue->handle = false;
    if (!queue->closed)
        close_queue(queue);
    stream_queue_release(queue);
}

/* ---- the stream ---- */

static weir_poll queue_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_queue_handle *queue = queue_of(stream)->queue;
    if (queue->ring.n)
        return (weir_poll){weir_ring_give(&queue->ring, out, demand), WEIR_READY};
    if (!queue->closed)
        return weir_wait(cx, &queue->slot, WEIR_WAIT_ITEM);
    if (!queue->fails)
        return (weir_poll){0, WEIR_END};
    cx->error = queue->error;
    return (weir_poll){0, WEIR_ERROR};
}

static void queue_fini(weir_stream *stream)
{
    weir_queue_handle *queue = queue_of(stream)->queue;
    if (!queue)
        return;
    queue->closed = true;
    weir_waker_slot_clear(&queue->slot);
    weir_ring_drop(&queue->ring, queue->ring.n); /* an item may own the handle */
    queue->stream = false;
    stream_queue_release(queue);
}

static weir_hint queue_size_hint(const weir_stream *stream)
{
    const weir_queue_handle *queue = queue_of(stream)->queue;
    bool keeps = queue->closed || queue->overflow == WEIR_OVERFLOW_BACKPRESSURE;
    return (weir_hint){keeps ? queue->ring.n : 0,
                       queue->closed ? queue->ring.n : WEIR_HINT_UNKNOWN};
}

static size_t queue_memory_max(const weir_stream *stream)
{
    const weir_queue_handle *queue = queue_of(stream)->queue;
    return queue ? sizeof *queue + queue->bytes : 0;
}

static void queue_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = queue_of(stream)->queue->ring.n;
    out->max = queue_of(stream)->queue->ring.places - 1;
}

static const weir_stream_ops queue_ops = {.size = sizeof queue_ops,
                                          .name = "queue",
                                          .holding = queue_holding,
                                          .poll_next = queue_poll_next,
                                          .fini = queue_fini,
                                          .size_hint = queue_size_hint,
                                          .memory_max = queue_memory_max};

/* NULL: no memory. */
static weir_queue_handle *queue_new(const weir_type *type, size_t n, weir_overflow overflow)
{
    size_t bytes;
    if (!weir_ring_bytes(type, n, &bytes))
        return NULL;
    void *items = weir_allocate_aligned(bytes, type->align);
    weir_queue_handle *queue = items ? weir_allocate(sizeof *queue) : NULL;
    if (!queue) {
        weir_release(items, bytes);
        return NULL;
    }
    *queue = (weir_queue_handle){
        .type = type, .overflow = overflow, .bytes = bytes, .handle = true, .stream = true};
    weir_ring_init(&queue->ring, type, n, items);
    return queue;
}

static weir_stream *expect_held(weir_stream *stream)
{
    if (weir_stage_failed(&stream->stage) || !stream->type->lent)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_TYPE, "the owned type, e.g. weir_owned_line",
                              "%s holds items, but '%s' is lent", "queue", stream->type->name, 0);
}

weir_stream *weir_queue(const weir_type *type, size_t n, weir_overflow overflow,
                        weir_queue_handle **queue)
{
    *queue = NULL;
    weir_stream *stream = weir_source_new(sizeof(struct queue), &queue_ops, type);
    stream = expect_held(weir_expect_limit(stream, "queue", "n", n));
    if (weir_stage_failed(&stream->stage))
        return stream;
    *queue = queue_of(stream)->queue = queue_new(type, n, overflow);
    if (*queue)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, "a smaller queue",
                              "no memory for %s of %zu items", "queue", NULL, n);
}
