/* The operators that chains are drawn from: how each is built, and what it makes of an array. A new
 * one is a line of the table at the end. */
#include <stdlib.h>
#include <string.h>

#include "streams.h"

#define OF_ITEM .of = &item_type
#define FROM_ITEM .from = &item_type
#define TO_ITEM .to = &item_type

static struct stage *stage_of(void *arg)
{
    return arg;
}

/* Wraps, as the model does. */
static int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t rest(int64_t value, int64_t by)
{
    return (int64_t)((uint64_t)value % (uint64_t)by);
}

/* Keeps those for which it is true. */
static void keep_if(struct values *values, const struct stage *stage,
                    bool (*keeps)(const struct stage *stage, int64_t value))
{
    size_t n = 0;
    for (size_t i = 0; i < values->n; i++)
        if (keeps(stage, values->at[i]))
            values->at[n++] = values->at[i];
    values->n = n;
}

/* ---- map, filter and their like ---- */

static struct item add(struct item item, void *arg)
{
    item.value = wrap_add(item.value, stage_of(arg)->a);
    return item;
}
WEIR_MAP_FN(add_fn, add, struct item, struct item, FROM_ITEM, TO_ITEM)

static weir_stream *build_map(struct stage *stage, weir_stream *source)
{
    return weir_map(source, &add_fn, stage);
}

static void model_map(const struct stage *stage, struct values *values)
{
    for (size_t i = 0; i < values->n; i++)
        values->at[i] = wrap_add(values->at[i], stage->a);
}

static bool try_add(struct item item, struct item *out, void *arg, weir_error *error)
{
    (void)error;
    *out = add(item, arg);
    return true;
}
WEIR_TRY_MAP_FN(try_add_fn, try_add, struct item, struct item, FROM_ITEM, TO_ITEM)

static weir_stream *build_try_map(struct stage *stage, weir_stream *source)
{
    return weir_map(source, &try_add_fn, stage);
}

static bool not_rest(const struct stage *stage, int64_t value)
{
    return rest(value, stage->a + 2) != 0;
}

static bool is_kept(struct item item, void *arg)
{
    return not_rest(arg, item.value);
}
WEIR_FILTER_FN(is_kept_fn, is_kept, struct item, OF_ITEM)

