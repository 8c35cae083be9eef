/* Pages that are larger than a reply may be: what came of them is given, and the rest comes. */

#include "broker.h"
#include "stand_in.h"
#include "weir/timed.h"

static weir_redis_from from_of(const char *stream)
{
    return WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g");
}

/* What a busy machine loses besides is none of it. */
static bool is_cut_off(weir_state got)
{
    assert_true(got == WEIR_ERROR && !error.fatal);
    return strstr(error.message, "a reply has more than") != NULL;
}

/* A page of more than a reply may take comes in smaller ones. */
static void large_pages_are_cut(void **state)
{
    (void)state;
    enum { N = 30 };
    static struct keeper keeper;
    weir_message message;
    unsigned cut = 0, cut_first = 0;
    bool seen[N] = {false};
    broker_make("PAGES");
    broker_add("PAGES", 0, N, 900000);
    weir_redis_from from = from_of("PAGES");
    from.claim_ns = 60000000000; /* nothing has to be claimed for it */
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    for (unsigned left = N; left;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got != WEIR_READY) {
            cut += is_cut_off(got);
            continue;
        }
        cut_first = left == N ? cut : cut_first;
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
        keeper_settle(&keeper, true);
    }
    assert_int_equal(cut_first, 1); /* what came of the first is given at once */
    assert_in_range(cut, 1, 2);
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

/* Messages 1-0 ... of 900 000 bytes, which somebody was given an hour ago. */
static void leave(const char *stream, unsigned n)
{
    char command[1024];
    size_t used = (size_t)snprintf(command, sizeof command, "XCLAIM %s g other 0", stream);
    broker_make(stream);
    for (unsigned i = 0; i < n; i++) {
        broker_say("XADD %s %u-0 value %0900000u", stream, i + 1, i);
        used += (size_t)snprintf(command + used, sizeof command - used, " %u-0", i + 1);
    }
    assert_int_equal(broker_say("XREADGROUP GROUP g other COUNT %u STREAMS %s >", n, stream), 1);
    snprintf(command + used, sizeof command - used, " IDLE 3600000 JUSTID");
    assert_int_equal(broker_say(command), n);
}

/* Also of what others left; what is open here already does not come again with it. */
static void large_pages_are_cut_where_they_are_claimed(void **state)
{
    (void)state;
    enum { N = 30 };
    static struct keeper keeper;
    weir_message message;
    unsigned cut = 0;
    bool seen[N + 1] = {false};
    leave("LEFT", N);
    broker_add("LEFT", N, 1, 10);
    weir_redis_from from = from_of("LEFT");
    from.claim_ns = 60000000000; /* what comes twice was not claimed again */
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    for (unsigned n = 0; n < N + 1;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got != WEIR_READY) {
            cut += is_cut_off(got);
            continue;
        }
        assert_false(seen[number_of(&message)]);
        seen[number_of(&message)] = true;
        n++;
    }
    assert_in_range(cut, 1, 2);
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

/* It is asked for in smaller ones, and nothing of it is left out or comes twice. */
static void large_pages_without_a_group(void **state)
{
    (void)state;
    enum { N = 30 };
    weir_message message;
    unsigned cut = 0;
    broker_add("PILE", 0, N, 900000);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "PILE");
    weir_stream *stream = weir_redis(&from);
    for (unsigned i = 0; i < N;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got == WEIR_READY)
            assert_int_equal(number_of(&message), i++);
        else
            cut += is_cut_off(got);
    }
    assert_in_range(cut, 1, 2);
    weir_drop(stream);
}

