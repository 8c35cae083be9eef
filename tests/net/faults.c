/* An echo whose kth call, kth completion, or kth allocation fails: it comes back whole, or an error
 * is told; nothing hangs, and nothing is left. */

#include "net.h"

#include "doubles.h"

enum { BYTES = 200000 };

struct failing {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
    bool short_ones; /* the kth receive or send is cut short instead */
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

static int fail_listen(const weir_sys *sys, int fd, int backlog)
{
    (void)sys;
    return FAIL_OR(listen(BASE, fd, backlog));
}

static int fail_accept(const weir_sys *sys, int fd, int flags)
{
    (void)sys;
    return FAIL_OR(accept(BASE, fd, flags));
}

static int fail_connect(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n)
{
    (void)sys;
    return FAIL_OR(connect(BASE, fd, to, n));
}

static int fail_shutdown(const weir_sys *sys, int fd, int how)
{
    (void)sys;
    return FAIL_OR(shutdown(BASE, fd, how));
}

static int fail_set_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                           uint32_t n)
{
    (void)sys;
    return FAIL_OR(set_option(BASE, fd, level, name, value, n));
}

static int fail_get_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n)
{
    (void)sys;
    return FAIL_OR(get_option(BASE, fd, level, name, out, n));
}

static int fail_peer_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    (void)sys;
    return FAIL_OR(peer_name(BASE, fd, out, n));
}

static int64_t fail_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags)
{
    (void)sys;
    if (failing.short_ones)
        return BASE->recv(BASE, fd, out, fails() ? 1 : n, flags);
    return FAIL_OR(recv(BASE, fd, out, n, flags));
}

static int64_t fail_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags)
{
    (void)sys;
    struct msghdr less = *message;
    struct iovec one = {message->msg_iov->iov_base, 1};
    if (!failing.short_ones)
        return FAIL_OR(sendmsg(BASE, fd, message, flags));
    if (fails()) {
        less.msg_iov = &one;
        less.msg_iovlen = 1;
    }
    return BASE->sendmsg(BASE, fd, &less, flags);
}

static int fail_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    (void)sys;
    return FAIL_OR(epoll_ctl(BASE, epoll, op, fd, event));
}

static int fail_ring_blocks(const weir_sys *sys, struct io_uring *ring, void *blocks,
                            unsigned entries, unsigned group)
{
    (void)sys;
    return FAIL_OR(ring_blocks(BASE, ring, blocks, entries, group));
}

static int64_t fail_completed(const weir_sys *sys, int kind, int fd, int64_t result)
{
    (void)sys;
    return fails() ? failing.error : BASE->completed(BASE, kind, fd, result);
}

static void make_table(unsigned fail_at, int error, bool short_ones)
{
    failing = (struct failing){.fail_at = 0, .error = error, .short_ones = short_ones};
    weir_sys_wrap(&failing.sys, NULL);
    failing.fail_at = fail_at;
    failing.sys.recv = fail_recv;
    failing.sys.sendmsg = fail_sendmsg;
    if (short_ones)
        return;
    failing.sys.socket = fail_socket;
    failing.sys.bind = fail_bind;
    failing.sys.listen = fail_listen;
    failing.sys.accept = fail_accept;
    failing.sys.connect = fail_connect;
    failing.sys.shutdown = fail_shutdown;
    failing.sys.set_option = fail_set_option;
    failing.sys.get_option = fail_get_option;
    failing.sys.peer_name = fail_peer_name;
    failing.sys.epoll_ctl = fail_epoll_ctl;
    failing.sys.ring_blocks = fail_ring_blocks;
    failing.sys.completed = fail_completed;
}

static unsigned char *bytes;

/* ---- one that is parked after each piece ---- */

static void drop_near(void *state)
{
    weir_duplex *near = state;
    if (near->reader)
        weir_duplex_abort(*near);
}

static bool answer(weir_duplex *near, weir_duplex *out, weir_error *error)
{
    weir_state got = weir_await_fill(near->reader, 1, error);
    if (got == WEIR_READY) {
        size_t n;
        const unsigned char *piece = weir_peek(near->reader, &n);
        got = weir_await_write(near->writer, piece, n, error);
        weir_consume(near->reader, n);
    }
    if (got == WEIR_ERROR)
        return false;
    *out = *near;
    *near = (weir_duplex){NULL, NULL};
    return true;
}
WEIR_FIBER_FN(answer_fn, answer, weir_duplex, weir_duplex, .to = &weir_type_duplex,
              .drop = drop_near)

