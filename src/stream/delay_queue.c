/* delay_queue: items that are kept until their deadlines. */

#include <string.h>

#include "core/poll.h"
#include "core/timer.h"
#include "weir/timed.h"

/* A place for an item, which stands behind it. The timer orders the heap; it is on no clock. */
struct delayed {
    weir_timer moment;
    uint32_t times; /* it was used, so that an old key finds nothing */
    bool used;
    struct delayed *behind; /* in the list of those that are free */
};

struct weir_delays {
    const weir_type *type;
    size_t limit, n, stride, offset, bytes;
    char *places;
    struct delayed *free;
    weir_timer *heap;
    uint64_t orders;
    weir_waker_slot changed; /* of who waits for the first of them */
};

static struct delayed *place_at(const weir_delays *delays, size_t i)
{
    return (struct delayed *)(void *)(delays->places + i * delays->stride);
}

static void *delay_queue_item_of(const weir_delays *delays, struct delayed *place)
{
    return (char *)place + delays->offset;
}

static struct delayed *delay_queue_first_of(const weir_delays *delays)
{
    return WEIR_CONTAINER(delays->heap, struct delayed, moment);
}

/* ---- places and keys ---- */

static weir_delay_key key_of(const weir_delays *delays, const struct delayed *place)
{
    size_t i = (size_t)((const char *)place - delays->places) / delays->stride;
    return (weir_delay_key)place->times << 32 | (i + 1);
}

/* NULL: it is not there any more. */
static struct delayed *delay_queue_find(const weir_delays *delays, weir_delay_key key)
{
    size_t i = (uint32_t)key;
    if (!i || i > delays->limit)
        return NULL;
    struct delayed *place = place_at(delays, i - 1);
    return place->used && place->times == key >> 32 ? place : NULL;
}

static void place_free(weir_delays *delays, struct delayed *place)
{
    place->used = false;
    place->behind = delays->free;
    delays->free = place;
}

/* Off the heap; its item is the caller's. */
static void delay_queue_take_out(weir_delays *delays, struct delayed *place)
{
    weir_timer_heap_remove(&delays->heap, &place->moment);
    delays->n--;
    place_free(delays, place);
}

static void delay_queue_put_in(weir_delays *delays, struct delayed *place, uint64_t deadline_ns)
{
    place->moment.due_ns = deadline_ns;
    place->moment.order = delays->orders++;
    weir_timer_heap_add(&delays->heap, &place->moment);
}

/* ---- the queue ---- */

static size_t delay_queue_aligned(size_t size, size_t align)
{
    return (size + align - 1) & ~(align - 1);
}

/* False: so many do not fit in memory. */
static bool delay_queue_measure(weir_delays *delays, const weir_type *type, size_t limit)
{
    size_t align = type->align > _Alignof(struct delayed) ? type->align : _Alignof(struct delayed);
    if (!limit || limit > WEIR_DELAY_MAX || type->lent || type->size > SIZE_MAX / 2)
        return false;
    delays->type = type;
    delays->limit = limit;
    delays->offset = delay_queue_aligned(sizeof(struct delayed), type->align);
    delays->stride = delay_queue_aligned(delays->offset + type->size, align);
    return !__builtin_mul_overflow(limit, delays->stride, &delays->bytes);
}

weir_delays *weir_delays_new(const weir_type *type, size_t limit)
{
    weir_delays *delays = weir_allocate(sizeof *delays);
    if (!delays)
        return NULL;
    memset(delays, 0, sizeof *delays);
    if (delay_queue_measure(delays, type, limit))
        delays->places = weir_allocate_aligned(delays->bytes, type->align > 16 ? type->align : 16);
    if (!delays->places) {
        weir_release(delays, sizeof *delays);
        return NULL;
    }
    memset(delays->places, 0, delays->bytes);
    for (size_t i = limit; i-- > 0;)
        place_free(delays, place_at(delays, i));
    return delays;
}

void weir_delays_drop(weir_delays *delays)
{
    if (!delays)
        return;
    for (size_t i = 0; i < delays->limit; i++)
        if (place_at(delays, i)->used)
            weir_type_drop_items(delays->type, delay_queue_item_of(delays, place_at(delays, i)), 1);
    weir_waker_slot_clear(&delays->changed);
    weir_release(delays->places, delays->bytes);
    weir_release(delays, sizeof *delays);
}

