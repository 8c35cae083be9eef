/* Datagrams whose kth call, kth completion, or kth allocation fails: they come all the same, or an
 * error is told; nothing hangs, and nothing is left. */

#include "udp.h"

#include "../support/doubles.h"

enum { ROUNDS = 4, OPENS_MAX = 3 };

struct failing {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
};

static struct failing failing;

static bool fails(void)
{
    return ++failing.calls == failing.fail_at;
}

#define FAIL_OR(call) (fails() ? failing.error : failing.sys.base->call)
#define BASE failing.sys.base

static int fail_socket(const weir_sys *sys, int domain, int type, int protocol)
{
    (void)sys;
    return FAIL_OR(socket(BASE, domain, type, protocol));
}

static int fail_bind(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n)
{
    (void)sys;
    return FAIL_OR(bind(BASE, fd, at, n));
}

static int fail_connect(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n)
{
    (void)sys;
    return FAIL_OR(connect(BASE, fd, to, n));
}

static int fail_set_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                           uint32_t n)
{
    (void)sys;
    return FAIL_OR(set_option(BASE, fd, level, name, value, n));
}

static int fail_own_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    (void)sys;
    return FAIL_OR(own_name(BASE, fd, out, n));
}

static int64_t fail_recvmsg(const weir_sys *sys, int fd, struct msghdr *message, int flags)
{
    (void)sys;
    return FAIL_OR(recvmsg(BASE, fd, message, flags));
}

static int64_t fail_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags)
{
    (void)sys;
    return FAIL_OR(sendmsg(BASE, fd, message, flags));
}

static int fail_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    (void)sys;
    return FAIL_OR(poll(BASE, fds, n, timeout_ms));
}

static int fail_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    (void)sys;
    return FAIL_OR(epoll_ctl(BASE, epoll, op, fd, event));
}

static int64_t fail_completed(const weir_sys *sys, int kind, int fd, int64_t result)
{
    (void)sys;
    return fails() ? failing.error : BASE->completed(BASE, kind, fd, result);
}

static void make_table(unsigned fail_at, int error)
{
    failing = (struct failing){.fail_at = fail_at, .error = error};
    weir_sys_wrap(&failing.sys, NULL);
    failing.sys.socket = fail_socket;
    failing.sys.bind = fail_bind;
    failing.sys.connect = fail_connect;
    failing.sys.set_option = fail_set_option;
    failing.sys.own_name = fail_own_name;
    failing.sys.recvmsg = fail_recvmsg;
    failing.sys.sendmsg = fail_sendmsg;
    failing.sys.poll = fail_poll;
    failing.sys.epoll_ctl = fail_epoll_ctl;
    failing.sys.completed = fail_completed;
}

/* ---- an exchange that is tried again where it may be ---- */

static weir_rt *rt;
static weir_error error;
static unsigned told; /* errors */

static bool open_end(struct end *end, weir_udp_options options)
{
    for (int tries = 0; tries < OPENS_MAX; tries++) {
        weir_state state = end_open(rt, end, "127.0.0.1:0", options, &error);
        if (state == WEIR_ERROR && error.code == WEIR_E_TIMEOUT && end->address[0])
            return true;
        told += error.code != WEIR_E_TIMEOUT;
        end_close(end);
    }
    *end = (struct end){.socket = NULL};
    return false;
}

/* One failure, at most: it is tried once more. */
static bool sends(const struct end *from, const weir_endpoint *to, const void *bytes, size_t n)
{
    for (int tries = 0; tries < 2; tries++) {
        if (end_send(rt, from, to, bytes, n, &error) == WEIR_READY)
            return true;
        told++;
    }
    return false;
}

static bool receives(const struct end *end, weir_datagram *got)
{
    weir_state state;
    while ((state = weir_rt_next(rt, end->in, got, &error)) == WEIR_ERROR && !error.fatal)
        told++;
    told += state == WEIR_ERROR;
    return state == WEIR_READY;
}

static bool round_trip(const struct end *a, const struct end *b, unsigned char i)
{
    weir_datagram got;
    if (!sends(b, NULL, &i, 1) || !receives(a, &got))
        return false;
    assert_int_equal(got.n, 1);
    assert_int_equal((unsigned char)got.data[0], i);
    weir_endpoint back = got.from;
    if (!sends(a, &back, &i, 1) || !receives(b, &got))
        return false;
    assert_int_equal(got.n, 1);
    assert_int_equal((unsigned char)got.data[0], i);
    return true;
}

