/* Streams: the one door between stages, and how they are made and dropped. */

#include <string.h>

#include "core/poll.h"

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(weir_stream) == 96, "compiled into programs, see weir/poll.h");
#endif
_Static_assert(sizeof(struct weir_typed) <= WEIR_STAGE_BYTES, "a stage of one function is small");

/* ---- what stream->poll is ---- */

/* The contract, asserted in checking builds; what each sentence means is in weir/implement.h. */
static void stream_check(const weir_stage *stage, weir_cx *cx, weir_poll got, size_t demand,
                         struct weir_said before)
{
    if (got.n > demand)
        weir_misuse(weir_stage_name(stage), "gave more items than were asked for");
    if (got.n && got.state != WEIR_READY && got.state != WEIR_END)
        weir_misuse(weir_stage_name(stage), "gave items beside PENDING, ERROR or MARK");
    weir_check_after(stage, cx, got.state, before);
}

/* The stage's own function. out NULL: skip. */
static weir_poll stream_call_own(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return out ? stream->call(stream, cx, out, demand) : stream->ops->poll_skip(stream, cx, demand);
}

static weir_poll stream_call(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    if (!WEIR_CHECKS)
        return stream_call_own(stream, cx, out, demand);
    struct weir_said before = weir_check_before(&stream->stage, cx);
    weir_poll got = stream_call_own(stream, cx, out, demand);
    stream_check(&stream->stage, cx, got, demand, before);
    return got;
}

static weir_poll poll_exact(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return stream->call(stream, cx, out, 1);
}

static weir_poll poll_checked(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return stream_call(stream, cx, out, stream->stage.exact ? 1 : demand);
}

/* Somebody watches: what is asked for is summed up too. */
static weir_poll poll_watched(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    demand = stream->stage.exact ? 1 : demand;
    WEIR_TALLY(stream->stage.account->demand_sum, demand);
    return stream_call(stream, cx, out, demand);
}

/* After the end. */
static weir_poll poll_over(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    return (weir_poll){0, WEIR_END};
}

/* Of the one that stands for several chains: it cannot be latched, and repeats its error. */
static weir_poll poll_no_memory(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)out;
    (void)demand;
    return weir_stage_report(&stream->stage, cx);
}

typedef weir_poll (*poll_fn)(weir_stream *stream, weir_cx *cx, void *out, size_t demand);

/* What kind of stage is it? */
static poll_fn poll_of(const weir_stream *stream)
{
    return stream->stage.done      ? poll_over
           : stream->stage.account ? poll_watched
           : WEIR_CHECKS           ? poll_checked
           : stream->stage.exact   ? poll_exact
                                   : stream->call;
}

/* The first poll. */
static weir_poll poll_first(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    stream->poll = poll_of(stream);
    return stream->poll(stream, cx, out, demand);
}

/* ---- turns that are measured ---- */

struct weir_timed weir_timing_enter(struct weir_timing *timing, const weir_stage *stage)
{
    struct weir_timed timed = {stage, timing->stage, timing->below_ns, timing->now_ns(timing)};
    __atomic_store_n(&timing->stage, stage, __ATOMIC_RELAXED);
    timing->below_ns = 0;
    return timed;
}

/* What those below took is not its own, and all of it is not that of the one above. */
void weir_timing_leave(struct weir_timing *timing, const struct weir_timed *timed)
{
    uint64_t now_ns = timing->now_ns(timing);
    uint64_t took_ns = now_ns - timed->from_ns, below_ns = timing->below_ns;
    bool known = timing->spent(timing, timed->stage, took_ns - below_ns, now_ns);
    timing->below_ns = timed->beside_ns + (known ? took_ns : below_ns);
    __atomic_store_n(&timing->stage, timed->above, __ATOMIC_RELAXED);
}

static weir_poll poll_timed(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_timing *timing = cx->timing;
    if (!timing)
        return poll_of(stream)(stream, cx, out, demand);
    struct weir_timed timed = weir_timing_enter(timing, &stream->stage);
    weir_poll got = poll_of(stream)(stream, cx, out, demand);
    weir_timing_leave(timing, &timed);
    if (timing->gave && got.n)
        timing->gave(timing, stream, out, got.n);
    return got;
}

