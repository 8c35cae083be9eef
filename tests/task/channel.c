/* channel: many senders, one receiver, an exact capacity, and a line of those who wait. */

#include "senders.h"

#include "../driver/rig.h"

/* ---- what is sent comes ---- */

static void in_the_order_it_was_sent(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(4));
    says(rx, 1, "P");
    assert_int_equal(try_number(1), WEIR_SENT);
    assert_int_equal(party_wakes(rx), 1);
    assert_int_equal(try_number(2), WEIR_SENT);
    assert_int_equal(party_wakes(rx), 1); /* once is enough */
    says(rx, 1, "1");
    assert_int_equal(try_number(3), WEIR_SENT);
    says(rx, 64, "2 3");
    says(rx, 64, "P");
    weir_sender_drop(tx);
    assert_int_equal(party_wakes(rx), 1);
    says(rx, 64, "$");
    party_drop(rx);
}

static void ends_behind_the_last_item(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(4));
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(try_number(i), WEIR_SENT);
    weir_sender_drop(tx);
    says(rx, 3, "1 2 3");
    says(rx, 3, "4 $");
    party_drop(rx);
}

/* The ring goes round, in batches of every size. */
static void goes_round(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity <= 5; capacity++)
        for (size_t demand = 1; demand <= 6; demand++) {
            struct party *rx = party_of(channel(capacity));
            int64_t next = 0, wanted = 0, out[6];
            for (int i = 0; i < 40; i++) {
                while (try_number(next) == WEIR_SENT)
                    next++;
                test_cx_turn(&rx->test);
                weir_poll got = weir_poll_next(rx->stream, &rx->test.cx, out, demand);
                assert_int_equal(got.n, demand < capacity ? demand : capacity);
                for (uint32_t k = 0; k < got.n; k++)
                    assert_int_equal(out[k], wanted++);
            }
            weir_sender_drop(tx);
            party_drop(rx);
        }
}

/* C1 and C2: the capacity is exact, and room is told of. */
static void a_full_one_refuses(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(1));
    assert_int_equal(try_number(1), WEIR_SENT);
    assert_int_equal(try_number(2), WEIR_SENT_FULL);
    struct party *two = sending(2);
    says(two, 1, "P");
    assert_int_equal(two->test.cx.wait_for, WEIR_WAIT_ROOM);
    says(rx, 1, "1");
    assert_int_equal(party_wakes(two), 1);
    assert_int_equal(try_number(3), WEIR_SENT_FULL); /* it is in the ring already */
    says(two, 1, "() $");
    says(rx, 1, "2");
    assert_int_equal(try_number(3), WEIR_SENT);
    weir_sender_drop(tx);
    party_drop(two);
    party_drop(rx);
}

/* C14: each of them has a sender of its own, and one item is held. */
static void a_thousand_senders_hold_one_item(void **state)
{
    (void)state;
    enum { SENDERS = 1000 };
    static struct party *senders[SENDERS];
    struct party *rx = party_of(channel(1));
    size_t most = weir_memory_max(rx->stream);
    for (int64_t i = 0; i < SENDERS; i++) {
        weir_sender *own = weir_sender_ref(tx);
        senders[i] = party_of(weir_send(own, &i));
        weir_sender_drop(own);
        party_polls(senders[i], 1);
    }
    assert_int_equal(weir_size_hint(rx->stream).lower, 1);
    assert_int_equal(weir_memory_max(rx->stream), most);
    weir_sender_drop(tx);
    int64_t out[64];
    for (int64_t i = 0; i < SENDERS; i++) {
        test_cx_turn(&rx->test);
        weir_poll got = weir_poll_next(rx->stream, &rx->test.cx, out, 64);
        assert_int_equal(got.n, 1);
        assert_int_equal(out[0], i);
        says(senders[i], 1, i ? "() $" : "$"); /* the first was sent at once */
        party_drop(senders[i]);
    }
    says(rx, 1, "$");
    party_drop(rx);
}

