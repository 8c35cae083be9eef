/* conflate: while the consumer is busy, what comes is made one with what came before. batch: the
 * same, up to a limit. */

#include <string.h>

#include "core/stage.h"
#include "stream/early.h"
#include "weir/buffer.h"

struct conflate {
    weir_stream stream;
    const weir_map_fn *seed; /* NULL: an item is an accumulator */
    const weir_fold_fn *fn;
    const weir_key_fn *cost; /* NULL: 1 each */
    void *arg;
    bool limited;
    uint64_t max;
    uint64_t left; /* of max, for the accumulator that is held */
    void *acc;
    void *item;
    bool has_acc;
    bool has_item; /* it did not fit */
    struct weir_early early;
};

static struct conflate *conflate_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct conflate, stream);
}

/* ---- one item in ---- */

static uint64_t cost_of(const struct conflate *self)
{
    uint64_t cost = self->limited;
    if (self->cost)
        self->cost->one(&cost, self->item, self->arg);
    return cost;
}

/* Of the item, which is taken. */
static void seed(struct conflate *self, void *out)
{
    if (self->seed)
        self->seed->one(out, self->item, self->arg);
    else
        memcpy(out, self->item, self->stream.type->size);
}

static void conflate_begin(struct conflate *self)
{
    uint64_t cost = cost_of(self);
    self->left = cost < self->max ? self->max - cost : 0; /* a large one goes alone */
    seed(self, self->acc);
    self->has_acc = true;
}

static void update(struct conflate *self)
{
    uint64_t cost = cost_of(self);
    if (!self->has_acc) {
        conflate_begin(self);
    } else if (cost > self->left) {
        self->has_item = true;
    } else {
        self->left -= cost;
        self->fn->one(self->acc, self->item, self->arg);
    }
}

/* ---- asked, and not asked ---- */

/* The consumer is busy. */
static void conflate_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct conflate *self = WEIR_CONTAINER(in_flight, struct conflate, early.in_flight);
    weir_state state = WEIR_READY;
    for (bool begun = false; state == WEIR_READY; begun = true) {
        if (self->has_item || self->early.behind != WEIR_READY || !weir_early_step(cx, begun))
            return;
        weir_poll got = poll_next(weir_source(&self->stream), cx, self->item, 1);
        state = got.state;
        weir_early_keep(&self->early, cx, state);
        if (got.n)
            update(self);
    }
}

static weir_poll conflate_give(struct conflate *self, void *out)
{
    memcpy(out, self->acc, self->stream.type->size);
    self->has_acc = false;
    if (self->has_item)
        conflate_begin(self);
    self->has_item = false;
    return (weir_poll){1, WEIR_READY};
}

/* Nobody is slow: each item is one of its own. */
static weir_poll conflate_pass(struct conflate *self, weir_cx *cx, void *out, size_t demand)
{
    if (!self->seed)
        return poll_next(weir_source(&self->stream), cx, out, demand);
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->item, 1);
    if (got.n)
        seed(self, out);
    return got;
}

static weir_poll conflate_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct conflate *self = conflate_of(stream);
    weir_poll got = self->has_acc                      ? conflate_give(self, out)
                    : self->early.behind != WEIR_READY ? weir_early_give(&self->early, cx)
                                                       : conflate_pass(self, cx, out, demand);
    return weir_early_polled(&self->early, cx, got);
}

static void conflate_fini(weir_stream *stream)
{
    struct conflate *self = conflate_of(stream);
    weir_early_fini(&self->early);
    if (self->has_acc)
        weir_type_drop_items(stream->type, self->acc, 1);
    if (self->has_item)
        weir_type_drop_items(weir_source(stream)->type, self->item, 1);
}

/* All that comes may become one. */
static weir_hint conflate_size_hint(const weir_stream *stream)
{
    const struct conflate *self = conflate_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    size_t n = (size_t)self->has_acc + self->has_item;
    hint.lower = n || hint.lower;
    hint.upper = hint.upper > SIZE_MAX - n ? WEIR_HINT_UNKNOWN : hint.upper + n;
    return hint;
}

static void conflate_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = conflate_of(stream)->has_acc;
    out->max = 1;
}

static const weir_stream_ops conflate_ops = {.size = sizeof conflate_ops,
                                             .name = "conflate",
                                             .holding = conflate_holding,
                                             .fn = offsetof(struct conflate, fn),
                                             .poll_next = conflate_poll_next,
                                             .fini = conflate_fini,
                                             .size_hint = conflate_size_hint,
                                             .marks = WEIR_MARKS_HOLD};
static const weir_stream_ops batch_ops = {.size = sizeof batch_ops,
                                          .name = "batch",
                                          .holding = conflate_holding,
                                          .fn = offsetof(struct conflate, fn),
                                          .poll_next = conflate_poll_next,
                                          .fini = conflate_fini,
                                          .size_hint = conflate_size_hint,
                                          .marks = WEIR_MARKS_HOLD};

