/* Bounds and replays, against what queueing theory knows of the same lines. */

#include <math.h>

#include "../driver/rig.h"
#include "core/draw.h"
#include "doubles.h"
#include "inspect/law.h"
#include "lines.h"

static void within(double got, double wanted, double part)
{
    if (!(fabs(got / wanted - 1) <= part))
        fail_msg("%g instead of %g", got, wanted);
}

static double mean_rate(const struct weir_model *model, unsigned times)
{
    double sum = 0;
    for (unsigned i = 1; i <= times; i++)
        sum += weir_replay(model, i, WEIR_REPLAY_ITEMS);
    return sum / times;
}

/* ---- what is always alike ---- */

static void the_slowest_gives_the_rate(void **state)
{
    (void)state;
    for (size_t room = 1; room <= 64; room *= 4)
        for (size_t slow = 0; slow < 3; slow++) {
            struct weir_model model = line_of(3, room);
            for (size_t i = 0; i < 3; i++)
                wait_of(&model, i, LINE_CONSTANT, i == slow ? 1e-3 : 4e-4);
            struct weir_law law;
            weir_law(&model, &law);
            assert_int_equal(law.first.of, WEIR_LAW_STAGE);
            assert_int_equal(law.first.stage, slow);
            within(law.first.rate, 1000, 1e-9);
            within(law.next.rate, 2500, 1e-9);
            within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000, 1e-6);
        }
}

static void one_task_is_one_server(void **state)
{
    (void)state;
    struct weir_model model = line_of(3, 0);
    for (size_t i = 0; i < 3; i++)
        wait_of(&model, i, LINE_CONSTANT, (double)(i + 1) * 1e-3);
    struct weir_law law;
    weir_law(&model, &law);
    assert_int_equal(law.first.stage, 2);
    within(law.first.rate, 1000 / 6., 1e-9);
    within(law.next.rate, 1000 / 3., 1e-9);
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000 / 6., 1e-6);
}

/* The one before a parallel stage of its task works only when that may take what it makes. */
static void a_parallel_stage_asks(void **state)
{
    (void)state;
    static const double rates[] = {1000 / 3., 1000 / 1.5, 1000};
    struct weir_model model = line_of(2, 0);
    wait_of(&model, 0, LINE_CONSTANT, 1e-3);
    wait_of(&model, 1, LINE_CONSTANT, 2e-3);
    for (unsigned limit = 1; limit <= 3; limit++) {
        parallel(&model, 1, limit, true);
        within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), rates[limit - 1], 0.01);
    }
}

static void workers_multiply_what_waits(void **state)
{
    (void)state;
    struct weir_model model = line_of(3, 16);
    wait_of(&model, 1, LINE_CONSTANT, 1e-3);
    wait_of(&model, 2, LINE_CONSTANT, 1e-4);
    for (unsigned limit = 1; limit <= 8; limit *= 2) {
        parallel(&model, 1, limit, true);
        within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000. * limit, 0.01);
    }
}

/* Two work 300 and 700 us: on one core one after the other, whatever the limit. */
static void cores_are_shared(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 16);
    struct weir_law law;
    work_of(&model, 0, LINE_CONSTANT, 3e-4);
    work_of(&model, 1, LINE_CONSTANT, 7e-4);
    parallel(&model, 1, 4, true);
    model.usable = 1;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000, 0.01);
    weir_law(&model, &law);
    assert_int_equal(law.first.of, WEIR_LAW_MACHINE);
    assert_int_equal(law.first.stage, 1);
    within(law.machine, 1000, 1e-9);
    model.usable = 2;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 2000, 0.01);
    model.usable = 8;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 10000 / 3., 0.01);
    weir_law(&model, &law);
    assert_int_equal(law.first.stage, 0);
}

/* Each item waits 2 ms in the line, and keeps the rest of the process busy for 300 us. */
static void the_rest_has_its_cores(void **state)
{
    (void)state;
    struct weir_law law;
    for (unsigned limit = 1; limit <= 64; limit *= 4) {
        double line = 500. * limit, cores = 2 / 3e-4;
        struct weir_model model = line_of(2, 16);
        wait_of(&model, 1, LINE_CONSTANT, 2e-3);
        parallel(&model, 1, limit, true);
        model.workers = model.usable = 2;
        model.rest_s = 3e-4;
        within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), line < cores ? line : cores, 0.02);
        weir_law(&model, &law);
        within(law.machine, cores, 1e-9);
        assert_int_equal(law.first.of, line < cores ? WEIR_LAW_STAGE : WEIR_LAW_MACHINE);
        model.usable = 0; /* who does not know how many there are says nothing of them */
        within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), line, 0.02);
    }
}

