/* scan: fn of a running state and each item, until fn answers false. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct scan {
    weir_stream stream;
    const weir_scan_fn *fn;
    void *state; /* NULL: not taken yet */
};

static struct scan *scan_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct scan, stream);
}

/* fn takes each item that it is shown; those behind the one that stopped it are dropped. */
static weir_poll scan_batch(struct scan *self, char *in, char *out, weir_poll got)
{
    const weir_scan_fn *fn = self->fn;
    for (uint32_t n = 0; n < got.n; n++) {
        if (fn->one(self->state, in + n * fn->from->size, out + n * fn->to->size))
            continue;
        const weir_type *type = weir_source(&self->stream)->type;
        weir_type_drop_items(type, in + (n + 1) * fn->from->size, got.n - n - 1);
        return (weir_poll){n, WEIR_END};
    }
    return got;
}

static weir_poll scan_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct scan *self = scan_of(stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, self->fn->from, &demand);
    if (!in)
        return weir_fail(cx, WEIR_E_LIMIT, "no scratch for an item of %zu bytes",
                         self->fn->from->size);
    weir_poll got = poll_next(weir_source(stream), cx, in, demand);
    if (got.n)
        got = scan_batch(self, in, out, got);
    weir_scratch_give(cx, mark);
    return got;
}

static void scan_fini(weir_stream *stream)
{
    struct scan *self = scan_of(stream);
    if (self->state)
        weir_type_drop_items(self->fn->state, self->state, 1);
}

static weir_hint scan_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops scan_ops = {
    .name = "scan", .poll_next = scan_poll_next, .fini = scan_fini, .size_hint = scan_size_hint};

static weir_stream *give_up(weir_stream *failed, const weir_scan_fn *fn, const void *state)
{
    weir_type_drop_items(fn->state, (void *)(uintptr_t)state, 1);
    return failed;
}

weir_stream *weir_scan(weir_stream *source, const weir_scan_fn *fn, const void *state)
{
    source = weir_expect_type(source, "scan", fn->name, fn->from);
    weir_stream *stream = weir_stream_new(source, sizeof(struct scan), &scan_ops, fn->to);
    if (weir_stage_failed(&stream->stage))
        return give_up(stream, fn, state);
    struct scan *self = scan_of(stream);
    self->fn = fn;
    self->state = weir_arena_take(stream->stage.arena, fn->state->size, fn->state->align);
    if (!self->state)
        return give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                          "no memory for scan '%s'", fn->name, NULL, 0),
                       fn, state);
    memcpy(self->state, state, fn->state->size);
    return stream;
}
