/* What a client is told, without anything that carries it: lines, their order, what is kept for one
 * that does not read, and what is said to commands that are none. */

#include "task/worker.h"
#include "task/runtimes.h"

#include "told.h"

static void run_some(int64_t items)
{
    int64_t got;
    weir_stream *chain = weir_map(weir_range(0, items), &work_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_sum(chain), &got, NULL), WEIR_READY);
}

static int begin(void **state)
{
    (void)state;
    return told_begin(1, 7) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return (int)told_end();
}

static struct weir_session *session_of(struct weir_export *export)
{
    weir_error error;
    struct weir_session *session = weir_session_new(export, &error);
    assert_non_null(session);
    return session;
}

static const char *answer_to(struct weir_session *session, const char *command)
{
    weir_session_command(session, command);
    return said(session);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

static void starts(const char *text, const char *with)
{
    if (strncmp(text, with, strlen(with)) != 0)
        fail_msg("%.200s: does not begin with %s", text, with);
}

/* By a runtime that is not looked at: its rows would be told too. */
static weir_state count_apart(weir_stream *items, uint64_t *n, weir_error *error)
{
    weir_rt_unlisted = true;
    weir_rt *apart = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1), error);
    weir_rt_unlisted = false;
    weir_state state = weir_rt_run(apart, weir_count(items), n, error);
    weir_rt_drop(apart);
    return state;
}

/* Each line is an object, as a parser that knows nothing of us sees it. */
static void is_json(const char *text)
{
    uint64_t n = 0;
    weir_error error;
    weir_stream *lines = weir_ndjson(weir_memory_reader(text, strlen(text)), NULL);
    if (count_apart(lines, &n, &error) == WEIR_ERROR) {
        if (error.code == WEIR_E_ARGUMENT)
            return; /* a library without a parser */
        fail_msg("%s in %.400s", error.message, text);
    }
    assert_int_equal(n, count_of(text, "\n"));
}

/* ---- rows ---- */

static void hello_is_first(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    const char *text = said(session);
    starts(text, "{\"t\":\"hello\",\"v\":1,\"pid\":");
    has(text, "\"control\":false,\"tap\":false,\"period_ms\":250,\"at_ns\":");
    has(text, ",\"began_ns\":1000000000}");
    assert_int_equal(count_of(text, "\n"), 1);
    is_json(text);
    assert_string_equal(said(session), "");
    assert_true(weir_session_is_idle(session));
    assert_true(weir_session_due_ns(session) == UINT64_MAX);
    weir_session_drop(session);
}

static void a_snapshot_is_told_once(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    run_some(100);
    const char *text = answer_to(session, "snapshot");
    const char *stage = strstr(text, "{\"t\":\"stage\""), *rows = strstr(text, "{\"t\":\"rows\"");
    assert_true(stage && rows && stage < rows);
    has(text, "\"stage\":\"map\",\"function\":\"work\",\"index\":1,\"input_of\":null");
    has(text, "\"unit\":\"items\"}");
    has(text, "\"items\":100,");
    assert_int_equal(count_of(text, "{\"t\":\"stage\""), 3);
    starts(strstr(text, "{\"t\":\"done\""), "{\"t\":\"done\",\"of\":\"snapshot\"}\n");
    is_json(text);
    assert_string_equal(said(session), "");
    text = answer_to(session, "snapshot"); /* stages are known */
    assert_int_equal(count_of(text, "{\"t\":\"stage\""), 0);
    has(text, "\"items\":100,");
    weir_session_drop(session);
}

static void rows_come_each_period(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    run_some(10);
    assert_int_equal(count_of(answer_to(session, "watch 100"), "{\"t\":\"rows\""), 1);
    assert_int_equal(of.watching, 1);
    assert_int_equal(weir_session_due_ns(session), now_ns + 100 * MS);
    weir_session_tick(session, now_ns += 99 * MS);
    assert_string_equal(said(session), "");
    weir_session_tick(session, now_ns += 2 * MS);
    starts(said(session), "{\"t\":\"rows\",\"at_ns\":1101000000,");
    assert_int_equal(weir_session_due_ns(session), now_ns + 100 * MS);
    weir_session_tick(session, now_ns += 100 * MS);
    has(said(session), "\"rows\":[]"); /* what time it is, and that nothing changed */
    assert_int_equal(count_of(answer_to(session, "watch 1000"), "{\"t\":\"rows\""), 1);
    assert_int_equal(of.watching, 1);
    weir_session_drop(session);
    assert_int_equal(of.watching, 0);
}

