/* shared: one future, and any number of streams that give its result. */

#include "core/poll.h"
#include "stream/copies.h"
#include "stream/inner.h"
#include "stream/lender.h"
#include "stream/seats.h"
#include "weir/stream.h"

/* The future is polled with the hub's waker, which wakes all that wait: whoever of them comes first
 * polls it. Lives as long as somebody holds that waker; the future and its result as long as one
 * of the streams does. */
struct hub {
    weir_waker waker; /* first */
    struct weir_seats seats;
    const weir_type *type;
    weir_stream *future; /* NULL: its result is known */
    size_t handles;
    bool woken; /* atomic */
    weir_wait_for wait_for;
    bool some;         /* item is one */
    bool cut;          /* it ended because it was told to */
    weir_state result; /* what it came to */
    weir_error error;
    void *item;
};

struct shared {
    weir_stream stream;
    struct hub *hub;
    struct weir_seat *seat;
    bool told; /* of the error */
};

static struct shared *shared_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct shared, stream);
}

/* ---- the hub ---- */

static void hub_wake(weir_waker *waker)
{
    struct hub *hub = (struct hub *)waker;
    __atomic_store_n(&hub->woken, true, __ATOMIC_RELEASE);
    weir_seats_wake(&hub->seats);
}

static void hub_release(weir_waker *waker)
{
    struct hub *hub = (struct hub *)waker;
    weir_seats_fini(&hub->seats);
    if (hub->item)
        weir_release(hub->item, hub->type->size);
    weir_release(hub, sizeof *hub);
}

static const weir_waker_ops hub_ops = {
    .size = sizeof hub_ops, .wake = hub_wake, .release = hub_release};

/* NULL: no memory; the future is the caller's then. */
static struct hub *hub_new(weir_stream *future)
{
    struct hub *hub = weir_allocate(sizeof *hub);
    if (!hub)
        return NULL;
    *hub = (struct hub){.type = future->type, .woken = true};
    weir_waker_init(&hub->waker, &hub_ops);
    hub->item = weir_allocate_aligned(future->type->size, future->type->align);
    if (hub->item) {
        hub->future = future;
        return hub;
    }
    weir_waker_unref(&hub->waker);
    return NULL;
}

/* The last stream is gone. */
static void hub_close(struct hub *hub)
{
    weir_drop(hub->future);
    hub->future = NULL;
    if (hub->some)
        weir_type_drop_items(hub->type, hub->item, 1);
    weir_waker_unref(&hub->waker);
}

/* ---- the streams ---- */

/* The last one takes the item itself. An error comes once, also one that is not fatal. */
static weir_poll shared_give(struct shared *self, weir_cx *cx, void *out)
{
    struct hub *hub = self->hub;
    self->stream.stage.cut |= hub->cut;
    if (hub->result == WEIR_ERROR && !self->told) {
        self->told = true;
        cx->error = hub->error;
        return (weir_poll){0, WEIR_ERROR};
    }
    if (!hub->some)
        return (weir_poll){0, WEIR_END};
    if (hub->handles == 1) {
        memcpy(out, hub->item, hub->type->size);
        hub->some = false;
    } else if (!weir_item_copy(hub->type, out, hub->item)) {
        weir_copy_fail(cx, hub->type);
        cx->error.fatal = true;
        return (weir_poll){0, WEIR_ERROR};
    }
    return (weir_poll){1, WEIR_END};
}

/* The result came: whoever else waits is told. */
static void shared_settle(struct shared *self, weir_cx *cx, weir_poll got)
{
    struct hub *hub = self->hub;
    hub->some = got.n;
    hub->result = got.state;
    if (got.state == WEIR_ERROR)
        hub->error = cx->error;
    hub->cut = hub->future->stage.cut;
    weir_drop(hub->future);
    hub->future = NULL;
    weir_waker_cell_clear(&self->seat->cell);
    weir_seats_wake(&hub->seats);
}