/* Those who wait are served at once as far as there is room, however many they are. */
static void a_batch_serves_a_batch(void **state)
{
    (void)state;
    enum { SENDERS = 100 };
    static struct party *senders[SENDERS];
    struct party *rx = party_of(channel(SENDERS));
    for (int64_t i = 0; i < SENDERS; i++)
        assert_int_equal(try_number(i), WEIR_SENT);
    for (int64_t i = 0; i < SENDERS; i++) {
        senders[i] = sending(SENDERS + i);
        says(senders[i], 1, "P");
    }
    int64_t out[SENDERS];
    test_cx_turn(&rx->test);
    assert_int_equal(weir_poll_next(rx->stream, &rx->test.cx, out, SENDERS).n, SENDERS);
    for (int64_t i = 0; i < SENDERS; i++) {
        assert_int_equal(party_wakes(senders[i]), 1);
        says(senders[i], 1, "() $");
        party_drop(senders[i]);
    }
    weir_sender_drop(tx);
    test_cx_turn(&rx->test);
    assert_int_equal(weir_poll_next(rx->stream, &rx->test.cx, out, SENDERS).n, SENDERS);
    assert_int_equal(out[SENDERS - 1], 2 * SENDERS - 1);
    party_drop(rx);
}

/* ---- how it ends ---- */

/* C3 and C4: what is there is delivered, sends fail at once. */
static void closed_by_the_receiver(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(3));
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(try_number(i), WEIR_SENT);
    struct party *late = sending(4), *told = party_of(weir_sender_closed(tx));
    says(late, 1, "P");
    says(told, 1, "P");
    weir_receiver_close(rx->stream);
    assert_int_equal(party_wakes(late), 1);
    assert_int_equal(party_wakes(told), 1);
    assert_true(weir_sender_is_closed(tx));
    assert_int_equal(try_number(5), WEIR_SENT_CLOSED);
    says(late, 1, "!!CLOSED");
    assert_string_equal(late->trace.error.message, "the channel of 'int64_t' is closed");
    says(told, 1, "() $");
    says(rx, 64, "1 2 3 $");
    party_drop(late);
    party_drop(told);
    weir_sender_drop(tx);
    party_drop(rx);
    rx = party_of(channel(1));
    says(rx, 1, "P");
    weir_receiver_close(rx->stream);
    says(rx, 1, "$");
    assert_int_equal(try_number(5), WEIR_SENT_CLOSED);
    weir_sender_drop(tx);
    party_drop(rx);
}

/* C6: it is open as long as one sender is; an unfinished send is one. */
static void open_as_long_as_one_is(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(1));
    weir_sender *two = weir_sender_ref(tx), *three = weir_sender_ref(tx);
    assert_int_equal(try_number(1), WEIR_SENT);
    struct party *last = sending(2);
    weir_sender_drop(tx);
    weir_sender_drop(two);
    weir_sender_drop(three);
    says(last, 1, "P");
    says(rx, 1, "1");
    says(last, 1, "() $");
    party_drop(last);
    says(rx, 1, "2 $");
    party_drop(rx);
}

/* C7: one sender closes it for all. */
static void closed_by_a_sender(void **state)
{
    (void)state;
    struct party *rx = party_of(channel(2));
    weir_sender *other = weir_sender_ref(tx);
    assert_int_equal(try_number(1), WEIR_SENT);
    weir_sender_close(tx);
    struct party *late = party_of(weir_send(other, &(int64_t){2}));
    says(late, 1, "!!CLOSED");
    says(rx, 1, "1 $");
    party_drop(late);
    weir_sender_drop(other);
    weir_sender_drop(tx);
    party_drop(rx);
}

static void the_receiver_is_dropped(void **state)
{
    (void)state;
    struct party *rx = party_of(channel_of_tracked(2));
    struct party *one = sending_tracked(1), *two = sending_tracked(2), *three = sending_tracked(3);
    says(one, 1, "() $");
    says(two, 1, "() $");
    says(three, 1, "P");
    struct party *told = party_of(weir_sender_closed(tx));
    says(told, 1, "P");
    party_drop(rx);
    assert_int_equal(tracked_live, 1); /* that of the third is still there */
    assert_int_equal(party_wakes(three), 1);
    assert_int_equal(party_wakes(told), 1);
    says(three, 1, "!!CLOSED");
    struct tracked back;
    assert_true(weir_send_back(three->stream, &back));
    assert_int_equal(back.value, 3);
    assert_int_equal(weir_try_send(tx, &back), WEIR_SENT_CLOSED);
    tracked_drop(back);
    party_drop(one);
    party_drop(two);
    party_drop(three);
    party_drop(told);
    weir_sender_drop(tx);
    assert_int_equal(tracked_live, 0);
}

/* The ring is dropped in both of its parts. */
static void what_is_left_is_dropped(void **state)
{
    (void)state;
    struct party *rx = party_of(channel_of_tracked(3));
    for (int64_t i = 1; i <= 3; i++)
        party_drop(sending_tracked(i)); /* never polled: not sent */
    assert_int_equal(tracked_live, 0);
    for (int64_t i = 1; i <= 5; i++) {
        struct tracked item = tracked_make(i);
        assert_int_equal(weir_try_send(tx, &item), WEIR_SENT);
        if (i < 3)
            party_polls(rx, 1);
    }
    assert_int_equal(tracked_live, 3);
    party_drop(rx);
    assert_int_equal(tracked_live, 0);
    weir_sender_drop(tx);
}

