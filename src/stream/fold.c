/* fold: one value made of all items. The pattern of a consumer: a loop within the budget. */

#include <string.h>

#include "stream/folding.h"
#include "weir/stream.h"

static struct weir_fold *fold_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_fold, folding.typed.stream);
}

static void fold_each(const struct weir_fold *self, const char *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        self->fn->one(self->folding.acc, items + i * self->fn->of->size, self->folding.typed.arg);
}

/* The source did not answer {1, READY}. The loop around it is the function's own (WEIR_FOLD_FN). */
weir_poll weir_fold_rest(weir_stream *stream, weir_cx *cx, void *items, size_t demand,
                         weir_poll got)
{
    struct weir_fold *self = fold_of(stream);
    got = weir_poll_rest(weir_source(stream), cx, items, demand, got);
    if (got.n == 1 || !self->kernel)
        fold_each(self, items, got.n);
    else if (got.n)
        self->kernel(self->folding.acc, items, got.n, self->folding.typed.arg);
    return got;
}

/* For a constant that was written by hand. */
static weir_poll fold_all(weir_stream *stream, weir_cx *cx, void *items, size_t room)
{
    weir_stream *source = weir_source(stream);
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        size_t demand = weir_demand_next(cx, &fold_of(stream)->folding.demand);
        demand = demand < room ? demand : room;
        weir_poll got = source->poll(source, cx, items, demand);
        got = weir_fold_rest(stream, cx, items, demand, got);
        if (got.state != WEIR_READY)
            return got;
    }
}

/* The function answered false; what it said stands in the cx. */
WEIR_COLD weir_poll weir_fold_failed(weir_stream *stream, weir_cx *cx)
{
    if (cx->error.code == WEIR_OK)
        weir_fail(cx, WEIR_E_USER, "%s failed", fold_of(stream)->fn->name);
    if (cx->error.record == WEIR_NOWHERE)
        cx->error.record = weir_source(stream)->stage.n;
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

/* The same for one that may fail. */
static weir_poll try_fold_all(weir_stream *stream, weir_cx *cx, void *items)
{
    struct weir_fold *self = fold_of(stream);
    weir_stream *source = weir_source(stream);
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = poll_next(source, cx, items, 1);
        if (!got.n)
            return got;
        cx->error.code = WEIR_OK;
        if (!self->fn->try_one(self->folding.acc, items, self->folding.typed.arg, &cx->error))
            return weir_fold_failed(stream, cx);
        if (got.state != WEIR_READY)
            return got;
    }
}

/* By a program of version 0.1 the constant has no such member. */
static bool may_fail(const weir_fold_fn *fn)
{
    return fn->size > offsetof(weir_fold_fn, try_one) && fn->try_one;
}

static weir_poll fold_on(struct weir_fold *self, weir_cx *cx, void *items, size_t room)
{
    weir_stream *stream = &self->folding.typed.stream;
    if (self->fn->all)
        return self->fn->all(stream, cx, items, room);
    return may_fail(self->fn) ? try_fold_all(stream, cx, items) : fold_all(stream, cx, items, room);
}

weir_poll weir_fold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_fold *self = fold_of(stream);
    weir_stream *source = weir_source(stream);
    size_t room = cx->demand_max;
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, source, source->type, &room);
    (void)demand;
    if (!items)
        return weir_scratch_fail(cx, source->type);
    weir_poll got = fold_on(self, cx, items, room);
    weir_scratch_give(cx, mark);
    if (got.state != WEIR_END)
        return got;
    memcpy(out, self->folding.acc, stream->type->size);
    self->folding.given = true;
    return (weir_poll){1, WEIR_END};
}

void weir_fold_fini(weir_stream *stream)
{
    struct weir_fold *self = fold_of(stream);
    if (!self->folding.given)
        weir_type_drop_items(stream->type, self->folding.acc, 1);
}

static const weir_stream_ops fold_ops = {.size = sizeof fold_ops,
                                         .name = "fold",
                                         .fn = offsetof(struct weir_fold, fn),
                                         .poll_next = weir_fold_poll_next,
                                         .size_hint = weir_size_hint_one,
                                         .fini = weir_fold_fini,
                                         .marks = WEIR_MARKS_LOSE};

/* Nothing stands in *acc until `given` is false. */
bool weir_fold_init(weir_stream *stream, const weir_fold_fn *fn, void *arg)
{
    struct weir_fold *self = fold_of(stream);
    self->fn = fn;
    self->kernel = fn->batch[weir_cpu_level()];
    self->folding.typed.arg = arg;
    self->folding.given = true;
    self->folding.acc = weir_arena_take(stream->stage.arena, fn->acc->size, fn->acc->align);
    stream->stage.one = true;
    return self->folding.acc != NULL;
}

static weir_stream *fold_give_up(weir_stream *failed, const weir_fold_fn *fn, const void *acc)
{
    weir_type_drop_items(fn->acc, (void *)(uintptr_t)acc, 1);
    return failed;
}

weir_stream *weir_fold(weir_stream *source, const weir_fold_fn *fn, const void *acc, void *arg)
{
    source = weir_expect_type(source, "fold", fn->name, fn->of);
    source = weir_expect_size(source, "fold", fn->name, fn->of, fn->of_size);
    source = weir_expect_size(source, "fold", fn->name, fn->acc, fn->acc_size);
    source = weir_expect_kept(source, "fold", fn->name, fn->acc, fn->detached);
    weir_stream *stream = weir_stream_new(source, sizeof(struct weir_fold), &fold_ops, fn->acc);
    if (weir_stage_failed(&stream->stage))
        return fold_give_up(stream, fn, acc);
    if (!weir_fold_init(stream, fn, arg))
        return fold_give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                               "no memory for fold '%s'", fn->name, NULL, 0),
                            fn, acc);
    stream = weir_stream_scratch(stream, source->type);
    if (weir_stage_failed(&stream->stage))
        return fold_give_up(stream, fn, acc);
    memcpy(fold_of(stream)->folding.acc, acc, fn->acc->size);
    fold_of(stream)->folding.given = false;
    return stream;
}