/* First the waker is left, so that a wake that comes meanwhile is seen by it. */
static weir_poll shared_poll_future(struct shared *self, weir_cx *cx)
{
    struct hub *hub = self->hub;
    weir_waker *task = cx->waker;
    weir_waker_cell_store(&self->seat->cell, task);
    if (!__atomic_exchange_n(&hub->woken, false, __ATOMIC_ACQ_REL) && !cx->stopping) {
        cx->wait_for = hub->wait_for;
        return (weir_poll){0, WEIR_PENDING};
    }
    cx->waker = &hub->waker;
    weir_poll got = weir_poll_inner(&self->stream, hub->future, cx, hub->item, 1);
    cx->waker = task;
    hub->wait_for = cx->wait_for;
    return got;
}

static weir_poll shared_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct shared *self = shared_of(stream);
    (void)demand;
    if (self->hub->future) {
        weir_poll got = shared_poll_future(self, cx);
        if (got.state == WEIR_PENDING)
            return got;
        shared_settle(self, cx, got);
    }
    return shared_give(self, cx, out);
}

static void shared_fini(weir_stream *stream)
{
    struct shared *self = shared_of(stream);
    struct hub *hub = self->hub;
    if (!hub)
        return;
    if (self->seat)
        weir_seats_leave(&hub->seats, self->seat);
    if (!--hub->handles)
        hub_close(hub);
}

static weir_stage *shared_input(const weir_stream *stream, size_t i)
{
    const struct hub *hub = shared_of(stream)->hub;
    return i || !hub->future ? NULL : &hub->future->stage;
}

static weir_hint shared_size_hint(const weir_stream *stream)
{
    const struct hub *hub = shared_of(stream)->hub;
    return hub->future ? weir_size_hint(hub->future) : (weir_hint){hub->some, hub->some};
}

/* The hub is shared: each of its streams counts it whole. */
static size_t shared_memory_max(const weir_stream *stream)
{
    const struct hub *hub = shared_of(stream)->hub;
    return sizeof *hub + hub->type->size + weir_seats_bytes(&hub->seats);
}

static const weir_stream_ops shared_ops = {.size = sizeof shared_ops,
                                           .name = "shared",
                                           .poll_next = shared_poll_next,
                                           .fini = shared_fini,
                                           .size_hint = shared_size_hint,
                                           .input = shared_input,
                                           .memory_max = shared_memory_max,
                                           .marks = WEIR_MARKS_LOSE};

/* A stream of the hub. Failed: the hub has it not. */
static weir_stream *shared_over(struct hub *hub)
{
    weir_stream *stream = weir_source_new(sizeof(struct shared), &shared_ops, hub->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct shared *self = shared_of(stream);
    self->hub = hub;
    hub->handles++;
    stream->stage.one = true;
    self->seat = weir_seats_take(&hub->seats);
    if (!self->seat)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "shared",
                                  NULL, 0);
    return hub->future ? weir_stream_with(stream, &hub->future->stage) : stream;
}

weir_stream *weir_shared(weir_stream *source)
{
    source = weir_expect_one(source, "shared");
    source = weir_expect_owned(source, "shared");
    source = weir_expect_copies(source, "shared");
    source = weir_expect_unmarked(source, "shared", "gives one result to several");
    if (weir_stage_failed(&source->stage))
        return source;
    struct hub *hub = hub_new(source);
    if (!hub)
        return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "shared",
                                  NULL, 0);
    hub->handles++; /* ours, so that one that fails does not close it */
    weir_stream *stream = shared_over(hub);
    if (!--hub->handles)
        hub_close(hub);
    return stream;
}

weir_stream *weir_shared_clone(const weir_stream *shared)
{
    if (weir_stage_failed(&shared->stage))
        return weir_lender_refuse(weir_source_new(sizeof(struct shared), &shared_ops, shared->type),
                                  shared);
    if (shared->ops != &shared_ops || shared->stage.done)
        return weir_stream_refused(WEIR_E_ARGUMENT, "one that weir_shared() made, before its end",
                                   "shared_clone cannot clone '%s'",
                                   weir_stage_name(&shared->stage), NULL, 0);
    return shared_over(shared_of(shared)->hub);
}
