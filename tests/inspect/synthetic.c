/* Pipelines whose times are known, on the simulated clock: the slow stage is named, the advice is
 * followed, and what it foretold comes true. Where nothing can be gained nothing is foretold. */

#include "inspect/advise.h"
#include "synthetic.h"

#define C LINE_CONSTANT
#define E LINE_EXPONENTIAL
#define B LINE_BIMODAL
#define R LINE_CORRELATED

/* Of each stage: how its times are drawn, us of work, us of waiting, the limit if it is parallel.
 */
static const struct plan plans[] = {
    {"waits, constant, room 1",
     {{C, 0, 200, 0}, {C, 0, 1000, 0}, {C, 0, 300, 0}, {C, 0, 100, 0}},
     .slow = 1,
     .room = 1,
     .cores = 4},
    {"waits, constant, room 16",
     {{C, 0, 200, 0}, {C, 0, 300, 0}, {C, 0, 1000, 0}, {C, 0, 100, 0}},
     .slow = 2,
     .room = 16,
     .cores = 4},
    {"waits, constant, one task",
     {{C, 0, 200, 0}, {C, 0, 300, 0}, {C, 0, 1000, 0}, {C, 0, 100, 0}},
     .slow = 2,
     .room = 0,
     .cores = 4},
    {"waits, constant, last",
     {{C, 0, 200, 0}, {C, 0, 300, 0}, {C, 0, 400, 0}, {C, 0, 1200, 0}},
     .slow = 3,
     .room = 8,
     .cores = 4},
    {"waits, exponential, room 2",
     {{E, 0, 200, 0}, {E, 0, 1000, 0}, {E, 0, 300, 0}, {E, 0, 100, 0}},
     .slow = 1,
     .room = 2,
     .cores = 4},
    {"waits, exponential, room 16",
     {{E, 0, 400, 0}, {E, 0, 1000, 0}, {E, 0, 500, 0}, {E, 0, 100, 0}},
     .slow = 1,
     .room = 16,
     .cores = 4},
    {"waits, exponential, room 64",
     {{E, 0, 400, 0}, {E, 0, 500, 0}, {E, 0, 1000, 0}, {E, 0, 100, 0}},
     .slow = 2,
     .room = 64,
     .cores = 4},
    {"waits, exponential, limit 2, as they come",
     {{E, 0, 200, 0}, {E, 0, 2000, 2}, {E, 0, 300, 0}, {E, 0, 100, 0}},
     .slow = 1,
     .room = 16,
     .cores = 4,
     .unordered = true},
    {"waits, exponential, limit 2, in order",
     {{E, 0, 200, 0}, {E, 0, 2000, 2}, {E, 0, 300, 0}, {E, 0, 100, 0}},
     .slow = 1,
     .room = 8,
     .cores = 4},
    {"waits, bimodal, room 4",
     {{B, 0, 200, 0}, {B, 0, 1000, 0}, {B, 0, 300, 0}, {C, 0, 100, 0}},
     .slow = 1,
     .room = 4,
     .cores = 4},
    {"waits, bimodal, room 64",
     {{C, 0, 200, 0}, {C, 0, 400, 0}, {B, 0, 1000, 0}, {C, 0, 100, 0}},
     .slow = 2,
     .room = 64,
     .cores = 4},
    {"waits, correlated, room 1",
     {{C, 0, 200, 0}, {R, 0, 1000, 0}, {R, 0, 500, 0}, {C, 0, 100, 0}},
     .slow = 1,
     .room = 1,
     .cores = 4},
    {"waits, correlated, room 8",
     {{R, 0, 400, 0}, {C, 0, 200, 0}, {R, 0, 1000, 0}, {R, 0, 300, 0}},
     .slow = 2,
     .room = 8,
     .cores = 4},
    {"works, constant, room 4",
     {{C, 200, 0, 0}, {C, 1000, 0, 0}, {C, 300, 0, 0}, {C, 100, 0, 0}},
     .slow = 1,
     .room = 4,
     .cores = 8},
    {"works, constant, room 16",
     {{C, 200, 0, 0}, {C, 300, 0, 0}, {C, 1000, 0, 0}, {C, 100, 0, 0}},
     .slow = 2,
     .room = 16,
     .cores = 8},
    {"works, exponential, room 8",
     {{E, 200, 0, 0}, {E, 1000, 0, 0}, {E, 300, 0, 0}, {E, 100, 0, 0}},
     .slow = 1,
     .room = 8,
     .cores = 8},
    {"works, bimodal, room 32",
     {{C, 200, 0, 0}, {B, 1000, 0, 0}, {B, 300, 0, 0}, {C, 100, 0, 0}},
     .slow = 1,
     .room = 32,
     .cores = 8},
    {"works, correlated, room 2",
     {{C, 200, 0, 0}, {R, 1000, 0, 0}, {R, 400, 0, 0}, {C, 100, 0, 0}},
     .slow = 1,
     .room = 2,
     .cores = 8},
    {"works, constant, two cores",
     {{C, 200, 0, 0}, {C, 1000, 0, 0}, {C, 300, 0, 0}, {C, 100, 0, 0}},
     .slow = 1,
     .room = 4,
     .cores = 2},
    {"works and waits, room 8",
     {{C, 50, 300, 0}, {E, 300, 700, 0}, {C, 400, 0, 0}, {C, 0, 100, 0}},
     .slow = 1,
     .room = 8,
     .cores = 8},
    {"waits for peers on its cores, room 8",
     {{C, 20, 0, 0}, {C, 0, 1000, 0}, {C, 20, 0, 0}, {C, 20, 0, 0}},
     .slow = 1,
     .room = 8,
     .cores = 2,
     .peer_us = 400},
    {"waits for peers, exponential, one task",
     {{E, 20, 0, 0}, {E, 30, 1500, 0}, {E, 10, 0, 0}, {E, 20, 0, 0}},
     .slow = 1,
     .room = 0,
     .cores = 2,
     .peer_us = 300},
    {"works, constant, one task",
     {{C, 200, 0, 0}, {C, 1000, 0, 0}, {C, 300, 0, 0}, {C, 100, 0, 0}},
     .slow = 1,
     .room = 0,
     .cores = 4},
};
enum { PLANS = sizeof plans / sizeof *plans };

