/* hub: one source, several outputs. */

#include "stream/hub.h"

#include <string.h>

#include "weir/outputs.h"

/* May outlive the hub: whoever brings what the source waits for may still hold it. */
struct weir_hub_waker {
    weir_waker waker;
    struct weir_seats seats;
    bool woken; /* since the source was polled; atomic */
};

static struct weir_hub_waker *hub_waker_of(weir_waker *waker)
{
    return WEIR_CONTAINER(waker, struct weir_hub_waker, waker);
}

static void hub_waker_wake(weir_waker *waker)
{
    struct weir_hub_waker *self = hub_waker_of(waker);
    __atomic_store_n(&self->woken, true, __ATOMIC_RELAXED);
    weir_seats_wake(&self->seats);
}

static void hub_waker_release(weir_waker *waker)
{
    struct weir_hub_waker *self = hub_waker_of(waker);
    weir_seats_fini(&self->seats);
    weir_release(self, sizeof *self);
}

static struct weir_hub_waker *hub_waker_new(void)
{
    static const weir_waker_ops ops = {sizeof ops, hub_waker_wake, hub_waker_release};
    struct weir_hub_waker *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    weir_waker_init(&self->waker, &ops);
    return self;
}

/* ---- the hub ---- */

void *weir_hub_new(weir_stream **source, size_t size, const char *name)
{
    if (weir_stage_failed(&(*source)->stage))
        return NULL;
    weir_arena *arena = (*source)->stage.arena;
    struct weir_hub *hub = weir_arena_take(arena, size, WEIR_ALIGN);
    struct weir_hub_waker *waker = hub ? hub_waker_new() : NULL;
    if (!waker) {
        *source = weir_stream_refuse(&(*source)->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                     name, NULL, 0);
        return NULL;
    }
    hub->source = *source;
    hub->arena = arena;
    hub->waker = waker;
    hub->holders = 1;
    return hub;
}

weir_stream *weir_hub_refuse(struct weir_hub *hub, const char *format, const char *name, size_t n)
{
    weir_waker_unref(&hub->waker->waker);
    return weir_stream_refuse(&hub->source->stage, WEIR_E_MEMORY, NULL, format, name, NULL, n);
}

/* The source is finished at once; its arena stays, since the hub stands in it. In the middle of its
 * own poll it is left for later. */
static void hub_give_up(struct weir_hub *hub)
{
    hub->over = true;
    if (hub->polling || !hub->source)
        return;
    weir_stage_finish(&hub->source->stage);
    hub->source = NULL;
}

void weir_hub_leave(struct weir_hub *hub)
{
    if (--hub->holders)
        return;
    if (hub->fini)
        hub->fini(hub);
    hub_give_up(hub);
    weir_waker_unref(&hub->waker->waker);
    weir_arena_drop(hub->arena);
}

static void set_waiting(struct weir_output *output, bool waits)
{
    output->hub->waiting_n += (size_t)waits - (size_t)output->waits;
    output->waits = waits;
}

void weir_hub_wake(struct weir_hub *hub)
{
    struct weir_output *output = hub->first;
    for (; output && hub->waiting_n; output = output->next) {
        if (!output->waits)
            continue;
        set_waiting(output, false);
        weir_waker_cell_wake(&output->seat->cell);
    }
}

bool weir_hub_was_woken(const struct weir_hub *hub)
{
    return __atomic_load_n(&hub->waker->woken, __ATOMIC_RELAXED);
}

weir_hint weir_hub_hint(const struct weir_hub *hub)
{
    return hub->over ? (weir_hint){0, 0} : weir_size_hint(hub->source);
}

/* ---- outputs ---- */

static void hub_put_last(struct weir_hub *hub, struct weir_output *output)
{
    output->hub = hub;
    output->previous = hub->last;
    if (hub->last)
        hub->last->next = output;
    else
        hub->first = output;
    hub->last = output;
    hub->outputs_n++;
    hub->pulling_n++;
    hub->holders++;
}

static void hub_take_out(struct weir_hub *hub, struct weir_output *output)
{
    if (output->previous)
        output->previous->next = output->next;
    else
        hub->first = output->next;
    if (output->next)
        output->next->previous = output->previous;
    else
        hub->last = output->previous;
    hub->outputs_n--;
    hub->pulling_n -= !output->follows;
}

