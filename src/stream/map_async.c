/* map_async: runs a state machine for each item, up to a limit at once. No allocation an item: a
 * machine's state stands in a slot of the set, behind its waker, and slots are used again. Results
 * come as they complete (map_async), or in the order of the items (map_async_ordered). */

#include <string.h>

#include "stream/map_async_slots.h"

/* ---- in ---- */

static void map_async_line_up(struct map_async *self, struct slot *slot)
{
    slot->after = NULL;
    if (self->last)
        self->last->after = slot;
    else
        self->first = slot;
    self->last = slot;
}

static void map_async_begin(struct map_async *self, const void *item)
{
    struct slot *slot = self->spares;
    self->spares = (struct slot *)slot->member.behind;
    self->fn->start(slot->state, item, self->typed.arg);
    slot->running = true;
    slot->lined = false;
    slot->outcome = RUNNING;
    self->n++;
    self->running++;
    if (self->ordered)
        map_async_line_up(self, slot);
    weir_wakes_put(self->wakes, &slot->member);
}

/* Takes up to `most` items, each of which has a slot. */
static weir_poll map_async_take_some(struct map_async *self, weir_cx *cx, size_t most)
{
    weir_stream *source = weir_source(&self->typed.stream);
    size_t size = source->type->size;
    weir_poll got = poll_next(source, cx, self->in, most);
    for (uint32_t i = 0; i < got.n; i++)
        map_async_begin(self, self->in + i * size);
    return got;
}

/* Nothing is written down before a mark comes: then it is found who was taken before it. */
WEIR_COLD static bool map_async_keep_mark(struct map_async *self, weir_cx *cx)
{
    uint32_t epoch = weir_low_water_epoch(self->low);
    if (!weir_low_water_keep(self->low, cx, self->n))
        return false;
    for (size_t i = 0; i < self->slots_n; i++)
        if (!self->slots[i]->lined) {
            self->slots[i]->lined = true; /* one that is spare begins anew */
            self->slots[i]->epoch = epoch;
        }
    return true;
}

/* A mark is to be given before anything else, but for an error. */
static inline bool map_async_owes_mark(const struct map_async *self)
{
    return WEIR_UNLIKELY(self->low != NULL) && weir_low_water_owes(self->low);
}

static inline bool is_full_of_marks(const struct map_async *self)
{
    return WEIR_UNLIKELY(self->low != NULL) && weir_low_water_stops(self->low);
}

/* How many items may be asked for at once: for each of them there must be a slot. */
static size_t slots_for(struct map_async *self, size_t demand)
{
    size_t most = self->limit - self->n;
    most = most < self->in_room ? most : self->in_room;
    most = most < demand ? most : demand;
    if (!slot_reserve(self))
        return 0;
    size_t have = 0;
    for (struct weir_member_waker *at = &self->spares->member; at && have < most; at = at->behind)
        have++;
    return have;
}

/* Starts machines while there are fewer than the limit. What stops it is the answer (the budget
 * too); READY: it is the limit, or memory while others run. */
static weir_poll map_async_pull(struct map_async *self, weir_cx *cx, size_t demand)
{
    for (bool begun = false; self->n < self->limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        size_t most = slots_for(self, demand);
        if (!most)
            return self->n ? (weir_poll){0, WEIR_READY}
                           : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more machine");
        weir_poll got = map_async_take_some(self, cx, most);
        if (WEIR_LIKELY(got.state == WEIR_READY))
            continue;
        if (got.state != WEIR_MARK || !map_async_keep_mark(self, cx))
            return (weir_poll){0, got.state};
        if (weir_low_water_stops(self->low))
            break;
    }
    return (weir_poll){0, WEIR_READY};
}

/* ---- out ---- */

static weir_poll poll_slot(struct map_async *self, struct slot *slot, weir_cx *cx, void *out)
{
    weir_waker *task = cx->waker;
    cx->waker = &slot->member.waker;
    weir_poll got = self->fn->poll(slot->state, cx, out);
    cx->waker = task;
    return got;
}

WEIR_COLD static void map_async_wake_to_stop(struct map_async *self)
{
    self->stopping = true;
    for (size_t i = 0; i < self->slots_n; i++)
        if (self->slots[i]->running)
            weir_waker_wake(&self->slots[i]->member.waker);
}

