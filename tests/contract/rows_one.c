/* The rows of sources and of stages with one input that came later than those of rows.c. */

#include "given.h"

#include <string.h>

/* ---- functions ---- */

static struct tracked seven(void *arg)
{
    (void)arg;
    return tracked_make(7);
}
WEIR_MAKE_FN(seven_fn, seven, struct tracked, OF_TRACKED)

static bool after_it(struct tracked item, struct tracked *next, void *arg)
{
    (void)arg;
    if (item.value == 5)
        return false;
    *next = tracked_make(item.value + 1);
    return true;
}
WEIR_FILTER_MAP_FN(after_fn, after_it, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static bool below_six_tenfold(struct tracked item, struct tracked *out, void *arg)
{
    (void)arg;
    if (item.value >= 6) {
        tracked_drop(item);
        return false;
    }
    item.value *= 10;
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(below_six_tenfold_fn, below_six_tenfold, struct tracked, struct tracked,
                   FROM_TRACKED, TO_TRACKED)

static bool running_sum(struct tracked *sum, struct tracked item, struct tracked *out)
{
    sum->value += item.value;
    *out = item;
    return true;
}
WEIR_SCAN_FN(running_sum_fn, running_sum, struct tracked, struct tracked, struct tracked,
             .state = &tracked_type, FROM_TRACKED, TO_TRACKED)

/* The sum, in two items. */
static bool give_sum(struct tracked *sum, struct tracked *out)
{
    if (!sum->value)
        return false;
    int64_t part = sum->value > 20 ? 20 : sum->value;
    sum->value -= part;
    *out = tracked_make(part);
    return true;
}
WEIR_UNFOLD_FN(give_sum_fn, give_sum, struct tracked, struct tracked, .state = &tracked_type,
               OF_TRACKED)

static uint64_t weigh(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(weigh_fn, weigh, struct tracked, uint64_t, OF_TRACKED)

/* ---- equal neighbours: 0 1 1 2 2 3 3 4 ---- */

static int64_t half(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value / 2;
}
WEIR_MAP_FN(half_fn, half, struct tracked, int64_t, FROM_TRACKED)

static int by_half(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return (a / 2 > b / 2) - (a / 2 < b / 2);
}
WEIR_COMPARE_FN(by_half_fn, by_half, int64_t)

static bool tracked_clone(const weir_type *type, void *out, const void *in)
{
    struct tracked copy = tracked_make(((const struct tracked *)in)->value);
    (void)type;
    memcpy(out, &copy, sizeof copy);
    return true;
}

static bool tracked_same(const weir_type *type, const void *a, const void *b)
{
    (void)type;
    return ((const struct tracked *)a)->value == ((const struct tracked *)b)->value;
}

static void drop_tracked(const weir_type *type, void *item)
{
    (void)type;
    tracked_drop(*(struct tracked *)item);
}

static const weir_type cloned_type = {.name = "tracked",
                                      .size = sizeof(struct tracked),
                                      .align = _Alignof(struct tracked),
                                      .drop = drop_tracked,
                                      .clone = tracked_clone,
                                      .same = tracked_same,
                                      .format = tracked_format};

static struct tracked half_owned(struct tracked item, void *arg)
{
    (void)arg;
    item.value /= 2;
    return item;
}
WEIR_MAP_FN(half_owned_fn, half_owned, struct tracked, struct tracked, FROM_TRACKED,
            .to = &cloned_type)

/* ---- something that is opened and closed ---- */

struct counter {
    struct tracked token; /* it is open */
    int64_t next;
    const int64_t *bad;
};

static bool counter_open(struct counter *self, void *arg, weir_error *error)
{
    self->bad = arg;
    self->next = 1;
    if (*self->bad == 0) {
        weir_error_set(error, WEIR_E_USER, "it cannot be opened")->number = 4;
        return false;
    }
    self->token = tracked_make(0);
    return true;
}

static weir_state counter_next(struct counter *self, struct tracked *out, weir_error *error)
{
    if (self->next == 6)
        return WEIR_END;
    if (self->next == *self->bad) {
        weir_error_set(error, WEIR_E_USER, "it is bad")->number = self->next;
        return WEIR_ERROR;
    }
    *out = tracked_make(self->next++);
    return WEIR_READY;
}

static void counter_close(struct counter *self)
{
    tracked_drop(self->token);
}
WEIR_RESOURCE_FN(counter_fn, counter_open, counter_next, counter_close, struct counter,
                 struct tracked, OF_TRACKED)

static int64_t no_bad = -1, open_bad = 0, fourth_bad = 4;

/* ---- streams that are made ---- */

static weir_stream *make_two(void *arg)
{
    return inner_stream(*(int64_t *)arg);
}

static int64_t with_error = 5, without = 3, with_none = 4;

/* An error again, after a wait: as the only thing in its place. */
struct echo {
    weir_stream stream;
    int64_t number;
    bool waited;
};

static weir_poll echo_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct echo *self = WEIR_SELF(struct echo, stream);
    (void)out, (void)demand;
    if (!self->waited) {
        self->waited = true;
        return weir_wait_turn(cx);
    }
    weir_fail(cx, WEIR_E_USER, "again");
    cx->error.number = self->number;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_stream *echo(const weir_error *error, void *arg)
{
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "echo", .poll_next = echo_poll_next};
    (void)arg;
    weir_stream *stream = weir_source_new(sizeof(struct echo), &ops, &tracked_type);
    if (!weir_stage_failed(&stream->stage))
        WEIR_SELF(struct echo, stream)->number = error->number;
    return stream;
}

static weir_stream *leave(const weir_error *error, void *arg)
{
    (void)error, (void)arg;
    return NULL;
}

static void rename_error(weir_error *error, void *arg)
{
    (void)arg;
    error->cure = "another one";
}

static void see_error(const weir_error *error, void *arg)
{
    (void)arg;
    if (error->code == WEIR_OK)
        test_abort("inspect_err shows something that is no error");
}

/* ---- a token that is let go when it is told how the stream ended: once ---- */

static struct tracked token;

static void let_go(weir_done how, const weir_error *error, void *arg)
{
    (void)arg;
    if ((how == WEIR_DONE_ERROR) != (error != NULL))
        test_abort("on_done tells of %d, and of an error or none", (int)how);
    tracked_drop(token);
}

static weir_stream *with_token(weir_stream *source)
{
    weir_stream *stream = weir_on_done(source, let_go, NULL);
    if (!weir_stage_failed(&stream->stage))
        token = tracked_make(0);
    return stream;
}

/* ---- how each is built ---- */

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

static weir_stream *one_and_successors(void)
{
    struct tracked one = tracked_make(1);
    return weir_successors(&after_fn, &one, NULL);
}

static weir_stream *summed(weir_stream *source, const weir_unfold_fn *complete)
{
    struct tracked state = tracked_make(0);
    return weir_stateful_map(source, &running_sum_fn, complete, &state);
}

static weir_stream *stopped(weir_stream *source)
{
    struct tracked state = tracked_make(0);
    return weir_stateful_map(source, &sum_fn, &give_sum_fn, &state);
}

static const int64_t start = -1, separator = 0, stop = -2;
#define NUMBERS(source) weir_map(source, &to_number_fn, NULL)

ROW(repeat_with, weir_take(weir_repeat_with(&seven_fn, NULL), 9))
ROW(successors, one_and_successors())
ROW(lazy, weir_lazy(&tracked_type, make_two, &with_error))
ROW(cycle, weir_take(weir_cycle(&tracked_type, make_two, &without), 7))
ROW(cycle_errors, weir_take(weir_cycle(&tracked_type, make_two, &with_error), 4))
ROW(cycle_none, weir_cycle(&tracked_type, make_two, &with_none))
ROW(using, weir_using(&counter_fn, &no_bad))
ROW(using_closed, weir_using(&counter_fn, &open_bad))
ROW(using_bad, weir_using(&counter_fn, &fourth_bad))
ROW(ready_chunks, weir_flatten_vecs(weir_ready_chunks(a, 3), &tracked_type))
ROW(ready_chunks_one, weir_ready_chunks(a, 1))
ROW(flatten_vecs, weir_flatten_vecs(weir_chunks(a, 1), &tracked_type))
ROW(sliding, weir_sliding(NUMBERS(a), 3, 1))
ROW(sliding_two, weir_sliding(NUMBERS(a), 3, 2))
ROW(sliding_owned, weir_sliding(a, 3, 3))
ROW(sliding_gaps, weir_sliding(a, 2, 3))
ROW(step_by, weir_step_by(a, 3))
ROW(step_by_one, weir_step_by(a, 1))
ROW(map_while, weir_map_while(a, &below_six_tenfold_fn, NULL))
ROW(limit, weir_limit(a, 5))
ROW(limit_enough, weir_limit(a, 8))
ROW(limit_weighted, weir_limit_weighted(a, &weigh_fn, NULL, 17))
ROW(stateful_map, summed(a, &give_sum_fn))
ROW(stateful_map_alone, summed(a, NULL))
ROW(stateful_map_stops, stopped(a))
ROW(dedup, weir_dedup(weir_map(a, &half_fn, NULL)))
ROW(dedup_owned, weir_dedup(weir_map(a, &half_owned_fn, NULL)))
ROW(dedup_by, weir_dedup_by(NUMBERS(a), &by_half_fn, NULL))
ROW(intersperse, weir_intersperse(NUMBERS(a), &start, &separator, NULL))
ROW(intersperse_stop, weir_intersperse(NUMBERS(a), &start, &separator, &stop))
ROW(intersperse_ends, weir_intersperse(NUMBERS(a), &start, NULL, &stop))
ROW(intersperse_with, weir_intersperse_with(a, NULL, &seven_fn, NULL, NULL))
ROW(notify_close, weir_notify_close(a))
ROW(map_err, weir_map_err(a, rename_error, NULL))
ROW(inspect_err, weir_inspect_err(a, see_error, NULL))
ROW(or_else, weir_or_else(a, echo, NULL))
ROW(or_else_left, weir_or_else(a, leave, NULL))
ROW(skip_errors, weir_skip_errors(a, 100, NULL))
ROW(stop_on_error, weir_stop_on_error(a))
ROW(on_done, with_token(a))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(repeat_with, 0, 0, "7 7 7 7 7 7 7 7 7 $"),
    ROW(successors, 0, 0, "1 2 3 4 5 $"),
    ROW(lazy, 0, 0, "50 !5 51 $"),
    ROW(cycle, 0, 0, "30 31 30 31 30 31 30 $"),
    ROW(cycle_errors, 0, 0, "50 !5 51 50 !5 51 $"),
    ROW(cycle_none, 0, 0, "$"),
    ROW(using, 0, 0, "1 2 3 4 5 $"),
    ROW(using_closed, 0, 0, "!!4 $"),
    ROW(using_bad, 0, 0, "1 2 3 !!4 $"),
    ROW(ready_chunks, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(ready_chunks_one, 1, 0, "[1] [2] [3] [4] [5] [6] [7] [8] $"),
    ROW(flatten_vecs, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(sliding, 1, OVERTAKES, "[1 2 3] [2 3 4] [3 4 5] [4 5 6] [5 6 7] [6 7 8] $"),
    ROW(sliding_two, 1, OVERTAKES, "[1 2 3] [3 4 5] [5 6 7] [7 8] $"),
    ROW(sliding_owned, 1, OVERTAKES, "[1 2 3] [4 5 6] [7 8] $"),
    ROW(sliding_gaps, 1, OVERTAKES, "[1 2] [4 5] [7 8] $"),
    ROW(step_by, 1, 0, "1 4 7 $"),
    ROW(step_by_one, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(map_while, 1, 0, "10 20 30 40 50 $"),
    ROW(limit, 1, 0, "1 2 3 4 5 !!LIMIT $"),
    ROW(limit_enough, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(limit_weighted, 1, 0, "1 2 3 4 5 !!LIMIT $"),
    ROW(stateful_map, 1, OVERTAKES, "1 2 3 4 5 6 7 8 20 16 $"),
    ROW(stateful_map_alone, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(stateful_map_stops, 1, OVERTAKES, "1 3 6 10 15 20 1 $"),
    ROW(dedup, 1, 0, "0 1 2 3 4 $"),
    ROW(dedup_owned, 1, 0, "0 1 2 3 4 $"),
    ROW(dedup_by, 1, 0, "1 2 4 6 8 $"),
    ROW(intersperse, 1, 0, "-1 1 0 2 0 3 0 4 0 5 0 6 0 7 0 8 $"),
    ROW(intersperse_stop, 1, OVERTAKES, "-1 1 0 2 0 3 0 4 0 5 0 6 0 7 0 8 -2 $"),
    ROW(intersperse_ends, 1, OVERTAKES, "-1 1 2 3 4 5 6 7 8 -2 $"),
    ROW(intersperse_with, 1, 0, "1 7 2 7 3 7 4 7 5 7 6 7 7 7 8 $"),
    ROW(notify_close, 1, OVERTAKES, "1 2 3 4 5 6 7 8 none $"),
    ROW(map_err, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(inspect_err, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(or_else, 1, OWN_ERRORS, "1 2 3 4 5 6 7 8 $"),
    ROW(or_else_left, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(skip_errors, 1, CATCHES, "1 2 3 4 5 6 7 8 $"),
    ROW(stop_on_error, 1, CATCHES, "1 2 3 4 5 6 7 8 $"),
    ROW(on_done, 1, 0, "1 2 3 4 5 6 7 8 $"),
};
const struct rows rows_one = {rows, sizeof rows / sizeof *rows};
