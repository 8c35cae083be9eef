/* oneshot: one item, or the news that it never comes; each side is told of the other's end. */

#include "party.h"

#include "weir/channel.h"

static weir_oneshot_sender *tx;

static struct party *receiver(void)
{
    return party_of(weir_oneshot(&tracked_type, &tx));
}

static weir_sent sends(int64_t number)
{
    struct tracked item = tracked_make(number);
    weir_sent sent = weir_oneshot_send(tx, &item);
    if (sent != WEIR_SENT) /* it comes back */
        tracked_drop(item);
    return sent;
}

static void it_comes(void **state)
{
    (void)state;
    struct party *rx = receiver();
    says(rx, 1, "P");
    assert_int_equal(sends(7), WEIR_SENT);
    assert_int_equal(party_wakes(rx), 1);
    says(rx, 1, "7 $");
    party_drop(rx);
    rx = receiver();
    assert_int_equal(sends(8), WEIR_SENT); /* before anybody asked */
    says(rx, 1, "8 $");
    party_drop(rx);
    rx = receiver();
    assert_int_equal(sends(9), WEIR_SENT);
    party_drop(rx); /* nobody took it */
    assert_int_equal(tracked_live, 0);
}

/* C8: either side is dropped. */
static void it_never_comes(void **state)
{
    (void)state;
    struct party *rx = receiver();
    says(rx, 1, "P");
    weir_oneshot_drop(tx);
    assert_int_equal(party_wakes(rx), 1);
    says(rx, 1, "!!CANCELLED");
    assert_int_equal(rx->trace.error.code, WEIR_E_CANCELLED);
    party_drop(rx);
    rx = receiver();
    assert_false(weir_oneshot_is_closed(tx));
    party_drop(rx);
    assert_true(weir_oneshot_is_closed(tx));
    assert_int_equal(sends(2), WEIR_SENT_CLOSED);
    assert_int_equal(tracked_live, 0);
}

static void the_sender_is_told(void **state)
{
    (void)state;
    struct party *rx = receiver();
    struct party *told = party_of(weir_oneshot_closed(tx)), *dropped, *late;
    dropped = party_of(weir_oneshot_closed(tx));
    says(told, 1, "P");
    says(told, 1, "P");
    says(dropped, 1, "P");
    says(rx, 1, "P");
    party_drop(dropped);
    party_drop(rx);
    assert_int_equal(party_wakes(told), 1);
    says(told, 1, "() $");
    late = party_of(weir_oneshot_closed(tx));
    says(late, 1, "() $");
    weir_oneshot_drop(tx);
    party_drop(late);
    party_drop(told);
    assert_int_equal(test_wakers_live, 0);
}

static void what_cannot_be_made(void **state)
{
    (void)state;
    struct party *rx = party_of(weir_oneshot(&weir_type_line, &tx));
    says(rx, 1, "!!TYPE");
    assert_null(tx);
    party_drop(rx);
    assert_int_equal(sends(1), WEIR_SENT_CLOSED);
    weir_oneshot_drop(tx);
    assert_true(weir_oneshot_is_closed(tx));
    rx = party_of(weir_oneshot_closed(tx));
    says(rx, 1, "!!CLOSED");
    party_drop(rx);
    for (unsigned k = 1; k < 6; k++) {
        memory_begin(k, true);
        rx = receiver();
        bool made = tx, sent = sends(1) == WEIR_SENT;
        assert_int_equal(made, sent);
        assert_string_equal(party_polls(rx, 1), made ? "1 $" : "!!MEMORY");
        party_drop(rx);
        assert_int_equal(memory_end(), 0);
    }
    memory.failed = 0;
    assert_int_equal(tracked_live, 0);
}

static void *send_seven(void *arg)
{
    int64_t seven = 7;
    weir_oneshot_send(arg, &seven);
    return NULL;
}

static void from_another_thread(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    for (int i = 0; i < 300; i++) {
        int64_t out = 0;
        pthread_t thread;
        weir_stream *rx = weir_oneshot(&weir_type_i64, &tx);
        pthread_create(&thread, NULL, send_seven, tx);
        assert_int_equal(weir_run(rx, &out, NULL), WEIR_READY);
        assert_int_equal(out, 7);
        pthread_join(thread, NULL);
    }
}

int task_oneshot(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes),
        cmocka_unit_test(it_never_comes),
        cmocka_unit_test(the_sender_is_told),
        cmocka_unit_test(what_cannot_be_made),
        cmocka_unit_test(from_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