/* The line and the rest share two cores, whichever of them works more. */
static void the_rest_shares_the_cores(void **state)
{
    (void)state;
    for (unsigned tenths = 1; tenths <= 9; tenths += 2) {
        struct weir_model model = line_of(2, 16);
        work_of(&model, 1, LINE_EXPONENTIAL, 1e-4 * tenths);
        parallel(&model, 1, 8, false);
        model.workers = model.usable = 2;
        model.rest_s = 1e-3 - 1e-4 * tenths;
        within(mean_rate(&model, 10), 2000, 0.05);
    }
}

/* What has no tasks of its own has its task's thread, for as many as it has at once. */
static void a_task_has_one_thread(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 0);
    struct weir_law law;
    work_of(&model, 0, LINE_CONSTANT, 1e-3);
    work_of(&model, 1, LINE_CONSTANT, 2e-3);
    model.stages[1].workers = 8;
    weir_law(&model, &law);
    assert_int_equal(law.first.of, WEIR_LAW_TASK);
    within(law.first.rate, 1000 / 3., 1e-9);
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000 / 3., 0.01);
}

/* A parallel stage gets workers that the tasks of the line do not have. */
static void a_runtime_grows(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 16);
    work_of(&model, 0, LINE_CONSTANT, 1e-4);
    work_of(&model, 1, LINE_CONSTANT, 9e-4);
    model.workers = 1;
    model.par_workers = 3;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000, 0.01);
    parallel(&model, 1, 8, false);
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 3000, 0.02);
    model.par_workers = 0;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000, 0.01);
}

/* Who has waited needs its worker once more. */
static void it_works_before_and_behind_its_wait(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 16);
    wait_of(&model, 1, LINE_CONSTANT, 4e-4);
    weir_service *service = line_service(&model, 1);
    for (size_t i = 0; i < LINE_TIMES_N; i++)
        service[i].cpu_ns = 100000;
    model.workers = 1;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 2000, 0.01);
    parallel(&model, 1, 2, true);
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 4000, 0.1);
    parallel(&model, 1, 64, true);
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 10000, 0.01);
    model.workers = 0;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 64 / 5e-4, 0.05);
}

/* ---- what is drawn ---- */

/* Two servers whose times are exponential and alike, room B between them, blocking behind service:
 * K / (K + 1) of the rate of one, K = B + 2 (the chain of K + 1 states is uniform). */
static void two_exponential_servers(void **state)
{
    (void)state;
    for (size_t room = 1; room <= 32; room *= 2) {
        struct weir_model model = line_of(2, room);
        for (size_t i = 0; i < 2; i++)
            wait_of(&model, i, LINE_EXPONENTIAL, 1e-3);
        double k = (double)room + 2;
        within(mean_rate(&model, 100), 1000 * k / (k + 1), 0.05);
    }
}

/* The same, one twice as fast: (1 - r^K) / (1 - r^(K + 1)) of the slow one's, r a half. */
static void a_fast_server_and_a_slow_one(void **state)
{
    (void)state;
    for (size_t room = 1; room <= 16; room *= 4)
        for (size_t slow = 0; slow < 2; slow++) {
            struct weir_model model = line_of(2, room);
            wait_of(&model, slow, LINE_EXPONENTIAL, 1e-3);
            wait_of(&model, !slow, LINE_EXPONENTIAL, 5e-4);
            double k = (double)room + 2, part = (1 - pow(0.5, k)) / (1 - pow(0.5, k + 1));
            within(mean_rate(&model, 100), 1000 * part, 0.05);
        }
}

static void order_costs(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 4);
    wait_of(&model, 1, LINE_BIMODAL, 1e-3);
    parallel(&model, 1, 4, false);
    double free = mean_rate(&model, 20);
    within(free, 4000, 0.05);
    parallel(&model, 1, 4, true);
    double ordered = mean_rate(&model, 20);
    assert_true(ordered < 0.9 * free && ordered > 1000);
}

