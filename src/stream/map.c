/* map: fn of each item. The smallest stage that changes the type of its items: read it first. */

#include "stream/taken.h"
#include "weir/fn.h"
#include "weir/stream.h"

enum { TAKEN_MAX = 32 }; /* what a map that may fail takes at once */

struct map {
    weir_stream stream;
    const weir_map_fn *fn;
    weir_map_kernel *kernel;
    void *arg;

    /* Only of a map that may fail: inputs that were not yet tried, and what went wrong. */
    struct weir_taken taken;
    weir_held_error failed;
};

static struct map *map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct map, stream);
}

static inline weir_poll map_apply(struct map *self, void *out, const void *in, weir_poll got)
{
    if (WEIR_LIKELY(got.n == 1))
        self->fn->one(out, in, self->arg);
    else if (got.n)
        self->kernel(out, in, got.n, self->arg);
    return got;
}

static weir_poll map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    return map_apply(map_of(stream), out, out, got);
}

/* An input that does not fit where its output will stand waits in scratch. */
static weir_poll resize_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct map *self = map_of(stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, self->fn->from, &demand);
    if (!in)
        return weir_fail(cx, WEIR_E_LIMIT, "no scratch for an item of %zu bytes",
                         self->fn->from->size);
    weir_poll got = map_apply(self, out, in, poll_next(weir_source(stream), cx, in, demand));
    weir_scratch_give(cx, mark);
    return got;
}

static weir_hint map_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

/* Tries inputs until one fails or the demand is met. */
static weir_poll try_taken(struct map *self, weir_cx *cx, char *out, size_t demand)
{
    const weir_map_fn *fn = self->fn;
    weir_error *error = &self->failed.error;
    uint32_t n = 0;
    while (self->taken.n && n < demand) {
        void *in = weir_taken_next(&self->taken);
        weir_taken_pass(&self->taken, 1);
        error->code = WEIR_OK; /* filling it all would cost more than most functions do */
        if (fn->try_one(out + n * fn->to->size, in, self->arg, error)) {
            n++;
            continue;
        }
        if (error->code == WEIR_OK)
            weir_error_set(error, WEIR_E_USER, "%s failed", fn->name);
        error->fatal = false; /* one item failed; the stream goes on */
        self->failed.held = true;
        break;
    }
    return n ? (weir_poll){n, WEIR_READY} : weir_held_error_give(&self->failed, cx);
}

static weir_poll try_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct map *self = map_of(stream);
    if (self->failed.held)
        return weir_held_error_give(&self->failed, cx);
    weir_poll got = weir_taken_fill(&self->taken, weir_source(stream), cx, demand);
    return got.n ? try_taken(self, cx, out, demand) : got;
}

static void try_map_fini(weir_stream *stream)
{
    weir_taken_drop(&map_of(stream)->taken);
}

static weir_hint try_map_size_hint(const weir_stream *stream)
{
    return weir_taken_hint(&map_of(stream)->taken, weir_source(stream));
}

static const weir_stream_ops map_ops = {
    .name = "map", .poll_next = map_poll_next, .size_hint = map_size_hint};

static const weir_stream_ops resize_ops = {
    .name = "map", .poll_next = resize_poll_next, .size_hint = map_size_hint};

static const weir_stream_ops try_map_ops = {.name = "map",
                                            .poll_next = try_map_poll_next,
                                            .fini = try_map_fini,
                                            .size_hint = try_map_size_hint};

weir_stream *weir_map(weir_stream *source, const weir_map_fn *fn, void *arg)
{
    source = weir_expect_type(source, "map", fn->name, fn->from);
    bool in_place = fn->from->size == fn->to->size && fn->from->align <= fn->to->align;
    const weir_stream_ops *ops = fn->try_one ? &try_map_ops : in_place ? &map_ops : &resize_ops;
    weir_stream *stream = weir_stream_new(source, sizeof(struct map), ops,
                                          weir_type_seen_through(source->type, fn->to));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct map *self = map_of(stream);
    self->fn = fn;
    self->kernel = fn->batch[weir_cpu_level()];
    self->arg = arg;
    if (!fn->try_one)
        return stream;
    if (weir_taken_init(&self->taken, stream->stage.arena, source->type, TAKEN_MAX))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'", "map",
                              fn->name, 0);
}
