/* Loops of generators without a stack: every way out, errors on the way, and their turns. */

#include "ways.h"

/* ---- loops ---- */

static struct script outer_script, inner_script;

static weir_stream *from(struct script *script)
{
    script_begin(script);
    return script_stream(script, NULL);
}

struct loops {
    weir_stream *outer, *inner;
    int64_t x, y;
    int way_out; /* at 3 of the inner loop: 0 none, 1 break, 2 continue, 3 stop, 4 goto */
};

static void loops_drop(void *state)
{
    struct loops *self = state;
    weir_drop(self->inner);
    weir_drop(self->outer);
}

static weir_poll in_loops(struct loops *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->outer, from(&outer_script)) {
        weir_co_for (co, self->y, self->inner, from(&inner_script)) {
            if (self->y == 3 && self->way_out == 1)
                break;
            if (self->y == 3 && self->way_out == 2)
                continue;
            if (self->y == 3 && self->way_out == 3)
                weir_co_stop(co);
            if (self->y == 3 && self->way_out == 4)
                goto out_of_both;
            weir_co_yield(co, out, self->x + self->y);
        }
        assert_null(self->inner);
        assert_int_equal(inner_script.finis, 1); /* already, also by break */
        weir_co_yield(co, out, 0);
    }
    assert_int_equal(outer_script.finis, 1);
out_of_both:
    weir_co_yield(co, out, 9);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(in_loops_fn, in_loops, struct loops, int64_t, .drop = loops_drop)

static void loops_and_their_ways_out(void **state)
{
    (void)state;
    static const char *const gives[] = {"11 12 13 14 0 21 22 23 24 0 9 $", "11 12 0 21 22 0 9 $",
                                        "11 12 14 0 21 22 24 0 9 $", "11 12 $", "11 12 9 $"};
    static const char *const waits[] = {"1 2 3 4", "P 1 P* 2 P 3 . P 4 P $"};
    EACH_WAY (ahead, demand)
        for (int way_out = 0; way_out < 5; way_out++)
            for (int i = 0; i < 2; i++) {
                script_parse(&outer_script, i ? "P 10 P 20 P $" : "10 20");
                script_parse(&inner_script, waits[i]);
                weir_stream *stream =
                    weir_co_generator(&in_loops_fn, &(struct loops){.way_out = way_out},
                                      &WEIR_CO_OPTIONS(.ahead = ahead));
                assert_string_equal(trace_items(stream, demand), gives[way_out]);
                assert_int_equal(outer_script.finis, 1);
            }
}

/* Errors come out where they stand; the loop goes on behind those that are not fatal. */
static void loops_pass_errors(void **state)
{
    (void)state;
    EACH_WAY (ahead, demand) {
        script_parse(&outer_script, "10 !5 P 20");
        script_parse(&inner_script, "1 !7 2");
        weir_stream *stream = weir_co_generator(&in_loops_fn, &(struct loops){.way_out = 0},
                                                &WEIR_CO_OPTIONS(.ahead = ahead));
        assert_string_equal(trace_items(stream, demand), "11 !7 12 0 !5 21 !7 22 0 9 $");
        script_parse(&outer_script, "10 20");
        script_parse(&inner_script, "1 !!7 2");
        stream = weir_co_generator(&in_loops_fn, &(struct loops){.way_out = 0},
                                   &WEIR_CO_OPTIONS(.ahead = ahead));
        assert_string_equal(trace_items(stream, demand), "11 !!7 $");
    }
}

/* ---- turns ---- */

struct search {
    weir_stream *source;
    int64_t x;
};

static void search_drop(void *state)
{
    weir_drop(((struct search *)state)->source);
}

static weir_poll finds_nothing(struct search *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->source, weir_repeat(&weir_type_i64, &(int64_t){1}))
        if (self->x != 1)
            weir_co_yield(co, out, self->x);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(finds_nothing_fn, finds_nothing, struct search, int64_t, .drop = search_drop)

/* A loop that gives nothing ends with the budget, but makes a step in each turn. */
static void gives_its_turn_away(void **state)
{
    (void)state;
    struct test_cx test;
    int64_t out;
    test_cx_init(&test);
    weir_stream *stream = weir_co_generator(&finds_nothing_fn, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        test_cx_turn(&test);
        test.cx.budget = i == 2 ? 0 : WEIR_BUDGET;
        uint64_t before = weir_stage_waits(&stream->stage);
        assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
        assert_int_equal(weir_stage_waits(&stream->stage), before + 1);
        assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
        assert_int_equal(test.waker->wakes, 1);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

int task_co_loops(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_and_their_ways_out),
        cmocka_unit_test(loops_pass_errors),
        cmocka_unit_test(gives_its_turn_away),
    };
    return cmocka_run_group_tests_name("co_loops", tests, NULL, NULL);
}
