/* stateful_map: fn of a state and each item, and what the state makes of itself at the end. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct stateful_map {
    weir_stream stream;
    const weir_scan_fn *fn;
    const weir_unfold_fn *complete; /* NULL: nothing comes behind the last item */
    void *state;                    /* NULL: not taken yet */
    bool over;                      /* no item comes any more */
};

static struct stateful_map *stateful_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct stateful_map, stream);
}

static size_t apply_each(const weir_scan_fn *fn, void *state, const char *in, char *out, size_t n)
{
    size_t made = 0;
    while (made < n && fn->one(state, in + made * fn->from->size, out + made * fn->to->size))
        made++;
    return made;
}

/* fn takes each item that it is shown; those behind the one that stopped it are dropped. */
static uint32_t apply(struct stateful_map *self, char *in, char *out, uint32_t n)
{
    const weir_scan_fn *fn = self->fn;
    size_t made =
        fn->batch ? fn->batch(self->state, in, out, n) : apply_each(fn, self->state, in, out, n);
    if (made == n)
        return n;
    const weir_type *type = weir_source(&self->stream)->type;
    weir_type_drop_items(type, in + (made + 1) * fn->from->size, n - made - 1);
    self->over = true;
    return (uint32_t)made;
}

static weir_poll take_items(struct stateful_map *self, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(&self->stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, self->fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, self->fn->from);
    weir_poll got = poll_next(source, cx, in, demand);
    self->over = got.state == WEIR_END;
    if (got.n)
        got.n = apply(self, in, out, got.n);
    weir_scratch_give(cx, mark);
    return got.state == WEIR_END ? (weir_poll){got.n, WEIR_READY} : got;
}

static weir_poll stateful_map_complete(struct stateful_map *self, char *out, size_t demand)
{
    const weir_unfold_fn *fn = self->complete;
    uint32_t n = 0;
    while (n < demand && fn && fn->one(self->state, out + n * fn->of->size))
        n++;
    return (weir_poll){n, n < demand ? WEIR_END : WEIR_READY};
}

static weir_poll stateful_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct stateful_map *self = stateful_map_of(stream);
    if (!self->over) {
        weir_poll got = take_items(self, cx, out, demand);
        if (got.n || !self->over)
            return got;
    }
    return stateful_map_complete(self, out, demand);
}

static void stateful_map_fini(weir_stream *stream)
{
    struct stateful_map *self = stateful_map_of(stream);
    if (self->state)
        weir_type_drop_items(self->fn->state, self->state, 1);
}

static weir_hint stateful_map_size_hint(const weir_stream *stream)
{
    struct stateful_map *self = stateful_map_of(stream);
    size_t upper = self->over ? 0 : weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, self->complete ? WEIR_HINT_UNKNOWN : upper};
}

static const weir_stream_ops stateful_map_ops = {.size = sizeof stateful_map_ops,
                                                 .name = "stateful_map",
                                                 .fn = offsetof(struct stateful_map, fn),
                                                 .poll_next = stateful_map_poll_next,
                                                 .fini = stateful_map_fini,
                                                 .size_hint = stateful_map_size_hint};

static weir_stream *stateful_map_give_up(weir_stream *failed, const weir_scan_fn *fn,
                                         const void *state)
{
    weir_type_drop_items(fn->state, (void *)(uintptr_t)state, 1);
    return failed;
}

/* Both functions are about one state and make one type. */
static weir_stream *expect_agreement(weir_stream *source, const weir_scan_fn *fn,
                                     const weir_unfold_fn *complete)
{
    if (!complete || weir_stage_failed(&source->stage) ||
        (weir_type_fits(complete->state, fn->state) && weir_type_fits(complete->of, fn->to)))
        return source;
    return weir_stream_refuse(
        &source->stage, WEIR_E_TYPE, "one State and one type of items in both",
        "stateful_map: '%s' and '%s' are of other states or items", fn->name, complete->name, 0);
}

static weir_stream *stateful_map_check(weir_stream *source, const weir_scan_fn *fn,
                                       const weir_unfold_fn *complete)
{
    source = weir_expect_type(source, "stateful_map", fn->name, fn->from);
    source = weir_expect_size(source, "stateful_map", fn->name, fn->state, fn->state_size);
    source = weir_expect_size(source, "stateful_map", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "stateful_map", fn->name, fn->to, fn->to_size);
    source = expect_agreement(source, fn, complete);
    return weir_expect_kept(source, "stateful_map", fn->name, fn->state, fn->detached);
}

weir_stream *weir_stateful_map(weir_stream *source, const weir_scan_fn *fn,
                               const weir_unfold_fn *complete, const void *state)
{
    source = stateful_map_check(source, fn, complete);
    weir_stream *stream = weir_stream_new(source, sizeof(struct stateful_map), &stateful_map_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stateful_map_give_up(stream, fn, state);
    struct stateful_map *self = stateful_map_of(stream);
    self->fn = fn;
    self->complete = complete;
    void *room = weir_arena_take(stream->stage.arena, fn->state->size, fn->state->align);
    if (!room)
        return stateful_map_give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                                       "no memory for stateful_map '%s'", fn->name,
                                                       NULL, 0),
                                    fn, state);
    self->state = memcpy(room, state, fn->state->size);
    return stream;
}
