/* route: each item to the output that a function names. */

#include "stream/routing.h"
#include "weir/outputs.h"
#include "weir/stream.h"

struct route {
    struct weir_routing routing;
    const weir_key_fn *fn;
    void *arg;
    struct weir_routed **outputs; /* NULL: it was dropped */
    size_t n;
};

struct routed {
    struct weir_routed routed;
    size_t index;
};

static struct routed *routed_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct routed, routed.output.stream);
}

static struct route *route_of(const struct weir_hub *hub)
{
    return WEIR_CONTAINER(hub, struct route, routing.hub);
}

static uint64_t name_output(const struct route *self)
{
    uint64_t number = 0;
    bool yes = false;
    if (self->fn->key->size == sizeof yes)
        self->fn->one(&yes, self->routing.item, self->arg);
    else
        self->fn->one(&number, self->routing.item, self->arg);
    return number + yes;
}

static weir_poll route_find(struct weir_routing *routing, weir_cx *cx, struct weir_routed **to)
{
    struct route *self = route_of(&routing->hub);
    uint64_t number = name_output(self);
    if (number < self->n) {
        *to = self->outputs[number];
        return (weir_poll){0, WEIR_READY};
    }
    weir_fail(cx, WEIR_E_ARGUMENT, "route '%s' names output %llu, and there are %zu",
              self->fn->name, (unsigned long long)number, self->n);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static void route_fini(weir_stream *stream)
{
    struct routed *routed = routed_of(stream);
    if (routed->routed.output.hub)
        route_of(routed->routed.output.hub)->outputs[routed->index] = NULL;
    weir_routed_fini(stream);
}

static const weir_stream_ops route_ops = WEIR_ROUTED_OPS("route", route_fini);

/* ---- making ---- */

static weir_stream *route_expect_number(weir_stream *source, const weir_key_fn *fn)
{
    bool fits = weir_type_fits(fn->key, &weir_type_u64) || weir_type_fits(fn->key, &weir_type_bool);
    if (weir_stage_failed(&source->stage) || fits)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "a function that makes a uint64_t",
                              "route '%s' makes a '%s', not the number of an output", fn->name,
                              fn->key->name, 0);
}

static struct route *route_new(weir_stream **source, const weir_key_fn *fn, void *arg, size_t n,
                               size_t capacity)
{
    *source = weir_expect_type(*source, "route", fn->name, fn->of);
    *source = weir_expect_size(*source, "route", fn->name, fn->of, fn->of_size);
    *source = route_expect_number(*source, fn);
    struct route *self = weir_routing_new(source, sizeof *self, capacity, "route");
    if (!self)
        return NULL;
    self->routing.find = route_find;
    self->fn = fn;
    self->arg = arg;
    self->n = n;
    size_t bytes;
    if (!__builtin_mul_overflow(n, sizeof *self->outputs, &bytes))
        self->outputs = weir_arena_take(self->routing.hub.arena, bytes, _Alignof(void *));
    if (self->outputs || !n)
        return self;
    *source = weir_hub_refuse(&self->routing.hub, "no memory for %s to %zu outputs", "route", n);
    return NULL;
}

static weir_stream *output_new(struct route *self, size_t index)
{
    weir_stream *stream = weir_routed_new(&self->routing, sizeof(struct routed), &route_ops);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct routed *routed = routed_of(stream);
    routed->index = index;
    self->outputs[index] = &routed->routed;
    return stream;
}

void weir_route(weir_stream *source, const weir_key_fn *fn, void *arg, weir_stream **outputs,
                size_t n, size_t capacity)
{
    struct route *self = route_new(&source, fn, arg, n, capacity);
    if (!self) {
        weir_outputs_refuse(outputs, n, source);
        return;
    }
    for (size_t i = 0; i < n; i++)
        outputs[i] = output_new(self, i);
    weir_hub_leave(&self->routing.hub);
    weir_outputs_are_whole(outputs, n);
}
