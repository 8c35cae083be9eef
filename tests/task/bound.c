/* Items, and results, that are bound to the worker that made them: every parallel stage keeps them
 * there, as it does where .local says so. */

#include "bodies.h"
#include "task/par.h"

struct ticket {
    int64_t value;
    const weir_worker *made_by;
};

static const weir_type bound_type = {.name = "struct ticket",
                                     .size = sizeof(struct ticket),
                                     .align = _Alignof(struct ticket),
                                     .bound = true};
static const weir_type free_type = WEIR_TYPE(struct ticket);

static _Atomic unsigned handled, away; /* by another worker than who made it */

static void note(struct ticket ticket)
{
    away += ticket.made_by != weir_worker_here;
    handled++;
    for (volatile unsigned spins = 2000; spins; spins--)
        ;
}

static struct ticket made(int64_t value, void *arg)
{
    (void)arg;
    return (struct ticket){value, weir_worker_here};
}
WEIR_MAP_FN(bound_fn, made, int64_t, struct ticket, .to = &bound_type)
WEIR_MAP_FN(free_fn, made, int64_t, struct ticket, .to = &free_type)

/* ---- the stages ---- */

enum { TICKETS = 200, LIMIT = 4 };

typedef weir_stream *stage_over(weir_stream *tickets);

static void each(struct ticket ticket, void *arg)
{
    (void)arg;
    note(ticket);
}
WEIR_EACH_FN(each_fn, each, struct ticket)
WEIR_PAR_FN(each_waiting, struct ticket, ticket, void *, arg)
{
    if (weir_pause())
        each(ticket, arg);
}
static weir_stream *each_later(struct ticket ticket, void *arg)
{
    bool over = true;
    each(ticket, arg);
    return weir_once(&weir_type_bool, &over);
}
WEIR_THEN_FN(each_later_fn, each_later, struct ticket, bool)

static weir_stream *for_each(weir_stream *tickets)
{
    return weir_par_for_each(tickets, &each_fn, NULL, LIMIT, &WEIR_PAR_OPTIONS(.batch_max = 2));
}
static weir_stream *for_each_future(weir_stream *tickets)
{
    return weir_par_for_each(tickets, &each_later_fn, NULL, LIMIT, NULL);
}
static weir_stream *for_each_fiber(weir_stream *tickets)
{
    return weir_par_for_each(tickets, &each_waiting, NULL, LIMIT, NULL);
}

static int64_t value_of(struct ticket ticket, void *arg)
{
    (void)arg;
    note(ticket);
    return ticket.value;
}
static bool try_value_of(struct ticket ticket, int64_t *out, void *arg, weir_error *error)
{
    (void)error;
    *out = value_of(ticket, arg);
    return true;
}
static bool value_waiting(struct ticket ticket, int64_t *out, void *arg, weir_error *error)
{
    return weir_pause() && try_value_of(ticket, out, arg, error);
}
WEIR_MAP_FN(value_fn, value_of, struct ticket, int64_t)
WEIR_TRY_MAP_FN(try_value_fn, try_value_of, struct ticket, int64_t)
WEIR_PAR_MAP_FN(value_waiting_fn, value_waiting, struct ticket, int64_t)

static weir_stream *map(weir_stream *tickets)
{
    return weir_count(
        weir_par_map(tickets, &value_fn, NULL, LIMIT, &WEIR_PAR_OPTIONS(.batch_max = 2)));
}
static weir_stream *try_map(weir_stream *tickets)
{
    return weir_count(weir_par_map(tickets, &try_value_fn, NULL, LIMIT, NULL));
}
static weir_stream *map_future(weir_stream *tickets)
{
    return weir_count(weir_par_map(tickets, &each_later_fn, NULL, LIMIT, NULL));
}
static weir_stream *map_fiber(weir_stream *tickets)
{
    return weir_count(weir_par_map(tickets, &value_waiting_fn, NULL, LIMIT, NULL));
}
static weir_stream *map_unordered(weir_stream *tickets)
{
    return weir_count(weir_par_map_unordered(tickets, &value_waiting_fn, NULL, LIMIT, NULL));
}

static bool keeps(struct ticket ticket, void *arg)
{
    (void)arg;
    note(ticket);
    return ticket.value % 2;
}
WEIR_FILTER_FN(keeps_fn, keeps, struct ticket)

static weir_stream *filter(weir_stream *tickets)
{
    return weir_count(
        weir_par_filter(tickets, &keeps_fn, NULL, LIMIT, &WEIR_PAR_OPTIONS(.batch_max = 2)));
}

static void add(int64_t *sum, struct ticket ticket, void *arg)
{
    *sum += value_of(ticket, arg);
}
static void add_sum(int64_t *sum, int64_t other, void *arg)
{
    (void)arg;
    *sum += other;
}
WEIR_FOLD_FN(add_fn, add, int64_t, struct ticket)
WEIR_FOLD_FN(add_sum_fn, add_sum, int64_t, int64_t)

static weir_stream *fold(weir_stream *tickets)
{
    int64_t zero = 0;
    return weir_count(weir_par_fold(tickets, &zero, &add_fn, &add_sum_fn, NULL, LIMIT,
                                    &WEIR_PAR_OPTIONS(.batch_max = 2)));
}

