/* A set of streams polled in one task: which are in it, and in what order they are polled. */

#include "stream/children.h"

#include "stream/inner.h"

static bool wakes_make(struct weir_children *set)
{
    set->wakes = set->wakes ? set->wakes : weir_wakes_new();
    return set->wakes != NULL;
}

bool weir_children_reserve(struct weir_children *set)
{
    if (set->spares)
        return true;
    if (!wakes_make(set))
        return false;
    set->spares =
        (struct weir_stream_child *)weir_member_new(set->wakes, sizeof(struct weir_stream_child));
    return set->spares != NULL;
}

void weir_children_add(struct weir_children *set, weir_stream *stream, void *owner)
{
    struct weir_stream_child *child = set->spares;
    set->spares = (struct weir_stream_child *)child->member.behind;
    child->stream = stream;
    child->owner = owner;
    child->errand.since_ns = 0;
    child->claims = false;
    child->previous = NULL;
    child->next = set->first;
    if (set->first)
        set->first->previous = child;
    set->first = child;
    set->n++;
    weir_wakes_put(set->wakes, &child->member);
}

/* Takes the child out of the set and leaves it inert. */
static void retire(struct weir_children *set, struct weir_stream_child *child)
{
    child->stream = NULL;
    if (child->next)
        child->next->previous = child->previous;
    if (child->previous)
        child->previous->next = child->next;
    else
        set->first = child->next;
    set->n--;
    if (!weir_member_leave(&child->member)) {
        if (!set->round && set->wakes->n > 2 * set->n) /* a poll may be long in coming */
            weir_wakes_sweep(set->wakes);
        return;
    }
    child->member.behind = set->spares ? &set->spares->member : NULL;
    set->spares = child;
}

weir_stream *weir_children_take(struct weir_children *set, struct weir_stream_child *child)
{
    weir_stream *stream = child->stream;
    retire(set, child);
    return stream;
}

void weir_children_leave(struct weir_children *set, struct weir_stream_child *child)
{
    weir_stream *stream = weir_children_take(set, child);
    weir_inner_note(set->stream, stream);
    weir_drop(stream);
}

/* A new child has a new waker, so that wakes meant for the item that was given are not taken for
 * later ones. Where nobody holds the old one, it may as well be used again. */
void weir_children_go_on(struct weir_children *set, struct weir_stream_child *child)
{
    if (!weir_member_unshared(&child->member) && weir_children_reserve(set)) {
        weir_stream *stream = child->stream;
        void *owner = child->owner;
        bool claims = child->claims;
        retire(set, child);
        weir_children_add(set, stream, owner);
        set->first->claims = claims;
        return;
    }
    if (!child->member.queued)
        weir_wakes_put(set->wakes, &child->member);
}

size_t weir_children_ready(struct weir_children *set)
{
    if (!set->wakes)
        return 0;
    weir_wakes_look(set->wakes);
    return set->wakes->n;
}

void weir_children_fini(struct weir_children *set)
{
    while (set->first)
        weir_children_leave(set, set->first);
    for (struct weir_stream_child *child; (child = set->spares);) {
        set->spares = (struct weir_stream_child *)child->member.behind;
        weir_waker_unref(&child->member.waker);
    }
    if (set->wakes)
        weir_wakes_close(set->wakes);
    set->wakes = NULL;
}

weir_stage *weir_children_input(const struct weir_children *set, size_t i)
{
    struct weir_stream_child *child = set->first;
    while (child && i--)
        child = child->next;
    return child ? &child->stream->stage : NULL;
}

/* Beside each child there may be one that it was before, whose waker is still held, and the one it
 * was last, which was woken and is still in the queue. */
size_t weir_children_memory_max(size_t limit)
{
    size_t bytes;
    if (__builtin_mul_overflow(limit, 3 * sizeof(struct weir_stream_child), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct weir_wakes), &bytes))
        return SIZE_MAX;
    return bytes;
}

/* ---- polling ---- */

void weir_children_round(struct weir_children *set)
{
    set->round = weir_children_ready(set) + 1;
}

bool weir_children_round_unasked(struct weir_children *set)
{
    if (!weir_children_ready(set) || !set->wakes->woken)
        return false;
    set->wakes->woken = false;
    weir_children_round(set);
    set->unasked = true;
    return true;
}

void weir_children_round_end(struct weir_children *set)
{
    set->round = 0;
    set->unasked = false;
}

