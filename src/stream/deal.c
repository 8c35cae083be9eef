/* deal: each item of one source to one of the readers that are there. */

#include <string.h>

#include "stream/routing.h"
#include "weir/outputs.h"
#include "weir/stream.h"

enum { READERS_ROOM = 8 }; /* at first */

struct deal {
    struct weir_routing routing;
    const weir_choose_fn *fn;
    void *arg;
    size_t begin;
    struct weir_routed **readers; /* as they came */
    size_t readers_n, readers_room;
};

struct weir_dealing {
    struct deal *deal; /* NULL: it could not be made */
    weir_stream *failed;
};

static struct deal *deal_of(const struct weir_hub *hub)
{
    return WEIR_CONTAINER(hub, struct deal, routing.hub);
}

/* False: no memory. What it outgrows stays in the arena, which is less than it has. */
static bool deal_put(struct deal *self, struct weir_routed *reader)
{
    if (self->readers_n == self->readers_room) {
        size_t room = self->readers_room ? 2 * self->readers_room : READERS_ROOM;
        struct weir_routed **readers =
            weir_arena_take(self->routing.hub.arena, room * sizeof *readers, _Alignof(void *));
        if (!readers)
            return false;
        if (self->readers_n)
            memcpy(readers, self->readers, self->readers_n * sizeof *readers);
        self->readers = readers;
        self->readers_room = room;
    }
    self->readers[self->readers_n++] = reader;
    return true;
}

/* Those after it move up. */
static void deal_take_out(struct deal *self, const struct weir_routed *reader)
{
    size_t i = 0;
    while (i < self->readers_n && self->readers[i] != reader)
        i++;
    if (i == self->readers_n)
        return;
    struct weir_routed **at = &self->readers[i];
    memmove(at, at + 1, (--self->readers_n - i) * sizeof *at);
}

static weir_poll deal_find(struct weir_routing *routing, weir_cx *cx, struct weir_routed **to)
{
    struct deal *self = WEIR_CONTAINER(routing, struct deal, routing);
    size_t index = self->fn->one(routing->item, self->readers_n, self->arg);
    if (index < self->readers_n) {
        *to = self->readers[index];
        return (weir_poll){0, WEIR_READY};
    }
    weir_fail(cx, WEIR_E_ARGUMENT, "deal '%s' names reader %zu, and there are %zu", self->fn->name,
              index, self->readers_n);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static void deal_fini(weir_stream *stream)
{
    struct weir_output *output = weir_output_of(stream);
    if (output->hub)
        deal_take_out(deal_of(output->hub), weir_routed_of(output));
    weir_routed_fini(stream);
}

static const weir_stream_ops deal_ops = WEIR_ROUTED_OPS("deal", deal_fini);

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
    if (weir_stage_failed(&reader->stage))
        return reader;
    if (!deal_put(self->deal, weir_routed_of(weir_output_of(reader))))
        return weir_stream_refuse(&reader->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a reader of %s", "deal", NULL, 0);
    if (routing->closed && self->deal->readers_n >= self->deal->begin)
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
