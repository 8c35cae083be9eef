/* The context of a poll: waiting, the budget, scratch, errors. */

#include "weir/cx.h"

#include <stdarg.h>
#include <string.h>

#include "core/format.h"
#include "weir/implement.h"

void weir_cx_init(weir_cx *cx, weir_waker *waker, void *scratch, size_t scratch_size)
{
    *cx = (weir_cx){.waker = waker,
                    .budget = WEIR_BUDGET,
                    .demand_max = WEIR_DEMAND_MAX,
                    .scratch = scratch,
                    .scratch_size = scratch_size};
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

weir_poll weir_wait_never(weir_cx *cx)
{
    return pending(cx, WEIR_WAIT_NEVER);
}

weir_poll weir_yield(weir_cx *cx)
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

/* Half of what is free at most, so that the stages below have scratch too. */
static size_t lower_to_fit(const weir_cx *cx, size_t size, size_t demand)
{
    size_t half = (cx->scratch_size - cx->scratch_used) / 2;
    size_t bytes;
    if (WEIR_LIKELY(!__builtin_mul_overflow(demand, size, &bytes) && bytes <= half))
        return demand;
    return half >= size ? half / size : 1;
}

void *weir_scratch_items(weir_cx *cx, const weir_type *type, size_t *demand)
{
    size_t size = type->size ? type->size : 1;
    size_t align = type->align > 64 ? type->align : 64; /* wide kernels like whole cache lines */
    *demand = lower_to_fit(cx, size, *demand);
    return weir_scratch_take(cx, *demand * size, align);
}

void weir_held_error_keep(weir_held_error *slot, const weir_cx *cx)
{
    slot->held = true;
    slot->error = cx->error;
}

weir_poll weir_held_error_give(weir_held_error *slot, weir_cx *cx)
{
    slot->held = false;
    cx->error = slot->error;
    return (weir_poll){0, WEIR_ERROR};
}