/* False: an error was told, and it did not go on. */
static bool exchange(const char *driver)
{
    struct end a = {0}, b = {0};
    rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &failing.sys, .seed = 5}, &error);
    if (!rt)
        return false; /* the first ones are the driver's own */
    bool goes =
        open_end(&a, (weir_udp_options){0}) && open_end(&b, (weir_udp_options){.peer = a.address});
    for (unsigned char i = 0; goes && i < ROUNDS; i++)
        goes = round_trip(&a, &b, i);
    end_close(&b);
    end_close(&a);
    weir_rt_drop(rt);
    return goes;
}

static void fail_each(const char *driver, int number)
{
    unsigned lost = 0, k = 1;
    told = 0;
    for (;; k++) {
        make_table(k, number);
        unsigned before = told;
        bool went = exchange(driver);
        lost += !went;
        if (!went && told == before && error.code == WEIR_OK)
            fail_msg("%s, call %u, %s: nothing was told", driver, k, strerror(-number));
        if (failing.calls < k)
            break;
    }
    assert_true(k > ROUNDS * 4);
    bool again = number == -EINTR || number == -EAGAIN;
    if (again ? told != 0 && strcmp(driver, "sim") != 0 && lost > 3 : !told)
        fail_msg("%s, %s: told %u times, lost %u", driver, strerror(-number), told, lost);
}

static void every_call_and_every_completion_fails_once(void **state)
{
    static const int numbers[] = {-ECONNREFUSED, -ENOMEM, -EBADF, -EINTR, -EAGAIN};
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++)
        for (size_t e = 0; e < sizeof numbers / sizeof *numbers; e++)
            fail_each(rig_drivers[i], numbers[e]);
}

/* ---- in the midst of many ---- */

/* What was received before the failure comes first; then it is told; then the rest comes. */
static weir_poll take_three(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *in = arg;
    weir_datagram items[4];
    (void)demand;
    failing.fail_at = failing.calls + 2;
    weir_poll got = weir_poll_next(in, cx, items, 4);
    if (got.state == WEIR_PENDING)
        return got; /* the wait of before is not over */
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.n, 1);
    assert_int_equal(items[0].n, 1);
    assert_int_equal(weir_poll_next(in, cx, items, 4).state, WEIR_ERROR);
    assert_int_equal(cx->error.number, ECONNREFUSED);
    assert_false(cx->error.fatal);
    got = weir_poll_next(in, cx, items, 4);
    assert_int_equal(got.n, 2);
    assert_int_equal(items[0].n, 2);
    assert_int_equal(items[1].n, 3);
    *(uint64_t *)out = 3;
    return (weir_poll){1, WEIR_END};
}

static void what_came_before_a_failure_comes_first(void **state)
{
    (void)state;
    struct end a;
    make_table(0, -ECONNREFUSED);
    rt = weir_rt_new(&(weir_rt_options){.driver = "epoll", .sys = &failing.sys}, &error);
    assert_true(open_end(&a, (weir_udp_options){.bytes_max = 64}));
    for (size_t n = 1; n <= 3; n++)
        assert_true(sends(&a, &a.at, "abc", n));
    weir_stream *future = weir_future_fn(&weir_type_u64, take_three, a.in);
    assert_int_equal(weir_rt_run(rt, future, NULL, &error), WEIR_READY);
    end_close(&a);
    weir_rt_drop(rt);
}

/* ---- memory ---- */

static void every_allocation_fails_once(void **state)
{
    (void)state;
    make_table(0, 0);
    for (size_t i = 0; i < rig_drivers_n; i++)
        for (unsigned long k = 1;; k++) {
            memory_begin(k, false);
            exchange(rig_drivers[i]);
            unsigned long calls = memory.calls;
            unsigned long left = memory_end();
            if (left)
                fail_msg("%s, allocation %lu: %lu blocks are left", rig_drivers[i], k, left);
            if (calls < k)
                break;
        }
}

/* What it says is the most it holds is the most it holds. */
static void it_holds_no_more_than_it_says(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_udp_socket *socket = weir_udp("127.0.0.1:0", NULL);
    weir_stream *datagrams = weir_datagrams(socket);
    size_t most = weir_memory_max(datagrams);
    assert_true(most >= memory.live_bytes);
    assert_true(most >= WEIR_DATAGRAM_BYTES_MAX && most < 2 * WEIR_DATAGRAM_BYTES_MAX);
    weir_stream *send = weir_send_to(socket, NULL, "", 0);
    assert_true(weir_memory_max(send) < 4096);
    weir_drop(send);
    weir_drop(datagrams);
    weir_udp_unref(socket);
    assert_int_equal(memory_end(), 0);
}

int net_udp_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_and_every_completion_fails_once),
        cmocka_unit_test(what_came_before_a_failure_comes_first),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(it_holds_no_more_than_it_says),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
