/* Answers that take their time: a trace whose events fit together, tasks in groups, limits that
 * change. */

#include "inspect/tap.h"

#include "told.h"

enum { TASKS_MAX = 4096 };

static struct weir_session *session;

static int begin(void **state)
{
    (void)state;
    weir_error error;
    if (!told_begin(2, 1))
        return -1;
    of.control = true;
    session = weir_session_new(&of, &error);
    return session ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    weir_session_drop(session);
    return (int)told_end();
}

static const char *later(uint64_t ms)
{
    weir_session_tick(session, now_ns += ms * MS);
    return said(session);
}

/* ---- a trace ---- */

/* Two tasks, and what wakes them. */
static void run_pair(int64_t items)
{
    weir_sender *tx;
    int64_t got;
    weir_stream *rx = weir_channel(&weir_type_i64, 4, &tx);
    assert_true(
        weir_rt_spawn(rt, weir_send_each(weir_map(weir_range(0, items), &work_fn, NULL), tx)));
    weir_sender_drop(tx);
    weir_stream *taken = weir_map(rx, &work_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_sum(taken), &got, NULL), WEIR_READY);
    assert_int_equal(got, items * (items - 1) / 2);
}

static weir_par_limit *limit;

static void run_par(int64_t items)
{
    int64_t got;
    weir_stream *worked =
        weir_par_map(weir_range(0, items), &work_fn, NULL, 8, &WEIR_PAR_OPTIONS(.limit = limit));
    assert_int_equal(weir_rt_run(rt, weir_sum(worked), &got, NULL), WEIR_READY);
}

struct event {
    char phase;
    unsigned long tid, id;
    double at;
};

static bool number(const char *line, const char *key, double *out)
{
    const char *at = strstr(line, key);
    if (at)
        *out = strtod(at + strlen(key), NULL);
    return at;
}

static bool next_event(const char **text, struct event *out)
{
    static const char begins[] = "{\"t\":\"trace\",\"event\":{\"ph\":\"";
    double tid = 0, id = 0;
    const char *line = strstr(*text, begins);
    if (!line)
        return false;
    size_t n = strcspn(line, "\n");
    char one[512];
    assert_true(n < sizeof one);
    memcpy(one, line, n);
    one[n] = 0;
    *text = line + n;
    out->phase = one[sizeof begins - 1];
    out->at = 0;
    assert_true(number(one, "\"tid\":", &tid));
    assert_true(number(one, "\"ts\":", &out->at) || out->phase == 'M');
    number(one, "\"id\":", &id);
    out->tid = (unsigned long)tid;
    out->id = (unsigned long)id;
    return true;
}

static struct {
    unsigned slices, tasks, flows, arrows, tracks;
    bool named[8], open[8];
    double since[8];
    unsigned long task[8]; /* whose asynchronous slice is open there; 0: none */
    double ready_at[TASKS_MAX];
} seen;

static void see_slice(const struct event *event)
{
    bool begins = event->phase == 'B';
    assert_true(seen.named[event->tid]);
    assert_int_equal(seen.open[event->tid], !begins);
    assert_true(event->at >= seen.since[event->tid]);
    seen.open[event->tid] = begins;
    seen.since[event->tid] = event->at;
    seen.slices += begins;
}

static void see_task(const struct event *event)
{
    bool begins = event->phase == 'b';
    assert_int_equal(seen.task[event->tid], begins ? 0 : event->id);
    assert_true(event->id);
    seen.task[event->tid] = begins ? event->id : 0;
    seen.tasks += begins;
}

/* Each arrow ends once, where it began before. */
static void see_flow(const struct event *event)
{
    assert_in_range(event->id, 1, TASKS_MAX - 1);
    if (event->phase == 's') {
        assert_true(seen.ready_at[event->id] == 0);
        seen.ready_at[event->id] = event->at;
        seen.flows++;
        return;
    }
    assert_true(seen.ready_at[event->id] > 0);
    assert_true(event->at >= seen.ready_at[event->id]);
    assert_true(seen.open[event->tid]);
    seen.ready_at[event->id] = -1;
    seen.arrows++;
}

