/* What the sinks of all brokers have in common. */

#include "broker/sink.h"

#include <string.h>

/* ---- taken ---- */

static bool is_message(const weir_type *type)
{
    return weir_type_fits(type, &weir_type_message) ||
           weir_type_fits(type, &weir_type_owned_message);
}

const weir_message *weir_broker_message(const struct weir_broker_sink *self, const void *item)
{
    return self->messages ? item : NULL;
}

weir_poll weir_broker_take(struct weir_broker_sink *self, weir_cx *cx)
{
    size_t demand = weir_demand_next(cx, &self->demand);
    demand = demand < WEIR_BROKER_ITEMS ? demand : WEIR_BROKER_ITEMS;
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, self->items, demand);
    self->n = got.n;
    self->at = 0;
    if (got.state == WEIR_MARK)
        self->held[self->held_n++] = (struct weir_broker_held){weir_mark_take(cx), self->count};
    else if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->error, cx);
    else if (got.state == WEIR_END)
        self->closing = true;
    else
        return got;
    return (weir_poll){got.n, WEIR_READY};
}

static void *item_at(const struct weir_broker_sink *self, uint32_t at)
{
    return (char *)self->items + at * weir_source(&self->stream)->type->size;
}

void *weir_broker_nth(const struct weir_broker_sink *self, uint32_t n)
{
    return n < self->n - self->at ? item_at(self, self->at + n) : NULL;
}

void weir_broker_out(struct weir_broker_sink *self)
{
    weir_type_drop_items(weir_source(&self->stream)->type, item_at(self, self->at), 1);
    self->at++;
    self->count++;
}

/* ---- stored ---- */

void weir_broker_settle(struct weir_broker_sink *self, uint64_t safe)
{
    uint32_t n = 0;
    while (n < self->held_n && self->held[n].upto <= safe)
        weir_mark_settle(self->held[n++].mark, true);
    self->held_n -= n;
    memmove(self->held, self->held + n, self->held_n * sizeof *self->held);
}

weir_poll weir_broker_end(struct weir_broker_sink *self, weir_cx *cx)
{
    return self->error.held ? weir_held_error_give(&self->error, cx) : (weir_poll){0, WEIR_END};
}

/* ---- polling ---- */

weir_poll weir_broker_sink_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_broker_sink *self = WEIR_CONTAINER(stream, struct weir_broker_sink, stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = self->step(self, cx);
        if (got.state == WEIR_END)
            break;
        if (got.state != WEIR_READY)
            return got;
    }
    *(uint64_t *)out = self->count;
    return (weir_poll){1, WEIR_END};
}

/* ---- making and dropping ---- */

size_t weir_broker_sink_memory_max(const struct weir_broker_sink *self)
{
    return WEIR_BROKER_ITEMS * weir_source(&self->stream)->type->size;
}

void weir_broker_sink_fini(struct weir_broker_sink *self)
{
    if (self->items) {
        weir_type_drop_items(weir_source(&self->stream)->type, item_at(self, self->at),
                             self->n - self->at);
        weir_release(self->items, weir_broker_sink_memory_max(self));
    }
    for (uint32_t i = 0; i < self->held_n; i++)
        weir_mark_settle(self->held[i].mark, false);
}

static weir_stream *expect_bytes(weir_stream *items, const char *name,
                                 const struct weir_broker_place *place)
{
    if (weir_stage_failed(&items->stage) || is_message(items->type))
        return items;
    if (!weir_type_fits(items->type, &weir_type_owned_line))
        items = weir_expect_type(items, name, "bytes", &weir_type_line);
    if (!place->said && !weir_stage_failed(&items->stage))
        return weir_stream_refuse(&items->stage, WEIR_E_ARGUMENT, place->cure, place->says,
                                  items->type->name, NULL, 0);
    return items;
}

weir_stream *weir_broker_sink_new(weir_stream *items, size_t size, const weir_stream_ops *ops,
                                  const struct weir_broker_place *place)
{
    weir_stream *stream =
        weir_stream_new(expect_bytes(items, ops->name, place), size, ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_broker_sink *self = WEIR_CONTAINER(stream, struct weir_broker_sink, stream);
    stream->stage.one = true;
    self->messages = is_message(weir_source(stream)->type);
    self->items = weir_allocate(weir_broker_sink_memory_max(self));
    if (self->items && weir_held_error_init(&self->error, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'", ops->name,
                              NULL, 0);
}
