/* Readers: the one door through which bytes come, and how readers are made and dropped. */

#include "weir/reader.h"

#include <string.h>

#include "bytes/raw.h"
#include "core/format.h"
#include "core/stage.h"
#include "weir/poll.h"

/* Readers of their own arena stand in WEIR_STAGE_BYTES like every stage. */
_Static_assert(sizeof(weir_reader) <= WEIR_STAGE_BYTES, "a reader can be made of any stage");

/* Where an empty buffer stands, so that base is never NULL. */
static unsigned char nothing[1 + WEIR_PADDING_BYTES];

static size_t reader_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static weir_poll reader_answer(const weir_reader *reader, weir_state state)
{
    size_t n = reader_in_hand(reader);
    return (weir_poll){n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, state};
}

static bool reader_is_last_spare(const weir_reader *reader);

static weir_poll reader_settle(weir_reader *reader, weir_cx *cx, weir_state state)
{
    return weir_stage_settle(&reader->stage, cx, (weir_poll){0, state});
}

static weir_poll too_much(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_fail(cx, WEIR_E_LIMIT, "%zu bytes at once are asked for, %u are reserved", min,
              reader->reserve);
    cx->error.cure = "weir_reader_reserve() before the first poll";
    return reader_settle(reader, cx, WEIR_ERROR);
}

#define CONSUMED "moved past the bytes in hand, or consumed them itself"
#define READER_MARKED "answered MARK: bytes carry no marks"

/* NULL: the answer keeps the contract. */
static const char *reader_breach(const weir_reader *reader, uint64_t at, weir_poll got)
{
    if (WEIR_UNLIKELY(reader->begin > reader->end || reader->offset != at))
        return CONSUMED;
    return WEIR_UNLIKELY(got.state == WEIR_MARK) ? READER_MARKED : NULL;
}

/* Nothing that stands in hand can be trusted. */
WEIR_COLD static weir_poll reader_broken(weir_reader *reader, weir_cx *cx, const char *sentence)
{
    if (WEIR_CHECKS)
        weir_misuse(reader->ops->name, sentence);
    reader->begin = reader->end;
    return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' %s", reader->ops->name, sentence);
}

static weir_poll reader_call(weir_reader *reader, weir_cx *cx, size_t min)
{
    uint64_t at = reader->offset;
    weir_poll got = reader->ops->poll_fill(reader, cx, min);
    const char *sentence = reader_breach(reader, at, got);
    return WEIR_UNLIKELY(sentence != NULL) ? reader_broken(reader, cx, sentence) : got;
}

/* One call of the reader's own function, with the contract around it in checking builds. */
static weir_poll call_checked(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_said before = weir_check_before(&reader->stage, cx);
    weir_poll got = reader_call(reader, cx, min);
    weir_check_after(&reader->stage, cx, got.state, before);
    return got;
}

static weir_poll call_any(weir_reader *reader, weir_cx *cx, size_t min)
{
    return WEIR_CHECKS ? call_checked(reader, cx, min) : reader_call(reader, cx, min);
}

WEIR_COLD static weir_poll call_timed(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_timing *timing = cx->timing;
    struct weir_timed timed = weir_timing_enter(timing, &reader->stage);
    weir_poll got = call_any(reader, cx, min);
    weir_timing_leave(timing, &timed);
    return got;
}

/* The bytes are there; an end was counted already. */
static weir_poll reader_ready(weir_reader *reader, weir_cx *cx, weir_state state)
{
    if (state != WEIR_END)
        reader_settle(reader, cx, WEIR_READY);
    return reader_answer(reader, WEIR_READY);
}

static weir_poll reader_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    for (;;) {
        weir_poll got = WEIR_UNLIKELY(cx->timing != NULL) ? call_timed(reader, cx, min)
                                                          : call_any(reader, cx, min);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return reader_settle(reader, cx, got.state);
        if (got.state == WEIR_END)
            reader_settle(reader, cx, WEIR_END);
        if (reader_in_hand(reader) >= min)
            return reader_ready(reader, cx, got.state);
        if (got.state == WEIR_END)
            return reader_answer(reader, WEIR_END);
        if (!weir_spend(cx)) {
            weir_wait_turn(cx);
            return reader_settle(reader, cx, WEIR_PENDING);
        }
    }
}

weir_poll weir_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    min += !min;
    if (reader_in_hand(reader) >= min)
        return reader_answer(reader, WEIR_READY);
    if (WEIR_UNLIKELY(reader->stage.done))
        return reader_is_last_spare(reader) ? weir_stage_report(&reader->stage, cx)
                                            : reader_answer(reader, WEIR_END);
    if (WEIR_UNLIKELY(min > reader->reserve) && !weir_stage_failed(&reader->stage))
        return too_much(reader, cx, min);
    return reader_fill(reader, cx, min);
}

