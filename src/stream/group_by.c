/* group_by: a stream of the items of each key. */

#include "core/table.h"
#include "stream/hub.h"
#include "stream/lane.h"
#include "weir/outputs.h"
#include "weir/stream.h"

struct group_by_group {
    struct weir_output output;
    struct group_by_group **entry; /* in the table; holds NULL when it is gone for good */
    struct weir_lane lane;
};

/* While one of these is there nobody goes on: an item that is stuck, a group or an error that the
 * stream of groups has not given yet. */
struct group_by {
    struct weir_hub hub;
    const weir_key_fn *fn;
    void *arg;
    size_t capacity;
    weir_closed closed;
    struct weir_table table;
    const weir_type *type; /* of the items */
    void *item;
    void *key;                    /* of the item */
    struct group_by_group *stuck; /* whom the item is for that found no room */
    weir_stream *fresh;           /* a group that is to be given */
    struct weir_output *outer;    /* the stream of groups; NULL: it was dropped */
    bool error_held;              /* in the hub */
};

static struct group_by_group *group_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct group_by_group, output.stream);
}

static struct group_by *group_by_of(const struct weir_output *output)
{
    return WEIR_CONTAINER(output->hub, struct group_by, hub);
}

static size_t group_by_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

/* A group that nobody was given is still the hub's. */
static size_t group_memory_max(const weir_stream *stream)
{
    const struct weir_output *output = weir_output_of(stream);
    size_t bytes = weir_output_memory_max(stream);
    if (!output->hub || output->hub->first != output)
        return bytes;
    const struct group_by *self = group_by_of(output);
    if (self->fresh)
        bytes = group_by_sum(bytes, weir_memory_max(self->fresh));
    return group_by_sum(bytes, weir_table_memory_max(&self->table));
}

/* ---- filing an item ---- */

static weir_poll go_on_after(weir_cx *cx)
{
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll refuse_group(const struct group_by *self, weir_cx *cx)
{
    if (self->table.n == self->table.max) {
        weir_fail(cx, WEIR_E_LIMIT, "group_by '%s': there would be more than max = %zu groups",
                  self->fn->name, self->table.max);
        cx->error.cure = "a larger max, or groups that are dropped when they are done";
    } else if (self->hub.outputs_n == WEIR_SEATS_MAX) {
        weir_fail(cx, WEIR_E_LIMIT, "group_by '%s': there would be more than %d groups at a time",
                  self->fn->name, WEIR_SEATS_MAX - 1);
    } else {
        weir_fail(cx, WEIR_E_MEMORY, "no memory for one more group of '%s'", self->fn->name);
    }
    return go_on_after(cx);
}

static weir_stream *group_new(struct group_by *self, struct group_by_group **entry);

/* The group of the key that was not there yet. NULL: it cannot be made. */
static struct group_by_group *open_group(struct group_by *self)
{
    struct group_by_group **entry = weir_table_add(&self->table, self->key);
    if (!entry)
        return NULL;
    weir_stream *stream = group_new(self, entry);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(stream);
        weir_table_remove(&self->table, entry);
        return NULL;
    }
    self->fresh = stream;
    return *entry = group_of(stream);
}

static void group_by_put(struct group_by *self, struct group_by_group *group)
{
    if (weir_lane_is_full(&group->lane))
        self->stuck = group;
    else
        weir_lane_put(&group->lane, self->item);
}

/* {0, READY}: it is with its group, or nobody is there for it. */
static weir_poll group_by_file(struct group_by *self, weir_cx *cx)
{
    self->fn->one(self->key, self->item, self->arg);
    struct group_by_group **entry = weir_table_find(&self->table, self->key);
    struct group_by_group *group = entry ? *entry : self->outer ? open_group(self) : NULL;
    if (group) {
        group_by_put(self, group);
        return (weir_poll){0, WEIR_READY};
    }
    weir_type_drop_items(self->type, self->item, 1);
    return entry || !self->outer ? (weir_poll){0, WEIR_READY} : refuse_group(self, cx);
}

