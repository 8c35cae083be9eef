/* The rows of what joins, switches and ends streams. What depends on who is ready first is held to
 * the laws where it does not: over one input that decides, and another that has said its part. */

#include "given.h"

/* ---- futures and handles ---- */

static weir_stream *ready(void)
{
    return weir_once(&weir_type_i64, &(int64_t){1});
}

static weir_stream *never(void)
{
    return weir_pending(&weir_type_unit);
}

static weir_stream *abortable(weir_stream *source, bool aborted)
{
    weir_abort_handle *handle = weir_abort_handle_new();
    if (aborted && handle)
        weir_abort(handle);
    weir_stream *stream = weir_abortable(source, handle);
    weir_abort_handle_unref(handle);
    return stream;
}

static weir_stream *until_cancelled(weir_stream *source, bool cancelled)
{
    weir_token *token = weir_token_new(NULL);
    if (cancelled)
        weir_token_cancel(token);
    weir_stream *stream = weir_until_cancelled(source, token);
    weir_token_drop(token);
    return stream;
}

static weir_stream *tracker_track(weir_stream *source)
{
    weir_tracker *tracker = weir_tracker_new();
    weir_stream *stream = weir_tracker_track(tracker, source);
    weir_tracker_drop(tracker);
    return stream;
}

static weir_stream *total(weir_stream *source)
{
    struct tracked acc = tracked_make(0);
    return weir_fold(source, &add_fn, &acc, NULL);
}

static weir_stream *shared_by_two(weir_stream *source)
{
    weir_stream *first = weir_shared(total(source));
    weir_stream *second = weir_shared_clone(first);
    return weir_zip(second, first);
}

/* ---- items ---- */

static weir_stream *one(int64_t value)
{
    struct tracked item = tracked_make(value);
    return weir_once(&tracked_type, &item);
}

/* One item, and no end: what depends on which side ends last does not here. */
static weir_stream *one_and_no_end(int64_t value)
{
    return weir_chain(one(value), weir_pending(&tracked_type));
}

static weir_stream *with_default(weir_stream *source)
{
    struct tracked item = tracked_make(7);
    return weir_default_if_empty(source, &tracked_type, &item);
}

static weir_stream *zipped_all(weir_stream *a, weir_stream *b)
{
    struct tracked first = tracked_make(-1), second = tracked_make(-2);
    return weir_zip_all(a, &tracked_type, &first, b, &tracked_type, &second);
}

/* ---- functions ---- */

static weir_side turns(void *arg)
{
    static bool second;
    (void)arg;
    second = !second;
    return second ? WEIR_SIDE_SECOND : WEIR_SIDE_FIRST;
}

static struct tracked sum_of(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    a.value += b.value;
    tracked_drop(b);
    return a;
}
WEIR_PAIR_FN(sum_of_fn, sum_of, struct tracked, struct tracked, struct tracked,
             .from = &sum_of_fn_from, TO_TRACKED)

static int by_value(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (a.value > b.value) - (a.value < b.value);
}
WEIR_COMPARE_FN(by_value_fn, by_value, struct tracked, OF_TRACKED)

/* An item at once: which of them comes does not depend on when. */
static weir_stream *tenfold_once(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return one(10 * item.value);
}
WEIR_THEN_FN(tenfold_once_fn, tenfold_once, struct tracked, struct tracked, FROM_TRACKED,
             TO_TRACKED)

static weir_stream *line_once(weir_line line, void *arg)
{
    (void)arg;
    return one(line.data[0] - '0');
}
WEIR_THEN_FN(line_once_fn, line_once, weir_line, struct tracked, TO_TRACKED, .detached = true)

static weir_stream *kept_stream(int64_t item, void *arg)
{
    struct run *run = arg;
    weir_stream *stream = run->kept;
    (void)item;
    run->kept = NULL;
    return stream;
}
WEIR_THEN_FN(kept_stream_fn, kept_stream, int64_t, struct tracked, TO_TRACKED)

/* The input is the stream that is switched to. One that gives marks is refused as a source is. */
static weir_stream *switched_to(struct run *run, weir_stream *source)
{
    if (source->stage.marked)
        return weir_switch_map(source, &tenfold_once_fn, NULL);
    run->kept = source;
    run->unseen = weir_memory_max(source);
    return weir_switch_map(ready(), &kept_stream_fn, run);
}

/* ---- how each is built ---- */

static weir_stream *zipped_of_many(weir_stream *a, weir_stream *b)
{
    weir_stream *both[] = {a, b};
    return weir_zip_n(both, 2);
}

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

ROW(zip_n, zipped_of_many(a, b))
ROW(take_until, weir_take_until(a, never()))
ROW(take_until_now, weir_take_until(a, ready()))
ROW(take_until_nothing, weir_take_until(a, weir_empty(&weir_type_unit)))
ROW(skip_until, weir_skip_until(a, ready()))
ROW(skip_until_nothing, weir_skip_until(a, weir_empty(&weir_type_unit)))
ROW(abortable, abortable(a, false))
ROW(abortable_aborted, abortable(a, true))
ROW(until_cancelled, until_cancelled(a, false))
ROW(until_cancelled_now, until_cancelled(a, true))
ROW(tracker_track, tracker_track(a))
ROW(shared, weir_shared(total(a)))
ROW(shared_by_two, shared_by_two(a))
ROW(select_with_strategy, weir_select_with_strategy(a, b, turns, NULL))
ROW(switch_if_empty, weir_switch_if_empty(a, b))
ROW(switch_if_empty_switched, weir_switch_if_empty(weir_skip(a, 100), b))
ROW(default_if_empty, with_default(a))
ROW(default_if_empty_empty, with_default(weir_skip(a, 100)))
ROW(switch_map, weir_switch_map(a, &tenfold_once_fn, NULL))
ROW(switch_map_inner, switched_to(run, a))
ROW(zip_with, weir_zip_with(a, b, &sum_of_fn, NULL))
ROW(zip_all, zipped_all(a, b))
ROW(zip_all_first, zipped_all(weir_take(a, 4), b))
ROW(zip_rest, weir_zip_rest(a, b))
ROW(zip_rest_first, weir_zip_rest(weir_take(a, 4), b))
ROW(merge_sorted, weir_merge_sorted(a, b, &by_value_fn, NULL))
ROW(merge_sorted_alike, weir_merge_sorted(one(4), a, &by_value_fn, NULL))
ROW(combine_latest, weir_combine_latest(a, one(7)))
ROW(combine_latest_second, weir_combine_latest(one(7), a))
ROW(zip_latest, weir_zip_latest(a, one_and_no_end(7)))
ROW(zip_latest_second, weir_zip_latest(one_and_no_end(7), a))
ROW(with_latest_from, weir_with_latest_from(a, one(7)))
ROW(with_latest_from_nothing, weir_with_latest_from(a, weir_empty(&tracked_type)))

