/* race, race_ok: the first of several futures that is done, or that has a result. */

#include "stream/children.h"
#include "stream/inputs.h"
#include "weir/set.h"

struct race {
    weir_stream stream;
    struct weir_children set; /* of those that run; a child's owner is its number, from 1 */
    size_t n;
    size_t offset;         /* of the result behind its index */
    weir_held_error error; /* of race_ok: the last one */
    bool only_results;
};

static struct race *race_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct race, stream);
}

static void drop_others(struct race *self)
{
    while (self->set.first)
        weir_children_leave(&self->set, self->set.first);
}

/* One failed: that decides the race, or it is out. False: it goes on. */
static bool race_lost(struct race *self, weir_cx *cx, uint64_t number)
{
    if (cx->error.record == WEIR_NOWHERE)
        cx->error.record = number;
    if (!self->only_results) {
        drop_others(self);
        return true;
    }
    weir_held_error_keep(&self->error, cx);
    return false;
}

static weir_poll race_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct race *self = race_of(stream);
    (void)demand;
    weir_children_begin(&self->set);
    while (self->set.n) {
        struct weir_stream_child *child;
        void *room = (char *)out + self->offset;
        weir_poll got = weir_children_poll(&self->set, cx, room, 1, &child);
        if (!child)
            return got;
        uint64_t number = (uintptr_t)child->owner;
        weir_children_leave(&self->set, child);
        if (got.n) {
            *(uint64_t *)out = number - 1;
            self->error.held = false;
            drop_others(self);
            return (weir_poll){1, WEIR_END};
        }
        if (got.state == WEIR_ERROR && race_lost(self, cx, number))
            return got;
    }
    return self->error.held ? weir_held_error_give(&self->error, cx) : (weir_poll){0, WEIR_END};
}

static void race_fini(weir_stream *stream)
{
    weir_children_fini(&race_of(stream)->set);
}

static weir_stage *race_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&race_of(stream)->set, i);
}

static size_t race_memory_max(const weir_stream *stream)
{
    return weir_children_memory_max(race_of(stream)->n);
}

static const weir_stream_ops race_ops = {.size = sizeof race_ops,
                                         .name = "race",
                                         .keeps_inputs = true,
                                         .poll_next = race_poll_next,
                                         .fini = race_fini,
                                         .input = race_input,
                                         .memory_max = race_memory_max};

static const weir_stream_ops race_ok_ops = {.size = sizeof race_ok_ops,
                                            .name = "race_ok",
                                            .keeps_inputs = true,
                                            .poll_next = race_poll_next,
                                            .fini = race_fini,
                                            .input = race_input,
                                            .memory_max = race_memory_max};

/* Takes them all, or as many as there is memory for: returns how many. */
static size_t race_take(struct race *self, weir_stream *const *futures, size_t n)
{
    size_t taken = 0;
    self->n = n;
    self->set.stream = &self->stream;
    self->set.inputs = true;
    self->offset = weir_type_second_offset(self->stream.type);
    self->stream.stage.one = true;
    if (!weir_held_error_init(&self->error, self->stream.stage.arena))
        return 0;
    for (; taken < n && weir_children_reserve(&self->set); taken++)
        weir_children_add(&self->set, futures[taken], (void *)(uintptr_t)(taken + 1));
    return taken;
}

static weir_stream *race_new(const weir_stream_ops *ops, weir_stream *const *futures, size_t n)
{
    weir_stream *failed = n == 0 || n > WEIR_JOIN_MAX
                              ? weir_inputs_refuse_number(futures, n, ops->name, "1 to 4096")
                              : weir_inputs_refuse_futures(futures, n, ops->name, futures[0]->type);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_source_new(sizeof(struct race), ops, weir_type_indexed(futures[0]->type));
    bool made = !weir_stage_failed(&stream->stage);
    size_t taken = made ? race_take(race_of(stream), futures, n) : 0;
    if (taken < n) {
        weir_inputs_drop_but(futures + taken, n - taken, n);
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a race of %zu futures", NULL, NULL, n);
    }
    race_of(stream)->only_results = ops == &race_ok_ops;
    for (size_t i = 0; i < n; i++)
        stream = weir_stream_with(stream, &futures[i]->stage);
    return stream;
}

weir_stream *weir_race(weir_stream *const *futures, size_t n)
{
    return race_new(&race_ops, futures, n);
}

weir_stream *weir_race_ok(weir_stream *const *futures, size_t n)
{
    return race_new(&race_ok_ops, futures, n);
}