static weir_poll call_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    if (!WEIR_CHECKS)
        return reader->ops->poll_raw(reader, cx, out);
    struct weir_said before = weir_check_before(&reader->stage, cx);
    weir_poll got = reader->ops->poll_raw(reader, cx, out);
    weir_check_after(&reader->stage, cx, got.state, before);
    return got;
}

/* An end is told by the fill. */
weir_poll weir_reader_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    *out = (weir_raw){.kind = WEIR_RAW_NONE};
    if (reader_in_hand(reader) || reader->stage.done || !WEIR_OPS_HAVE(reader->ops, poll_raw))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = call_raw(reader, cx, out);
    reader->stage.dry = false;
    if (WEIR_LIKELY(out->kind == WEIR_RAW_LATER && got.state == WEIR_READY))
        return got; /* the fill that follows is counted */
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return reader_settle(reader, cx, got.state);
    if (got.state != WEIR_READY || reader_in_hand(reader))
        out->kind = WEIR_RAW_NONE;
    return reader_settle(reader, cx, WEIR_READY);
}

weir_raw_kind weir_reader_raw_kind(const weir_reader *reader)
{
    bool says = WEIR_OPS_HAVE(reader->ops, raw_kind);
    return says ? reader->ops->raw_kind(reader) : WEIR_RAW_NONE;
}

bool weir_reader_reserve(weir_reader *reader, size_t bytes)
{
    if (weir_stage_failed(&reader->stage))
        return true; /* it has a better error to report */
    if (bytes > (size_t)WEIR_MIN_MAX + 2)
        return false;
    if (bytes <= reader->reserve)
        return true;
    if (reader->ops->reserve && !reader->ops->reserve(reader, bytes))
        return false;
    reader->reserve = (uint32_t)bytes;
    return true;
}

weir_hint weir_reader_size_hint(const weir_reader *reader)
{
    size_t n = reader_in_hand(reader);
    if (reader->stage.done)
        return (weir_hint){n, n};
    if (!reader->ops->size_hint)
        return (weir_hint){n, WEIR_HINT_UNKNOWN};
    weir_hint hint = reader->ops->size_hint(reader);
    if (__builtin_add_overflow(hint.lower, n, &hint.lower))
        hint.lower = SIZE_MAX;
    if (__builtin_add_overflow(hint.upper, n, &hint.upper))
        hint.upper = WEIR_HINT_UNKNOWN;
    return hint;
}

static const char *reader_place_of(const weir_stage *stage, uint64_t *byte)
{
    if (stage->vt->kind != WEIR_KIND_READER || weir_stage_failed(stage))
        return NULL;
    const weir_reader *reader = (const weir_reader *)stage;
    return reader->ops->place ? reader->ops->place(reader, byte) : NULL;
}

void weir_reader_place(const weir_reader *reader, weir_error *error)
{
    if (error->place[0])
        return;
    for (const weir_stage *stage = &reader->stage; stage; stage = stage->source) {
        bool same = stage == &reader->stage;
        bool known = same && error->byte != WEIR_NOWHERE;
        const char *place = reader_place_of(stage, known ? &error->byte : NULL);
        if (!place)
            continue;
        weir_format(error->place, sizeof error->place, same ? "%s" : "%s (%s)", place,
                    weir_stage_name(&reader->stage));
        return;
    }
}