/* Of one that is read again, behind what it knew. */
static void only_what_changed_is_told(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    answer_to(session, "watch");
    run_some(10);
    weir_session_tick(session, now_ns += 1000 * MS);
    assert_true(count_of(said(session), "{\"id\":") >= 3);
    weir_session_tick(session, now_ns += 1000 * MS);
    assert_int_equal(count_of(said(session), "{\"id\":"), 0);
    run_some(20);
    weir_session_tick(session, now_ns += 1000 * MS);
    const char *text = said(session);
    has(text, "\"items\":30,");
    assert_int_equal(count_of(text, "{\"t\":\"stage\""), 0);
    weir_session_drop(session);
}

/* Old rows go; what they said is said again. */
static void who_does_not_read_is_told_the_latest(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    weir_session_command(session, "watch 100");
    for (int i = 0; i < 500; i++) {
        run_some(1);
        weir_session_tick(session, now_ns += 100 * MS);
    }
    const char *text = said(session);
    starts(text, "{\"t\":\"hello\"");
    assert_true(strlen(text) <= WEIR_INSPECT_KEPT_BYTES + WEIR_INSPECT_LINE_BYTES);
    assert_int_equal(count_of(text, "{\"t\":\"stage\""), 3);
    is_json(text);
    weir_session_tick(session, now_ns += 100 * MS);
    weir_session_command(session, "snapshot");
    has(said(session), "\"items\":500,");
    weir_session_drop(session);
}

/* ---- the graph ---- */

static void dot_has_nodes_and_edges(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    run_some(10);
    const char *text = answer_to(session, "dot");
    has(text, "{\"t\":\"dot\",\"text\":\"digraph weir {");
    has(text, "[label=\\\"map work\\\"];");
    assert_int_equal(count_of(text, " -> "), 2);
    has(text, "{\"t\":\"dot\",\"text\":\"}\"}\n{\"t\":\"done\",\"of\":\"dot\"}\n");
    is_json(text);
    weir_session_drop(session);
}

/* ---- commands that are none ---- */

static void refused(const char *command, const char *why)
{
    struct weir_session *session = session_of(&of);
    said(session);
    const char *text = answer_to(session, command);
    starts(text, "{\"t\":\"error\",\"of\":");
    has(text, why);
    assert_int_equal(count_of(text, "\n"), 1);
    is_json(text);
    assert_true(weir_session_is_idle(session));
    weir_session_drop(session);
}

static void what_is_no_command_is_refused(void **state)
{
    (void)state;
    char long_one[300];
    memset(long_one, 'a', sizeof long_one);
    long_one[sizeof long_one - 1] = 0;
    refused("frobnicate", "\"of\":\"frobnicate\",\"text\":\"there is no such command\"");
    refused("\"quoted\\\n", "\"of\":\"\\\"quoted\\\\");
    refused("\xff\xfe", "\"of\":\"??\"");
    refused(long_one, "256 bytes");
    refused("a b c d e f", "5 words");
    refused("watch 99", "100 to 3600000 ms");
    refused("watch 3600001", "100 to 3600000 ms");
    refused("watch -1", "100 to 3600000 ms");
    refused("watch 18446744073709551716", "100 to 3600000 ms");
    refused("watch 100 100", "it has 0 to 1 words after it, not 2");
    refused("trace", "it has 1 word after it, not 0");
    refused("set 1", "it has 3 words after it, not 1");
    refused("machine now", "it has 0 words after it, not 1");
    refused("trace 0", "1 to 60 seconds");
    refused("trace 61", "1 to 60 seconds");
    refused("trace 1s", "1 to 60 seconds");
}

static void an_empty_line_is_nothing(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    said(session);
    assert_string_equal(answer_to(session, ""), "");
    assert_string_equal(answer_to(session, " \t\r"), "");
    weir_session_drop(session);
}

/* Random bytes end nothing. */
static void any_bytes_are_borne(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    uint64_t drawn = 1;
    for (int i = 0; i < 2000; i++) {
        char line[64] = {0};
        for (size_t k = 0; k < sizeof line - 1; k++) {
            drawn = drawn * 6364136223846793005u + 1442695040888963407u;
            line[k] = (char)(drawn >> 56);
        }
        weir_session_command(session, line);
        is_json(said(session));
    }
    weir_session_drop(session);
}

