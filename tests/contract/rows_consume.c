/* The rows of consumers, and of what consumers' values are made of. */

#include "given.h"

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

static bool add_below_thirty(struct tracked *sum, struct tracked item, void *arg, weir_error *error)
{
    add(sum, item, arg);
    if (sum->value >= 30)
        weir_error_set(error, WEIR_E_USER, "too much")->number = 30;
    return sum->value < 30;
}
WEIR_TRY_FOLD_FN(try_add_fn, add_below_thirty, struct tracked, struct tracked, .acc = &tracked_type,
                 OF_TRACKED)

static weir_stream *try_folded(weir_stream *source)
{
    struct tracked acc = tracked_make(0);
    return weir_fold(source, &try_add_fn, &acc, NULL);
}

/* Equal where the tens are: 1 to 8 are one kind, and what comes of them is the first or the last.
 */
static int by_tens(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value / 10 - b.value / 10);
}
WEIR_COMPARE_FN(by_tens_fn, by_tens, struct tracked, OF_TRACKED)

static int64_t last_bits(struct tracked item, void *arg)
{
    (void)arg;
    return item.value % 4;
}
WEIR_KEY_FN(last_bits_fn, last_bits, struct tracked, int64_t, OF_TRACKED)

/* 101 stands where 1 does. */
static int by_last_digits(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value % 100 - b.value % 100);
}
WEIR_COMPARE_FN(by_last_digits_fn, by_last_digits, struct tracked, OF_TRACKED)

static weir_stream *values(weir_stream *source)
{
    return weir_map(source, &to_number_fn, NULL);
}

/* Into a sum that is kept here: what is added is let go at once. */
static bool sum_add(void *into, void *item, weir_error *error)
{
    (void)error;
    tracked_drop(*(struct tracked *)item);
    *(int64_t *)into += ((struct tracked *)item)->value;
    return true;
}

static bool sum_finish(void *into, void *out, weir_error *error)
{
    (void)error;
    *(int64_t *)out = *(int64_t *)into;
    return true;
}
static const weir_into_ops sum_ops = {.size = sizeof sum_ops,
                                      .name = "sum",
                                      .of = &tracked_type,
                                      .add = sum_add,
                                      .finish = sum_finish,
                                      .gives = &weir_type_i64};

static weir_stream *summed(weir_stream *source, size_t items_max)
{
    static int64_t total;
    total = 0;
    return weir_collect_into(source, &sum_ops, &total, items_max);
}

/* None of the futures fails: which error comes first would be the schedule's. */
static weir_stream *job_of(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return inner_future(item.value == 5 ? 4 : item.value);
}
WEIR_THEN_FN(job_fn, job_of, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

/* The first items are let go, the rest comes. */
static weir_stream *rest_of(weir_first_and_rest seen, void *arg)
{
    (void)arg;
    weir_vec_drop(&seen.first);
    return seen.rest;
}
WEIR_THEN_FN(rest_fn, rest_of, weir_first_and_rest, struct tracked, TO_TRACKED)

static weir_line digit_of(struct tracked item, void *arg)
{
    static const char digits[] = "0123456789";
    (void)arg;
    tracked_drop(item);
    return (weir_line){digits + item.value % 10, 1};
}
WEIR_MAP_FN(digit_fn, digit_of, struct tracked, weir_line, FROM_TRACKED)

/* The vec is let go with the future that fills it. */
struct holder {
    weir_stream stream;
    weir_vec vec;
};

static weir_poll holder_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    return (weir_poll){0, WEIR_END};
}

static void holder_fini(weir_stream *stream)
{
    weir_vec_drop(&WEIR_SELF(struct holder, stream)->vec);
}
static const weir_stream_ops holder_ops = {.size = sizeof holder_ops,
                                           .name = "holder",
                                           .poll_next = holder_poll_next,
                                           .fini = holder_fini};

/* All of `a`, by way of the vec. */
static weir_stream *extended(struct run *run, weir_stream *source)
{
    run->kept = weir_source_new(sizeof(struct holder), &holder_ops, &weir_type_unit);
    if (weir_stage_failed(&run->kept->stage)) {
        weir_drop(source);
        return weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a vec", NULL, NULL, 0);
    }
    return weir_extend(source, &WEIR_SELF(struct holder, run->kept)->vec, 100);
}

static weir_stream *keep(struct run *run, weir_stream *stream)
{
    run->kept = stream;
    return stream;
}

/* A stream with two ends, which gives the same at both: what its input gives. */
struct two_ended {
    weir_stream stream;
    weir_stream *inner;
};

static weir_poll two_ended_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_poll_inner(stream, WEIR_SELF(struct two_ended, stream)->inner, cx, out, demand);
}

static void two_ended_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct two_ended, stream)->inner);
}

static weir_hint two_ended_size_hint(const weir_stream *stream)
{
    return weir_size_hint(WEIR_SELF(struct two_ended, stream)->inner);
}

