/* Cases that hold whoever serves. */

#include "cases.h"

static weir_stream *kept(const char *stream, const struct limits *limits, struct keeper *keeper)
{
    return keeper_over(engine.read(stream, limits), keeper);
}

/* ---- source ---- */

static void *add_second(void *stream)
{
    usleep(200000);
    engine.add(stream, 1, 1, 10);
    return NULL;
}

/* Lost by its sink: the server gives it again. */
void what_is_lost_comes_again(void **state)
{
    (void)state;
    static char stream[] = "LOST";
    static struct keeper keeper;
    weir_message message;
    engine.make(stream, 30000);
    engine.add(stream, 0, 1, 10);
    weir_stream *messages = kept(stream, &(struct limits){.away_ms = 1500}, &keeper);
    take(messages, &message);
    assert_int_equal(message.tries, 1);
    pthread_t thread = later(add_second, stream);
    take(messages, &message); /* nothing was there: so the mark behind the first came before it */
    assert_int_equal(number_of(&message), 1);
    pthread_join(thread, NULL);
    assert_int_equal(keeper.n, 1);
    keeper_settle(&keeper, false);
    take(messages, &message);
    assert_int_equal(number_of(&message), 0);
    assert_int_equal(message.tries, 2);
    weir_drop(messages);
    keeper_settle(&keeper, true);
}

/* Over the limit: an error with its place in the stream, and the next one follows. */
void large_ones_are_told(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    engine.make("LARGE", 30000);
    engine.add("LARGE", 0, 1, 100);
    engine.add("LARGE", 1, 1, 2000);
    engine.add("LARGE", 2, 1, 1000);
    weir_stream *messages = kept("LARGE", &(struct limits){.message_bytes_max = 1000}, &keeper);
    take(messages, &message);
    uint64_t behind = (uint64_t)message.offset + 1; /* or a time */
    expect_error(messages, WEIR_E_LIMIT, false, "over a limit");
    assert_true(error.record == behind || error.record > 1600000000000);
    take(messages, &message);
    assert_int_equal(number_of(&message), 2);
    weir_drop(messages);
    keeper_settle(&keeper, true);
}

/* No more than so many are open, as soon as the server has read what was acknowledged: it may give
 * more before it does. */
static bool is_open_at_most(const char *stream, unsigned max)
{
    for (unsigned tries = 0; tries < 500; tries++) {
        if (engine.open(stream) <= max)
            return true;
        usleep(20000);
    }
    return false;
}

/* Nothing is asked for beyond what may be open; a settled mark makes room. */
void what_is_open_is_bounded(void **state)
{
    (void)state;
    enum { N = 2000, OPEN_MAX = 300, FIRST = 284 }; /* for less than a quarter of 64 none asks */
    static struct keeper keeper;
    static const struct limits limits = {.receipts_max = OPEN_MAX, .fetch_max = 64};
    weir_message message;
    engine.make("OPEN", 30000);
    engine.add("OPEN", 0, N, 10);
    weir_stream *messages = kept("OPEN", &limits, &keeper);
    for (unsigned i = 0; i < N; i++) {
        if (i >= FIRST && (i - FIRST) % 100 == 0)
            keeper_settle(&keeper, true);
        take(messages, &message);
        assert_int_equal(number_of(&message), i);
        if (i % 50 == 0)
            assert_true(is_open_at_most("OPEN", OPEN_MAX));
    }
    keeper_settle(&keeper, true);
    weir_drop(messages);
}

/* What is behind it works for three times as long as one may be away: nobody else gets anything. */
void slow_sinks_keep_what_they_have(void **state)
{
    (void)state;
    enum { N = 20 };
    static struct keeper keeper;
    static const struct limits limits = {.away_ms = 1500}; /* strayed() asks for 1400 */
    engine.make("SLOW", limits.away_ms);
    engine.add("SLOW", 0, N, 10);
    weir_stream *rest = work_long(kept("SLOW", &limits, &keeper));
    assert_int_equal(engine.strayed("SLOW"), 0);
    assert_int_equal(engine.open("SLOW"), N);
    weir_drop(rest);
    keeper_settle(&keeper, true);
}