static void see(const struct event *event)
{
    assert_in_range(event->tid, 0, 7);
    switch (event->phase) {
    case 'M':
        assert_false(seen.named[event->tid]);
        seen.named[event->tid] = true;
        seen.tracks++;
        break;
    case 'B':
    case 'E':
        see_slice(event);
        break;
    case 'b':
    case 'e':
        see_task(event);
        break;
    case 's':
    case 'f':
        see_flow(event);
        break;
    default:
        fail_msg("an event of the phase %c", event->phase);
    }
}

static void see_all(const char *text)
{
    struct event event;
    memset(&seen, 0, sizeof seen);
    while (next_event(&text, &event))
        see(&event);
    for (size_t i = 0; i < 8; i++)
        assert_false(seen.open[i] || seen.task[i]);
}

static void a_trace_fits_together(void **state)
{
    (void)state;
    limit = NULL;
    for (int i = 0; i < 10; i++)
        run_par(100); /* both workers are looked at by now */
    weir_session_command(session, "trace 1");
    said(session);
    run_pair(200);
    for (int i = 0; i < 10; i++)
        run_par(100);
    const char *text = later(2000);
    has(text, "{\"t\":\"done\",\"of\":\"trace\"}\n");
    see_all(text);
    assert_int_equal(seen.tracks, 2);
    assert_true(seen.slices >= 50);
    assert_int_equal(seen.slices, seen.tasks);
    assert_true(seen.arrows >= 20 && seen.arrows <= seen.flows);
    assert_true(seen.arrows * 10 >= seen.slices * 7); /* but for what began of itself */
    has(text, "\"name\":\"send_each\",\"cat\":\"turn\"");
    has(text, "/answers.c:");
    assert_true(weir_session_is_idle(session));
}

/* What nobody takes in time is lost, and counted; what is left fits together still. */
static void a_full_trace_fits_together(void **state)
{
    (void)state;
    run_pair(20);
    weir_session_command(session, "trace 1");
    said(session);
    run_pair(20000);
    const char *text = later(2000);
    has(text, "\"name\":\"events were lost\"");
    char *lost = strstr(told, "{\"t\":\"trace\",\"event\":{\"ph\":\"i\"");
    memset(lost, ' ', strcspn(lost, "\n"));
    see_all(text);
    assert_true(seen.slices >= 1000);
}

/* ---- tasks ---- */

static void tasks_are_grouped(void **state)
{
    (void)state;
    weir_sender *tx;
    weir_stream *first = weir_channel(&weir_type_i64, 4, &tx);
    weir_sender *second_tx;
    weir_stream *second = weir_channel(&weir_type_i64, 4, &second_tx);
    weir_stream *waiting[] = {first, second};
    for (int i = 0; i < 2; i++)
        assert_true(weir_rt_spawn(rt, weir_sum(weir_map(waiting[i], &work_fn, NULL))));
    assert_true(weir_rt_spawn(rt, weir_sleep(UINT64_C(3600) * 1000 * MS)));
    run_pair(10);
    weir_session_command(session, "tasks");
    run_pair(10);
    const char *text = later(600);
    const char *task = strstr(text, "{\"t\":\"task\""), *stage = strstr(text, "{\"t\":\"stage\"");
    assert_true(task && stage && stage < task);
    has(text, "\"stage\":\"sum\",\"state\":\"waits\",\"leaf\":\"channel\",\"wait_for\":\"item\"");
    has(strstr(text, "\"leaf\":\"channel\""), "\"n\":2,\"id\":");
    has(text, "\"stage\":\"sleep\",\"state\":\"waits\",\"leaf\":\"sleep\",\"wait_for\":\"timer\"");
    has(text, "{\"t\":\"done\",\"of\":\"tasks\"}\n");
    weir_sender_drop(tx);
    weir_sender_drop(second_tx);
}

/* ---- control ---- */

static const char *command(const char *format, unsigned long id)
{
    char line[64];
    snprintf(line, sizeof line, format, id);
    weir_session_command(session, line);
    return said(session);
}

static unsigned long id_of(const char *text, const char *stage)
{
    char key[64];
    snprintf(key, sizeof key, "\"stage\":\"%s\"", stage);
    const char *at = strstr(text, key);
    assert_non_null(at);
    while (strncmp(at, "{\"t\":\"stage\",\"id\":", 18) != 0)
        at--;
    return strtoul(at + 18, NULL, 10);
}