weir_stream *weir_output_new(struct weir_hub *hub, size_t size, const weir_stream_ops *ops,
                             const weir_type *type)
{
    weir_stream *stream = weir_source_new(size, ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_output *output = weir_output_of(stream);
    output->seat = weir_seats_take(&hub->waker->seats);
    if (!output->seat && hub->outputs_n == WEIR_SEATS_MAX)
        return weir_stream_refuse(&stream->stage, WEIR_E_LIMIT, "outputs of outputs",
                                  "%s has at most %zu outputs at a time", ops->name, NULL,
                                  WEIR_SEATS_MAX);
    if (!output->seat)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for one more output of %s", ops->name, NULL, 0);
    hub_put_last(hub, output);
    if (hub->source)
        stream = weir_stream_with(stream, &hub->source->stage);
    if (ops->marks == WEIR_MARKS_SETTLE)
        stream->stage.marked = false;
    return stream;
}

/* Nobody is left who would ask for more, or the others do not want to go on alone. */
static bool is_given_up(const struct weir_hub *hub)
{
    return hub->eager || (hub->first && !hub->pulling_n);
}

void weir_output_leave(struct weir_output *output)
{
    struct weir_hub *hub = output->hub;
    if (!hub)
        return;
    set_waiting(output, false);
    output->hub = NULL;
    hub_take_out(hub, output);
    weir_seats_leave(&hub->waker->seats, output->seat);
    if (is_given_up(hub))
        hub_give_up(hub);
    weir_hub_wake(hub);
    weir_hub_leave(hub);
}

void weir_output_over(weir_stream *stream)
{
    stream->ops->fini(stream);
    weir_stream_end(stream);
}

weir_poll weir_output_end(const struct weir_output *output, weir_cx *cx)
{
    const struct weir_hub *hub = output->hub;
    if (hub->fatal) {
        cx->error = hub->error;
        return (weir_poll){0, WEIR_ERROR};
    }
    cx->cut |= hub->cut;
    return (weir_poll){0, WEIR_END};
}

/* Before it is looked at what is waited for: what woke it until now is seen by that look. */
static void hub_sit_down(struct weir_output *output)
{
    if (WEIR_UNLIKELY(__atomic_load_n(&output->seat->cell.word, __ATOMIC_RELAXED) != 0))
        weir_waker_cell_clear(&output->seat->cell);
    set_waiting(output, false);
}

weir_poll weir_output_wait(struct weir_output *output, weir_cx *cx, weir_wait_for what)
{
    hub_sit_down(output);
    set_waiting(output, true);
    return weir_wait_cell(cx, &output->seat->cell, what);
}

static weir_poll hub_note_end(struct weir_hub *hub, weir_cx *cx, weir_poll got)
{
    hub->over = true;
    hub->fatal = got.state == WEIR_ERROR;
    hub->cut = hub->source->stage.cut;
    if (hub->fatal)
        hub->error = cx->error;
    else if (got.n && hub->cut)
        got.state = WEIR_READY; /* a cut is said beside an END that is the output's own */
    else
        cx->cut |= hub->cut;
    return got;
}

/* What the source answered and is not READY. */
static weir_poll pulled(struct weir_output *output, weir_cx *cx, weir_poll got)
{
    if (got.state == WEIR_PENDING) { /* whoever said that also said what for */
        set_waiting(output, true);
        weir_waker_cell_store(&output->seat->cell, cx->waker);
    } else if (got.state == WEIR_END || (got.state == WEIR_ERROR && cx->error.fatal)) {
        got = hub_note_end(output->hub, cx, got);
    }
    return got;
}

/* It was given up while it was polled: what it gave is the last that comes. */
static weir_poll given_up(struct weir_output *output, weir_cx *cx, weir_poll got)
{
    hub_give_up(output->hub);
    if (got.n)
        return (weir_poll){got.n, WEIR_READY};
    return got.state == WEIR_MARK ? got : weir_output_end(output, cx);
}

weir_poll weir_output_pull(struct weir_output *output, weir_cx *cx, void *out, size_t demand)
{
    struct weir_hub *hub = output->hub;
    if (WEIR_UNLIKELY(hub->over))
        return weir_output_end(output, cx);
    if (WEIR_UNLIKELY(hub->polling))
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is polled inside of a poll of its own source",
                         weir_stage_name(&output->stream.stage));
    weir_waker *waker = cx->waker;
    hub_sit_down(output);
    __atomic_store_n(&hub->waker->woken, false, __ATOMIC_RELAXED);
    hub->polling = true;
    cx->waker = &hub->waker->waker;
    weir_poll got = poll_next(hub->source, cx, out, demand);
    cx->waker = waker;
    hub->polling = false;
    if (got.state != WEIR_PENDING) /* what others left with the source is void now */
        weir_hub_wake(hub);
    if (WEIR_UNLIKELY(hub->over))
        return given_up(output, cx, got);
    return WEIR_LIKELY(got.state == WEIR_READY) ? got : pulled(output, cx, got);
}

