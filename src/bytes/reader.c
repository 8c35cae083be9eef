/* Readers: the one door through which bytes come, and how readers are made and dropped. */

#include "weir/reader.h"

#include <string.h>

#include "core/stage.h"

/* Readers of their own arena stand in WEIR_STAGE_BYTES like every stage. */
_Static_assert(sizeof(weir_reader) <= WEIR_STAGE_BYTES, "a reader can be made of any stage");

/* Where an empty buffer stands, so that base is never NULL. */
static unsigned char nothing[1];

static size_t in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static weir_poll answer(const weir_reader *reader, weir_state state)
{
    size_t n = in_hand(reader);
    return (weir_poll){n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, state};
}

static weir_poll settle(weir_reader *reader, weir_cx *cx, weir_state state)
{
    return weir_stage_settle(&reader->stage, cx, (weir_poll){0, state});
}

static weir_poll too_much(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_fail(cx, WEIR_E_LIMIT, "%zu bytes at once are asked for, %zu are reserved", min,
              reader->reserve);
    cx->error.cure = "weir_reader_reserve() before the first poll";
    return settle(reader, cx, WEIR_ERROR);
}

static weir_poll after_end(weir_reader *reader, weir_cx *cx)
{
    if (!reader->stage.arena)
        return weir_stage_report(&reader->stage, cx);
    return answer(reader, WEIR_END);
}

static weir_poll fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_stage *stage = &reader->stage;
    stage->polls++;
    for (;;) {
        weir_poll got = reader->ops->poll_fill(reader, cx, min);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return settle(reader, cx, got.state);
        if (got.state == WEIR_END)
            settle(reader, cx, WEIR_END);
        if (in_hand(reader) >= min)
            return answer(reader, WEIR_READY);
        if (got.state == WEIR_END)
            return answer(reader, WEIR_END);
        if (!weir_spend(cx)) {
            weir_yield(cx);
            return settle(reader, cx, WEIR_PENDING);
        }
    }
}

weir_poll weir_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    min += !min;
    if (in_hand(reader) >= min)
        return answer(reader, WEIR_READY);
    if (WEIR_UNLIKELY(reader->stage.done))
        return after_end(reader, cx);
    if (WEIR_UNLIKELY(min > reader->reserve) && !weir_stage_failed(&reader->stage))
        return too_much(reader, cx, min);
    return fill(reader, cx, min);
}

weir_poll weir_poll_read(weir_reader *reader, weir_cx *cx, void *out, size_t size)
{
    if (!size)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_fill(reader, cx, 1);
    if (got.state != WEIR_READY)
        return got;
    size_t n = size < got.n ? size : got.n;
    memcpy(out, reader->base + reader->begin, n);
    weir_consume(reader, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
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
    reader->reserve = bytes;
    return true;
}

weir_hint weir_reader_size_hint(const weir_reader *reader)
{
    size_t n = in_hand(reader);
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

static const char *place_of(const weir_stage *stage, uint64_t *byte)
{
    if (stage->kind != WEIR_KIND_READER || weir_stage_failed(stage))
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
        const char *place = place_of(stage, known ? &error->byte : NULL);
        if (!place)
            continue;
        weir_format(error->place, sizeof error->place, same ? "%s" : "%s (%s)", place,
                    reader->stage.name);
        return;
    }
}

/* ---- room ---- */

static unsigned char *grow(weir_reader *reader, size_t need, size_t limit)
{
    size_t room = need + need / 8;
    room = room > limit - 4095 ? limit : (room + 4095) & ~(size_t)4095;
    unsigned char *base = weir_allocate(room);
    if (!base)
        return NULL;
    size_t n = in_hand(reader);
    if (n)
        memcpy(base, reader->base + reader->begin, n);
    if (reader->owns_base)
        weir_release(reader->base, reader->room);
    reader->base = base;
    reader->room = room;
    reader->begin = 0;
    reader->end = n;
    reader->owns_base = true;
    return base + n;
}

unsigned char *weir_reader_room(weir_reader *reader, size_t more)
{
    size_t n = in_hand(reader);
    size_t limit = reader->reserve + WEIR_BLOCK_BYTES;
    size_t need;
    if (__builtin_add_overflow(n, more, &need) || need > limit)
        return NULL;
    if (!reader->owns_base || need > reader->room)
        return grow(reader, need, limit);
    if (!n)
        reader->begin = reader->end = 0;
    if (reader->room - reader->end < more) {
        memmove(reader->base, reader->base + reader->begin, n);
        reader->begin = 0;
        reader->end = n;
    }
    return reader->base + reader->end;
}

void weir_reader_release(weir_reader *reader)
{
    if (reader->owns_base)
        weir_release(reader->base, reader->room);
    reader->owns_base = false;
    reader->base = nothing;
    reader->begin = reader->end = reader->room = 0;
}

/* ---- making ---- */

static weir_poll failed_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)min;
    return weir_stage_report(&reader->stage, cx);
}

