/* routing: each item to the one output that is found for it. */

#include "stream/routing.h"

#include "weir/outputs.h"

static struct weir_routing *routing_of(const struct weir_routed *routed)
{
    return WEIR_CONTAINER(routed->output.hub, struct weir_routing, hub);
}

/* The item goes to the end of its line, or is stuck. */
static weir_poll routing_file(struct weir_routing *self, weir_cx *cx)
{
    struct weir_routed *to = NULL;
    weir_poll got = self->find(self, cx, &to);
    if (!to)
        weir_type_drop_items(self->type, self->item, 1);
    else if (weir_lane_is_full(&to->lane))
        self->stuck = to;
    else
        weir_lane_put(&to->lane, self->item);
    return got;
}

/* What stands in its line; then there is room for the item that was stuck. */
static weir_poll routing_give(struct weir_routed *routed, void *out, size_t demand)
{
    struct weir_routing *self = routing_of(routed);
    uint32_t n = weir_lane_give(&routed->lane, out, demand);
    if (self->stuck == routed) {
        self->stuck = NULL;
        weir_lane_put(&routed->lane, self->item);
        weir_hub_wake(&self->hub);
    }
    return (weir_poll){n, WEIR_READY};
}

weir_poll weir_routed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_routed *routed = weir_routed_of(weir_output_of(stream));
    struct weir_routing *self = routing_of(routed);
    do {
        if (routed->lane.n)
            return routing_give(routed, out, demand);
        if (self->hub.over)
            return weir_output_end(&routed->output, cx);
        if (self->stuck)
            return weir_output_wait(&routed->output, cx, WEIR_WAIT_ROOM);
        if (self->closed)
            return weir_output_wait(&routed->output, cx, WEIR_WAIT_PEER);
        weir_poll got = weir_output_pull(&routed->output, cx, self->item, 1);
        if (got.n)
            got = routing_file(self, cx);
        if (got.state != WEIR_READY)
            return got;
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

void weir_routed_fini(weir_stream *stream)
{
    struct weir_routed *routed = weir_routed_of(weir_output_of(stream));
    if (!routed->output.hub)
        return;
    struct weir_routing *self = routing_of(routed);
    weir_lane_drop(&routed->lane);
    if (self->stuck == routed) {
        self->stuck = NULL;
        weir_type_drop_items(stream->type, self->item, 1);
    }
    weir_output_leave(&routed->output);
}

weir_hint weir_routed_size_hint(const weir_stream *stream)
{
    const struct weir_routed *routed = weir_routed_of(weir_output_of(stream));
    if (!routed->output.hub)
        return (weir_hint){0, 0};
    const struct weir_routing *self = routing_of(routed);
    size_t held = routed->lane.n + (self->stuck == routed);
    size_t upper = weir_hub_hint(&self->hub).upper;
    return (weir_hint){held, upper > SIZE_MAX - held ? WEIR_HINT_UNKNOWN : upper + held};
}

/* ---- making ---- */

void *weir_routing_new(weir_stream **source, size_t size, size_t capacity, const char *name)
{
    *source = weir_expect_owned(*source, name);
    *source = weir_expect_limit(*source, name, "capacity", capacity);
    *source = weir_expect_unmarked(*source, name, "parts items among outputs that end apart");
    struct weir_routing *self = weir_hub_new(source, size, name);
    if (!self)
        return NULL;
    self->type = (*source)->type;
    self->capacity = capacity;
    self->item = weir_arena_take(self->hub.arena, self->type->size, self->type->align);
    if (self->item)
        return self;
    *source = weir_hub_refuse(&self->hub, "no memory for an item of %s", name, 0);
    return NULL;
}

weir_stream *weir_routed_new(struct weir_routing *self, size_t size, const weir_stream_ops *ops)
{
    weir_stream *stream = weir_output_new(&self->hub, size, ops, self->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_routed *routed = weir_routed_of(weir_output_of(stream));
    if (weir_lane_init(&routed->lane, stream->stage.arena, self->type, self->capacity))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                              "no memory for %zu items of an output of %s", ops->name, NULL,
                              self->capacity);
}
