/* The queue of a set's members that were woken: wakes, from here and from other threads. */

#include "stream/wakes.h"

#include <string.h>

#include "core/in_flight.h"
#include "weir/alloc.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
_Thread_local char weir_wakes_thread;
#endif

/* Stands in `elsewhere` once the set is gone. */
static struct weir_member_waker wakes_closed;

static void wakes_unref(struct weir_wakes *wakes)
{
    if (__atomic_fetch_sub(&wakes->refs, 1, __ATOMIC_ACQ_REL) == 1)
        weir_release(wakes, sizeof *wakes);
}

void weir_wakes_tell(struct weir_wakes *wakes)
{
    weir_waker *task = __atomic_exchange_n(&wakes->task, NULL, __ATOMIC_ACQ_REL);
    if (task)
        weir_waker_wake_unref(task);
}

/* False: the set has it in its queue already, or is rid of it. */
static bool wakes_queue(struct weir_wakes *wakes, struct weir_member_waker *member)
{
    if (member->left)
        return false;
    member->woken = wakes->woken = true;
    if (member->queued)
        return false;
    weir_wakes_put(wakes, member);
    return true;
}

/* False: the set is gone. The stack references what stands in it. */
static bool push_elsewhere(struct weir_wakes *wakes, struct weir_member_waker *member)
{
    struct weir_member_waker *first = __atomic_load_n(&wakes->elsewhere, __ATOMIC_RELAXED);
    do {
        if (first == &wakes_closed)
            return false;
        member->behind_there = first;
    } while (!__atomic_compare_exchange_n(&wakes->elsewhere, &first, member, true, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
    return true;
}

static void member_wake(weir_waker *waker)
{
    struct weir_member_waker *member = WEIR_CONTAINER(waker, struct weir_member_waker, waker);
    struct weir_wakes *wakes = member->wakes;
    if (WEIR_LIKELY(__atomic_load_n(&wakes->thread, __ATOMIC_RELAXED) == weir_this_thread())) {
        if (wakes_queue(wakes, member))
            weir_wakes_tell(wakes);
        return;
    }
    if (__atomic_exchange_n(&member->there, true, __ATOMIC_ACQ_REL))
        return;
    weir_waker_ref(waker);
    if (push_elsewhere(wakes, member))
        weir_wakes_tell(wakes);
    else
        weir_waker_unref(waker);
}

static void member_release(weir_waker *waker)
{
    struct weir_member_waker *member = WEIR_CONTAINER(waker, struct weir_member_waker, waker);
    wakes_unref(member->wakes);
    weir_release(member, member->bytes);
}

static const weir_waker_ops member_waker_ops = {sizeof member_waker_ops, member_wake,
                                                member_release};

bool weir_waker_is_heard(const weir_waker *waker)
{
    return waker->ops != &member_waker_ops ||
           !((const struct weir_member_waker *)(const void *)waker)->left;
}

static struct weir_member_waker *wakes_reversed(struct weir_member_waker *member)
{
    struct weir_member_waker *oldest = NULL;
    for (struct weir_member_waker *next; member; member = next) {
        next = member->behind_there;
        member->behind_there = oldest;
        oldest = member;
    }
    return oldest;
}

static void take_elsewhere(struct weir_wakes *wakes, struct weir_member_waker *rest)
{
    struct weir_member_waker *member =
        __atomic_exchange_n(&wakes->elsewhere, rest, __ATOMIC_ACQ_REL);
    member = wakes_reversed(member);
    for (struct weir_member_waker *next; member; member = next) {
        next = member->behind_there;
        __atomic_store_n(&member->there, false, __ATOMIC_RELEASE);
        wakes_queue(wakes, member);
        weir_waker_unref(&member->waker);
    }
}

WEIR_COLD void weir_wakes_look_elsewhere(struct weir_wakes *wakes)
{
    take_elsewhere(wakes, NULL);
}

struct weir_wakes *weir_wakes_new(void)
{
    struct weir_wakes *wakes = weir_allocate(sizeof *wakes);
    if (wakes)
        *wakes = (struct weir_wakes){.thread = weir_this_thread(), .refs = 1};
    return wakes;
}

void weir_wakes_close(struct weir_wakes *wakes)
{
    take_elsewhere(wakes, &wakes_closed);
    for (struct weir_member_waker *member; (member = weir_wakes_pop(wakes));)
        weir_waker_unref(&member->waker);
    weir_wakes_task(wakes, NULL);
    wakes_unref(wakes);
}

struct weir_member_waker *weir_member_new(struct weir_wakes *wakes, size_t bytes)
{
    struct weir_member_waker *member = weir_allocate(bytes);
    if (!member)
        return NULL;
    memset(member, 0, bytes);
    member->wakes = wakes;
    member->bytes = bytes;
    weir_waker_init(&member->waker, &member_waker_ops);
    __atomic_fetch_add(&wakes->refs, 1, __ATOMIC_RELAXED);
    return member;
}

void weir_wakes_sweep(struct weir_wakes *wakes)
{
    struct weir_member_waker *next = wakes->first, *member;
    wakes->first = wakes->last = NULL;
    wakes->n = 0;
    while ((member = next)) {
        next = member->behind;
        if (!member->left) {
            weir_wakes_put(wakes, member);
        } else {
            member->queued = false;
            weir_waker_unref(&member->waker);
        }
    }
}

/* One that is in the queue goes when it comes to the front there, any other one with its last
 * waker. */
bool weir_member_leave(struct weir_member_waker *member)
{
    if (weir_member_unshared(member))
        return true;
    member->left = true;
    if (!member->queued)
        weir_waker_unref(&member->waker);
    return false;
}
