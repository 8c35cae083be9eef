/* flatten_unordered: the items of inner streams, many at once, as they come.
 *
 * The source and the set of inner streams have wakers of their own, so that only the one that was
 * woken is polled. The rules are those of futures, event for event: the end of an inner stream is a
 * turn of its own, and an error of the source overtakes items that are ready. */

#include "stream/inner.h"
#include "stream/maker.h"
#include "stream/merging.h"
#include "weir/set.h"

struct flatten_unordered {
    weir_stream stream;
    size_t limit;
    const char *said; /* the stage in messages */
    struct weir_merging merging;
    struct weir_wakes *doors; /* the queue of those two below that were woken */
    struct weir_member_waker *source_door;
    struct weir_member_waker *set_door;
    bool source_due; /* polled next time: woken, not asked yet, or stopped by the limit */
    bool set_due;    /* ... woken, or it gave something */
    bool source_over;
    bool stopping;  /* the runtime is, and both were polled for it */
    bool no_memory; /* for one more, while others run: the source is asked when it is polled */
    weir_wait_for wait_for; /* what was PENDING last */
};

static struct flatten_unordered *flatten_unordered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct flatten_unordered, stream);
}

/* Which of the two was woken. */
static void flatten_unordered_look(struct flatten_unordered *self)
{
    weir_wakes_look(self->doors);
    for (struct weir_member_waker *door; (door = weir_wakes_pop(self->doors));) {
        self->source_due |= door == self->source_door;
        self->set_due |= door == self->set_door;
    }
}

/* Takes inner streams until one waits for the next, or there are as many as the limit. ERROR: it
 * goes on with the source next time. */
static weir_poll pull_all(struct flatten_unordered *self, weir_cx *cx)
{
    struct weir_children *set = &self->merging.set;
    for (bool begun = false; set->n < self->limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return (weir_poll){0, WEIR_READY};
        self->no_memory = !weir_children_reserve(set);
        if (self->no_memory)
            return set->n ? (weir_poll){0, WEIR_READY}
                          : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more inner stream");
        weir_stream *inner;
        weir_poll got = poll_next(weir_source(&self->stream), cx, &inner, 1);
        self->source_over = got.state == WEIR_END;
        self->source_due = got.n || got.state != WEIR_PENDING;
        if (got.n && !weir_inner_fits(inner, cx, self->said, self->stream.type))
            return (weir_poll){0, WEIR_ERROR};
        if (got.n)
            weir_merging_add(&self->merging, inner);
        self->set_due |= got.n;
        if (!got.n || self->source_over)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll flatten_unordered_pull(struct flatten_unordered *self, weir_cx *cx)
{
    weir_waker *task = cx->waker;
    cx->waker = &self->source_door->waker;
    weir_poll got = pull_all(self, cx);
    cx->waker = task;
    if (got.state == WEIR_PENDING)
        self->wait_for = cx->wait_for;
    if (got.state != WEIR_ERROR)
        return got;
    self->source_over = weir_is_done(weir_source(&self->stream));
    return self->merging.set.n ? weir_inner_error(cx) : got; /* the others still have items */
}

static weir_poll flatten_unordered_push(struct flatten_unordered *self, weir_cx *cx, void *out,
                                        size_t demand)
{
    weir_waker *task = cx->waker;
    cx->waker = &self->set_door->waker;
    weir_poll got = weir_merging_poll(&self->merging, cx, out, demand);
    cx->waker = task;
    self->set_due = got.state == WEIR_READY || got.state == WEIR_ERROR;
    if (got.state == WEIR_PENDING)
        self->wait_for = cx->wait_for;
    return got;
}

/* Nothing came. A turn that something is left to do in follows at once; the waker is stored before
 * it looks, since other threads may wake. */
static weir_poll flatten_unordered_wait_for_more(struct flatten_unordered *self, weir_cx *cx)
{
    size_t runs = self->merging.set.n;
    if (self->source_over && !runs)
        return (weir_poll){0, WEIR_END};
    weir_wakes_task(self->doors, cx->waker);
    flatten_unordered_look(self);
    bool asks = self->source_due && !self->source_over && runs < self->limit && !self->no_memory;
    if (asks || self->set_due)
        return weir_wait_turn(cx);
    return weir_wakes_wait(cx, self->wait_for);
}

static weir_poll flatten_unordered_answer(struct flatten_unordered *self, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct weir_merging *merging = &self->merging;
    if (merging->behind)
        return weir_merging_give_behind(merging, cx);
    weir_wakes_here(self->doors);
    flatten_unordered_look(self);
    if (WEIR_UNLIKELY(cx->stopping && !self->stopping))
        self->stopping = self->source_due = self->set_due = true;
    if (self->source_due && !self->source_over &&
        flatten_unordered_pull(self, cx).state == WEIR_ERROR)
        return (weir_poll){0, WEIR_ERROR};
    if (self->set_due || merging->places.n) {
        weir_poll got = flatten_unordered_push(self, cx, out, demand);
        if (got.n || got.state == WEIR_ERROR)
            return got;
    }
    return flatten_unordered_wait_for_more(self, cx);
}

static weir_poll flatten_unordered_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                             size_t demand)
{
    struct flatten_unordered *self = flatten_unordered_of(stream);
    return weir_merging_polled(&self->merging, cx, flatten_unordered_answer(self, cx, out, demand));
}

/* The inner streams are known by the set's waker here too. */
static void flatten_unordered_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct flatten_unordered *self =
        WEIR_CONTAINER(in_flight, struct flatten_unordered, merging.in_flight);
    weir_wakes_here(self->doors);
    weir_wakes_task(self->doors, cx->waker);
    cx->waker = &self->set_door->waker;
    weir_merging_go_on(&self->merging, cx);
}

