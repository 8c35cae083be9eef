/* Operators of one input that work item by item, or hold some. */
#include <stdlib.h>
#include <string.h>

#include "streams.h"

/* ---- map, filter and their like ---- */

static weir_stream *build_map(struct stage *stage, weir_stream *source)
{
    return weir_map(source, add_fn, stage);
}

static bool try_add(struct item item, struct item *out, void *arg, weir_error *error)
{
    (void)error;
    item.value = wrap_add(item.value, stage_of(arg)->a);
    *out = item;
    return true;
}
WEIR_TRY_MAP_FN(try_add_fn, try_add, struct item, struct item, FROM_ITEM, TO_ITEM)

static weir_stream *build_try_map(struct stage *stage, weir_stream *source)
{
    return weir_map(source, &try_add_fn, stage);
}

static weir_stream *build_filter(struct stage *stage, weir_stream *source)
{
    return weir_filter(source, kept_fn, stage);
}

static void model_filter(const struct stage *stage, struct values *values)
{
    keep_if(values, stage, not_rest);
}

static bool kept_add(struct item item, struct item *out, void *arg)
{
    if (!not_rest(arg, item.value)) {
        item_take(item);
        return false;
    }
    item.value = wrap_add(item.value, stage_of(arg)->a);
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(kept_add_fn, kept_add, struct item, struct item, FROM_ITEM, TO_ITEM)

static weir_stream *build_filter_map(struct stage *stage, weir_stream *source)
{
    return weir_filter_map(source, &kept_add_fn, stage);
}

static void model_filter_map(const struct stage *stage, struct values *values)
{
    model_filter(stage, values);
    model_map(stage, values);
}

static void look(struct item item, void *arg)
{
    (void)arg;
    if (!item.mark)
        abort();
}
WEIR_EACH_FN(look_fn, look, struct item, OF_ITEM)

static weir_stream *build_inspect(struct stage *stage, weir_stream *source)
{
    return weir_inspect(source, &look_fn, stage);
}

/* ---- take, skip and their like ---- */

static weir_stream *build_take(struct stage *stage, weir_stream *source)
{
    return weir_take(source, (uint64_t)stage->a);
}

static void model_take(const struct stage *stage, struct values *values)
{
    if (values->n > (size_t)stage->a)
        values->n = (size_t)stage->a;
}

static weir_stream *build_skip(struct stage *stage, weir_stream *source)
{
    return weir_skip(source, (uint64_t)stage->a);
}

static void model_skip(const struct stage *stage, struct values *values)
{
    drop_first(values, (size_t)stage->a);
}

/* How many there are before the first that the filter would not keep. */
static size_t kept_first(const struct stage *stage, const struct values *values)
{
    size_t n = 0;
    while (n < values->n && not_rest(stage, values->at[n]))
        n++;
    return n;
}

static weir_stream *build_take_while(struct stage *stage, weir_stream *source)
{
    return weir_take_while(source, kept_fn, stage);
}

static void model_take_while(const struct stage *stage, struct values *values)
{
    values->n = kept_first(stage, values);
}

static weir_stream *build_skip_while(struct stage *stage, weir_stream *source)
{
    return weir_skip_while(source, kept_fn, stage);
}

static void model_skip_while(const struct stage *stage, struct values *values)
{
    drop_first(values, kept_first(stage, values));
}

struct sum {
    int64_t value;
    int64_t by;
};

static bool sum_step(struct sum *sum, struct item item, struct item *out)
{
    sum->value = wrap_add(sum->value, item.value);
    item.value = sum->value;
    *out = item;
    if (rest(sum->value, sum->by + 9) == 0)
        item_take(item);
    return rest(sum->value, sum->by + 9) != 0;
}
WEIR_SCAN_FN(sum_fn, sum_step, struct sum, struct item, struct item, FROM_ITEM, TO_ITEM)

static weir_stream *build_scan(struct stage *stage, weir_stream *source)
{
    return weir_scan(source, &sum_fn, &(struct sum){0, stage->a});
}

static void model_scan(const struct stage *stage, struct values *values)
{
    int64_t sum = 0;
    for (size_t i = 0; i < values->n; i++) {
        sum = wrap_add(sum, values->at[i]);
        values->at[i] = sum;
        if (rest(sum, stage->a + 9) == 0)
            values->n = i;
    }
}

struct numbered {
    uint64_t index;
    struct item item;
};

static struct item numbered_item(struct numbered numbered, void *arg)
{
    (void)arg;
    numbered.item.value = wrap_add(numbered.item.value, 10 * (int64_t)numbered.index);
    return numbered.item;
}
WEIR_MAP_FN(numbered_fn, numbered_item, struct numbered, struct item, TO_ITEM)

static weir_stream *build_enumerate(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_map(weir_enumerate(source), &numbered_fn, NULL);
}

static void model_enumerate(const struct stage *stage, struct values *values)
{
    (void)stage;
    for (size_t i = 0; i < values->n; i++)
        values->at[i] = wrap_add(values->at[i], 10 * (int64_t)i);
}

static weir_stream *build_map_while(struct stage *stage, weir_stream *source)
{
    return weir_map_while(source, &kept_add_fn, stage);
}

static void model_map_while(const struct stage *stage, struct values *values)
{
    model_take_while(stage, values);
    model_map(stage, values);
}

static weir_stream *build_step_by(struct stage *stage, weir_stream *source)
{
    return weir_step_by(source, (uint64_t)stage->a + 1);
}

static void model_step_by(const struct stage *stage, struct values *values)
{
    size_t n = 0, step = (size_t)stage->a + 1;
    for (size_t i = 0; i < values->n; i += step)
        values->at[n++] = values->at[i];
    values->n = n;
}

static weir_stream *build_limit(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_limit(source, VALUES_MAX);
}

static uint64_t weight(struct item item, void *arg)
{
    (void)arg;
    return (uint64_t)rest(item.value, 5);
}
WEIR_KEY_FN(weight_fn, weight, struct item, uint64_t, OF_ITEM)

static weir_stream *build_limit_weighted(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_limit_weighted(source, &weight_fn, NULL, (uint64_t)4 * VALUES_MAX);
}

/* ---- what remembers ---- */

/* The first of each run of those that are the same. */
static void keep_first_of_runs(struct values *values, int64_t by)
{
    size_t n = 0;
    for (size_t i = 0; i < values->n; i++)
        if (!n || (by ? rest(values->at[i], by) != rest(values->at[n - 1], by)
                      : values->at[i] != values->at[n - 1]))
            values->at[n++] = values->at[i];
    values->n = n;
}

static weir_stream *build_dedup(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_dedup(source);
}

static void model_dedup(const struct stage *stage, struct values *values)
{
    (void)stage;
    keep_first_of_runs(values, 0);
}

static int by_rest(struct item a, struct item b, void *arg)
{
    int64_t by = stage_of(arg)->a + 2;
    return rest(a.value, by) != rest(b.value, by);
}
WEIR_COMPARE_FN(by_rest_fn, by_rest, struct item, OF_ITEM)

static weir_stream *build_dedup_by(struct stage *stage, weir_stream *source)
{
    return weir_dedup_by(source, &by_rest_fn, stage);
}

static void model_dedup_by(const struct stage *stage, struct values *values)
{
    keep_first_of_runs(values, stage->a + 2);
}

static struct item separator(void *arg)
{
    return item_make(stage_of(arg)->a);
}
WEIR_MAKE_FN(separator_fn, separator, struct item, OF_ITEM)

/* Which of the three there are is drawn. */
static weir_stream *build_intersperse(struct stage *stage, weir_stream *source)
{
    const weir_make_fn *start = stage->b & 1 ? &separator_fn : NULL;
    const weir_make_fn *between = stage->b & 2 ? &separator_fn : NULL;
    const weir_make_fn *stop = stage->b & 4 ? &separator_fn : NULL;
    return weir_intersperse_with(source, start, between, stop, stage);
}

static void model_intersperse(const struct stage *stage, struct values *values)
{
    static struct values made;
    made.n = 0;
    if (stage->b & 1)
        append(&made, &stage->a, 1);
    for (size_t i = 0; i < values->n; i++) {
        if (i && stage->b & 2)
            append(&made, &stage->a, 1);
        append(&made, &values->at[i], 1);
    }
    if (stage->b & 4)
        append(&made, &stage->a, 1);
    memcpy(values->at, made.at, made.n * sizeof *made.at);
    values->n = made.n;
}

static bool sum_all(struct sum *sum, struct item item, struct item *out)
{
    sum->value = wrap_add(sum->value, item.value);
    item.value = sum->value;
    *out = item;
    return true;
}
WEIR_SCAN_FN(sum_all_fn, sum_all, struct sum, struct item, struct item, FROM_ITEM, TO_ITEM)

/* The sum once more, as often as `by` says. */
static bool sum_again(struct sum *sum, struct item *out)
{
    if (sum->by-- <= 0)
        return false;
    *out = item_make(sum->value);
    return true;
}
WEIR_UNFOLD_FN(sum_again_fn, sum_again, struct sum, struct item, OF_ITEM)

static weir_stream *build_stateful_map(struct stage *stage, weir_stream *source)
{
    return weir_stateful_map(source, &sum_all_fn, &sum_again_fn, &(struct sum){0, stage->a});
}

static void model_stateful_map(const struct stage *stage, struct values *values)
{
    int64_t sum = 0;
    for (size_t i = 0; i < values->n; i++)
        values->at[i] = sum = wrap_add(sum, values->at[i]);
    for (int64_t i = 0; i < stage->a; i++)
        append(values, &sum, 1);
}

/* ---- what holds items ---- */

static weir_stream *build_chunks(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_chunks(source, (size_t)stage->a + 1), chunk_fn, NULL);
}

