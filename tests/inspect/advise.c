/* The advice: each rule, what it says, and when it says nothing. */

#include "inspect/advise.h"

#include "../driver/rig.h"
#include "lines.h"

/* The one in the middle needs 1 ms, the others some less; measured as it is replayed. */
static struct weir_model slow_line(void)
{
    struct weir_model model = line_of(3, 16);
    wait_of(&model, 0, LINE_CONSTANT, 2e-4);
    wait_of(&model, 1, LINE_CONSTANT, 1e-3);
    wait_of(&model, 2, LINE_CONSTANT, 4e-4);
    model.stages[1].function = "enrich";
    model.stages[1].busy = 0.97;
    model.items = 1000;
    model.measured = 1000;
    return model;
}

static struct weir_advice advised(const struct weir_model *model, const char *rule)
{
    struct weir_advice advice;
    bool any = weir_advise(model, &advice);
    if (any != !!rule || (any && strcmp(advice.rule, rule) != 0))
        fail_msg("%s instead of %s: %s", advice.rule ? advice.rule : "nothing",
                 rule ? rule : "nothing", advice.text);
    return advice;
}

static struct weir_advice silent(const struct weir_model *model, enum weir_silence silence)
{
    struct weir_advice advice = advised(model, NULL);
    assert_int_equal(advice.silence, silence);
    assert_true(advice.gain == 1 && advice.low == 1 && advice.high == 1);
    return advice;
}

/* ---- what is foretold ---- */

static void a_serial_stage(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    struct weir_advice advice = advised(&model, "must_par_spawn");
    assert_string_equal(advice.text, "\"enrich\" is busy 97 %, an item takes 1 ms; after the "
                                     "change \"b\" limits");
    assert_true(fabs(advice.gain - 2.5) < 0.01);
    assert_string_equal(advice.assumes, "items are independent of each other, and their order is "
                                        "kept; what they wait for serves 4 at once");
    assert_string_equal(advice.change, "par_map limit 4");
    assert_int_equal(advice.id, 1);
    assert_int_equal(advice.n, 4);
    assert_int_equal(advice.more, 0);
    assert_true(advice.low <= advice.gain && advice.gain <= advice.high);
}

static void a_larger_limit(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    wait_of(&model, 1, LINE_CONSTANT, 4e-3);
    parallel(&model, 1, 2, false);
    model.measured = 500;
    struct weir_advice advice = advised(&model, "larger_limit");
    assert_string_equal(advice.change, "limit 16");
    assert_null(strstr(advice.assumes, "order"));
}

static void a_larger_buffer(void **state)
{
    (void)state;
    struct weir_model model = line_of(2, 1);
    for (size_t i = 0; i < 2; i++)
        wait_of(&model, i, LINE_BIMODAL, 1e-3);
    model.stages[1].keeps_state = true;
    model.items = 1000;
    model.measured = weir_replay(&model, 1, 20 * WEIR_REPLAY_ITEMS);
    struct weir_advice advice = advised(&model, "larger_buffer");
    assert_int_equal(advice.id, 1);
    assert_true(advice.n >= 8 && advice.n <= 64);
    assert_non_null(strstr(advice.text, "the channel before \"a\" has room for 1; "));
}

static void what_may_not_be_parallel(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.stages[1].lends = true;
    silent(&model, WEIR_SILENCE_NONE);
    model.stages[1].lends = false;
    model.stages[1].paced = true;
    silent(&model, WEIR_SILENCE_NONE);
    model.stages[1].paced = false;
    model.stages[1].keeps_state = true;
    silent(&model, WEIR_SILENCE_NONE);
    model.stages[1].keeps_state = false;
    model.stages[1].locked = 0.3;
    silent(&model, WEIR_SILENCE_NONE);
    model.stages[1].locked = 0.05;
    advised(&model, "must_par_spawn");
}

/* The body of a loop is no function of an item yet. */
static void a_loop_becomes_par_for_each(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.stages[1].name = "loop";
    struct weir_advice advice = advised(&model, "must_par_spawn");
    assert_int_equal(strncmp(advice.change, "par_for_each limit ", 19), 0);
}

/* ---- processors ---- */

static void no_parallelism_will_help(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    for (size_t i = 0; i < 3; i++)
        work_of(&model, i, LINE_CONSTANT, i == 1 ? 1e-3 : 1e-4);
    model.usable = 1;
    model.measured = 1e6 / 1200;
    struct weir_advice advice = advised(&model, "cpu_bound");
    assert_true(advice.gain == 1);
    assert_non_null(strstr(advice.text, "1 cores, \"enrich\" most"));
    model.cpu_is_known = false;
    silent(&model, WEIR_SILENCE_NONE);
}

/* Those who ask and those who answer are in the same process, on the same two cores. */
static void the_rest_of_the_process_works_too(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.usable = 2;
    assert_true(advised(&model, "must_par_spawn").gain > 2.4);
    model.rest_s = 1e-3;
    struct weir_advice advice = advised(&model, "must_par_spawn");
    assert_true(fabs(advice.gain - 2) < 0.1);
    assert_string_equal(advice.assumes,
                        "items are independent of each other, and their order is kept; what they "
                        "wait for serves 2 at once; what the rest of the process works grows with "
                        "them");
    model.rest_s = 1e-6;
    assert_null(strstr(advised(&model, "must_par_spawn").assumes, "rest"));
    model.rest_s = 1.95e-3;
    advice = advised(&model, "cpu_bound");
    assert_non_null(strstr(advice.text, "2 cores, the rest of the process most: "));
}