weir_stage *weir_output_input(const weir_stream *stream, size_t i)
{
    const struct weir_output *output = weir_output_of(stream);
    const struct weir_hub *hub = output->hub;
    return !i && hub && hub->first == output && hub->source ? &hub->source->stage : NULL;
}

size_t weir_output_memory_max(const weir_stream *stream)
{
    const struct weir_output *output = weir_output_of(stream);
    const struct weir_hub *hub = output->hub;
    if (!hub || hub->first != output)
        return 0;
    size_t arena = hub->source ? 0 : weir_arena_bytes(hub->arena);
    return arena + sizeof *hub->waker + weir_seats_bytes(&hub->waker->seats);
}

void weir_end_together(weir_stream *output)
{
    bool is_output = !weir_stage_failed(&output->stage) && output->ops->input == weir_output_input;
    if (is_output && weir_output_of(output)->hub)
        weir_output_of(output)->hub->eager = true;
}

/* ---- what cannot be built ---- */

weir_stream *weir_expect_clone(weir_stream *source, const char *stage)
{
    const weir_type *type = source->type;
    if (weir_stage_failed(&source->stage) || !type->drop || type->clone)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "a .clone in the descriptor, or a map that makes something plain of "
                              "them before it",
                              "%s gives each item to several, and nothing is known to copy a '%s'",
                              stage, type->name, 0);
}

/* Texts of a fault may stand in the arena of its chain, all but the cure. NULL stays NULL, and is
 * no memory too. */
static const char *text_in(weir_arena *arena, const char *text)
{
    size_t size = text != NULL;
    while (text && text[size - 1])
        size++;
    char *copy = text ? weir_arena_take(arena, size, 1) : NULL;
    return copy ? memcpy(copy, text, size) : NULL;
}

weir_stream *weir_refused_like(const weir_stream *failed)
{
    const weir_fault *fault = failed->stage.arena ? weir_arena_fault(failed->stage.arena) : NULL;
    if (!fault)
        return weir_no_memory_stream();
    weir_stream *stream = weir_stream_refused(fault->code, NULL, "%s", NULL, NULL, fault->number);
    if (!stream->stage.arena)
        return stream;
    weir_fault copy = *fault;
    copy.format = text_in(stream->stage.arena, fault->format);
    for (size_t i = 0; i < WEIR_FAULT_ARGS; i++)
        copy.args[i] = text_in(stream->stage.arena, fault->args[i]);
    if (!copy.format)
        copy.format = "no memory to say why";
    weir_arena_keep_fault(stream->stage.arena, &copy);
    return stream;
}

void weir_outputs_refuse(weir_stream **outputs, size_t n, weir_stream *failed)
{
    if (!n)
        weir_drop(failed);
    for (size_t i = 0; i < n; i++)
        outputs[i] = i ? weir_refused_like(failed) : failed;
}

bool weir_outputs_are_whole(weir_stream **outputs, size_t n)
{
    size_t first = 0;
    while (first < n && !weir_stage_failed(&outputs[first]->stage))
        first++;
    if (first == n)
        return true;
    for (size_t i = 0; i < n; i++) {
        if (weir_stage_failed(&outputs[i]->stage))
            continue;
        weir_drop(outputs[i]);
        outputs[i] = weir_refused_like(outputs[first]);
    }
    return false;
}
