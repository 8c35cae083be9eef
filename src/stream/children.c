/* A set of streams polled in one task: the queue of those that were woken, and their wakers. */

#include "stream/children.h"

#include "core/poll.h"

/* The lock guards all that is here and `behind`, `queued` and `woken` of each child. It is held for
 * a few instructions and never while a stream is polled or a waker woken. */
struct weir_child_queue {
    bool locked;
    unsigned refs; /* the set, and each child's memory */
    size_t n;
    struct weir_child *first;
    struct weir_child *last;
    weir_waker_slot task;
};

static void queue_lock(struct weir_child_queue *queue)
{
    while (__atomic_exchange_n(&queue->locked, true, __ATOMIC_ACQUIRE))
        ;
}

static void queue_unlock(struct weir_child_queue *queue)
{
    __atomic_store_n(&queue->locked, false, __ATOMIC_RELEASE);
}

static void queue_unref(struct weir_child_queue *queue)
{
    if (__atomic_fetch_sub(&queue->refs, 1, __ATOMIC_ACQ_REL) == 1)
        weir_release(queue, sizeof *queue);
}

static void queue_put(struct weir_child_queue *queue, struct weir_child *child)
{
    child->queued = true;
    child->behind = NULL;
    if (queue->last)
        queue->last->behind = child;
    else
        queue->first = child;
    queue->last = child;
    queue->n++;
}

static struct weir_child *queue_take(struct weir_child_queue *queue)
{
    struct weir_child *child = queue->first;
    if (!child)
        return NULL;
    queue->first = child->behind;
    if (!queue->first)
        queue->last = NULL;
    queue->n--;
    return child;
}

/* ---- wakers ---- */

static void child_wake(weir_waker *waker)
{
    struct weir_child *child = WEIR_CONTAINER(waker, struct weir_child, waker);
    struct weir_child_queue *queue = child->queue;
    weir_waker_slot task = {0};
    queue_lock(queue);
    child->woken = true;
    if (!child->queued) {
        queue_put(queue, child);
        task = queue->task;
        queue->task.waker = NULL;
    }
    queue_unlock(queue);
    weir_waker_slot_wake(&task);
}

static void child_release(weir_waker *waker)
{
    struct weir_child *child = WEIR_CONTAINER(waker, struct weir_child, waker);
    queue_unref(child->queue);
    weir_release(child, sizeof *child);
}

static const weir_waker_ops child_waker_ops = {child_wake, child_release};

/* ---- children ---- */

static bool queue_make(struct weir_children *set)
{
    if (set->queue)
        return true;
    set->queue = weir_allocate(sizeof *set->queue);
    if (set->queue)
        *set->queue = (struct weir_child_queue){.refs = 1};
    return set->queue != NULL;
}

bool weir_children_reserve(struct weir_children *set)
{
    if (set->spares)
        return true;
    if (!queue_make(set))
        return false;
    struct weir_child *child = weir_allocate(sizeof *child);
    if (!child)
        return false;
    *child = (struct weir_child){.queue = set->queue, .queued = true};
    weir_waker_init(&child->waker, &child_waker_ops);
    __atomic_fetch_add(&set->queue->refs, 1, __ATOMIC_RELAXED);
    set->spares = child;
    return true;
}

void weir_children_add(struct weir_children *set, weir_stream *stream, void *owner)
{
    struct weir_child *child = set->spares;
    set->spares = child->behind;
    child->stream = stream;
    child->owner = owner;
    child->previous = NULL;
    child->next = set->first;
    if (set->first)
        set->first->previous = child;
    set->first = child;
    set->n++;

    queue_lock(set->queue);
    queue_put(set->queue, child);
    queue_unlock(set->queue);
}

/* Nobody but the set knows it: it was not woken, and nobody can wake it any more. */
static bool unshared(const struct weir_child *child)
{
    return __atomic_load_n(&child->waker.refs, __ATOMIC_ACQUIRE) == 1 && !child->queued;
}

/* Takes the child out of the set and leaves it inert. One that is in the queue goes when it comes
 * to the front there, any other one with its last waker. */
static void retire(struct weir_children *set, struct weir_child *child)
{
    child->stream = NULL;
    if (child->next)
        child->next->previous = child->previous;
    if (child->previous)
        child->previous->next = child->next;
    else
        set->first = child->next;
    set->n--;

    bool spare = unshared(child);
    queue_lock(set->queue);
    bool queued = child->queued;
    child->queued = true;
    queue_unlock(set->queue);
    if (spare) {
        child->behind = set->spares;
        set->spares = child;
    } else if (!queued) {
        weir_waker_unref(&child->waker);
    }
}

