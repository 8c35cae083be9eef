/* Each allocation fails once: nothing is lost, leaked or acknowledged too early. */

#include "broker.h"
#include "stand_in.h"

enum { N = 20 };

static void fill(void)
{
    broker_say("XGROUP DESTROY MEM g");
    broker_say("XTRIM MEM MAXLEN 0");
    broker_make("MEM");
    broker_add("MEM", 0, N, 10);
}

static void read_some(void)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "MEM", .group = "g",
                                           .claim_ns = 50000000);
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    read_all(stream, N);
    weir_drop(stream);
}

/* Of this driver's, since it has no pool of its own. */
static void reading_fails_anywhere(void **state)
{
    (void)state;
    broker_make("MEM");
    each_allocation_fails("epoll", fill, read_some);
}

static void fill_work(void)
{
    broker_say("DEL WORK");
    broker_make("WORK");
    broker_add("WORK", 0, N + 1, 10); /* one is done twice where its end could not be told */
}

static void do_some(void)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "WORK", .group = "g",
                                           .claim_ns = 50000000);
    weir_stream *stream = weir_redis_jobs(&from);
    for (unsigned left = N; left;) {
        weir_job job;
        weir_state got = weir_rt_next(rt, stream, &job, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        left -= got == WEIR_READY;
        if (got == WEIR_READY)
            weir_job_done(&job);
    }
    weir_drop(stream);
}

static void jobs_fail_anywhere(void **state)
{
    (void)state;
    each_allocation_fails("epoll", fill_work, do_some);
}

static void write_some(void)
{
    weir_redis_into into = WEIR_REDIS_INTO(.at.address = broker.at, .stream = "WRITTEN");
    run_or_fail(weir_to_redis(lines(N), &into), N);
}

static void writing_fails_anywhere(void **state)
{
    (void)state;
    each_allocation_fails("epoll", NULL, write_some);
}

/* ---- no server has to be there ---- */

/* Of a greeting and of words that need more room than there is first. */
static const char *long_name(void)
{
    static char name[1500];
    memset(name, 's', sizeof name - 1);
    return name;
}

static weir_redis_from from_stand_in(void)
{
    return WEIR_REDIS_FROM(.at.address = stand_in_at, .stream = "s", .group = "g",
                           .claim_ns = 300000000);
}

/* So many messages, or to its end. */
static void take_some(weir_stream *stream, unsigned n)
{
    weir_message message;
    while (n) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            return;
        n -= got == WEIR_READY;
    }
}

static void read_greeted(void)
{
    weir_redis_from from = from_stand_in();
    from.at.user = "somebody";
    from.at.password = "word";
    from.at.database = 3;
    from.stream = long_name();
    from.create = true;
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    take_some(stream, N);
    weir_drop(stream);
}

/* Pages of which the marks are settled while more is read. */
static void greetings_fail_anywhere(void **state)
{
    (void)state;
    static const struct stand_in_row row = {
        .asked = "XREADGROUP", .answer = PAGE(2) ENTRY(1) ENTRY(2), .always = true};
    stand_in_begin(&row, 1);
    each_allocation_fails("epoll", NULL, read_greeted);
    assert_true(stand_in_heard("AUTH somebody word") && stand_in_heard("SELECT 3"));
    stand_in_end();
}

/* Dropped while marks are open. */
static void hold_some(void)
{
    static struct keeper keeper;
    weir_redis_from from = from_stand_in();
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    take_some(stream, 5);
    weir_drop(stream);
    keeper_settle(&keeper, true);
    keeper.n = keeper.settled = 0;
}

static void leaving_fails_anywhere(void **state)
{
    (void)state;
    static const struct stand_in_row row = {
        .asked = "XREADGROUP", .answer = PAGE(2) ENTRY(1) ENTRY(2), .always = true};
    stand_in_begin(&row, 1);
    each_allocation_fails("epoll", NULL, hold_some);
    stand_in_end();
}

/* How often each was given is known, or is not. */
static void read_claimed(void)
{
    weir_message message;
    weir_redis_from from = from_stand_in();
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    for (unsigned left = 20; left;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        if (got != WEIR_READY)
            continue;
        assert_true(message.tries == 2 || !message.tries);
        left--;
    }
    weir_drop(stream);
}

#define FIVE ENTRY(1) ENTRY(2) ENTRY(3) ENTRY(4) ENTRY(5)

static void claiming_fails_anywhere(void **state)
{
    (void)state;
    static const struct stand_in_row row = {
        .asked = "XAUTOCLAIM", .answer = CLAIMED(20) FIVE FIVE FIVE FIVE "*0\r\n", .always = true};
    stand_in_begin(&row, 1);
    each_allocation_fails("epoll", NULL, read_claimed);
    stand_in_end();
}

static void write_copied(void)
{
    weir_redis_into into = WEIR_REDIS_INTO(.at.address = stand_in_at, .stream = long_name());
    into.replicas = 1;
    into.open_max = 4;
    run_or_fail(weir_to_redis(lines(N), &into), N);
}

static void copying_fails_anywhere(void **state)
{
    (void)state;
    stand_in_begin(NULL, 0);
    each_allocation_fails("epoll", NULL, write_copied);
    assert_true(stand_in_heard("WAIT 1 1000"));
    stand_in_end();
}

int redis_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_fails_anywhere), cmocka_unit_test(jobs_fail_anywhere),
        cmocka_unit_test(writing_fails_anywhere), cmocka_unit_test(greetings_fail_anywhere),
        cmocka_unit_test(leaving_fails_anywhere), cmocka_unit_test(claiming_fails_anywhere),
        cmocka_unit_test(copying_fails_anywhere),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: memory", tests, NULL, NULL);
    broker_end();
    return failed;
}