ROW(lent_switch_map, weir_switch_map(a, &line_once_fn, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

/* The same over lines that are gone at the next poll. */
#define LENT_ROW(name, inputs, flags, gives)                                                       \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }

static const struct row rows[] = {
    ROW(zip_n, 2, HOLDS_UNSEEN, "[1 101] [2 102] [3 103] [4 104] [5 105] [6 106] $"),
    ROW(take_until, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(take_until_now, 1, 0, "$"),
    ROW(take_until_nothing, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(skip_until, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(skip_until_nothing, 1, 0, "$"),
    ROW(abortable, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(abortable_aborted, 1, 0, "$"),
    ROW(until_cancelled, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(until_cancelled_now, 1, 0, "$"),
    ROW(tracker_track, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(shared, 1, FUTURE, "36 $"),
    ROW(shared_by_two, 1, FUTURE, "(36,36) $"),
    ROW(select_with_strategy, 2, ANY_SIDE | BIASED | DELIVERS | OWN_ERRORS,
        "1 101 2 102 3 103 4 104 5 105 6 106 7 8 $"),
    ROW(switch_if_empty, 2, MORE_AT_END, "1 2 3 4 5 6 7 8 $"),
    ROW(switch_if_empty_switched, 2, MORE_AT_END, "101 102 103 104 105 106 $"),
    ROW(default_if_empty, 1, MORE_AT_END, "1 2 3 4 5 6 7 8 $"),
    ROW(default_if_empty_empty, 1, MORE_AT_END, "7 $"),
    ROW(switch_map, 1, 0, "10 20 30 40 50 60 70 80 $"),
    ROW(switch_map_inner, 1, OWN_ERRORS | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(zip_with, 2, 0, "102 104 106 108 110 112 $"),
    ROW(zip_all, 2, OWN_ERRORS | MORE_AT_END,
        "(1,101) (2,102) (3,103) (4,104) (5,105) (6,106) (7,-2) (8,-2) $"),
    ROW(zip_all_first, 2, OWN_ERRORS | MORE_AT_END,
        "(1,101) (2,102) (3,103) (4,104) (-1,105) (-1,106) $"),
    ROW(zip_rest, 2, OWN_ERRORS | MORE_AT_END,
        "(1,101) (2,102) (3,103) (4,104) (5,105) (6,106) (7,none) (8,none) $"),
    ROW(zip_rest_first, 2, OWN_ERRORS | MORE_AT_END,
        "(1,101) (2,102) (3,103) (4,104) (none,105) (none,106) $"),
    ROW(merge_sorted, 2, OWN_ERRORS | MORE_AT_END, "1 2 3 4 5 6 7 8 101 102 103 104 105 106 $"),
    ROW(merge_sorted_alike, 1, OWN_ERRORS | MORE_AT_END, "1 2 3 4 4 5 6 7 8 $"),
    ROW(combine_latest, 1, OWN_ERRORS, "(1,7) (2,7) (3,7) (4,7) (5,7) (6,7) (7,7) (8,7) $"),
    ROW(combine_latest_second, 1, OWN_ERRORS, "(7,1) (7,2) (7,3) (7,4) (7,5) (7,6) (7,7) (7,8) $"),
    ROW(zip_latest, 1, OWN_ERRORS, "(1,7) (2,7) (3,7) (4,7) (5,7) (6,7) (7,7) (8,7) $"),
    ROW(zip_latest_second, 1, OWN_ERRORS, "(7,1) (7,2) (7,3) (7,4) (7,5) (7,6) (7,7) (7,8) $"),
    ROW(with_latest_from, 1, 0, "(1,7) (2,7) (3,7) (4,7) (5,7) (6,7) (7,7) (8,7) $"),
    ROW(with_latest_from_nothing, 1, 0, "$"),

    LENT_ROW(take_until, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    LENT_ROW(skip_until, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    LENT_ROW(abortable, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    LENT_ROW(until_cancelled, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    LENT_ROW(tracker_track, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    LENT_ROW(select_with_strategy, 2, ANY_SIDE | BIASED | DELIVERS | OWN_ERRORS,
             "'1' '101' '2' '102' '3' '103' '4' '104' '5' '105' '6' '106' '7' '8' $"),
    LENT_ROW(switch_if_empty, 2, MORE_AT_END, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    LENT_ROW(switch_if_empty_switched, 2, MORE_AT_END, "'101' '102' '103' '104' '105' '106' $"),
    LENT_ROW(lent_switch_map, 1, 0, "1 2 3 4 5 6 7 8 $"),
};
const struct rows rows_inputs = {rows, sizeof rows / sizeof *rows};
