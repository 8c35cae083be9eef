/* What is advised of chains that a thread waits for itself, or a fiber: the slow stage of each is
 * to be parallel, on the simulated clock. */

#include "inspect/advise.h"
#include "inspect/model_rows.h"
#include "rows.h"
#include "task/worker.h"

enum { ITEMS = 2000, BEFORE = ITEMS / 10, AFTER = ITEMS * 3 / 4, CORES = 4 };
enum { SLOW_US = 1000, BODY_US = 200 };

/* ---- what the inspector sees of the middle of a run ---- */

static struct {
    weir_rt *rt;
    struct rows before, after;
    uint64_t before_ns, after_ns;
    struct weir_model model;
    struct weir_model_room room;
    bool is_model;
} watch;

static size_t times_of(void *arg, const weir_inspect_row *row, weir_service *out, size_t n)
{
    return weir_inspect_service(arg, row->place, row->stage, row->index, out, n);
}

static void make_model(void)
{
    struct weir_model_source source = {.before = watch.before.all,
                                       .after = watch.after.all,
                                       .before_n = watch.before.n,
                                       .after_n = watch.after.n,
                                       .took_ns = watch.after_ns - watch.before_ns,
                                       .service = times_of,
                                       .arg = watch.rt};
    watch.is_model = weir_model_from_rows(&watch.model, &watch.room, &source);
    watch.model.usable = watch.model.workers = CORES;
    watch.model.cpu_is_known = true;
}

static int64_t number(unsigned char unit, void *arg)
{
    (void)unit;
    (void)arg;
    return 1;
}
WEIR_MAP_FN(number_fn, number, unsigned char, int64_t, .from = &weir_type_unit)

static weir_stream *answer(void)
{
    return weir_map(weir_sleep(SLOW_US * US), &number_fn, NULL);
}

static void look(int64_t n)
{
    if (n == BEFORE) {
        rows_read(watch.rt, &watch.before);
        watch.before_ns = rows_now_ns(watch.rt);
    } else if (n == AFTER) {
        rows_read(watch.rt, &watch.after);
        watch.after_ns = rows_now_ns(watch.rt);
        make_model();
    }
}

static weir_stream *fetch(int64_t n, void *arg)
{
    (void)arg;
    look(n);
    return answer();
}
WEIR_THEN_FN(fetch_fn, fetch, int64_t, int64_t)

static weir_stream *slow(void)
{
    return weir_then(weir_range(0, ITEMS), &fetch_fn, NULL);
}

/* ---- who waits ---- */

static void run_it(void)
{
    uint64_t sum;
    assert_int_equal(weir_run(weir_count(slow()), &sum, NULL), WEIR_READY);
}

static void await_it(void)
{
    uint64_t sum;
    assert_int_equal(weir_await(weir_count(slow()), &sum, NULL), WEIR_READY);
}

static void loop_over_it(void)
{
    weir_for_await (int64_t, n, slow())
        weir_sim_work(BODY_US * (uint64_t)US * (uint64_t)n);
}

/* One chain after the other: only the last of them is there. */
static void run_others(void)
{
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_run(weir_count(weir_range(0, 10)), NULL, NULL), WEIR_READY);
    run_it();
}

static void ask_it(void)
{
    int64_t n;
    weir_stream *all = slow();
    while (weir_await_next(all, &n, NULL) == WEIR_READY)
        weir_sim_work(BODY_US * (uint64_t)US * (uint64_t)n);
    weir_drop(all);
}

/* What is slow is the body, which waits for one at a time. */
static void wait_in_a_loop(void)
{
    weir_for_await (int64_t, n, weir_range(0, ITEMS)) {
        look(n);
        assert_int_equal(weir_await(answer(), &n, NULL), WEIR_READY);
    }
}

static bool loop_in_fiber(int *state, uint64_t *out, weir_error *error)
{
    *out = 0;
    weir_for_try (int64_t, n, slow(), *error) {
        weir_sim_work(BODY_US * (uint64_t)US);
        *out += (uint64_t)(n + *state);
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(loop_in_fiber_fn, loop_in_fiber, int, uint64_t)

static void run_fiber(void)
{
    int none = 0;
    uint64_t n;
    weir_error error;
    if (weir_run(weir_fiber(&loop_in_fiber_fn, &none, NULL), &n, &error) != WEIR_READY)
        fail_msg("%s", error.message);
}

/* ---- what is advised ---- */

/* The simulated runtime is the thread's, as its own would be. */
static void see(void (*run)(void))
{
    watch.rt = rows_rt(1, true);
    watch.is_model = false;
    weir_worker *worker = weir_rt_worker(watch.rt), *outer = weir_worker_enter(worker);
    run();
    weir_worker_leave(worker, outer);
    assert_true(watch.is_model);
}

static void is_to_be_parallel(void (*run)(void), const char *stage, const char *change)
{
    struct weir_advice advice;
    see(run);
    bool any = weir_advise(&watch.model, &advice);
    if (!any) {
        char text[200];
        weir_silence_text(&advice, text, sizeof text);
        fail_msg("nothing is advised: %s", text);
    }
    assert_string_equal(advice.rule, "must_par_spawn");
    assert_string_equal(watch.after.all[advice.id].stage, stage);
    if (!strstr(advice.change, change))
        fail_msg("%s: %s", stage, advice.change);
    weir_rt_drop(watch.rt);
}

static void slow_is_to_be_parallel(void (*run)(void))
{
    is_to_be_parallel(run, "then", "par_map limit");
}

static void of_a_run(void **state)
{
    (void)state;
    slow_is_to_be_parallel(run_it);
    slow_is_to_be_parallel(await_it);
    slow_is_to_be_parallel(run_others);
}

static void of_a_loop(void **state)
{
    (void)state;
    slow_is_to_be_parallel(loop_over_it);
    slow_is_to_be_parallel(ask_it);
}

static void of_a_body(void **state)
{
    (void)state;
    is_to_be_parallel(wait_in_a_loop, "loop", "par_for_each limit");
}

static void of_a_fiber(void **state)
{
    (void)state;
    slow_is_to_be_parallel(run_fiber);
}

int inspect_advise_await(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_a_run), cmocka_unit_test(of_a_loop),
                                       cmocka_unit_test(of_a_body), cmocka_unit_test(of_a_fiber)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
