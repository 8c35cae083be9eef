/* unfold: what a function makes of a state, until it answers false. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct unfold {
    struct weir_typed typed; /* arg: the state; NULL: not taken yet */
    const weir_unfold_fn *fn;
};

static struct unfold *unfold_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct unfold, typed.stream);
}

/* For a constant that was written by hand; else the poll is the function's own (WEIR_UNFOLD_FN). */
static weir_poll unfold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct unfold *self = unfold_of(stream);
    char *to = out;
    (void)cx;
    for (size_t n = 0; n < demand; n++)
        if (!self->fn->one(self->typed.arg, to + n * stream->type->size))
            return (weir_poll){(uint32_t)n, WEIR_END};
    return (weir_poll){(uint32_t)demand, WEIR_READY};
}

static void unfold_fini(weir_stream *stream)
{
    struct unfold *self = unfold_of(stream);
    if (self->typed.arg)
        weir_type_drop_items(self->fn->state, self->typed.arg, 1);
}

static const weir_stream_ops unfold_ops = {.size = sizeof unfold_ops,
                                           .name = "unfold",
                                           .fn = offsetof(struct unfold, fn),
                                           .poll_next = unfold_poll_next,
                                           .fini = unfold_fini};

static weir_stream *unfold_give_up(weir_stream *failed, const weir_unfold_fn *fn, const void *state)
{
    weir_type_drop_items(fn->state, (void *)(uintptr_t)state, 1);
    return failed;
}

weir_stream *weir_unfold(const weir_unfold_fn *fn, const void *state)
{
    weir_stream *stream = weir_source_new(sizeof(struct unfold), &unfold_ops, fn->of);
    stream = weir_expect_size(stream, "unfold", fn->name, fn->state, fn->state_size);
    stream = weir_expect_size(stream, "unfold", fn->name, fn->of, fn->of_size);
    if (weir_stage_failed(&stream->stage))
        return unfold_give_up(stream, fn, state);
    struct unfold *self = unfold_of(stream);
    self->fn = fn;
    stream->call = fn->poll ? fn->poll : stream->call;
    self->typed.arg = weir_arena_take(stream->stage.arena, fn->state->size, fn->state->align);
    if (!self->typed.arg)
        return unfold_give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                                 "no memory for unfold '%s'", fn->name, NULL, 0),
                              fn, state);
    memcpy(self->typed.arg, state, fn->state->size);
    return stream;
}
