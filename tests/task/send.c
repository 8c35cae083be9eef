/* What goes into a channel: sends that are given up, permits, weak senders, and what cannot be
 * made. */

#include "senders.h"

#include "waits.h"

/* ---- a long line ---- */

static struct party *joining;

static void one_more_waits(void)
{
    says(joining, 1, "P");
}

/* One who joins the line between two handfuls of wakes serves others, and waits itself. */
static void joins_between_wakes(struct party *joins, struct party *rx)
{
    enum { MANY = 64 };
    struct party *waiting[MANY];
    struct meanwhile meanwhile;
    int64_t items[MANY];
    for (int i = 0; i < MANY; i++)
        assert_int_equal(try_number(i), WEIR_SENT);
    for (int i = 0; i < MANY; i++) {
        waiting[i] = sending(i);
        says(waiting[i], 1, "P");
    }
    joining = joins;
    when_woken(waiting[0], &meanwhile, one_more_waits);
    test_cx_turn(&rx->test);
    assert_int_equal(weir_poll_next(rx->stream, &rx->test.cx, items, MANY).n, MANY);
    assert_int_equal(party_wakes(joining), 0);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(party_wakes(waiting[i]), 1);
        party_drop(waiting[i]);
    }
    party_drop(joining);
    party_drop(rx);
    weir_sender_drop(tx);
    assert_int_equal(test_wakers_live, 0);
}

static void a_send_that_joins_between_wakes(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(64));
    joins_between_wakes(sending(1), rx);
}

static void a_send_each_that_joins_between_wakes(void **state)
{
    (void)state;
    struct script script = {0};
    struct party *rx = party_of(channel(64));
    joins_between_wakes(party_of(weir_send_each(script_stream(&script, "1 $"), tx)), rx);
}

/* ---- sends that are given up ---- */

static void a_send_that_is_given_up(void **state)
{
    (void)state;
    struct party *rx = party_of(channel_of_tracked(1));
    struct party *one = sending_tracked(1), *two = sending_tracked(2), *three = sending_tracked(3);
    struct tracked back;
    assert_true(weir_send_back(one->stream, &back)); /* before it began */
    says(one, 1, "$");
    assert_false(weir_send_back(one->stream, &back));
    assert_int_equal(weir_try_send(tx, &back), WEIR_SENT);
    says(two, 1, "P");
    says(three, 1, "P");
    party_drop(two); /* its place in the line is free, and its item dropped */
    says(rx, 1, "1");
    assert_int_equal(party_wakes(three), 1);
    assert_false(weir_send_back(three->stream, &back)); /* it is sent */
    says(rx, 1, "3");
    says(three, 1, "() $");
    party_drop(one);
    party_drop(three);
    weir_sender_drop(tx);
    party_drop(rx);
    assert_int_equal(tracked_live, 0);
}

static void a_send_that_is_over_is_no_sender(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(1)), *one = sending(1), *two = sending(2);
    weir_sender_drop(tx);
    says(one, 1, "() $");
    says(two, 1, "P");
    says(rx, 1, "1");
    says(two, 1, "() $");
    says(rx, 1, "2 $");
    party_drop(one);
    party_drop(two);
    party_drop(rx);
}

/* Served, and dropped before it was told: it is sent. */
static void a_served_send_is_sent(void **state)
{
    (void)state;
    struct party *rx = party_of(channel_of_tracked(1));
    struct party *one = sending_tracked(1), *two = sending_tracked(2);
    says(one, 1, "() $");
    says(two, 1, "P");
    says(rx, 1, "1");
    party_drop(two);
    says(rx, 1, "2");
    party_drop(one);
    weir_sender_drop(tx);
    party_drop(rx);
    assert_int_equal(tracked_live, 0);
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(1));
    says(rx, 1, "P");
    struct test_waker *old = rx->test.waker;
    weir_waker_ref(&old->waker);
    says(rx, 1, "P");
    assert_int_equal(try_number(1), WEIR_SENT);
    assert_int_equal(old->wakes, 0);
    assert_int_equal(party_wakes(rx), 1);
    weir_waker_unref(&old->waker);
    struct party *two = sending(2);
    says(two, 1, "P");
    says(two, 1, "P");
    says(rx, 1, "1");
    assert_int_equal(party_wakes(two), 1);
    weir_sender_drop(tx);
    party_drop(two);
    party_drop(rx);
    assert_int_equal(test_wakers_live, 0);
}