/* Polls machines that were woken until one is over: *who. NULL: the answer is no machine's. */
static inline __attribute__((always_inline)) weir_poll
map_async_run(struct map_async *self, weir_cx *cx, void *out, struct slot **who)
{
    size_t polled = 0, yielded = 0, total = self->running;
    *who = NULL;
    for (;;) {
        weir_wakes_task(self->wakes, cx->waker);
        weir_wakes_look(self->wakes);
        struct slot *slot = next_slot(self);
        if (!slot)
            return weir_wakes_wait(cx, self->wait_for);
        weir_poll got = poll_slot(self, slot, cx, out);
        if (got.state != WEIR_PENDING) {
            slot_stop(self, slot);
            *who = slot;
            return got;
        }
        self->wait_for = cx->wait_for;
        polled++;
        weir_wakes_look(self->wakes);
        yielded += slot->member.woken;
        if (yielded == 2 || polled >= total || !weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static weir_poll map_async_hold_error(struct map_async *self, weir_cx *cx, uint32_t n)
{
    weir_inner_error(cx);
    if (!n)
        return (weir_poll){0, WEIR_ERROR};
    weir_held_error_keep(&self->error, cx);
    return (weir_poll){n, WEIR_READY};
}

/* The budget is spent: what is there, or nothing in this turn. */
WEIR_COLD static weir_poll enough(weir_cx *cx, uint32_t n)
{
    return n ? (weir_poll){n, WEIR_READY} : weir_wait_turn(cx);
}

/* The result of the first in order; false: no more now. It failed, and waits if it did so behind n
 * items; or a mark is next. */
static inline __attribute__((always_inline)) bool
map_async_give(struct map_async *self, weir_cx *cx, char *out, uint32_t *n, weir_poll *got)
{
    struct slot *slot = self->first;
    size_t size = self->typed.stream.type->size;
    if (slot->outcome == FAILED && *n)
        return false;
    if (slot->outcome == FAILED) {
        cx->error = *slot->error;
        weir_error_drop(slot->error);
        *got = weir_inner_error(cx);
    } else if (slot->outcome == ITEM) {
        memcpy(out + (*n)++ * size, slot->item, size);
    }
    bool failed = slot->outcome == FAILED;
    self->first = slot->after;
    if (!self->first)
        self->last = NULL;
    slot->outcome = NOTHING;
    slot_free(self, slot);
    return !failed && !map_async_owes_mark(self);
}

/* Those that came while nobody asked. */
WEIR_ASIDE static weir_poll give_kept(struct map_async *self, weir_cx *cx, char *out, size_t demand)
{
    weir_poll got = {0, WEIR_READY};
    uint32_t n = 0;
    while (n < demand && self->first && map_async_give(self, cx, out, &n, &got))
        ;
    return n ? (weir_poll){n, WEIR_READY} : got;
}

/* Results as they complete, up to the demand. Those that give nothing cost one of the budget. */
static weir_poll map_async_push(struct map_async *self, weir_cx *cx, char *out, size_t demand)
{
    size_t size = self->typed.stream.type->size;
    uint32_t n = 0;
    if (WEIR_UNLIKELY(self->first != NULL))
        return give_kept(self, cx, out, demand);
    while (n < demand && self->n) {
        struct slot *slot;
        weir_poll got = map_async_run(self, cx, out + n * size, &slot);
        if (!slot)
            return n ? (weir_poll){n, WEIR_READY} : got;
        slot->outcome = NOTHING;
        slot_free(self, slot);
        n += got.n;
        if (got.state == WEIR_ERROR)
            return map_async_hold_error(self, cx, n);
        if (!got.n && !weir_spend(cx))
            return enough(cx, n);
    }
    return (weir_poll){n, WEIR_READY};
}

/* With no memory to keep an error until its turn comes it is given at once. */
static inline __attribute__((always_inline)) bool keep_outcome(struct slot *slot, weir_cx *cx,
                                                               weir_poll got)
{
    slot->outcome = got.n ? ITEM : got.state == WEIR_ERROR ? FAILED : NOTHING;
    if (slot->outcome != FAILED)
        return true;
    slot->error = weir_allocate(sizeof *slot->error);
    if (slot->error)
        *slot->error = cx->error;
    else
        slot->outcome = NOTHING;
    return slot->error != NULL;
}

/* Results in the order of their items, up to the demand. Those that cannot be given yet cost one of
 * the budget too. */
static weir_poll push_ordered(struct map_async *self, weir_cx *cx, char *out, size_t demand)
{
    weir_poll got = {0, WEIR_READY};
    uint32_t n = 0;
    while (n < demand && self->first) {
        if (self->first->outcome != RUNNING) {
            if (!map_async_give(self, cx, out, &n, &got))
                break;
            continue;
        }
        struct slot *slot;
        weir_poll answer = map_async_run(self, cx, self->in, &slot);
        if (!slot)
            return n ? (weir_poll){n, WEIR_READY} : answer;
        if (answer.n)
            memcpy(slot->item, self->in, self->typed.stream.type->size);
        if (!keep_outcome(slot, cx, answer))
            return map_async_hold_error(self, cx, n);
        if ((!answer.n || self->first->outcome == RUNNING) && !weir_spend(cx))
            return enough(cx, n);
    }
    return n ? (weir_poll){n, WEIR_READY} : got;
}

/* With no memory to keep an error until its turn comes it is the next that is given. */
static void keep_for_later(struct map_async *self, weir_cx *cx, struct slot *slot, weir_poll got)
{
    if (got.n)
        memcpy(slot->item, self->in, self->typed.stream.type->size);
    if (!keep_outcome(slot, cx, got))
        map_async_hold_error(self, cx, 1);
    if (self->ordered)
        return;
    if (slot->outcome == NOTHING)
        slot_free(self, slot);
    else
        map_async_line_up(self, slot);
}

/* The consumer is busy: results wait in their slots. */
static void map_async_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct map_async *self = WEIR_CONTAINER(in_flight, struct map_async, in_flight);
    struct slot *slot;
    weir_wakes_here(self->wakes);
    if (WEIR_UNLIKELY(cx->stopping && !self->stopping))
        map_async_wake_to_stop(self);
    weir_wakes_look(self->wakes);
    while (self->wakes->n && self->running && !self->error.held) {
        weir_poll got = map_async_run(self, cx, self->in, &slot);
        if (!slot)
            return;
        keep_for_later(self, cx, slot, got);
        if (!weir_spend(cx)) {
            weir_wait_turn(cx);
            return;
        }
    }
}

static inline __attribute__((always_inline)) weir_poll
map_async_answer(struct map_async *self, weir_cx *cx, void *out, size_t demand)
{
    if (WEIR_UNLIKELY(self->error.held))
        return weir_held_error_give(&self->error, cx);
    if (map_async_owes_mark(self))
        return weir_low_water_give(self->low, cx);
    weir_wakes_here(self->wakes);
    weir_poll pulled = {0, WEIR_END};
    if (WEIR_UNLIKELY(is_full_of_marks(self)))
        pulled.state = WEIR_READY;
    else if (!weir_source(&self->typed.stream)->stage.done)
        pulled = map_async_pull(self, cx, demand);
    if (pulled.state == WEIR_ERROR)
        return self->n ? weir_inner_error(cx) : pulled; /* the others still have results */
    if (!self->n)
        return pulled;
    if (WEIR_UNLIKELY(cx->stopping && !self->stopping))
        map_async_wake_to_stop(self);
    return self->ordered ? push_ordered(self, cx, out, demand)
                         : map_async_push(self, cx, out, demand);
}

/* Of the machine whose waker stands in the cx. Where nobody looks any more it is as if it began. */
static weir_poll map_async_poll_measured(void *state, weir_cx *cx, void *out)
{
    struct slot *slot = WEIR_CONTAINER(cx->waker, struct slot, member.waker);
    struct map_async *self = slot->of;
    if (!cx->serving) {
        slot->errand.since_ns = 0;
        return self->poll(state, cx, out);
    }
    uint64_t from_ns = weir_serving_begin(cx, &slot->errand);
    weir_poll got = self->poll(state, cx, out);
    weir_serving_end(cx, &slot->errand, from_ns, &self->typed.stream.stage, self->fn->to, got, out);
    return got;
}

/* What runs for each item has not to ask who looks. */
WEIR_COLD static void be_measured(struct map_async *self)
{
    if (self->fn == &self->measured)
        return;
    weir_options_take(&self->measured, sizeof self->measured, self->fn, sizeof *self->fn);
    self->poll = self->fn->poll;
    self->measured.poll = map_async_poll_measured;
    self->fn = &self->measured;
}

static weir_poll map_async_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct map_async *self = map_async_of(stream);
    if (WEIR_UNLIKELY(cx->serving != NULL))
        be_measured(self);
    return weir_in_flight_polled(&self->in_flight, cx, map_async_answer(self, cx, out, demand));
}

static void slot_fini(struct map_async *self, struct slot *slot)
{
    if (slot->running)
        slot_stop(self, slot);
    else if (slot->outcome == ITEM)
        weir_type_drop_items(self->typed.stream.type, slot->item, 1);
    else if (slot->outcome == FAILED)
        weir_error_drop(slot->error);
    if (weir_member_leave(&slot->member))
        weir_waker_unref(&slot->member.waker);
}

static void map_async_fini(weir_stream *stream)
{
    struct map_async *self = map_async_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_low_water_fini(self->low);
    for (size_t i = 0; i < self->slots_n; i++)
        slot_fini(self, self->slots[i]);
    if (self->wakes)
        weir_wakes_close(self->wakes);
}

static weir_hint map_async_size_hint(const weir_stream *stream)
{
    size_t held = map_async_of(stream)->n;
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - held ? upper + held : WEIR_HINT_UNKNOWN};
}

