/* Dropped at any moment, and each allocation failing once: nothing is lost or leaked. */

#include "broker.h"
#include "doubles.h"

enum { N = 40, WAIT_MS = 8000 };

/* Handles end on other threads. */
static void wait_for_none(void)
{
    for (unsigned waited = 0; __atomic_load_n(&memory.live, __ATOMIC_ACQUIRE) && waited < WAIT_MS;
         waited += 5)
        usleep(5000);
}

static weir_line line_of(int64_t i, void *arg)
{
    (void)arg;
    static char text[64][24];
    char *to = text[i % 64];
    return (weir_line){to, (size_t)snprintf(to, 24, "%lld", (long long)i)};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line, .to = &weir_type_line)

static weir_stream *lines(int64_t n)
{
    return weir_map(weir_range(0, n), &line_fn, NULL);
}

/* ---- dropped ---- */

static void drop_after(weir_stream *stream, uint64_t ms)
{
    weir_message message;
    stream = weir_take_until(stream, weir_sleep(ms * 1000000));
    while (weir_rt_next(rt, stream, &message, &error) == WEIR_READY)
        ;
    weir_drop(stream);
}

/* While it joins, has joined, has messages: the next one has all of them. */
static void members_are_dropped_anywhere(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 3, 10, 40, 150, 500, 3200};
    static struct keeper keeper;
    weir_message message;
    bool seen[N] = {false};
    struct topic topic = broker_make("dropped", 2);
    broker_publish(&topic, 0, N, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    weir_drop(keeper_over(weir_kafka(&from), &keeper)); /* never polled */
    for (unsigned i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++)
        drop_after(keeper_over(weir_kafka(&from), &keeper), moments_ms[i]);
    keeper_settle(&keeper, false);
    weir_stream *stream = keeper_over(weir_kafka(&from), &keeper);
    for (unsigned left = N; left;) {
        if (weir_rt_next(rt, stream, &message, &error) != WEIR_READY)
            fail_msg("%s", error.message);
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

static void sinks_are_dropped_anywhere(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 2, 5, 20};
    struct topic topic = broker_make("unfinished", 2);
    uint64_t n;
    for (unsigned i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        weir_stream *sink = weir_to_kafka(
            lines(100000), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name, .open_max = 50));
        sink = weir_take_until(sink, weir_sleep(moments_ms[i] * 1000000));
        weir_state got = weir_rt_next(rt, sink, &n, &error);
        assert_true(got == WEIR_END || got == WEIR_READY);
        weir_drop(sink);
    }
}

/* ---- without memory ---- */

/* True: it got to its end without a failure. */
static bool read_all(const struct topic *topic, unsigned long fail_at)
{
    weir_message message;
    unsigned left = N;
    memory_begin(fail_at, false);
    rt = weir_rt_new(NULL, &error);
    weir_kafka_from from = from_of(topic, NULL);
    weir_stream *stream = rt ? weir_kafka(&from) : NULL;
    while (stream && left) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        left -= got == WEIR_READY;
    }
    weir_drop(stream);
    weir_rt_drop(rt);
    weir_thread_end();
    wait_for_none();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static bool write_all(const struct topic *topic, unsigned long fail_at)
{
    uint64_t n = 0;
    memory_begin(fail_at, false);
    rt = weir_rt_new(NULL, &error);
    if (rt) {
        weir_kafka_into into = WEIR_KAFKA_INTO(.at = broker.at, .topic = topic->name);
        weir_state got = weir_rt_run(rt, weir_to_kafka(lines(N), &into), &n, &error);
        assert_true(got == WEIR_READY ? n == N : got == WEIR_ERROR);
    }
    weir_rt_drop(rt);
    weir_thread_end();
    wait_for_none();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

static void memory_fails_anywhere(void **state)
{
    (void)state;
    unsigned long at = 1;
    struct topic from = broker_make("mem", 1), into = broker_make("made", 1);
    broker_publish(&from, 0, N, 10);
    for (bool whole = false; !whole && at < 500; at++)
        whole = read_all(&from, at);
    assert_true(at > 5 && at < 500);
    at = 1;
    for (bool whole = false; !whole && at < 500; at++)
        whole = write_all(&into, at);
    assert_true(at > 5 && at < 500);
}

int kafka_dropped(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_are_dropped_anywhere),
        TEST(sinks_are_dropped_anywhere),
        cmocka_unit_test(memory_fails_anywhere),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: dropped", tests, NULL, NULL);
    broker_end();
    return failed;
}