/* ---- the items of a stream ---- */

static bool none(uint64_t n, struct tracked *out, void *arg)
{
    (void)n;
    (void)out;
    (void)arg;
    return false;
}
WEIR_FILTER_MAP_FN(none_fn, none, uint64_t, struct tracked, .to = &tracked_type)

static struct party *sending_each(struct script *script, const char *text)
{
    *script = (struct script){.type = &tracked_type};
    return party_of(weir_send_each(script_stream(script, text), tx));
}

static void each_as_there_is_room(void **state)
{
    (void)state;
    struct script script;
    struct party *rx = party_of(channel_of_tracked(2));
    struct party *all = sending_each(&script, "1 2 3 P 4 5 $");
    weir_sender_drop(tx);
    says(all, 1, "P");
    assert_int_equal(all->test.cx.wait_for, WEIR_WAIT_ROOM);
    assert_int_equal(script.given, 3); /* one in hand */
    says(rx, 1, "1");
    assert_int_equal(party_wakes(all), 1);
    says(all, 1, "P"); /* the source does not go on */
    says(rx, 8, "2 3");
    doubles_wake_all();
    says(all, 1, "5 $");
    says(rx, 8, "4 5 $"); /* the future is over, and no sender any more */
    party_drop(all);
    party_drop(rx);
    assert_int_equal(tracked_live, 0);
}

/* Who receives and who sends in one stage, which keeps the future when it is over. */
static void each_beside_its_receiver(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *rx = channel_of_tracked(1);
    weir_stream *all = weir_send_each(script_stream(&script, "1 2 3 $"), tx);
    weir_sender_drop(tx);
    all = weir_filter_map(all, &none_fn, NULL);
    struct party *both = party_of(weir_select(all, rx));
    char text[200] = "";
    for (int polls = 0; polls < 20 && !strstr(text, "$"); polls++)
        strcat(strcat(text, party_polls(both, 1)), " ");
    assert_non_null(strstr(text, "$"));
    party_drop(both);
    assert_int_equal(tracked_live, 0);
}

static void each_until_it_fails(void **state)
{
    (void)state;
    struct script script;
    struct party *rx = party_of(channel_of_tracked(1));
    struct party *all = sending_each(&script, "1 !7 #");
    says(all, 1, "!7");
    party_drop(all);
    says(rx, 1, "1");
    all = sending_each(&script, "2 3 #");
    says(all, 1, "P");
    party_drop(all); /* 3 is not sent */
    says(rx, 8, "2");
    all = sending_each(&script, "4 5 #");
    says(all, 1, "P");
    says(rx, 1, "4");
    party_drop(all); /* 5 is, though nobody was told */
    says(rx, 8, "5");
    all = sending_each(&script, "6 7 #");
    says(all, 1, "P");
    party_drop(rx);
    says(all, 1, "!!CLOSED");
    party_drop(all);
    weir_sender_drop(tx);
    assert_int_equal(tracked_live, 0);
}

/* ---- permits ---- */

static weir_permit permit_of(struct party *party)
{
    weir_permit permit = {NULL};
    test_cx_turn(&party->test);
    assert_int_equal(weir_poll_next(party->stream, &party->test.cx, &permit, 1).n, 1);
    party_drop(party);
    return permit;
}

static void permits_are_room(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(2));
    weir_permit one = permit_of(party_of(weir_reserve(tx)));
    weir_permit two = permit_of(party_of(weir_reserve(tx)));
    assert_int_equal(try_number(9), WEIR_SENT_FULL);
    struct party *three = party_of(weir_reserve(tx)), *four = sending(4);
    says(three, 1, "P");
    says(four, 1, "P");
    says(rx, 1, "P");
    assert_int_equal(weir_permit_send(&one, &(int64_t){1}), WEIR_SENT);
    assert_int_equal(party_wakes(rx), 1);
    assert_int_equal(weir_permit_send(&one, &(int64_t){1}), WEIR_SENT_CLOSED); /* it is used */
    weir_permit_drop(&two);
    assert_int_equal(party_wakes(three), 1); /* in the order of the line */
    assert_int_equal(party_wakes(four), 0);
    party_drop(three); /* it never saw its permit */
    assert_int_equal(party_wakes(four), 1);
    says(rx, 64, "1 4");
    says(four, 1, "() $");
    party_drop(four);
    weir_sender_drop(tx);
    says(rx, 1, "$");
    party_drop(rx);
}