size_t weir_delays_n(const weir_delays *delays)
{
    return delays->n;
}

weir_delay_key weir_delays_insert(weir_delays *delays, const void *item, uint64_t deadline_ns)
{
    struct delayed *place = delays->free;
    if (!place)
        return 0;
    delays->free = place->behind;
    memcpy(delay_queue_item_of(delays, place), item, delays->type->size);
    place->used = true;
    place->times++;
    delays->n++;
    delay_queue_put_in(delays, place, deadline_ns);
    weir_waker_slot_wake(&delays->changed);
    return key_of(delays, place);
}

bool weir_delays_remove(weir_delays *delays, weir_delay_key key, void *out)
{
    struct delayed *place = delay_queue_find(delays, key);
    if (!place)
        return false;
    delay_queue_take_out(delays, place);
    if (out)
        memcpy(out, delay_queue_item_of(delays, place), delays->type->size);
    else
        weir_type_drop_items(delays->type, delay_queue_item_of(delays, place), 1);
    weir_waker_slot_wake(&delays->changed);
    return true;
}

bool weir_delays_reset(weir_delays *delays, weir_delay_key key, uint64_t deadline_ns)
{
    struct delayed *place = delay_queue_find(delays, key);
    if (!place)
        return false;
    weir_timer_heap_remove(&delays->heap, &place->moment);
    delay_queue_put_in(delays, place, deadline_ns);
    weir_waker_slot_wake(&delays->changed);
    return true;
}

/* ---- what is due, as a stream ---- */

struct delay_queue {
    weir_stream stream;
    weir_delays *delays;
    weir_timer timer; /* of the first */
};

static struct delay_queue *delay_queue_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct delay_queue, stream);
}

static uint32_t give_due(weir_delays *delays, char *out, size_t demand, uint64_t now_ns)
{
    uint32_t n = 0;
    for (; n < demand && delays->heap && delays->heap->due_ns <= now_ns; n++) {
        struct delayed *place = delay_queue_first_of(delays);
        delay_queue_take_out(delays, place);
        memcpy(out + n * delays->type->size, delay_queue_item_of(delays, place),
               delays->type->size);
    }
    return n;
}

static weir_poll wait_for_first(struct delay_queue *self, weir_cx *cx)
{
    uint64_t due_ns = self->delays->heap->due_ns;
    if (self->timer.due_ns != due_ns)
        weir_timer_set(&self->timer, due_ns);
    if (weir_timer_poll(cx, &self->timer).n)
        return (weir_poll){0, WEIR_READY};
    return weir_wait(cx, &self->delays->changed, WEIR_WAIT_TIMER);
}

static weir_poll delay_queue_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct delay_queue *self = delay_queue_of(stream);
    if (!self->delays->n)
        return (weir_poll){0, WEIR_END};
    if (!weir_clock_is_there(cx, "delay_queue"))
        return (weir_poll){0, WEIR_ERROR};
    uint32_t n = give_due(self->delays, out, demand, weir_clock_now_ns(cx));
    return n ? (weir_poll){n, WEIR_READY} : wait_for_first(self, cx);
}

static void delay_queue_fini(weir_stream *stream)
{
    weir_timer_stop(&delay_queue_of(stream)->timer);
    weir_waker_slot_clear(&delay_queue_of(stream)->delays->changed);
}

static const weir_stream_ops delay_queue_ops = {.size = sizeof delay_queue_ops,
                                                .name = "delay_queue",
                                                .poll_next = delay_queue_poll_next,
                                                .fini = delay_queue_fini};

weir_stream *weir_delay_queue(weir_delays *delays)
{
    if (!delays)
        return weir_stream_refused(WEIR_E_ARGUMENT, "a look at whether they could be made",
                                   "delay_queue: there are none", NULL, NULL, 0);
    weir_stream *stream =
        weir_source_new(sizeof(struct delay_queue), &delay_queue_ops, delays->type);
    if (!weir_stage_failed(&stream->stage))
        delay_queue_of(stream)->delays = delays;
    return stream;
}
