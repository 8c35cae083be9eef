/* The clock of a worker: where each turn is timed, what the processor counts tells the same as the
 * system's clock does. */

#include "../driver/rig.h"
#include "task/clock.h"

enum { US = 1000, READINGS = 20000 };
#define APART_NS UINT64_C(50000)

static uint64_t clock_now_ns(void)
{
    return weir_sys_posix.now_ns(&weir_sys_posix);
}

static struct weir_clock counting(void)
{
    struct weir_clock clock = {.sys = &weir_sys_posix};
    weir_clock_count(&clock, true);
    return clock;
}

/* Until it knows how fast the processor counts, which here may be never. */
static bool knows(struct weir_clock *clock)
{
    uint64_t until_ns = clock_now_ns() + 1000000 * US;
    while (clock->counted && !clock->ticks.each && clock_now_ns() < until_ns)
        weir_clock_read(clock);
    return clock->ticks.each;
}

/* Between what the system says before and behind it. */
static void tells_the_time(struct weir_clock *clock)
{
    uint64_t last_ns = clock->now_ns, before_ns = clock_now_ns();
    uint64_t at_ns = weir_clock_read_end(clock), after_ns = clock_now_ns();
    assert_true(at_ns >= last_ns);
    assert_int_equal(at_ns, clock->now_ns);
    if (at_ns + APART_NS < before_ns || at_ns > after_ns + APART_NS)
        fail_msg("%llu, and it is %llu to %llu", (unsigned long long)at_ns,
                 (unsigned long long)before_ns, (unsigned long long)after_ns);
}

static void ticks_tell_the_time(void **state)
{
    (void)state;
    struct weir_clock clock = counting();
    if (!knows(&clock))
        skip();
    for (int i = 0; i < READINGS; i++)
        tells_the_time(&clock);
    assert_true(clock.ticks.each);
}

/* It was counted anew, or went on where the clock stood: the clock is asked. */
static void ticks_that_jump_do_not(void **state)
{
    (void)state;
    struct weir_clock clock = counting();
    if (!knows(&clock))
        skip();
    clock.ticks.at += UINT64_C(1) << 50;
    tells_the_time(&clock);
    clock.ticks.at -= UINT64_C(1) << 51;
    tells_the_time(&clock);
    assert_true(knows(&clock));
    clock.ticks.at -= clock.ticks.most;
    tells_the_time(&clock);
}

/* What is no correction of a clock is not believed, and measured anew. */
static void another_rate_is_measured(void **state)
{
    (void)state;
    struct weir_clock clock = counting();
    if (!knows(&clock))
        skip();
    uint64_t each = clock.ticks.each;
    clock.ticks.each += each / 200;
    for (int i = 0; i < 10000 && clock.ticks.each; i++) {
        uint64_t until_ns = clock_now_ns() + 10 * US;
        while (clock_now_ns() < until_ns)
            ;
        tells_the_time(&clock);
    }
    assert_true(knows(&clock));
    assert_in_range(clock.ticks.each, each - each / 250, each + each / 250);
}

static uint64_t late_ns;
static uint64_t late_now_ns(const weir_sys *sys)
{
    (void)sys;
    return late_ns;
}

/* A clock of somebody's own is the one that is asked; it may go back, and the stamp does not. */
static void another_clock(void **state)
{
    (void)state;
    weir_sys sys = weir_sys_posix;
    sys.now_ns = late_now_ns;
    struct weir_clock clock = {.sys = &sys, .old = true};
    weir_clock_count(&clock, true);
    assert_false(clock.counted);
    late_ns = 7000000;
    assert_int_equal(weir_clock_read_end(&clock), 7000000);
    assert_false(clock.old);
    late_ns = 6000000;
    assert_int_equal(weir_clock_read_end(&clock), 7000000);
    late_ns = 7000001;
    assert_int_equal(weir_clock_read(&clock), 7000001);
}

static unsigned asked;
static uint64_t slow_now_ns(const weir_sys *sys)
{
    uint64_t until_ns = clock_now_ns() + 20 * US;
    (void)sys;
    asked++;
    while (clock_now_ns() < until_ns)
        ;
    return until_ns;
}

/* Where asking the clock takes so long that it fits between no two readings of the ticks it is
 * asked once a reading, but for some tries at the beginning. */
static void a_slow_clock_is_asked_once(void **state)
{
    enum { SLOW_READINGS = 500 };
    (void)state;
    if (!counting().counted)
        skip();
    weir_sys sys = weir_sys_posix;
    sys.now_ns = slow_now_ns;
    struct weir_clock clock = {.sys = &sys, .counted = true};
    asked = 0;
    for (int i = 0; i < SLOW_READINGS; i++)
        weir_clock_read_end(&clock);
    assert_in_range(asked, SLOW_READINGS, SLOW_READINGS + SLOW_READINGS / 5);
    assert_false(clock.ticks.each);
}

/* Nobody looks any more. */
static void not_counted(void **state)
{
    (void)state;
    struct weir_clock clock = counting();
    knows(&clock);
    weir_clock_count(&clock, false);
    assert_false(clock.counted);
    assert_false(clock.ticks.each);
    tells_the_time(&clock);
}

int task_clock(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_tell_the_time),        cmocka_unit_test(ticks_that_jump_do_not),
        cmocka_unit_test(another_rate_is_measured),   cmocka_unit_test(another_clock),
        cmocka_unit_test(a_slow_clock_is_asked_once), cmocka_unit_test(not_counted)};
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