/* Larger than any page: where it stands goes to the dead, and what is behind it comes at once. */
static void larger_than_any_page(bool group)
{
    enum { BYTES = WEIR_REDIS_REPLY_BYTES_MAX + (1 << 20) };
    static struct keeper keeper;
    weir_message message;
    unsigned large = 0, n = 0;
    broker_say("DEL WHALE WHALE.DEAD");
    broker_make("WHALE");
    broker_add("WHALE", 0, 2, 10);
    char *bytes = calloc(1, BYTES + 1);
    memset(bytes, '7', BYTES);
    broker_say("XADD WHALE * value %s", bytes);
    free(bytes);
    broker_add("WHALE", 2, 2, 10);
    weir_redis_from from = from_of("WHALE");
    from.group = group ? from.group : NULL;
    from.dead = "WHALE.DEAD";
    from.claim_ns = 60000000000;
    weir_stream *stream = group ? keeper_over(weir_redis(&from), &keeper) : weir_redis(&from);
    while (n < 4) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        assert_true(got == WEIR_READY || (got == WEIR_ERROR && !error.fatal));
        if (got == WEIR_READY)
            assert_int_equal(number_of(&message), n++);
        else
            large += error.code == WEIR_E_LIMIT;
    }
    assert_int_equal(large, 1);
    weir_stream *quiet = weir_timeout(weir_by_ref(stream), 300000000); /* the last mark comes */
    assert_int_equal(weir_rt_next(rt, quiet, &message, &error), WEIR_ERROR);
    weir_drop(quiet);
    if (group)
        keeper_settle(&keeper, true);
    weir_drop(stream);
    assert_int_equal(broker_say("XLEN WHALE.DEAD"), group);
    assert_true(!group || broker_pending_is("WHALE", 0));
}

static void what_is_larger_than_any_page_is_passed_over(void **state)
{
    (void)state;
    larger_than_any_page(true);
    larger_than_any_page(false);
}

/* The group counts it as given also where the page was too large to come. */
static void what_was_never_given_is_not_given_up(void **state)
{
    (void)state;
    enum { N = 30 };
    broker_make("HEAP");
    broker_add("HEAP", 0, N, 900000);
    weir_redis_from from = from_of("HEAP");
    from.tries_max = 1;
    from.dead = "HEAP.DEAD";
    from.claim_ns = 100000000;
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    read_all(stream, N);
    weir_drop(stream);
    assert_int_equal(broker_say("XLEN HEAP.DEAD"), 0);
}

/* ---- the rest, as a server says it that is none ---- */

static weir_redis_from from_stand_in(void)
{
    return WEIR_REDIS_FROM(.at.address = stand_in_at, .stream = "s", .group = "g",
                           .claim_ns = 300000000);
}

/* The next message or job, in 10 s; losses are told before it. */
static void next_is(weir_stream *stream, void *item, const weir_message *message, unsigned number)
{
    weir_stream *soon = weir_timeout(weir_by_ref(stream), 10000000000);
    weir_state got;
    do
        got = weir_rt_next(rt, soon, item, &error);
    while (got == WEIR_ERROR && !error.fatal && error.code != WEIR_E_TIMEOUT);
    if (got != WEIR_READY)
        fail_msg("no %u: %s", number, error.message);
    assert_int_equal(number_of(message), number);
    weir_drop(soon);
}

/* Of one digit each. */
static void come(weir_stream *stream, const char *numbers)
{
    weir_message message;
    for (; *numbers; numbers++)
        next_is(stream, &message, &message, (unsigned)*numbers - '0');
}

/* 1, 2, 5 and 6 were left by somebody; 3 and 4 are held here. */
static const struct stand_in_row between[] = {
    {.asked = "XAUTOCLAIM", .answer = CLAIMED(0) "*0\r\n"},
    {.asked = "STREAMS s >", .answer = PAGE(2) ENTRY(3) ENTRY(4)},
    {.asked = "XAUTOCLAIM", .answer = CLAIMED(4) ENTRY(1) ENTRY(2) TOO_MUCH},
    {.asked = "COUNT 2 STREAMS s 2-0", .answer = PAGE(2) ENTRY(3) ENTRY(4)},
    {.asked = "COUNT 2 STREAMS s 4-0", .answer = PAGE(2) ENTRY(5) ENTRY(6)},
};

