/* serve: a future of each connection, as many at once as is said. What goes wrong with one of them
 * ends that one. */

#include "core/stage.h"
#include "net/park.h"
#include "stream/children.h"
#include "stream/inner.h"
#include "weir/net.h"
#include "weir/paced.h"

enum { NET_SERVE_FIRST_OPTIONS_BYTES = offsetof(weir_serve_options, arg) + sizeof(void *) };
enum { MAX = 1000 };
#define NET_SERVE_DRAIN_NS 10000000000ull

struct net_serve_serve {
    weir_stream stream;
    const weir_then_fn *handler;
    void *arg;
    weir_serve_options options;
    struct weir_children set;
    struct weir_park park; /* where the handler gives connections back */
    void *item;            /* room for what a connection comes to */
    weir_served served;
    weir_timer drain, idle;
    uint64_t handled; /* how often the handler was called */
    bool parks;
    bool over; /* nothing more comes in */
};

const weir_type weir_type_served = {.name = "weir_served",
                                    .size = sizeof(weir_served),
                                    .align = _Alignof(weir_served),
                                    .detached = true};

static struct net_serve_serve *net_serve_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct net_serve_serve, stream);
}

static void report(struct net_serve_serve *self, const weir_cx *cx)
{
    self->served.errors++;
    if (self->options.on_error)
        self->options.on_error(&cx->error, self->options.arg);
}

/* ---- connections ---- */

static size_t connections(const struct net_serve_serve *self)
{
    return self->set.n + self->park.n;
}

static weir_duplex net_serve_timed(const weir_serve_options *options, weir_duplex near)
{
    if (options->read_timeout_ns)
        near.reader = weir_read_timeout(near.reader, options->read_timeout_ns);
    if (options->write_timeout_ns)
        near.writer = weir_write_timeout(near.writer, options->write_timeout_ns);
    return near;
}

/* What a connection still gives; SIZE_MAX: more may come. */
static size_t net_serve_left_bytes(weir_duplex near)
{
    return near.reader->stage.done ? near.reader->end - near.reader->begin : SIZE_MAX;
}

/* What was left stands beside the future: whether the handler took of it is asked when it comes
 * back. */
static void net_serve_handle(struct net_serve_serve *self, weir_duplex near)
{
    uintptr_t left_bytes = net_serve_left_bytes(near);
    self->handled++;
    weir_stream *future = weir_inner_ended(self->handler->one(&near, self->arg), self->handler->to);
    weir_children_add(&self->set, future, (void *)left_bytes);
}

static void net_serve_begin(struct net_serve_serve *self, weir_cx *cx, weir_duplex near)
{
    if (weir_children_reserve(&self->set)) {
        net_serve_handle(self, near);
        return;
    }
    weir_duplex_abort(near);
    weir_fail(cx, WEIR_E_MEMORY, "no memory to serve a connection");
    report(self, cx);
}

/* Given back where nothing can wait for the peer. Behind the peer's end there is no next request,
 * but for those that the handler goes on taking out of what came. */
static void net_serve_go_on(struct net_serve_serve *self, weir_cx *cx, weir_duplex near,
                            size_t had_bytes)
{
    size_t left_bytes = net_serve_left_bytes(near);
    if (left_bytes == SIZE_MAX || (left_bytes && left_bytes < had_bytes))
        net_serve_begin(self, cx, near);
    else
        weir_duplex_drop(near);
}

/* A future's one item, or one error, is all it gives. */
static void net_serve_settle(struct net_serve_serve *self, weir_cx *cx,
                             struct weir_stream_child *child, weir_poll got)
{
    const weir_type *type = child->stream->type; /* unit, where it is not what was promised */
    bool back = got.n && self->parks && weir_type_fits(type, &weir_type_duplex);
    weir_duplex near;
    if (back)
        near = *(weir_duplex *)self->item;
    else if (got.n)
        weir_type_drop_items(type, self->item, got.n);
    if (got.state == WEIR_ERROR)
        report(self, cx);
    size_t had_bytes = (uintptr_t)child->owner;
    weir_children_leave(&self->set, child);
    if (back && !weir_park_take(&self->park, near, cx->now_ns))
        net_serve_go_on(self, cx, near, had_bytes);
}

static weir_poll serve_some(struct net_serve_serve *self, weir_cx *cx)
{
    bool outer = cx->draining;
    weir_poll got;
    struct weir_stream_child *child;
    cx->draining = true;
    weir_children_begin(&self->set);
    do {
        got = weir_children_poll(&self->set, cx, self->item, 1, &child);
        if (child)
            net_serve_settle(self, cx, child, got);
    } while (child);
    cx->draining = outer;
    return got;
}

/* ---- who waits for the next request ---- */

/* One timer for all of them: it is set for the one that waits longest. Both go by what time it is
 * now: by the turn's, one that became due in the turn would be due again and again. */
static void look_after_parked(struct net_serve_serve *self, weir_cx *cx)
{
    uint64_t idle_ns = self->options.idle_ns;
    if (weir_io_stopping(cx))
        weir_park_end(&self->park);
    if (!idle_ns || !cx->timers || !self->park.waiting.first)
        return;
    while (weir_timer_poll(cx, &self->idle).state == WEIR_READY) {
        uint64_t due_ns = weir_park_close(&self->park, weir_clock_now_ns(cx), idle_ns);
        bool none = due_ns == UINT64_MAX;
        weir_timer_set(&self->idle, none ? 0 : due_ns); /* at once, when there is one */
        if (none)
            return;
    }
}