static weir_stream *build_flatten_vecs(struct stage *stage, weir_stream *source)
{
    return weir_flatten_vecs(weir_chunks(source, (size_t)stage->a + 1), &item_type);
}

static weir_stream *build_ready_chunks(struct stage *stage, weir_stream *source)
{
    return weir_flatten_vecs(weir_ready_chunks(source, (size_t)stage->a + 1), &item_type);
}

/* Windows that do not overlap: the items own something. */
static weir_stream *build_sliding(struct stage *stage, weir_stream *source)
{
    size_t n = (size_t)stage->a + 1;
    return weir_map(weir_sliding(source, n, n + (size_t)stage->b), chunk_fn, NULL);
}

static void model_sliding(const struct stage *stage, struct values *values)
{
    size_t n = (size_t)stage->a + 1, step = n + (size_t)stage->b, kept = 0;
    for (size_t i = 0; i < values->n; i++)
        if (i % step < n)
            values->at[kept++] = values->at[i];
    values->n = kept;
    model_chunks(stage, values);
}

static weir_stream *build_ahead(struct stage *stage, weir_stream *source)
{
    return weir_ahead(source, (size_t)stage->a + 1);
}

static weir_stream *build_peekable(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_peekable(source);
}

static weir_stream *build_buffer(struct stage *stage, weir_stream *source)
{
    return weir_buffer(source, (size_t)stage->a + 1, WEIR_OVERFLOW_BACKPRESSURE);
}

