/* Each allocation fails once: nothing is lost, leaked or acknowledged too early. */

#include "broker.h"
#include "doubles.h"

enum { N = 20 };

/* True: it got to its end without a failure. */
static bool read_all(unsigned long fail_at)
{
    weir_message message;
    bool seen[N] = {false};
    memory_begin(fail_at, false);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error); /* has no pool of its own */
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "MEM", .group = "g",
                                           .claim_ns = 50000000);
    weir_stream *stream = rt ? weir_settle_here(weir_redis(&from)) : NULL;
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
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static void reading_fails_anywhere(void **state)
{
    (void)state;
    unsigned long at = 1;
    broker_make("MEM");
    for (bool whole = false; !whole && at < 500; at++) {
        broker_say("XGROUP DESTROY MEM g");
        broker_say("XTRIM MEM MAXLEN 0");
        broker_make("MEM");
        broker_add("MEM", 0, N, 10);
        whole = read_all(at);
    }
    assert_true(at > 5 && at < 500);
}

static bool read_jobs(unsigned long fail_at)
{
    memory_begin(fail_at, false);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "WORK", .group = "g",
                                           .claim_ns = 50000000);
    weir_stream *stream = rt ? weir_redis_jobs(&from) : NULL;
    for (unsigned left = N; stream && left;) {
        weir_job job;
        weir_state got = weir_rt_next(rt, stream, &job, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        left -= got == WEIR_READY;
        if (got == WEIR_READY)
            weir_job_done(&job);
    }
    weir_drop(stream);
    weir_rt_drop(rt);
    weir_thread_end();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static void jobs_fail_anywhere(void **state)
{
    (void)state;
    unsigned long at = 1;
    for (bool whole = false; !whole && at < 500; at++) {
        broker_say("DEL WORK");
        broker_make("WORK");
        broker_add("WORK", 0, N + 1, 10); /* one is done twice where its end could not be told */
        whole = read_jobs(at);
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
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error); /* has no pool of its own */
    weir_redis_into into = WEIR_REDIS_INTO(.at.address = broker.at, .stream = "WRITTEN");
    uint64_t n = 0;
    if (rt) {
        weir_stream *lines = weir_map(weir_range(0, N), &line_fn, NULL);
        weir_state got = weir_rt_run(rt, weir_to_redis(lines, &into), &n, &error);
        assert_true(got == WEIR_READY ? n == N : got == WEIR_ERROR);
    }
    weir_rt_drop(rt);
    weir_thread_end();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static void writing_fails_anywhere(void **state)
{
    (void)state;
    unsigned long at = 1;
    for (bool whole = false; !whole && at < 500; at++)
        whole = write_all(at);
    assert_true(at > 5 && at < 500);
}

int redis_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_fails_anywhere),
        cmocka_unit_test(jobs_fail_anywhere),
        cmocka_unit_test(writing_fails_anywhere),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: memory", tests, NULL, NULL);
    broker_end();
    return failed;
}