/* An error that goes on comes with the groups, where somebody listens to them. */
static weir_poll group_by_hand_over(struct group_by *self, const struct weir_output *output,
                                    weir_cx *cx, weir_poll got)
{
    if (got.state != WEIR_ERROR || cx->error.fatal || !self->outer || output == self->outer)
        return got;
    self->hub.error = cx->error;
    self->error_held = true; /* who waits was woken when it was pulled */
    return (weir_poll){0, WEIR_READY};
}

/* One more item for whom it concerns. {0, READY}: look again. */
static weir_poll group_by_step(struct group_by *self, struct weir_output *output, weir_cx *cx)
{
    if (self->hub.over)
        return weir_output_end(output, cx);
    if (self->stuck || self->fresh || self->error_held)
        return weir_output_wait(output, cx, WEIR_WAIT_ROOM);
    weir_poll got = weir_output_pull(output, cx, self->item, 1);
    if (got.n)
        got = group_by_file(self, cx);
    return group_by_hand_over(self, output, cx, got);
}

/* ---- a group ---- */

static weir_poll group_give(struct group_by_group *group, void *out, size_t demand)
{
    struct group_by *self = group_by_of(&group->output);
    uint32_t n = weir_lane_give(&group->lane, out, demand);
    if (self->stuck == group) {
        self->stuck = NULL;
        weir_lane_put(&group->lane, self->item);
        weir_hub_wake(&self->hub);
    }
    return (weir_poll){n, WEIR_READY};
}