static const weir_reader_ops failed_ops = {.name = "refused", .poll_fill = failed_poll_fill};

/* What stands wherever an arena could not be had: done, so that it is never written to. */
static weir_reader no_memory_reader = {
    .stage = {.name = "no memory", .kind = WEIR_KIND_READER, .done = true},
    .ops = &failed_ops,
    .base = nothing};

static weir_reader *as_failed_reader(weir_stage *stage)
{
    if (!stage->arena)
        return &no_memory_reader;
    weir_reader *reader = (weir_reader *)stage;
    memset((char *)reader + sizeof *stage, 0, sizeof *reader - sizeof *stage);
    stage->kind = WEIR_KIND_READER;
    reader->ops = &failed_ops;
    reader->base = nothing;
    return reader;
}

weir_reader *weir_reader_refuse(weir_stage *stage, weir_code code, const char *cure,
                                const char *format, const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n};
    weir_stage_refuse(stage, &fault);
    return as_failed_reader(stage);
}

static void reader_fini(weir_stage *stage)
{
    weir_reader *reader = (weir_reader *)stage;
    if (reader->ops->fini)
        reader->ops->fini(reader);
    if (reader->owns_base)
        weir_release(reader->base, reader->room);
}

static weir_reader *init(weir_reader *reader, weir_arena *arena, weir_stage *source,
                         const weir_reader_ops *ops)
{
    weir_stage_init(&reader->stage, WEIR_KIND_READER, ops->name, arena, source, reader_fini);
    reader->ops = ops;
    reader->base = nothing;
    reader->reserve = WEIR_RESERVE_BYTES;
    return reader;
}

static size_t stage_size(size_t size)
{
    return size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
}

static weir_reader *make(weir_stage *source, size_t size, const weir_reader_ops *ops)
{
    if (weir_stage_failed(source))
        return as_failed_reader(source);
    weir_reader *reader = weir_arena_take(source->arena, stage_size(size), 16);
    if (!reader)
        return weir_reader_refuse(source, WEIR_E_MEMORY, NULL, "no memory for %s (%zu bytes)",
                                  ops->name, NULL, size);
    return init(reader, source->arena, source, ops);
}

weir_reader *weir_reader_over(weir_reader *source, size_t size, const weir_reader_ops *ops)
{
    return make(&source->stage, size, ops);
}

weir_reader *weir_reader_over_stream(weir_stream *source, size_t size, const weir_reader_ops *ops)
{
    return make(&source->stage, size, ops);
}

weir_reader *weir_reader_new(size_t size, const weir_reader_ops *ops)
{
    weir_arena *arena = weir_arena_new();
    if (!arena)
        return &no_memory_reader;
    weir_reader *reader = weir_arena_take(arena, stage_size(size), 16);
    if (reader)
        return init(reader, arena, NULL, ops);
    weir_arena_drop(arena);
    return &no_memory_reader;
}

void weir_reader_drop(weir_reader *reader)
{
    weir_stage_drop(reader ? &reader->stage : NULL);
}
