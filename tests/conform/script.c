/* What a vector scripts: sources that follow their steps, futures that wait a while. Both are
 * stages of their own, and count how they are used. */

#include "conform.h"

#include <string.h>

/* ---- deferred wake-ups ---- */

void deferred_list_init(struct deferred *head)
{
    *head = (struct deferred){.next = head, .previous = head};
}

static void deferred_remove(struct deferred *deferred)
{
    if (!deferred->waiting)
        return;
    deferred->previous->next = deferred->next;
    deferred->next->previous = deferred->previous;
    deferred->waiting = false;
}

weir_poll deferred_wait(struct deferred *deferred, struct deferred *head, weir_cx *cx)
{
    if (!deferred->waiting) {
        deferred->waiting = true;
        deferred->next = head;
        deferred->previous = head->previous;
        head->previous->next = deferred;
        head->previous = deferred;
    }
    return weir_wait(cx, &deferred->slot, WEIR_WAIT_PEER);
}

void deferred_fini(struct deferred *deferred)
{
    deferred_remove(deferred);
    weir_waker_slot_clear(&deferred->slot);
}

/* What is stored while this runs waits for the next round. */
void deferred_wake_all(struct deferred *head)
{
    struct deferred round;
    if (head->next == head)
        return;
    round.next = head->next;
    round.previous = head->previous;
    round.next->previous = round.previous->next = &round;
    deferred_list_init(head);
    while (round.next != &round) {
        struct deferred *first = round.next;
        deferred_remove(first);
        weir_waker_slot_wake(&first->slot);
    }
}

/* ---- sources ---- */

struct script {
    weir_stream stream;
    struct run *run;
    struct tally *tally; /* NULL: an inner source that was made */
    bool counted;
    json_t *steps;
    size_t at;
    struct deferred deferred;
};

static weir_poll script_items(struct script *self, struct value *out, size_t demand)
{
    weir_poll got = {0, WEIR_READY};
    for (; got.n < demand; got.n++, self->at++) {
        const json_t *step = json_array_get(self->steps, self->at);
        if (!step || json_is_string(step))
            break;
        out[got.n] = value_from_json(step);
    }
    if (self->tally)
        self->tally->taken += got.n;
    /* The end with items is allowed as early news; the reference's sources cannot say it. */
    if (demand > 1 && self->run->demand > 2 && self->at == json_array_size(self->steps))
        got.state = WEIR_END;
    return got;
}

static weir_poll script_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct script *self = WEIR_CONTAINER(stream, struct script, stream);
    if (self->tally)
        self->tally->polls++;
    else if (self->counted)
        self->run->ipolls++;
    if (self->deferred.waiting)
        return deferred_wait(&self->deferred, &self->run->deferred, cx);

    const json_t *step = json_array_get(self->steps, self->at);
    if (!step)
        return (weir_poll){0, WEIR_END};
    if (!json_is_string(step))
        return script_items(self, out, demand);
    self->at++;
    if (!strcmp(json_string_value(step), "D"))
        return deferred_wait(&self->deferred, &self->run->deferred, cx);
    return weir_wait_turn(cx);
}

static void script_fini(weir_stream *stream)
{
    struct script *self = WEIR_CONTAINER(stream, struct script, stream);
    deferred_fini(&self->deferred);
    json_decref(self->steps);
    self->run->live--;
}

static const weir_stream_ops script_ops = {.size = sizeof script_ops,
                                           .name = "script",
                                           .poll_next = script_poll_next,
                                           .fini = script_fini};

static weir_stream *script_new(struct run *run, json_t *steps, struct tally *tally, bool counted)
{
    weir_stream *stream = weir_source_new(sizeof(struct script), &script_ops, &value_type);
    if (weir_stage_failed(&stream->stage)) {
        json_decref(steps);
        return stream;
    }
    struct script *self = WEIR_CONTAINER(stream, struct script, stream);
    self->run = run;
    self->tally = tally;
    self->counted = counted;
    self->steps = steps;
    run->live++;
    run->made += !tally && counted;
    return stream;
}

weir_stream *script_source(struct run *run, int64_t index)
{
    if (index < 0 || (uint64_t)index >= run->sources_n || run->sources[index].used)
        return weir_stream_refused(WEIR_E_ARGUMENT, NULL, "no source %zu, or it is used twice",
                                   NULL, NULL, (size_t)index);
    struct tally *tally = &run->sources[index];
    tally->used = true;
    json_t *sources = json_object_get(run->vector, "sources");
    return script_new(run, json_incref(json_array_get(sources, (size_t)index)), tally, true);
}

weir_stream *script_inner(struct run *run, json_t *steps, bool counted)
{
    return script_new(run, steps, NULL, counted);
}

weir_stream *script_future(struct run *run, const json_t *steps, json_t *value)
{
    json_t *all = json_copy((json_t *)steps);
    json_array_append(all, value);
    weir_stream *stream = script_new(run, all, NULL, true);
    stream->stage.one = true;
    return stream;
}

/* ---- futures ---- */

struct future {
    weir_stream stream;
    struct run *run;
    uint64_t pendings;
    bool counted;
    bool defers;
    bool fails;
    bool over;
    bool alone;
    int64_t error;
    struct judged result;
    struct deferred deferred;
};

static weir_poll future_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct future *self = WEIR_CONTAINER(stream, struct future, stream);
    (void)demand;
    self->run->ipolls += self->counted;
    if (self->deferred.waiting)
        return deferred_wait(&self->deferred, &self->run->deferred, cx);
    if (self->pendings) {
        self->pendings--;
        return self->defers ? deferred_wait(&self->deferred, &self->run->deferred, cx)
                            : weir_wait_turn(cx);
    }
    if (self->over)
        return (weir_poll){0, WEIR_END};
    self->over = true;
    if (self->fails) {
        weir_fail(cx, WEIR_E_USER, "error %lld", (long long)self->error);
        cx->error.number = self->error;
        cx->error.fatal = false;
        return (weir_poll){0, WEIR_ERROR};
    }
    memcpy(out, &self->result, stream->type->size);
    return (weir_poll){1, self->alone ? WEIR_END : WEIR_READY};
}

static void future_fini(weir_stream *stream)
{
    struct future *self = WEIR_CONTAINER(stream, struct future, stream);
    if (!self->over && !self->fails)
        value_drop(&self->result.value);
    deferred_fini(&self->deferred);
    self->run->live--;
}

static const weir_stream_ops future_ops = {.size = sizeof future_ops,
                                           .name = "future",
                                           .poll_next = future_poll_next,
                                           .fini = future_fini};

weir_stream *future_new(struct entry *entry, int64_t x, struct judged result, const weir_type *type)
{
    const struct timing *timing = &entry->timing;
    weir_stream *stream = weir_source_new(sizeof(struct future), &future_ops, type);
    bool fails = timing_fails(timing, x);
    if (fails || weir_stage_failed(&stream->stage))
        value_drop(&result.value);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct future *self = WEIR_CONTAINER(stream, struct future, stream);
    self->run = entry->run;
    self->pendings = timing_pendings(timing, x);
    self->counted = timing->counted;
    self->defers = timing->deferred;
    self->fails = fails;
    self->error = x;
    if (!fails)
        self->result = result;
    stream->stage.one = true;
    entry->run->live++;
    entry->run->made += timing->counted;
    return stream;
}

weir_stream *future_alone(struct entry *entry, int64_t x, struct judged result)
{
    weir_stream *stream = future_new(entry, x, result, &value_type);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct future, stream)->alone = true;
    return stream;
}
