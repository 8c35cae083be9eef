/* A model is made of rows: whose line it is, what goes into it, and what does not. */

#include "../driver/rig.h"
#include "inspect/model_rows.h"

enum { MS = 1000000 };

static const weir_site reader = {"reader", "a.c", 1}, writer = {"writer", "a.c", 2},
                       child = {"child", "a.c", 3}, stranger = {"stranger", "a.c", 4};

static struct weir_model model;
static struct weir_model_room room;

/* A row of a task that is alone; busy so many ms, of 1000. */
static weir_inspect_row row_of(const weir_site *place, uint64_t index, const char *stage,
                               uint64_t items, uint64_t busy_ms)
{
    return (weir_inspect_row){.place = place,
                              .index = index,
                              .stage = stage,
                              .tasks = 1,
                              .items = items,
                              .busy_ns = busy_ms * MS,
                              .starved_ns = (1000 - busy_ms) * MS};
}

static bool make(const weir_inspect_row *before, size_t before_n, const weir_inspect_row *after,
                 size_t after_n)
{
    struct weir_model_source source = {.before = before,
                                       .after = after,
                                       .before_n = before_n,
                                       .after_n = after_n,
                                       .took_ns = 1000 * MS};
    return weir_model_from_rows(&model, &room, &source);
}

static void about(double is, double expected)
{
    if (is < expected * 0.999 - 1e-9 || is > expected * 1.001 + 1e-9)
        fail_msg("%g instead of %g", is, expected);
}

/* ---- a line ---- */

static void what_is_slow_on_purpose(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {row_of(NULL, 0, "range", 100, 100),
                               row_of(NULL, 1, "throttle", 100, 800),
                               row_of(NULL, 2, "map", 100, 100), row_of(NULL, 3, "count", 0, 0)};
    rows[1].served_ns = 800 * MS;
    assert_true(make(NULL, 0, rows, 4));
    assert_int_equal(model.n, 3);
    assert_true(model.stages[1].paced);
    assert_false(model.stages[0].paced || model.stages[2].paced);
}

static void a_chain(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {row_of(NULL, 0, "lines", 4000, 300),
                               row_of(NULL, 1, "filter", 1000, 100),
                               row_of(NULL, 2, "then", 1000, 500), row_of(NULL, 3, "count", 0, 0)};
    rows[2].served_ns = 400 * MS;
    rows[2].function = "fetch";
    rows[2].long_polls = 3;
    assert_true(make(NULL, 0, rows, 4));
    assert_int_equal(model.n, 3); /* one that does nothing is left out */
    about(model.measured, 1000);
    about(model.items, 1000);
    about(model.stages[0].visits, 4);
    about(model.stages[1].visits, 4);
    about(model.stages[2].visits, 1);
    about(1000 * weir_model_service_s(&model.stages[2]), 0.5);
    about(1000 * weir_model_cpu_s(&model.stages[2]), 0.1);
    about(model.stages[2].busy, 0.5);
    assert_string_equal(model.stages[2].function, "fetch");
    assert_int_equal(model.stages[2].long_polls, 3);
    assert_int_equal(model.stages[2].id, 2);
    assert_int_equal(model.stages[0].task, model.stages[2].task);
    assert_true(model.source_waits); /* 700 ms */
}

/* What ends in bytes is counted by the records that were slow, and not by the bytes. */
static void records_become_bytes(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {row_of(NULL, 0, "memory", 30000, 0),
                               row_of(NULL, 1, "csv", 1000, 10), row_of(NULL, 2, "then", 1000, 900),
                               row_of(NULL, 3, "to_ndjson", 50000, 20),
                               row_of(NULL, 4, "copy", 0, 5)};
    assert_true(make(NULL, 0, rows, 5));
    about(model.items, 1000);
    about(model.measured, 1000);
    for (size_t i = 0; i < model.n; i++)
        if (strcmp(model.stages[i].name, "then") == 0)
            about(model.stages[i].visits, 1);
}