static weir_stream *build_filter(struct stage *stage, weir_stream *source)
{
    return weir_filter(source, &is_kept_fn, stage);
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
    *out = add(item, arg);
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

static void model_same(const struct stage *stage, struct values *values)
{
    (void)stage;
    (void)values;
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

static void drop_first(struct values *values, size_t n)
{
    n = n < values->n ? n : values->n;
    memmove(values->at, values->at + n, (values->n - n) * sizeof *values->at);
    values->n -= n;
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
    return weir_take_while(source, &is_kept_fn, stage);
}

static void model_take_while(const struct stage *stage, struct values *values)
{
    values->n = kept_first(stage, values);
}

static weir_stream *build_skip_while(struct stage *stage, weir_stream *source)
{
    return weir_skip_while(source, &is_kept_fn, stage);
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

/* ---- what holds items ---- */

/* A chunk as one item: its size and its sum. */
static struct item chunk_item(weir_vec vec, void *arg)
{
    const struct item *items = vec.items;
    int64_t value = 1000 * (int64_t)vec.n;
    (void)arg;
    for (size_t i = 0; i < vec.n; i++)
        value = wrap_add(value, items[i].value);
    weir_vec_drop(&vec);
    return item_make(value);
}
WEIR_MAP_FN(chunk_fn, chunk_item, weir_vec, struct item, .from = &weir_type_vec, TO_ITEM)

static weir_stream *build_chunks(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_chunks(source, (size_t)stage->a + 1), &chunk_fn, NULL);
}

static void model_chunks(const struct stage *stage, struct values *values)
{
    size_t most = (size_t)stage->a + 1, n = 0;
    for (size_t i = 0; i < values->n; n++) {
        size_t size = values->n - i < most ? values->n - i : most;
        int64_t value = 1000 * (int64_t)size;
        for (size_t j = 0; j < size; j++)
            value = wrap_add(value, values->at[i++]);
        values->at[n] = value;
    }
    values->n = n;
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

static weir_stream *build_results(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_errors(weir_results(source));
}

/* ---- streams and futures of items ---- */

static weir_stream *future_of(struct item item, void *arg)
{
    item_take(item);
    return future_of_value(stage_of(arg)->run, item.value);
}
WEIR_THEN_FN(future_fn, future_of, struct item, struct item, FROM_ITEM, TO_ITEM)
WEIR_MAP_FN(to_future_fn, future_of, struct item, weir_stream *, FROM_ITEM, .to = &weir_type_stream)

/* The value as often as its rest by 3 says. */
static weir_stream *stream_of(struct item item, void *arg)
{
    int64_t values[2] = {item.value, item.value};
    item_take(item);
    return source_new(stage_of(arg)->run, values, (size_t)rest(item.value, 3));
}
WEIR_THEN_FN(stream_fn, stream_of, struct item, struct item, FROM_ITEM, TO_ITEM)
WEIR_MAP_FN(to_stream_fn, stream_of, struct item, weir_stream *, FROM_ITEM, .to = &weir_type_stream)

static weir_stream *build_then(struct stage *stage, weir_stream *source)
{
    return weir_then(source, &future_fn, stage);
}

static weir_stream *build_buffered(struct stage *stage, weir_stream *source)
{
    return weir_buffered(weir_map(source, &to_future_fn, stage), &item_type, (size_t)stage->a + 1);
}

static weir_stream *build_buffer_unordered(struct stage *stage, weir_stream *source)
{
    source = weir_map(source, &to_future_fn, stage);
    return weir_buffer_unordered(source, &item_type, (size_t)stage->a + 1);
}

static weir_stream *build_flatten(struct stage *stage, weir_stream *source)
{
    return weir_flatten(weir_map(source, &to_stream_fn, stage), &item_type);
}

static weir_stream *build_flat_map(struct stage *stage, weir_stream *source)
{
    return weir_flat_map(source, &stream_fn, stage);
}

static void model_flatten(const struct stage *stage, struct values *values)
{
    static struct values made;
    (void)stage;
    made.n = 0;
    for (size_t i = 0; i < values->n; i++)
        for (int64_t times = rest(values->at[i], 3); times && made.n < VALUES_MAX; times--)
            made.at[made.n++] = values->at[i];
    memcpy(values->at, made.at, made.n * sizeof *made.at);
    values->n = made.n;
}

/* ---- two inputs ---- */

static weir_stream *other_of(struct stage *stage)
{
    return source_new(stage->run, stage->other, stage->other_n);
}

static weir_stream *build_chain(struct stage *stage, weir_stream *source)
{
    return weir_chain(source, other_of(stage));
}

static weir_stream *build_select(struct stage *stage, weir_stream *source)
{
    return weir_select(source, other_of(stage));
}

static weir_stream *build_merge(struct stage *stage, weir_stream *source)
{
    weir_stream *both[] = {source, other_of(stage)};
    return weir_merge(both, 2);
}

static void model_chain(const struct stage *stage, struct values *values)
{
    size_t n = stage->other_n < VALUES_MAX - values->n ? stage->other_n : VALUES_MAX - values->n;
    memcpy(values->at + values->n, stage->other, n * sizeof *values->at);
    values->n += n;
}

struct two {
    struct item first;
    struct item second;
};

static struct item sum_of_two(struct two two, void *arg)
{
    (void)arg;
    two.first.value = wrap_add(two.first.value, two.second.value);
    item_take(two.second);
    return two.first;
}
WEIR_MAP_FN(two_fn, sum_of_two, struct two, struct item, TO_ITEM)

static weir_stream *build_zip(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_zip(source, other_of(stage)), &two_fn, NULL);
}

static void model_zip(const struct stage *stage, struct values *values)
{
    if (values->n > stage->other_n)
        values->n = stage->other_n;
    for (size_t i = 0; i < values->n; i++)
        values->at[i] = wrap_add(values->at[i], stage->other[i]);
}

const struct operation operations[] = {
    {"map", build_map, model_map, 0},
    {"try_map", build_try_map, model_map, 0},
    {"filter", build_filter, model_filter, 0},
    {"filter_map", build_filter_map, model_filter_map, 0},
    {"inspect", build_inspect, model_same, 0},
    {"take", build_take, model_take, ORDERED},
    {"skip", build_skip, model_skip, ORDERED},
    {"take_while", build_take_while, model_take_while, ORDERED},
    {"skip_while", build_skip_while, model_skip_while, ORDERED},
    {"scan", build_scan, model_scan, ORDERED},
    {"enumerate", build_enumerate, model_enumerate, ORDERED},
    {"chunks", build_chunks, model_chunks, ORDERED},
    {"ahead", build_ahead, model_same, 0},
    {"peekable", build_peekable, model_same, 0},
    {"results", build_results, model_same, 0},
    {"then", build_then, model_same, 0},
    {"buffered", build_buffered, model_same, 0},
    {"buffer_unordered", build_buffer_unordered, model_same, DISORDERS},
    {"flatten", build_flatten, model_flatten, 0},
    {"flat_map", build_flat_map, model_flatten, 0},
    {"chain", build_chain, model_chain, TWO_INPUTS},
    {"select", build_select, model_chain, TWO_INPUTS | DISORDERS},
    {"merge", build_merge, model_chain, TWO_INPUTS | DISORDERS},
    {"zip", build_zip, model_zip, TWO_INPUTS | ORDERED},
};
const size_t operations_n = sizeof operations / sizeof *operations;
