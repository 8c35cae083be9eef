/* The rows of weir/set.h: what is flattened without order, sets that are pushed to, and futures
 * that are waited for together. */

#include "given.h"

static weir_stream *folded(weir_stream *source)
{
    struct tracked acc = tracked_make(0);
    return weir_fold(source, &add_fn, &acc, NULL);
}

static weir_stream *streams(weir_stream *source)
{
    return weir_map(source, &to_stream_fn, NULL);
}

/* Without memory for one of them the set is not what the row says, and says so. */
static weir_stream *lacking(weir_stream *set, weir_stream *stream)
{
    weir_drop(stream);
    return weir_stream_refuse(&set->stage, WEIR_E_MEMORY, NULL, "no memory to push", NULL, NULL, 0);
}

static weir_stream *pushed(weir_stream *stream, weir_set *set, weir_stream *one)
{
    return weir_set_push(set, one) ? stream : lacking(stream, one);
}

static weir_stream *selected(weir_stream *a, weir_stream *b)
{
    weir_set *set;
    weir_stream *stream = weir_select_all(&tracked_type, 2, &set);
    stream = pushed(stream, set, a);
    return pushed(stream, set, b);
}

static weir_stream *keyed(weir_stream *a, weir_stream *b)
{
    weir_keyed *map;
    weir_stream *stream = weir_stream_map(&tracked_type, 2, &map), *both[] = {a, b};
    for (uint64_t i = 0; i < 2; i++)
        if (!weir_stream_map_insert(map, 7 * i, both[i], NULL))
            stream = lacking(stream, both[i]);
    return stream;
}

static weir_stream *futures(bool ordered)
{
    weir_set *set;
    weir_stream *stream = ordered ? weir_futures_ordered(&tracked_type, 8, &set)
                                  : weir_futures_unordered(&tracked_type, 8, &set);
    for (int64_t value = 1; value <= 8; value++)
        stream = pushed(stream, set, inner_future(value));
    return stream;
}

static weir_stream *of_two(weir_stream *(*build)(weir_stream *const *futures, size_t n),
                           weir_stream *a, weir_stream *b)
{
    weir_stream *both[] = {a, b};
    return build(both, 2);
}

static weir_stream *all_of(weir_stream *const *futures, size_t n)
{
    return weir_join_all(&tracked_type, futures, n);
}

/* A future that ends without a result, and one that fails. */
static weir_stream *nothing(void)
{
    return weir_take(weir_empty(&tracked_type), 1);
}

static weir_stream *fails(void)
{
    struct tracked item = tracked_make(4);
    return weir_map(weir_once(&tracked_type, &item), &not_four_fn, NULL);
}

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

ROW(flatten_unordered, weir_flatten_unordered(streams(a), &tracked_type, 3))
ROW(flatten_unordered_one, weir_flatten_unordered(streams(a), &tracked_type, 1))
ROW(flatten_unordered_many, weir_flatten_unordered(streams(a), &tracked_type, 60))
ROW(flat_map_unordered, weir_flat_map_unordered(a, &stream_fn, NULL, 3))
ROW(select_all, selected(a, b))
ROW(stream_map, weir_map(keyed(a, b), &item_fn, NULL))
ROW(futures_unordered, futures(false))
ROW(futures_ordered, futures(true))
ROW(join, weir_join(folded(a), inner_future(2)))
ROW(join_all, of_two(all_of, inner_future(2), folded(a)))
ROW(race, of_two(weir_race, nothing(), folded(a)))
ROW(race_ok, of_two(weir_race_ok, fails(), folded(a)))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(flatten_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 11 21 !5 31 50 51 60 61 70 71 $"),
    ROW(flatten_unordered_one, 1, OVERTAKES | OWN_ERRORS,
        "10 11 20 21 30 31 50 !5 51 60 61 70 71 $"),
    ROW(flatten_unordered_many, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 11 21 !5 31 50 51 60 61 70 71 $"),
    ROW(flat_map_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 11 21 !5 31 50 51 60 61 70 71 $"),
    ROW(select_all, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "1 101 2 102 3 103 4 104 5 105 6 106 7 8 $"),
    ROW(stream_map, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "1 101 2 102 3 103 4 104 5 105 6 106 7 8 $"),
    ROW(futures_unordered, 0, ANY_ORDER, "1 2 3 4 !5 6 7 8 $"),
    ROW(futures_ordered, 0, 0, "1 2 3 4 !5 6 7 8 $"),
    ROW(join, 1, FUTURE, "(36,2) $"),
    ROW(join_all, 1, FUTURE, "[2 36] $"),
    ROW(race, 1, FUTURE, "1:36 $"),
    ROW(race_ok, 1, FUTURE, "1:36 $"),
};
const struct rows rows_sets = {rows, sizeof rows / sizeof *rows};
