/* semaphore: permits that are counted, for those who stand in a line. mutex: a value behind a
 * semaphore of one permit. */

#include <string.h>

#include "core/poll.h"
#include "task/expect.h"
#include "task/waiters.h"
#include "weir/channel.h"

struct weir_semaphore {
    struct weir_shared shared; /* first */
    size_t free;
    bool closed;
    struct weir_waiters line;
};

/* ---- permits, under the lock ---- */

/* The first one waits until there is as much as it wants: nobody who wants less overtakes it. */
static void semaphore_serve(weir_semaphore *self, struct weir_waking *waking)
{
    while (self->line.first && self->line.first->n <= self->free && !self->closed) {
        if (weir_waking_is_full(waking)) {
            weir_shared_unlock(&self->shared, waking);
            weir_shared_lock(&self->shared);
            continue;
        }
        self->free -= self->line.first->n;
        weir_waiters_serve(&self->line, WEIR_PLACE_SERVED, waking);
    }
}

static void semaphore_give_back(weir_semaphore *self, size_t n, struct weir_waking *waking)
{
    self->free = n > SIZE_MAX - self->free ? SIZE_MAX : self->free + n;
    semaphore_serve(self, waking);
}

static weir_sent take_at_once(weir_semaphore *self, size_t n)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&self->shared);
    bool fits = !self->closed && !self->line.first && n <= self->free;
    weir_sent taken = self->closed ? WEIR_SENT_CLOSED : fits ? WEIR_SENT : WEIR_SENT_FULL;
    self->free -= fits ? n : 0;
    weir_shared_unlock(&self->shared, &waking);
    return taken;
}

/* ---- the future: of permits, or of a mutex's guard ---- */

struct acquire {
    weir_stream stream;
    weir_semaphore *semaphore; /* NULL: not made, or given */
    struct weir_waiting place;
};

static struct acquire *acquire_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct acquire, stream);
}

/* Under the lock. */
static void semaphore_begin(struct acquire *self, struct weir_waking *waking)
{
    if (self->semaphore->closed)
        self->place.state = WEIR_PLACE_REFUSED;
    else
        weir_waiters_join(&self->semaphore->line, &self->place);
    semaphore_serve(self->semaphore, waking);
}

/* READY: they are taken. */
static weir_poll acquire_wait(struct acquire *self, weir_cx *cx)
{
    weir_semaphore *semaphore = self->semaphore;
    struct weir_waking waking = {0};
    weir_shared_lock(&semaphore->shared);
    if (self->place.state == WEIR_PLACE_OUTSIDE)
        semaphore_begin(self, &waking);
    if (self->place.state == WEIR_PLACE_WAITS)
        return weir_shared_wait_waking(&semaphore->shared, cx, &self->place.waker, WEIR_WAIT_PEER,
                                       &waking);
    bool served = self->place.state == WEIR_PLACE_SERVED;
    weir_shared_unlock(&semaphore->shared, &waking);
    if (served)
        return (weir_poll){0, WEIR_READY};
    return weir_fail(cx, WEIR_E_CLOSED, "the semaphore is closed");
}

static weir_poll acquire_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct acquire *self = acquire_of(stream);
    (void)demand;
    weir_poll got = acquire_wait(self, cx);
    if (got.state != WEIR_READY)
        return got;
    *(weir_semaphore_permit *)out = (weir_semaphore_permit){self->semaphore, self->place.n};
    self->semaphore = NULL; /* it is the permit's */
    return (weir_poll){1, WEIR_END};
}

/* Dropped while it waits it leaves the line, and may have stood in the way of others. */
static void acquire_fini(weir_stream *stream)
{
    struct acquire *self = acquire_of(stream);
    weir_semaphore *semaphore = self->semaphore;
    struct weir_waking waking = {0};
    if (!semaphore)
        return;
    weir_shared_lock(&semaphore->shared);
    bool served = self->place.state == WEIR_PLACE_SERVED;
    weir_waiters_leave(&semaphore->line, &self->place);
    semaphore_give_back(semaphore, served ? self->place.n : 0, &waking);
    weir_shared_unlock(&semaphore->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_shared_unref(&semaphore->shared);
}

static const weir_stream_ops acquire_ops = {.size = sizeof acquire_ops,
                                            .name = "semaphore_acquire",
                                            .poll_next = acquire_poll_next,
                                            .fini = acquire_fini,
                                            .size_hint = weir_size_hint_one};

static weir_stream *acquire(weir_semaphore *semaphore, size_t n, const weir_stream_ops *ops,
                            const weir_type *type)
{
    if (!semaphore)
        return weir_stream_refused(WEIR_E_ARGUMENT, "a look at whether it could be made",
                                   "%s: there is none", ops->name, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct acquire), ops, type);
    stream = weir_expect_limit(stream, ops->name, "n", n);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_shared_ref(&semaphore->shared);
    acquire_of(stream)->semaphore = semaphore;
    acquire_of(stream)->place.n = n;
    stream->stage.one = true;
    return stream;
}

/* ---- the semaphore ---- */

static void semaphore_permit_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_semaphore_permit_drop(item);
}