void weir_stream_time(weir_stream *stream, bool timed)
{
    if (timed && !stream->stage.done)
        stream->poll = poll_timed;
    else if (!timed && stream->poll == poll_timed)
        stream->poll = poll_first;
}

void weir_stream_reopen(weir_stream *stream)
{
    if (!stream->stage.done || stream->stage.failed)
        return;
    stream->stage.done = false;
    stream->poll = poll_first;
}

void weir_stream_end(weir_stream *stream)
{
    stream->stage.done = true;
    stream->poll = poll_over;
}

void weir_stream_watch(weir_stream *stream)
{
    if (!stream->stage.done)
        stream->poll = poll_watched;
}

static weir_poll stream_settle(weir_stream *stream, weir_cx *cx, weir_poll got)
{
    got = weir_stage_settle(&stream->stage, cx, got);
    if (stream->stage.done)
        stream->poll = poll_over;
    return got;
}

static weir_poll stream_again(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                              weir_poll got)
{
    demand = stream->stage.exact ? 1 : demand;
    while (got.state == WEIR_READY && !got.n)
        got = weir_spend(cx) ? stream_call(stream, cx, out, demand) : weir_wait_turn(cx);
    return stream_settle(stream, cx, got);
}

static inline weir_poll core_stream_over(weir_stream *stream, weir_cx *cx, weir_poll got)
{
    weir_count_some(stream, got.n);
    stream->poll = poll_over;
    if (stream->stage.source || stream->ops->input || cx->cut)
        weir_stage_over(&stream->stage, cx);
    else
        stream->stage.done = true;
    return got;
}

WEIR_ASIDE weir_poll weir_poll_settle(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                      weir_poll got)
{
    if (WEIR_LIKELY(got.state == WEIR_PENDING)) {
        weir_stage_wait(&stream->stage, cx);
        return got;
    }
    if (WEIR_UNLIKELY(stream->stage.done))
        return got;
    return got.state == WEIR_END ? core_stream_over(stream, cx, got)
                                 : stream_again(stream, cx, out, demand, got);
}

static size_t countable(size_t demand)
{
    return demand < UINT32_MAX ? demand : UINT32_MAX;
}

weir_poll weir_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return poll_next(stream, cx, out, countable(demand));
}

static weir_poll stream_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    demand = stream->stage.exact ? 1 : countable(demand);
    return stream_again(stream, cx, NULL, demand, stream_call(stream, cx, NULL, demand));
}

/* These items are made: no more at once than a consumer would ask for. */
static weir_poll make_and_drop(weir_stream *stream, weir_cx *cx, size_t demand)
{
    demand = demand > cx->demand_max ? cx->demand_max : demand;
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, stream, stream->type, &demand);
    if (!items)
        return stream_settle(stream, cx, weir_scratch_fail(cx, stream->type));
    weir_poll got = poll_next(stream, cx, items, demand);
    weir_type_drop_items(stream->type, items, got.n);
    weir_scratch_give(cx, mark);
    return got;
}

weir_poll weir_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    if (stream->stage.done) {
        weir_poll got = stream->poll(stream, cx, NULL, demand);
        return (weir_poll){0, got.state};
    }
    return stream->ops->poll_skip ? stream_skip(stream, cx, demand)
                                  : make_and_drop(stream, cx, demand);
}

/* ---- from the other end ---- */

static bool says_back(const weir_stream *stream)
{
    const weir_stream_ops *ops = stream->ops;
    return ops->size > offsetof(weir_stream_ops, poll_back) && ops->poll_back;
}

bool weir_has_back(const weir_stream *stream)
{
    const weir_stage *input;
    if (weir_stage_failed(&stream->stage) || !says_back(stream))
        return false;
    for (size_t i = 0; (input = weir_stage_input(&stream->stage, i)); i++)
        if (input->vt->kind != WEIR_KIND_STREAM || !weir_has_back((const weir_stream *)input))
            return false;
    return true;
}

bool weir_rejected(const weir_stream *stream, weir_line *out)
{
    const weir_stage *stage = &stream->stage;
    for (; stage && stage->vt->kind == WEIR_KIND_STREAM; stage = stage->source) {
        const weir_stream *asked = (const weir_stream *)stage;
        if (weir_stage_failed(stage))
            return false;
        const weir_stream_ops *ops = asked->ops;
        bool says = ops->size > offsetof(weir_stream_ops, rejected) && ops->rejected;
        if (says && ops->rejected(asked, out))
            return true;
    }
    return false;
}