static weir_stream *answer_piece(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_fiber(&answer_fn, &near, NULL);
}
WEIR_THEN_FN(pieces_fn, answer_piece, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

static const weir_then_fn *const handlers[] = {&net_echo_fn, &pieces_fn};
static const weir_then_fn *handler;

/* ---- a run ---- */

static weir_stream *all_but_ever(weir_duplex far, weir_vec *back)
{
    return weir_timeout(weir_join(weir_copy(weir_memory_reader(bytes, BYTES), far.writer),
                                  weir_copy(far.reader, weir_memory_writer(back, BYTES + 1))),
                        5000ull * NET_MS);
}

/* What the exchange came to; the calls that were made are in failing.calls. */
static weir_state run(const char *driver, const char *address, weir_error *error)
{
    weir_rt *rt = weir_rt_new(
        &(weir_rt_options){.driver = driver, .sys = &failing.sys, .seed = failing.fail_at}, error);
    if (!rt)
        return WEIR_ERROR; /* the first calls are the driver's own */
    weir_vec back = {0};
    weir_state state = WEIR_ERROR;
    bool spawned = weir_rt_spawn(rt, weir_serve(weir_incoming(address, NULL), handler, NULL, NULL));
    if (spawned && weir_rt_run(rt, weir_sleep(NET_MS), NULL, error) == WEIR_READY)
        state = weir_rt_run(rt, all_but_ever(weir_dial(address, NULL), &back), NULL, error);
    if (state == WEIR_READY) {
        assert_int_equal(back.n, BYTES);
        assert_memory_equal(back.items, bytes, BYTES);
    }
    weir_vec_drop(&back);
    weir_rt_drop(rt);
    return state;
}

static void fail_each(const char *driver, int error, bool short_ones)
{
    const char *address = net_address();
    unsigned failed = 0;
    for (unsigned k = 1;; k++) {
        weir_error what = {0};
        make_table(k, error, short_ones);
        weir_state state = run(driver, address, &what);
        failed += state == WEIR_ERROR;
        if (state == WEIR_ERROR && (short_ones || what.code == WEIR_E_TIMEOUT))
            fail_msg("%s, call %u, %s: %s", driver, k, strerror(-error), what.message);
        if (failing.calls < k)
            break;
    }
    assert_true(short_ones || error == -EINTR || error == -EAGAIN || failed);
}

static void fail_each_of_both(const char *driver, int error, bool short_ones)
{
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        handler = handlers[i];
        fail_each(driver, error, short_ones);
    }
}

static void every_call_and_every_completion_fails_once(void **state)
{
    static const int errors[] = {-ECONNRESET, -ENOMEM, -EPIPE};
    (void)state;
    bytes = net_bytes(BYTES);
    for (size_t i = 0; i < rig_drivers_n; i++)
        for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
            fail_each_of_both(rig_drivers[i], errors[e], false);
    free(bytes);
}

static void every_receive_and_send_is_short_once(void **state)
{
    (void)state;
    bytes = net_bytes(BYTES);
    for (size_t i = 0; i < rig_drivers_n; i++)
        fail_each_of_both(rig_drivers[i], 0, true);
    free(bytes);
}

/* ---- memory ---- */

static void refuse_each(const char *driver)
{
    const char *address = net_address();
    unsigned failed = 0;
    for (unsigned long k = 1;; k++) {
        weir_error what = {0};
        make_table(0, 0, false);
        memory_begin(k, false);
        failed += run(driver, address, &what) == WEIR_ERROR;
        unsigned long calls = memory.calls, left = memory_end();
        if (what.code == WEIR_E_TIMEOUT || left)
            fail_msg("%s, allocation %lu: %s, %lu blocks are left", driver, k, what.message, left);
        if (calls < k)
            break;
    }
    assert_true(failed);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    bytes = net_bytes(BYTES);
    for (size_t i = 0; i < rig_drivers_n; i++)
        for (size_t h = 0; h < sizeof handlers / sizeof *handlers; h++) {
            handler = handlers[h];
            refuse_each(rig_drivers[i]);
        }
    free(bytes);
}

int net_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_and_every_completion_fails_once),
        cmocka_unit_test(every_receive_and_send_is_short_once),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