/* ---- on other threads ---- */

enum { THREADS = 8, EACH = 10000 };

static void *send_many(void *arg)
{
    int64_t first = (int64_t)(intptr_t)arg * EACH;
    for (int64_t i = first; i < first + EACH; i++)
        if (weir_send_blocking(tx, &i) != WEIR_SENT)
            test_abort("a channel is closed that has a receiver");
    weir_sender_drop(tx);
    return NULL;
}

/* Those of each thread come in its order. */
static void see(int64_t item, void *arg)
{
    int64_t *next = arg;
    if (next[item / EACH]++ != item % EACH)
        test_abort("item %lld came too early, or twice", (long long)item);
}
WEIR_EACH_FN(see_fn, see, int64_t)

/* C10: of 8 threads x 10 000 items none is lost, none comes twice; at capacities of every kind. */
static void from_many_threads(void **state)
{
    (void)state;
    static const size_t capacities[] = {1, 3, 64, 1000};
    if (alone_in_the_world())
        skip();
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        pthread_t threads[THREADS];
        int64_t next[THREADS] = {0};
        weir_stream *rx = channel(capacities[i]);
        for (intptr_t t = 0; t < THREADS; t++) {
            weir_sender_ref(tx);
            pthread_create(&threads[t], NULL, send_many, (void *)t);
        }
        weir_sender_drop(tx);
        weir_error error;
        assert_int_equal(weir_run(weir_for_each(rx, &see_fn, next), NULL, &error), WEIR_READY);
        for (int t = 0; t < THREADS; t++) {
            pthread_join(threads[t], NULL);
            assert_int_equal(next[t], EACH);
        }
    }
}

/* Futures of another runtime's thread, dropped now and then while they wait. */
static void *send_by_futures(void *arg)
{
    int64_t *sent = arg;
    struct party *party = NULL;
    for (int64_t i = 0; i < EACH; i++) {
        party = sending(i);
        for (int polls = 0; polls < 3; polls++) {
            test_cx_turn(&party->test);
            unsigned char unit;
            weir_poll got = weir_poll_next(party->stream, &party->test.cx, &unit, 1);
            if (got.n)
                break;
            sched_yield();
        }
        int64_t back;
        *sent += !weir_send_back(party->stream, &back);
        party_drop(party);
    }
    weir_sender_drop(tx);
    return NULL;
}

static void given_up_on_another_thread(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    weir_stream *rx = channel(2);
    pthread_t thread;
    int64_t sent = 0;
    uint64_t n = 0;
    pthread_create(&thread, NULL, send_by_futures, &sent);
    weir_error error;
    assert_int_equal(weir_run(weir_count(rx), &n, &error), WEIR_READY);
    pthread_join(thread, NULL);
    assert_int_equal(n, sent);
    assert_true(n > 0);
}

static void *drop_soon(void *rx)
{
    sched_yield();
    weir_drop((weir_stream *)rx);
    return NULL;
}

static void threads_that_block_are_told(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        weir_stream *rx = channel(1);
        pthread_create(&thread, NULL, drop_soon, rx);
        weir_sent sent;
        while ((sent = weir_send_blocking(tx, &(int64_t){1})) == WEIR_SENT)
            ;
        assert_int_equal(sent, WEIR_SENT_CLOSED);
        pthread_join(thread, NULL);
        weir_sender_drop(tx);
    }
}

/* ---- on a runtime ---- */

static weir_stream *send_number(int64_t number, void *arg)
{
    return weir_send(arg, &number);
}
WEIR_THEN_FN(send_fn, send_number, int64_t, unsigned char, .to = &weir_type_unit)

/* ---- marks ---- */

static struct script marked;

/* Into a channel of two places, of which one is free. */
static struct party *sending_marked(const char *text)
{
    marked = (struct script){.type = &weir_type_i64};
    assert_int_equal(try_number(7), WEIR_SENT);
    return party_of(weir_send_each(script_stream(&marked, text), tx));
}

