/* The context of a poll: waiting, the budget, scratch, errors. */

#include "weir/cx.h"

#include <stdarg.h>
#include <string.h>

#include "core/format.h"
#include "core/stage.h"

enum { SCRATCH_ALIGN = 64 }; /* wide kernels like whole cache lines */

void weir_cx_init(weir_cx *cx, weir_waker *waker, void *scratch, size_t scratch_size)
{
    *cx = (weir_cx){.waker = waker,
                    .budget = WEIR_BUDGET,
                    .demand_max = WEIR_DEMAND_MAX,
                    .scratch = scratch,
                    .scratch_size = scratch_size};
}

weir_cx *weir_cx_new(weir_waker *waker)
{
    weir_cx *cx = weir_allocate(sizeof *cx);
    void *scratch = cx ? weir_allocate_aligned(WEIR_SCRATCH_BYTES, SCRATCH_ALIGN) : NULL;
    if (!scratch) {
        weir_release(cx, sizeof *cx);
        return NULL;
    }
    weir_cx_init(cx, waker, scratch, WEIR_SCRATCH_BYTES);
    return cx;
}

void weir_cx_drop(weir_cx *cx)
{
    if (!cx)
        return;
    weir_release(cx->scratch, cx->scratch_size);
    weir_release(cx, sizeof *cx);
}

/* Twice the need, so that stages have room for more than one item. */
bool weir_cx_reserve(weir_cx *cx, size_t scratch_bytes)
{
    if (scratch_bytes <= cx->scratch_size)
        return true;
    if (cx->scratch_used || scratch_bytes > SIZE_MAX / 2)
        return false;
    void *larger = weir_allocate_aligned(2 * scratch_bytes, SCRATCH_ALIGN);
    if (!larger)
        return false;
    weir_release(cx->scratch, cx->scratch_size);
    cx->scratch = larger;
    cx->scratch_size = 2 * scratch_bytes;
    return true;
}

static weir_poll pending(weir_cx *cx, weir_wait_for what)
{
    cx->wait_for = what;
    cx->waiting = NULL; /* the wrapper that sees this first puts its stage here */
    return (weir_poll){0, WEIR_PENDING};
}

weir_poll weir_wait(weir_cx *cx, weir_waker_slot *slot, weir_wait_for what)
{
    weir_waker_slot_store(slot, cx->waker);
    return pending(cx, what);
}

weir_poll weir_wait_cell(weir_cx *cx, weir_waker_cell *cell, weir_wait_for what)
{
    weir_waker_cell_store(cell, cx->waker);
    return pending(cx, what);
}

weir_poll weir_wait_never(weir_cx *cx)
{
    return pending(cx, WEIR_WAIT_NEVER);
}

weir_poll weir_wait_turn(weir_cx *cx)
{
    weir_waker_wake(cx->waker);
    return pending(cx, WEIR_WAIT_TURN);
}

weir_poll weir_fail(weir_cx *cx, weir_code code, const char *format, ...)
{
    char text[WEIR_MESSAGE_BYTES]; /* it may quote the message that stands there now */
    va_list args;
    va_start(args, format);
    weir_format_list(text, sizeof text, format, args);
    va_end(args);
    weir_error_set(&cx->error, code, "%s", text);
    return (weir_poll){0, WEIR_ERROR};
}

void *weir_scratch_take(weir_cx *cx, size_t size, size_t align)
{
    uintptr_t from = (uintptr_t)cx->scratch; /* aligned as malloc does, if at all */
    size_t at = ((from + cx->scratch_used + align - 1) & ~(uintptr_t)(align - 1)) - from;
    if (at > cx->scratch_size || size > cx->scratch_size - at)
        return NULL;
    cx->scratch_used = at + size;
    return cx->scratch + at;
}

/* Half of what is free at most: others may have use for it too. One item, if that fits at all. */
static size_t lower_to_fit(size_t free, size_t size, size_t demand)
{
    size_t bytes;
    if (WEIR_LIKELY(!__builtin_mul_overflow(demand, size, &bytes) && bytes <= free / 2))
        return demand;
    return free / 2 >= size ? free / 2 / size : 1;
}

void *weir_scratch_items(weir_cx *cx, const weir_stream *source, const weir_type *type,
                         size_t *demand)
{
    size_t align = type->align > SCRATCH_ALIGN ? type->align : SCRATCH_ALIGN;
    size_t left = cx->scratch_size - cx->scratch_used;
    size_t need = source ? source->stage.scratch_need : 0;
    size_t kept = need + align; /* what is taken may have to be aligned first */
    *demand = lower_to_fit(left > kept ? left - kept : 0, type->size, *demand);
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_take(cx, *demand * type->size, align);
    if (WEIR_LIKELY(items && cx->scratch_size - cx->scratch_used >= need))
        return items;
    weir_scratch_give(cx, mark); /* of a stage that can do without: its source cannot */
    return NULL;
}

weir_poll weir_scratch_fail(weir_cx *cx, const weir_type *type)
{
    weir_fail(cx, WEIR_E_LIMIT, "no scratch for an item of %zu bytes, %zu are left", type->size,
              cx->scratch_size - cx->scratch_used);
    cx->error.cure = "smaller items: a chain that was made while another ran has what is left; a "
                     "weir_cx of one's own grows with weir_cx_reserve() before the first poll";
    return (weir_poll){0, WEIR_ERROR};
}

bool weir_held_error_init(weir_held_error *slot, weir_arena *arena)
{
    slot->error = weir_arena_take(arena, sizeof *slot->error, _Alignof(weir_error));
    return slot->error != NULL;
}

void weir_held_error_keep(weir_held_error *slot, const weir_cx *cx)
{
    slot->held = true;
    *slot->error = cx->error;
}

weir_poll weir_held_error_give(weir_held_error *slot, weir_cx *cx)
{
    slot->held = false;
    cx->error = *slot->error;
    return (weir_poll){0, WEIR_ERROR};
}
