/* Waiting for one thing: a future, an item, bytes. */

#include "weir/await.h"

#include "core/loop.h"
#include "core/stage.h"
#include "task/root.h"

/* Inside of a poll nobody may have asked for it, but it is a mistake and is told. */
static void refuse(weir_waiter *waiter, const weir_error *why, weir_error *error)
{
    if (error)
        *error = *why;
    else if (waiter->cx && waiter->cx->polling)
        weir_waiter_fail(waiter, why);
}

/* Who waits here; NULL: nobody can, and *error says why. */
static weir_waiter *waiter_for(const weir_stage *stage, weir_site site, weir_error *error)
{
    weir_error why;
    weir_waiter *waiter = weir_waiter_here();
    if (waiter->cx && !weir_waiter_refuses(waiter, stage, site, &why))
        return waiter;
    refuse(waiter, waiter->cx ? &why : waiter->error, error);
    return NULL;
}

/* ... where there may be nothing to wait for. */
static weir_waiter *waiter_if_any(const weir_stage *stage, weir_site site, weir_error *error)
{
    weir_error why;
    if (stage)
        return waiter_for(stage, site, error);
    weir_site_refuses_nothing(site, &why);
    refuse(weir_waiter_here(), &why, error);
    return NULL;
}

static void stand(weir_waiter *waiter, weir_stage *chain)
{
    if (waiter->stands)
        waiter->stands(waiter, chain, NULL);
}

weir_state weir_root_await(weir_stream *future, const struct weir_ask *ask, weir_error *error)
{
    weir_waiter *waiter = waiter_if_any((const weir_stage *)future, ask->site, error);
    weir_state state = WEIR_ERROR;
    if (waiter && !weir_root_refuses(future, ask, error)) {
        stand(waiter, &future->stage);
        weir_poll got = weir_waiter_next(waiter, future, ask->out);
        stand(waiter, NULL);
        state = weir_root_settle(got, future->stage.cut, error, &waiter->cx->error);
    }
    weir_stream_drop(future);
    return state;
}

weir_state weir_await_at(weir_stream *future, void *out, weir_room room, weir_error *error,
                         weir_site site)
{
    return weir_root_await(future, &(struct weir_ask){"weir_await", out, room, site}, error);
}

weir_state weir_await_next_at(weir_stream *stream, void *out, weir_room room, weir_error *error,
                              weir_site site)
{
    struct weir_ask ask = {"weir_await_next", out, room, site};
    weir_waiter *waiter = waiter_if_any((const weir_stage *)stream, site, error);
    if (!waiter || weir_root_refuses_pull(stream, &ask, error))
        return WEIR_ERROR;
    weir_poll got = weir_waiter_next(waiter, stream, out);
    return weir_root_settle(got, stream->stage.cut, error, &waiter->cx->error);
}

/* ---- the first of several ---- */

static bool refuse_others(const weir_stream *future, const weir_type *type,
                          const struct weir_ask *ask, weir_error *error)
{
    char who[WEIR_WHO_BYTES];
    weir_error unwanted;
    error = error ? error : &unwanted;
    weir_error_set(
        error, WEIR_E_TYPE, "%s takes futures of one type, but '%s' yields '%s', not '%s'",
        weir_ask_who(ask, who), weir_stage_name(&future->stage), future->type->name, type->name);
    return weir_ask_refused(ask, &future->stage, "weir_map() around it, to the type of the first",
                            error);
}

/* True: one of them cannot be waited for, or they do not give one type that fits where the item
 * should go. */
static bool refuses_any(weir_stream *const *futures, size_t n, const struct weir_ask *ask,
                        weir_error *error)
{
    const weir_type *type = NULL;
    for (size_t i = 0; i < n; i++) {
        const weir_stream *future = futures[i];
        if (weir_stage_failed(&future->stage))
            continue;
        if (weir_root_refuses_one(future, ask, error))
            return true;
        if (type && !weir_type_fits(future->type, type))
            return refuse_others(future, type, ask, error);
        type = future->type;
    }
    return false;
}

/* Who waits for all of them. */
static weir_waiter *waiter_for_each(weir_stream *const *futures, size_t n, weir_site site,
                                    weir_error *error)
{
    weir_waiter *waiter =
        waiter_if_any(n && n <= INT32_MAX ? (const weir_stage *)futures[0] : NULL, site, error);
    for (size_t i = 1; waiter && i < n; i++)
        waiter = waiter_if_any((const weir_stage *)futures[i], site, error);
    return waiter;
}

/* The first that is over; n: none is yet. */
static size_t poll_each(weir_waiter *waiter, weir_stream *const *futures, size_t n, void *out,
                        weir_poll *got)
{
    weir_cx *cx = waiter->cx;
    if (!weir_spend(cx)) {
        weir_wait_turn(cx);
        return n;
    }
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

int weir_await_any_at(weir_stream *const *futures, size_t n, void *out, weir_room room,
                      weir_error *error, weir_site site)
{
    struct weir_ask ask = {"weir_await_any", out, room, site};
    weir_waiter *waiter = waiter_for_each(futures, n, site, error);
    if (!waiter || refuses_any(futures, n, &ask, error))
        return -1;
    for (weir_poll got;;) {
        if (waiter->cancelled && !weir_waiter_wait(waiter))
            return cannot_wait(error, &waiter->cx->error);
        size_t i = poll_each(waiter, futures, n, out, &got);
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
    weir_waiter *waiter = waiter_if_any(request->stage, site, error);
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
    struct request request = {(weir_stage *)reader, read_some, out, NULL, size};
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
    struct request request = {(weir_stage *)reader, fill, NULL, NULL, min};
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
    struct request request = {(weir_stage *)writer, write_some, NULL, bytes, n};
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
    struct request request = {(weir_stage *)writer, flush, NULL, NULL, 0};
    size_t n;
    return await_request(&request, &n, error, site);
}

static weir_poll close_it(const struct request *self, weir_cx *cx)
{
    return weir_poll_close((weir_writer *)self->stage, cx);
}

weir_state weir_await_close_at(weir_writer *writer, weir_error *error, weir_site site)
{
    struct request request = {(weir_stage *)writer, close_it, NULL, NULL, 0};
    size_t n;
    return await_request(&request, &n, error, site);
}
