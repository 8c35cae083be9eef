/* route: each item to the output that a function names. */

#include "stream/hub.h"
#include "stream/lane.h"
#include "weir/outputs.h"
#include "weir/stream.h"

struct routed {
    struct weir_output output;
    size_t index;
    struct weir_lane lane; /* what others pulled for it */
};

struct route {
    struct weir_hub hub;
    const weir_key_fn *fn;
    void *arg;
    const weir_type *type;   /* of the items */
    struct routed **outputs; /* NULL: it was dropped */
    size_t n;
    struct routed *stuck; /* whom the item is for that found no room; NULL: there is none */
    void *item;
};

static struct routed *routed_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct routed, output.stream);
}

static struct route *route_of(const struct routed *routed)
{
    return WEIR_CONTAINER(routed->output.hub, struct route, hub);
}

static uint64_t name_output(const struct route *self)
{
    uint64_t number = 0;
    bool yes = false;
    if (self->fn->key->size == sizeof yes)
        self->fn->one(&yes, self->item, self->arg);
    else
        self->fn->one(&number, self->item, self->arg);
    return number + yes;
}

static weir_poll refuse_number(const struct route *self, weir_cx *cx, uint64_t number)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "route '%s' names output %llu, and there are %zu",
              self->fn->name, (unsigned long long)number, self->n);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* The item goes to the end of its line, or is stuck. */
static weir_poll file(struct route *self, weir_cx *cx)
{
    uint64_t number = name_output(self);
    struct routed *to = number < self->n ? self->outputs[number] : NULL;
    if (!to)
        weir_type_drop_items(self->type, self->item, 1);
    else if (weir_lane_is_full(&to->lane))
        self->stuck = to;
    else
        weir_lane_put(&to->lane, self->item);
    return number < self->n ? (weir_poll){0, WEIR_READY} : refuse_number(self, cx, number);
}

/* What stands in its line; then there is room for the item that was stuck. */
static weir_poll give(struct routed *routed, void *out, size_t demand)
{
    struct route *self = route_of(routed);
    uint32_t n = weir_lane_give(&routed->lane, out, demand);
    if (self->stuck == routed) {
        self->stuck = NULL;
        weir_lane_put(&routed->lane, self->item);
        weir_hub_wake(&self->hub);
    }
    return (weir_poll){n, WEIR_READY};
}

static weir_poll route_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct routed *routed = routed_of(stream);
    struct route *self = route_of(routed);
    do {
        if (routed->lane.n)
            return give(routed, out, demand);
        if (self->hub.over)
            return weir_output_end(&routed->output, cx);
        if (self->stuck)
            return weir_output_wait(&routed->output, cx, WEIR_WAIT_ROOM);
        weir_poll got = weir_output_pull(&routed->output, cx, self->item, 1);
        if (got.n)
            got = file(self, cx);
        if (got.state != WEIR_READY)
            return got;
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

static void route_fini(weir_stream *stream)
{
    struct routed *routed = routed_of(stream);
    if (!routed->output.hub)
        return;
    struct route *self = route_of(routed);
    self->outputs[routed->index] = NULL;
    weir_lane_drop(&routed->lane);
    if (self->stuck == routed) {
        self->stuck = NULL;
        weir_type_drop_items(stream->type, self->item, 1);
    }
    weir_output_leave(&routed->output);
}

static weir_hint route_size_hint(const weir_stream *stream)
{
    const struct routed *routed = routed_of(stream);
    if (!routed->output.hub)
        return (weir_hint){0, 0};
    const struct route *self = route_of(routed);
    size_t held = routed->lane.n + (self->stuck == routed);
    size_t upper = weir_hub_hint(&self->hub).upper;
    return (weir_hint){held, upper > SIZE_MAX - held ? WEIR_HINT_UNKNOWN : upper + held};
}

static const weir_stream_ops route_ops = {.size = sizeof route_ops,
                                          .name = "route",
                                          .poll_next = route_poll_next,
                                          .fini = route_fini,
                                          .size_hint = route_size_hint,
                                          .input = weir_output_input,
                                          .memory_max = weir_output_memory_max};

/* ---- making ---- */

static weir_stream *expect_number(weir_stream *source, const weir_key_fn *fn)
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
    *source = weir_expect_owned(*source, "route");
    *source = weir_expect_limit(*source, "route", "capacity", capacity);
    *source = expect_number(*source, fn);
    struct route *self = weir_hub_new(source, sizeof *self, "route");
    if (!self)
        return NULL;
    const weir_type *type = (*source)->type;
    size_t bytes;
    self->fn = fn;
    self->arg = arg;
    self->type = type;
    self->n = n;
    self->item = weir_arena_take(self->hub.arena, type->size, type->align);
    if (!__builtin_mul_overflow(n, sizeof(struct routed *), &bytes))
        self->outputs = weir_arena_take(self->hub.arena, bytes, _Alignof(struct routed *));
    if (self->item && (self->outputs || !n))
        return self;
    *source = weir_hub_refuse(&self->hub, "no memory for %s to %zu outputs", "route", n);
    return NULL;
}

static weir_stream *routed_new(struct route *self, size_t index, size_t capacity)
{
    const weir_type *type = self->type;
    weir_stream *stream = weir_output_new(&self->hub, sizeof(struct routed), &route_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct routed *routed = routed_of(stream);
    routed->index = index;
    self->outputs[index] = routed;
    if (weir_lane_init(&routed->lane, stream->stage.arena, type, capacity))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                              "no memory for %zu items of an output of %s", "route", NULL,
                              capacity);
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
        outputs[i] = routed_new(self, i, capacity);
    weir_hub_leave(&self->hub);
    weir_outputs_are_whole(outputs, n);
}