/* Under pressure nobody knows what more tasks would get; what waits needs none of it. */
static void cores_are_not_known(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.cpu_is_known = false;
    advised(&model, "must_par_spawn");
    work_of(&model, 1, LINE_CONSTANT, 1e-3);
    silent(&model, WEIR_SILENCE_NONE);
    model.cpu_is_known = true;
    advised(&model, "must_par_spawn");
}

static void the_spread_widens_the_interval(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    work_of(&model, 1, LINE_CONSTANT, 1e-3);
    model.usable = 1.5;
    struct weir_advice sure = advised(&model, "must_par_spawn");
    model.spread = 0.2;
    struct weir_advice unsure = advised(&model, "must_par_spawn");
    assert_true(unsure.high - unsure.low > sure.high - sure.low + 0.1);
}

/* ---- what is counted ---- */

static void connections_wait(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.items = 3;
    model.stages[0].waiting = 37;
    struct weir_advice advice = advised(&model, "must_par_spawn");
    assert_string_equal(advice.text, "the loop over \"source\" has one connection at a time; 37 "
                                     "wait to be accepted");
    model.stages[0].at_once = true;
    silent(&model, WEIR_SILENCE_FEW);
}

/* One advice for one loop: the one that says what it brings. */
static void what_waits_is_foretold(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.stages[0].waiting = 37;
    struct weir_advice advice = advised(&model, "must_par_spawn");
    assert_int_equal(advice.id, 0);
    assert_int_equal(advice.more, 1); /* of another task */
    model.stages[1].task = model.stages[0].task;
    model.stages[1].room = 0;
    model.measured = 1 / 1.2e-3;
    advice = advised(&model, "must_par_spawn");
    assert_int_equal(advice.id, 1);
    assert_true(advice.gain > 1.15);
    assert_int_equal(advice.more, 0);
}

static void long_polls(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.stages[1].keeps_state = true;
    model.stages[2].long_polls = 12;
    struct weir_advice advice = advised(&model, "long_poll");
    assert_int_equal(advice.id, 2);
    assert_non_null(strstr(advice.text, "12 turns of \"b\" took more than 1 ms"));
    model.stages[1].keeps_state = false;
    advice = advised(&model, "must_par_spawn");
    assert_int_equal(advice.more, 1);
}

static void tasks_that_are_too_short(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    struct weir_model_spawn spawn = {"fetch", 9, 5000, 5000, 180};
    model.stages[1].keeps_state = true;
    model.spawns = &spawn;
    model.spawns_n = 1;
    silent(&model, WEIR_SILENCE_NONE);
    model.spawn_ns = 410;
    struct weir_advice advice = advised(&model, "spawn_in_sequential");
    assert_int_equal(advice.id, 9);
    assert_string_equal(advice.text, "5000 tasks of \"fetch\" worked 180 ns each and never waited; "
                                     "a task costs 410 ns");
    assert_string_equal(advice.change, "call it in the loop");
    spawn.self_ns = 1000;
    advice = advised(&model, "larger_batch");
    assert_int_equal(advice.n, 8);
    model.usable = 1;
    advised(&model, "spawn_in_sequential");
    spawn.self_ns = 1300;
    silent(&model, WEIR_SILENCE_NONE);
    spawn.self_ns = 180;
    spawn.polls = 5001;
    silent(&model, WEIR_SILENCE_NONE);
    spawn.polls = spawn.tasks = 1000;
    silent(&model, WEIR_SILENCE_NONE);
}

/* ---- silence ---- */

static void few_items(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.items = 199;
    silent(&model, WEIR_SILENCE_FEW);
    model.items = 200;
    advised(&model, "must_par_spawn");
}

static void windows_that_differ(void **state)
{
    (void)state;
    struct weir_model model = slow_line();
    model.windows_n = 3;
    model.windows[0] = 1100;
    model.windows[1] = 900;
    model.windows[2] = 1000;
    advised(&model, "must_par_spawn");
    model.windows[1] = 800;
    silent(&model, WEIR_SILENCE_UNSTEADY);
}

static void a_replay_that_misses(void **state)
{
    (void)state;
    char why[100];
    struct weir_model model = slow_line();
    static const double off[] = {0.85, 1.15};
    for (size_t i = 0; i < 2; i++) {
        model.measured = 1000 * off[i];
        struct weir_advice advice = silent(&model, WEIR_SILENCE_MISSES);
        weir_silence_text(&advice, why, sizeof why);
        assert_non_null(strstr(why, "the replay gives 1000 items/s, and "));
    }
    model.measured = 1080;
    advised(&model, "must_par_spawn");
}

static void no_times(void **state)
{
    (void)state;
    struct weir_model model = line_of(3, 4);
    model.items = model.measured = 1000;
    silent(&model, WEIR_SILENCE_NO_TIMES);
    model.n = 0;
    silent(&model, WEIR_SILENCE_NO_TIMES);
}

int inspect_advise(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_serial_stage),
        cmocka_unit_test(a_larger_limit),
        cmocka_unit_test(a_larger_buffer),
        cmocka_unit_test(what_may_not_be_parallel),
        cmocka_unit_test(a_loop_becomes_par_for_each),
        cmocka_unit_test(no_parallelism_will_help),
        cmocka_unit_test(the_rest_of_the_process_works_too),
        cmocka_unit_test(cores_are_not_known),
        cmocka_unit_test(the_spread_widens_the_interval),
        cmocka_unit_test(connections_wait),
        cmocka_unit_test(what_waits_is_foretold),
        cmocka_unit_test(long_polls),
        cmocka_unit_test(tasks_that_are_too_short),
        cmocka_unit_test(few_items),
        cmocka_unit_test(windows_that_differ),
        cmocka_unit_test(a_replay_that_misses),
        cmocka_unit_test(no_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
