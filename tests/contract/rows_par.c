/* The rows of weir/par.h: plain functions, futures and fibers, on two simulated workers. */

#include "given.h"
#include "host.h"

enum { LIMIT = 3 };

/* As its descriptor calls it. */
typedef struct tracked tracked;

/* ---- functions that do not wait ---- */

static void end_each(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
}
WEIR_EACH_FN(end_each_fn, end_each, struct tracked, OF_TRACKED)

static void sum_up(int64_t *sum, struct tracked item, void *arg)
{
    (void)arg;
    *sum += item.value;
    tracked_drop(item);
}
WEIR_FOLD_FN(sum_up_fn, sum_up, int64_t, struct tracked, OF_TRACKED)

static void add_up(int64_t *sum, int64_t part, void *arg)
{
    (void)arg;
    *sum += part;
}
WEIR_FOLD_FN(add_up_fn, add_up, int64_t, int64_t)

static const int64_t none = 0;

/* ---- futures: they wait for the test, which wakes nobody while a drop waits for them ---- */

static weir_stream *calm_future(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return inner_future(item.value == 5 ? 4 : item.value);
}
WEIR_THEN_FN(calm_future_fn, calm_future, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

/* ---- fibers: as often as an item says, others have their turns ---- */

static bool pause_for(struct tracked item)
{
    bool goes_on = true;
    for (int64_t i = item.value % 3; i && goes_on; i--)
        goes_on = weir_pause();
    return goes_on;
}

static bool wait_and_give(struct tracked item, struct tracked *out, void *arg, weir_error *error)
{
    (void)arg;
    if (!pause_for(item)) {
        tracked_drop(item);
        weir_error_set(error, WEIR_E_CANCELLED, "it was dropped");
        return false;
    }
    item.value *= 10;
    *out = item;
    return true;
}
WEIR_PAR_MAP_FN(wait_fn, wait_and_give, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

WEIR_PAR_FN(wait_each_fn, tracked, item, void *, arg)
{
    (void)arg;
    pause_for(item);
    tracked_drop(item);
}

WEIR_CREW_FN(crew_fn, tracked, items, void *, arg)
{
    (void)arg;
    weir_for_await (tracked, item, items) {
        pause_for(item);
        tracked_drop(item);
    }
}

/* All leave after two items each. */
WEIR_CREW_FN(leave_fn, tracked, items, void *, arg)
{
    int n = 0;
    (void)arg;
    weir_for_await (tracked, item, items) {
        tracked_drop(item);
        if (++n == 2)
            break;
    }
}

static const weir_par_options here = {.size = sizeof here, .local = true};
static const weir_par_options cancels = {.size = sizeof cancels, .stop = WEIR_CANCEL};
static const weir_par_options by_two = {.size = sizeof by_two, .batch_max = 2};

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return hosted(expression);                                                                 \
    }
ROW(par_map, weir_par_map(a, &tenfold_fn, NULL, LIMIT, NULL))
ROW(par_map_size, weir_par_map(a, &to_number_fn, NULL, LIMIT, &by_two))
ROW(par_map_local, weir_par_map(a, &tenfold_fn, NULL, LIMIT, &here))
ROW(par_map_try, weir_par_map(a, &not_four_fn, NULL, LIMIT, NULL))
ROW(par_map_then, weir_par_map(a, &calm_future_fn, NULL, LIMIT, &cancels))
ROW(par_map_fiber, weir_par_map(a, &wait_fn, NULL, LIMIT, NULL))
ROW(par_map_cancel, weir_par_map(a, &wait_fn, NULL, LIMIT, &cancels))
ROW(par_map_unordered, weir_par_map_unordered(a, &tenfold_fn, NULL, LIMIT, NULL))
ROW(par_map_unordered_fiber, weir_par_map_unordered(a, &wait_fn, NULL, LIMIT, NULL))
ROW(par_filter, weir_par_filter(a, &is_even_fn, NULL, LIMIT, NULL))
ROW(par_fold, weir_par_fold(a, &none, &sum_up_fn, &add_up_fn, NULL, LIMIT, NULL))
ROW(par_for_each, weir_par_for_each(a, &end_each_fn, NULL, LIMIT, NULL))
ROW(par_for_each_then, weir_par_for_each(a, &calm_future_fn, NULL, LIMIT, &cancels))
ROW(par_for_each_fiber, weir_par_for_each(a, &wait_each_fn, NULL, LIMIT, NULL))
ROW(crew, weir_crew(a, &crew_fn, NULL, LIMIT, NULL))
ROW(crew_cancel, weir_crew(a, &crew_fn, NULL, LIMIT, &cancels))
ROW(crew_leave, weir_crew(a, &leave_fn, NULL, LIMIT, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(par_map, 1, TAKES_MORE | OVERTAKES | OWN_ERRORS, "10 20 30 40 50 60 70 80 $"),
    ROW(par_map_size, 1, TAKES_MORE | OVERTAKES | OWN_ERRORS, "1 2 3 4 5 6 7 8 $"),
    ROW(par_map_local, 1, TAKES_MORE | OVERTAKES | OWN_ERRORS, "10 20 30 40 50 60 70 80 $"),
    ROW(par_map_try, 1, TAKES_MORE | OVERTAKES | OWN_ERRORS, "1 2 3 !4 5 6 7 8 $"),
    ROW(par_map_then, 1, HOLDS_UNSEEN | OVERTAKES | OWN_ERRORS, "1 2 3 4 4 6 7 8 $"),
    ROW(par_map_fiber, 1, OVERTAKES | OWN_ERRORS, "10 20 30 40 50 60 70 80 $"),
    ROW(par_map_cancel, 1, OVERTAKES | OWN_ERRORS, "10 20 30 40 50 60 70 80 $"),
    ROW(par_map_unordered, 1, TAKES_MORE | ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 40 50 60 70 80 $"),
    ROW(par_map_unordered_fiber, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 40 50 60 70 80 $"),
    ROW(par_filter, 1, TAKES_MORE | OVERTAKES | OWN_ERRORS, "2 4 6 8 $"),
    ROW(par_fold, 1, TAKES_MORE | FUTURE | CATCHES, "36 $"),
    ROW(par_for_each, 1, TAKES_MORE | FUTURE | CATCHES, "() $"),
    ROW(par_for_each_then, 1, FUTURE | HOLDS_UNSEEN | CATCHES, "() $"),
    ROW(par_for_each_fiber, 1, FUTURE | CATCHES, "() $"),
    ROW(crew, 1, FUTURE | CATCHES, "() $"),
    ROW(crew_cancel, 1, FUTURE | CATCHES, "() $"),
    ROW(crew_leave, 1, FUTURE | CATCHES, "() $"),
};
const struct rows rows_par = {rows, sizeof rows / sizeof *rows};
