/* The stop mark is a chain's own: what was cut is told apart from what is whole, in each chain by
 * itself, and the result of a part of the input says so. */

#include "proofs.h"

struct scene {
    weir_rt *rt;
    unsigned turns;
};

/* Tells the runtime to stop, and waits until everybody has seen it. */
static weir_poll stop_it(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct scene *scene = arg;
    (void)demand;
    if (++scene->turns == 4)
        weir_rt_stop(scene->rt);
    if (scene->turns < 12)
        return weir_wait_turn(cx);
    *(uint64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_stream *copy_what_is_whole(uint64_t x, void *arg)
{
    (void)x;
    return weir_copy(weir_memory_reader("whole", 5), weir_file_writer(arg, NULL));
}
WEIR_THEN_FN(whole_fn, copy_what_is_whole, uint64_t, uint64_t)

/* Another task's source was cut: a copy from memory is whole, and its file gets its name. */
static void test_a_whole_copy_beside_a_cut_one(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2];
        weir_error error;
        uint64_t n = 0;
        assert_int_equal(pipe(ends), 0);
        struct scene scene = {.rt = rig_rt(rig_drivers[d])};
        char *path = strdup(rig_path("whole"));
        unlink(path);
        assert_true(weir_rt_spawn(scene.rt,
                                  weir_copy(weir_fd_reader(ends[0], "pipe"), weir_null_writer())));
        weir_stream *stops = weir_future_fn(&weir_type_u64, stop_it, &scene);
        weir_state ran = weir_rt_run(scene.rt, weir_then(stops, &whole_fn, path), &n, &error);
        if (ran != WEIR_READY)
            fail_msg("%s", WEIR_ERROR_TEXT(&error));
        assert_int_equal(error.code, WEIR_OK);
        assert_int_equal(n, 5);
        assert_true(rig_is(path, "whole", 5));
        weir_rt_drop(scene.rt);
        free(path);
        close(ends[0]);
        close(ends[1]);
    }
}

/* ---- a cut source, behind each kind of stage ---- */

static weir_stream *cut_lines(void)
{
    return weir_lines(weir_file_reader(rig_path("in")), 100);
}

static int64_t bytes_of(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(bytes_fn, bytes_of, weir_line, int64_t)

static weir_stream *cut_inner(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return weir_count(cut_lines());
}
WEIR_THEN_FN(cut_inner_fn, cut_inner, int64_t, uint64_t)

static weir_stream *plain(void)
{
    return weir_count(cut_lines());
}
static weir_stream *mapped(void)
{
    return weir_count(weir_take(weir_map(cut_lines(), &bytes_fn, NULL), 1000));
}
static weir_stream *chained(void)
{
    return weir_count(weir_chain(weir_map(cut_lines(), &bytes_fn, NULL), weir_range(0, 3)));
}
static weir_stream *chained_second(void)
{
    return weir_count(weir_chain(weir_range(0, 3), weir_map(cut_lines(), &bytes_fn, NULL)));
}
static weir_stream *selected(void)
{
    return weir_count(weir_select(weir_range(0, 3), weir_map(cut_lines(), &bytes_fn, NULL)));
}
static weir_stream *merged(void)
{
    weir_stream *inputs[] = {weir_range(0, 3), weir_map(cut_lines(), &bytes_fn, NULL)};
    return weir_count(weir_merge(inputs, 2));
}
static weir_stream *zipped(void)
{
    return weir_count(weir_zip(weir_range(0, 3), weir_map(cut_lines(), &bytes_fn, NULL)));
}
static weir_stream *awaited(void)
{
    return weir_count(weir_then(weir_range(0, 3), &cut_inner_fn, NULL));
}
static weir_stream *flattened(void)
{
    return weir_count(weir_flat_map(weir_range(0, 3), &cut_inner_fn, NULL));
}
static weir_stream *zipped_bytes(void)
{
    return weir_count(weir_lines(weir_gzip(weir_file_reader(rig_path("in")), 1), 1000));
}
static weir_stream *copied(void)
{
    return weir_copy(weir_file_reader(rig_path("in")), weir_null_writer());
}

static void test_a_part_says_so(void **state)
{
    weir_stream *(*const makes[])(void) = {plain,     mapped,       chained, chained_second,
                                           selected,  merged,       zipped,  awaited,
                                           flattened, zipped_bytes, copied};
    (void)state;
    rig_make(rig_path("in"), 100000);
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
            weir_error error;
            uint64_t n;
            weir_rt *rt = rig_rt(rig_drivers[d]);
            weir_rt_stop(rt);
            weir_rt_run(rt, makes[i](), &n, &error);
            if (error.code != WEIR_E_STOPPED)
                fail_msg("%zu on %s: %s", i, rig_drivers[d], WEIR_ERROR_TEXT(&error));
            weir_rt_drop(rt);
        }
}

/* A file that would hold a part does not appear. */
static void test_a_part_gets_no_name(void **state)
{
    (void)state;
    rig_make(rig_path("in"), 100000);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_error error;
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_rt_stop(rt);
        unlink(rig_path("out"));
        weir_reader *in = weir_file_reader(rig_path("in"));
        weir_writer *out = weir_file_writer(rig_path("out"), NULL);
        assert_int_equal(weir_rt_run(rt, weir_copy(in, out), NULL, &error), WEIR_ERROR);
        proof_says(&error, WEIR_E_STOPPED, "stopped");
        assert_int_equal(access(rig_path("out"), F_OK), -1);
        weir_rt_drop(rt);
    }
}

int proofs_p14(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_whole_copy_beside_a_cut_one),
                                       cmocka_unit_test(test_a_part_says_so),
                                       cmocka_unit_test(test_a_part_gets_no_name)};
    return cmocka_run_group_tests_name("p14", tests, rig_setup, rig_teardown);
}