static weir_poll call_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    if (!WEIR_CHECKS)
        return stream->ops->poll_back(stream, cx, out, demand);
    struct weir_said before = weir_check_before(&stream->stage, cx);
    weir_poll got = stream->ops->poll_back(stream, cx, out, demand);
    stream_check(&stream->stage, cx, got, demand, before);
    return got;
}

weir_poll weir_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    if (stream->stage.done)
        return (weir_poll){0, WEIR_END};
    if (weir_stage_failed(&stream->stage))
        return weir_poll_next(stream, cx, out, demand); /* its reason */
    if (!says_back(stream))
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' has no other end to read from",
                         weir_stage_name(&stream->stage));
    demand = stream->stage.exact ? 1 : countable(demand);
    weir_poll got = call_back(stream, cx, out, demand);
    while (got.state == WEIR_READY && !got.n)
        got = weir_spend(cx) ? call_back(stream, cx, out, demand) : weir_wait_turn(cx);
    return stream_settle(stream, cx, got);
}

bool weir_len(const weir_stream *stream, size_t *n)
{
    weir_hint hint = weir_size_hint(stream);
    *n = hint.lower;
    return hint.lower == hint.upper && hint.upper != WEIR_HINT_UNKNOWN;
}

static weir_poll fail_inner(weir_stream *inner, weir_cx *cx, size_t depth)
{
    if (depth > WEIR_DEPTH_MAX)
        weir_fail(cx, WEIR_E_LIMIT, "'%s' would be polled %zu stages deep, %d are allowed",
                  weir_stage_name(&inner->stage), depth, WEIR_DEPTH_MAX);
    else
        weir_fail(cx, WEIR_E_LIMIT, "'%s' needs %u bytes of scratch, %zu are left",
                  weir_stage_name(&inner->stage), inner->stage.scratch_need,
                  cx->scratch_size - cx->scratch_used);
    cx->error.cure = "a task of its own for the inner stream";
    return stream_settle(inner, cx, (weir_poll){0, WEIR_ERROR});
}

weir_poll weir_poll_inner(weir_stream *stream, weir_stream *inner, weir_cx *cx, void *out,
                          size_t demand)
{
    size_t depth = weir_depth_within(stream, inner, cx);
    uint16_t outer = cx->depth;
    if (WEIR_UNLIKELY((depth > WEIR_DEPTH_MAX ||
                       inner->stage.scratch_need > cx->scratch_size - cx->scratch_used) &&
                      !inner->stage.done))
        return fail_inner(inner, cx, depth);
    cx->depth = (uint16_t)depth;
    weir_poll got = poll_next(inner, cx, out, demand);
    cx->depth = outer;
    return got;
}

weir_hint weir_size_hint(const weir_stream *stream)
{
    if (stream->stage.done)
        return (weir_hint){0, 0};
    if (stream->ops->size_hint)
        return stream->ops->size_hint(stream);
    return (weir_hint){0, stream->stage.one ? 1 : WEIR_HINT_UNKNOWN};
}

weir_hint weir_size_hint_one(const weir_stream *stream)
{
    (void)stream;
    return (weir_hint){1, 1};
}

void weir_stream_drop(weir_stream *stream)
{
    weir_stage_drop(stream ? &stream->stage : NULL);
}

/* ---- what is common to streams ---- */

static const weir_stream *stream_of(const weir_stage *stage)
{
    return (const weir_stream *)stage;
}

static const char *stream_name(const weir_stage *stage)
{
    const weir_stream *stream = stream_of(stage);
    const weir_stream_ops *ops = stream->ops;
    bool has = ops->size > offsetof(weir_stream_ops, name_of) && ops->name_of;
    return has ? ops->name_of(stream) : ops->name;
}

static void stream_fini(weir_stage *stage)
{
    weir_stream *stream = (weir_stream *)stage;
    if (stream->ops->fini)
        stream->ops->fini(stream);
}

static weir_stage *stream_input(const weir_stage *stage, size_t i)
{
    const weir_stream *stream = stream_of(stage);
    return stream->ops->input ? stream->ops->input(stream, i) : NULL;
}

static size_t stream_memory_max(const weir_stage *stage)
{
    const weir_stream *stream = stream_of(stage);
    return stream->ops->memory_max ? stream->ops->memory_max(stream) : 0;
}

