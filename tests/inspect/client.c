/* A client over a connection in memory, on a simulated clock: the whole talk, also where memory
 * fails, where the client stops to read, and where it goes in the midst of it. */

#include "../driver/rig.h"
#include "inspect/client.h"

#include "doubles.h"

enum { MS = 1000000, ROOM = 512 };

static struct weir_export of;
static weir_rt *rt; /* whose clients they are: it is left out */
static weir_rt *seen;

static int64_t work(int64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(10000);
    return n;
}
WEIR_MAP_FN(work_fn, work, int64_t, int64_t)

static int begin(void **state)
{
    (void)state;
    memset(&of, 0, sizeof of);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1, .seed = 5), NULL);
    seen = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1, .seed = 6), NULL);
    if (!rt || !seen || !weir_inspect_start(seen, NULL))
        return -1;
    weir_export_init(&of, weir_rt_sys(rt));
    of.own = rt;
    int64_t sum;
    weir_stream *chain = weir_sum(weir_map(weir_range(0, 100), &work_fn, NULL));
    return weir_rt_run(seen, chain, &sum, NULL) == WEIR_READY ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    weir_rt_drop(rt);
    weir_rt_drop(seen);
    weir_export_fini(&of);
    weir_token_drop(of.ends);
    return of.sessions + of.watching;
}

/* A client that says this, and what it was told until the connection was closed; "" where that
 * could not be. To be freed. */
static char *talk(const char *says)
{
    weir_duplex ends[2];
    weir_vec told = {0};
    uint64_t n;
    weir_error error;
    weir_duplex_pair(ROOM, ends);
    weir_stream *client = weir_inspect_client(&of, ends[0]);
    weir_stream *said = weir_copy(weir_memory_reader(says, strlen(says)), ends[1].writer);
    weir_stream *got = weir_copy(ends[1].reader, weir_memory_writer(&told, 1 << 20));
    bool all = weir_rt_spawn(rt, client);
    all &= weir_rt_spawn(rt, said);
    if (weir_rt_run(rt, got, &n, &error) != WEIR_READY || !all)
        n = 0;
    char *text = malloc(n + 1);
    if (n)
        memcpy(text, told.items, n);
    text[n] = 0;
    weir_vec_drop(&told);
    return text;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%.400s: has no %s", text, part);
}

static void all_is_answered_in_order(void **state)
{
    (void)state;
    char *text = talk("snapshot\nnonsense\ntasks\ndot\nmachine\ntrace 1\nquit\nsnapshot\n");
    static const char *const wanted[] = {"{\"t\":\"hello\"",
                                         "{\"t\":\"rows\"",
                                         "{\"t\":\"done\",\"of\":\"snapshot\"}",
                                         "{\"t\":\"error\",\"of\":\"nonsense\"",
                                         "{\"t\":\"done\",\"of\":\"tasks\"}",
                                         "{\"t\":\"dot\"",
                                         "{\"t\":\"done\",\"of\":\"dot\"}",
                                         "{\"t\":\"machine\"",
                                         "{\"t\":\"done\",\"of\":\"trace\"}",
                                         "{\"t\":\"end\",\"reason\":\"the client said quit\"}\n"};
    const char *at = text;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        has(at, wanted[i]);
        at = strstr(at, wanted[i]);
    }
    assert_string_equal(at, wanted[sizeof wanted / sizeof *wanted - 1]);
    free(text);
}

static void the_last_line_needs_no_end(void **state)
{
    (void)state;
    char *text = talk("snapshot");
    has(text, "{\"t\":\"done\",\"of\":\"snapshot\"}\n");
    free(text);
    text = talk("");
    assert_int_equal(strcspn(text, "\n") + 1, strlen(text)); /* hello alone */
    free(text);
}

static weir_stream *cancel_later(unsigned char unit, void *token)
{
    (void)unit;
    weir_token_cancel(token);
    return weir_once(&weir_type_unit, &unit);
}
WEIR_THEN_FN(cancel_fn, cancel_later, unsigned char, unsigned char, .from = &weir_type_unit,
             .to = &weir_type_unit)

