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
    {"works, constant, one task",
     {{C, 200, 0, 0}, {C, 1000, 0, 0}, {C, 300, 0, 0}, {C, 100, 0, 0}},
     .slow = 1,
     .room = 0,
     .cores = 4},
};
enum { PLANS = sizeof plans / sizeof *plans };

/* As the advice says. */
static struct plan followed(const struct plan *plan, const struct weir_advice *advice)
{
    struct plan after = *plan;
    if (strcmp(advice->rule, "larger_buffer") == 0)
        after.rooms[advice->id] = advice->n;
    else
        after.stages[advice->id].limit = advice->n;
    return after;
}

/* What is foretold is within 15 % of what is measured then. */
static bool comes_true(const struct plan *plan, double was, const struct weir_advice *advice)
{
    struct plan after = followed(plan, advice);
    double gain = plan_run(&after, 2) / was, off = advice->gain / gain - 1;
    print_message("%-42s %-18s foretold %.2f (%.2f-%.2f), came %.2f: %+.1f %%\n", plan->name,
                  advice->change, advice->gain, advice->low, advice->high, gain, 100 * off);
    return fabs(off) <= 0.15;
}

static struct weir_model measured(const struct plan *plan, double rate)
{
    struct weir_model model = plan_model(plan);
    model.items = PLAN_ITEMS;
    model.measured = rate;
    return model;
}

static void what_is_foretold_comes_true(void **state)
{
    (void)state;
    size_t right = 0;
    for (size_t i = 0; i < PLANS; i++) {
        struct weir_advice advice;
        struct weir_law law;
        double was = plan_run(&plans[i], 1);
        struct weir_model model = measured(&plans[i], was);
        weir_law(&model, &law);
        if (law.first.stage != plans[i].slow)
            fail_msg("%s: stage %zu is named", plans[i].name, law.first.stage);
        if (!weir_advise(&model, &advice) || advice.id != plans[i].slow || advice.gain < 1.15) {
            char why[128];
            weir_silence_text(&advice, why, sizeof why);
            print_message("%s: %s: %s%s\n", plans[i].name, advice.rule ? advice.rule : "nothing",
                          advice.text, why);
            continue;
        }
        right += comes_true(&plans[i], was, &advice);
    }
    if (right * 10 < PLANS * 9)
        fail_msg("%zu of %d came true", right, PLANS);
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
     {{C, 0, 1000, 0}, {E, 0, 300, 0}, {C, 0, 500, 0}, {C, 0, 100, 0}},
     .room = 16,
     .cores = 4},
    {"the source limits, and varies",
     {{E, 0, 1000, 0}, {E, 0, 300, 0}, {C, 0, 400, 0}, {C, 0, 100, 0}},
     .room = 64,
     .cores = 4},
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
        struct weir_model model = measured(&controls[i], plan_run(&controls[i], 1));
        bool any = weir_advise(&model, &advice);
        print_message("%-42s %s %s\n", controls[i].name, any ? advice.rule : "-", advice.text);
        assert_int_equal(advice.silence, WEIR_SILENCE_NONE);
        if (any && advice.gain > 1.05)
            fail_msg("%s: %s", controls[i].name, advice.text);
    }
}

int inspect_synthetic(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_foretold_comes_true),
        cmocka_unit_test(nothing_is_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