/* ---- how many, and the end ---- */

static void one_is_answered_at_a_time(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of), *other = session_of(&of);
    said(session);
    said(other);
    weir_session_command(session, "trace 1");
    assert_true(weir_session_is_busy(session));
    has(answer_to(session, "dot"), "trace is being answered");
    has(answer_to(other, "trace 1"), "another client is told of a trace");
    weir_session_drop(session);
    assert_false(of.traced);
    weir_session_drop(other);
}

static void eight_are_told(void **state)
{
    (void)state;
    weir_error error;
    char line[WEIR_INSPECT_LINE_BYTES];
    struct weir_session *sessions[WEIR_INSPECT_CLIENTS_MAX];
    for (size_t i = 0; i < WEIR_INSPECT_CLIENTS_MAX; i++)
        sessions[i] = session_of(&of);
    assert_null(weir_session_new(&of, &error));
    assert_int_equal(error.code, WEIR_E_LIMIT);
    size_t n = weir_session_busy(line, sizeof line);
    assert_int_equal(n, strlen("{\"t\":\"busy\",\"text\":\"8 clients watch already, which is the "
                               "most\"}\n"));
    weir_session_drop(sessions[0]);
    sessions[0] = session_of(&of);
    for (size_t i = 0; i < WEIR_INSPECT_CLIENTS_MAX; i++)
        weir_session_drop(sessions[i]);
}

static void the_end_is_told(void **state)
{
    (void)state;
    struct weir_session *session = session_of(&of);
    said(session);
    answer_to(session, "watch");
    run_some(5);
    weir_session_end(session, "the program ended");
    assert_true(weir_session_due_ns(session) == UINT64_MAX); /* or its client would wait for it */
    const char *text = said(session);
    has(text, "\"items\":5,"); /* the last rows too */
    has(text, "{\"t\":\"end\",\"reason\":\"the program ended\"}\n");
    assert_true(weir_session_is_over(session));
    assert_string_equal(answer_to(session, "snapshot"), "");
    weir_session_drop(session);
    session = session_of(&of);
    has(answer_to(session, "quit"), "{\"t\":\"end\"");
    weir_session_drop(session);
}

/* ---- memory ---- */

/* All of it once, with the nth allocation refused; what there is no memory for is not told, or
 * said so. */
static void talk(void)
{
    weir_error error;
    struct weir_session *session = weir_session_new(&of, &error);
    if (!session) {
        assert_int_equal(error.code, WEIR_E_MEMORY);
        return;
    }
    static const char *const commands[] = {"watch", "snapshot", "tasks", "dot", "trace 1"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        weir_session_command(session, commands[i]);
        said(session);
        weir_session_tick(session, now_ns += 2000 * MS);
        said(session);
        weir_session_tick(session, now_ns += 2000 * MS);
        said(session);
        assert_false(weir_session_is_busy(session));
    }
    weir_session_drop(session);
}

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    run_some(10);
    talk();
    for (unsigned long nth = 1; nth < 100; nth++) {
        memory_begin(nth, nth % 2);
        talk();
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        assert_int_equal(of.sessions, 0);
        assert_int_equal(of.watching, 0);
        if (!failed)
            return;
    }
    fail_msg("it allocates without an end");
}

int inspect_session(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hello_is_first, begin, end),
        cmocka_unit_test_setup_teardown(a_snapshot_is_told_once, begin, end),
        cmocka_unit_test_setup_teardown(rows_come_each_period, begin, end),
        cmocka_unit_test_setup_teardown(only_what_changed_is_told, begin, end),
        cmocka_unit_test_setup_teardown(who_does_not_read_is_told_the_latest, begin, end),
        cmocka_unit_test_setup_teardown(dot_has_nodes_and_edges, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_command_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_line_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(any_bytes_are_borne, begin, end),
        cmocka_unit_test_setup_teardown(one_is_answered_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(eight_are_told, begin, end),
        cmocka_unit_test_setup_teardown(the_end_is_told, begin, end),
        cmocka_unit_test_setup_teardown(memory_may_fail_anywhere, begin, end),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
