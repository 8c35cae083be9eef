/* crew: so many functions that wait, each with a loop of its own over what it gets of one stream.
 * They are the items of a par_for_each; the stage that gives these hands out the items of its
 * source behind them, each to the one that has waited longest. */

#include <string.h>

#include "core/poll.h"
#include "task/par.h"
#include "task/task.h"
#include "task/waiters.h"

enum { CREW_MAX = 1 << 16 };

/* What is handed out, and to whom. */
struct crew_counter {
    struct weir_shared shared; /* first */
    const weir_type *type;
    struct weir_waiters hungry; /* members, each with room for one item */
    weir_waker_slot asker;      /* who hands out, and waits for one of them */
    size_t members;             /* that are not gone */
    size_t served;              /* of these, who have an item on its way to them */
    bool ended;                 /* the source did */
    bool closed;                /* nothing more comes */
    char *left;                 /* items that came when nobody was hungry any more */
    size_t left_n, left_max;    /* each that goes may leave one */
};

static char *left_at(const struct crew_counter *counter, size_t nth)
{
    return counter->left + nth * counter->type->size;
}

static void counter_fini(struct weir_shared *shared)
{
    struct crew_counter *counter = (struct crew_counter *)(void *)shared;
    weir_type_drop_items(counter->type, counter->left, counter->left_n);
    weir_release(counter->left, counter->left_max * counter->type->size);
}

/* NULL: no memory. */
static struct crew_counter *counter_new(const weir_type *type, size_t members)
{
    struct crew_counter *counter = weir_shared_new(sizeof *counter, counter_fini);
    if (!counter)
        return NULL;
    counter->type = type;
    counter->left = weir_allocate_aligned((members + 1) * type->size, type->align);
    counter->left_max = counter->left ? members + 1 : 0;
    if (counter->left)
        return counter;
    weir_shared_unref(&counter->shared);
    return NULL;
}

/* ---- under the lock ---- */

/* True: one of both was there. */
static bool crew_hand_out(struct crew_counter *counter, struct weir_waking *waking)
{
    struct weir_waiting *one = counter->hungry.first;
    if (!one || !counter->left_n || weir_waking_is_full(waking))
        return false;
    memcpy(one->item, left_at(counter, --counter->left_n), counter->type->size);
    weir_waiters_serve(&counter->hungry, WEIR_PLACE_SERVED, waking);
    counter->served++;
    return true;
}

static void crew_put(struct crew_counter *counter, const void *item, struct weir_waking *waking)
{
    memcpy(left_at(counter, counter->left_n++), item, counter->type->size);
    crew_hand_out(counter, waking);
}

static void close_counter(struct crew_counter *counter)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&counter->shared);
    counter->closed = true;
    weir_waiters_serve_all(&counter->shared, &counter->hungry, WEIR_PLACE_REFUSED, &waking);
    weir_shared_unlock(&counter->shared, &waking);
}

/* ---- what a member loops over ---- */

struct portion {
    weir_stream stream;
    struct crew_counter *counter; /* NULL: not made */
    struct weir_waiting place;
};

static struct portion *portion_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct portion, stream);
}

/* What was on its way is there. The end waits for that: it might have come back. */
static void arrived(struct portion *self, struct weir_waking *waking)
{
    self->place.state = WEIR_PLACE_OUTSIDE;
    self->counter->served--;
    if (self->counter->ended)
        weir_waking_add(waking, &self->counter->asker);
}

/* The task that hands out is over, or dropped it inside of a poll: it waits for its members. */
static bool crew_is_told(const weir_cx *cx)
{
    const weir_task *task = weir_task_of(cx);
    return task && atomic_load(&task->cancelled) != WEIR_TASK_WANTED;
}

static weir_poll portion_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct portion *self = portion_of(stream);
    struct crew_counter *counter = self->counter;
    struct weir_waking waking;
    (void)demand;
    weir_waking_begin(&waking);
    weir_shared_lock(&counter->shared);
    bool served = self->place.state == WEIR_PLACE_SERVED;
    if (served) {
        memcpy(out, self->place.item, counter->type->size);
        arrived(self, &waking);
    }
    if (served || counter->closed || crew_is_told(cx)) {
        weir_shared_unlock(&counter->shared, &waking);
        return (weir_poll){served, served ? WEIR_READY : WEIR_END};
    }
    if (self->place.state != WEIR_PLACE_WAITS)
        weir_waiters_join(&counter->hungry, &self->place);
    weir_waking_add(&waking, &counter->asker);
    return weir_shared_wait_waking(&counter->shared, cx, &self->place.waker, WEIR_WAIT_ITEM,
                                   &waking);
}

