/* Each allocation fails once: nothing is lost, leaked or acknowledged too early. */

#include "broker.h"
#include "doubles.h"

enum { N = 20, WAIT_MS = 3000 };

/* Connections are closed by other threads. */
static void wait_for_none(void)
{
    for (unsigned waited = 0; __atomic_load_n(&memory.live, __ATOMIC_ACQUIRE) && waited < WAIT_MS;
         waited += 5)
        usleep(5000);
}

/* True: it got to its end without a failure. */
static bool read_all(unsigned long fail_at)
{
    weir_message message;
    bool seen[N] = {false};
    memory_begin(fail_at, false);
    rt = weir_rt_new(NULL, &error);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "MEM", .consumer = "w");
    weir_stream *stream = rt ? weir_settle_here(weir_nats(&from)) : NULL;
    for (unsigned left = N; stream && left;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        if (got != WEIR_READY)
            continue;
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    weir_drop(stream);
    weir_rt_drop(rt);
    weir_thread_end();
    wait_for_none();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static void reading_fails_anywhere(void **state)
{
    (void)state;
    unsigned long at = 1;
    broker_make("MEM", 30000);
    for (bool whole = false; !whole && at < 500; at++) {
        js_PurgeStream(broker.js, "MEM", NULL, NULL);
        broker_publish("MEM", 0, N, 10);
        whole = read_all(at);
    }
    assert_true(at > 5 && at < 500);
}

static weir_line line_of(int64_t i, void *arg)
{
    (void)arg;
    static char text[64][8];
    char *to = text[i % 64];
    return (weir_line){to, (size_t)snprintf(to, 8, "%lld", (long long)i)};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line, .to = &weir_type_line)

static bool write_all(unsigned long fail_at)
{
    memory_begin(fail_at, false);
    rt = weir_rt_new(NULL, &error);
    weir_nats_into into = WEIR_NATS_INTO(.at = broker.at, .subject = "in.MADE");
    uint64_t n = 0;
    if (rt) {
        weir_stream *lines = weir_map(weir_range(0, N), &line_fn, NULL);
        weir_state got = weir_rt_run(rt, weir_to_nats(lines, &into), &n, &error);
        assert_true(got == WEIR_READY ? n == N : got == WEIR_ERROR);
    }
    weir_rt_drop(rt);
    weir_thread_end();
    wait_for_none();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static void writing_fails_anywhere(void **state)
{
    (void)state;
    unsigned long at = 1;
    broker_make("MADE", 30000);
    for (bool whole = false; !whole && at < 500; at++)
        whole = write_all(at);
    assert_true(at > 5 && at < 500);
}

int nats_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_fails_anywhere),
        cmocka_unit_test(writing_fails_anywhere),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: memory", tests, NULL, NULL);
    broker_end();
    return failed;
}
