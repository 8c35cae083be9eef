/* map: fn of each item. The smallest stage that changes the type of its items: read it first. */

#include "stream/taken.h"
#include "weir/fn.h"
#include "weir/stream.h"

enum { MAP_TAKEN_MAX = 32 }; /* what a map that may fail takes at once */

struct map {
    struct weir_typed typed;
    const weir_map_fn *fn;
    weir_map_kernel *kernel;
};

static struct map *map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct map, typed.stream);
}

static void map_each(const struct map *self, char *out, const char *in, size_t n)
{
    const weir_map_fn *fn = self->fn;
    for (size_t i = 0; i < n; i++)
        fn->one(out + i * fn->to->size, in + i * fn->from->size, self->typed.arg);
}

static weir_poll map_apply(struct map *self, void *out, const void *in, weir_poll got)
{
    if (got.n == 1)
        self->fn->one(out, in, self->typed.arg);
    else if (self->kernel && got.n)
        self->kernel(out, in, got.n, self->typed.arg);
    else
        map_each(self, out, in, got.n);
    return got;
}

/* The source did not answer {1, READY}. The poll before it is the function's own (WEIR_MAP_FN). */
weir_poll weir_map_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    return map_apply(map_of(stream), out, out, got);
}

/* For a constant that was written by hand. */
static weir_poll map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    return weir_map_rest(stream, cx, out, demand, source->poll(source, cx, out, demand));
}

weir_poll weir_map_resized_rest(weir_stream *stream, weir_cx *cx, void *out, void *in,
                                weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, in, 1, got);
    return map_apply(map_of(stream), out, in, got);
}

/* An input that does not fit where its output will stand waits in scratch. */
weir_poll weir_map_resized(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct map *self = map_of(stream);
    weir_stream *source = weir_source(stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, self->fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, self->fn->from);
    weir_poll got = map_apply(self, out, in, poll_next(source, cx, in, demand));
    weir_scratch_give(cx, mark);
    return got;
}

static weir_poll map_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return map_apply(map_of(stream), out, out,
                     weir_poll_back(weir_source(stream), cx, out, demand));
}

static weir_poll map_resized_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct map *self = map_of(stream);
    weir_stream *source = weir_source(stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, self->fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, self->fn->from);
    weir_poll got = map_apply(self, out, in, weir_poll_back(source, cx, in, demand));
    weir_scratch_give(cx, mark);
    return got;
}

static weir_hint map_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops map_ops = {.size = sizeof map_ops,
                                        .name = "map",
                                        .fn = offsetof(struct map, fn),
                                        .poll_next = map_poll_next,
                                        .size_hint = map_size_hint,
                                        .marks = WEIR_MARKS_PASS,
                                        .poll_back = map_poll_back};

static const weir_stream_ops resize_ops = {.size = sizeof resize_ops,
                                           .name = "map",
                                           .fn = offsetof(struct map, fn),
                                           .poll_next = weir_map_resized,
                                           .size_hint = map_size_hint,
                                           .marks = WEIR_MARKS_PASS,
                                           .poll_back = map_resized_back};

static weir_stream *map_new(weir_stream *source, const weir_map_fn *fn, void *arg)
{
    bool in_place = fn->from->size == fn->to->size && fn->from->align <= fn->to->align;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct map), in_place ? &map_ops : &resize_ops,
                        weir_type_made_of(source->type, fn->to, fn->detached));
    stream = in_place ? stream : weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct map *self = map_of(stream);
    self->fn = fn;
    self->kernel = fn->batch[weir_cpu_level()];
    self->typed.arg = arg;
    stream->call = fn->poll ? fn->poll : stream->call;
    stream->stage.one = source->stage.one;
    return stream;
}

/* ---- a map that may fail: inputs that were not yet tried, and what went wrong ---- */

struct try_map {
    weir_stream stream;
    const weir_map_fn *fn;
    void *arg;
    uint64_t tried;
    struct weir_taken taken;
    weir_held_error failed;
};

static struct try_map *try_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct try_map, stream);
}

/* One item failed; the stream goes on. */
static void map_note_failure(struct try_map *self)
{
    weir_error *error = self->failed.error;
    if (error->code == WEIR_OK)
        weir_error_set(error, WEIR_E_USER, "%s failed", self->fn->name);
    error->fatal = false;
    if (error->record == WEIR_NOWHERE)
        error->record = self->tried;
    self->failed.held = true;
}

/* Tries inputs until one fails or the demand is met. */
static weir_poll try_taken(struct try_map *self, weir_cx *cx, char *out, size_t demand)
{
    const weir_map_fn *fn = self->fn;
    weir_error *error = self->failed.error;
    uint32_t n = 0;
    while (self->taken.n && n < demand) {
        void *in = weir_taken_next(&self->taken);
        weir_taken_pass(&self->taken, 1);
        self->tried++;
        error->code = WEIR_OK; /* filling it all would cost more than most functions do */
        if (fn->try_one(out + n * fn->to->size, in, self->arg, error)) {
            n++;
            continue;
        }
        map_note_failure(self);
        break;
    }
    return n ? (weir_poll){n, WEIR_READY} : weir_held_error_give(&self->failed, cx);
}

static weir_poll try_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct try_map *self = try_map_of(stream);
    if (self->failed.held)
        return weir_held_error_give(&self->failed, cx);
    weir_poll got = weir_taken_fill(&self->taken, weir_source(stream), cx, demand);
    return got.n ? try_taken(self, cx, out, demand) : got;
}

static void try_map_fini(weir_stream *stream)
{
    weir_taken_drop(&try_map_of(stream)->taken);
}

static weir_hint try_map_size_hint(const weir_stream *stream)
{
    return weir_taken_hint(&try_map_of(stream)->taken, weir_source(stream));
}

static const weir_stream_ops try_map_ops = {.size = sizeof try_map_ops,
                                            .name = "map",
                                            .fn = offsetof(struct try_map, fn),
                                            .poll_next = try_map_poll_next,
                                            .fini = try_map_fini,
                                            .size_hint = try_map_size_hint,
                                            .marks = WEIR_MARKS_PASS};

static weir_stream *try_map_new(weir_stream *source, const weir_map_fn *fn, void *arg)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct try_map), &try_map_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct try_map *self = try_map_of(stream);
    self->fn = fn;
    self->arg = arg;
    stream->stage.one = source->stage.one;
    if (weir_taken_init(&self->taken, stream->stage.arena, source->type, MAP_TAKEN_MAX) &&
        weir_held_error_init(&self->failed, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'", "map",
                              fn->name, 0);
}

weir_stream *weir_map(weir_stream *source, const weir_map_fn *fn, void *arg)
{
    source = weir_expect_type(source, "map", fn->name, fn->from);
    source = weir_expect_size(source, "map", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "map", fn->name, fn->to, fn->to_size);
    return fn->try_one ? try_map_new(source, fn, arg) : map_new(source, fn, arg);
}
