/* join, join_all: the results of futures when all are done; the first error ends it. */

#include "stream/children.h"
#include "stream/inputs.h"
#include "stream/member.h"
#include "weir/set.h"

/* Where the result of one future goes. */
struct join_slot {
    const weir_type *type;
    char *at;
    bool full;
};

struct join {
    weir_stream stream;
    struct weir_children set; /* of those that run */
    size_t n;
    struct join_slot *slots;
    void *room;   /* for one result, before it is known whose it is */
    void *result; /* the pair */
    weir_vec vec; /* ... or the vec, of join_all */
    bool over;
};

static struct join *join_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct join, stream);
}

static void drop_results(struct join *self)
{
    for (size_t i = 0; i < self->n; i++) {
        if (self->slots[i].full)
            weir_type_drop_items(self->slots[i].type, self->slots[i].at, 1);
        self->slots[i].full = false;
    }
}

/* One has no result: so the join has none, and nobody waits for the others. */
static weir_poll join_give_up(struct join *self, weir_poll got)
{
    while (self->set.first)
        weir_children_leave(&self->set, self->set.first);
    drop_results(self);
    self->over = true;
    return (weir_poll){0, got.state == WEIR_ERROR ? WEIR_ERROR : WEIR_END};
}

static void join_keep(struct join_slot *slot, const void *item)
{
    weir_item_move(slot->at, item, slot->type->size);
    slot->full = true;
}

static weir_poll join_give(struct join *self, void *out)
{
    if (self->result)
        memcpy(out, self->result, self->stream.type->size);
    else
        memcpy(out, &self->vec, sizeof self->vec);
    self->vec = (weir_vec){0};
    for (size_t i = 0; i < self->n; i++)
        self->slots[i].full = false; /* they are the consumer's */
    self->over = true;
    return (weir_poll){1, WEIR_END};
}

static weir_poll join_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct join *self = join_of(stream);
    (void)demand;
    if (self->over)
        return (weir_poll){0, WEIR_END};
    weir_children_begin(&self->set);
    while (self->set.n) {
        struct weir_stream_child *child;
        weir_poll got = weir_children_poll(&self->set, cx, self->room, 1, &child);
        if (!child)
            return got;
        struct join_slot *slot = child->owner;
        weir_children_leave(&self->set, child);
        if (!got.n)
            return join_give_up(self, got);
        join_keep(slot, self->room);
    }
    return join_give(self, out);
}

static void join_fini(weir_stream *stream)
{
    struct join *self = join_of(stream);
    weir_children_fini(&self->set);
    drop_results(self);
    self->vec.n = 0; /* of its items those that were there are gone */
    weir_vec_drop(&self->vec);
}

static weir_stage *join_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&join_of(stream)->set, i);
}

static size_t join_memory_max(const weir_stream *stream)
{
    const struct join *self = join_of(stream);
    return weir_children_memory_max(self->n) +
           (self->result ? 0 : self->n * self->slots->type->size);
}

static const weir_stream_ops join_ops = {.size = sizeof join_ops,
                                         .name = "join",
                                         .keeps_inputs = true,
                                         .poll_next = join_poll_next,
                                         .fini = join_fini,
                                         .input = join_input,
                                         .memory_max = join_memory_max};

static const weir_stream_ops join_all_ops = {.size = sizeof join_all_ops,
                                             .name = "join_all",
                                             .keeps_inputs = true,
                                             .poll_next = join_poll_next,
                                             .fini = join_fini,
                                             .input = join_input,
                                             .memory_max = join_memory_max};

/* ---- making ---- */

/* Takes them all, or as many as there is memory for: returns how many. */
static size_t join_take(struct join *self, weir_stream *const *futures, size_t n)
{
    size_t taken = 0;
    for (; taken < n && weir_children_reserve(&self->set); taken++)
        weir_children_add(&self->set, futures[taken], &self->slots[taken]);
    return taken;
}

static bool make_slots(struct join *self, size_t n, const weir_type *widest)
{
    weir_arena *arena = self->stream.stage.arena;
    self->set.stream = &self->stream;
    self->set.inputs = true;
    self->room = weir_arena_take(arena, widest->size, widest->align);
    self->slots = weir_arena_take(arena, (n ? n : 1) * sizeof *self->slots, WEIR_ALIGN);
    if (self->slots)
        self->n = n;
    return self->room && self->slots;
}

static bool make_pair(struct join *self, weir_stream *const *futures)
{
    const weir_type *pair = self->stream.type;
    self->result = weir_arena_take(self->stream.stage.arena, pair->size, pair->align);
    if (!self->result || !make_slots(self, 2, pair))
        return false;
    char *at = self->result;
    self->slots[0] = (struct join_slot){futures[0]->type, at, false};
    self->slots[1] =
        (struct join_slot){futures[1]->type, at + weir_type_second_offset(pair), false};
    return true;
}

static bool make_vec(struct join *self, const weir_type *type, size_t n)
{
    size_t bytes;
    if (!make_slots(self, n, type) || __builtin_mul_overflow(n, type->size, &bytes))
        return false;
    self->slots->type = type;
    self->vec = (weir_vec){.of = type};
    if (n && !(self->vec.items = weir_allocate_aligned(bytes, type->align)))
        return false;
    self->vec.n = self->vec.room = n;
    for (size_t i = 0; i < n; i++)
        self->slots[i] = (struct join_slot){type, (char *)self->vec.items + i * type->size, false};
    return true;
}

/* The futures in place, or dropped with it where there is no memory. */
static weir_stream *join_begin(struct join *self, bool made, weir_stream *const *futures, size_t n)
{
    weir_stream *stream = &self->stream;
    size_t taken = made ? join_take(self, futures, n) : 0;
    if (!made || taken < n) {
        weir_inputs_drop_but(futures + taken, n - taken, n);
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a join of %zu futures", NULL, NULL, n);
    }
    stream->stage.one = true;
    for (size_t i = 0; i < n; i++)
        stream = weir_stream_with(stream, &futures[i]->stage);
    return stream;
}

weir_stream *weir_join(weir_stream *first, weir_stream *second)
{
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *both[] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        weir_stream *future = weir_expect_owned(weir_expect_one(both[i], "join"), "join");
        if (!weir_stage_failed(&future->stage))
            continue;
        weir_drop(both[1 - i]);
        return future;
    }
    weir_stream *stream =
        weir_source_new(sizeof(struct join), &join_ops, weir_type_pair(first->type, second->type));
    if (!weir_stage_failed(&stream->stage))
        return join_begin(join_of(stream), make_pair(join_of(stream), both), both, 2);
    weir_inputs_drop_but(both, 2, 2);
    return stream;
}

weir_stream *weir_join_all(const weir_type *type, weir_stream *const *futures, size_t n)
{
    weir_stream *failed = n > WEIR_JOIN_MAX
                              ? weir_inputs_refuse_number(futures, n, "join_all", "up to 4096")
                              : weir_inputs_refuse_futures(futures, n, "join_all", type);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_source_new(sizeof(struct join), &join_all_ops, weir_type_chunk(type));
    if (!weir_stage_failed(&stream->stage))
        return join_begin(join_of(stream), make_vec(join_of(stream), type, n), futures, n);
    weir_inputs_drop_but(futures, n, n);
    return stream;
}
