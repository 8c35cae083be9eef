/* Spawned tasks: their errors are told once, to whoever asked for them, and what is no future is
 * refused. */

#include "../driver/rig.h"
#include "doubles.h"
#include "event.h"

/* ---- somebody is told ---- */

struct told {
    unsigned n;
    uint64_t numbers; /* one bit for each */
    weir_error last;
    bool again; /* a task in the place of the one that failed */
};

static void on_task_error(weir_rt *rt, const weir_error *error, void *arg)
{
    struct told *told = arg;
    told->n++;
    told->numbers |= UINT64_C(1) << error->number;
    told->last = *error;
    if (told->again)
        assert_true(weir_rt_spawn(rt, weir_count(weir_range(0, 3))));
}

static weir_rt *telling(struct told *told)
{
    *told = (struct told){0};
    return weir_rt_new(&WEIR_RT_OPTIONS(.on_task_error = on_task_error, .arg = told), NULL);
}

static weir_rt *silent(void)
{
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL); /* sim draws the order */
}

/* Lets the spawned ones have their turns. */
static void turns(weir_rt *rt)
{
    struct event event;
    event_init(&event);
    event.set = true;
    event.spurious = 100;
    assert_int_equal(weir_rt_run(rt, event_future(&event), NULL, NULL), WEIR_READY);
    weir_waker_slot_clear(&event.slot);
}

enum { TASKS = 9 };
static struct script scripts[TASKS];

/* Each fails with its own number, some after a wait. */
static void spawn_failing(weir_rt *rt, int i)
{
    char text[32];
    snprintf(text, sizeof text, i % 3 ? "1 !!%d" : "1 P* 2 !%d", i);
    scripts[i] = (struct script){0};
    assert_true(weir_rt_spawn(rt, weir_count(script_stream(&scripts[i], text))));
}

static void each_error_is_told_once(void **state)
{
    (void)state;
    struct told told;
    weir_rt *rt = telling(&told);
    for (int i = 1; i < TASKS; i++)
        spawn_failing(rt, i);
    assert_true(weir_rt_spawn(rt, weir_count(weir_range(0, 9)))); /* one that does not */
    turns(rt);
    turns(rt);
    assert_int_equal(told.n, TASKS - 1);
    assert_int_equal(told.numbers, (1 << TASKS) - 2);
    assert_int_equal(told.last.code, WEIR_E_USER);
    assert_string_equal(told.last.trail[0], "script");
    assert_string_equal(told.last.trail[1], "count");
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0); /* these were told already */
    for (int i = 1; i < TASKS; i++)
        assert_int_equal(scripts[i].finis, 1);
    weir_rt_drop(rt);
    assert_int_equal(told.n, TASKS - 1);
}

static void who_is_told_may_spawn(void **state)
{
    (void)state;
    struct told told;
    weir_rt *rt = telling(&told);
    told.again = true;
    spawn_failing(rt, 1);
    spawn_failing(rt, 2);
    turns(rt);
    assert_int_equal(told.n, 2);
    weir_rt_drop(rt);
}