/* Only what is between the snapshots counts. */
static void two_snapshots(void **state)
{
    (void)state;
    weir_inspect_row before[] = {row_of(NULL, 0, "lines", 500, 100),
                                 row_of(NULL, 1, "map", 500, 100)};
    weir_inspect_row after[] = {row_of(NULL, 2, "count", 0, 0), row_of(NULL, 1, "map", 1500, 600),
                                row_of(NULL, 0, "lines", 1500, 200)};
    for (size_t i = 0; i < 3; i++)
        after[i].starved_ns += 1000 * MS;
    assert_true(make(before, 2, after, 3));
    about(model.measured, 1000);
    assert_int_equal(model.n, 2);
    about(1000 * weir_model_service_s(&model.stages[1]), 0.5);
    assert_int_equal(model.stages[1].id, 1);
}

/* Channels are followed by both their ends, whoever sends as many items elsewhere. */
static void channels_are_followed(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {
        row_of(NULL, 0, "channel", 1000, 0),     row_of(NULL, 1, "map", 1000, 300),
        row_of(NULL, 2, "count", 0, 0),          row_of(&stranger, 0, "range", 1000, 100),
        row_of(&stranger, 1, "send_each", 0, 0), row_of(&writer, 0, "channel", 1000, 0),
        row_of(&writer, 1, "then", 1000, 700),   row_of(&writer, 2, "send_each", 0, 0),
        row_of(&reader, 0, "file", 1000, 200),   row_of(&reader, 1, "send_each", 0, 0),
    };
    rows[0].shared = rows[7].shared = 71;
    rows[5].shared = rows[9].shared = 72;
    rows[4].shared = 73;
    rows[0].queue_max = 16;
    rows[5].queue_max = 4;
    assert_true(make(NULL, 0, rows, 10));
    assert_int_equal(model.n, 3);
    assert_string_equal(model.stages[0].name, "file");
    assert_string_equal(model.stages[1].name, "then");
    assert_string_equal(model.stages[2].name, "map");
    assert_int_equal(model.stages[0].room, 0);
    assert_int_equal(model.stages[1].room, 4);
    assert_int_equal(model.stages[2].room, 16);
    assert_true(model.stages[0].task != model.stages[1].task);
    assert_true(model.stages[1].task != model.stages[2].task);
    rows[4].shared = 71; /* two senders: nobody knows what each of them does to the other */
    assert_true(make(NULL, 0, rows, 10));
    assert_int_equal(model.n, 2);
}

/* ---- parallel stages, and their tasks ---- */

static size_t times_of(void *arg, const weir_inspect_row *row, weir_service *out, size_t n)
{
    (void)arg;
    assert_true(n >= 100);
    for (size_t i = 0; i < 100; i++)
        out[i] = (weir_service){row->place == &child ? 100 + (uint32_t)i : 1000, 2 * MS};
    return 100;
}

static void parallel_stages(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {
        row_of(NULL, 0, "range", 1000, 900), row_of(NULL, 1, "tasks", 1000, 0),
        row_of(NULL, 2, "buffered", 1000, 990), row_of(NULL, 3, "count", 0, 0),
        row_of(&child, 0, "par_map", 1000, 500)};
    struct weir_model_source source = {
        .after = rows, .after_n = 5, .took_ns = 1000 * MS, .service = times_of};
    rows[1].function = "fetch";
    rows[2].limit = 4;
    rows[4].tasks = rows[4].polls = 1000;
    rows[4].starved_ns = 0;
    assert_true(weir_model_from_rows(&model, &room, &source));
    assert_int_equal(model.n, 2);
    const struct weir_model_stage *stage = &model.stages[1];
    assert_true(stage->apart && stage->at_once && stage->ordered);
    assert_int_equal(stage->workers, 4);
    assert_string_equal(stage->function, "fetch");
    about(1000 * weir_model_service_s(stage), 2.001); /* as recorded */
    assert_true(stage->locked == 0);
    assert_int_equal(model.spawns_n, 1);
    assert_int_equal(model.spawns[0].tasks, 1000);
    about(model.spawns[0].self_ns, 150);
    rows[4].starved_ns = 500 * MS; /* they wait for each other */
    rows[2].stage = "buffer_unordered";
    assert_true(weir_model_from_rows(&model, &room, &source));
    about(model.stages[1].locked, 0.5);
    assert_false(model.stages[1].ordered);
}