/* ---- what the inspector saw ---- */

/* Which stage of the plan has this row. */
static size_t stage_of(const struct plan *plan, size_t row)
{
    const weir_inspect_row *of = &plan_watch.after[row];
    for (size_t i = 0; i < PLAN_STAGES; i++)
        if (of->place == &plan_places[i])
            return i;
    return plan->room ? PLAN_STAGES - 1 : of->index < 2 ? 0 : of->index - 2;
}

/* The model that is made of the rows, of the middle of a run. */
static const struct weir_model *seen(const struct plan *plan, uint64_t seed)
{
    struct weir_model *model = &plan_watch.model;
    plan_run_seen(plan, seed, true);
    if (!plan_watch.is_model)
        fail_msg("%s: there is no model", plan->name);
    model->usable = model->workers = plan->cores;
    model->cpu_is_known = true;
    return model;
}

static uint64_t share_ns(const weir_inspect_row *row)
{
    return row->busy_ns + row->starved_ns + row->blocked_ns + row->runnable_ns;
}

static const weir_inspect_row *row_before(const weir_inspect_row *row)
{
    for (size_t i = 0; i < plan_watch.before_n; i++) {
        const weir_inspect_row *one = &plan_watch.before[i];
        if (one->place == row->place && one->index == row->index &&
            strcmp(one->stage, row->stage) == 0)
            return one;
    }
    return NULL;
}

/* Within 2 %, of each stage of a task that was there all the time. */
static void shares_add_up(const struct plan *plan)
{
    double took_ns = (double)(plan_watch.after_ns - plan_watch.before_ns);
    size_t checked = 0;
    for (size_t i = 0; i < plan_watch.after_n; i++) {
        const weir_inspect_row *row = &plan_watch.after[i], *then = row_before(row);
        if (row->tasks != 1 || !then || then->tasks != 1)
            continue;
        double part = (double)(share_ns(row) - share_ns(then)) / took_ns;
        if (fabs(part - 1) > 0.02)
            fail_msg("%s: shares of \"%s\" are %.3f", plan->name, row->stage, part);
        checked++;
    }
    assert_true(checked >= PLAN_STAGES);
}

static void slow_is_named(const struct plan *plan, const struct weir_model *model)
{
    struct weir_law law;
    size_t busiest = 0;
    weir_law(model, &law);
    for (size_t i = 1; i < model->n; i++)
        busiest = model->stages[i].busy > model->stages[busiest].busy ? i : busiest;
    size_t named = stage_of(plan, model->stages[law.first.stage].id);
    if (named != plan->slow || stage_of(plan, model->stages[busiest].id) != plan->slow)
        fail_msg("%s: stage %zu is named, and \"%s\" is busiest", plan->name, named,
                 model->stages[busiest].name);
}

/* ---- what is advised ---- */

static struct plan followed(const struct plan *plan, const struct weir_advice *advice)
{
    struct plan after = *plan;
    size_t stage = stage_of(plan, advice->id);
    if (strcmp(advice->rule, "larger_buffer") == 0)
        after.rooms[stage] = advice->n;
    else
        after.stages[stage].limit = advice->n;
    return after;
}

