/* A limit of parallel iteration that changes while it holds: what may begin is counted here, and
 * stages that have to wait stand in a line. */

#include "task/par.h"
#include "task/waiters.h"

struct weir_par_limit {
    struct weir_shared shared; /* first */
    size_t limit;
    size_t running; /* those that a stage in the line was promised are some */
    struct weir_waiters line;
};

/* Under the lock. */
static void par_limit_serve(weir_par_limit *self, struct weir_waking *waking)
{
    while (self->line.first && self->running < self->limit) {
        if (weir_waking_is_full(waking)) {
            weir_shared_unlock(&self->shared, waking);
            weir_shared_lock(&self->shared);
            continue;
        }
        self->running++;
        weir_waiters_serve(&self->line, WEIR_PLACE_SERVED, waking);
    }
}

/* ---- what stages and their tasks do ---- */

/* One that was promised is taken, unless the limit fell meanwhile. */
static bool take_promised(weir_par_limit *self, struct weir_waiting *place)
{
    if (place->state != WEIR_PLACE_SERVED)
        return false;
    place->state = WEIR_PLACE_OUTSIDE;
    if (self->running <= self->limit)
        return true;
    self->running--;
    return false;
}

static bool par_limit_take_free(weir_par_limit *self, const struct weir_waiting *place)
{
    if (place->state != WEIR_PLACE_OUTSIDE || self->line.first || self->running >= self->limit)
        return false;
    self->running++;
    return true;
}

weir_poll weir_par_limit_take(weir_par_limit *self, struct weir_waiting *place, weir_cx *cx)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&self->shared);
    bool taken = take_promised(self, place) || par_limit_take_free(self, place);
    if (!taken && place->state == WEIR_PLACE_OUTSIDE)
        weir_waiters_join(&self->line, place);
    if (!taken)
        return weir_shared_wait(&self->shared, cx, &place->waker, WEIR_WAIT_PEER);
    weir_shared_unlock(&self->shared, &waking);
    return (weir_poll){0, WEIR_READY};
}

void weir_par_limit_give(weir_par_limit *self)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&self->shared);
    self->running--;
    par_limit_serve(self, &waking);
    weir_shared_unlock(&self->shared, &waking);
}

void weir_par_limit_leave(weir_par_limit *self, struct weir_waiting *place)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&self->shared);
    self->running -= place->state == WEIR_PLACE_SERVED;
    weir_waiters_leave(&self->line, place);
    place->state = WEIR_PLACE_OUTSIDE;
    par_limit_serve(self, &waking);
    weir_shared_unlock(&self->shared, &waking);
    weir_waker_slot_clear(&place->waker);
}

/* ---- what users do ---- */

weir_par_limit *weir_par_limit_new(size_t limit)
{
    weir_par_limit *self = limit ? weir_shared_new(sizeof *self, NULL) : NULL;
    if (self)
        self->limit = limit;
    return self;
}

weir_par_limit *weir_par_limit_ref(weir_par_limit *limit)
{
    if (limit)
        weir_shared_ref(&limit->shared);
    return limit;
}

void weir_par_limit_drop(weir_par_limit *limit)
{
    if (limit)
        weir_shared_unref(&limit->shared);
}

bool weir_par_limit_set(weir_par_limit *limit, size_t n)
{
    struct weir_waking waking;
    if (!n)
        return false;
    weir_waking_begin(&waking);
    weir_shared_lock(&limit->shared);
    limit->limit = n;
    par_limit_serve(limit, &waking);
    weir_shared_unlock(&limit->shared, &waking);
    return true;
}

size_t weir_par_limit_get(weir_par_limit *limit, size_t *running)
{
    struct weir_waking none;
    weir_waking_begin(&none);
    weir_shared_lock(&limit->shared);
    size_t n = limit->limit;
    if (running)
        *running = limit->running;
    weir_shared_unlock(&limit->shared, &none);
    return n;
}