weir_poll weir_fail_at(weir_cx *cx, const weir_reader *reader, weir_code code, const char *format,
                       ...)
{
    char text[WEIR_MESSAGE_BYTES]; /* it may quote the message that stands there now */
    va_list args;
    va_start(args, format);
    weir_format_list(text, sizeof text, format, args);
    va_end(args);
    weir_fail(cx, code, "%s", text);
    cx->error.byte = reader->offset;
    weir_reader_place(reader, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- room ---- */

/* The block at base is what weir_reader_room() made. */
static void reader_release_block(weir_reader *reader)
{
    weir_release(reader->base, (size_t)reader->room + WEIR_PADDING_BYTES);
}

static void reader_give_back(weir_reader *reader)
{
    if (reader->give_back)
        reader->give_back(reader);
    reader->give_back = NULL;
    reader->block = NULL;
}

/* A little more than is needed, in pages. */
static size_t reader_rounded(size_t need, size_t limit)
{
    size_t room = need + need / 8;
    return room > limit - 4095 ? limit : (room + 4095) & ~(size_t)4095;
}

static unsigned char *reader_grow(weir_reader *reader, size_t need, size_t limit)
{
    size_t room = reader_rounded(need, limit);
    unsigned char *base = weir_allocate(room + WEIR_PADDING_BYTES);
    if (!base)
        return NULL;
    size_t n = reader_in_hand(reader);
    if (n)
        memcpy(base, reader->base + reader->begin, n);
    reader_give_back(reader);
    reader->base = base;
    reader->room = (uint32_t)room;
    reader->begin = 0;
    reader->end = n;
    reader->give_back = reader_release_block;
    reader->stage.padded = true;
    return base + n;
}

unsigned char *weir_reader_room(weir_reader *reader, size_t more)
{
    size_t n = reader_in_hand(reader);
    size_t limit = reader->reserve + WEIR_BLOCK_BYTES;
    size_t need;
    if (__builtin_add_overflow(n, more, &need) || need > limit)
        return NULL;
    if (reader->give_back != reader_release_block || need > reader->room)
        return reader_grow(reader, need, limit);
    if (!n)
        reader->begin = reader->end = 0;
    if (reader->room - reader->end < more) {
        memmove(reader->base, reader->base + reader->begin, n);
        reader->begin = 0;
        reader->end = n;
    }
    return reader->base + reader->end;
}

/* With less than min in hand there are never more than reserve + more bytes to make room for. */
size_t weir_reader_room_max(const weir_reader *reader, size_t more)
{
    size_t limit = reader->reserve + WEIR_BLOCK_BYTES;
    more = more < WEIR_BLOCK_BYTES ? more : WEIR_BLOCK_BYTES;
    size_t need = reader->reserve + more;
    size_t first = reader_rounded(more, limit);
    if (need <= first)
        return first + WEIR_PADDING_BYTES;
    return reader_rounded(need, limit) + need + 2 * (size_t)WEIR_PADDING_BYTES;
}

void weir_reader_release(weir_reader *reader)
{
    reader_give_back(reader);
    reader->base = nothing;
    reader->begin = reader->end = reader->room = 0;
    reader->stage.padded = true;
}

void weir_reader_lend(weir_reader *reader, weir_reader *source)
{
    weir_consume(source, (size_t)(reader->offset - source->offset));
    reader->base = source->base;
    reader->begin = source->begin;
    reader->end = source->end;
    reader->block = source->block;
    reader->stage.padded = source->stage.padded;
}

/* ---- what is common to readers ---- */

static weir_poll failed_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)min;
    return weir_stage_report(&reader->stage, cx);
}

static const weir_reader_ops reader_failed_ops = {
    .size = sizeof reader_failed_ops, .name = "no memory", .poll_fill = failed_poll_fill};

static const char *reader_name(const weir_stage *stage)
{
    return ((const weir_reader *)stage)->ops->name;
}

static void reader_fini(weir_stage *stage)
{
    weir_reader *reader = (weir_reader *)stage;
    if (reader->ops->fini)
        reader->ops->fini(reader);
    reader_give_back(reader);
}

static weir_stage *reader_input(const weir_stage *stage, size_t i)
{
    const weir_reader *reader = (const weir_reader *)stage;
    return reader->ops->input ? reader->ops->input(reader, i) : NULL;
}

static size_t reader_memory_max(const weir_stage *stage)
{
    const weir_reader *reader = (const weir_reader *)stage;
    if (reader->ops->memory_max)
        return reader->ops->memory_max(reader);
    return (size_t)reader->reserve + WEIR_BLOCK_BYTES + WEIR_PADDING_BYTES;
}

static const weir_stage_ops reader_vt = {
    sizeof reader_vt, WEIR_KIND_READER,  reader_name, reader_fini,
    reader_input,     reader_memory_max, NULL};

/* ---- failed readers ---- */

static void as_failed(weir_reader *reader)
{
    memset((char *)reader + sizeof reader->stage, 0, sizeof *reader - sizeof reader->stage);
    reader->ops = &reader_failed_ops;
    reader->base = nothing;
}

/* Readers that stand for "no memory even for an arena"; the last one cannot be latched, and repeats
 * its error: it is done, so that it is never written to. */
static weir_reader reader_spares[WEIR_SPARE_STAGES];
static unsigned char reader_spares_used[WEIR_SPARE_STAGES];

static bool reader_is_last_spare(const weir_reader *reader)
{
    return reader == &reader_spares[WEIR_SPARE_STAGES - 1];
}

static void reader_spare_fini(weir_stage *stage)
{
    size_t i = (size_t)((weir_reader *)stage - reader_spares);
    if (i + 1 < WEIR_SPARE_STAGES)
        __atomic_store_n(&reader_spares_used[i], 0, __ATOMIC_RELEASE);
}

static const weir_stage_ops reader_spare_vt = {
    sizeof reader_spare_vt, WEIR_KIND_READER,  reader_name, reader_spare_fini,
    reader_input,           reader_memory_max, NULL};