/* One at a time: what was counted is right, and what was recorded says how it varies. */
static void recorded_times_are_fitted(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {row_of(NULL, 0, "range", 1000, 1),
                               row_of(NULL, 1, "then", 1000, 600), row_of(NULL, 2, "count", 0, 0)};
    struct weir_model_source source = {
        .after = rows, .after_n = 3, .took_ns = 1000 * MS, .service = times_of};
    rows[1].served_ns = 600 * MS;
    assert_true(weir_model_from_rows(&model, &room, &source));
    assert_int_equal(model.stages[1].service_n, 100);
    about(1000 * weir_model_service_s(&model.stages[1]), 0.6);
    assert_true(weir_model_cpu_s(&model.stages[1]) == 0);
}

/* ---- connections ---- */

static void connections_that_wait(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {row_of(NULL, 0, "incoming", 10, 0), row_of(NULL, 1, "then", 9, 900),
                               row_of(NULL, 2, "for_each", 0, 0)};
    rows[0].queue_n = 37;
    rows[0].queue_max = 4096;
    assert_true(make(NULL, 0, rows, 3));
    assert_int_equal(model.stages[0].waiting, 37);
    rows[2].limit = 100;
    rows[2].stage = "par_for_each";
    assert_true(make(NULL, 0, rows, 3));
    assert_int_equal(model.stages[0].waiting, 0);
}

/* ---- what is in no stage of it ---- */

/* All worked 900 ms; of these the line 200 and 100, and the rest is its items'. */
static void the_rest_of_the_process(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {
        row_of(NULL, 0, "range", 1000, 200),
        row_of(NULL, 1, "then", 1000, 600),
        row_of(NULL, 2, "count", 0, 0),
        row_of(&stranger, 0, "range", 7000, 500),
        row_of(&stranger, 1, "send_each", 7000, 100),
    };
    rows[1].served_ns = 500 * MS;
    struct weir_model_source source = {.after = rows,
                                       .after_n = 5,
                                       .took_ns = 1000 * MS,
                                       .worked_ns = weir_model_worked_ns(rows, 5)};
    assert_int_equal(source.worked_ns, 900 * MS);
    assert_true(weir_model_from_rows(&model, &room, &source));
    assert_int_equal(model.n, 2);
    about(1000 * weir_model_line_cpu_s(&model), 0.3);
    about(1000 * model.rest_s, 0.6);
    source.worked_ns = 0; /* not known */
    assert_true(weir_model_from_rows(&model, &room, &source));
    assert_true(model.rest_s == 0);
}

/* ---- what is no line ---- */

static void no_line(void **state)
{
    (void)state;
    weir_inspect_row rows[] = {row_of(NULL, 0, "range", 1000, 10), row_of(NULL, 1, "map", 1000, 20),
                               row_of(NULL, 2, "count", 0, 0)};
    assert_false(make(NULL, 0, NULL, 0));
    assert_false(make(rows, 3, rows, 3)); /* nothing went through it */
    rows[1].tasks = 2;
    assert_false(make(NULL, 0, rows, 3));
    rows[1].tasks = 1;
    rows[1].index = 2;
    assert_false(make(NULL, 0, rows, 3));
    rows[1].index = 1;
    assert_true(make(NULL, 0, rows, 3));
    rows[2].stage = "send_each";
    assert_false(make(NULL, 0, rows, 3));
}

int inspect_model(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain),
        cmocka_unit_test(what_is_slow_on_purpose),
        cmocka_unit_test(records_become_bytes),
        cmocka_unit_test(two_snapshots),
        cmocka_unit_test(channels_are_followed),
        cmocka_unit_test(parallel_stages),
        cmocka_unit_test(recorded_times_are_fitted),
        cmocka_unit_test(connections_that_wait),
        cmocka_unit_test(the_rest_of_the_process),
        cmocka_unit_test(no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
