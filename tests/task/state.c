/* The state that a constructor is given, beside the one that its function takes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "doubles.h"
#include "weir.h"

struct wide {
    int64_t low, high;
};

static int dropped;

static void count_drop(void *state)
{
    (void)state;
    dropped++;
}

static bool adds(struct wide *state, int64_t *sum, weir_error *error)
{
    (void)error;
    *sum = state->low + state->high;
    return true;
}
WEIR_FIBER_FN(adds_fn, adds, struct wide, int64_t, .drop = count_drop)
WEIR_BLOCKING_FN(adds_aside_fn, adds, struct wide, int64_t)

static bool gives_both(struct wide *state, weir_error *error)
{
    (void)error;
    return weir_yield(int64_t, state->low) && weir_yield(int64_t, state->high);
}
WEIR_GENERATOR_FN(gives_both_fn, gives_both, struct wide, int64_t, .drop = count_drop)

static weir_poll adds_up(struct wide *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_return(co, out, self->low + self->high);
    weir_co_end(co);
}
WEIR_CO_FN(adds_up_fn, adds_up, struct wide, int64_t, .drop = count_drop)

static weir_poll yields_low(struct wide *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, self->low);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(yields_low_fn, yields_low, struct wide, int64_t, .drop = count_drop)

static void refused(weir_stream *stream, const char *message)
{
    weir_error error;
    int64_t item;
    assert_int_equal(weir_await_next(stream, &item, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_string_equal(error.message, message);
    weir_drop(stream);
}

/* None of them is read, nor dropped: nobody knows what it is. */
static void one_of_another_size_is_refused(void **state)
{
    (void)state;
    int32_t four = 1;
    dropped = 0;
    refused(weir_fiber(&adds_fn, &four, NULL), "the state of 'adds' has 16 bytes, it was given 4");
    refused(weir_go(&adds_fn, &four, NULL), "the state of 'adds' has 16 bytes, it was given 4");
    refused(weir_generator(&gives_both_fn, &(int64_t){2}, &WEIR_FIBER_OPTIONS(.ahead = true)),
            "the state of 'gives_both' has 16 bytes, it was given 8");
    refused(weir_co(&adds_up_fn, &four), "the state of 'adds_up' has 16 bytes, it was given 4");
    refused(weir_co_generator(&yields_low_fn, &four, NULL),
            "the state of 'yields_low' has 16 bytes, it was given 4");
    refused(weir_spawn_blocking(&adds_aside_fn, &four),
            "the state of 'adds' has 16 bytes, it was given 4");
    assert_int_equal(dropped, 0);
}

static void gives(weir_stream *stream, int64_t wanted)
{
    weir_error error;
    int64_t item = -1;
    assert_int_equal(weir_await_next(stream, &item, &error), WEIR_READY);
    assert_int_equal(item, wanted);
    weir_drop(stream);
}

/* Literals with commas, arrays, and what the compiler knows nothing of. */
static void one_may_be_said_in_any_way(void **state)
{
    (void)state;
    const struct wide many[2] = {{3, 4}, {5, 6}};
    const void *unknown = &many[1];
    gives(weir_fiber(&adds_fn, &(struct wide){1, 2}, NULL), 3);
    gives(weir_go(&adds_fn, &(struct wide){1, 2}, &WEIR_FIBER_OPTIONS(.stack_bytes = 1 << 17)), 3);
    gives(weir_fiber(&adds_fn, many, NULL), 7);
    gives(weir_fiber(&adds_fn, unknown, NULL), 11);
    gives(weir_fiber(&adds_fn, NULL, NULL), 0);
    gives((weir_fiber)(&adds_fn, many, NULL), 7);
    gives(weir_generator(&gives_both_fn, &(struct wide){8, 9}, NULL), 8);
    gives(weir_co(&adds_up_fn, &(struct wide){1, 2}), 3);
    gives(weir_co_generator(&yields_low_fn, &(struct wide){1, 2}, NULL), 1);
    gives(weir_spawn_blocking(&adds_aside_fn, &(struct wide){1, 2}), 3);
}

/* A state that is not taken needs memory to say so, and says that instead. */
static void there_may_be_no_memory_to_say_so(void **state)
{
    (void)state;
    int32_t four = 1;
    memory_begin(1, true);
    assert_string_equal(trace(weir_fiber(&adds_fn, &four, NULL), 1), "!!MEMORY");
    assert_int_equal(memory_end(), 0);
}

int task_state(void)
{
    const struct CMUnitTest tests[] = {
        /* before others begin threads, which give memory back */
        cmocka_unit_test(there_may_be_no_memory_to_say_so),
        cmocka_unit_test(one_of_another_size_is_refused),
        cmocka_unit_test(one_may_be_said_in_any_way),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