static void what_is_held_is_no_part_of_the_rest(void **state)
{
    (void)state;
    static struct keeper keeper;
    STAND_IN(between);
    weir_redis_from from = from_stand_in();
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    come(stream, "341256");
    weir_drop(stream);
    keeper_settle(&keeper, true);
    stand_in_end();
}

static void what_is_worked_at_is_no_part_of_the_rest(void **state)
{
    (void)state;
    weir_job job[6];
    STAND_IN(between);
    weir_redis_from from = from_stand_in();
    weir_stream *jobs = weir_redis_jobs(&from);
    for (unsigned i = 0; i < 6; i++)
        next_is(jobs, &job[i], &job[i].message, (unsigned)"341256"[i] - '0');
    for (unsigned i = 0; i < 6; i++)
        weir_job_done(&job[i]);
    weir_drop(jobs);
    stand_in_end();
}

/* Of a page that is given while it comes. */
static void what_waits_is_no_part_of_the_rest(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "XAUTOCLAIM", .answer = CLAIMED(0) "*0\r\n"},
        {.asked = "STREAMS s >", .answer = PAGE(4) ENTRY(3) ENTRY(4) ENTRY(5) ENTRY(6)},
        {.asked = "XAUTOCLAIM", .answer = CLAIMED(2) "*2\r\n$3\r\n1-0\r\n" TOO_MUCH},
        {.asked = "COUNT 1 STREAMS s 1-0", .answer = PAGE(1) ENTRY(6)},
        {.asked = "COUNT 1 STREAMS s 6-0", .answer = PAGE(1) ENTRY(7)},
    };
    static struct keeper keeper;
    STAND_IN(rows);
    weir_redis_from from = from_stand_in();
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    stream = weir_throttle(stream, 200000000);
    come(stream, "34567");
    weir_drop(stream);
    keeper_settle(&keeper, true);
    assert_int_equal(stand_in_heard("XACK s g 1-0"), 1); /* no page has room for it */
    stand_in_end();
}

/* Others acknowledged it, or the group was made anew. */
static void gone(const char *nothing)
{
    const struct stand_in_row rows[] = {
        {.asked = "STREAMS s >", .answer = PAGE(3) ENTRY(1) TOO_MUCH},
        {.asked = "STREAMS s 1-0", .answer = nothing},
        {.asked = "STREAMS s >", .answer = PAGE(1) ENTRY(7)},
    };
    STAND_IN(rows);
    weir_redis_from from = from_stand_in();
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    come(stream, "17");
    weir_drop(stream);
    assert_int_equal(stand_in_heard("STREAMS s 1-0"), 1);
    stand_in_end();
}

static void the_rest_may_be_gone(void **state)
{
    (void)state;
    gone(PAGE(0));
    gone(PAGE(1) ":5\r\n");
    gone("*-1\r\n");
}

/* Others had it before: what kills who gets it is known by that. */
static void how_often_the_rest_was_given_is_known(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "XAUTOCLAIM", .answer = CLAIMED(3) ENTRY(1) TOO_MUCH},
        {.asked = "XPENDING s g 1-0", .answer = TRIES(4)},
        {.asked = "STREAMS s 1-0", .answer = PAGE(1) ENTRY(2)},
        {.asked = "XPENDING s g 2-0", .answer = TRIES(5)},
        {.asked = "STREAMS s 2-0", .answer = PAGE(2) ENTRY(3) TOO_MUCH}, /* once more */
        {.asked = "XPENDING s g 3-0", .answer = TRIES(6)},
    };
    weir_message message;
    STAND_IN(rows);
    weir_redis_from from = from_stand_in();
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    for (unsigned i = 1; i <= 3; i++) {
        next_is(stream, &message, &message, i);
        assert_int_equal(message.tries, 3 + i);
    }
    weir_drop(stream);
    stand_in_end();
}