void weir_children_leave(struct weir_children *set, struct weir_child *child)
{
    weir_stream *stream = child->stream;
    retire(set, child);
    weir_drop(stream);
}

/* A new child has a new waker, so that wakes meant for the item that was given are not taken for
 * later ones. Where nobody holds the old one, it may as well be used again. */
void weir_children_go_on(struct weir_children *set, struct weir_child *child)
{
    if (!unshared(child) && weir_children_reserve(set)) {
        weir_stream *stream = child->stream;
        void *owner = child->owner;
        retire(set, child);
        weir_children_add(set, stream, owner);
        return;
    }
    queue_lock(set->queue);
    if (!child->queued)
        queue_put(set->queue, child);
    queue_unlock(set->queue);
}

size_t weir_children_ready(const struct weir_children *set)
{
    if (!set->queue)
        return 0;
    queue_lock(set->queue);
    size_t n = set->queue->n;
    queue_unlock(set->queue);
    return n;
}

void weir_children_fini(struct weir_children *set)
{
    while (set->first)
        weir_children_leave(set, set->first);
    for (struct weir_child *child; (child = set->spares);) {
        set->spares = child->behind;
        weir_waker_unref(&child->waker);
    }
    if (!set->queue)
        return;
    for (struct weir_child *child; (child = queue_take(set->queue));)
        weir_waker_unref(&child->waker);
    weir_waker_slot_clear(&set->queue->task);
    queue_unref(set->queue);
    set->queue = NULL;
}

/* ---- polling ---- */

void weir_children_round(struct weir_children *set)
{
    set->round = weir_children_ready(set) + 1;
}

void weir_children_round_end(struct weir_children *set)
{
    set->round = 0;
}

/* The next one to poll; those that left while they were in the queue are let go. */
static struct weir_child *next_child(struct weir_children *set, weir_waker *task)
{
    struct weir_child_queue *queue = set->queue;
    for (; set->round != 1; set->round -= set->round != 0) {
        queue_lock(queue);
        weir_waker_slot_store(&queue->task, task);
        struct weir_child *child = queue_take(queue);
        if (child && child->stream) {
            child->queued = false;
            child->woken = false;
        }
        queue_unlock(queue);
        if (!child)
            return NULL;
        if (child->stream) {
            set->round -= set->round != 0;
            return child;
        }
        weir_waker_unref(&child->waker);
    }
    return NULL;
}

static weir_poll poll_child(struct weir_child *child, weir_cx *cx, void *out, size_t demand)
{
    weir_waker *task = cx->waker;
    cx->waker = &child->waker;
    weir_poll got = poll_next(child->stream, cx, out, demand);
    cx->waker = task;
    return got;
}

static bool woken(struct weir_child *child)
{
    queue_lock(child->queue);
    bool woken = child->woken;
    queue_unlock(child->queue);
    return woken;
}

static weir_poll wait_for_a_child(struct weir_children *set, weir_cx *cx)
{
    weir_wait_for what = set->wait_for ? set->wait_for : WEIR_WAIT_PEER;
    queue_lock(set->queue);
    weir_poll got = weir_wait(cx, &set->queue->task, what);
    queue_unlock(set->queue);
    return got;
}

/* Sources end when they are polled and see that the runtime is stopping: so each is polled. */
static void wake_to_stop(struct weir_children *set)
{
    set->stopping = true;
    for (struct weir_child *child = set->first; child; child = child->next)
        weir_waker_wake(&child->waker);
}

weir_poll weir_children_poll(struct weir_children *set, weir_cx *cx, void *out, size_t demand,
                             struct weir_child **who)
{
    size_t polled = 0, yielded = 0, total = set->n;
    *who = NULL;
    if (WEIR_UNLIKELY(cx->stopping && !set->stopping))
        wake_to_stop(set);
    while (set->n) {
        struct weir_child *child = next_child(set, cx->waker);
        if (!child && set->round == 1)
            return (weir_poll){0, WEIR_READY};
        if (!child)
            return wait_for_a_child(set, cx);
        weir_poll got = poll_child(child, cx, out, demand);
        if (got.state != WEIR_PENDING) {
            *who = child;
            return got;
        }
        set->wait_for = cx->wait_for;
        polled++;
        yielded += woken(child);
        if (yielded == 2 || polled == total)
            return weir_yield(cx);
    }
    return (weir_poll){0, WEIR_END};
}
