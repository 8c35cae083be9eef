/* Sets that are pushed to while they run. */

#include "stream/set.h"

static weir_set *set_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_set, stream);
}

static bool set_failed(const weir_set *set)
{
    return weir_stage_failed(&set->stream.stage);
}

/* ---- the stage ---- */

static weir_poll poll_streams(struct weir_merging *merging, weir_cx *cx, void *out, size_t demand)
{
    return weir_merging_polled(merging, cx, weir_merging_poll(merging, cx, out, demand));
}

/* {0, READY}: futures ended without a result, and it is asked again. */
static weir_poll poll_futures(struct weir_running *running, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = {0, WEIR_END};
    if (weir_running_held(running, running->ordered) || running->error.held)
        got = running->ordered ? weir_running_in_order(running, cx, out, demand)
                               : weir_running_as_they_come(running, cx, out, demand, false);
    return weir_in_flight_polled(&running->in_flight, cx, got);
}

weir_poll weir_set_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_set *set = set_of(stream);
    return set->futures ? poll_futures(&set->running, cx, out, demand)
                        : poll_streams(&set->merging, cx, out, demand);
}

void weir_set_fini(weir_stream *stream)
{
    weir_set *set = set_of(stream);
    if (set->futures)
        weir_running_fini(&set->running);
    else
        weir_merging_fini(&set->merging);
}

/* More may be pushed. */
weir_hint weir_set_size_hint(const weir_stream *stream)
{
    const weir_set *set = set_of(stream);
    size_t least = set->futures ? 0 : weir_merging_size_hint(&set->merging).lower;
    return (weir_hint){least, WEIR_HINT_UNKNOWN};
}

weir_stage *weir_set_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(weir_set_children(set_of(stream)), i);
}

size_t weir_set_memory_max(const weir_stream *stream)
{
    const weir_set *set = set_of(stream);
    return set->futures ? weir_running_memory_max(&set->running, set->limit)
                        : weir_merging_memory_max(&set->merging, set->limit);
}

static bool set_init(weir_set *set, size_t limit, enum weir_set_kind kind)
{
    set->limit = limit;
    set->futures = kind != WEIR_SET_STREAMS;
    return set->futures
               ? weir_running_init(&set->running, &set->stream, kind == WEIR_SET_FUTURES_IN_ORDER)
               : weir_merging_init(&set->merging, &set->stream);
}

weir_stream *weir_set_new(size_t size, const weir_stream_ops *ops, const weir_type *type,
                          size_t limit, enum weir_set_kind kind)
{
    weir_stream *stream = weir_source_new(size, ops, type);
    stream = weir_expect_limit(stream, ops->name, "limit", limit);
    if (!weir_stage_failed(&stream->stage) && kind != WEIR_SET_STREAMS && type->lent)
        stream = weir_stream_refuse(&stream->stage, WEIR_E_TYPE, "weir_own() around each future",
                                    "%s holds results, but '%s' is lent", ops->name, type->name, 0);
    if (weir_stage_failed(&stream->stage) || set_init(set_of(stream), limit, kind))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", ops->name,
                              NULL, 0);
}

/* ---- in ---- */

bool weir_set_reserve(weir_set *set)
{
    if (set_failed(set) || weir_set_len(set) >= set->limit)
        return false;
    return set->futures ? weir_running_reserve(&set->running, set->running.ordered)
                        : weir_children_reserve(&set->merging.set);
}

weir_stream *weir_set_expect(const weir_set *set, weir_stream *stream, const weir_type *type)
{
    const char *name = weir_stage_name(&set->stream.stage);
    stream = weir_expect_one_type(stream, name, type);
    if (set->futures)
        stream = weir_expect_one(stream, name);
    if (weir_stage_failed(&stream->stage) || !stream->stage.marked)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "weir_settle_here() around it",
                              "%s takes no stream that gives marks, as '%s' does", name,
                              weir_stage_name(&stream->stage), 0);
}

/* Whoever waits for the set looks again, and it is polled again if it had ended. */
static void set_tell(weir_set *set)
{
    struct weir_wakes *wakes = weir_set_children(set)->wakes;
    if (wakes)
        weir_wakes_tell(wakes);
}

void weir_set_add(weir_set *set, weir_stream *stream, bool front)
{
    if (!set->futures)
        weir_merging_add(&set->merging, stream);
    else if (front && set->running.ordered)
        weir_running_add_front(&set->running, stream);
    else
        weir_running_add(&set->running, stream, set->running.ordered);
    weir_stream_reopen(&set->stream);
    set_tell(set);
}

static bool set_push(weir_set *set, weir_stream *stream, bool front)
{
    if (!weir_set_reserve(set))
        return false;
    weir_set_add(set, weir_set_expect(set, stream, set->stream.type), front);
    return true;
}

bool weir_set_push(weir_set *set, weir_stream *stream)
{
    return set_push(set, stream, false);
}

bool weir_set_push_front(weir_set *set, weir_stream *future)
{
    return set_push(set, future, true);
}

/* ---- what is in it ---- */

size_t weir_set_len(const weir_set *set)
{
    if (set_failed(set))
        return 0;
    return set->futures ? weir_running_held(&set->running, set->running.ordered)
                        : set->merging.set.n;
}

weir_stream *weir_set_member(const weir_set *set, size_t i)
{
    return set_failed(set) ? NULL : (weir_stream *)weir_set_input(&set->stream, i);
}

weir_stream *weir_set_give_up(weir_set *set, struct weir_stream_child *child)
{
    if (set->futures)
        weir_running_forget(&set->running, child);
    else
        weir_merging_forget(&set->merging, child);
    weir_stream *stream = weir_children_take(weir_set_children(set), child);
    if (set->futures || !weir_set_len(set)) /* it may have held others back, or was the last */
        set_tell(set);
    return stream;
}

weir_stream *weir_set_take(weir_set *set)
{
    struct weir_stream_child *child = set_failed(set) ? NULL : weir_set_children(set)->first;
    return child ? weir_set_give_up(set, child) : NULL;
}

void weir_set_clear(weir_set *set)
{
    if (set_failed(set))
        return;
    if (set->futures)
        weir_running_clear(&set->running);
    else
        weir_merging_clear(&set->merging);
    set_tell(set);
}
