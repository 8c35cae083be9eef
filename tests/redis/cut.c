/* Pages that are larger than a reply may be: what came of them is given, and the rest comes. */

#include "broker.h"
#include "stand_in.h"
#include "weir/timed.h"

static weir_redis_from from_of(const char *stream)
{
    return WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g");
}

/* A page of more than a reply may take comes in smaller ones. */
static void large_pages_are_cut(void **state)
{
    (void)state;
    enum { N = 30 };
    static struct keeper keeper;
    weir_message message;
    unsigned told = 0, told_first = 0;
    bool seen[N] = {false};
    broker_make("PAGES");
    broker_add("PAGES", 0, N, 900000);
    weir_redis_from from = from_of("PAGES");
    from.claim_ns = 60000000000; /* nothing has to be claimed for it */
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    for (unsigned left = N; left;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        told += got == WEIR_ERROR;
        if (got == WEIR_ERROR && told > 6)
            print_error("%s\n", error.message);
        if (got != WEIR_READY) {
            assert_true(got == WEIR_ERROR && !error.fatal);
            continue;
        }
        told_first = left == N ? told : told_first;
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
        keeper_settle(&keeper, true);
    }
    /* What came of the first is given at once. Each loss is told, and that it is over. */
    assert_in_range(told_first, 1, 2);
    assert_in_range(told, 2, 4);
    assert_int_equal(told % 2, 0);
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

/* Also of what others left; what is open here already does not come again with it. */
static void large_pages_are_cut_where_they_are_claimed(void **state)
{
    (void)state;
    enum { N = 30 };
    static struct keeper keeper;
    weir_message message;
    unsigned told = 0;
    bool seen[N + 1] = {false};
    broker_make("LEFT");
    broker_add("LEFT", 0, N, 900000);
    broker_say("XREADGROUP GROUP g other COUNT %d STREAMS LEFT >", N);
    broker_add("LEFT", N, 1, 10);
    weir_redis_from from = from_of("LEFT");
    from.claim_ns = 1000000000;
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    for (unsigned n = 0; n < N + 1;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        assert_true(got == WEIR_READY || (got == WEIR_ERROR && !error.fatal && ++told <= 4));
        if (got != WEIR_READY)
            continue;
        assert_false(seen[number_of(&message)]);
        seen[number_of(&message)] = true;
        n++;
    }
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

/* It is asked for in smaller ones, and nothing of it is left out or comes twice. */
static void large_pages_without_a_group(void **state)
{
    (void)state;
    enum { N = 30 };
    weir_message message;
    unsigned told = 0;
    broker_add("PILE", 0, N, 900000);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "PILE");
    weir_stream *stream = weir_redis(&from);
    for (unsigned i = 0; i < N;) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        assert_true(got == WEIR_READY || (got == WEIR_ERROR && !error.fatal && ++told <= 12));
        if (got == WEIR_READY)
            assert_int_equal(number_of(&message), i++);
    }
    assert_in_range(told, 2, 4);
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

int redis_cut(void)
{
    const struct CMUnitTest tests[] = {
        TEST(large_pages_are_cut),
        TEST(large_pages_are_cut_where_they_are_claimed),
        TEST(large_pages_without_a_group),
        TEST(what_is_larger_than_any_page_is_passed_over),
        TEST(what_was_never_given_is_not_given_up),
        TEST(no_page_ends_it),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: cut", tests, NULL, NULL);
    broker_end();
    return failed;
}
