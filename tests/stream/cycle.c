/* cycle: a fresh stream each round; rounds of nothing come to an end. */

#include "stages.h"

enum { ROUNDS_MAX = 8 };
static struct script scripts[ROUNDS_MAX];
static unsigned rounds;

/* The next text of a list; the last one over and over. */
static weir_stream *make(void *arg)
{
    const char *const *texts = arg;
    unsigned at = 0;
    for (unsigned i = 0; i < rounds && texts[at + 1]; i++)
        at++;
    struct script *script = &scripts[rounds++ % ROUNDS_MAX];
    *script = (struct script){.type = &tracked_type, .hinted = true};
    return script_stream(script, texts[at]);
}

static weir_stream *cycle(const char *const *texts)
{
    rounds = 0;
    return weir_cycle(&tracked_type, make, (void *)(uintptr_t)texts);
}

static void test_rounds(void **state)
{
    (void)state;
    static const char *const texts[] = {"1 P* 2", "3", NULL};
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        assert_string_equal(trace(weir_take(cycle(texts), 5), demand), "1 P 2 3 3 3 $");
        assert_int_equal(rounds, 4);
        for (unsigned i = 0; i < rounds; i++)
            assert_int_equal(scripts[i].finis, 1);
    }
    assert_int_equal(tracked_live, 0);
}

/* The first round may give nothing; the one behind it not. */
static void test_of_nothing(void **state)
{
    (void)state;
    static const char *const none[] = {"$", NULL}, *const waits[] = {"P*", NULL},
                             *const late[] = {"$", "1", "$", "#", NULL},
                             *const errors[] = {"!7", NULL};
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        assert_string_equal(trace(cycle(none), demand), "$");
        assert_int_equal(rounds, 2);
        assert_string_equal(trace(cycle(waits), demand), "P P $");
        assert_string_equal(trace(cycle(late), demand), "1 $");
        assert_int_equal(rounds, 3);
        assert_string_equal(trace(cycle(errors), demand), "!7 !7 $"); /* an error is no item */
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const char *const texts[] = {"1 !7 2", "3 !!8 #", NULL};
    assert_string_equal(trace(cycle(texts), 1), "1 !7 2 3 !!8 $");
    assert_int_equal(rounds, 2);
    static const weir_type *const other = &weir_type_i64;
    rounds = 0;
    assert_string_equal(trace(weir_cycle(other, make, (void *)(uintptr_t)texts), 1), "!!TYPE $");
}

static void test_hint(void **state)
{
    (void)state;
    static const char *const texts[] = {"1 2 3", NULL};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = cycle(texts);
    check_hint(stream, 0, WEIR_HINT_UNKNOWN);
    trace_poll(&seen, stream, &test, 1);
    check_hint(stream, 2, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_cycle(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rounds),
                                       cmocka_unit_test(test_of_nothing),
                                       cmocka_unit_test(test_errors), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("cycle", tests, NULL, NULL);
}