static weir_reader reader_spares[WEIR_SPARE_STAGES] = {
    [WEIR_SPARE_STAGES -
     1] = {.stage = {.vt = &reader_spare_vt, .depth = 1, .failed = 1, .done = 1, .one = 1},
           .ops = &reader_failed_ops,
           .base = nothing}};

static weir_reader *no_memory_reader(void)
{
    size_t i = weir_spare_take(reader_spares_used, WEIR_SPARE_STAGES);
    if (reader_is_last_spare(&reader_spares[i]))
        return &reader_spares[i];
    weir_stage_init(&reader_spares[i].stage, &reader_spare_vt, NULL, NULL);
    reader_spares[i].stage.failed = true;
    as_failed(&reader_spares[i]);
    return &reader_spares[i];
}

static weir_reader *as_failed_reader(weir_stage *stage)
{
    if (!stage->arena && stage->vt->kind == WEIR_KIND_READER)
        return (weir_reader *)stage;
    if (!stage->arena) {
        weir_stage_drop(stage);
        return no_memory_reader();
    }
    weir_reader *reader = (weir_reader *)stage;
    if (!stage->done)
        as_failed(reader);
    stage->vt = &reader_vt;
    return reader;
}

static weir_reader *reader_refuse(weir_stage *stage, const weir_fault *fault)
{
    weir_stage_refuse(stage, fault);
    return as_failed_reader(stage);
}

weir_reader *weir_reader_refuse(weir_stage *stage, weir_code code, const char *cure,
                                const char *format, const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n, NULL};
    return reader_refuse(stage, &fault);
}

weir_reader *weir_reader_refused(weir_code code, const char *cure, const char *format,
                                 const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n, "constructor"};
    weir_reader *reader = weir_reader_new(sizeof *reader, &reader_failed_ops);
    return reader_refuse(&reader->stage, &fault);
}

/* ---- making ---- */

static void reader_init(weir_reader *reader, weir_arena *arena, weir_stage *source,
                        const weir_reader_ops *ops)
{
    weir_stage_init(&reader->stage, &reader_vt, arena, source);
    reader->ops = ops;
    reader->base = nothing;
    reader->reserve = WEIR_RESERVE_BYTES;
    reader->stage.padded = true; /* of nothing; a block that is not says so */
}

static size_t reader_stage_size(size_t size)
{
    return size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
}

static weir_reader *reader_no_memory_for(weir_stage *source, const char *name, size_t size)
{
    weir_fault fault = {WEIR_E_MEMORY, NULL, "no memory for %s (%zu bytes)", {name}, size, name};
    return reader_refuse(source, &fault);
}

static weir_reader *reader_make(weir_stage *source, size_t size, const weir_reader_ops *ops)
{
    weir_fault fault;
    if (weir_stage_failed(source))
        return as_failed_reader(source);
    weir_reader *reader = weir_arena_take(source->arena, reader_stage_size(size), WEIR_ALIGN);
    if (!reader)
        return reader_no_memory_for(source, ops->name, size);
    reader_init(reader, source->arena, source, ops);
    if (!weir_stage_refuses(&reader->stage, source, WEIR_MARKS_UNSAID, &fault))
        return reader;
    fault.stage = ops->name;
    reader->ops = &reader_failed_ops; /* its fini has nothing to release yet */
    return reader_refuse(&reader->stage, &fault);
}

weir_reader *weir_reader_over(weir_reader *source, size_t size, const weir_reader_ops *ops)
{
    return reader_make(&source->stage, size, ops);
}

weir_reader *weir_reader_over_stream(weir_stream *source, size_t size, const weir_reader_ops *ops)
{
    return reader_make(&source->stage, size, ops);
}

weir_reader *weir_reader_in(weir_arena *arena, size_t size, const weir_reader_ops *ops)
{
    weir_reader *reader =
        arena ? weir_arena_take(arena, reader_stage_size(size), WEIR_ALIGN) : NULL;
    if (!reader) {
        if (arena)
            weir_arena_drop(arena);
        return no_memory_reader();
    }
    reader_init(reader, arena, NULL, ops);
    return reader;
}

weir_reader *weir_reader_new(size_t size, const weir_reader_ops *ops)
{
    return weir_reader_in(weir_arena_usual(size), size, ops);
}

weir_reader *weir_reader_with(weir_reader *reader, const weir_stage *input)
{
    weir_fault fault;
    if (weir_stage_failed(&reader->stage) ||
        !weir_stage_refuses(&reader->stage, input, WEIR_MARKS_UNSAID, &fault))
        return reader;
    return reader_refuse(&reader->stage, &fault);
}

void weir_reader_drop(weir_reader *reader)
{
    weir_stage_drop(reader ? &reader->stage : NULL);
}
