/* What the rows give their stages: functions over items that own something, and what they make. */
#ifndef WEIR_TESTS_GIVEN_H
#define WEIR_TESTS_GIVEN_H

#include "laws.h"

#define TO_TRACKED .to = &tracked_type
#define OF_TRACKED .of = &tracked_type
#define FROM_TRACKED .from = &tracked_type

static struct tracked tenfold(struct tracked item, void *arg)
{
    (void)arg;
    item.value *= 10;
    return item;
}
WEIR_MAP_FN(tenfold_fn, tenfold, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static int64_t to_number(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value;
}
WEIR_MAP_FN(to_number_fn, to_number, struct tracked, int64_t, FROM_TRACKED)

static struct tracked from_number(int64_t value, void *arg)
{
    (void)arg;
    return tracked_make(value);
}
WEIR_MAP_FN(from_number_fn, from_number, int64_t, struct tracked, TO_TRACKED)

static bool not_four(struct tracked item, struct tracked *out, void *arg, weir_error *error)
{
    (void)arg;
    if (item.value == 4) {
        weir_error_set(error, WEIR_E_USER, "it is 4")->number = 4;
        tracked_drop(item);
        return false;
    }
    *out = item;
    return true;
}
WEIR_TRY_MAP_FN(not_four_fn, not_four, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static bool is_even(struct tracked item, void *arg)
{
    (void)arg;
    return item.value % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, struct tracked, OF_TRACKED)

static bool below_six(struct tracked item, void *arg)
{
    (void)arg;
    return item.value < 6;
}
WEIR_FILTER_FN(below_six_fn, below_six, struct tracked, OF_TRACKED)

static bool below_three(struct tracked item, void *arg)
{
    (void)arg;
    return item.value < 3;
}
WEIR_FILTER_FN(below_three_fn, below_three, struct tracked, OF_TRACKED)

static bool below_hundred(struct tracked item, void *arg)
{
    (void)arg;
    return item.value < 100;
}
WEIR_FILTER_FN(below_hundred_fn, below_hundred, struct tracked, OF_TRACKED)

static bool even_tenfold(struct tracked item, struct tracked *out, void *arg)
{
    (void)arg;
    if (item.value % 2) {
        tracked_drop(item);
        return false;
    }
    item.value *= 10;
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(even_tenfold_fn, even_tenfold, struct tracked, struct tracked, FROM_TRACKED,
                   TO_TRACKED)

static bool sum_to_twenty(struct tracked *sum, struct tracked item, struct tracked *out)
{
    sum->value += item.value;
    item.value = sum->value;
    if (sum->value > 20) {
        tracked_drop(item);
        return false;
    }
    *out = item;
    return true;
}
WEIR_SCAN_FN(sum_fn, sum_to_twenty, struct tracked, struct tracked, struct tracked,
             .state = &tracked_type, FROM_TRACKED, TO_TRACKED)

static void add(struct tracked *sum, struct tracked item, void *arg)
{
    (void)arg;
    sum->value += item.value;
    tracked_drop(item);
}
WEIR_FOLD_FN(add_fn, add, struct tracked, struct tracked, .acc = &tracked_type, OF_TRACKED)

static bool up_to_five(struct tracked *state, struct tracked *out)
{
    if (state->value == 5)
        return false;
    *out = tracked_make(++state->value);
    return true;
}
WEIR_UNFOLD_FN(up_to_five_fn, up_to_five, struct tracked, struct tracked, .state = &tracked_type,
               OF_TRACKED)

static void look(struct tracked item, void *arg)
{
    (void)arg;
    if (item.serial <= 0)
        test_abort("inspect shows something that is no item");
}
WEIR_EACH_FN(look_fn, look, struct tracked, OF_TRACKED)

static void eat(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
}
WEIR_EACH_FN(eat_fn, eat, struct tracked, OF_TRACKED)

static weir_stream *future_of(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return inner_future(item.value);
}
WEIR_THEN_FN(future_fn, future_of, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)
WEIR_MAP_FN(to_future_fn, future_of, struct tracked, weir_stream *, FROM_TRACKED,
            .to = &weir_type_stream)

static weir_stream *stream_of(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return inner_stream(item.value);
}
WEIR_THEN_FN(stream_fn, stream_of, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)
WEIR_MAP_FN(to_stream_fn, stream_of, struct tracked, weir_stream *, FROM_TRACKED,
            .to = &weir_type_stream)

/* Futures again, as state machines. */
struct machine {
    weir_stream *future;
};

static void machine_start(struct machine *machine, struct tracked item, void *arg)
{
    machine->future = future_of(item, arg);
}

static weir_poll machine_poll(struct machine *machine, weir_cx *cx, struct tracked *out)
{
    weir_poll got = weir_poll_next(machine->future, cx, out, 1);
    return got.n ? (weir_poll){1, WEIR_END} : got;
}

static void machine_drop(void *state)
{
    weir_drop(((struct machine *)state)->future);
}
WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, struct machine, struct tracked,
              struct tracked, FROM_TRACKED, TO_TRACKED, .drop = machine_drop)

struct two {
    struct tracked first;
    struct tracked second;
};

static struct tracked first_of(struct two pair, void *arg)
{
    (void)arg;
    tracked_drop(pair.second);
    return pair.first;
}
WEIR_MAP_FN(first_fn, first_of, struct two, struct tracked, TO_TRACKED)

struct numbered {
    uint64_t index;
    struct tracked item;
};

static struct tracked item_of(struct numbered numbered, void *arg)
{
    (void)arg;
    return numbered.item;
}
WEIR_MAP_FN(item_fn, item_of, struct numbered, struct tracked, TO_TRACKED)

#endif
