/* Streams: the one door between stages, and how they are made and dropped. */

#include <string.h>

#include "core/poll.h"

/* The contract, asserted in checking builds; what each sentence means is in weir/implement.h. */
static void check(const weir_stage *stage, const weir_cx *cx, weir_poll got, size_t demand)
{
    if (got.n > demand)
        weir_misuse(stage->name, "gave more items than were asked for");
    if (got.n && (got.state == WEIR_PENDING || got.state == WEIR_ERROR))
        weir_misuse(stage->name, "gave items beside PENDING or ERROR");
    if (got.state == WEIR_PENDING && cx->wait_for == WEIR_WAIT_NONE)
        weir_misuse(stage->name, "answered PENDING and stored no waker");
    if (got.state == WEIR_ERROR && cx->error.code == WEIR_OK)
        weir_misuse(stage->name, "answered ERROR and described none");
}

static weir_poll after_end(weir_stream *stream, weir_cx *cx)
{
    if (stream == &weir_no_memory_stream)
        return weir_stage_report(&stream->stage, cx);
    return (weir_poll){0, WEIR_END};
}

/* One call of the stage's own function. out NULL: skip. */
static weir_poll call(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_wait_for said = cx->wait_for;
    if (WEIR_CHECKS && stream->stage.self != &stream->stage)
        weir_misuse(stream->stage.name, "was moved after it was made, or polled after its drop");
    if (WEIR_CHECKS)
        cx->wait_for = WEIR_WAIT_NONE;
    weir_poll got = out ? stream->ops->poll_next(stream, cx, out, demand)
                        : stream->ops->poll_skip(stream, cx, demand);
    if (WEIR_CHECKS)
        check(&stream->stage, cx, got, demand);
    if (got.state != WEIR_PENDING)
        cx->wait_for = said; /* of another input that its consumer polled before */
    return got;
}

weir_poll weir_poll_settle(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                           weir_poll got)
{
    while (got.state == WEIR_READY && !got.n)
        got = weir_spend(cx) ? call(stream, cx, out, demand) : weir_yield(cx);
    return weir_stage_settle(&stream->stage, cx, got);
}

weir_poll weir_poll_specially(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stage *stage = &stream->stage;
    if (stage->done)
        return after_end(stream, cx);
    if (stage->exact)
        demand = 1;
    else if (demand > UINT32_MAX)
        demand = UINT32_MAX;
    stage->polls++;
    return weir_poll_settle(stream, cx, out, demand, call(stream, cx, out, demand));
}

weir_poll weir_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return poll_next(stream, cx, out, demand);
}

weir_poll weir_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    if (stream->ops->poll_skip || stream->stage.done)
        return weir_poll_specially(stream, cx, NULL, demand);
    /* These items are made: no more at once than a consumer would ask for. */
    demand = demand > cx->demand_max ? cx->demand_max : demand;
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, stream->type, &demand);
    if (!items)
        return weir_stage_settle(&stream->stage, cx,
                                 weir_fail(cx, WEIR_E_LIMIT, "no scratch for one item of %zu bytes",
                                           stream->type->size));
    weir_poll got = poll_next(stream, cx, items, demand);
    weir_type_drop_items(stream->type, items, got.n);
    weir_scratch_give(cx, mark);
    return got;
}

weir_hint weir_size_hint(const weir_stream *stream)
{
    if (stream->stage.done)
        return (weir_hint){0, 0};
    if (!stream->ops->size_hint)
        return (weir_hint){0, WEIR_HINT_UNKNOWN};
    return stream->ops->size_hint(stream);
}

void weir_stream_drop(weir_stream *stream)
{
    weir_stage_drop(stream ? &stream->stage : NULL);
}

/* ---- making ---- */

static weir_poll failed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)out;
    (void)demand;
    return weir_stage_report(&stream->stage, cx);
}

static const weir_stream_ops failed_ops = {.name = "refused", .poll_next = failed_poll_next};

weir_stream weir_no_memory_stream = {.stage = {.name = "no memory", .done = true, .one = true},
                                     .ops = &failed_ops,
                                     .type = &weir_type_unit};

static weir_stream *as_failed_stream(weir_stage *stage)
{
    if (!stage->arena)
        return &weir_no_memory_stream;
    weir_stream *stream = (weir_stream *)stage;
    stage->kind = WEIR_KIND_STREAM;
    stream->ops = &failed_ops;
    stream->type = &weir_type_unit;
    return stream;
}

static weir_stream *refuse(weir_stage *stage, const weir_fault *fault)
{
    weir_stage_refuse(stage, fault);
    return as_failed_stream(stage);
}

weir_stream *weir_stream_refuse(weir_stage *stage, weir_code code, const char *cure,
                                const char *format, const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n};
    return refuse(stage, &fault);
}