/* C21: what may still come, of one that is open, closed, and closed with room promised. */
static void hints(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(3));
    weir_permit one = permit_of(party_of(weir_reserve(tx)));
    weir_permit two = permit_of(party_of(weir_reserve(tx)));
    assert_int_equal(try_number(1), WEIR_SENT);
    assert_int_equal(weir_size_hint(rx->stream).lower, 1);
    assert_true(weir_size_hint(rx->stream).upper == WEIR_HINT_UNKNOWN);
    weir_receiver_close(rx->stream);
    weir_hint hint = weir_size_hint(rx->stream);
    assert_int_equal(hint.lower, 1);
    assert_int_equal(hint.upper, 3);
    weir_permit_drop(&two);
    assert_int_equal(weir_size_hint(rx->stream).upper, 2);
    says(rx, 1, "1"); /* no end: a permit is left */
    says(rx, 1, "P");
    assert_int_equal(weir_permit_send(&one, &(int64_t){2}), WEIR_SENT);
    assert_int_equal(party_wakes(rx), 1);
    hint = weir_size_hint(rx->stream);
    assert_int_equal(hint.lower, 1);
    assert_int_equal(hint.upper, 1);
    says(rx, 1, "2 $");
    weir_sender_drop(tx);
    party_drop(rx);
}

static void permits_of_one_that_is_gone(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(1));
    weir_permit one = permit_of(party_of(weir_reserve(tx)));
    party_drop(rx);
    assert_int_equal(weir_permit_send(&one, &(int64_t){1}), WEIR_SENT_CLOSED);
    struct party *late = party_of(weir_reserve(tx));
    says(late, 1, "!!CLOSED");
    party_drop(late);
    weir_permit_drop(&one);
    weir_permit_drop(&one); /* nothing is left of it */
    weir_sender_drop(tx);
    rx = party_of(channel(1)); /* the last permit ends a closed one */
    one = permit_of(party_of(weir_reserve(tx)));
    weir_receiver_close(rx->stream);
    says(rx, 1, "P");
    weir_permit_drop(&one);
    assert_int_equal(party_wakes(rx), 1);
    says(rx, 1, "$");
    weir_sender_drop(tx);
    party_drop(rx);
}

/* ---- senders that do not count ---- */

static void weak_senders(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(1));
    weir_weak_sender *weak = weir_sender_weak(tx);
    weir_sender *strong = weir_weak_sender_upgrade(weak);
    assert_ptr_equal(strong, tx);
    weir_sender_drop(tx);
    says(rx, 1, "P");
    weir_sender_drop(strong);
    says(rx, 1, "$");
    assert_null(weir_weak_sender_upgrade(weak));
    party_drop(rx);
    assert_null(weir_weak_sender_upgrade(weak));
    weir_weak_sender_drop(weak);
}

/* ---- what cannot be made ---- */