static void stream_over(weir_stage *stage)
{
    weir_stream *stream = (weir_stream *)stage;
    if (WEIR_OPS_HAVE(stream->ops, over))
        stream->ops->over(stream);
}

static const weir_stage_ops stream_vt = {sizeof stream_vt, WEIR_KIND_STREAM, stream_name,
                                         stream_fini,      stream_input,     stream_memory_max,
                                         stream_over};

const weir_stage_ops *const weir_stream_vt = &stream_vt;

/* ---- failed streams ---- */

static weir_poll failed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)out;
    (void)demand;
    return weir_stage_report(&stream->stage, cx);
}

static const weir_stream_ops stream_failed_ops = {.size = sizeof stream_failed_ops,
                                                  .name = "no memory",
                                                  .poll_next = failed_poll_next,
                                                  .marks = WEIR_MARKS_PASS};

static void stream_init(weir_stream *stream, const weir_stream_ops *ops, const weir_type *type)
{
    stream->poll = poll_first;
    stream->call = ops->poll_next;
    stream->ops = ops;
    stream->type = type;
}

/* Streams that stand for "no memory even for an arena". */
static weir_stream stream_spares[WEIR_SPARE_STAGES];
static unsigned char stream_spares_used[WEIR_SPARE_STAGES];

static void stream_spare_fini(weir_stage *stage)
{
    size_t i = (size_t)((weir_stream *)stage - stream_spares);
    if (i + 1 < WEIR_SPARE_STAGES)
        __atomic_store_n(&stream_spares_used[i], 0, __ATOMIC_RELEASE);
}

static const weir_stage_ops stream_spare_vt = {
    sizeof stream_spare_vt, WEIR_KIND_STREAM,  stream_name, stream_spare_fini,
    stream_input,           stream_memory_max, NULL};

weir_stream *weir_no_memory_stream(void)
{
    static weir_stream last = {
        .stage = {.vt = &stream_vt, .depth = 1, .failed = 1, .done = 1, .one = 1},
        .poll = poll_no_memory,
        .call = failed_poll_next,
        .ops = &stream_failed_ops,
        .type = &weir_type_unit};
    size_t i = weir_spare_take(stream_spares_used, WEIR_SPARE_STAGES);
    if (i + 1 == WEIR_SPARE_STAGES)
        return &last;
    weir_stream *spare = &stream_spares[i];
    weir_stage_init(&spare->stage, &stream_spare_vt, NULL, NULL);
    spare->stage.failed = spare->stage.one = true;
    stream_init(spare, &stream_failed_ops, &weir_type_unit);
    return spare;
}

static weir_stream *as_failed_stream(weir_stage *stage)
{
    if (!stage->arena && stage->vt->kind == WEIR_KIND_STREAM)
        return (weir_stream *)stage;
    if (!stage->arena) {
        weir_stage_drop(stage);
        return weir_no_memory_stream();
    }
    weir_stream *stream = (weir_stream *)stage;
    if (!stage->done)
        stream_init(stream, &stream_failed_ops, &weir_type_unit);
    stage->vt = &stream_vt;
    return stream;
}

weir_stream *weir_stream_fault(weir_stage *stage, const weir_fault *fault)
{
    weir_stage_refuse(stage, fault);
    return as_failed_stream(stage);
}

weir_stream *weir_stream_refuse(weir_stage *stage, weir_code code, const char *cure,
                                const char *format, const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n, NULL};
    return weir_stream_fault(stage, &fault);
}

weir_stream *weir_stream_refused(weir_code code, const char *cure, const char *format,
                                 const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n, "constructor"};
    weir_stream *stream = weir_source_new(sizeof *stream, &stream_failed_ops, &weir_type_unit);
    return weir_stream_fault(&stream->stage, &fault);
}

/* ---- making ---- */

static weir_stream *stream_no_memory_for(weir_stage *stage, const char *name, size_t size)
{
    weir_fault fault = {WEIR_E_MEMORY, NULL, "no memory for %s (%zu bytes)", {name}, size, name};
    return weir_stream_fault(stage, &fault);
}

/* Everything that holds items divides by these. */
static bool whole(const weir_type *type)
{
    return type->size && type->align && !(type->align & (type->align - 1));
}

