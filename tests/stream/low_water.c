/* The low-water line, beside a model: marks come in their order, each as soon as nothing that was
 * taken before it is held, and not before. */

#include "stages.h"

#include "stream/low_water.h"

enum { TAKEN_MAX = 400 };

static struct test_cx test;
static weir_mark marks[TAKEN_MAX];
static unsigned settled;

static void count_settled(weir_mark *mark, bool kept)
{
    (void)mark;
    assert_false(kept);
    settled++;
}

static uint64_t drawn = 88172645463325252;

static uint64_t draw(uint64_t n)
{
    drawn ^= drawn << 13;
    drawn ^= drawn >> 7;
    drawn ^= drawn << 17;
    return drawn % n;
}

/* What is held: the epoch in which each was taken, as the stage and as the model say it. */
static struct {
    uint32_t epoch;
    unsigned marks_before;
} held[TAKEN_MAX];
static size_t held_n;

static bool model_owes(unsigned given, unsigned came)
{
    for (size_t i = 0; i < held_n; i++)
        if (held[i].marks_before <= given)
            return false;
    return given < came;
}

static void test_model(void **state)
{
    (void)state;
    test_cx_init(&test);
    weir_arena *arena = weir_arena_new(0);
    struct weir_low_water *low = weir_low_water_new(arena);
    low->first = UINT32_MAX - 100; /* it counts on past the end */
    unsigned came = 0, given = 0, passed = 0;
    held_n = 0;
    for (unsigned step = 0; step < 20000; step++) {
        assert_int_equal(weir_low_water_owes(low), model_owes(given, came));
        uint64_t kind = draw(5);
        if (weir_low_water_owes(low)) {
            assert_int_equal(weir_low_water_give(low, &test.cx).state, WEIR_MARK);
            assert_ptr_equal(weir_mark_take(&test.cx), &marks[given++ % TAKEN_MAX]);
        } else if (kind < 2 && held_n < 20) {
            held[held_n].epoch = weir_low_water_epoch(low);
            held[held_n++].marks_before = came;
        } else if (kind == 2 && !weir_low_water_stops(low)) {
            test.cx.mark = &marks[came % TAKEN_MAX];
            bool kept = weir_low_water_keep(low, &test.cx, held_n);
            assert_int_equal(kept, held_n || came > given);
            passed += !kept;
            came += kept;
        } else if (kind > 2 && held_n) {
            size_t at = draw(held_n);
            weir_low_water_sink(low, held[at].epoch);
            held[at] = held[--held_n];
        }
    }
    assert_true(given > 1000 && passed > 10);
    weir_arena_drop(arena);
    test_cx_fini(&test);
}

static void test_full_and_lost(void **state)
{
    (void)state;
    test_cx_init(&test);
    weir_arena *arena = weir_arena_new(0);
    struct weir_low_water *low = weir_low_water_new(arena);
    settled = 0;
    for (unsigned i = 0; i < WEIR_LOW_WATER_MARKS_MAX; i++) {
        assert_false(weir_low_water_stops(low));
        marks[i] = (weir_mark){.settle = count_settled, .refs = 1};
        test.cx.mark = &marks[i];
        assert_true(weir_low_water_keep(low, &test.cx, 1));
    }
    assert_true(weir_low_water_stops(low));
    assert_false(weir_low_water_owes(low));
    weir_low_water_fini(low);
    weir_low_water_fini(NULL);
    assert_int_equal(settled, WEIR_LOW_WATER_MARKS_MAX);
    weir_arena_drop(arena);
    test_cx_fini(&test);
}

int stage_low_water(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model),
                                       cmocka_unit_test(test_full_and_lost)};
    return cmocka_run_group_tests_name("low_water", tests, NULL, NULL);
}
