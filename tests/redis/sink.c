/* to_redis: everything is stored, and marks are settled by that. */

#include "broker.h"

static weir_redis_into into_of(const char *stream)
{
    return WEIR_REDIS_INTO(.at.address = broker.at, .stream = stream);
}

static void stores_all(void **state)
{
    (void)state;
    enum { N = 3000 };
    weir_redis_into into = into_of("INTO");
    run_sink(weir_to_redis(lines(N), &into), N);
    assert_int_equal(broker_say("XLEN INTO"), N);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "INTO");
    weir_stream *back = weir_redis(&from);
    weir_message message;
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(back);
}

static void marks_follow(void **state)
{
    (void)state;
    enum { N = 500 };
    broker_make("ONE");
    broker_add("ONE", 0, N, 50);
    broker_say("XADD ONE * value 500 key k colour red");
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "ONE", .group = "g");
    weir_redis_into into = into_of("TWO");
    run_sink(weir_to_redis(weir_take(weir_redis(&from), N + 1), &into), N + 1);
    assert_int_equal(broker_say("XLEN TWO"), N + 1);
    assert_true(broker_pending("ONE") <= 128); /* behind the last mark, which take cut off */
    from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "TWO");
    weir_stream *back = weir_redis(&from);
    weir_message message;
    for (unsigned i = 0; i <= N; i++)
        assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
    assert_memory_equal(message.key.data, "k", 1);
    assert_int_equal(message.n_headers, 1);
    assert_string_equal(message.headers[0].value, "red");
    weir_drop(back);
}

/* Larger than all room there is so far, and than all that may be open at once. */
static void large_ones_have_room(void **state)
{
    (void)state;
    enum { N = 3, BYTES = 100000 };
    char *bytes = calloc(1, BYTES);
    weir_line large[N] = {{bytes, BYTES}, {bytes, BYTES}, {bytes, BYTES}};
    weir_redis_into into = into_of("LARGE");
    into.open_bytes_max = 1000;
    run_sink(weir_to_redis(weir_iter(&weir_type_line, large, N), &into), N);
    free(bytes);
    assert_int_equal(broker_say("XLEN LARGE"), N);
}

static void old_ones_go(void **state)
{
    (void)state;
    weir_redis_into into = into_of("SHORT");
    into.maxlen = 200;
    run_sink(weir_to_redis(lines(1000), &into), 1000);
    assert_in_range(broker_say("XLEN SHORT"), 200, 400); /* whole nodes of 100 go */
}

/* There is none. */
static void replicas_are_waited_for(void **state)
{
    (void)state;
    weir_redis_into into = into_of("COPIES");
    into.replicas = 1;
    into.lost_max_ns = 1500000000;
    fails(weir_to_redis(lines(3), &into), WEIR_E_CLOSED, "0 of 1 replicas");
    assert_int_equal(broker_say("XLEN COPIES"), 3);
}

/* The server has it, but no replica: nothing is acknowledged where it came from. */
static void marks_wait_for_replicas(void **state)
{
    (void)state;
    broker_make("SOURCE");
    broker_add("SOURCE", 0, 10, 10);
    weir_redis_from from =
        WEIR_REDIS_FROM(.at.address = broker.at, .stream = "SOURCE", .group = "g");
    weir_redis_into into = into_of("UNSAFE");
    into.replicas = 1;
    into.lost_max_ns = 1500000000;
    fails(weir_to_redis(weir_redis(&from), &into), WEIR_E_CLOSED, "0 of 1 replicas");
    assert_int_equal(broker_say("XLEN UNSAFE"), 10);
    assert_int_equal(broker_pending("SOURCE"), 10);
}

/* As it goes where the server is lost and a replica that was late becomes the server. */
static void *put_another_one_there(void *pid)
{
    usleep(700000);
    broker_forget();
    *(pid_t *)pid = broker_copy();
    return NULL;
}

/* It answers for replicas of its own, not for what the other one had. */
static void another_server_is_asked_again(void **state)
{
    (void)state;
    pid_t copy;
    weir_redis_into into = into_of("MOVED");
    into.replicas = 1;
    into.lost_max_ns = 20000000000;
    pthread_t thread = later(put_another_one_there, &copy);
    run_sink(weir_to_redis(lines(30), &into), 30);
    pthread_join(thread, NULL);
    rig_kill(copy);
    assert_int_equal(broker_say("XLEN MOVED"), 30);
}

/* More than may be open: room is made by what replicas say. */
static void replicas_make_room(void **state)
{
    (void)state;
    enum { N = 300 };
    weir_redis_into into = into_of("ROOM");
    into.replicas = 1;
    into.open_max = 16;
    into.lost_max_ns = 20000000000;
    pid_t copy = broker_copy();
    run_sink(weir_to_redis(lines(N), &into), N);
    rig_kill(copy);
    assert_int_equal(broker_say("XLEN ROOM"), N);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    broker_say("SET WRONG text");
    weir_redis_into into = into_of("WRONG");
    fails(weir_to_redis(lines(3), &into), WEIR_E_USER, "WRONGTYPE");
    into.stream = NULL;
    fails(weir_to_redis(lines(3), &into), WEIR_E_ARGUMENT, "says no stream");
    into.stream = "x";
    fails(weir_to_redis(weir_range(0, 3), &into), WEIR_E_TYPE, "");
}

static void a_server_that_stays_away_is_told(void **state)
{
    (void)state;
    weir_redis_into into = into_of("x");
    into.at.address = "127.0.0.1:1";
    into.lost_max_ns = 300000000;
    fails(weir_to_redis(lines(3), &into), WEIR_E_CLOSED, "away for too long");
}

/* What was not answered is sent again: nothing is missing, some may be there twice. */
static void a_server_that_comes_back_has_all(void **state)
{
    (void)state;
    enum { N = 2000 };
    weir_redis_into into = into_of("AGAIN");
    pthread_t thread = later(kill_and_start, NULL);
    run_sink(weir_to_redis(slow_lines(N), &into), N);
    pthread_join(thread, NULL);
    assert_true(broker_say("XLEN AGAIN") >= N);
}

int redis_sink(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stores_all),
        TEST(marks_follow),
        TEST(large_ones_have_room),
        TEST(old_ones_go),
        TEST(replicas_are_waited_for),
        TEST(marks_wait_for_replicas),
        TEST(replicas_make_room),
        TEST(another_server_is_asked_again),
        TEST(what_is_wrong_is_told),
        TEST(a_server_that_stays_away_is_told),
        TEST(a_server_that_comes_back_has_all),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: sink", tests, NULL, NULL);
    broker_end();
    return failed;
}
