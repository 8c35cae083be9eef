/* More operations at once than a driver's queue has entries: each completes, and none is lost. */

#include "proofs.h"
#include "pipes.h"

static unsigned started;

static weir_stream *count_pipe(int64_t i, void *arg)
{
    struct pipes *pipes = arg;
    started++;
    return weir_count(weir_lines(weir_fd_reader(pipes->ends[i][0], "pipe"), 100));
}
typedef weir_stream *stream_pointer;
WEIR_MAP_FN(count_fn, count_pipe, int64_t, stream_pointer, .to = &weir_type_stream)

static void add(uint64_t *sum, uint64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, uint64_t, uint64_t)

/* Writes into all at once, when all of them wait. */
static weir_poll write_all(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct pipes *pipes = arg;
    static unsigned turns;
    (void)demand;
    turns = started < pipes->n ? 0 : turns + 1;
    if (turns < 20)
        return weir_wait_turn(cx);
    for (size_t i = 0; i < pipes->n; i++) {
        if (write(pipes->ends[i][1], "a\nb\n", 4) != 4)
            return weir_fail(cx, WEIR_E_USER, "pipe %zu takes nothing", i);
        pipes_close(pipes, i, 1);
    }
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void test_all_at_once(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct pipes pipes;
        weir_error error;
        uint64_t zero = 0, lines = 0;
        pipes_open(&pipes, 1500);
        started = 0;
        weir_rt *rt = rig_rt(rig_drivers[d]);
        assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_unit, write_all, &pipes)));
        weir_stream *counts = weir_map(weir_range(0, (int64_t)pipes.n), &count_fn, &pipes);
        weir_stream *set = weir_buffer_unordered(counts, &weir_type_u64, pipes.n);
        if (weir_rt_run(rt, weir_fold(set, &add_fn, &zero, NULL), &lines, &error) != WEIR_READY)
            fail_msg("%s: %s", rig_drivers[d], WEIR_ERROR_TEXT(&error));
        assert_int_equal(lines, 2 * pipes.n);
        assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
        weir_rt_drop(rt);
        pipes_close_all(&pipes);
    }
}

int proofs_p15(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_at_once)};
    return cmocka_run_group_tests_name("p15", tests, rig_setup, rig_teardown);
}
