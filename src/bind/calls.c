/* Stages of functions that another language gives: each may fail at its item, and is told when the
 * chain has no more use for it. */

#include "stream/taken.h"
#include "weir/bind.h"
#include "weir/stream.h"

enum { TAKEN_MAX = 32 };

struct call {
    weir_stream stream;
    weir_call *fn;
    void *arg;
    void (*gone)(void *arg);
    uint64_t tried;
    struct weir_taken taken;
    weir_held_error failed;
};

static struct call *call_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct call, stream);
}

/* Its items are made; the others pass those on that came in. */
static bool makes(const struct call *self);
static bool filters(const struct call *self);
static bool begins(const struct call *self);

/* One item failed; the stream goes on. */
static void note_failure(struct call *self)
{
    weir_error *error = self->failed.error;
    if (error->code == WEIR_OK)
        weir_error_set(error, WEIR_E_USER, "the function of '%s' failed",
                       weir_stage_name(&self->stream.stage));
    error->fatal = false;
    if (error->record == WEIR_NOWHERE)
        error->record = self->tried;
    self->failed.held = true;
}

/* A then needs a future of each. */
static int look_for_future(const struct call *self, const void *out, int said)
{
    if (said < 0 || !begins(self) || *(weir_stream *const *)out)
        return said;
    weir_error_set(self->failed.error, WEIR_E_ARGUMENT,
                   "the function of 'then_call' gave no future");
    return -1;
}

/* The next of what was taken. Below 0: it failed; 0: nothing comes of it. */
static int call_next(struct call *self, char *out)
{
    const weir_type *type = self->taken.type;
    void *in = weir_taken_next(&self->taken);
    bool made = makes(self);
    self->tried++;
    self->failed.error->code = WEIR_OK;
    if (made)
        memset(out, 0, self->stream.type->size);
    int said = self->fn(in, made ? out : NULL, self->arg, self->failed.error);
    said = look_for_future(self, out, said);
    weir_taken_pass(&self->taken, 1);
    bool kept = said > 0 || (said == 0 && !filters(self));
    if (kept && !made)
        memcpy(out, in, type->size);
    else
        weir_type_drop_items(type, in, 1);
    return said < 0 ? said : kept;
}

static weir_poll call_taken(struct call *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    while (self->taken.n && n < demand && !self->failed.held) {
        int said = call_next(self, out + n * self->stream.type->size);
        n += said > 0;
        if (said < 0)
            note_failure(self);
    }
    return n || !self->failed.held ? (weir_poll){n, WEIR_READY}
                                   : weir_held_error_give(&self->failed, cx);
}

static weir_poll call_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct call *self = call_of(stream);
    if (self->failed.held)
        return weir_held_error_give(&self->failed, cx);
    weir_poll got = weir_taken_fill(&self->taken, weir_source(stream), cx, demand);
    return got.n ? call_taken(self, cx, out, demand) : got;
}

static void call_fini(weir_stream *stream)
{
    struct call *self = call_of(stream);
    weir_taken_drop(&self->taken);
    if (self->gone)
        self->gone(self->arg);
}

static weir_hint call_size_hint(const weir_stream *stream)
{
    return weir_taken_hint(&call_of(stream)->taken, weir_source(stream));
}

#define CALL_OPS(name_)                                                                            \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = (name_), .poll_next = call_poll_next,             \
        .fini = call_fini, .size_hint = call_size_hint, .marks = WEIR_MARKS_PASS                   \
    }
static const weir_stream_ops call_map_ops = CALL_OPS("map_call");
static const weir_stream_ops call_filter_ops = CALL_OPS("filter_call");
static const weir_stream_ops call_each_ops = CALL_OPS("each_call");
static const weir_stream_ops begin_ops = CALL_OPS("then_call");

static bool begins(const struct call *self)
{
    return self->stream.ops == &begin_ops;
}

static bool makes(const struct call *self)
{
    return self->stream.ops == &call_map_ops || begins(self);
}

static bool filters(const struct call *self)
{
    return self->stream.ops == &call_filter_ops;
}

/* ---- how they are made ---- */

struct function {
    weir_call *fn;
    void *arg;
    void (*gone)(void *arg);
};

static weir_stream *keep(weir_stream *stream, const weir_type *from, const struct function *is)
{
    struct call *self = call_of(stream);
    self->fn = is->fn;
    self->arg = is->arg;
    self->gone = is->gone;
    weir_arena *arena = stream->stage.arena;
    if (weir_taken_init(&self->taken, arena, from, TAKEN_MAX) &&
        weir_held_error_init(&self->failed, arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "a function",
                              NULL, 0);
}

static weir_stream *call_new(weir_stream *source, const weir_stream_ops *ops, const weir_type *to,
                             const struct function *is)
{
    const weir_type *from = source->type;
    weir_stream *stream = weir_stream_new(source, sizeof(struct call), ops, to);
    if (!weir_stage_failed(&stream->stage)) {
        stream->stage.one = source->stage.one && ops != &call_filter_ops;
        return keep(stream, from, is);
    }
    if (is->gone)
        is->gone(is->arg);
    return stream;
}

static weir_stream *expect_to(weir_stream *source, const weir_type *to, const char *stage)
{
    if (to)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT,
                              "weir_type_named(), weir_type_make()", "%s was given no type", stage,
                              NULL, 0);
}

weir_stream *weir_map_call(weir_stream *source, const weir_type *to, weir_call *fn, void *arg,
                           void (*gone)(void *arg))
{
    source = expect_to(source, to, "map_call");
    const weir_type *made = to ? weir_type_made_of(source->type, to, false) : NULL;
    return call_new(source, &call_map_ops, made, &(struct function){fn, arg, gone});
}

weir_stream *weir_filter_call(weir_stream *source, weir_call *fn, void *arg,
                              void (*gone)(void *arg))
{
    return call_new(source, &call_filter_ops, source->type, &(struct function){fn, arg, gone});
}

weir_stream *weir_each_call(weir_stream *source, weir_call *fn, void *arg, void (*gone)(void *arg))
{
    return call_new(source, &call_each_ops, source->type, &(struct function){fn, arg, gone});
}

static weir_stream *as_it_is(const void *in, void *arg)
{
    weir_stream *future;
    (void)arg;
    memcpy(&future, in, sizeof future);
    return future;
}

/* The constant of a then that runs what the function gave; as old as the chain. */
static weir_then_fn *then_fn(weir_arena *arena, const weir_type *from, const weir_type *to)
{
    weir_then_fn *fn = weir_arena_take(arena, sizeof *fn, _Alignof(weir_then_fn));
    if (fn)
        *fn = (weir_then_fn){
            .size = sizeof *fn, .name = "then_call", .from = from, .to = to, .one = as_it_is};
    return fn;
}

weir_stream *weir_then_call(weir_stream *source, const weir_type *to, weir_call *fn, void *arg,
                            void (*gone)(void *arg))
{
    source = expect_to(source, to, "then_call");
    const weir_type *made = weir_type_made_of(source->type, &weir_type_stream, true);
    weir_stream *begun = call_new(source, &begin_ops, made, &(struct function){fn, arg, gone});
    if (weir_stage_failed(&begun->stage))
        return begun;
    weir_then_fn *run = then_fn(begun->stage.arena, begun->type, to);
    if (run)
        return weir_then(begun, run, NULL);
    return weir_stream_refuse(&begun->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "then_call",
                              NULL, 0);
}
