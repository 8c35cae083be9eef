/* cmp and its like: two streams are compared item by item, until a difference is seen or either
 * ends. The shorter one is the lesser. */

#include "stream/order.h"
#include "weir/stream.h"

struct cmp_side {
    weir_stream *source;
    void *item;
    bool full;
    bool over;
};

struct compare {
    weir_stream stream;
    struct weir_order order;
    struct cmp_side sides[2];
    bool same; /* it is enough to know which are */
};

static struct compare *compare_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct compare, stream);
}

/* One item of this side, or its end, is known then. */
static weir_poll cmp_side_poll(struct cmp_side *side, weir_cx *cx)
{
    if (side->full || side->over)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = poll_next(side->source, cx, side->item, 1);
    side->full = got.n;
    side->over = !got.n && got.state == WEIR_END;
    return side->full || side->over ? (weir_poll){0, WEIR_READY} : got;
}

/* Both are asked, also when the first one waits. */
static weir_poll both_poll(struct compare *self, weir_cx *cx)
{
    weir_poll first = cmp_side_poll(&self->sides[0], cx);
    if (first.state != WEIR_READY && first.state != WEIR_PENDING)
        return first;
    weir_poll second = cmp_side_poll(&self->sides[1], cx);
    return second.state == WEIR_READY ? first : second;
}

static void side_drop(struct cmp_side *side)
{
    if (side->full)
        weir_type_drop_items(side->source->type, side->item, 1);
    side->full = false;
}

/* READY: *order is known, and stands: < 0, 0, > 0, UNORDERED. */
static weir_poll compare_all(struct compare *self, weir_cx *cx, int *order)
{
    struct cmp_side *a = &self->sides[0], *b = &self->sides[1];
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = both_poll(self, cx);
        if (got.state != WEIR_READY)
            return got;
        *order = a->full - b->full;
        if (!a->full || !b->full)
            return got;
        *order = self->same ? weir_order_same(&self->order, a->item, b->item)
                            : weir_order_pair(&self->order, a->item, b->item);
        side_drop(a);
        side_drop(b);
        if (*order)
            return got;
    }
}

static void compare_fini(weir_stream *stream)
{
    struct compare *self = compare_of(stream);
    side_drop(&self->sides[0]);
    side_drop(&self->sides[1]);
    weir_drop(self->sides[1].source);
}

static weir_stage *compare_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &compare_of(stream)->sides[1].source->stage;
}

/* ---- what is made of it ---- */

static weir_poll cmp_answer(weir_stream *stream, weir_cx *cx, void *out, bool (*verdict)(int order))
{
    int order;
    weir_poll got = compare_all(compare_of(stream), cx, &order);
    if (got.state != WEIR_READY)
        return got;
    *(bool *)out = verdict(order);
    return (weir_poll){1, WEIR_END};
}

#define VERDICT(name_, expression)                                                                 \
    static bool is_##name_(int order)                                                              \
    {                                                                                              \
        return expression;                                                                         \
    }                                                                                              \
    static weir_poll name_##_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand) \
    {                                                                                              \
        (void)demand;                                                                              \
        return cmp_answer(stream, cx, out, is_##name_);                                            \
    }

#define COMPARE_OPS(name_)                                                                         \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = #name_, .keeps_inputs = true,                     \
        .poll_next = name_##_poll_next, .fini = compare_fini, .input = compare_input,              \
        .marks = WEIR_MARKS_LOSE                                                                   \
    }

VERDICT(eq, order == 0)
VERDICT(ne, order != 0)
VERDICT(lt, order < 0)
VERDICT(le, order <= 0)
VERDICT(gt, order > 0 && order != WEIR_UNORDERED)
VERDICT(ge, order >= 0 && order != WEIR_UNORDERED)

static weir_poll cmp_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    int order;
    (void)demand;
    weir_poll got = compare_all(compare_of(stream), cx, &order);
    if (got.state != WEIR_READY)
        return got;
    *(int64_t *)out = order;
    return (weir_poll){order != WEIR_UNORDERED, WEIR_END};
}

static const weir_stream_ops eq_ops = COMPARE_OPS(eq);
static const weir_stream_ops ne_ops = COMPARE_OPS(ne);
static const weir_stream_ops lt_ops = COMPARE_OPS(lt);
static const weir_stream_ops le_ops = COMPARE_OPS(le);
static const weir_stream_ops gt_ops = COMPARE_OPS(gt);
static const weir_stream_ops ge_ops = COMPARE_OPS(ge);
static const weir_stream_ops cmp_ops = COMPARE_OPS(cmp);
#define partial_cmp_poll_next cmp_poll_next
static const weir_stream_ops partial_cmp_ops = COMPARE_OPS(partial_cmp);

/* ---- constructors ---- */

static bool sides_init(struct compare *self, weir_stream *first, weir_stream *second)
{
    const weir_type *type = first->type;
    weir_arena *arena = self->stream.stage.arena;
    self->sides[0].source = first;
    self->sides[1].source = second;
    for (int i = 0; i < 2; i++) {
        self->sides[i].item = weir_arena_take(arena, type->size, type->align);
        if (!self->sides[i].item)
            return false;
    }
    return true;
}

static weir_stream *compare_new(weir_stream *first, weir_stream *second, const weir_stream_ops *ops,
                                const weir_type *type, const weir_compare_fn *fn, void *arg)
{
    const char *name = ops->name;
    bool same = ops == &eq_ops || ops == &ne_ops;
    first = same ? weir_expect_same(first, name, fn) : weir_expect_order(first, name, fn);
    if (!weir_stage_failed(&first->stage))
        second = weir_expect_alike(second, name, "the second", first->type);
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream = weir_stream_new(first, sizeof(struct compare), ops, type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(second);
        return stream;
    }
    struct compare *self = compare_of(stream);
    self->order = weir_order_of(first->type, fn, arg);
    self->same = same;
    stream->stage.one = true;
    if (!sides_init(self, first, second))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", name,
                                  NULL, 0);
    return weir_stream_with(stream, &second->stage);
}

weir_stream *weir_eq(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(first, second, &eq_ops, &weir_type_bool, fn, arg);
}

weir_stream *weir_ne(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(first, second, &ne_ops, &weir_type_bool, fn, arg);
}

weir_stream *weir_lt(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(first, second, &lt_ops, &weir_type_bool, fn, arg);
}

weir_stream *weir_le(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(first, second, &le_ops, &weir_type_bool, fn, arg);
}

weir_stream *weir_gt(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(first, second, &gt_ops, &weir_type_bool, fn, arg);
}

weir_stream *weir_ge(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(first, second, &ge_ops, &weir_type_bool, fn, arg);
}

weir_stream *weir_partial_cmp(weir_stream *first, weir_stream *second, const weir_compare_fn *fn,
                              void *arg)
{
    return compare_new(first, second, &partial_cmp_ops, &weir_type_i64, fn, arg);
}

/* A total order is wanted: numbers with a NaN among them have none. */
static weir_stream *expect_total(weir_stream *source, const weir_compare_fn *fn)
{
    if (fn || weir_stage_failed(&source->stage) || weir_number_of(source->type) != WEIR_REAL)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "weir_partial_cmp()",
                              "cmp: there may be a NaN among the '%s'", source->type->name, NULL,
                              0);
}

weir_stream *weir_cmp(weir_stream *first, weir_stream *second, const weir_compare_fn *fn, void *arg)
{
    return compare_new(expect_total(first, fn), second, &cmp_ops, &weir_type_i64, fn, arg);
}
