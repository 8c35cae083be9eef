/* min: the least of the items, the first of those that are equal. */

#include <string.h>

#include "stream/batches.h"
#include "stream/extreme.h"
#include "weir/stream.h"

static struct weir_extreme *extreme_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_extreme, stream);
}

/* ---- numbers of 64 bits: a whole batch at a time ---- */

#define KERNEL(name, T, better)                                                                    \
    WEIR_EACH_LEVEL_(name, (void *best, const void *items, size_t n), {                            \
        const T *in = items;                                                                       \
        T kept = *(const T *)best;                                                                 \
        for (size_t i = 0; i < n; i++)                                                             \
            kept = in[i] better kept ? in[i] : kept;                                               \
        memcpy(best, &kept, sizeof kept);                                                          \
    })
KERNEL(least_i64, int64_t, <)
KERNEL(most_i64, int64_t, >)
KERNEL(least_u64, uint64_t, <)
KERNEL(most_u64, uint64_t, >)

static weir_extreme_kernel *kernel_of(const struct weir_order *order, bool largest)
{
    static weir_extreme_kernel *const kernels[2][2][WEIR_CPU_LEVELS] = {
        {WEIR_LEVELS_(least_i64), WEIR_LEVELS_(most_i64)},
        {WEIR_LEVELS_(least_u64), WEIR_LEVELS_(most_u64)}};
    bool whole = order->number == WEIR_SIGNED || order->number == WEIR_UNSIGNED;
    if (!whole || order->type->size != sizeof(int64_t))
        return NULL;
    return kernels[order->number == WEIR_UNSIGNED][largest][weir_cpu_level()];
}

/* ---- any others: one by one ---- */

/* What was kept is compared with the next item. A NaN gives way to whatever comes. */
static bool is_better(const struct weir_extreme *self, const void *best, const void *item)
{
    int order = weir_order_pair(&self->order, best, item);
    if (WEIR_UNLIKELY(order == WEIR_UNORDERED))
        return weir_order_pair(&self->order, best, best) == WEIR_UNORDERED;
    return self->largest ? order <= 0 : order > 0;
}

/* Items stand for themselves, or their keys do. */
static bool wins(struct weir_extreme *self, const void *item)
{
    if (!self->key)
        return !self->full || is_better(self, self->best, item);
    self->key->one(self->item_key, item, self->arg);
    if (self->full && !is_better(self, self->best_key, self->item_key))
        return false;
    memcpy(self->best_key, self->item_key, self->order.type->size);
    return true;
}

static void extreme_one(struct weir_extreme *self, void *item)
{
    const weir_type *type = self->stream.type;
    if (!wins(self, item)) {
        weir_type_drop_items(type, item, 1);
        return;
    }
    if (self->full)
        weir_type_drop_items(type, self->best, 1);
    memcpy(self->best, item, type->size);
    self->full = true;
}

static bool extreme_take(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    struct weir_extreme *self = extreme_of(stream);
    (void)cx;
    if (self->kernel && self->full) {
        self->kernel(self->best, items, n);
        return true;
    }
    for (uint32_t i = 0; i < n; i++)
        extreme_one(self, (char *)items + i * stream->type->size);
    return true;
}

weir_poll weir_extreme_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_extreme *self = extreme_of(stream);
    (void)demand;
    weir_poll got = weir_batches(stream, cx, &self->demand, extreme_take);
    if (got.state != WEIR_END || !self->full)
        return (weir_poll){0, got.state};
    memcpy(out, self->best, stream->type->size);
    self->full = false;
    return (weir_poll){1, WEIR_END};
}

void weir_extreme_fini(weir_stream *stream)
{
    struct weir_extreme *self = extreme_of(stream);
    if (self->full)
        weir_type_drop_items(stream->type, self->best, 1);
}

weir_hint weir_extreme_size_hint(const weir_stream *stream)
{
    if (extreme_of(stream)->full)
        return (weir_hint){1, 1};
    weir_hint hint = weir_size_hint(weir_source(stream));
    return (weir_hint){hint.lower ? 1 : 0, hint.upper ? 1 : 0};
}

static bool extreme_room(struct weir_extreme *self)
{
    weir_arena *arena = self->stream.stage.arena;
    const weir_type *type = self->stream.type, *key = self->order.type;
    self->best = weir_arena_take(arena, type->size, type->align);
    if (!self->key)
        return self->best != NULL;
    self->best_key = weir_arena_take(arena, key->size, key->align);
    self->item_key = weir_arena_take(arena, key->size, key->align);
    return self->best && self->best_key && self->item_key;
}

static weir_stream *extreme_new(weir_stream *source, const weir_stream_ops *ops, bool largest,
                                struct weir_order order, const weir_key_fn *key)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct weir_extreme), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_extreme *self = extreme_of(stream);
    self->largest = largest;
    self->order = order;
    self->key = key;
    stream->stage.one = true;
    if (!extreme_room(self))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s of '%s'",
                                  ops->name, source->type->name, 0);
    return weir_stream_scratch(stream, source->type);
}

weir_stream *weir_extreme_new(weir_stream *source, const weir_stream_ops *ops, bool largest,
                              const weir_compare_fn *fn, void *arg)
{
    source = weir_expect_order(source, ops->name, fn);
    source = weir_expect_owned(source, ops->name);
    struct weir_order order = weir_order_of(source->type, fn, arg);
    weir_stream *stream = extreme_new(source, ops, largest, order, NULL);
    if (!weir_stage_failed(&stream->stage))
        extreme_of(stream)->kernel = kernel_of(&order, largest);
    return stream;
}

static weir_stream *expect_key_order(weir_stream *source, const char *stage, const weir_key_fn *fn)
{
    source = weir_expect_type(source, stage, fn->name, fn->of);
    source = weir_expect_size(source, stage, fn->name, fn->of, fn->of_size);
    source = weir_expect_owned(source, stage);
    if (weir_stage_failed(&source->stage) || fn->key->compare || weir_number_of(fn->key))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "a key that is a number, or a .compare in its descriptor",
                              "%s: no order is known of the key '%s'", stage, fn->key->name, 0);
}

weir_stream *weir_extreme_new_by_key(weir_stream *source, const weir_stream_ops *ops, bool largest,
                                     const weir_key_fn *fn, void *arg)
{
    source = expect_key_order(source, ops->name, fn);
    struct weir_order order = weir_order_of(fn->key, NULL, NULL);
    weir_stream *stream = extreme_new(source, ops, largest, order, fn);
    if (!weir_stage_failed(&stream->stage))
        extreme_of(stream)->arg = arg;
    return stream;
}

static const weir_stream_ops min_ops = WEIR_EXTREME_OPS("min");

weir_stream *weir_min(weir_stream *source)
{
    return weir_extreme_new(source, &min_ops, false, NULL, NULL);
}
