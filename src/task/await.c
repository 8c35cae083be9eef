/* Waiting for one thing: a future, an item, bytes. */

#include "weir/await.h"

#include "core/loop.h"
#include "core/stage.h"
#include "task/root.h"
#include "task/waiter.h"

/* Inside of a poll nobody may have asked for it, but it is a mistake and is told. */
static void await_refuse(weir_waiter *waiter, const weir_error *why, weir_error *error)
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
    await_refuse(waiter, waiter->cx ? &why : waiter->error, error);
    return NULL;
}

/* ... where there may be nothing to wait for. */
static weir_waiter *waiter_if_any(const weir_stage *stage, weir_site site, weir_error *error)
{
    weir_error why;
    if (stage)
        return waiter_for(stage, site, error);
    weir_site_refuses_nothing(site, &why);
    await_refuse(weir_waiter_here(), &why, error);
    return NULL;
}

static void stand(weir_waiter *waiter, weir_stage *chain)
{
    if (waiter->stands)
        waiter->stands(waiter, chain, NULL);
}

/* Of one that stays the caller's: NULL when it has answered. */
static void asks(weir_waiter *waiter, weir_stage *chain, const weir_site *site)
{
    if (waiter->asks)
        waiter->asks(waiter, chain, site);
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
    asks(waiter, &stream->stage, &site);
    weir_poll got = weir_waiter_next(waiter, stream, out);
    asks(waiter, NULL, NULL);
    return weir_root_settle(got, stream->stage.cut, error, &waiter->cx->error);
}

/* ---- the first of several ---- */

/* What stands for them, for who looks: its inputs are theirs. */
struct any {
    weir_stream stream;
    weir_stream *const *futures;
    size_t n;
};

static weir_stage *any_input(const weir_stream *stream, size_t i)
{
    const struct any *self = WEIR_CONTAINER(stream, struct any, stream);
    return i < self->n ? &self->futures[i]->stage : NULL;
}

static weir_poll await_never(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    return (weir_poll){0, WEIR_END};
}

static const weir_stream_ops await_any_ops = {.size = sizeof await_any_ops,
                                              .name = "await_any",
                                              .keeps_inputs = true,
                                              .poll_next = await_never,
                                              .input = any_input};

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
static size_t poll_each(weir_waiter *waiter, struct any *any, void *out, weir_poll *got)
{
    weir_cx *cx = waiter->cx;
    weir_stream *const *futures = any->futures;
    size_t n = any->n;
    if (!weir_spend(cx)) {
        weir_wait_turn(cx);
        return n;
    }
    WEIR_TALLY(any->stream.stage.polls_less_n, 1);
    for (size_t i = 0; i < n; i++) {
        cx->depth = (uint16_t)(waiter->depth + futures[i]->stage.depth);
        cx->polling = 1;
        *got = out ? weir_poll_next(futures[i], cx, out, 1) : weir_poll_skip(futures[i], cx, 1);
        weir_waiter_polled(waiter, &futures[i]->stage, *got);
        if (got->state != WEIR_PENDING)
            return i;
    }
    WEIR_TALLY(any->stream.stage.waits, 1);
    return n;
}

/* Which one is over; its n: it cannot be waited for any more. */
static size_t await_each(weir_waiter *waiter, struct any *any, void *out, weir_poll *got)
{
    do {
        if (waiter->cancelled && !weir_waiter_wait(waiter))
            break;
        size_t i = poll_each(waiter, any, out, got);
        if (i < any->n)
            return i;
    } while (weir_waiter_wait(waiter));
    return any->n;
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
    struct any any = {
        .stream = {.stage.vt = weir_stream_vt, .ops = &await_any_ops, .type = futures[0]->type},
        .futures = futures,
        .n = n};
    weir_poll got = {0, WEIR_PENDING};
    asks(waiter, &any.stream.stage, &site);
    size_t i = await_each(waiter, &any, out, &got);
    asks(waiter, NULL, NULL);
    weir_stage_goes(&any.stream.stage);
    if (i == n)
        return cannot_wait(error, &waiter->cx->error);
    return tell_any(&futures[i]->stage, got, i, error, &waiter->cx->error);
}