/* Beside each slot there may be the one it took the place of, whose waker is still held. */
static size_t map_async_memory_max(const weir_stream *stream)
{
    const struct map_async *self = map_async_of(stream);
    size_t bytes;
    size_t each = 2 * slot_bytes(self) + sizeof(weir_error);
    if (__builtin_mul_overflow(self->limit, each, &bytes) ||
        __builtin_add_overflow(bytes, sizeof *self->wakes, &bytes))
        return SIZE_MAX;
    return bytes;
}

static void map_async_holding(const weir_stream *stream, weir_holding *out)
{
    const struct map_async *self = map_async_of(stream);
    out->n = self->n - self->running;
    out->max = out->limit = self->limit;
    out->in_flight = self->running;
}

#define MAP_ASYNC_OPS(name_)                                                                       \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = name_, .poll_next = map_async_poll_next,          \
        .fini = map_async_fini, .size_hint = map_async_size_hint,                                  \
        .memory_max = map_async_memory_max, .holding = map_async_holding,                          \
        .fn = offsetof(struct map_async, fn), .marks = WEIR_MARKS_HOLD                             \
    }

static const weir_stream_ops map_async_ops = MAP_ASYNC_OPS("map_async");
static const weir_stream_ops ordered_ops = MAP_ASYNC_OPS("map_async_ordered");

