/* serve: the loop over the exchanges of a connection, in one task. It has no errors: a connection
 * that went wrong is over, and must not take a loop over all of them with it. A handler that
 * answers at once is polled before the next request is looked for, so that the answers to requests
 * that came together go out together. */

#include "core/stage.h"
#include "http/exchange.h"
#include "stream/children.h"
#include "stream/inner.h"

struct http_serve_serve {
    weir_stream stream;
    const weir_then_fn *handler;
    void *arg;
    const struct weir_http_config *config; /* of the source */
    struct weir_children set;
    void *item; /* room for what a handler comes to */
    bool over;  /* no exchange comes any more */
    bool rests; /* the connection is given back when it would wait for a further request */
};

static struct http_serve_serve *http_serve_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct http_serve_serve, stream);
}

/* What a handler fails with ends its exchange alone. */
static void http_serve_settle(struct http_serve_serve *self, weir_cx *cx, const weir_stream *future,
                              weir_poll got)
{
    if (got.n)
        weir_type_drop_items(future->type, self->item, got.n);
    if (got.state == WEIR_ERROR)
        weir_http_tell(self->config, &cx->error);
}

/* PENDING: all of them wait; END: there is none. */
static weir_poll handle_all(struct http_serve_serve *self, weir_cx *cx)
{
    for (;;) {
        struct weir_stream_child *child;
        weir_poll got = weir_children_poll(&self->set, cx, self->item, 1, &child);
        if (!child)
            return got;
        http_serve_settle(self, cx, child->stream, got);
        weir_children_leave(&self->set, child);
    }
}

/* Most answer at once: the set has those that wait. One may answer with bytes now and with a copy
 * then, which are futures of two types. */
static void http_serve_handle(struct http_serve_serve *self, weir_cx *cx, weir_exchange *x)
{
    weir_stream *future = weir_inner_ended(self->handler->one(&x, self->arg), self->handler->to);
    weir_poll got = weir_poll_inner(&self->stream, future, cx, self->item, 1);
    if (got.state == WEIR_PENDING && !weir_children_reserve(&self->set))
        got = weir_fail(cx, WEIR_E_MEMORY, "no memory to handle a request");
    if (got.state == WEIR_PENDING) {
        weir_children_add(&self->set, future, NULL);
        return;
    }
    http_serve_settle(self, cx, future, got);
    weir_inner_note(&self->stream, future);
    weir_drop(future);
}

/* READY: one more was begun; PENDING: there are as many as there may be, or no request is there. */
static weir_poll http_serve_take_one(struct http_serve_serve *self, weir_cx *cx)
{
    weir_exchange *x;
    if (self->over)
        return (weir_poll){0, WEIR_END};
    if (self->set.n >= self->config->options.streams_max)
        return (weir_poll){0, WEIR_PENDING};
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &x, 1);
    self->over = got.state == WEIR_END || (got.state == WEIR_ERROR && cx->error.fatal);
    if (!got.n)
        return got;
    http_serve_handle(self, cx, x);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll http_serve_finish(struct http_serve_serve *self, void *out)
{
    if (self->rests)
        return (weir_poll){weir_http_exchanges_rested(weir_source(&self->stream), out), WEIR_END};
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_poll http_serve_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct http_serve_serve *self = http_serve_of(stream);
    (void)demand;
    weir_children_begin(&self->set);
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll handled = handle_all(self, cx);
        weir_poll taken = http_serve_take_one(self, cx);
        if (taken.state == WEIR_ERROR)
            weir_http_tell(self->config, &cx->error);
        if (taken.state == WEIR_READY || taken.state == WEIR_ERROR)
            continue;
        if (taken.state == WEIR_END && !self->set.n)
            break;
        return handled.state == WEIR_END ? taken : handled;
    }
    return http_serve_finish(self, out);
}

static void http_serve_fini(weir_stream *stream)
{
    weir_children_fini(&http_serve_of(stream)->set);
}

static weir_stage *http_serve_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&http_serve_of(stream)->set, i);
}

static size_t http_serve_memory_max(const weir_stream *stream)
{
    return weir_children_memory_max(http_serve_of(stream)->config->options.streams_max);
}

static weir_hint serve_size_hint(const weir_stream *stream)
{
    return (weir_hint){!http_serve_of(stream)->rests, 1};
}

static void http_serve_holding(const weir_stream *stream, weir_holding *out)
{
    out->in_flight = http_serve_of(stream)->set.n;
    out->limit = http_serve_of(stream)->config->options.streams_max;
}

static const weir_stream_ops http_serve_ops = {.size = sizeof http_serve_ops,
                                               .name = "http serve",
                                               .holding = http_serve_holding,
                                               .fn = offsetof(struct http_serve_serve, handler),
                                               .poll_next = http_serve_poll_next,
                                               .fini = http_serve_fini,
                                               .size_hint = serve_size_hint,
                                               .input = http_serve_input,
                                               .memory_max = http_serve_memory_max};

/* Measured, since idle connections hold many. */
static weir_arena *serve_arena(const weir_then_fn *handler)
{
    return weir_arena_new(weir_http_exchanges_bytes() + sizeof(struct http_serve_serve) +
                          2 * WEIR_ALIGN + handler->to->size + handler->to->align);
}

static weir_stream *http_serve_serve(weir_duplex connection, const weir_then_fn *handler, void *arg,
                                     const weir_http_options *options, const weir_type *type)
{
    weir_stream *exchanges = weir_http_exchanges_in(serve_arena(handler), connection, options);
    exchanges = weir_expect_type(exchanges, "http serve", handler->name, handler->from);
    weir_stream *stream =
        weir_stream_new(exchanges, sizeof(struct http_serve_serve), &http_serve_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct http_serve_serve *self = http_serve_of(stream);
    self->rests = type == &weir_type_duplex;
    if (self->rests)
        weir_http_exchanges_rest(exchanges);
    self->handler = handler;
    self->arg = arg;
    self->config = weir_http_exchanges_config(exchanges);
    self->set.stream = stream;
    stream->stage.one = true;
    self->item = weir_arena_take(stream->stage.arena, handler->to->size, handler->to->align);
    if (self->item)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory to serve", NULL, NULL,
                              0);
}

weir_stream *weir_http_serve(weir_duplex connection, const weir_then_fn *handler, void *arg,
                             const weir_http_options *options)
{
    return http_serve_serve(connection, handler, arg, options, &weir_type_unit);
}

weir_stream *weir_http_serve_next(weir_duplex connection, const weir_then_fn *handler, void *arg,
                                  const weir_http_options *options)
{
    return http_serve_serve(connection, handler, arg, options, &weir_type_duplex);
}