static void limits_change(void **state)
{
    (void)state;
    limit = weir_par_limit_new(4);
    run_par(100);
    const char *text = command("snapshot", 0);
    unsigned long sum = id_of(text, "sum"), par = id_of(text, "par_map");
    has(command("set %lu limit 2", par), "{\"t\":\"done\",\"of\":\"set\"}\n");
    assert_int_equal(weir_par_limit_get(limit, NULL), 2);
    has(command("set %lu limit 0", par), "a limit is 1 to 1000000");
    has(command("set %lu limit x", par), "a limit is 1 to 1000000");
    has(command("set %lu width 3", par), "only a limit can be changed");
    has(command("set 1%lu limit 3", 1000), "there is no stage of that id");
    has(command("trial %lu limit 3", par), "two limits are wanted");
    has(command("trial %lu limit 3,", par), "two limits are wanted");
    has(command("trial %lu limit ,3", par), "two limits are wanted");
    assert_int_equal(weir_par_limit_get(limit, NULL), 2);
    of.control = false;
    has(command("set %lu limit 3", par), "the program did not allow control");
    has(command("trial %lu limit 1,3", par), "the program did not allow control");
    assert_int_equal(weir_par_limit_get(limit, NULL), 2);
    (void)sum;
    weir_par_limit_drop(limit);
}

static size_t count_limits(weir_par_limit *const *limits, size_t n, size_t limit_now)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += weir_par_limit_get(limits[i], NULL) == limit_now;
    return found;
}

/* A place whose tasks have limits of their own: so many of a worker are changed, and it is said of
 * how many stages they were not. */
static void all_limits_of_a_place_change(void **state)
{
    (void)state;
    enum { N = 20, WORKERS = 2, KEPT = 8 };
    static const weir_site place = {"all_limits_of_a_place_change", __FILE__, 1};
    weir_par_limit *limits[N];
    weir_error error;
    char wanted[200];
    for (size_t i = 0; i < N; i++) {
        limits[i] = weir_par_limit_new(4);
        const weir_par_options *how = &WEIR_PAR_OPTIONS(.limit = limits[i]);
        weir_stream *mapped = weir_par_map(weir_pending(&weir_type_i64), &work_fn, NULL, 8, how);
        assert_true(weir_rt_spawn_at(rt, weir_count(mapped), &place));
    }
    run_pair(100);
    unsigned long par = id_of(command("snapshot", 0), "par_map");
    const char *text = command("set %lu limit 2", par);
    size_t changed = count_limits(limits, N, 2);
    assert_in_range(changed, KEPT, WORKERS * KEPT);
    snprintf(wanted, sizeof wanted,
             "{\"t\":\"done\",\"of\":\"set\",\"text\":\"limits of this place that were changed: "
             "%zu; stages of it whose limits stay: %zu\"}\n",
             changed, N - changed);
    has(text, wanted);
    command("trial %lu limit 1,3", par);
    assert_int_equal(count_limits(limits, N, 1), changed);
    weir_session_drop(session);
    assert_int_equal(count_limits(limits, N, 2), changed); /* each is what it was */
    assert_int_equal(count_limits(limits, N, 4), N - changed);
    session = weir_session_new(&of, &error);
    for (size_t i = 0; i < N; i++)
        weir_par_limit_drop(limits[i]);
}

static void a_trial_takes_turns(void **state)
{
    (void)state;
    limit = weir_par_limit_new(4);
    run_par(100);
    const char *text = command("snapshot", 0);
    unsigned long par = id_of(text, "par_map");
    command("trial %lu limit 1,3", par);
    for (int half = 0; half < 10; half++) {
        assert_int_equal(weir_par_limit_get(limit, NULL), half % 2 ? 3 : 1);
        later(500);
        run_par(half % 2 ? 300 : 100);
        text = later(1500);
    }
    has(text, "{\"t\":\"trial\",\"id\":");
    has(text, "\"limit\":[1,3],\"gain\":");
    has(text, ",\"rounds\":5}\n{\"t\":\"done\",\"of\":\"trial\"}\n");
    assert_int_equal(weir_par_limit_get(limit, NULL), 4); /* as before */
    weir_par_limit_drop(limit);
}

static void who_goes_leaves_the_limit_as_it_was(void **state)
{
    (void)state;
    weir_error error;
    limit = weir_par_limit_new(4);
    run_par(100);
    command("trial %lu limit 1,3", id_of(command("snapshot", 0), "par_map"));
    assert_int_equal(weir_par_limit_get(limit, NULL), 1);
    weir_session_drop(session);
    assert_int_equal(weir_par_limit_get(limit, NULL), 4);
    session = weir_session_new(&of, &error);
    assert_non_null(session);
    weir_par_limit_drop(limit);
}