WEIR_CREW_FN(members, struct ticket, tickets, void *, arg)
{
    weir_for_await (struct ticket, ticket, tickets) {
        if (!weir_pause())
            break;
        each(ticket, arg);
    }
}

static weir_stream *crew(weir_stream *tickets)
{
    return weir_crew(tickets, &members, NULL, LIMIT, NULL);
}

static stage_over *const stages[] = {for_each,  for_each_future, for_each_fiber, map,    try_map,
                                     map_fiber, map_future,      map_unordered,  filter, fold,
                                     crew};
enum { STAGES = sizeof stages / sizeof stages[0] };

static void run(weir_rt *rt, weir_stream *stage)
{
    weir_error error;
    handled = 0;
    if (weir_rt_run(rt, stage, NULL, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_int_equal(handled, TICKETS);
}

/* ---- what is bound stays ---- */

static void over_bound(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    away = 0;
    for (size_t i = 0; i < STAGES; i++) {
        run(rt, stages[i](weir_map(weir_range(0, TICKETS), &bound_fn, NULL)));
        assert_int_equal(away, 0);
    }
}

static void bound_items_stay(void **state)
{
    (void)state;
    everywhere(over_bound);
}

/* The same stages, and the same items that say nothing: else the above would show nothing. */
static void over_free(stage_over *stage)
{
    away = 0;
    for (uint64_t seed = 0; seed < 20 && !away; seed++) {
        weir_rt *rt = world_of(&(struct world){"sim", seed, 4});
        run(rt, stage(weir_map(weir_range(0, TICKETS), &free_fn, NULL)));
        weir_rt_drop(rt);
    }
    assert_int_not_equal(away, 0);
}

static void others_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGES; i++)
        over_free(stages[i]);
}

/* Composites, and what a function makes of it without saying whether it holds it. */

struct holder {
    struct ticket ticket;
};
static struct holder holder_of(struct ticket ticket, void *arg)
{
    (void)arg;
    return (struct holder){ticket};
}
WEIR_MAP_FN(holder_fn, holder_of, struct ticket, struct holder)

static void is_bound(weir_stream *stream, bool bound)
{
    assert_int_equal(stream->type->bound, bound);
    weir_drop(stream);
}

static void what_is_made_of_them_is_bound(void **state)
{
    (void)state;
#define BOUND weir_map(weir_range(0, 3), &bound_fn, NULL)
    is_bound(weir_enumerate(BOUND), true);
    is_bound(weir_chunks(BOUND, 2), true);
    is_bound(weir_map(BOUND, &holder_fn, NULL), true);
    is_bound(weir_par_map(BOUND, &holder_fn, NULL, 2, NULL), true);
    is_bound(weir_par_filter(BOUND, &keeps_fn, NULL, 2, NULL), true);
    is_bound(weir_map(BOUND, &value_fn, NULL), false);
    is_bound(weir_par_map(BOUND, &value_fn, NULL, 2, NULL), false);
    is_bound(weir_par_map(BOUND, &value_waiting_fn, NULL, 2, NULL), false);
}

/* A type that nobody made before, each time: its bound twin is one allocation. */
static void no_memory_for_a_type(void **state)
{
    (void)state;
    static weir_type fresh[100];
    weir_state got = WEIR_ERROR;
    for (size_t fail_at = 1; got == WEIR_ERROR; fail_at++) {
        weir_map_fn fresh_fn = holder_fn;
        const weir_map_fn *fn = &fresh_fn;
        weir_error error;
        fresh[fail_at] = *holder_fn.to;
        fresh_fn.to = &fresh[fail_at];
        memory_begin(fail_at, false);
        got = weir_run(weir_count(weir_par_map(BOUND, fn, NULL, 2, NULL)), NULL, &error);
        memory_end();
        assert_true(got == WEIR_READY || error.code == WEIR_E_MEMORY);
    }
}

/* ---- results that are bound ---- */

static bool make_waiting(int64_t value, struct ticket *out, void *arg, weir_error *error)
{
    (void)error;
    *out = made(value, arg);
    return weir_pause();
}
WEIR_PAR_MAP_FN(make_waiting_fn, make_waiting, int64_t, struct ticket, .to = &bound_type)

/* What a task on another worker made would not be this one's. */
static void to_bound(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    away = 0;
    run(rt, weir_for_each(weir_par_map(weir_range(0, TICKETS), &bound_fn, NULL, LIMIT, NULL),
                          &each_fn, NULL));
    run(rt, weir_for_each(weir_par_map(weir_range(0, TICKETS), &make_waiting_fn, NULL, LIMIT, NULL),
                          &each_fn, NULL));
    assert_int_equal(away, 0);
}

static void bound_results_are_made_here(void **state)
{
    (void)state;
    everywhere(to_bound);
}

int task_bound(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_items_stay),
        cmocka_unit_test(others_do_not),
        cmocka_unit_test(what_is_made_of_them_is_bound),
        cmocka_unit_test(no_memory_for_a_type),
        cmocka_unit_test(bound_results_are_made_here),
    };
    return cmocka_run_group_tests(tests, bodies_setup, NULL);
}
