/* Waiting for one thing: a future, an item, bytes. */

#include "weir/await.h"

#include "core/loop.h"
#include "core/stage.h"
#include "task/root.h"

/* Who waits here; NULL: nobody can, and *error says why. */
static weir_waiter *waiter_for(const weir_stage *stage, weir_site site, weir_error *error)
{
    weir_error why;
    weir_waiter *waiter = weir_waiter_here();
    if (waiter->cx && !weir_waiter_refuses(waiter, stage, site, &why))
        return waiter;
    if (error)
        *error = waiter->cx ? why : *waiter->error;
    return NULL;
}

weir_state weir_await_sized(weir_stream *future, void *out, size_t out_size, weir_error *error,
                            weir_site site)
{
    weir_waiter *waiter = waiter_for(&future->stage, site, error);
    if (!waiter) {
        weir_stream_drop(future);
        return WEIR_ERROR;
    }
    future = weir_root_expect(future, out, out_size);
    weir_poll got = weir_waiter_next(waiter, future, out);
    weir_state state = weir_root_settle(got, future->stage.cut, error, &waiter->cx->error);
    weir_stream_drop(future);
    return state;
}

weir_state weir_await_next_sized(weir_stream *stream, void *out, size_t out_size, weir_error *error,
                                 weir_site site)
{
    if (weir_root_refuses_pull(stream, out, out_size, error))
        return WEIR_ERROR;
    weir_waiter *waiter = waiter_for(&stream->stage, site, error);
    if (!waiter)
        return WEIR_ERROR;
    weir_poll got = weir_waiter_next(waiter, stream, out);
    return weir_root_settle(got, stream->stage.cut, error, &waiter->cx->error);
}

/* ---- the first of several ---- */

static int refuse_any(weir_error *error, const char *text, const char *name, const char *other)
{
    if (error)
        weir_error_set(error, WEIR_E_TYPE, text, name, other);
    return -1;
}

/* All can be waited for, and give one type that fits where the item should go. */
static int expect_any(weir_stream *const *futures, size_t n, const void *out, size_t out_size,
                      weir_error *error)
{
    const weir_type *type = NULL;
    for (size_t i = 0; i < n; i++) {
        if (weir_stage_failed(&futures[i]->stage))
            continue;
        if (weir_root_refuses_pull(futures[i], out, out_size, error))
            return -1;
        if (!futures[i]->stage.one)
            return refuse_any(error, "'%s' is no future%s", weir_stage_name(&futures[i]->stage),
                              "");
        if (type && !weir_type_fits(futures[i]->type, type))
            return refuse_any(error, "one of the futures gives '%s', another one '%s'", type->name,
                              futures[i]->type->name);
        type = futures[i]->type;
    }
    return 0;
}

/* The first that is over; n: none is yet. */
static size_t poll_each(weir_waiter *waiter, weir_stream *const *futures, size_t n, void *out,
                        weir_poll *got)
{
    weir_cx *cx = waiter->cx;
    for (size_t i = 0; i < n; i++) {
        cx->depth = (uint16_t)(waiter->depth + futures[i]->stage.depth);
        cx->polling = 1;
        *got = out ? weir_poll_next(futures[i], cx, out, 1) : weir_poll_skip(futures[i], cx, 1);
        weir_waiter_polled(waiter, &futures[i]->stage, *got);
        if (got->state != WEIR_PENDING)
            return i;
    }
    return n;
}

static int tell_any(const weir_stage *stage, weir_poll got, size_t i, weir_error *error,
                    const weir_error *why)
{
    weir_state state = weir_root_settle(got, stage->cut, error, why);
    if (state == WEIR_END && error)
        weir_error_set(error, WEIR_E_CLOSED, "'%s' ended without an item", weir_stage_name(stage));
    return (int)i;
}

static int cannot_wait(weir_error *error, const weir_error *why)
{
    if (error)
        *error = *why;
    return -1;
}

int weir_await_any_sized(weir_stream *const *futures, size_t n, void *out, size_t out_size,
                         weir_error *error, weir_site site)
{
    if (!n || n > INT32_MAX)
        return refuse_any(error, "there is nothing to wait for%s%s", "", "");
    if (expect_any(futures, n, out, out_size, error))
        return -1;
    weir_waiter *waiter = NULL;
    for (size_t i = 0; i < n; i++)
        if (!(waiter = waiter_for(&futures[i]->stage, site, error)))
            return -1;
    for (weir_poll got;;) {
        if (waiter->cancelled && !weir_waiter_wait(waiter))
            return cannot_wait(error, &waiter->cx->error);
        bool turn = weir_spend(waiter->cx); /* else it is over, and the others have theirs */
        size_t i = turn ? poll_each(waiter, futures, n, out, &got) : n;
        if (!turn)
            weir_wait_turn(waiter->cx);
        if (i < n)
            return tell_any(&futures[i]->stage, got, i, error, &waiter->cx->error);
        if (!weir_waiter_wait(waiter))
            return cannot_wait(error, &waiter->cx->error);
    }
}