/* What nobody settles is waited for no longer than was said. */
void stop_does_not_wait_for_ever(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    engine.make("NEVER", 30000);
    engine.add("NEVER", 0, 1, 10);
    weir_stream *messages = kept("NEVER", &(struct limits){.drain_ns = 200000000}, &keeper);
    take(messages, &message);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, messages, &message, &error), WEIR_END);
    assert_int_equal(keeper.n, 1);
    weir_drop(messages);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
    messages = weir_settle_here(engine.read("NEVER", &(struct limits){0}));
    take(messages, &message); /* it went back */
    assert_int_equal(message.tries, 2);
    weir_drop(messages);
    keeper_settle(&keeper, true); /* late, and harmless */
}

/* ---- changes ---- */

/* Messages until something else comes: which is that. */
static weir_state take_all(weir_stream *stream, bool *seen, unsigned *left)
{
    weir_message message;
    weir_state got = WEIR_READY;
    while (*left && (got = weir_rt_next(rt, stream, &message, &error)) == WEIR_READY) {
        *left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    return got;
}

void the_server_comes_back(void **state)
{
    (void)state;
    enum { N = 3000, BEFORE = 300 };
    static struct keeper keeper;
    static bool seen[N];
    static const struct limits limits = {.fetch_max = 64, .away_ms = 500}; /* most are there */
    unsigned left = BEFORE;
    engine.make("BACK", 1000);
    engine.add("BACK", 0, N, 10);
    weir_stream *messages = kept("BACK", &limits, &keeper);
    assert_int_equal(take_all(messages, seen, &left), WEIR_READY);
    keeper_settle(&keeper, true);
    engine.kill();
    left = N - BEFORE;
    assert_int_equal(take_all(messages, seen, &left), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_false(error.fatal);
    assert_non_null(strstr(error.message, "lost the server"));
    assert_string_equal(error.place, engine.at());
    engine.start();
    assert_int_equal(take_all(messages, seen, &left), WEIR_ERROR);
    assert_false(error.fatal);
    assert_non_null(strstr(error.message, "there again"));
    keeper_settle(&keeper, true);
    assert_int_equal(take_all(messages, seen, &left), WEIR_READY); /* the rest */
    weir_drop(messages);
    keeper_settle(&keeper, true);
}

static void *start(void *arg)
{
    usleep(300000);
    engine.start();
    return arg;
}

/* Nobody is there at the beginning: told once, and then it is there. */
void the_server_is_late(void **state)
{
    (void)state;
    weir_message message;
    engine.make("LATE", 30000);
    engine.add("LATE", 0, 1, 10);
    engine.kill();
    weir_stream *messages = weir_settle_here(engine.read("LATE", &(struct limits){0}));
    expect_error(messages, WEIR_E_CLOSED, false, "server");
    pthread_t thread = later(start, NULL);
    expect_error(messages, WEIR_E_CLOSED, false, "there again");
    pthread_join(thread, NULL);
    take(messages, &message);
    weir_drop(messages);
}

void *kill_and_start(void *arg)
{
    usleep(100000);
    engine.kill();
    usleep(200000);
    engine.start();
    return arg;
}

/* ---- kill ---- */

enum { USUAL = 2000 };

static void restart(void)
{
    engine.kill();
    usleep(100000);
    engine.start();
}

static void run_round(struct killed_round *round)
{
    round->worker = engine.worker;
    round->at = engine.at();
    round->dir = engine.dir();
    round->kills = round->n > USUAL ? round->n / 200 : 12;
    round->work_us = 700;
    round->is_done = engine.is_done;
    engine.make(round->stream, 1000);
    engine.add(round->stream, 0, round->n, 100);
    killed_run(round);
}

void nothing_is_lost(void **state)
{
    (void)state;
    const char *wanted = getenv(engine.long_kill);
    struct killed_round round = {
        .stream = "KILL", .mode = "durable", .n = wanted ? (unsigned)atoi(wanted) : USUAL};
    if (round.n > USUAL)
        round.restart = restart;
    run_round(&round);
    assert_true(round.killed + round.server_killed > 4);
    assert_int_equal(round.came.lost, 0);
    assert_int_equal(round.came.torn, 0);
}

void the_control_loses(void **state)
{
    (void)state;
    struct killed_round round = {.stream = "EARLY", .mode = "early", .n = USUAL};
    run_round(&round);
    assert_true(round.came.lost > 0);
}
