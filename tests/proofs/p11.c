/* Whatever a task is made of, its neighbour has a turn after a bounded number of calls of the
 * user's functions: a budget of batches, and no more. */

#include "proofs.h"

enum {
    MOST = 2 * (WEIR_BUDGET + 1) * WEIR_DEMAND_MAX, /* zip has two sources */
    ITEMS = 300000
};

static uint64_t calls, last, worst;

static bool next_number(uint64_t *n, uint64_t *out)
{
    *out = (*n)++;
    calls++;
    return *n <= ITEMS;
}
WEIR_UNFOLD_FN(next_fn, next_number, uint64_t, uint64_t)

/* A number that calls itself an error costs a turn too. */
static bool try_next(uint64_t x, uint64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = x;
    if (x % 3)
        return true;
    weir_error_set(error, WEIR_E_USER, "a third");
    return false;
}
WEIR_TRY_MAP_FN(try_fn, try_next, uint64_t, uint64_t)

static weir_poll neighbour(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)out;
    (void)demand;
    worst = calls - last > worst ? calls - last : worst;
    last = calls;
    return weir_wait_turn(cx);
}

static void drop_chunk(weir_vec chunk, void *arg)
{
    (void)arg;
    weir_vec_drop(&chunk);
}
WEIR_EACH_FN(drop_fn, drop_chunk, weir_vec)

static void add(uint64_t *sum, uint64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, uint64_t, uint64_t)

static bool none(uint64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return false;
}
WEIR_FILTER_FN(none_fn, none, uint64_t)

static bool all(uint64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return true;
}
WEIR_FILTER_FN(all_fn, all, uint64_t)

static bool nothing(uint64_t x, uint64_t *out, void *arg)
{
    (void)arg;
    *out = x;
    return false;
}
WEIR_FILTER_MAP_FN(nothing_fn, nothing, uint64_t, uint64_t)

static weir_stream *source(void)
{
    static const uint64_t zero = 0;
    return weir_unfold(&next_fn, &zero);
}

static weir_stream *fold(weir_stream *stream)
{
    static const uint64_t zero = 0;
    return weir_fold(stream, &add_fn, &zero, NULL);
}

static weir_stream *by_fold(void)
{
    return fold(source());
}
static weir_stream *by_count(void)
{
    return weir_count(source());
}
static weir_stream *by_chunks(void)
{
    return weir_for_each(weir_chunks(source(), 100000), &drop_fn, NULL);
}
static weir_stream *by_small_chunks(void)
{
    return weir_for_each(weir_chunks(weir_chunks(source(), 3), 1000), &drop_fn, NULL);
}
static weir_stream *by_skip(void)
{
    return fold(weir_skip(source(), 200000));
}
static weir_stream *by_skip_while(void)
{
    return fold(weir_skip_while(source(), &all_fn, NULL));
}
static weir_stream *by_filter(void)
{
    return fold(weir_filter(source(), &none_fn, NULL));
}
static weir_stream *by_filter_map(void)
{
    return weir_count(weir_filter_map(source(), &nothing_fn, NULL));
}
static weir_stream *by_filters(void)
{
    return fold(weir_filter(weir_filter(source(), &all_fn, NULL), &none_fn, NULL));
}
static weir_stream *by_results(void)
{
    return weir_count(weir_results(weir_map(source(), &try_fn, NULL)));
}
static weir_stream *by_collect(void)
{
    return weir_collect(source(), ITEMS);
}
static weir_stream *by_any(void)
{
    return weir_any(source(), &none_fn, NULL);
}
static weir_stream *by_ahead(void)
{
    return fold(weir_ahead(source(), WEIR_AHEAD_MAX));
}
static weir_stream *by_select(void)
{
    return fold(weir_select(source(), weir_empty(&weir_type_u64)));
}
static weir_stream *by_merge(void)
{
    weir_stream *inputs[] = {source(), source(), source()};
    return fold(weir_merge(inputs, 3));
}
static weir_stream *by_zip(void)
{
    return weir_count(weir_zip(source(), source()));
}
static weir_stream *by_flatten(void)
{
    weir_stream *inner = weir_filter(source(), &none_fn, NULL);
    return fold(weir_flatten(weir_once(&weir_type_stream, &inner), &weir_type_u64));
}

static void test_neighbour(void **state)
{
    static const struct {
        const char *name;
        weir_stream *(*make)(void);
    } tasks[] = {{"fold", by_fold},
                 {"count", by_count},
                 {"chunks", by_chunks},
                 {"small", by_small_chunks},
                 {"skip", by_skip},
                 {"skip_while", by_skip_while},
                 {"filter", by_filter},
                 {"filters", by_filters},
                 {"filter_map", by_filter_map},
                 {"results", by_results},
                 {"collect", by_collect},
                 {"any", by_any},
                 {"ahead", by_ahead},
                 {"select", by_select},
                 {"merge", by_merge},
                 {"zip", by_zip},
                 {"flatten", by_flatten}};
    (void)state;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        weir_error error;
        weir_vec room;
        calls = last = worst = 0;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL); /* sim draws turns */
        assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_unit, neighbour, NULL)));
        if (weir_rt_run(rt, tasks[i].make(), (void *)&room, &error) != WEIR_READY)
            fail_msg("%s: %s", tasks[i].name, WEIR_ERROR_TEXT(&error));
        if (tasks[i].make == by_collect)
            weir_vec_drop(&room);
        weir_rt_drop(rt);
        uint64_t most = tasks[i].make == by_ahead ? WEIR_AHEAD_MAX + MOST : MOST;
        if (worst > most || !worst)
            fail_msg("%s: %llu calls in one turn", tasks[i].name, (unsigned long long)worst);
    }
}

int proofs_p11(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_neighbour)};
    return cmocka_run_group_tests_name("p11", tests, NULL, NULL);
}
