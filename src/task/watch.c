/* watch: the newest value, for any number of receivers. */

#include "core/poll.h"
#include "task/box.h"
#include "task/expect.h"
#include "task/waiters.h"
#include "weir/channel.h"

struct weir_watch {
    struct weir_shared shared; /* first */
    const weir_type *type;
    struct weir_box *newest;
    uint64_t version; /* from 1 */
    bool over;        /* the sender is gone */
    struct weir_waiters line;
};

struct watch_watch {
    weir_stream stream;
    weir_watch *watch; /* NULL: not made */
    uint64_t seen;
    struct weir_waiting place;
};

static struct watch_watch *watch_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct watch_watch, stream);
}

/* ---- the sender ---- */

static void watch_shared_fini(struct weir_shared *shared)
{
    weir_box_unref(((weir_watch *)(void *)shared)->newest);
}

bool weir_watch_send(weir_watch *watch, const void *item)
{
    struct weir_waking waking = {0};
    if (!watch)
        return false;
    struct weir_box *box = weir_box_new(watch->type, item), *old;
    if (!box)
        return false;
    weir_shared_lock(&watch->shared);
    old = watch->newest;
    watch->newest = box;
    watch->version++;
    weir_waiters_serve_all(&watch->shared, &watch->line, WEIR_PLACE_SERVED, &waking);
    weir_shared_unlock(&watch->shared, &waking);
    weir_box_unref(old);
    return true;
}

/* There is no other way to make a copy than its bytes. */
static bool has_no_copy(const weir_type *type)
{
    return type->drop && !type->clone;
}

bool weir_watch_look(weir_watch *watch, void *out)
{
    struct weir_waking waking = {0};
    if (!watch || has_no_copy(watch->type))
        return false;
    weir_shared_lock(&watch->shared);
    struct weir_box *box = watch->newest;
    weir_box_ref(box);
    weir_shared_unlock(&watch->shared, &waking);
    return weir_box_take(box, out);
}

void weir_watch_drop(weir_watch *watch)
{
    struct weir_waking waking = {0};
    if (!watch)
        return;
    weir_shared_lock(&watch->shared);
    watch->over = true;
    weir_waiters_serve_all(&watch->shared, &watch->line, WEIR_PLACE_SERVED, &waking);
    weir_shared_unlock(&watch->shared, &waking);
    weir_shared_unref(&watch->shared);
}

/* ---- a receiver ---- */

static weir_poll watch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct watch_watch *self = watch_of(stream);
    weir_watch *watch = self->watch;
    struct weir_waking waking = {0};
    struct weir_box *box = NULL;
    (void)demand;
    weir_shared_lock(&watch->shared);
    bool over = watch->over;
    if (self->seen < watch->version) {
        self->seen = watch->version;
        box = watch->newest;
        weir_box_ref(box);
    } else if (!over) {
        if (self->place.state != WEIR_PLACE_WAITS)
            weir_waiters_join(&watch->line, &self->place);
        return weir_shared_wait(&watch->shared, cx, &self->place.waker, WEIR_WAIT_ITEM);
    }
    weir_shared_unlock(&watch->shared, &waking);
    weir_state then = over ? WEIR_END : WEIR_READY;
    if (!box || weir_box_take(box, out))
        return (weir_poll){box != NULL, then};
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a copy of the '%s'", watch->type->name);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static void watch_fini(weir_stream *stream)
{
    struct watch_watch *self = watch_of(stream);
    struct weir_waking waking = {0};
    if (!self->watch)
        return;
    weir_shared_lock(&self->watch->shared);
    weir_waiters_leave(&self->watch->line, &self->place);
    weir_shared_unlock(&self->watch->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_shared_unref(&self->watch->shared);
}

/* One that is sent while the one before it is looked at. */
static size_t watch_memory_max(const weir_stream *stream)
{
    const weir_watch *watch = watch_of(stream)->watch;
    return watch ? sizeof *watch + 2 * weir_box_bytes(watch->type) : 0;
}

static const weir_stream_ops watch_ops = {.size = sizeof watch_ops,
                                          .name = "watch",
                                          .poll_next = watch_poll_next,
                                          .fini = watch_fini,
                                          .memory_max = watch_memory_max};

weir_stream *weir_watch_subscribe(weir_watch *watch)
{
    if (!watch)
        return weir_stream_refused(WEIR_E_ARGUMENT, "a look at whether it could be made",
                                   "watch: there is none", NULL, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct watch_watch), &watch_ops, watch->type);
    stream = weir_expect_cloned(stream, "watch");
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_shared_ref(&watch->shared);
    watch_of(stream)->watch = watch;
    return stream;
}

weir_watch *weir_watch_new(const weir_type *type, const void *first)
{
    weir_watch *watch = weir_shared_new(sizeof *watch, NULL);
    struct weir_box *box = watch ? weir_box_new(type, first) : NULL;
    if (!box) {
        if (watch)
            weir_shared_unref(&watch->shared);
        weir_type_drop_items(type, (void *)(uintptr_t)first, 1);
        return NULL;
    }
    watch->shared.fini = watch_shared_fini;
    watch->type = type;
    watch->newest = box;
    watch->version = 1;
    return watch;
}
