/* broadcast_channel: each receiver gets each item, within one bound, and knows what it missed. */

#include <stdio.h>

#include "party.h"

#include "many.h"
#include "weir/channel.h"

static weir_broadcaster *tx;

static struct party *channel(size_t capacity, weir_slow slow)
{
    return party_of(weir_broadcast_channel(copied_type(), capacity, slow, &tx));
}

static struct party *subscriber(void)
{
    return party_of(weir_broadcast_subscribe(tx));
}

static weir_sent sends(int64_t number)
{
    struct tracked item = tracked_make(number);
    weir_sent sent = weir_broadcast_try_send(tx, &item);
    if (sent != WEIR_SENT)
        tracked_drop(item);
    return sent;
}

static struct party *sending(int64_t number)
{
    struct tracked item = tracked_make(number);
    return party_of(weir_broadcast_send(tx, &item));
}

static void over(struct party *a, struct party *b)
{
    weir_broadcaster_drop(tx);
    party_drop(a);
    party_drop(b);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void each_gets_each(void **state)
{
    (void)state;
    struct party *one = channel(4, WEIR_SLOW_LAG), *two = subscriber();
    says(one, 1, "P");
    says(two, 1, "P");
    assert_int_equal(sends(1), WEIR_SENT);
    assert_int_equal(party_wakes(one), 1);
    assert_int_equal(party_wakes(two), 1);
    says(one, 4, "1");
    assert_int_equal(tracked_live, 1);
    says(two, 4, "1");
    assert_int_equal(tracked_live, 0); /* the last one took it */
    assert_int_equal(sends(2), WEIR_SENT);
    struct party *late = subscriber();
    assert_int_equal(sends(3), WEIR_SENT);
    says(late, 1, "3");
    says(one, 1, "2");
    says(one, 1, "3");
    says(two, 1, "2");
    party_drop(late);
    weir_broadcaster_ref(tx);
    weir_broadcaster_drop(tx);
    says(one, 1, "P");
    weir_broadcaster *last = tx;
    tx = NULL;
    weir_broadcaster_drop(last);
    assert_int_equal(party_wakes(one), 1);
    says(one, 1, "$");
    says(two, 1, "3");
    says(two, 1, "$");
    over(one, two);
}

/* C9: a slow one loses the oldest, is told how many, and holds nobody back. */
static void a_slow_one_lags(void **state)
{
    (void)state;
    struct party *slow = channel(3, WEIR_SLOW_LAG), *fast = subscriber();
    size_t most = weir_memory_max(slow->stream);
    for (int64_t i = 1; i <= 10; i++) {
        assert_int_equal(sends(i), WEIR_SENT);
        test_cx_turn(&fast->test);
        struct tracked item;
        assert_int_equal(weir_poll_next(fast->stream, &fast->test.cx, &item, 1).n, 1);
        assert_int_equal(item.value, i);
        tracked_drop(item);
        assert_true(tracked_live <= 3);
    }
    assert_int_equal(weir_memory_max(slow->stream), most);
    says(slow, 1, "!7");
    assert_int_equal(slow->trace.error.code, WEIR_E_LIMIT);
    assert_int_equal(slow->trace.error.number, 7);
    says(slow, 1, "8");
    says(slow, 1, "9");
    assert_int_equal(sends(11), WEIR_SENT);
    assert_int_equal(sends(12), WEIR_SENT);
    says(slow, 1, "10");
    says(slow, 1, "11");
    over(slow, fast);
}

static void a_slow_one_is_kicked(void **state)
{
    (void)state;
    struct party *slow = channel(2, WEIR_SLOW_KICK), *fast = subscriber();
    for (int64_t i = 1; i <= 3; i++) {
        assert_int_equal(sends(i), WEIR_SENT);
        char text[8];
        snprintf(text, sizeof text, "%d", (int)i);
        says(fast, 1, text);
    }
    says(slow, 1, "!!1");
    says(slow, 1, "$");
    assert_int_equal(sends(4), WEIR_SENT);
    says(fast, 1, "4");
    over(slow, fast);
}

static void a_slow_one_holds_back(void **state)
{
    (void)state;
    struct party *slow = channel(2, WEIR_SLOW_WAIT), *fast = subscriber();
    assert_int_equal(sends(1), WEIR_SENT);
    assert_int_equal(sends(2), WEIR_SENT);
    says(fast, 1, "1");
    says(fast, 1, "2");
    says(fast, 1, "P");
    assert_int_equal(sends(3), WEIR_SENT_FULL);
    struct party *three = sending(3), *gone = sending(9), *four = sending(4);
    says(three, 1, "P");
    says(gone, 1, "P");
    says(four, 1, "P");
    party_drop(gone);
    says(slow, 1, "1");
    assert_int_equal(party_wakes(three), 1);
    assert_int_equal(party_wakes(four), 0);
    assert_int_equal(party_wakes(fast), 1);
    says(three, 1, "() $");
    says(fast, 1, "3");
    party_drop(slow); /* what it alone had not read makes room */
    assert_int_equal(party_wakes(four), 1);
    party_drop(four); /* sent, and never told */
    says(fast, 1, "4");
    over(three, fast);
}

static void without_receivers(void **state)
{
    (void)state;
    struct party *rx = channel(1, WEIR_SLOW_WAIT);
    struct party *one = sending(1), *two = sending(2);
    assert_true(weir_memory_max(two->stream) > weir_arena_bytes(two->stream->stage.arena));
    says(one, 1, "() $");
    says(two, 1, "P");
    party_drop(rx);
    assert_int_equal(party_wakes(two), 1);
    says(two, 1, "!!CLOSED");
    party_drop(two);
    assert_int_equal(sends(3), WEIR_SENT_CLOSED);
    assert_int_equal(tracked_live, 0);
    rx = subscriber();
    assert_int_equal(sends(4), WEIR_SENT);
    says(rx, 1, "4");
    over(rx, one);
}

static void copies_that_fail(void **state)
{
    (void)state;
    struct party *one = channel(2, WEIR_SLOW_LAG), *two = subscriber();
    assert_int_equal(sends(1), WEIR_SENT);
    copies_fail = true;
    says(one, 1, "!MEMORY");
    copies_fail = false;
    says(two, 1, "1");
    over(one, two);
    for (unsigned k = 1; k < 10; k++) {
        memory_begin(k, true);
        one = channel(2, WEIR_SLOW_WAIT);
        weir_sent sent = sends(1);
        two = tx ? sending(2) : party_of(weir_empty(&tracked_type));
        party_polls(two, 1);
        weir_broadcaster_drop(tx);
        tx = NULL;
        const char *got = party_polls(one, 1);
        assert_true(sent == WEIR_SENT ? !strcmp(got, "1") : got[0] != '1');
        party_drop(two);
        party_drop(one);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
    memory.failed = 0;
}

static void what_cannot_be_made(void **state)
{
    (void)state;
    struct party *rx = channel(0, WEIR_SLOW_LAG);
    says(rx, 1, "!!ARGUMENT");
    assert_null(tx);
    party_drop(rx);
    rx = party_of(weir_broadcast_channel(&weir_type_vec, 1, WEIR_SLOW_LAG, &tx));
    says(rx, 1, "!!TYPE");
    assert_non_null(strstr(rx->trace.error.message, "has no clone"));
    party_drop(rx);
    rx = channel(SIZE_MAX / 4, WEIR_SLOW_LAG);
    says(rx, 1, "!!MEMORY");
    party_drop(rx);
    rx = subscriber();
    says(rx, 1, "!!CLOSED");
    party_drop(rx);
    assert_int_equal(sends(1), WEIR_SENT_CLOSED);
    rx = party_of(weir_broadcast_send(NULL, NULL));
    says(rx, 1, "!!CLOSED");
    party_drop(rx);
    assert_null(weir_broadcaster_ref(NULL));
}

/* ---- on other threads ---- */

enum { THREADS = 3, EACH = 4000 };

static void *reads(void *rx)
{
    uint64_t n = 0;
    if (weir_run(weir_count(rx), &n, NULL) != WEIR_READY || n != EACH)
        test_abort("%llu of %d items came", (unsigned long long)n, EACH);
    weir_thread_end();
    return NULL;
}

static void to_many_threads(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    pthread_t threads[THREADS];
    weir_stream *rx = weir_broadcast_channel(&weir_type_i64, 8, WEIR_SLOW_WAIT, &tx);
    for (int i = 0; i < THREADS; i++) {
        weir_stream *mine = i ? weir_broadcast_subscribe(tx) : rx;
        pthread_create(&threads[i], NULL, reads, mine);
    }
    for (int64_t i = 0; i < EACH; i++)
        assert_int_equal(weir_run(weir_broadcast_send(tx, &i), NULL, NULL), WEIR_READY);
    weir_broadcaster_drop(tx);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int task_broadcast_channel(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_each),       cmocka_unit_test(a_slow_one_lags),
        cmocka_unit_test(a_slow_one_is_kicked), cmocka_unit_test(a_slow_one_holds_back),
        cmocka_unit_test(without_receivers),    cmocka_unit_test(copies_that_fail),
        cmocka_unit_test(what_cannot_be_made),  cmocka_unit_test(to_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