static void stream_fini(weir_stage *stage)
{
    weir_stream *stream = (weir_stream *)stage;
    if (stream->ops->fini)
        stream->ops->fini(stream);
}

static weir_stream *no_memory_for(weir_stage *stage, const char *name, size_t size)
{
    weir_fault fault = {WEIR_E_MEMORY, NULL, "no memory for %s (%zu bytes)", {name}, size};
    return refuse(stage, &fault);
}

/* Everything that holds items divides by these. */
static bool whole(const weir_type *type)
{
    return type->size && type->align;
}

#define NOT_WHOLE "%s of '%s': the type has no size or no alignment"
#define MAKE_WHOLE "a descriptor made with WEIR_TYPE()"

static weir_stream *make(weir_stage *source, size_t size, const weir_stream_ops *ops,
                         const weir_type *type)
{
    if (weir_stage_failed(source))
        return as_failed_stream(source);
    if (type && !whole(type))
        return weir_stream_refuse(source, WEIR_E_TYPE, MAKE_WHOLE, NOT_WHOLE, ops->name, type->name,
                                  0);
    size = size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
    weir_stream *stream = type ? weir_arena_take(source->arena, size, 16) : NULL;
    if (!stream)
        return no_memory_for(source, ops->name, size);
    weir_stage_init(&stream->stage, WEIR_KIND_STREAM, ops->name, source->arena, source,
                    stream_fini);
    stream->ops = ops;
    stream->type = type;
    return stream;
}

weir_stream *weir_stream_new(weir_stream *source, size_t size, const weir_stream_ops *ops,
                             const weir_type *type)
{
    return make(&source->stage, size, ops, type);
}

weir_stream *weir_stream_over(weir_reader *source, size_t size, const weir_stream_ops *ops,
                              const weir_type *type)
{
    return make((weir_stage *)source, size, ops, type);
}

weir_stream *weir_source_new(size_t size, const weir_stream_ops *ops, const weir_type *type)
{
    if (type && !whole(type))
        return weir_stream_refused(WEIR_E_TYPE, MAKE_WHOLE, NOT_WHOLE, ops->name, type->name, 0);
    weir_arena *arena = type ? weir_arena_new() : NULL;
    if (!arena)
        return &weir_no_memory_stream;
    size = size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
    weir_stream *stream = weir_arena_take(arena, size, 16);
    if (!stream) {
        weir_arena_drop(arena);
        return &weir_no_memory_stream;
    }
    weir_stage_init(&stream->stage, WEIR_KIND_STREAM, ops->name, arena, NULL, stream_fini);
    stream->ops = ops;
    stream->type = type;
    return stream;
}

weir_stream *weir_stream_refused(weir_code code, const char *cure, const char *format,
                                 const char *a, const char *b, size_t n)
{
    weir_stream *stream = weir_source_new(sizeof *stream, &failed_ops, &weir_type_unit);
    return weir_stream_refuse(&stream->stage, code, cure, format, a, b, n);
}

/* ---- what constructors check ---- */

weir_stream *weir_expect_type(weir_stream *source, const char *stage, const char *fn,
                              const weir_type *wanted)
{
    if (weir_stage_failed(&source->stage) || weir_type_fits(source->type, wanted))
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "a stage between them that makes the one of the other",
                        "%s '%s' takes '%s', but '%s' yields '%s'",
                        {stage, fn, wanted->name, source->stage.name, source->type->name},
                        0};
    return refuse(&source->stage, &fault);
}

weir_stream *weir_expect_alike(weir_stream *source, const char *stage, const char *which,
                               const weir_type *type)
{
    source = weir_expect_type(source, stage, which, type);
    if (weir_stage_failed(&source->stage) || weir_type_alike(source->type, type))
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "put weir_own() around the one that lends",
                        "%s '%s' must own or lend its '%s' as the others do, and '%s' does not",
                        {stage, which, type->name, source->stage.name},
                        0};
    return refuse(&source->stage, &fault);
}

weir_stream *weir_expect_owned(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "put weir_own() between them",
                        "%s holds items, but '%s' only lends its '%s'",
                        {stage, source->stage.name, source->type->name},
                        0};
    return refuse(&source->stage, &fault);
}

weir_stream *weir_expect_limit(weir_stream *source, const char *stage, const char *limit_name,
                               size_t limit)
{
    if (weir_stage_failed(&source->stage) || limit)
        return source;
    weir_fault fault = {WEIR_E_ARGUMENT,
                        "a limit of at least 1",
                        "%s: the limit '%s' is 0",
                        {stage, limit_name},
                        0};
    return refuse(&source->stage, &fault);
}

weir_stream *weir_expect_both(weir_stream *a, weir_stream *b)
{
    weir_stream *failed = weir_stage_failed(&a->stage)   ? a
                          : weir_stage_failed(&b->stage) ? b
                                                         : NULL;
    if (failed)
        weir_stream_drop(failed == a ? b : a);
    return failed;
}