/* The error of the one that is run is its caller's. */
static void the_root_has_its_own(void **state)
{
    (void)state;
    struct told told;
    weir_rt *rt = telling(&told);
    struct script script = {0};
    weir_error error;
    weir_stream *root = weir_count(script_stream(&script, "1 !!7"));
    assert_int_equal(weir_rt_run(rt, root, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(told.n, 0);
    assert_int_equal(weir_rt_task_errors(rt, &error), 0);
    weir_rt_drop(rt);
}

/* ---- nobody is told ---- */

static void errors_are_counted_and_the_first_is_kept(void **state)
{
    (void)state;
    weir_rt *rt = silent();
    weir_error first = {.number = 99};
    assert_int_equal(weir_rt_task_errors(rt, &first), 0);
    assert_int_equal(first.number, 99); /* there was none */
    for (int i = 1; i < 4; i++)
        spawn_failing(rt, i);
    turns(rt);
    assert_int_equal(weir_rt_task_errors(rt, &first), 3);
    assert_int_equal(first.number, 1);
    assert_string_equal(first.trail[0], "script");
    assert_int_equal(weir_rt_task_errors(rt, &first), 0);
    spawn_failing(rt, 5);
    spawn_failing(rt, 7);
    turns(rt);
    assert_int_equal(weir_rt_task_errors(rt, NULL), 2); /* not everybody wants to know why */
    spawn_failing(rt, 8);
    turns(rt);
    assert_int_equal(weir_rt_task_errors(rt, &first), 1);
    assert_int_equal(first.number, 8);
    weir_rt_drop(rt);
}

static void beside_items_too(void **state)
{
    (void)state;
    weir_rt *rt = silent();
    weir_error first;
    spawn_failing(rt, 4);
    weir_stream *stream = weir_range(0, 1000);
    int64_t n;
    while (weir_rt_next(rt, stream, &n, NULL) == WEIR_READY)
        ;
    assert_int_equal(weir_rt_task_errors(rt, &first), 1);
    assert_int_equal(first.number, 4);
    weir_drop(stream);
    weir_rt_drop(rt);
}

static void what_is_dropped_has_no_error(void **state)
{
    (void)state;
    struct told told;
    weir_rt *rt = telling(&told);
    spawn_failing(rt, 1);
    assert_true(weir_rt_spawn(rt, weir_count(weir_pending(&weir_type_i64))));
    weir_rt_drop(rt);
    assert_int_equal(told.n, 0);
    assert_int_equal(scripts[1].finis, 1);
}

/* ---- what can be spawned ---- */

static weir_stream *lines(void)
{
    return weir_lines(weir_memory_reader("one\ntwo\n", 8), 9);
}

static void many_items_are_refused(void **state)
{
    (void)state;
    weir_rt *rt = silent();
    struct script script = {0};
    assert_false(weir_rt_spawn(rt, script_stream(&script, "1 2 $")));
    assert_int_equal(script.finis, 1);
    assert_int_equal(script.polls, 0);
    assert_false(weir_rt_spawn(rt, lines()));
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
    weir_rt_drop(rt);
}

/* It would be gone before anybody sees it: its error is the task's. */
static void lent_items_are_refused(void **state)
{
    (void)state;
    weir_rt *rt = silent();
    weir_error first;
    weir_stream *stream = lines();
    assert_true(weir_rt_spawn(rt, weir_next(stream)));
    turns(rt);
    assert_int_equal(weir_rt_task_errors(rt, &first), 1);
    assert_int_equal(first.code, WEIR_E_TYPE);
    assert_string_equal(first.message,
                        "'next' lends its 'weir_line', which would be gone before it is used");
    assert_int_equal(weir_stage_polls(&stream->stage), 0);
    weir_drop(stream);
    weir_rt_drop(rt);
}

static void failed_chains_are_told(void **state)
{
    (void)state;
    weir_rt *rt = silent();
    weir_error first;
    assert_true(weir_rt_spawn(rt, weir_chunks(weir_range(0, 3), 0)));
    turns(rt);
    assert_int_equal(weir_rt_task_errors(rt, &first), 1);
    assert_string_equal(first.message, "chunks: the limit 'n' is 0");
    weir_rt_drop(rt);
}

static weir_poll spawn_inside(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int *left = arg;
    (void)demand;
    *(int64_t *)out = *left;
    if ((*left)--)
        assert_true(weir_rt_spawn(cx->rt, weir_future_fn(&weir_type_i64, spawn_inside, left)));
    return (weir_poll){1, WEIR_END};
}

static void tasks_spawn_tasks(void **state)
{
    (void)state;
    weir_rt *rt = silent();
    int left = 20;
    assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, spawn_inside, &left)));
    turns(rt);
    assert_int_equal(left, -1);
    weir_rt_drop(rt);
}

/* On a stack of the caller's a task is not kept: it needs a block of its own. */
static _Alignas(16) unsigned char place[2048];
static unsigned placed_finis;

static weir_poll placed_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)demand;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static void placed_fini(weir_stream *stream)
{
    (void)stream;
    placed_finis++;
}

static const weir_stream_ops placed_ops = {
    .size = sizeof placed_ops, .name = "placed", .poll_next = placed_poll, .fini = placed_fini};

static weir_stream *placed(void)
{
    weir_arena *arena = weir_arena_at(place, sizeof place, NULL);
    weir_stream *stream = weir_source_in(arena, sizeof *stream, &placed_ops, &weir_type_i64);
    stream->stage.one = true;
    return stream;
}

static void spawning_needs_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_rt *rt = silent();
    placed_finis = 0;
    memory.fail_at = memory.calls + 1;
    assert_false(weir_rt_spawn(rt, placed()));
    assert_int_equal(placed_finis, 1);
    unsigned long calls = memory.calls;
    assert_true(weir_rt_spawn(rt, placed()));
    assert_int_equal(memory.calls, calls + 1);
    turns(rt);
    assert_int_equal(placed_finis, 2);
    calls = memory.calls;
    weir_stream *future = weir_count(weir_range(0, 3));
    assert_true(weir_rt_spawn(rt, future)); /* it stands beside its future */
    assert_int_equal(memory.calls, calls + 1);
    turns(rt);
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

int task_spawned(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_is_told_once),
        cmocka_unit_test(who_is_told_may_spawn),
        cmocka_unit_test(the_root_has_its_own),
        cmocka_unit_test(errors_are_counted_and_the_first_is_kept),
        cmocka_unit_test(beside_items_too),
        cmocka_unit_test(what_is_dropped_has_no_error),
        cmocka_unit_test(many_items_are_refused),
        cmocka_unit_test(lent_items_are_refused),
        cmocka_unit_test(failed_chains_are_told),
        cmocka_unit_test(tasks_spawn_tasks),
        cmocka_unit_test(spawning_needs_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