#define NOT_WHOLE "%s of '%s': the type has no size, or its alignment is no power of two"
#define MAKE_WHOLE "a descriptor made with WEIR_TYPE()"

static size_t stream_stage_size(size_t size)
{
    return size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
}

static weir_stream *stream_make(weir_stage *source, size_t size, const weir_stream_ops *ops,
                                const weir_type *type)
{
    weir_fault fault;
    if (weir_stage_failed(source))
        return as_failed_stream(source);
    if (type && !whole(type)) {
        fault =
            (weir_fault){WEIR_E_TYPE, MAKE_WHOLE, NOT_WHOLE, {ops->name, type->name}, 0, ops->name};
        return weir_stream_fault(source, &fault);
    }
    size = stream_stage_size(size);
    weir_stream *stream = type ? weir_arena_take(source->arena, size, WEIR_ALIGN) : NULL;
    if (!stream)
        return stream_no_memory_for(source, ops->name, size);
    weir_stage_init(&stream->stage, &stream_vt, source->arena, source);
    stream_init(stream, ops, type);
    if (weir_stage_refuses(&stream->stage, source, ops->marks, &fault)) {
        fault.stage = ops->name;
        stream->ops = &stream_failed_ops; /* its fini has nothing to release yet */
        return weir_stream_fault(&stream->stage, &fault);
    }
    if (ops->marks == WEIR_MARKS_SETTLE)
        stream->stage.marked = false;
    return stream;
}

weir_stream *weir_stream_new(weir_stream *source, size_t size, const weir_stream_ops *ops,
                             const weir_type *type)
{
    return stream_make(&source->stage, size, ops, type);
}

weir_stream *weir_stream_over(weir_reader *source, size_t size, const weir_stream_ops *ops,
                              const weir_type *type)
{
    return stream_make((weir_stage *)source, size, ops, type);
}

weir_stream *weir_source_in(weir_arena *arena, size_t size, const weir_stream_ops *ops,
                            const weir_type *type)
{
    size = stream_stage_size(size);
    weir_stream *stream = arena ? weir_arena_take_raw(arena, size, WEIR_ALIGN) : NULL;
    if (WEIR_UNLIKELY(!stream || !type)) {
        if (arena)
            weir_arena_drop(arena);
        return weir_no_memory_stream();
    }
    if (WEIR_LIKELY(size == WEIR_STAGE_BYTES))
        memset(stream + 1, 0, WEIR_STAGE_BYTES - sizeof *stream);
    else
        memset(stream + 1, 0, size - sizeof *stream);
    weir_stage_init(&stream->stage, &stream_vt, arena, NULL);
    stream_init(stream, ops, type);
    if (WEIR_LIKELY(whole(type)))
        return stream;
    weir_fault fault = {WEIR_E_TYPE, MAKE_WHOLE, NOT_WHOLE, {ops->name, type->name}, 0, ops->name};
    stream->ops = &stream_failed_ops; /* its fini has nothing to release yet */
    return weir_stream_fault(&stream->stage, &fault);
}

weir_stream *weir_source_new(size_t size, const weir_stream_ops *ops, const weir_type *type)
{
    return weir_source_in(type ? weir_arena_usual(size) : NULL, size, ops, type);
}

weir_stream *weir_stream_with(weir_stream *stream, const weir_stage *input)
{
    weir_fault fault;
    if (weir_stage_failed(&stream->stage) ||
        !weir_stage_refuses(&stream->stage, input, stream->ops->marks, &fault))
        return stream;
    return weir_stream_fault(&stream->stage, &fault);
}

weir_stream *weir_stream_scratch(weir_stream *stream, const weir_type *type)
{
    if (weir_stage_failed(&stream->stage))
        return stream;
    size_t align = type->align > 64 ? type->align : 64;
    size_t room = WEIR_SCRATCH_MAX_BYTES - stream->stage.scratch_need;
    if (type->size > room || align > room - type->size)
        return weir_stream_refuse(&stream->stage, WEIR_E_LIMIT, "smaller items, or fewer stages",
                                  "%s: an item of '%s' needs more scratch than %zu bytes",
                                  weir_stage_name(&stream->stage), type->name,
                                  WEIR_SCRATCH_MAX_BYTES);
    stream->stage.scratch_need += (uint32_t)(type->size + align);
    return stream;
}