static const weir_stream_ops batch_weighted_ops = {.size = sizeof batch_weighted_ops,
                                                   .name = "batch_weighted",
                                                   .holding = conflate_holding,
                                                   .fn = offsetof(struct conflate, fn),
                                                   .poll_next = conflate_poll_next,
                                                   .fini = conflate_fini,
                                                   .size_hint = conflate_size_hint,
                                                   .marks = WEIR_MARKS_HOLD};

/* ---- how they are made ---- */

static weir_stream *expect_sure(weir_stream *source, const char *name, const weir_map_fn *seed)
{
    if (weir_stage_failed(&source->stage) || seed->one)
        return source;
    return weir_stream_refuse(
        &source->stage, WEIR_E_ARGUMENT, "a WEIR_MAP_FN, and a map that may fail before it",
        "%s '%s' would have to make an item that may fail", name, seed->name, 0);
}

static weir_stream *expect_seed(weir_stream *source, const char *name, const weir_map_fn *seed,
                                const weir_fold_fn *fn)
{
    source = weir_expect_type(source, name, seed->name, seed->from);
    source = weir_expect_size(source, name, seed->name, seed->from, seed->from_size);
    source = weir_expect_size(source, name, seed->name, seed->to, seed->to_size);
    source = expect_sure(source, name, seed);
    if (weir_stage_failed(&source->stage) || weir_type_fits(seed->to, fn->acc))
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        NULL,
                        "%s '%s' goes on with '%s', but its seed '%s' makes '%s'",
                        {name, fn->name, fn->acc->name, seed->name, seed->to->name},
                        0,
                        name};
    return weir_stream_fault(&source->stage, &fault);
}

static weir_stream *expect_fns(weir_stream *source, const char *name, const weir_map_fn *seed,
                               const weir_fold_fn *fn)
{
    source = weir_expect_owned(source, name);
    source = weir_expect_type(source, name, fn->name, fn->of);
    source = weir_expect_size(source, name, fn->name, fn->of, fn->of_size);
    source = weir_expect_size(source, name, fn->name, fn->acc, fn->acc_size);
    return seed ? expect_seed(source, name, seed, fn)
                : weir_expect_type(source, name, fn->name, fn->acc);
}

static weir_stream *conflate(weir_stream *source, const weir_stream_ops *ops,
                             const weir_map_fn *seed, const weir_fold_fn *fn, void *arg)
{
    source = expect_fns(source, ops->name, seed, fn);
    const weir_type *in = source->type, *type = seed ? fn->acc : in;
    weir_stream *stream = weir_stream_new(source, sizeof(struct conflate), ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct conflate *self = conflate_of(stream);
    self->seed = seed;
    self->fn = fn;
    self->arg = arg;
    stream->stage.one = source->stage.one;
    self->acc = weir_arena_take(stream->stage.arena, type->size, type->align);
    self->item = weir_arena_take(stream->stage.arena, in->size, in->align);
    if (self->acc && self->item && weir_early_init(&self->early, stream, conflate_progress))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                              ops->name, fn->name, 0);
}

weir_stream *weir_conflate(weir_stream *source, const weir_fold_fn *fn, void *arg)
{
    return conflate(source, &conflate_ops, NULL, fn, arg);
}

weir_stream *weir_conflate_with_seed(weir_stream *source, const weir_map_fn *seed,
                                     const weir_fold_fn *fn, void *arg)
{
    return conflate(source, &conflate_ops, seed, fn, arg);
}

static weir_stream *limited(weir_stream *stream, uint64_t max, const weir_key_fn *cost)
{
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct conflate *self = conflate_of(stream);
    self->limited = true;
    self->max = max;
    self->cost = cost;
    return stream;
}

weir_stream *weir_batch(weir_stream *source, uint64_t max, const weir_map_fn *seed,
                        const weir_fold_fn *fn, void *arg)
{
    source = weir_expect_limit(source, "batch", "max", max != 0);
    return limited(conflate(source, &batch_ops, seed, fn, arg), max, NULL);
}

static weir_stream *expect_cost(weir_stream *source, const weir_key_fn *cost)
{
    source = weir_expect_type(source, "batch_weighted", cost->name, cost->of);
    source = weir_expect_size(source, "batch_weighted", cost->name, cost->of, cost->of_size);
    if (weir_stage_failed(&source->stage) || weir_type_fits(cost->key, &weir_type_u64))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "a WEIR_KEY_FN of uint64_t",
                              "batch_weighted: '%s' gives '%s' as the cost of an item", cost->name,
                              cost->key->name, 0);
}

weir_stream *weir_batch_weighted(weir_stream *source, uint64_t max, const weir_key_fn *cost,
                                 const weir_map_fn *seed, const weir_fold_fn *fn, void *arg)
{
    source = weir_expect_limit(source, "batch_weighted", "max", max != 0);
    source = expect_cost(source, cost);
    return limited(conflate(source, &batch_weighted_ops, seed, fn, arg), max, cost);
}
