/* The slots of map_async: where a machine stands while it runs, and until its result is given. */
#ifndef WEIR_STREAM_MAP_ASYNC_SLOTS_H
#define WEIR_STREAM_MAP_ASYNC_SLOTS_H

#include <string.h>

#include "stream/inner.h"
#include "stream/low_water.h"
#include "stream/wakes.h"
#include "weir/fn.h"
#include "weir/stream.h"

enum outcome { RUNNING, NOTHING, ITEM, FAILED };

struct slot {
    struct weir_member_waker member; /* first */
    struct slot *after;              /* started after this one; ordered: not yet given */
    enum outcome outcome;
    bool running;
    bool lined; /* a mark came since its item was taken: the one of */
    uint32_t epoch;
    weir_error *error; /* FAILED */
    struct map_async *of;
    struct weir_errand errand; /* how long it takes, if somebody measures that */
    unsigned char *state;
    unsigned char *item; /* where the result waits for those before it, or until it is asked for */
};

struct map_async {
    struct weir_typed typed;
    const weir_async_fn *fn;
    weir_async_fn measured; /* the same, whose poll is measured: once somebody looks it is `fn` */
    weir_poll (*poll)(void *state, weir_cx *cx, void *out); /* ... and this was its own */
    struct weir_wakes *wakes;
    struct slot *spares;
    struct slot *first; /* the next whose result is given; ordered: of all, else of those that came
                           while nobody asked */
    struct slot *last;
    size_t limit;
    size_t n; /* running, or waiting to be given */
    size_t running;
    struct slot **slots;
    size_t slots_n;
    char *in; /* room for the items that start machines */
    size_t in_room;
    weir_wait_for wait_for;
    struct weir_low_water *low; /* NULL: the source gives no marks */
    bool ordered;
    bool stopping;
    weir_held_error error; /* behind results of others */
    weir_in_flight in_flight;
};

enum { IN_MAX = 64, IN_BYTES = 4 << 10 };

static inline struct map_async *map_async_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct map_async, typed.stream);
}

static inline size_t aligned(size_t n, size_t align)
{
    return (n + align - 1) & ~(align - 1);
}

/* What stands behind a slot's head: the state, and the result. */
static inline size_t slot_bytes(const struct map_async *self)
{
    const weir_async_fn *fn = self->fn;
    size_t bytes = sizeof(struct slot) + fn->state_align + fn->state_size;
    return bytes + fn->to->align + fn->to->size;
}

static inline unsigned char *place(unsigned char *from, size_t align)
{
    return from + (aligned((uintptr_t)from, align) - (uintptr_t)from);
}

WEIR_ASIDE static struct slot *slot_make(struct map_async *self)
{
    const weir_async_fn *fn = self->fn;
    struct slot *slot = (struct slot *)weir_member_new(self->wakes, slot_bytes(self));
    if (!slot)
        return NULL;
    slot->of = self;
    slot->errand.since_ns = 0;
    slot->state = place((unsigned char *)(slot + 1), fn->state_align);
    slot->item = place(slot->state + fn->state_size, fn->to->align);
    return slot;
}

static inline void spare(struct map_async *self, struct slot *slot)
{
    slot->member.behind = self->spares ? &self->spares->member : NULL;
    self->spares = slot;
}

/* Wakers of it are left, and must not wake the machine that comes next: it goes with the last of
 * them. With no memory for another one the next machine may be polled once more than it must. */
WEIR_COLD static void slot_replace(struct map_async *self, struct slot *slot)
{
    struct slot *fresh = slot_make(self);
    if (!fresh) {
        if (!slot->member.queued)
            spare(self, slot);
        return;
    }
    for (size_t i = 0; i < self->slots_n; i++)
        if (self->slots[i] == slot)
            self->slots[i] = fresh;
    if (weir_member_leave(&slot->member)) /* the last waker went meanwhile */
        weir_waker_unref(&slot->member.waker);
    spare(self, fresh);
}

/* The next one to poll; those that left, and those that ended while they were queued, are not. */
static inline __attribute__((always_inline)) struct slot *next_slot(struct map_async *self)
{
    for (struct slot *slot; (slot = (struct slot *)weir_wakes_pop(self->wakes));) {
        if (WEIR_LIKELY(slot->running))
            return slot;
        if (slot->member.left)
            weir_waker_unref(&slot->member.waker);
        else if (slot->outcome == NOTHING)
            spare(self, slot);
    }
    return NULL;
}

/* Room for one more machine, before its item is taken. Where none runs, all that the queue holds
 * ended there, and may be used again. */
static inline bool slot_reserve(struct map_async *self)
{
    if (!self->spares && !self->running)
        next_slot(self);
    if (WEIR_LIKELY(self->spares != NULL))
        return true;
    struct slot *slot = self->slots_n < self->limit ? slot_make(self) : NULL;
    if (!slot)
        return false;
    self->slots[self->slots_n++] = slot;
    spare(self, slot);
    return true;
}

static inline void slot_free(struct map_async *self, struct slot *slot)
{
    self->n--;
    if (WEIR_UNLIKELY(slot->lined))
        weir_low_water_sink(self->low, slot->epoch);
    if (WEIR_LIKELY(weir_member_unshared(&slot->member)))
        spare(self, slot);
    else
        slot_replace(self, slot);
}

static inline void slot_stop(struct map_async *self, struct slot *slot)
{
    slot->running = false;
    self->running--;
    if (self->fn->drop)
        self->fn->drop(slot->state);
}

#endif