/* ---- bytes ---- */

/* What is asked of a reader or a writer, until it is not PENDING. */
struct request {
    weir_stage *stage;
    weir_poll (*poll)(const struct request *self, weir_cx *cx);
    void *out;
    const void *bytes;
    size_t size;
};

static weir_poll poll_request(weir_waiter *waiter, const struct request *request)
{
    weir_cx *cx = waiter->cx;
    cx->depth = (uint16_t)(waiter->depth + request->stage->depth);
    if (!weir_spend(cx))
        return weir_wait_turn(cx);
    cx->polling = 1;
    return weir_waiter_polled(waiter, request->stage, request->poll(request, cx));
}

static weir_state await_request(const struct request *request, size_t *n, weir_error *error,
                                weir_site site)
{
    weir_waiter *waiter = waiter_for(request->stage, site, error);
    if (!waiter)
        return WEIR_ERROR;
    weir_poll got;
    do {
        if (waiter->cancelled && !weir_waiter_wait(waiter))
            break;
        got = poll_request(waiter, request);
        if (got.state != WEIR_PENDING) {
            *n = got.n;
            weir_root_settle(got, request->stage->cut, error, &waiter->cx->error);
            return got.state;
        }
    } while (weir_waiter_wait(waiter));
    if (error)
        *error = waiter->cx->error;
    return WEIR_ERROR;
}

static weir_poll read_some(const struct request *self, weir_cx *cx)
{
    return weir_poll_read((weir_reader *)self->stage, cx, self->out, self->size);
}

weir_state weir_await_read_at(weir_reader *reader, void *out, size_t size, size_t *n,
                              weir_error *error, weir_site site)
{
    struct request request = {&reader->stage, read_some, out, NULL, size};
    *n = 0;
    if (!size) {
        if (error)
            weir_error_set(error, WEIR_E_ARGUMENT, "%s reads 0 bytes", site.function);
        return WEIR_ERROR;
    }
    weir_state state = await_request(&request, n, error, site);
    return *n ? WEIR_READY : state;
}

static weir_poll fill(const struct request *self, weir_cx *cx)
{
    return weir_poll_fill((weir_reader *)self->stage, cx, self->size);
}

weir_state weir_await_fill_at(weir_reader *reader, size_t min, weir_error *error, weir_site site)
{
    struct request request = {&reader->stage, fill, NULL, NULL, min};
    size_t n;
    if (!min) {
        if (error)
            error->code = WEIR_OK;
        return WEIR_READY;
    }
    return await_request(&request, &n, error, site);
}

static weir_poll write_some(const struct request *self, weir_cx *cx)
{
    return weir_poll_write((weir_writer *)self->stage, cx, self->bytes, self->size);
}

weir_state weir_await_write_at(weir_writer *writer, const void *bytes, size_t n, weir_error *error,
                               weir_site site)
{
    struct request request = {&writer->stage, write_some, NULL, bytes, n};
    if (error)
        error->code = WEIR_OK;
    while (request.size) {
        size_t taken = 0;
        weir_state state = await_request(&request, &taken, error, site);
        if (state != WEIR_READY)
            return state;
        request.bytes = (const char *)request.bytes + taken;
        request.size -= taken;
    }
    return WEIR_READY;
}

static weir_poll flush(const struct request *self, weir_cx *cx)
{
    return weir_poll_flush((weir_writer *)self->stage, cx);
}

weir_state weir_await_flush_at(weir_writer *writer, weir_error *error, weir_site site)
{
    struct request request = {&writer->stage, flush, NULL, NULL, 0};
    size_t n;
    return await_request(&request, &n, error, site);
}

static weir_poll close_it(const struct request *self, weir_cx *cx)
{
    return weir_poll_close((weir_writer *)self->stage, cx);
}

weir_state weir_await_close_at(weir_writer *writer, weir_error *error, weir_site site)
{
    struct request request = {&writer->stage, close_it, NULL, NULL, 0};
    size_t n;
    return await_request(&request, &n, error, site);
}
