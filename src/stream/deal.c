/* deal: each item of one source to one of the readers that are there. */

#include "stream/routing.h"
#include "weir/outputs.h"
#include "weir/stream.h"

struct deal {
    struct weir_routing routing;
    const weir_choose_fn *fn;
    void *arg;
    size_t begin;
};

struct weir_dealing {
    struct deal *deal; /* NULL: it could not be made */
    weir_stream *failed;
};

static struct weir_routed *reader_at(const struct weir_hub *hub, size_t index)
{
    struct weir_output *output = hub->first;
    while (index--)
        output = output->next;
    return weir_routed_of(output);
}

static weir_poll deal_find(struct weir_routing *routing, weir_cx *cx, struct weir_routed **to)
{
    struct deal *self = WEIR_CONTAINER(routing, struct deal, routing);
    size_t n = routing->hub.outputs_n;
    size_t index = self->fn->one(routing->item, n, self->arg);
    if (index < n) {
        *to = reader_at(&routing->hub, index);
        return (weir_poll){0, WEIR_READY};
    }
    weir_fail(cx, WEIR_E_ARGUMENT, "deal '%s' names reader %zu, and there are %zu", self->fn->name,
              index, n);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static const weir_stream_ops deal_ops = WEIR_ROUTED_OPS("deal", weir_routed_fini);

static void deal_begin(struct deal *self)
{
    self->routing.closed = false;
    weir_hub_wake(&self->routing.hub);
}

static struct deal *deal_new(weir_stream **source, const weir_choose_fn *fn, void *arg,
                             size_t readers, size_t capacity)
{
    *source = weir_expect_type(*source, "deal", fn->name, fn->of);
    *source = weir_expect_size(*source, "deal", fn->name, fn->of, fn->of_size);
    *source = weir_expect_limit(*source, "deal", "readers", readers);
    struct deal *self = weir_routing_new(source, sizeof *self, capacity, "deal");
    if (!self)
        return NULL;
    self->routing.find = deal_find;
    self->routing.closed = true;
    self->fn = fn;
    self->arg = arg;
    self->begin = readers;
    return self;
}

weir_dealing *weir_deal(weir_stream *source, const weir_choose_fn *fn, void *arg, size_t readers,
                        size_t capacity)
{
    weir_dealing *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_drop(source);
        return NULL;
    }
    self->deal = deal_new(&source, fn, arg, readers, capacity);
    self->failed = source;
    return self;
}

weir_stream *weir_deal_reader(weir_dealing *self)
{
    if (!self)
        return weir_no_memory_stream();
    if (!self->deal)
        return weir_refused_like(self->failed);
    struct weir_routing *routing = &self->deal->routing;
    weir_stream *reader = weir_routed_new(routing, sizeof(struct weir_routed), &deal_ops);
    if (routing->closed && routing->hub.outputs_n >= self->deal->begin)
        deal_begin(self->deal);
    return reader;
}

/* Nobody comes any more for whom the others could wait. */
void weir_deal_drop(weir_dealing *self)
{
    if (!self)
        return;
    if (self->deal) {
        deal_begin(self->deal);
        weir_hub_leave(&self->deal->routing.hub);
    } else {
        weir_drop(self->failed);
    }
    weir_release(self, sizeof *self);
}