static void a_watch_goes_on_until_the_end(void **state)
{
    (void)state;
    of.ends = weir_token_new(NULL);
    weir_stream *stops = weir_then(weir_sleep(UINT64_C(1050) * MS), &cancel_fn, of.ends);
    assert_true(weir_rt_spawn(rt, stops));
    char *text = talk("watch 100\n");
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, "{\"t\":\"rows\"")); at++)
        n++;
    assert_in_range(n, 11, 13); /* at once, each period, and the last ones */
    has(text, "{\"t\":\"end\",\"reason\":\"the program ended\"}\n");
    free(text);
}

/* Its side is dropped, read or not. */
static void who_goes_is_gone(void **state)
{
    (void)state;
    static const char *const says[] = {"", "watch 100\n", "trace 60\n", "snapshot\nsnapshot\n",
                                       "advice\n"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        weir_duplex ends[2];
        uint64_t n;
        weir_duplex_pair(ROOM, ends);
        assert_true(weir_rt_spawn(rt, weir_inspect_client(&of, ends[0])));
        weir_stream *said = weir_copy(weir_memory_reader(says[i], strlen(says[i])), ends[1].writer);
        assert_int_equal(weir_rt_run(rt, said, &n, NULL), WEIR_READY);
        assert_int_equal(weir_rt_run(rt, weir_sleep(250 * MS), NULL, NULL), WEIR_READY);
        weir_drop(ends[1].reader);
        assert_int_equal(weir_rt_run(rt, weir_sleep(UINT64_C(2500) * MS), NULL, NULL),
                         WEIR_READY); /* in the midst of a trace it is seen a second later */
        assert_int_equal(of.sessions, 0);
        assert_int_equal(of.watching, 0);
    }
}

/* It holds its place as long as it is there; what it is not told is not kept. */
static void who_does_not_read_holds_little(void **state)
{
    (void)state;
    weir_duplex ends[2];
    weir_duplex_pair(ROOM, ends);
    assert_true(weir_rt_spawn(rt, weir_inspect_client(&of, ends[0])));
    uint64_t n;
    weir_stream *said = weir_copy(weir_memory_reader("watch 100\n", 10), ends[1].writer);
    assert_int_equal(weir_rt_run(rt, said, &n, NULL), WEIR_READY);
    assert_int_equal(weir_rt_run(rt, weir_sleep(UINT64_C(3600000) * MS), NULL, NULL), WEIR_READY);
    assert_int_equal(of.sessions, 1);
    weir_vec told = {0};
    of.ends = NULL;
    weir_stream *got =
        weir_copy(weir_take_reader(ends[1].reader, 200 << 10), weir_memory_writer(&told, 1 << 20));
    assert_int_equal(weir_rt_run(rt, got, &n, NULL), WEIR_READY);
    assert_int_equal(n, 200 << 10); /* what was kept, and what came then */
    weir_vec_drop(&told);
}

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    for (unsigned long nth = 1; nth < 400; nth++) {
        memory_begin(0, false);
        assert_int_equal(begin(NULL), 0);
        memory.fail_at = memory.calls + nth;
        free(talk("snapshot\ntasks\nquit\n"));
        memory.fail_at = 0;
        bool failed = memory.failed;
        weir_rt_task_errors(rt, NULL);
        assert_int_equal(end(NULL), 0);
        assert_int_equal(memory_end(), 0);
        if (!failed)
            return;
    }
    fail_msg("it allocates without an end");
}

int inspect_client(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_is_answered_in_order, begin, end),
        cmocka_unit_test_setup_teardown(the_last_line_needs_no_end, begin, end),
        cmocka_unit_test_setup_teardown(a_watch_goes_on_until_the_end, begin, end),
        cmocka_unit_test_setup_teardown(who_goes_is_gone, begin, end),
        cmocka_unit_test_setup_teardown(who_does_not_read_holds_little, begin, end),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
