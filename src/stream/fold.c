/* fold: one value made of all items. The pattern of a consumer: a loop within the budget. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct fold {
    weir_stream stream;
    const weir_fold_fn *fn;
    weir_fold_kernel *kernel;
    void *arg;
    void *acc;
    uint32_t demand;
    bool given; /* acc is the consumer's now */
};

static struct fold *fold_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct fold, stream);
}

static weir_poll fold_all(struct fold *self, weir_cx *cx, void *items, size_t room)
{
    weir_stream *source = weir_source(&self->stream);
    for (;;) {
        if (!weir_spend(cx))
            return weir_yield(cx);
        size_t demand = weir_demand_next(cx, &self->demand);
        weir_poll got = poll_next(source, cx, items, demand < room ? demand : room);
        if (got.n == 1)
            self->fn->one(self->acc, items, self->arg);
        else if (got.n)
            self->kernel(self->acc, items, got.n, self->arg);
        if (got.state != WEIR_READY)
            return got;
    }
}

static weir_poll fold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct fold *self = fold_of(stream);
    const weir_type *type = weir_source(stream)->type;
    size_t room = cx->demand_max;
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, type, &room);
    (void)demand;
    if (!items)
        return weir_fail(cx, WEIR_E_LIMIT, "no scratch for an item of %zu bytes", type->size);
    weir_poll got = fold_all(self, cx, items, room);
    weir_scratch_give(cx, mark);
    if (got.state != WEIR_END)
        return got;
    memcpy(out, self->acc, stream->type->size);
    self->given = true;
    return (weir_poll){1, WEIR_END};
}

static void fold_fini(weir_stream *stream)
{
    struct fold *self = fold_of(stream);
    if (!self->given)
        weir_type_drop_items(stream->type, self->acc, 1);
}

static const weir_stream_ops fold_ops = {
    .name = "fold", .poll_next = fold_poll_next, .fini = fold_fini};

static weir_stream *give_up(weir_stream *failed, const weir_fold_fn *fn, const void *acc)
{
    weir_type_drop_items(fn->acc, (void *)(uintptr_t)acc, 1);
    return failed;
}

weir_stream *weir_fold(weir_stream *source, const weir_fold_fn *fn, const void *acc, void *arg)
{
    source = weir_expect_type(source, "fold", fn->name, fn->of);
    weir_stream *stream = weir_stream_new(source, sizeof(struct fold), &fold_ops, fn->acc);
    if (weir_stage_failed(&stream->stage))
        return give_up(stream, fn, acc);
    struct fold *self = fold_of(stream);
    self->fn = fn;
    self->kernel = fn->batch[weir_cpu_level()];
    self->arg = arg;
    self->given = true; /* until acc is here */
    self->acc = weir_arena_take(stream->stage.arena, fn->acc->size, fn->acc->align);
    if (!self->acc)
        return give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                          "no memory for fold '%s'", fn->name, NULL, 0),
                       fn, acc);
    memcpy(self->acc, acc, fn->acc->size);
    self->given = false;
    stream->stage.one = true;
    return stream;
}