/* True: some are left. */
static bool wake_some(struct net_serve_serve *self, weir_cx *cx)
{
    weir_duplex near;
    while (self->park.woken.first && weir_spend(cx) && weir_park_give(&self->park, &near))
        net_serve_begin(self, cx, net_serve_timed(&self->options, near));
    return self->park.woken.first;
}

/* ---- what comes in ---- */

static weir_poll net_serve_take_one(struct net_serve_serve *self, weir_cx *cx)
{
    weir_duplex near;
    if (!weir_children_reserve(&self->set))
        return self->set.n ? (weir_poll){0, WEIR_PENDING}
                           : weir_fail(cx, WEIR_E_MEMORY, "no memory to serve a connection");
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &near, 1);
    if (!got.n)
        return got;
    self->served.connections++;
    if (!self->parks || !weir_park_take(&self->park, near, cx->now_ns))
        net_serve_handle(self, net_serve_timed(&self->options, near));
    return got;
}

/* READY: it has as many as it may. */
static weir_poll net_serve_take_all(struct net_serve_serve *self, weir_cx *cx)
{
    for (bool begun = false; !self->over && connections(self) < self->options.max; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = net_serve_take_one(self, cx);
        self->over = got.state == WEIR_END;
        if (got.state == WEIR_ERROR && cx->error.fatal)
            return got;
        if (got.state == WEIR_ERROR)
            report(self, cx);
        if (got.state == WEIR_PENDING)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

/* ---- the end ---- */

static void net_serve_give_up(struct net_serve_serve *self)
{
    self->served.given_up += connections(self);
    weir_park_fini(&self->park);
    weir_children_fini(&self->set);
    self->set = (struct weir_children){.stream = &self->stream};
    self->over = true;
}

/* The clock runs from the first poll after the end on. READY: it is over. */
static weir_poll net_serve_drain(struct net_serve_serve *self, weir_cx *cx)
{
    if (!weir_io_stopping(cx) || !cx->timers)
        return (weir_poll){0, WEIR_PENDING};
    if (!self->drain.due_ns)
        weir_timer_set(&self->drain, weir_after_ns(cx->now_ns, self->options.drain_ns));
    return weir_timer_poll(cx, &self->drain);
}

static weir_poll net_serve_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct net_serve_serve *self = net_serve_of(stream);
    (void)demand;
    for (;;) {
        uint64_t before = self->handled + self->served.connections;
        weir_poll children = serve_some(self, cx);
        bool left = wake_some(self, cx);
        look_after_parked(self, cx); /* who is closed makes room for who waits */
        weir_poll source = net_serve_take_all(self, cx);
        if (source.state == WEIR_ERROR)
            return source;
        bool begun = self->handled + self->served.connections != before;
        if (begun && cx->budget)
            continue;
        if (begun || left)
            return weir_wait_turn(cx);
        if (connections(self) && net_serve_drain(self, cx).state == WEIR_READY)
            net_serve_give_up(self);
        if (self->over && !connections(self))
            break;
        if (self->park.n)
            return weir_wait(cx, &self->park.waiter, WEIR_WAIT_IO);
        return children.state == WEIR_PENDING || source.state == WEIR_PENDING
                   ? (weir_poll){0, WEIR_PENDING}
                   : weir_wait_turn(cx);
    }
    *(weir_served *)out = self->served;
    return (weir_poll){1, WEIR_END};
}

static void net_serve_fini(weir_stream *stream)
{
    struct net_serve_serve *self = net_serve_of(stream);
    weir_timer_stop(&self->drain);
    weir_timer_stop(&self->idle);
    weir_park_fini(&self->park);
    weir_children_fini(&self->set);
}

static weir_stage *net_serve_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&net_serve_of(stream)->set, i);
}

static size_t net_serve_memory_max(const weir_stream *stream)
{
    return weir_children_memory_max(net_serve_of(stream)->options.max);
}

static void net_serve_holding(const weir_stream *stream, weir_holding *out)
{
    out->in_flight = connections(net_serve_of(stream));
    out->limit = net_serve_of(stream)->options.max;
}

static const weir_stream_ops net_serve_ops = {.size = sizeof net_serve_ops,
                                              .name = "serve",
                                              .holding = net_serve_holding,
                                              .fn = offsetof(struct net_serve_serve, handler),
                                              .poll_next = net_serve_poll_next,
                                              .fini = net_serve_fini,
                                              .size_hint = weir_size_hint_one,
                                              .input = net_serve_input,
                                              .memory_max = net_serve_memory_max};

weir_stream *weir_serve(weir_stream *incoming, const weir_then_fn *handler, void *arg,
                        const weir_serve_options *options)
{
    incoming = weir_expect_type(incoming, "serve", handler->name, handler->from);
    weir_stream *stream = weir_stream_new(incoming, sizeof(struct net_serve_serve), &net_serve_ops,
                                          &weir_type_served);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct net_serve_serve *self = net_serve_of(stream);
    self->handler = handler;
    self->arg = arg;
    weir_options_take(&self->options, sizeof self->options, options, NET_SERVE_FIRST_OPTIONS_BYTES);
    self->options.max = self->options.max ? self->options.max : MAX;
    self->options.drain_ns = self->options.drain_ns ? self->options.drain_ns : NET_SERVE_DRAIN_NS;
    self->set.stream = stream;
    self->parks = handler->to == &weir_type_duplex;
    stream->stage.one = true;
    self->item = weir_arena_take(stream->stage.arena, handler->to->size, handler->to->align);
    if (self->item)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory to serve", NULL, NULL,
                              0);
}