/* ---- bytes ---- */

/* What is asked of a reader or a writer, until it is not PENDING. */
weir_poll weir_question_poll(weir_waiter *waiter, struct weir_question *request)
{
    weir_cx *cx = waiter->cx;
    cx->depth = (uint16_t)(waiter->depth + request->stage->depth);
    if (!weir_spend(cx))
        return weir_wait_turn(cx);
    cx->polling = 1;
    return weir_waiter_polled(waiter, request->stage, request->poll(request, cx));
}

/* PENDING: it cannot be waited for any more. */
static weir_poll await_poll(weir_waiter *waiter, struct weir_question *request)
{
    weir_poll got = {0, WEIR_PENDING};
    do {
        if (waiter->cancelled && !weir_waiter_wait(waiter))
            break;
        got = weir_question_poll(waiter, request);
    } while (got.state == WEIR_PENDING && weir_waiter_wait(waiter));
    return got;
}

static weir_state await_request(struct weir_question *request, size_t *n, weir_error *error,
                                weir_site site)
{
    weir_waiter *waiter = waiter_if_any(request->stage, site, error);
    if (!waiter)
        return WEIR_ERROR;
    asks(waiter, request->stage, &site);
    weir_poll got = await_poll(waiter, request);
    asks(waiter, NULL, NULL);
    if (got.state != WEIR_PENDING) {
        *n = got.n;
        weir_root_settle(got, request->stage->cut, error, &waiter->cx->error);
        return got.state;
    }
    if (error)
        *error = waiter->cx->error;
    return WEIR_ERROR;
}

static weir_poll await_read_some(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_read((weir_reader *)self->stage, cx, self->out, self->size);
}

weir_state weir_await_read_at(weir_reader *reader, void *out, size_t size, size_t *n,
                              weir_error *error, weir_site site)
{
    struct weir_question request = {(weir_stage *)reader, await_read_some, out, NULL, size};
    *n = 0;
    if (!size) {
        if (error)
            weir_error_set(error, WEIR_E_ARGUMENT, "%s reads 0 bytes", site.function);
        return WEIR_ERROR;
    }
    weir_state state = await_request(&request, n, error, site);
    return *n ? WEIR_READY : state;
}

static weir_poll await_fill(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_fill((weir_reader *)self->stage, cx, self->size);
}

weir_state weir_await_fill_at(weir_reader *reader, size_t min, weir_error *error, weir_site site)
{
    struct weir_question request = {(weir_stage *)reader, await_fill, NULL, NULL, min};
    size_t n;
    if (!min) {
        if (error)
            error->code = WEIR_OK;
        return WEIR_READY;
    }
    return await_request(&request, &n, error, site);
}

static weir_poll await_write_some(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_write((weir_writer *)self->stage, cx, self->bytes, self->size);
}

weir_state weir_await_write_at(weir_writer *writer, const void *bytes, size_t n, weir_error *error,
                               weir_site site)
{
    struct weir_question request = {(weir_stage *)writer, await_write_some, NULL, bytes, n};
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

static weir_poll await_flush(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_flush((weir_writer *)self->stage, cx);
}

weir_state weir_await_flush_at(weir_writer *writer, weir_error *error, weir_site site)
{
    struct weir_question request = {(weir_stage *)writer, await_flush, NULL, NULL, 0};
    size_t n;
    return await_request(&request, &n, error, site);
}

static weir_poll close_it(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_close((weir_writer *)self->stage, cx);
}

weir_state weir_await_close_at(weir_writer *writer, weir_error *error, weir_site site)
{
    struct weir_question request = {(weir_stage *)writer, close_it, NULL, NULL, 0};
    size_t n;
    return await_request(&request, &n, error, site);
}