static weir_stream *map_async_check(weir_stream *source, const char *name, const weir_async_fn *fn,
                                    size_t limit)
{
    source = weir_expect_type(source, name, fn->name, fn->from);
    source = weir_expect_size(source, name, fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, name, fn->name, fn->to, fn->to_size);
    source = weir_expect_result(source, name, fn->name, fn->to);
    source = fn->detached ? source : weir_expect_owned(source, name);
    return weir_expect_limit(source, name, "limit", limit);
}

/* Room for items that are taken at once, and for one result. */
static bool map_async_make_room(struct map_async *self, weir_arena *arena, const weir_type *from)
{
    const weir_type *to = self->fn->to;
    size_t fits = IN_BYTES / from->size;
    self->in_room = fits < 1 ? 1 : fits < IN_MAX ? fits : IN_MAX;
    self->in_room = self->in_room < self->limit ? self->in_room : self->limit;
    size_t bytes = self->in_room * from->size;
    bytes = bytes > to->size ? bytes : to->size;
    self->in = weir_arena_take(arena, bytes, from->align > to->align ? from->align : to->align);
    size_t table;
    if (__builtin_mul_overflow(self->limit, sizeof(struct slot *), &table))
        return false;
    self->slots = weir_arena_take(arena, table, _Alignof(struct slot *));
    return self->in && self->slots && weir_held_error_init(&self->error, arena);
}

static weir_stream *map_async_new(weir_stream *source, const weir_async_fn *fn, void *arg,
                                  size_t limit, bool ordered)
{
    const weir_stream_ops *ops = ordered ? &ordered_ops : &map_async_ops;
    source = map_async_check(source, ops->name, fn, limit);
    weir_stream *stream = weir_stream_new(source, sizeof(struct map_async), ops, fn->to);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct map_async *self = map_async_of(stream);
    self->fn = fn;
    self->typed.arg = arg;
    self->limit = limit;
    self->ordered = ordered;
    self->in_flight.progress = map_async_progress;
    self->wakes = weir_wakes_new();
    if (stream->stage.marked)
        self->low = weir_low_water_new(stream->stage.arena);
    bool marks = self->low || !stream->stage.marked;
    if (marks && self->wakes && map_async_make_room(self, stream->stage.arena, source->type))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, "a smaller limit",
                              "no memory for %s of %zu machines", ops->name, NULL, limit);
}

weir_stream *weir_map_async(weir_stream *source, const weir_async_fn *fn, void *arg, size_t limit)
{
    return map_async_new(source, fn, arg, limit, false);
}

weir_stream *weir_map_async_ordered(weir_stream *source, const weir_async_fn *fn, void *arg,
                                    size_t limit)
{
    return map_async_new(source, fn, arg, limit, true);
}