/* ---- tap ---- */

static void run_lines(int n)
{
    char text[4096] = "";
    weir_vec got = {0};
    for (int i = 0; i < n; i++)
        strcat(text, "a \"line\"\n");
    weir_stream *lines = weir_lines(weir_memory_reader(text, strlen(text)), 1000);
    weir_stream *all_of_them = weir_collect(weir_own(lines), 1000);
    assert_int_equal(weir_rt_run(rt, all_of_them, &got, NULL), WEIR_READY);
    weir_vec_drop(&got);
}

/* In one turn: the next one is sampled. */
static void pass_time(void)
{
    int64_t got;
    weir_stream *chain = weir_map(weir_range(0, 500), &work_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_sum(chain), &got, NULL), WEIR_READY);
}

static void a_tap_shows_some_items(void **state)
{
    (void)state;
    of.tap = true;
    run_lines(10);
    run_pair(10);
    const char *text = command("snapshot", 0);
    command("tap %lu 3", id_of(text, "lines"));
    assert_true(of.tapped);
    unsigned shown = 0;
    for (int i = 0; i < 200 && weir_session_is_busy(session); i++) {
        pass_time();
        run_lines(10);
        text = later(100);
        for (const char *at = text; (at = strstr(at, "{\"t\":\"tap\",\"id\":")); at++, shown++)
            has(at, "\"item\":\"a \\\"line\\\"\",\"dropped\":");
    }
    assert_int_equal(shown, 3);
    has(text, "{\"t\":\"done\",\"of\":\"tap\"}\n");
    assert_false(of.tapped);
}

/* What nobody allowed shows nothing; nor what goes on for ever. */
static void a_tap_is_refused(void **state)
{
    (void)state;
    run_lines(10);
    unsigned long lines = id_of(command("snapshot", 0), "lines");
    has(command("tap %lu", lines), "the program did not allow it");
    of.tap = true;
    has(command("tap 1%lu", 1000), "there is no stage of that id");
    has(command("tap %lu 0", lines), "1 to 10000 items");
    command("tap %lu", lines);
    has(later(61000), "{\"t\":\"done\",\"of\":\"tap\"}\n");
}

static void items_are_text(void **state)
{
    (void)state;
    const struct {
        const weir_type *type;
        const void *item;
        const char *text;
    } rows[] = {{&weir_type_i64, &(int64_t){-7}, "-7"},
                {&weir_type_u64, &(uint64_t){UINT64_MAX}, "18446744073709551615"},
                {&weir_type_bool, &(bool){true}, "1"},
                {&weir_type_line, &(weir_line){"ab\0c", 4}, "ab"},
                {&weir_type_duplex, &(weir_duplex){NULL, NULL}, "(weir_duplex, 16 bytes)"}};
    char out[WEIR_INSPECT_ITEM_BYTES + 1], lots[1000];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        out[weir_tap_text(rows[i].type, rows[i].item, out, WEIR_INSPECT_ITEM_BYTES)] = 0;
        if (sizeof(void *) == 8 || i < 4)
            assert_string_equal(out, rows[i].text);
    }
    memset(lots, 'x', sizeof lots);
    weir_line line = {lots, sizeof lots};
    assert_int_equal(weir_tap_text(&weir_type_line, &line, out, WEIR_INSPECT_ITEM_BYTES),
                     WEIR_INSPECT_ITEM_BYTES);
}

int inspect_answers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_trace_fits_together, begin, end),
        cmocka_unit_test_setup_teardown(a_full_trace_fits_together, begin, end),
        cmocka_unit_test_setup_teardown(tasks_are_grouped, begin, end),
        cmocka_unit_test_setup_teardown(limits_change, begin, end),
        cmocka_unit_test_setup_teardown(all_limits_of_a_place_change, begin, end),
        cmocka_unit_test_setup_teardown(a_trial_takes_turns, begin, end),
        cmocka_unit_test_setup_teardown(a_tap_shows_some_items, begin, end),
        cmocka_unit_test_setup_teardown(a_tap_is_refused, begin, end),
        cmocka_unit_test(items_are_text),
        cmocka_unit_test_setup_teardown(who_goes_leaves_the_limit_as_it_was, begin, end),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
