/* Operators of two inputs, of sets, and of a stream beside a future. */
#include <string.h>

#include "streams.h"

/* ---- one after the other, or as they come ---- */

static weir_stream *build_chain(struct stage *stage, weir_stream *source)
{
    return weir_chain(source, other_of(stage));
}

static weir_stream *make_other(void *arg)
{
    return other_of(arg);
}

static weir_stream *build_lazy(struct stage *stage, weir_stream *source)
{
    return weir_chain(source, weir_lazy(&item_type, make_other, stage));
}

static weir_stream *build_cycle(struct stage *stage, weir_stream *source)
{
    weir_stream *rounds = weir_cycle(&item_type, make_other, stage);
    return weir_chain(source, weir_take(rounds, stage->other_n + 2));
}

static void model_cycle(const struct stage *stage, struct values *values)
{
    model_chain(stage, values);
    for (size_t i = 0; stage->other_n && i < 2; i++)
        append(values, &stage->other[i % stage->other_n], 1);
}

static weir_stream *build_select(struct stage *stage, weir_stream *source)
{
    return weir_select(source, other_of(stage));
}

static weir_side next_side(void *arg)
{
    struct stage *stage = arg;
    return draw(&stage->run->left, 2) ? WEIR_SIDE_FIRST : WEIR_SIDE_SECOND;
}

static weir_stream *build_select_with_strategy(struct stage *stage, weir_stream *source)
{
    return weir_select_with_strategy(source, other_of(stage), next_side, stage);
}

static weir_stream *build_merge(struct stage *stage, weir_stream *source)
{
    weir_stream *both[] = {source, other_of(stage)};
    return weir_merge(both, 2);
}

static weir_stream *build_switch_if_empty(struct stage *stage, weir_stream *source)
{
    return weir_switch_if_empty(source, other_of(stage));
}

static void model_switch_if_empty(const struct stage *stage, struct values *values)
{
    if (!values->n)
        model_chain(stage, values);
}

static int by_value(struct item a, struct item b, void *arg)
{
    (void)arg;
    return (a.value > b.value) - (a.value < b.value);
}
WEIR_COMPARE_FN(by_value_fn, by_value, struct item, OF_ITEM)

static weir_stream *build_merge_sorted(struct stage *stage, weir_stream *source)
{
    return weir_merge_sorted(source, other_of(stage), &by_value_fn, NULL);
}

/* Of inputs that are not sorted too: the lesser one of those that stand in front. */
static void model_merge_sorted(const struct stage *stage, struct values *values)
{
    static struct values made;
    made.n = 0;
    for (size_t i = 0, j = 0; i < values->n || j < stage->other_n;) {
        bool first = j == stage->other_n || (i < values->n && values->at[i] <= stage->other[j]);
        append(&made, first ? &values->at[i++] : &stage->other[j++], 1);
    }
    memcpy(values->at, made.at, made.n * sizeof *made.at);
    values->n = made.n;
}

/* ---- pairs ---- */

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

static struct item sum_of_both(struct item first, struct item second, void *arg)
{
    return sum_of_two((struct two){first, second}, arg);
}
WEIR_PAIR_FN(both_fn, sum_of_both, struct item, struct item, struct item, TO_ITEM)

static weir_stream *build_zip_with(struct stage *stage, weir_stream *source)
{
    return weir_zip_with(source, other_of(stage), &both_fn, NULL);
}

static weir_stream *build_zip_all(struct stage *stage, weir_stream *source)
{
    struct item a = item_make(stage->a), b = item_make(stage->b);
    source = weir_zip_all(source, &item_type, &a, other_of(stage), &item_type, &b);
    return weir_map(source, &two_fn, NULL);
}

static void model_longest(const struct stage *stage, struct values *values, int64_t a, int64_t b)
{
    size_t n = values->n;
    for (size_t i = 0; i < n || i < stage->other_n; i++)
        values->at[i] =
            wrap_add(i < n ? values->at[i] : a, i < stage->other_n ? stage->other[i] : b);
    values->n = n > stage->other_n ? n : stage->other_n;
}

static void model_zip_all(const struct stage *stage, struct values *values)
{
    model_longest(stage, values, stage->a, stage->b);
}

struct maybe {
    bool some;
    struct item item;
};

struct two_maybe {
    struct maybe first;
    struct maybe second;
};

static struct item sum_of_some(struct two_maybe two, void *arg)
{
    if (!two.first.some)
        return two.second.item;
    return two.second.some ? sum_of_two((struct two){two.first.item, two.second.item}, arg)
                           : two.first.item;
}
WEIR_MAP_FN(some_fn, sum_of_some, struct two_maybe, struct item, TO_ITEM)

static weir_stream *build_zip_rest(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_zip_rest(source, other_of(stage)), &some_fn, NULL);
}

static void model_zip_rest(const struct stage *stage, struct values *values)
{
    model_longest(stage, values, 0, 0);
}

static weir_stream *once(int64_t value)
{
    struct item item = item_make(value);
    return weir_once(&item_type, &item);
}

static weir_stream *build_with_latest_from(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_with_latest_from(source, once(stage->a)), &two_fn, NULL);
}

