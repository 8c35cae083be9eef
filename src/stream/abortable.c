/* abortable: items until somebody else says that it is over. */

#include "core/poll.h"
#include "stream/seats.h"
#include "weir/stream.h"

/* What became of a handle. A word of its own, so that the hot path reads nothing else. */
enum { ABORTABLE_RUNNING, TELLING, ABORTED, ABORTABLE_FAILED };

struct weir_abort_handle {
    int state; /* atomic */
    unsigned refs;
    struct weir_seats seats; /* of the streams that end with it */
    weir_error error;        /* FAILED: what they fail with */
};

struct abortable {
    weir_stream stream;
    weir_abort_handle *handle;
    struct weir_seat *seat;
};

static struct abortable *abortable_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct abortable, stream);
}

/* ---- the handle ---- */

weir_abort_handle *weir_abort_handle_new(void)
{
    weir_abort_handle *handle = weir_allocate(sizeof *handle);
    if (handle)
        *handle = (weir_abort_handle){.refs = 1};
    return handle;
}

weir_abort_handle *weir_abort_handle_ref(weir_abort_handle *handle)
{
    if (handle)
        __atomic_fetch_add(&handle->refs, 1, __ATOMIC_RELAXED);
    return handle;
}

void weir_abort_handle_unref(weir_abort_handle *handle)
{
    if (!handle || __atomic_fetch_sub(&handle->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    weir_seats_fini(&handle->seats);
    weir_release(handle, sizeof *handle);
}

static int abortable_state_of(const weir_abort_handle *handle)
{
    return __atomic_load_n(&handle->state, __ATOMIC_ACQUIRE);
}

static bool abortable_is_over(const weir_abort_handle *handle)
{
    return abortable_state_of(handle) >= ABORTED;
}

/* Only the first one counts. */
static bool first_to(weir_abort_handle *handle, int state)
{
    int running = ABORTABLE_RUNNING;
    return __atomic_compare_exchange_n(&handle->state, &running, state, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

void weir_abort(weir_abort_handle *handle)
{
    if (handle && first_to(handle, ABORTED))
        weir_seats_wake(&handle->seats);
}

void weir_abort_with(weir_abort_handle *handle, const weir_error *error)
{
    if (!handle || !first_to(handle, TELLING))
        return;
    handle->error = *error;
    handle->error.fatal = true;
    __atomic_store_n(&handle->state, ABORTABLE_FAILED, __ATOMIC_RELEASE);
    weir_seats_wake(&handle->seats);
}

bool weir_is_aborted(const weir_abort_handle *handle)
{
    return handle && abortable_is_over(handle);
}

/* ---- the stream ---- */

/* A future owes an answer: that it was aborted is an error. A stream was told to end. */
WEIR_COLD static weir_poll abortable_over(struct abortable *self, weir_cx *cx)
{
    if (abortable_state_of(self->handle) == ABORTABLE_FAILED) {
        cx->error = self->handle->error;
        return (weir_poll){0, WEIR_ERROR};
    }
    if (self->stream.stage.one)
        return weir_fail(cx, WEIR_E_CANCELLED, "it was aborted");
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

/* Between the source's PENDING and the waker an abort may have come. */
WEIR_ASIDE static weir_poll abortable_rest(weir_stream *stream, weir_cx *cx, void *out,
                                           size_t demand, weir_poll got)
{
    struct abortable *self = abortable_of(stream);
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.state != WEIR_PENDING)
        return got;
    weir_waker_cell_store(&self->seat->cell, cx->waker);
    return abortable_is_over(self->handle) ? abortable_over(self, cx) : got;
}

static weir_poll abortable_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct abortable *self = abortable_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(abortable_is_over(self->handle)))
        return abortable_over(self, cx);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return abortable_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void abortable_fini(weir_stream *stream)
{
    struct abortable *self = abortable_of(stream);
    if (self->seat)
        weir_seats_leave(&self->handle->seats, self->seat);
    weir_abort_handle_unref(self->handle);
}

/* An abort may come at any time. */
static weir_hint abortable_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

/* The handle is shared: each of its streams counts it whole. */
static size_t abortable_memory_max(const weir_stream *stream)
{
    const weir_abort_handle *handle = abortable_of(stream)->handle;
    return sizeof *handle + weir_seats_bytes(&handle->seats);
}

static const weir_stream_ops abortable_ops = {.size = sizeof abortable_ops,
                                              .name = "abortable",
                                              .poll_next = abortable_poll_next,
                                              .fini = abortable_fini,
                                              .size_hint = abortable_size_hint,
                                              .memory_max = abortable_memory_max,
                                              .marks = WEIR_MARKS_PASS};

static weir_stream *no_seat(weir_stream *stream, const weir_abort_handle *handle)
{
    if (handle && __atomic_load_n(&handle->seats.n, __ATOMIC_RELAXED) >= WEIR_SEATS_MAX)
        return weir_stream_refuse(&stream->stage, WEIR_E_LIMIT, "several handles",
                                  "one abort handle ends at most %zu streams", NULL, NULL,
                                  WEIR_SEATS_MAX);
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "abortable",
                              NULL, 0);
}

weir_stream *weir_abortable(weir_stream *source, weir_abort_handle *handle)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct abortable), &abortable_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct abortable *self = abortable_of(stream);
    self->handle = weir_abort_handle_ref(handle);
    self->seat = handle ? weir_seats_take(&handle->seats) : NULL;
    if (!self->seat)
        return no_seat(stream, handle);
    stream->stage.one = source->stage.one;
    return stream;
}
