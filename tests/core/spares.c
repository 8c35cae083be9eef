/* No memory even for an arena: what stands for such a chain is of the kind that was asked for,
 * tells it once, and serves again when it was dropped. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/stage.h"
#include "doubles.h"

static struct test_cx test;

static weir_poll poll_stream(weir_stage *stage)
{
    int64_t out[4];
    return weir_poll_next((weir_stream *)stage, &test.cx, out, 4);
}
static weir_poll poll_reader(weir_stage *stage)
{
    return weir_poll_fill((weir_reader *)stage, &test.cx, 1);
}
static weir_poll poll_writer(weir_stage *stage)
{
    return weir_poll_write((weir_writer *)stage, &test.cx, "x", 1);
}

static weir_stage *make_stream(void)
{
    return &weir_range(0, 3)->stage;
}
static weir_stage *make_reader(void)
{
    return &weir_memory_reader("abc", 3)->stage;
}
static weir_stage *make_writer(void)
{
    return &weir_null_writer()->stage;
}

/* What comes after the error: the end; a writer takes nothing more. */
static const struct kind {
    const char *name;
    weir_stage *(*make)(void);
    weir_poll (*poll)(weir_stage *stage);
    weir_state after;
} kinds[] = {{"stream", make_stream, poll_stream, WEIR_END},
             {"reader", make_reader, poll_reader, WEIR_END},
             {"writer", make_writer, poll_writer, WEIR_ERROR}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int setup(void **state)
{
    (void)state;
    test_cx_init(&test);
    memory_begin(1, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return memory_end() != 0 || test_wakers_live != 0;
}

static void tells_it(const struct kind *kind, weir_stage *stage)
{
    assert_true(weir_stage_failed(stage));
    weir_poll got = kind->poll(stage);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(got.n, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    assert_true(test.cx.error.fatal);
    assert_string_equal(test.cx.error.message, "no memory for a chain");
}

/* A fatal error is told once. */
static void each_kind_latches(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        weir_stage *stage = kinds[i].make();
        tells_it(&kinds[i], stage);
        for (int again = 0; again < 3; again++) {
            assert_int_equal(kinds[i].poll(stage).state, kinds[i].after);
            assert_int_not_equal(test.cx.error.code, WEIR_OK);
        }
        if (kinds[i].after == WEIR_ERROR)
            assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
        weir_stage_drop(stage);
    }
}

/* Those that were dropped serve again, fresh. */
static void each_kind_serves_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        for (int n = 0; n < 5 * WEIR_SPARE_STAGES; n++) {
            weir_stage *stage = kinds[i].make();
            tells_it(&kinds[i], stage);
            assert_int_equal(kinds[i].poll(stage).state, kinds[i].after);
            weir_stage_drop(stage);
        }
    }
}

/* More at once than there are: the last one repeats its error to all. */
static void more_than_there_are(void **state)
{
    (void)state;
    enum { MANY = 2 * WEIR_SPARE_STAGES };
    for (size_t i = 0; i < KINDS; i++) {
        weir_stage *stages[MANY];
        for (int n = 0; n < MANY; n++)
            stages[n] = kinds[i].make();
        for (int n = 0; n < MANY; n++)
            tells_it(&kinds[i], stages[n]);
        tells_it(&kinds[i], stages[MANY - 1]);
        for (int n = 0; n < MANY; n++)
            weir_stage_drop(stages[n]);
        weir_stage *fresh = kinds[i].make();
        tells_it(&kinds[i], fresh);
        assert_int_equal(kinds[i].poll(fresh).state, kinds[i].after);
        weir_stage_drop(fresh);
    }
}

/* From one kind to another: over a reader that failed so, a stream, and over that a reader. */
static void a_chain_of_all_kinds(void **state)
{
    (void)state;
    weir_reader *reader = weir_memory_reader("abc", 3);
    weir_stream *lines = weir_lines(reader, 9);
    assert_int_equal(poll_stream(&lines->stage).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    assert_int_equal(poll_stream(&lines->stage).state, WEIR_END);
    weir_drop(lines);
    reader = weir_to_lines(weir_lines(weir_memory_reader("abc", 3), 9));
    weir_stream *copy = weir_copy(weir_gunzip(reader), weir_null_writer());
    assert_true(weir_stage_failed(&copy->stage));
    assert_int_equal(poll_stream(&copy->stage).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    assert_int_equal(poll_stream(&copy->stage).state, WEIR_END);
    weir_drop(copy);
    for (int n = 0; n < 3 * WEIR_SPARE_STAGES; n++) /* none of them was lost on the way */
        weir_drop(weir_copy(weir_to_lines(weir_range(0, 3)), weir_null_writer()));
    each_kind_latches(state);
}

int core_spares(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_kind_latches),
        TEST(each_kind_serves_again),
        TEST(more_than_there_are),
        TEST(a_chain_of_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