/* What is foretold is within 15 % of what is measured then. */
static size_t within_interval;
static bool comes_true(const struct plan *plan, const struct weir_advice *advice)
{
    struct plan after = followed(plan, advice);
    double gain = plan_run(&after, 2) / plan_run(plan, 2), off = advice->gain / gain - 1;
    print_message("%-42s %-17s foretold %.2f (%.2f-%.2f), came %.2f: %+.1f %%\n", plan->name,
                  advice->change, advice->gain, advice->low, advice->high, gain, 100 * off);
    within_interval += advice->low <= gain && gain <= advice->high;
    return fabs(off) <= 0.15;
}

static bool advises_rightly(const struct plan *plan)
{
    char why[128];
    struct weir_advice advice;
    const struct weir_model *model = seen(plan, 1);
    shares_add_up(plan);
    slow_is_named(plan, model);
    if (weir_advise(model, &advice) && advice.gain >= 1.1)
        return comes_true(plan, &advice);
    weir_silence_text(&advice, why, sizeof why);
    print_message("%-42s %s: %s%s\n", plan->name, advice.rule ? advice.rule : "nothing",
                  advice.text, why);
    return false;
}

/* Each second plan; CHECK=long: all of them. */
static void what_is_foretold_comes_true(void **state)
{
    (void)state;
    const char *check = getenv("CHECK");
    size_t right = 0, n = 0, step = check && strcmp(check, "long") == 0 ? 1 : 2;
    for (size_t i = 0; i < PLANS; i += step, n++)
        right += advises_rightly(&plans[i]);
    if (right * 10 < n * 9)
        fail_msg("%zu of %zu came true", right, n);
    if (within_interval * 10 < n * 7)
        fail_msg("%zu of %zu came within the interval, of 80 %%", within_interval, n);
}

/* ---- where there is nothing to be gained ---- */

static const struct plan controls[] = {
    {"balanced, constant",
     {{C, 0, 500, 0}, {C, 0, 500, 0}, {C, 0, 500, 0}, {C, 0, 500, 0}},
     .room = 4,
     .cores = 4},
    {"balanced, exponential, room 64",
     {{E, 0, 500, 0}, {E, 0, 500, 0}, {E, 0, 500, 0}, {E, 0, 500, 0}},
     .room = 64,
     .cores = 4},
    {"balanced, works",
     {{C, 500, 0, 0}, {C, 500, 0, 0}, {C, 500, 0, 0}, {C, 500, 0, 0}},
     .room = 16,
     .cores = 8},
    {"the source limits",
     {{C, 0, 200, 0}, {E, 0, 300, 0}, {C, 0, 500, 0}, {C, 0, 100, 0}},
     .room = 16,
     .cores = 4,
     .paced_us = 1000},
    {"the source limits, one task",
     {{C, 0, 200, 0}, {C, 0, 100, 0}, {C, 50, 0, 0}, {C, 0, 100, 0}},
     .room = 0,
     .cores = 4,
     .paced_us = 1000},
    {"a lock limits",
     {{C, 0, 200, 0}, {E, 0, 1000, 2}, {C, 0, 300, 0}, {C, 0, 100, 0}},
     .room = 8,
     .cores = 4,
     .locks = true},
    {"a lock limits, and more wait for it",
     {{C, 0, 200, 0}, {C, 0, 1000, 8}, {C, 0, 300, 0}, {C, 0, 100, 0}},
     .room = 8,
     .cores = 4,
     .locks = true},
    {"one core",
     {{C, 200, 0, 0}, {C, 1000, 0, 0}, {C, 300, 0, 0}, {C, 100, 0, 0}},
     .room = 4,
     .cores = 1},
    {"one core, exponential, one task",
     {{E, 200, 0, 0}, {E, 1000, 0, 0}, {C, 300, 0, 0}, {C, 100, 0, 0}},
     .room = 0,
     .cores = 1},
};

static void nothing_is_foretold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
        struct weir_advice advice;
        bool any = weir_advise(seen(&controls[i], 1), &advice);
        print_message("%-42s %s\n", controls[i].name, any ? advice.rule : "nothing");
        assert_int_equal(advice.silence, WEIR_SILENCE_NONE);
        if (any && advice.gain > 1.05)
            fail_msg("%s: %s", controls[i].name, advice.text);
    }
}

/* It is the lock that is seen: what does not know of it foretells what does not come. */
static void locks_are_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
        if (!controls[i].locks)
            continue;
        struct weir_advice advice;
        struct weir_model model = *seen(&controls[i], 1);
        size_t parallel = 0;
        while (!model.stages[parallel].apart)
            parallel++;
        assert_true(model.stages[parallel].locked > 0.4);
        model.stages[parallel].locked = 0;
        assert_true(weir_advise(&model, &advice) && advice.gain > 1.5);
        struct plan after = followed(&controls[i], &advice);
        assert_true(plan_run(&after, 2) < 1.05 * plan_run(&controls[i], 2));
    }
}

int inspect_synthetic(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_foretold_comes_true),
        cmocka_unit_test(nothing_is_foretold),
        cmocka_unit_test(locks_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