static void refused(const char *text, weir_stream *stream, weir_code code)
{
    weir_error error = {0};
    assert_int_equal(await(stream, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, code);
    assert_non_null(strstr(error.message, text));
}

static void what_cannot_be_made(void **state)
{
    (void)state;
    refused("the limit 'capacity' is 0", channel(0), WEIR_E_ARGUMENT);
    assert_null(tx);
    refused("'weir_line' is lent", weir_channel(&weir_type_line, 1, &tx), WEIR_E_TYPE);
    refused("no memory for a channel", channel(SIZE_MAX / 4), WEIR_E_MEMORY);
    assert_null(tx);
    refused("there is no channel", weir_send(tx, NULL), WEIR_E_CLOSED);
    refused("there is no channel", weir_reserve(tx), WEIR_E_CLOSED);
    refused("there is no channel", weir_sender_closed(tx), WEIR_E_CLOSED);
    assert_int_equal(try_number(1), WEIR_SENT_CLOSED);
    assert_int_equal(weir_send_blocking(tx, NULL), WEIR_SENT_CLOSED);
    assert_true(weir_sender_is_closed(tx));
    weir_sender_close(tx);
    weir_sender_drop(tx);
    assert_null(weir_sender_ref(tx));
    weir_weak_sender_drop(weir_sender_weak(tx));
}

/* ---- misuse ---- */

static void closes_a_range(void)
{
    weir_receiver_close(weir_range(0, 3));
}

static void takes_back_of_a_range(void)
{
    int64_t out;
    weir_send_back(weir_range(0, 3), &out);
}

static int64_t send_inside(int64_t item, void *arg)
{
    (void)arg;
    /* weir-lint: allow(blocking_in_async) it is refused, which is what is looked at */
    weir_send_blocking(tx, &item);
    return item;
}
WEIR_MAP_FN(send_inside_fn, send_inside, int64_t, int64_t)

static void blocks_in_a_poll(void)
{
    weir_stream *rx = channel(9);
    weir_run(weir_count(weir_map(weir_range(0, 3), &send_inside_fn, NULL)), NULL, NULL);
    weir_drop(rx);
}

static void misuse_is_named(void **state)
{
    (void)state;
    assert_true(dies_saying(closes_a_range, "range is no weir_channel(), and cannot be closed"));
    assert_true(dies_saying(takes_back_of_a_range, "range is no weir_send()"));
    assert_true(dies_saying(blocks_in_a_poll, "weir_send_blocking would block a thread that "
                                              "polls"));
}

/* Each allocation fails: what is taken is dropped. */
static void without_memory(void **state)
{
    (void)state;
    for (unsigned k = 1; k < 12; k++) {
        memory_begin(k, true);
        struct party *rx = party_of(channel_of_tracked(2));
        struct party *one = NULL;
        if (tx)
            one = sending_tracked(1);
        if (one) {
            const char *sent = party_polls(one, 1);
            assert_true(!strcmp(sent, "() $") || !strcmp(sent, "!!MEMORY"));
            party_drop(one);
        }
        weir_sender_drop(tx);
        const char *got = party_polls(rx, 1);
        assert_true(!strcmp(got, "1 $") || !strcmp(got, "$") || !strcmp(got, "!!MEMORY"));
        party_drop(rx);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
    memory.failed = 0;
}

static void wide_items(void **state)
{
    (void)state;
    struct wide {
        _Alignas(64) char bytes[192];
    } in = {{0}}, out[2];
    static const weir_type wide_type = WEIR_TYPE(struct wide);
    struct party *rx = party_of(weir_channel(&wide_type, 1, &tx));
    memset(&in, 1, sizeof in);
    assert_int_equal(weir_try_send(tx, &in), WEIR_SENT);
    memset(&in, 2, sizeof in);
    struct party *two = party_of(weir_send(tx, &in));
    says(two, 1, "P");
    test_cx_turn(&rx->test);
    assert_int_equal(weir_poll_next(rx->stream, &rx->test.cx, out, 1).n, 1);
    assert_int_equal(weir_poll_next(rx->stream, &rx->test.cx, out + 1, 1).n, 1);
    assert_int_equal(out[0].bytes[191], 1);
    assert_int_equal(out[1].bytes[191], 2);
    party_drop(two);
    weir_sender_drop(tx);
    party_drop(rx);
}

int task_send(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_send_that_joins_between_wakes),
        cmocka_unit_test(a_send_each_that_joins_between_wakes),
        cmocka_unit_test(a_send_that_is_given_up),
        cmocka_unit_test(a_send_that_is_over_is_no_sender),
        cmocka_unit_test(a_served_send_is_sent),
        cmocka_unit_test(only_the_latest_waker_is_woken),
        cmocka_unit_test(each_as_there_is_room),
        cmocka_unit_test(each_beside_its_receiver),
        cmocka_unit_test(each_until_it_fails),
        cmocka_unit_test(permits_are_room),
        cmocka_unit_test(hints),
        cmocka_unit_test(permits_of_one_that_is_gone),
        cmocka_unit_test(weak_senders),
        cmocka_unit_test(what_cannot_be_made),
        cmocka_unit_test(misuse_is_named),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(wide_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