/* What is behind the list is too much, and all of the list is there. */
static void a_whole_page_has_no_rest(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "XAUTOCLAIM", .answer = CLAIMED(2) ENTRY(1) ENTRY(2) TOO_MUCH},
        {.asked = "STREAMS s >", .answer = PAGE(1) ENTRY(3)},
    };
    STAND_IN(rows);
    weir_redis_from from = from_stand_in();
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    come(stream, "123");
    weir_drop(stream);
    assert_int_equal(stand_in_heard("STREAMS s 2-0"), 0);
    stand_in_end();
}

/* Where the last of all is larger than any page, what is behind it is new still. */
static void new_ones_behind_a_large_one(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "XREVRANGE", .answer = "*1\r\n*2\r\n$3\r\n7-0\r\n" TOO_MUCH},
        {.asked = "STREAMS s 7-0", .answer = PAGE(1) ENTRY(8)},
    };
    STAND_IN(rows);
    weir_redis_from from = from_stand_in();
    from.group = NULL;
    from.new_only = true;
    weir_stream *stream = weir_redis(&from);
    come(stream, "8");
    weir_drop(stream);
    stand_in_end();
}

/* ---- what is no page ---- */

static void no_page_ends_it(void **state)
{
    (void)state;
    static const char *const lies[] = {
        TOO_MUCH, "*2\r\n*3\r\n$1\r\ns\r\n$3\r\nabc\r\n:1\r\n" TOO_MUCH, /* a text for a list */
        "*2\r\n*3\r\n$1\r\ns\r\n*0\r\n*1\r\n$3\r\n1-0\r\n" TOO_MUCH,     /* nothing in it */
        PAGE(1) "*2\r\n:5\r\n" TOO_MUCH,                                 /* and no id */
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const struct stand_in_row row = {.asked = "XREADGROUP", .answer = lies[i]};
        stand_in_begin(&row, 1);
        weir_redis_from from = from_stand_in();
        weir_stream *stream = weir_settle_here(weir_redis(&from));
        expect_error(stream, WEIR_E_LIMIT, true, "arrays 7 deep");
        weir_drop(stream);
        stand_in_end();
    }
}

/* ---- without memory ---- */

static const struct stand_in_row always[] = {
    {.asked = "STREAMS s >", .answer = PAGE(3) ENTRY(1) TOO_MUCH, .always = true},
    {.asked = "STREAMS s 1-0", .answer = PAGE(2) ENTRY(2) ENTRY(3), .always = true},
};

/* Only making it may fail for good. */
static void read_rest(void)
{
    weir_message message;
    weir_redis_from from = from_stand_in();
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    for (unsigned seen = 0; seen != 0xe;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        assert_true(got == WEIR_READY || !error.fatal || !strstr(error.message, "of a page"));
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        seen |= got == WEIR_READY ? 1u << number_of(&message) : 0;
    }
    weir_drop(stream);
}

static void cutting_fails_anywhere(void **state)
{
    (void)state;
    STAND_IN(always);
    each_allocation_fails("epoll", NULL, read_rest);
    stand_in_end();
}

int redis_cut(void)
{
    const struct CMUnitTest tests[] = {
        TEST(large_pages_are_cut),
        TEST(large_pages_are_cut_where_they_are_claimed),
        TEST(large_pages_without_a_group),
        TEST(what_is_larger_than_any_page_is_passed_over),
        TEST(what_was_never_given_is_not_given_up),
        TEST(what_is_held_is_no_part_of_the_rest),
        TEST(what_is_worked_at_is_no_part_of_the_rest),
        TEST(what_waits_is_no_part_of_the_rest),
        TEST(the_rest_may_be_gone),
        TEST(how_often_the_rest_was_given_is_known),
        TEST(a_whole_page_has_no_rest),
        TEST(new_ones_behind_a_large_one),
        TEST(no_page_ends_it),
        cmocka_unit_test(cutting_fails_anywhere),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: cut", tests, NULL, NULL);
    broker_end();
    return failed;
}