static weir_stream *build_collect(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_flatten_vecs(weir_collect(source, VALUES_MAX), &item_type);
}

static void add_up(struct item *sum, struct item item, void *arg)
{
    (void)arg;
    sum->value = wrap_add(sum->value, item.value);
    item_take(item);
}
WEIR_FOLD_FN(add_up_fn, add_up, struct item, struct item, OF_ITEM, .acc = &item_type)

static weir_stream *sum_of(weir_stream *source)
{
    struct item zero = item_make(0);
    return weir_fold(source, &add_up_fn, &zero, NULL);
}

static weir_stream *build_fold(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return sum_of(source);
}

static weir_stream *build_conflate(struct stage *stage, weir_stream *source)
{
    return sum_of(weir_conflate(source, &add_up_fn, stage));
}

static weir_stream *build_batch(struct stage *stage, weir_stream *source)
{
    return sum_of(weir_batch(source, (uint64_t)stage->a + 1, NULL, &add_up_fn, stage));
}

static void model_fold(const struct stage *stage, struct values *values)
{
    int64_t sum = 0;
    (void)stage;
    for (size_t i = 0; i < values->n; i++)
        sum = wrap_add(sum, values->at[i]);
    values->at[0] = sum;
    values->n = 1;
}

static const struct operation table[] = {
    {"map", build_map, model_map, 0},
    {"try_map", build_try_map, model_map, 0},
    {"filter", build_filter, model_filter, 0},
    {"filter_map", build_filter_map, model_filter_map, 0},
    {"inspect", build_inspect, model_same, 0},
    {"take", build_take, model_take, ORDERED | CUTS},
    {"skip", build_skip, model_skip, ORDERED},
    {"take_while", build_take_while, model_take_while, ORDERED | CUTS},
    {"map_while", build_map_while, model_map_while, ORDERED | CUTS},
    {"skip_while", build_skip_while, model_skip_while, ORDERED},
    {"step_by", build_step_by, model_step_by, ORDERED},
    {"limit", build_limit, model_same, 0},
    {"limit_weighted", build_limit_weighted, model_same, 0},
    {"scan", build_scan, model_scan, ORDERED | CUTS},
    {"stateful_map", build_stateful_map, model_stateful_map, ORDERED},
    {"enumerate", build_enumerate, model_enumerate, ORDERED},
    {"dedup", build_dedup, model_dedup, ORDERED},
    {"dedup_by", build_dedup_by, model_dedup_by, ORDERED},
    {"intersperse", build_intersperse, model_intersperse, 0},
    {"chunks", build_chunks, model_chunks, ORDERED | NO_ERRORS},
    {"flatten_vecs", build_flatten_vecs, model_same, 0},
    {"ready_chunks", build_ready_chunks, model_same, 0},
    {"sliding", build_sliding, model_sliding, ORDERED},
    {"ahead", build_ahead, model_same, 0},
    {"peekable", build_peekable, model_same, 0},
    {"buffer", build_buffer, model_same, 0},
    {"collect", build_collect, model_same, NO_ERRORS},
    {"fold", build_fold, model_fold, NO_ERRORS},
    {"conflate", build_conflate, model_fold, NO_ERRORS},
    {"batch", build_batch, model_fold, NO_ERRORS},
};
const struct operations one_input = {table, sizeof table / sizeof *table};
