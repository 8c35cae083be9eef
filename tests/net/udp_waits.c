/* Waits for datagrams and for room: given up at any place, taken up again, and ended by a stop. */

#include "udp_each.h"

/* A receiver that takes nothing stops who sends to it; until it does. Connected the kernel tells,
 * else it is asked again. */
static void check_full_of(bool connected)
{
    struct end a, b;
    const char *there = unix_address("b");
    unsigned sent = 0, came = 0;
    open_end(&b, there, (weir_udp_options){.bytes_max = 64});
    end_make(&a, NULL, (weir_udp_options){.peer = connected ? there : NULL});
    if (!connected) {
        end_close(&a);
        end_make(&a, unix_address("a"), (weir_udp_options){0});
    }
    const weir_endpoint *to = connected ? NULL : &b.at;
    while (weir_rt_run(rt, weir_timeout(weir_send_to(a.socket, to, "x", 1), 20 * NET_MS), NULL,
                       &error) == WEIR_READY)
        assert_true(++sent < 100000);
    assert_int_equal(error.code, WEIR_E_TIMEOUT); /* the wait was given up: that one is not sent */
    assert_true(weir_rt_spawn(rt, weir_send_to(a.socket, to, "yy", 2)));
    assert_true(weir_rt_spawn(rt, weir_send_to(a.socket, to, "zz", 2)));
    for (; came < sent; came++)
        assert_int_equal(receive(&b).n, 1);
    assert_int_equal(receive(&b).n, 2);
    assert_int_equal(receive(&b).n, 2);
    assert_true(is_still(&b));
    end_close(&a);
    end_close(&b);
}

static void check_full(void)
{
    check_full_of(true);
    check_full_of(false);
}

static void a_sender_waits_for_a_full_receiver(void **state)
{
    (void)state;
    for_each_driver(check_full);
}

struct sending {
    const struct end *from;
    const weir_endpoint *to;
};

static weir_poll poll_sending(void *arg, weir_cx *cx, void *out, size_t demand)
{
    const struct sending *sending = arg;
    (void)demand;
    weir_poll got = weir_poll_send_to(sending->from->socket, cx, sending->to, "abc", 3);
    if (got.state != WEIR_READY)
        return got;
    *(uint64_t *)out = got.n;
    return (weir_poll){1, WEIR_END};
}

static weir_state poll_it(struct sending *sending, uint64_t *sent)
{
    weir_stream *future = weir_future_fn(&weir_type_u64, poll_sending, sending);
    return weir_rt_run(rt, weir_timeout(future, 20 * NET_MS), sent, &error);
}

/* Who stops polling has sent nothing, and is woken late without harm; who polls again goes on. The
 * handle may go while its waker stands there. */
static void check_polled_of(bool connected)
{
    struct end a, b;
    const char *there = unix_address("b");
    uint64_t n = 0;
    unsigned sent = 0;
    open_end(&b, there, (weir_udp_options){0});
    end_make(&a, connected ? NULL : unix_address("a"),
             (weir_udp_options){.peer = connected ? there : NULL});
    struct sending sending = {&a, connected ? NULL : &b.at};
    for (; poll_it(&sending, &n) == WEIR_READY; sent++)
        assert_int_equal(n, 3);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    for (unsigned i = 0; i < sent; i++)
        assert_int_equal(receive(&b).n, 3);
    assert_true(is_still(&b));
    assert_int_equal(poll_it(&sending, &n), WEIR_READY);
    assert_int_equal(receive(&b).n, 3);
    while (poll_it(&sending, &n) == WEIR_READY)
        continue;
    end_close(&a);
    end_close(&b);
}

static void check_polled(void)
{
    check_polled_of(true);
    check_polled_of(false);
}

static void a_polled_send_is_given_up_and_taken_up(void **state)
{
    (void)state;
    for_each_driver(check_polled);
}

/* The handle goes first, then a send that waits, then the stream, then the runtime. */
static void check_order(void)
{
    struct end a, b;
    open_end(&b, unix_address("b"), (weir_udp_options){0});
    end_make(&a, NULL, (weir_udp_options){.peer = unix_address("b")});
    while (weir_rt_run(rt, weir_timeout(weir_send_to(a.socket, NULL, "x", 1), 20 * NET_MS), NULL,
                       &error) == WEIR_READY)
        continue;
    assert_true(weir_rt_spawn(rt, weir_send_to(a.socket, NULL, "y", 1)));
    assert_true(is_still(&a));
    weir_udp_unref(a.socket);
    weir_udp_unref(b.socket);
    weir_drop(b.in);
    weir_rt_drop(rt); /* with the send */
    rt = rig_rt(driver);
    weir_datagram got; /* the stream goes on with another one */
    assert_int_equal(
        weir_rt_run(rt, weir_timeout(weir_count(weir_by_ref(a.in)), NET_MS), NULL, &error),
        WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, a.in, &got, &error), WEIR_END);
    weir_drop(a.in);
}

static void handles_streams_and_sends_go_in_any_order(void **state)
{
    (void)state;
    for_each_driver(check_order);
}

/* In its tenth turn, when the others wait. */
static weir_poll stop_soon(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *turns = arg;
    (void)demand;
    if (++*turns < 10)
        return weir_wait_turn(cx);
    weir_rt_stop(rt);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* What the future comes to when the runtime is stopped meanwhile; the next one goes on. */
static weir_state stopped(weir_stream *future, void *out)
{
    unsigned turns = 0;
    assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_unit, stop_soon, &turns)));
    weir_state state = weir_rt_run(rt, future, out, &error);
    assert_int_equal(turns, 10);
    weir_rt_drop(rt);
    rt = rig_rt(driver);
    return state;
}

/* Nobody sends: the stream ends, also where it did not wait yet; a send that waits is given up. */
static void check_stopped(void)
{
    struct end a, b;
    uint64_t n = 1;
    const char *there = unix_address("b");
    for (int connected = 0; connected < 2; connected++) {
        open_end(&b, there, (weir_udp_options){0});
        end_make(&a, connected ? NULL : unix_address("a"),
                 (weir_udp_options){.peer = connected ? there : NULL});
        struct sending sending = {&a, connected ? NULL : &b.at};
        while (poll_it(&sending, &n) == WEIR_READY)
            continue;
        assert_int_equal(stopped(weir_send_to(a.socket, sending.to, "x", 1), &n), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_STOPPED);
        assert_int_equal(stopped(weir_count(weir_by_ref(a.in)), &n), WEIR_READY);
        assert_int_equal(n, 0);
        assert_int_equal(receive(&b).n, 3); /* what was sent is there for the next runtime */
        weir_rt_stop(rt);
        assert_int_equal(weir_rt_run(rt, weir_count(weir_by_ref(b.in)), &n, &error), WEIR_READY);
        assert_int_equal(n, 0);
        end_close(&a);
        end_close(&b);
        weir_rt_drop(rt);
        rt = rig_rt(driver);
    }
}

static void streams_and_sends_end_when_the_runtime_is_stopped(void **state)
{
    (void)state;
    for_each_driver(check_stopped);
}

int net_udp_waits(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_waits_for_a_full_receiver),
        cmocka_unit_test(a_polled_send_is_given_up_and_taken_up),
        cmocka_unit_test(handles_streams_and_sends_go_in_any_order),
        cmocka_unit_test(streams_and_sends_end_when_the_runtime_is_stopped),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