/* One item in four goes on: the second has four times as long. */
static void visits_count(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 8);
    wait_of(&model, 0, LINE_CONSTANT, 1e-3);
    wait_of(&model, 1, LINE_CONSTANT, 3e-3);
    model.stages[0].visits = 4;
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 250, 0.01);
    model.stages[0].visits = 0.25; /* each comes to four */
    within(weir_replay(&model, 1, WEIR_REPLAY_ITEMS), 1000 / 3., 0.01);
}

/* ---- pairs, and what is refused ---- */

static void pairs_have_an_interval(void **state)
{
    (void)state;
    struct weir_replayed got;
    struct weir_model before = line_of(3, 16);
    wait_of(&before, 1, LINE_EXPONENTIAL, 1e-3);
    wait_of(&before, 2, LINE_CONSTANT, 6e-4);
    struct weir_model after = before;
    parallel(&after, 1, 4, false);
    assert_true(weir_replay_compare(&before, &after, WEIR_REPLAYS, &got));
    assert_true(got.low < got.gain && got.gain < got.high);
    within(got.gain, 1 / 0.6, 0.1);
    assert_true(weir_replay_compare(&before, &before, WEIR_REPLAYS, &got));
    assert_true(got.low == 1 && got.gain == 1 && got.high == 1);
}

static void nothing_is_refused(void **state)
{
    (void)state;
    struct weir_replayed got;
    struct weir_law law;
    struct weir_model model = line_of(2, 4);
    assert_true(weir_replay(&model, 1, WEIR_REPLAY_ITEMS) == 0);
    assert_false(weir_replay_compare(&model, &model, 3, &got));
    weir_law(&model, &law);
    assert_int_equal(law.first.of, WEIR_LAW_NOTHING);
    model.n = 0;
    assert_true(weir_replay(&model, 1, WEIR_REPLAY_ITEMS) == 0);
    model = line_of(2, 4);
    wait_of(&model, 1, LINE_CONSTANT, 1e-3);
    assert_false(weir_replay_compare(&model, &model, 0, &got));
}

static void memory_may_fail(void **state)
{
    (void)state;
    struct weir_replayed got;
    struct weir_model model = line_of(2, 4);
    wait_of(&model, 1, LINE_CONSTANT, 1e-3);
    for (unsigned long k = 1;; k++) {
        memory_begin(0, false);
        memory.fail_at = k;
        double rate = weir_replay(&model, 1, WEIR_REPLAY_ITEMS);
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        assert_true(failed ? rate == 0 : rate > 0);
        if (!failed)
            break;
    }
    memory_begin(1, true);
    assert_false(weir_replay_compare(&model, &model, 3, &got));
    assert_int_equal(memory_end(), 0);
}

/* The largest there is: bounded in its memory by its workers, in its time by its items. */
static void the_largest(void **state)
{
    (void)state;
    struct weir_model model = line_of(WEIR_MODEL_STAGES_MAX, 64);
    for (size_t i = 0; i < model.n; i++) {
        wait_of(&model, i, LINE_EXPONENTIAL, 1e-3);
        parallel(&model, i, 1000, i % 2);
    }
    double rate = weir_replay(&model, 1, WEIR_REPLAY_ITEMS);
    assert_true(rate > 10000 && rate < 256000);
}

int inspect_replay(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slowest_gives_the_rate),
        cmocka_unit_test(one_task_is_one_server),
        cmocka_unit_test(a_parallel_stage_asks),
        cmocka_unit_test(workers_multiply_what_waits),
        cmocka_unit_test(cores_are_shared),
        cmocka_unit_test(a_runtime_grows),
        cmocka_unit_test(it_works_before_and_behind_its_wait),
        cmocka_unit_test(the_rest_has_its_cores),
        cmocka_unit_test(the_rest_shares_the_cores),
        cmocka_unit_test(a_task_has_one_thread),
        cmocka_unit_test(two_exponential_servers),
        cmocka_unit_test(a_fast_server_and_a_slow_one),
        cmocka_unit_test(order_costs),
        cmocka_unit_test(visits_count),
        cmocka_unit_test(pairs_have_an_interval),
        cmocka_unit_test(nothing_is_refused),
        cmocka_unit_test(memory_may_fail),
        cmocka_unit_test(the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