/* While nobody asks: true, it is not polled. One that owes nothing more was woken for what runs
 * ahead inside of it, which may have been asked already in this turn: it is in the next. */
static bool passed_over(struct weir_children *set, struct weir_stream_child *child, bool woken,
                        weir_waker *task)
{
    if (woken && !child->owner && !child->claims)
        return false;
    if (!child->owner)
        weir_wakes_put(set->wakes, &child->member);
    else if (woken)
        weir_waker_wake(task);
    return true;
}

/* The next one to poll; those that left while they were in the queue are let go. */
static struct weir_stream_child *children_next_child(struct weir_children *set, weir_waker *task)
{
    struct weir_wakes *wakes = set->wakes;
    for (; set->round != 1; set->round -= set->round != 0) {
        weir_wakes_task(wakes, task);
        weir_wakes_look(wakes);
        bool woken = set->unasked && wakes->first && wakes->first->woken;
        struct weir_stream_child *child = (struct weir_stream_child *)weir_wakes_pop(wakes);
        if (!child)
            return NULL;
        if (WEIR_UNLIKELY(child->member.left)) {
            weir_waker_unref(&child->member.waker);
        } else if (WEIR_LIKELY(!set->unasked) || !passed_over(set, child, woken, task)) {
            set->round -= set->round != 0;
            return child;
        }
    }
    return NULL;
}

void weir_children_pass_over(struct weir_children *set, weir_waker *task)
{
    for (struct weir_stream_child *child; (child = children_next_child(set, task));) {
        weir_wakes_put(set->wakes, &child->member);
        child->member.woken = set->wakes->woken = true;
    }
}

WEIR_COLD static weir_poll children_poll_measured(struct weir_children *set,
                                                  struct weir_stream_child *child, weir_cx *cx,
                                                  void *out, size_t demand)
{
    const weir_type *type = child->stream->type;
    uint64_t from_ns = weir_serving_begin(cx, &child->errand);
    weir_poll got = weir_poll_inner(set->stream, child->stream, cx, out, demand);
    weir_serving_end(cx, &child->errand, from_ns, &set->stream->stage, type, got, out);
    return got;
}

static weir_poll poll_child(struct weir_children *set, struct weir_stream_child *child, weir_cx *cx,
                            void *out, size_t demand)
{
    weir_waker *task = cx->waker;
    cx->waker = &child->member.waker;
    weir_poll got = set->inputs ? poll_next(child->stream, cx, out, demand)
                    : WEIR_LIKELY(!cx->serving)
                        ? weir_poll_inner(set->stream, child->stream, cx, out, demand)
                        : children_poll_measured(set, child, cx, out, demand);
    cx->waker = task;
    return got;
}

static bool children_woken(struct weir_children *set, const struct weir_stream_child *child)
{
    weir_wakes_look(set->wakes);
    return child->member.woken;
}

/* Sources end when they are polled and see that the runtime is stopping: so each is polled. */
static void children_wake_to_stop(struct weir_children *set)
{
    set->stopping = true;
    for (struct weir_stream_child *child = set->first; child; child = child->next)
        weir_waker_wake(&child->member.waker);
}

weir_poll weir_children_poll(struct weir_children *set, weir_cx *cx, void *out, size_t demand,
                             struct weir_stream_child **who)
{
    size_t polled = 0, yielded = 0, total = set->n;
    *who = NULL;
    if (set->wakes)
        weir_wakes_here(set->wakes);
    if (WEIR_UNLIKELY(cx->stopping && !set->stopping))
        children_wake_to_stop(set);
    while (set->n) {
        if (!weir_spend(cx) && set->begun)
            return weir_wait_turn(cx);
        set->begun = true;
        struct weir_stream_child *child = children_next_child(set, cx->waker);
        if (!child && set->round == 1)
            return (weir_poll){0, WEIR_READY};
        if (!child)
            return weir_wakes_wait(cx, set->wait_for);
        weir_poll got = poll_child(set, child, cx, out, demand);
        if (got.state != WEIR_PENDING) {
            *who = child;
            return got;
        }
        set->wait_for = cx->wait_for;
        polled++;
        yielded += children_woken(set, child);
        if (yielded == 2 || polled == total)
            return weir_wait_turn(cx);
    }
    return (weir_poll){0, WEIR_END};
}