static void a_mark_has_a_place_of_its_own(void **state)
{
    (void)state;
    struct party *rx = party_of(weir_marked_channel(&weir_type_i64, 2, &tx));
    struct party *sends = sending_marked("| 1 |");
    says(sends, 1, "P");
    assert_int_equal(try_number(8), WEIR_SENT_FULL); /* 7, and the mark */
    assert_int_equal(weir_size_hint(rx->stream).lower, 0);
    says(rx, 64, "7");
    says(rx, 64, "|");
    assert_int_equal(marked.marks_kept, 0); /* it is settled where its source is */
    assert_true(party_wakes(sends) > 0);
    weir_sender_drop(tx);
    says(sends, 1, "P");
    assert_int_equal(marked.marks_kept, 1);
    says(rx, 64, "1");
    says(rx, 64, "|");
    says(rx, 64, "$");
    says(sends, 1, "1 $");
    assert_int_equal(marked.marks_kept, 2);
    party_drop(sends);
    party_drop(rx);
}

/* What is dropped while there is room for its mark gives that back. */
static void the_room_of_a_mark_goes_back(void **state)
{
    (void)state;
    struct party *rx = party_of(weir_marked_channel(&weir_type_i64, 1, &tx));
    struct party *sends = sending_marked("|");
    says(sends, 1, "P");
    says(rx, 64, "7");
    assert_int_equal(try_number(8), WEIR_SENT_FULL);
    party_drop(sends);
    assert_int_equal(marked.marks_lost, 1);
    assert_int_equal(try_number(8), WEIR_SENT);
    weir_sender_drop(tx);
    says(rx, 64, "8 $");
    party_drop(rx);
}

/* The receiver goes: in the ring, in the line, and while there is room for one. */
static void marks_that_nobody_receives(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct party *rx = party_of(weir_marked_channel(&weir_type_i64, how ? 1 : 2, &tx));
        struct party *sends = sending_marked("| 1");
        says(sends, 1, "P");
        if (how == 2)
            says(rx, 64, "7");
        party_drop(rx);
        says(sends, 1, "!!CLOSED");
        party_drop(sends);
        assert_int_equal(marked.marks_lost, 1);
        weir_sender_drop(tx);
    }
}

static void a_channel_without_room_for_marks(void **state)
{
    (void)state;
    weir_error error;
    uint64_t n;
    weir_stream *rx = channel(2);
    marked = (struct script){.type = &weir_type_i64};
    assert_int_equal(await(weir_send_each(script_stream(&marked, "1 |"), tx), &n, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message, "'send_each' sends into a channel without room for the "
                                       "marks of 'script'");
    assert_string_equal(error.cure, "weir_marked_channel(), or weir_settle_here() before it");
    weir_sender_drop(tx);
    weir_drop(rx);
}

static void add(int64_t *sum, int64_t item, void *arg)
{
    (void)arg;
    *sum += item;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

/* A producer and a consumer that are tasks of one runtime, in a simulation too. */
static void between_two_tasks(void **state)
{
    (void)state;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_rt *rt = rig_rt(rig_drivers[i]);
        weir_stream *rx = channel(3);
        weir_stream *numbers = weir_range(0, 1000);
        assert_true(weir_rt_spawn(rt, weir_count(weir_then(numbers, &send_fn, tx))));
        int64_t sum = 0, zero = 0;
        weir_stream *fold = weir_fold(weir_take(rx, 1000), &add_fn, &zero, NULL);
        assert_int_equal(weir_rt_run(rt, fold, &sum, NULL), WEIR_READY);
        assert_int_equal(sum, 999 * 1000 / 2);
        weir_sender_drop(tx);
        weir_rt_drop(rt);
    }
}

int task_channel(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_it_was_sent),
        cmocka_unit_test(ends_behind_the_last_item),
        cmocka_unit_test(goes_round),
        cmocka_unit_test(a_full_one_refuses),
        cmocka_unit_test(a_thousand_senders_hold_one_item),
        cmocka_unit_test(a_batch_serves_a_batch),
        cmocka_unit_test(closed_by_the_receiver),
        cmocka_unit_test(open_as_long_as_one_is),
        cmocka_unit_test(closed_by_a_sender),
        cmocka_unit_test(the_receiver_is_dropped),
        cmocka_unit_test(what_is_left_is_dropped),
        cmocka_unit_test(from_many_threads),
        cmocka_unit_test(given_up_on_another_thread),
        cmocka_unit_test(threads_that_block_are_told),
        cmocka_unit_test(between_two_tasks),
        cmocka_unit_test(a_mark_has_a_place_of_its_own),
        cmocka_unit_test(the_room_of_a_mark_goes_back),
        cmocka_unit_test(marks_that_nobody_receives),
        cmocka_unit_test(a_channel_without_room_for_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