static weir_stream *build_combine_latest(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_combine_latest(once(stage->a), source), &two_fn, NULL);
}

/* ---- beside a future: ready at once, or never ---- */

static weir_stream *future_at_once(struct stage *stage)
{
    return stage->a & 1 ? once(stage->b) : weir_take(weir_pending(&item_type), 1);
}

static weir_stream *build_take_until(struct stage *stage, weir_stream *source)
{
    return weir_take_until(source, future_at_once(stage));
}

static void model_take_until(const struct stage *stage, struct values *values)
{
    if (stage->a & 1)
        values->n = 0;
}

static weir_stream *build_skip_until(struct stage *stage, weir_stream *source)
{
    return weir_skip_until(source, future_at_once(stage));
}

static void model_skip_until(const struct stage *stage, struct values *values)
{
    if (!(stage->a & 1))
        values->n = 0;
}

/* ---- sets ---- */

static void push(weir_set *set, weir_stream *stream)
{
    if (!weir_set_push(set, stream))
        fail("a set took no more");
}

static weir_stream *build_select_all(struct stage *stage, weir_stream *source)
{
    weir_set *set;
    weir_stream *all = weir_select_all(&item_type, 2, &set);
    push(set, source);
    push(set, other_of(stage));
    return all;
}

static void push_futures(struct stage *stage, weir_set *set)
{
    for (size_t i = 0; i < stage->other_n; i++)
        push(set, future_of_value(stage->run, stage->other[i]));
}

static weir_stream *build_futures_ordered(struct stage *stage, weir_stream *source)
{
    weir_set *set;
    weir_stream *all = weir_futures_ordered(&item_type, SOURCE_MAX, &set);
    push_futures(stage, set);
    return weir_chain(source, all);
}

static weir_stream *build_futures_unordered(struct stage *stage, weir_stream *source)
{
    weir_set *set;
    weir_stream *all = weir_futures_unordered(&item_type, SOURCE_MAX, &set);
    push_futures(stage, set);
    return weir_chain(source, all);
}

struct keyed {
    uint64_t key;
    struct item item;
};

static struct item without_key(struct keyed keyed, void *arg)
{
    (void)arg;
    return keyed.item;
}
WEIR_MAP_FN(without_key_fn, without_key, struct keyed, struct item, TO_ITEM)

static weir_stream *build_stream_map(struct stage *stage, weir_stream *source)
{
    weir_keyed *map;
    weir_stream *all = weir_stream_map(&item_type, 2, &map);
    if (!weir_stream_map_insert(map, 7, source, NULL) ||
        !weir_stream_map_insert(map, 3, other_of(stage), NULL))
        fail("a map took no more");
    return weir_map(all, &without_key_fn, NULL);
}

static weir_stream *build_join_all(struct stage *stage, weir_stream *source)
{
    weir_stream *futures[SOURCE_MAX];
    for (size_t i = 0; i < stage->other_n; i++)
        futures[i] = future_of_value(stage->run, stage->other[i]);
    weir_stream *all = weir_join_all(&item_type, futures, stage->other_n);
    return weir_chain(source, weir_flatten_vecs(all, &item_type));
}

static const struct operation table[] = {
    {"chain", build_chain, model_chain, TWO_INPUTS},
    {"lazy", build_lazy, model_chain, TWO_INPUTS},
    {"cycle", build_cycle, model_cycle, TWO_INPUTS | CUTS},
    {"select", build_select, model_chain, TWO_INPUTS | DISORDERS},
    {"select_with_strategy", build_select_with_strategy, model_chain, TWO_INPUTS | DISORDERS},
    {"merge", build_merge, model_chain, TWO_INPUTS | DISORDERS},
    {"switch_if_empty", build_switch_if_empty, model_switch_if_empty, TWO_INPUTS},
    {"merge_sorted", build_merge_sorted, model_merge_sorted, TWO_INPUTS | ORDERED},
    {"zip", build_zip, model_zip, TWO_INPUTS | ORDERED | CUTS},
    {"zip_with", build_zip_with, model_zip, TWO_INPUTS | ORDERED | CUTS},
    {"zip_all", build_zip_all, model_zip_all, TWO_INPUTS | ORDERED},
    {"zip_rest", build_zip_rest, model_zip_rest, TWO_INPUTS | ORDERED},
    {"with_latest_from", build_with_latest_from, model_map, 0},
    {"combine_latest", build_combine_latest, model_map, 0},
    {"take_until", build_take_until, model_take_until, CUTS},
    {"skip_until", build_skip_until, model_skip_until, 0},
    {"select_all", build_select_all, model_chain, TWO_INPUTS | DISORDERS},
    {"futures_ordered", build_futures_ordered, model_chain, TWO_INPUTS},
    {"futures_unordered", build_futures_unordered, model_chain, TWO_INPUTS | DISORDERS},
    {"stream_map", build_stream_map, model_chain, TWO_INPUTS | DISORDERS},
    {"join_all", build_join_all, model_chain, TWO_INPUTS},
};
const struct operations two_inputs = {table, sizeof table / sizeof *table};