static weir_poll group_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct group_by_group *group = group_of(stream);
    do {
        if (group->lane.n)
            return group_give(group, out, demand);
        weir_poll got = group_by_step(group_by_of(&group->output), &group->output, cx);
        if (got.state != WEIR_READY)
            return got;
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

static void group_fini(weir_stream *stream)
{
    struct group_by_group *group = group_of(stream);
    if (!group->output.hub)
        return;
    struct group_by *self = group_by_of(&group->output);
    weir_lane_drop(&group->lane);
    if (self->stuck == group) {
        self->stuck = NULL;
        weir_type_drop_items(self->type, self->item, 1);
    }
    if (group->entry && self->closed == WEIR_CLOSED_GONE)
        *group->entry = NULL;
    else if (group->entry)
        weir_table_remove(&self->table, group->entry);
    weir_output_leave(&group->output);
}

static weir_hint group_size_hint(const weir_stream *stream)
{
    const struct group_by_group *group = group_of(stream);
    if (!group->output.hub)
        return (weir_hint){0, 0};
    const struct group_by *self = group_by_of(&group->output);
    size_t held = group->lane.n + (self->stuck == group);
    size_t upper = weir_hub_hint(&self->hub).upper;
    return (weir_hint){held, upper > SIZE_MAX - held ? WEIR_HINT_UNKNOWN : upper + held};
}

static const weir_stream_ops group_ops = {.size = sizeof group_ops,
                                          .name = "group",
                                          .poll_next = group_poll_next,
                                          .fini = group_fini,
                                          .size_hint = group_size_hint,
                                          .input = weir_output_input,
                                          .memory_max = group_memory_max,
                                          .over = weir_output_over,
                                          .marks = WEIR_MARKS_LOSE};

static weir_stream *group_new(struct group_by *self, struct group_by_group **entry)
{
    weir_stream *stream =
        weir_output_new(&self->hub, sizeof(struct group_by_group), &group_ops, self->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct group_by_group *group = group_of(stream);
    if (!weir_lane_init(&group->lane, stream->stage.arena, self->type, self->capacity))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for a %s",
                                  "group", NULL, 0);
    group->entry = entry;
    return stream;
}

/* ---- the stream of groups ---- */

static weir_poll give_group(struct group_by *self, char *out)
{
    const struct group_by_group *group = group_of(self->fresh);
    const weir_type *pair = self->outer->stream.type;
    memcpy(out, weir_table_key(&self->table, group->entry), self->table.key_size);
    memcpy(out + weir_type_second_offset(pair), &self->fresh, sizeof self->fresh);
    self->fresh = NULL;
    weir_hub_wake(&self->hub);
    return WEIR_POLL_ONE;
}

static weir_poll group_by_give_error(struct group_by *self, weir_cx *cx)
{
    cx->error = self->hub.error;
    self->error_held = false;
    weir_hub_wake(&self->hub);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll group_by_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct group_by *self = group_by_of(weir_output_of(stream));
    (void)demand;
    do {
        if (self->fresh)
            return give_group(self, out);
        if (self->error_held)
            return group_by_give_error(self, cx);
        weir_poll got = group_by_step(self, self->outer, cx);
        if (got.state != WEIR_READY)
            return got;
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

static void group_by_fini(weir_stream *stream)
{
    struct weir_output *output = weir_output_of(stream);
    if (!output->hub)
        return;
    struct group_by *self = group_by_of(output);
    weir_stream *fresh = self->fresh;
    self->outer = NULL;
    self->fresh = NULL;
    self->error_held = false;
    weir_drop(fresh);
    weir_output_leave(output);
}

static weir_hint group_by_size_hint(const weir_stream *stream)
{
    const struct weir_output *output = weir_output_of(stream);
    if (!output->hub)
        return (weir_hint){0, 0};
    const struct group_by *self = group_by_of(output);
    size_t fresh = self->fresh != NULL, upper = weir_hub_hint(&self->hub).upper;
    return (weir_hint){fresh, upper == SIZE_MAX ? WEIR_HINT_UNKNOWN : upper + fresh};
}

static const weir_stream_ops group_by_ops = {.size = sizeof group_by_ops,
                                             .name = "group_by",
                                             .poll_next = group_by_poll_next,
                                             .fini = group_by_fini,
                                             .size_hint = group_by_size_hint,
                                             .input = weir_output_input,
                                             .memory_max = group_memory_max,
                                             .over = weir_output_over,
                                             .marks = WEIR_MARKS_LOSE};

/* ---- making ---- */

static void hub_fini(struct weir_hub *hub)
{
    weir_table_fini(&WEIR_CONTAINER(hub, struct group_by, hub)->table);
}

static bool group_by_init(struct group_by *self, const weir_key_fn *fn, size_t max)
{
    weir_arena *arena = self->hub.arena;
    self->fn = fn;
    self->hub.fini = hub_fini;
    weir_table_init(&self->table, fn->key->size, sizeof(struct group_by_group *), max, 0);
    self->item = weir_arena_take(arena, self->type->size, self->type->align);
    self->key = weir_arena_take(arena, fn->key->size, fn->key->align);
    return self->item && self->key;
}

static weir_stream *expect_key(weir_stream *source, const weir_key_fn *fn)
{
    if (weir_stage_failed(&source->stage) || !(fn->key->drop || fn->key->lent))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "a number, or a struct of numbers",
                              "group_by '%s' makes a '%s', which is no plain value", fn->name,
                              fn->key->name, 0);
}

static struct group_by *group_by_new(weir_stream **source, const weir_key_fn *fn, size_t max,
                                     size_t capacity)
{
    *source = weir_expect_type(*source, "group_by", fn->name, fn->of);
    *source = weir_expect_size(*source, "group_by", fn->name, fn->of, fn->of_size);
    *source = weir_expect_owned(*source, "group_by");
    *source = weir_expect_limit(*source, "group_by", "max", max);
    *source = weir_expect_limit(*source, "group_by", "capacity", capacity);
    *source = expect_key(*source, fn);
    *source = weir_expect_unmarked(*source, "group_by", "parts items among streams that end apart");
    struct group_by *self = weir_hub_new(source, sizeof *self, "group_by");
    if (!self)
        return NULL;
    self->type = (*source)->type;
    self->capacity = capacity;
    if (group_by_init(self, fn, max))
        return self;
    *source = weir_hub_refuse(&self->hub, "no memory for %s", "group_by", 0);
    return NULL;
}

weir_stream *weir_group_by(weir_stream *source, const weir_key_fn *fn, void *arg, size_t max,
                           size_t capacity, weir_closed closed)
{
    struct group_by *self = group_by_new(&source, fn, max, capacity);
    if (!self)
        return source;
    self->arg = arg;
    self->closed = closed;
    const weir_type *pair = weir_type_pair(fn->key, &weir_type_stream);
    weir_stream *stream =
        weir_output_new(&self->hub, sizeof(struct weir_output), &group_by_ops, pair);
    if (!weir_stage_failed(&stream->stage))
        self->outer = weir_output_of(stream);
    weir_hub_leave(&self->hub);
    return stream;
}