static weir_stream *two_ended(struct run *run, weir_stream *inner)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "two_ended",
                                        .poll_next = two_ended_poll,
                                        .fini = two_ended_fini,
                                        .size_hint = two_ended_size_hint,
                                        .poll_back = two_ended_poll};
    if (weir_stage_failed(&inner->stage))
        return inner;
    weir_stream *stream = weir_source_new(sizeof(struct two_ended), &ops, inner->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(inner);
        return stream;
    }
    run->unseen += weir_memory_max(inner);
    WEIR_SELF(struct two_ended, stream)->inner = inner;
    return weir_stream_with(stream, &inner->stage);
}

static weir_stream *of_a_vec(void)
{
    weir_vec vec = {
        .items = weir_allocate(5 * sizeof(struct tracked)), .room = 5, .of = &tracked_type};
    struct tracked *items = vec.items;
    if (!items)
        return weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a vec", NULL, NULL, 0);
    for (; vec.n < 5; vec.n++)
        items[vec.n] = tracked_make((int64_t)vec.n + 1);
    return weir_from_vec(&vec);
}

static const int64_t five[] = {1, 2, 3, 4, 5};

static weir_stream *rfolded(weir_stream *source)
{
    struct tracked acc = tracked_make(0);
    return weir_rfold(source, &add_fn, &acc, NULL);
}

ROW(try_fold, try_folded(a))
ROW(find, weir_find(a, &is_even_fn, NULL))
ROW(find_map, weir_find_map(a, &even_tenfold_fn, NULL))
ROW(position, weir_position(a, &is_even_fn, NULL))
ROW(nth, weir_nth(a, 4))
ROW(nth_none, weir_nth(a, 100))
ROW(last, weir_last(a))
ROW(drain, weir_drain(a))
ROW(reduce, weir_reduce(a, &add_fn, NULL))
ROW(try_reduce, weir_reduce(a, &try_add_fn, NULL))
ROW(min, weir_min(values(a)))
ROW(max, weir_max(values(a)))
ROW(min_by, weir_min_by(a, &by_tens_fn, NULL))
ROW(max_by, weir_max_by(a, &by_tens_fn, NULL))
ROW(min_by_key, weir_min_by_key(a, &last_bits_fn, NULL))
ROW(max_by_key, weir_max_by_key(a, &last_bits_fn, NULL))
ROW(sum, weir_sum(values(a)))
ROW(product, weir_product(values(a)))
ROW(cmp, weir_cmp(a, b, &by_last_digits_fn, NULL))
ROW(partial_cmp, weir_partial_cmp(a, b, &by_last_digits_fn, NULL))
ROW(eq, weir_eq(a, b, &by_last_digits_fn, NULL))
ROW(ne, weir_ne(a, b, &by_last_digits_fn, NULL))
ROW(lt, weir_lt(a, b, &by_last_digits_fn, NULL))
ROW(le, weir_le(a, b, &by_last_digits_fn, NULL))
ROW(gt, weir_gt(a, b, &by_last_digits_fn, NULL))
ROW(ge, weir_ge(a, b, &by_last_digits_fn, NULL))
ROW(cmp_numbers, weir_cmp(values(a), values(b), NULL, NULL))
ROW(unzip, weir_unzip(weir_zip(a, b), 100))
ROW(unzip_limit, weir_unzip(weir_zip(a, b), 3))
ROW(partition, weir_partition(a, &is_even_fn, NULL, 100))
ROW(partition_limit, weir_partition(a, &is_even_fn, NULL, 5))
ROW(concat, weir_concat(weir_chunks(a, 3), 100))
ROW(concat_limit, weir_concat(weir_chunks(a, 3), 7))
ROW(collect_string, weir_collect_string(weir_map(a, &digit_fn, NULL), 100))
ROW(collect_into, summed(a, 100))
ROW(collect_into_limit, summed(a, 3))
ROW(first, weir_flat_map(weir_first(a, 3), &rest_fn, NULL))
ROW(for_each_concurrent, weir_for_each_concurrent(a, &job_fn, NULL, 3))
ROW(extend, extended(run, a))
ROW(from_vec, of_a_vec())
ROW(into_stream, weir_into_stream(five))
ROW(rev_iter, weir_rev(weir_into_stream(five)))
ROW(rev_range, weir_rev(weir_range(-2, 3)))
ROW(rev_from_vec, weir_rev(of_a_vec()))
ROW(rev_enumerate, weir_rev(weir_enumerate(of_a_vec())))
ROW(rev, weir_rev(two_ended(run, a)))
ROW(rev_rev, weir_rev(weir_rev(two_ended(run, a))))
ROW(rev_map, weir_rev(weir_map(two_ended(run, a), &tenfold_fn, NULL)))
ROW(rev_map_size,
    weir_rev(weir_map(weir_map(two_ended(run, a), &to_number_fn, NULL), &from_number_fn, NULL)))