static void flatten_unordered_fini(weir_stream *stream)
{
    struct flatten_unordered *self = flatten_unordered_of(stream);
    weir_merging_fini(&self->merging);
    if (self->source_door && weir_member_leave(self->source_door))
        weir_waker_unref(&self->source_door->waker);
    if (self->set_door && weir_member_leave(self->set_door))
        weir_waker_unref(&self->set_door->waker);
    if (self->doors)
        weir_wakes_close(self->doors);
}

static weir_hint flatten_unordered_size_hint(const weir_stream *stream)
{
    struct flatten_unordered *self = flatten_unordered_of(stream);
    weir_hint hint = weir_merging_size_hint(&self->merging);
    if (!self->source_over && weir_size_hint(weir_source(stream)).upper)
        hint.upper = WEIR_HINT_UNKNOWN;
    return hint;
}

static weir_stage *flatten_unordered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&flatten_unordered_of(stream)->merging.set, i);
}

static size_t flatten_unordered_memory_max(const weir_stream *stream)
{
    const struct flatten_unordered *self = flatten_unordered_of(stream);
    size_t bytes = weir_merging_memory_max(&self->merging, self->limit);
    size_t doors = sizeof(struct weir_wakes) + 2 * sizeof(struct weir_member_waker);
    return __builtin_add_overflow(bytes, doors, &bytes) ? SIZE_MAX : bytes;
}

static void flatten_unordered_holding(const weir_stream *stream, weir_holding *out)
{
    out->in_flight = flatten_unordered_of(stream)->merging.set.n;
    out->limit = flatten_unordered_of(stream)->limit;
}

static const weir_stream_ops flatten_unordered_ops = {.size = sizeof flatten_unordered_ops,
                                                      .name = "flatten_unordered",
                                                      .holding = flatten_unordered_holding,
                                                      .poll_next = flatten_unordered_poll_next,
                                                      .fini = flatten_unordered_fini,
                                                      .size_hint = flatten_unordered_size_hint,
                                                      .input = flatten_unordered_input,
                                                      .memory_max = flatten_unordered_memory_max};

static bool make_doors(struct flatten_unordered *self)
{
    self->doors = weir_wakes_new();
    if (!self->doors)
        return false;
    self->source_door = weir_member_new(self->doors, sizeof *self->source_door);
    self->set_door = weir_member_new(self->doors, sizeof *self->set_door);
    return self->source_door && self->set_door;
}

weir_stream *weir_flatten_unordered(weir_stream *source, const weir_type *type, size_t limit)
{
    source = weir_expect_type(source, "flatten_unordered", "of streams", &weir_type_stream);
    source = weir_expect_owned(source, "flatten_unordered");
    const char *said = weir_maker_said(source, "flatten_unordered");
    source = weir_expect_limit(source, said, "limit", limit);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct flatten_unordered), &flatten_unordered_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct flatten_unordered *self = flatten_unordered_of(stream);
    self->limit = limit;
    self->said = said;
    self->source_due = true;
    bool made = weir_merging_init(&self->merging, stream) && make_doors(self);
    self->merging.in_flight.progress = flatten_unordered_progress;
    self->merging.pauses = true;
    if (made)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", said, NULL,
                              0);
}