const weir_type weir_type_semaphore_permit =
    WEIR_TYPE_OWNING(weir_semaphore_permit, semaphore_permit_drop);

weir_semaphore *weir_semaphore_new(size_t permits)
{
    weir_semaphore *self = weir_shared_new(sizeof *self, NULL);
    if (self)
        self->free = permits;
    return self;
}

void weir_semaphore_drop(weir_semaphore *semaphore)
{
    if (semaphore)
        weir_shared_unref(&semaphore->shared);
}

weir_stream *weir_semaphore_acquire(weir_semaphore *semaphore, size_t n)
{
    return acquire(semaphore, n, &acquire_ops, &weir_type_semaphore_permit);
}

bool weir_semaphore_try_acquire(weir_semaphore *semaphore, size_t n, weir_semaphore_permit *out)
{
    if (take_at_once(semaphore, n) != WEIR_SENT)
        return false;
    weir_shared_ref(&semaphore->shared);
    *out = (weir_semaphore_permit){semaphore, n};
    return true;
}

void weir_semaphore_permit_drop(weir_semaphore_permit *permit)
{
    weir_semaphore *semaphore = permit->semaphore;
    permit->semaphore = NULL;
    if (!semaphore)
        return;
    weir_semaphore_add(semaphore, permit->n);
    weir_shared_unref(&semaphore->shared);
}

void weir_semaphore_add(weir_semaphore *semaphore, size_t n)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&semaphore->shared);
    semaphore_give_back(semaphore, n, &waking);
    weir_shared_unlock(&semaphore->shared, &waking);
}

size_t weir_semaphore_free(weir_semaphore *semaphore)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&semaphore->shared);
    size_t n = semaphore->free;
    weir_shared_unlock(&semaphore->shared, &waking);
    return n;
}

void weir_semaphore_close(weir_semaphore *semaphore)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&semaphore->shared);
    semaphore->closed = true;
    weir_waiters_serve_all(&semaphore->shared, &semaphore->line, WEIR_PLACE_REFUSED, &waking);
    weir_shared_unlock(&semaphore->shared, &waking);
}

/* ---- the mutex ---- */

struct weir_mutex {
    weir_semaphore semaphore; /* first */
    const weir_type *type;
    void *value; /* an allocation of its own, as it wants to be aligned */
};

static weir_mutex *semaphore_mutex_of(weir_semaphore *semaphore)
{
    return (weir_mutex *)(void *)semaphore;
}

static void mutex_fini(struct weir_shared *shared)
{
    weir_mutex *self = (weir_mutex *)(void *)shared;
    weir_type_drop_items(self->type, self->value, 1);
    weir_release(self->value, self->type->size);
}

weir_mutex *weir_mutex_new(const weir_type *type, const void *value)
{
    weir_mutex *self = weir_shared_new(sizeof *self, NULL);
    void *place = self ? weir_allocate_aligned(type->size, type->align) : NULL;
    if (!place) {
        weir_mutex_drop(self);
        weir_type_drop_items(type, (void *)(uintptr_t)value, 1);
        return NULL;
    }
    memcpy(place, value, type->size);
    self->semaphore.free = 1;
    self->semaphore.shared.fini = mutex_fini;
    self->type = type;
    self->value = place;
    return self;
}

void weir_mutex_drop(weir_mutex *mutex)
{
    if (mutex)
        weir_shared_unref(&mutex->semaphore.shared);
}

static weir_poll lock_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct acquire *self = acquire_of(stream);
    (void)demand;
    weir_poll got = acquire_wait(self, cx);
    if (got.state != WEIR_READY)
        return got;
    weir_mutex *mutex = semaphore_mutex_of(self->semaphore);
    *(weir_mutex_guard *)out = (weir_mutex_guard){mutex, mutex->value};
    self->semaphore = NULL;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops lock_ops = {.size = sizeof lock_ops,
                                         .name = "mutex_lock",
                                         .poll_next = lock_poll_next,
                                         .fini = acquire_fini,
                                         .size_hint = weir_size_hint_one};

static void guard_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_mutex_unlock(item);
}

const weir_type weir_type_mutex_guard = WEIR_TYPE_OWNING(weir_mutex_guard, guard_drop);

weir_stream *weir_mutex_lock(weir_mutex *mutex)
{
    return acquire((weir_semaphore *)(void *)mutex, 1, &lock_ops, &weir_type_mutex_guard);
}

bool weir_mutex_try_lock(weir_mutex *mutex, weir_mutex_guard *out)
{
    if (take_at_once(&mutex->semaphore, 1) != WEIR_SENT)
        return false;
    weir_shared_ref(&mutex->semaphore.shared);
    *out = (weir_mutex_guard){mutex, mutex->value};
    return true;
}

void weir_mutex_unlock(weir_mutex_guard *guard)
{
    weir_mutex *mutex = guard->mutex;
    *guard = (weir_mutex_guard){NULL, NULL};
    if (!mutex)
        return;
    weir_semaphore_add(&mutex->semaphore, 1);
    weir_shared_unref(&mutex->semaphore.shared);
}