ROW(rev_filter, weir_rev(weir_filter(two_ended(run, a), &is_even_fn, NULL)))
ROW(rev_inspect, weir_rev(weir_inspect(two_ended(run, a), &look_fn, NULL)))
ROW(rev_chain, weir_rev(weir_chain(two_ended(run, b), two_ended(run, a))))
ROW(nth_back, weir_nth_back(two_ended(run, a), 4))
ROW(rfind, weir_rfind(two_ended(run, a), &is_even_fn, NULL))
ROW(rfold, rfolded(two_ended(run, a)))
ROW(next_back, weir_next_back(keep(run, two_ended(run, a))))
ROW(rev_by_ref, weir_rev(weir_by_ref(keep(run, two_ended(run, a)))))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(try_fold, 1, FUTURE, "!!30"),
    ROW(find, 1, FUTURE, "2 $"),
    ROW(find_map, 1, FUTURE, "20 $"),
    ROW(position, 1, FUTURE, "1 $"),
    ROW(nth, 1, FUTURE, "5 $"),
    ROW(nth_none, 1, FUTURE, "$"),
    ROW(last, 1, FUTURE, "8 $"),
    ROW(drain, 1, FUTURE, "() $"),
    ROW(reduce, 1, FUTURE, "36 $"),
    ROW(try_reduce, 1, FUTURE, "!!30"),
    ROW(min, 1, FUTURE, "1 $"),
    ROW(max, 1, FUTURE, "8 $"),
    ROW(min_by, 1, FUTURE, "1 $"),
    ROW(max_by, 1, FUTURE, "8 $"),
    ROW(min_by_key, 1, FUTURE, "4 $"),
    ROW(max_by_key, 1, FUTURE, "7 $"),
    ROW(sum, 1, FUTURE, "36 $"),
    ROW(product, 1, FUTURE, "40320 $"),
    ROW(cmp, 2, FUTURE, "1 $"),
    ROW(partial_cmp, 2, FUTURE, "1 $"),
    ROW(eq, 2, FUTURE, "false $"),
    ROW(ne, 2, FUTURE, "true $"),
    ROW(lt, 2, FUTURE, "false $"),
    ROW(le, 2, FUTURE, "false $"),
    ROW(gt, 2, FUTURE, "true $"),
    ROW(ge, 2, FUTURE, "true $"),
    ROW(cmp_numbers, 2, FUTURE, "-1 $"),
    ROW(unzip, 2, FUTURE, "([1 2 3 4 5 6],[101 102 103 104 105 106]) $"),
    ROW(unzip_limit, 2, FUTURE, "!!LIMIT"),
    ROW(partition, 1, FUTURE, "([2 4 6 8],[1 3 5 7]) $"),
    ROW(partition_limit, 1, FUTURE, "!!LIMIT"),
    ROW(concat, 1, FUTURE, "[1 2 3 4 5 6 7 8] $"),
    ROW(concat_limit, 1, FUTURE, "!!LIMIT"),
    ROW(collect_string, 1, FUTURE, "'12345678' $"),
    ROW(collect_into, 1, FUTURE, "36 $"),
    ROW(collect_into_limit, 1, FUTURE, "!!LIMIT"),
    ROW(first, 1, HOLDS_UNSEEN | OWN_ERRORS, "4 5 6 7 8 $"),
    ROW(for_each_concurrent, 1, FUTURE | OVERTAKES | OWN_ERRORS, "() $"),
    ROW(extend, 1, FUTURE, "() $"),
    ROW(from_vec, 0, 0, "1 2 3 4 5 $"),
    ROW(into_stream, 0, 0, "1 2 3 4 5 $"),
    ROW(rev_iter, 0, 0, "5 4 3 2 1 $"),
    ROW(rev_range, 0, 0, "2 1 0 -1 -2 $"),
    ROW(rev_from_vec, 0, 0, "5 4 3 2 1 $"),
    ROW(rev_enumerate, 0, 0, "4:5 3:4 2:3 1:2 0:1 $"),
    ROW(rev, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(rev_rev, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(rev_map, 1, HOLDS_UNSEEN, "10 20 30 40 50 60 70 80 $"),
    ROW(rev_map_size, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(rev_filter, 1, HOLDS_UNSEEN, "2 4 6 8 $"),
    ROW(rev_inspect, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(rev_chain, 2, HOLDS_UNSEEN | DELIVERS_FIRST | OWN_ERRORS,
        "1 2 3 4 5 6 7 8 101 102 103 104 105 106 $"),
    ROW(next_back, 1, FUTURE | HOLDS_UNSEEN, "1 $"),
    ROW(nth_back, 1, FUTURE | HOLDS_UNSEEN, "5 $"),
    ROW(rfind, 1, FUTURE | HOLDS_UNSEEN, "2 $"),
    ROW(rfold, 1, FUTURE | HOLDS_UNSEEN, "36 $"),
    ROW(rev_by_ref, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
};
const struct rows rows_consume = {rows, sizeof rows / sizeof *rows};