/* What it was given and did not take is another one's. */
static void portion_fini(weir_stream *stream)
{
    struct portion *self = portion_of(stream);
    struct crew_counter *counter = self->counter;
    struct weir_waking waking;
    if (!counter)
        return;
    weir_waking_begin(&waking);
    weir_shared_lock(&counter->shared);
    if (self->place.state == WEIR_PLACE_SERVED) {
        arrived(self, &waking);
        crew_put(counter, self->place.item, &waking);
    } else {
        weir_waiters_leave(&counter->hungry, &self->place);
    }
    counter->members--;
    weir_waking_add(&waking, &counter->asker);
    weir_shared_unlock(&counter->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_shared_unref(&counter->shared);
}

static const weir_stream_ops portion_ops = {.size = sizeof portion_ops,
                                            .name = "crew_items",
                                            .poll_next = portion_poll_next,
                                            .fini = portion_fini};

static size_t portion_bytes(const weir_type *type)
{
    return sizeof(struct portion) + type->size + type->align;
}

/* Or a failed one, which its member sees. */
static weir_stream *portion_new(struct crew_counter *counter)
{
    struct weir_waking waking;
    weir_arena *arena = weir_arena_new(portion_bytes(counter->type));
    weir_stream *stream =
        weir_source_in(arena, sizeof(struct portion), &portion_ops, counter->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct portion *self = portion_of(stream);
    self->place.item =
        weir_arena_take(stream->stage.arena, counter->type->size, counter->type->align);
    if (!self->place.item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for an item",
                                  NULL, NULL, 0);
    weir_shared_ref(&counter->shared);
    weir_waking_begin(&waking);
    weir_shared_lock(&counter->shared);
    counter->members++;
    weir_shared_unlock(&counter->shared, &waking);
    self->counter = counter;
    return stream;
}

/* ---- members, and then what they get ---- */

struct members {
    weir_stream stream;
    struct crew_counter *counter; /* NULL: not made */
    size_t to_come;               /* of the members */
    weir_par_limit *limit;        /* NULL: none */
    struct weir_waiting place;    /* of the next one, in its line */
};

static struct members *members_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct members, stream);
}

/* READY: somebody is hungry, and nothing is left to be given to him. */
static weir_poll look_for_hungry(struct members *self, weir_cx *cx)
{
    struct crew_counter *counter = self->counter;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&counter->shared);
    while (crew_hand_out(counter, &waking))
        ;
    bool all_out = counter->ended && !counter->left_n && !counter->served;
    bool over = counter->closed || (!counter->members && !self->to_come) || all_out;
    bool wanted = counter->hungry.first && !counter->left_n && !counter->ended;
    if (!over && !wanted)
        return weir_shared_wait_waking(&counter->shared, cx, &counter->asker, WEIR_WAIT_PEER,
                                       &waking);
    weir_shared_unlock(&counter->shared, &waking);
    return (weir_poll){0, over ? WEIR_END : WEIR_READY};
}

/* It waits for its source; members may be gone meanwhile, all of them. */
static void keep_waker(struct crew_counter *counter, weir_cx *cx)
{
    weir_wait_for wait_for = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_shared_lock(&counter->shared);
    weir_shared_wait(&counter->shared, cx, &counter->asker, wait_for);
    cx->waiting = waiting;
}

static weir_poll feed_one(struct members *self, weir_cx *cx, void *item)
{
    struct crew_counter *counter = self->counter;
    struct weir_waking waking;
    weir_poll got = poll_next(weir_source(&self->stream), cx, item, 1);
    weir_waking_begin(&waking);
    if (got.n || got.state == WEIR_END) {
        weir_shared_lock(&counter->shared);
        counter->ended = got.state == WEIR_END;
        if (got.n)
            crew_put(counter, item, &waking);
        weir_shared_unlock(&counter->shared, &waking);
    }
    if (got.state == WEIR_PENDING)
        keep_waker(counter, cx);
    return got.state == WEIR_END ? (weir_poll){0, WEIR_READY} : (weir_poll){0, got.state};
}

