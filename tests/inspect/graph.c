/* Who reads whom: further inputs have rows, with the functions of their stages, and their time adds
 * up too. */

#include "rows.h"

static int64_t works_us(int64_t n, void *arg)
{
    weir_sim_work((uint64_t)(uintptr_t)arg * US);
    return n;
}
WEIR_MAP_FN(works_fn, works_us, int64_t, int64_t)

static bool is_even(int64_t n, void *arg)
{
    (void)arg;
    return n % 2 == 0;
}
WEIR_FILTER_FN(even_fn, is_even, int64_t)

static weir_stream *working(int64_t items, uintptr_t us)
{
    return weir_map(weir_range(0, items), &works_fn, (void *)us);
}

static void functions_have_names(void **state)
{
    (void)state;
    static struct rows rows;
    weir_rt *rt = rows_rt(1, true);
    weir_stream *all = weir_filter(working(100, 10), &even_fn, NULL);
    weir_stage_label(&all->stage, "what is left");
    assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
    rows_read(rt, &rows);
    assert_string_equal(rows_find(&rows, "map", NULL)->function, "works_us");
    assert_string_equal(rows_find(&rows, "filter", NULL)->function, "what is left");
    assert_null(rows_find(&rows, "count", NULL)->function);
    weir_rt_drop(rt);
}

/* The stages of the further input follow each other up to the stage that reads it. */
static void is_input_of(const struct rows *rows, const char *stage)
{
    const weir_inspect_row *reader = rows_find(rows, stage, NULL);
    size_t inputs = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const weir_inspect_row *row = &rows->all[i];
        assert_true(!row->input_of == (row->index < WEIR_INSPECT_STAGES_MAX));
        if (!row->input_of || strcmp(row->stage, "map") != 0)
            continue;
        assert_string_equal(row->input_of, stage);
        assert_int_equal(row->parent, reader->index);
        inputs++;
    }
    assert_int_equal(inputs, 1);
}

/* The slow one of two works all the time; who stands beside it does not. */
static void zip_has_two(void **state)
{
    (void)state;
    static struct rows rows;
    for (uintptr_t slow = 0; slow < 2; slow++) {
        weir_rt *rt = rows_rt(slow + 1, true);
        uint64_t begin_ns = rows_now_ns(rt);
        weir_stream *pairs = weir_zip(working(1000, slow ? 30 : 3), working(1000, slow ? 3 : 30));
        assert_int_equal(weir_rt_run(rt, weir_count(pairs), NULL, NULL), WEIR_READY);
        uint64_t took_ns = rows_now_ns(rt) - begin_ns;
        rows_read(rt, &rows);
        assert_int_equal(rows.n, 6);
        rows_add_up(&rows, took_ns);
        is_input_of(&rows, "zip");
        for (size_t i = 0; i < rows.n; i++) {
            const weir_inspect_row *row = &rows.all[i];
            bool is_slow = strcmp(row->stage, "map") == 0 && !row->input_of == (slow == 1);
            assert_true(is_slow == (row->busy_ns > took_ns / 2));
        }
        weir_rt_drop(rt);
    }
}

/* The first input of a set that ended is gone; what is counted of it stays. */
static void inputs_go(void **state)
{
    (void)state;
    static struct rows rows;
    weir_rt *rt = rows_rt(1, true);
    uint64_t begin_ns = rows_now_ns(rt);
    weir_stream *inputs[3] = {working(100, 10), weir_throttle(working(20, 1), 100 * US),
                              working(10, 10)};
    weir_stream *all = weir_merge(inputs, 3);
    assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
    uint64_t took_ns = rows_now_ns(rt) - begin_ns;
    rows_read(rt, &rows);
    rows_add_up(&rows, took_ns);
    uint64_t items = 0;
    for (size_t i = 0; i < rows.n; i++)
        if (rows.all[i].input_of && strcmp(rows.all[i].input_of, "merge") == 0)
            items += rows.all[i].items;
    assert_int_equal(items, rows_find(&rows, "merge", NULL)->items);
    weir_rt_drop(rt);
}

int inspect_graph(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_have_names),
        cmocka_unit_test(zip_has_two),
        cmocka_unit_test(inputs_go),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
