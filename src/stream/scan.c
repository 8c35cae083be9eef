/* scan: fn of a running state and each item, until fn answers false. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct scan_scan {
    struct weir_typed typed; /* arg: the state; NULL: not taken yet */
    const weir_scan_fn *fn;
};

static struct scan_scan *scan_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct scan_scan, typed.stream);
}

static size_t scan_each(const weir_scan_fn *fn, void *state, const char *in, char *out, size_t n)
{
    size_t made = 0;
    while (made < n && fn->one(state, in + made * fn->from->size, out + made * fn->to->size))
        made++;
    return made;
}

/* fn takes each item that it is shown; those behind the one that stopped it are dropped. */
static weir_poll scan_apply(struct scan_scan *self, char *in, char *out, weir_poll got)
{
    const weir_scan_fn *fn = self->fn;
    void *state = self->typed.arg;
    size_t made =
        fn->batch ? fn->batch(state, in, out, got.n) : scan_each(fn, state, in, out, got.n);
    if (made == got.n)
        return got;
    const weir_type *type = weir_source(&self->typed.stream)->type;
    weir_type_drop_items(type, in + (made + 1) * fn->from->size, got.n - made - 1);
    return (weir_poll){(uint32_t)made, WEIR_END};
}

weir_poll weir_scan_rest(weir_stream *stream, weir_cx *cx, void *out, void *in, weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, in, 1, got);
    return got.n ? scan_apply(scan_of(stream), in, out, got) : got;
}

weir_poll weir_scan_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct scan_scan *self = scan_of(stream);
    weir_stream *source = weir_source(stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, self->fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, self->fn->from);
    weir_poll got = poll_next(source, cx, in, demand);
    if (got.n)
        got = scan_apply(self, in, out, got);
    weir_scratch_give(cx, mark);
    return got;
}

static void scan_fini(weir_stream *stream)
{
    struct scan_scan *self = scan_of(stream);
    if (self->typed.arg)
        weir_type_drop_items(self->fn->state, self->typed.arg, 1);
}

static weir_hint scan_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops scan_ops = {.size = sizeof scan_ops,
                                         .name = "scan",
                                         .fn = offsetof(struct scan_scan, fn),
                                         .poll_next = weir_scan_many,
                                         .fini = scan_fini,
                                         .size_hint = scan_size_hint,
                                         .marks = WEIR_MARKS_PASS};

static weir_stream *scan_give_up(weir_stream *failed, const weir_scan_fn *fn, const void *state)
{
    weir_type_drop_items(fn->state, (void *)(uintptr_t)state, 1);
    return failed;
}

static weir_stream *scan_check(weir_stream *source, const weir_scan_fn *fn)
{
    source = weir_expect_type(source, "scan", fn->name, fn->from);
    source = weir_expect_size(source, "scan", fn->name, fn->state, fn->state_size);
    source = weir_expect_size(source, "scan", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "scan", fn->name, fn->to, fn->to_size);
    return weir_expect_kept(source, "scan", fn->name, fn->state, fn->detached);
}

weir_stream *weir_scan(weir_stream *source, const weir_scan_fn *fn, const void *state)
{
    source = scan_check(source, fn);
    weir_stream *stream = weir_stream_new(source, sizeof(struct scan_scan), &scan_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return scan_give_up(stream, fn, state);
    struct scan_scan *self = scan_of(stream);
    self->fn = fn;
    stream->call = fn->poll ? fn->poll : stream->call;
    self->typed.arg = weir_arena_take(stream->stage.arena, fn->state->size, fn->state->align);
    if (!self->typed.arg)
        return scan_give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                               "no memory for scan '%s'", fn->name, NULL, 0),
                            fn, state);
    memcpy(self->typed.arg, state, fn->state->size);
    return stream;
}