static weir_poll feed(struct members *self, weir_cx *cx)
{
    size_t mark = weir_scratch_mark(cx), one = 1;
    weir_stream *source = weir_source(&self->stream);
    void *item = weir_scratch_items(cx, source, source->type, &one);
    if (!item)
        return weir_scratch_fail(cx, source->type);
    weir_poll got = {0, WEIR_READY};
    for (bool begun = false; got.state == WEIR_READY; begun = true) {
        got = look_for_hungry(self, cx);
        if (got.state == WEIR_READY)
            got = weir_spend(cx) || !begun ? feed_one(self, cx, item) : weir_wait_turn(cx);
    }
    weir_scratch_give(cx, mark);
    if (got.state == WEIR_END || (got.state == WEIR_ERROR && cx->error.fatal))
        close_counter(self->counter);
    return got;
}

static weir_poll members_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct members *self = members_of(stream);
    (void)demand;
    if (!self->to_come || !weir_par_may_begin(self->limit, &self->place, cx)) {
        weir_poll got = feed(self, cx);
        bool waits = got.state == WEIR_END && self->to_come; /* those find the end */
        return waits ? (weir_poll){0, WEIR_PENDING} : got;
    }
    self->to_come--;
    *(weir_stream **)out = portion_new(self->counter);
    return (weir_poll){1, WEIR_READY};
}

/* Members that begin their next turn find the end. */
static void members_over(weir_stream *stream)
{
    weir_par_over(members_of(stream)->limit, &members_of(stream)->place);
    close_counter(members_of(stream)->counter);
}

static void members_fini(weir_stream *stream)
{
    struct crew_counter *counter = members_of(stream)->counter;
    struct weir_waking waking;
    if (!counter)
        return;
    weir_par_fini(members_of(stream)->limit, &members_of(stream)->place);
    close_counter(counter);
    weir_waking_begin(&waking);
    weir_shared_lock(&counter->shared);
    weir_waker_slot asker = counter->asker;
    counter->asker.waker = NULL;
    weir_shared_unlock(&counter->shared, &waking);
    weir_waker_slot_clear(&asker);
    weir_shared_unref(&counter->shared);
}

static size_t members_memory_max(const weir_stream *stream)
{
    const struct crew_counter *counter = members_of(stream)->counter;
    if (!counter)
        return 0;
    size_t each = counter->type->size + weir_arena_new_bytes(portion_bytes(counter->type));
    return sizeof *counter + counter->left_max * each;
}

static const weir_stream_ops crew_members_ops = {.size = sizeof crew_members_ops,
                                                 .name = "members",
                                                 .poll_next = members_poll_next,
                                                 .fini = members_fini,
                                                 .memory_max = members_memory_max,
                                                 .over = members_over};

static weir_stream *expect_few(weir_stream *source, size_t n)
{
    source = weir_expect_limit(source, "crew", "number of members", n);
    if (weir_stage_failed(&source->stage) || n <= CREW_MAX)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "65536 at most",
                              "%s: %zu members are too many", "crew", NULL, n);
}

static weir_stream *members_new(weir_stream *source, const weir_crew_fn *fn, size_t n,
                                weir_par_limit *limit)
{
    source = weir_par_expect_owned(source, "crew");
    source = weir_expect_type(source, "crew", fn->member.name, fn->of);
    source = weir_expect_size(source, "crew", fn->member.name, fn->of, fn->of_size);
    source = expect_few(source, n);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct members), &crew_members_ops, &weir_type_stream);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct members *self = members_of(stream);
    self->counter = counter_new(weir_source(stream)->type, n);
    self->to_come = n;
    if (!self->counter)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "crew",
                                  NULL, 0);
    self->limit = weir_par_limit_ref(limit);
    return weir_stream_scratch(stream, weir_source(stream)->type);
}

/* One more than there are members is asked for, so that what hands out is polled. */
weir_stream *(weir_crew)(weir_stream *source, const weir_crew_fn *fn, void *arg, size_t n,
                         const weir_par_options *how)
{
    struct weir_par_body body = {
        .kind = WEIR_PAR_FIBER, .fn = &fn->member, .arg = arg, .stage = "crew"};
    struct weir_par par = {
        .body = body, .limit = n + 1, .how = weir_par_options_of(how), .feeds = true};
    if (!weir_stage_failed(&source->stage))
        par.how.local |= source->type->bound; /* the members are streams, which say nothing of it */
    return weir_par_each(members_new(source, fn, n, par.how.limit), &par);
}
