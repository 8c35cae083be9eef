/* Operations on sockets, by each driver: those that are refused, that meet no memory, no block or
 * no entry, that the kernel interrupts, that are stopped, and whose driver is gone. */

#include "world.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "doubles.h"
#include "driver/op.h"
#include "task/rt.h"

enum { PAIRS = 200, WAITS_MAX = 2000, WAIT_NS = 1000000 };

/* An operation, and what was told of it. */
struct heard {
    weir_op_recv recv; /* its op is that of the other kinds */
    unsigned times, came;
    int result;
    char byte;
};

static void heard_done(weir_op *op, weir_got got)
{
    struct heard *heard = WEIR_CONTAINER(WEIR_CONTAINER(op, weir_op_recv, op), struct heard, recv);
    heard->times++;
    heard->result = got.result;
    if (got.block)
        heard->byte = (char)got.block->data[got.block->head];
    weir_block_unref(got.block);
    if (op->kind == WEIR_OP_ACCEPT && got.result >= 0) {
        heard->came++;
        close(got.result);
    }
}

static void start(weir_driver *driver, struct heard *heard, weir_op_kind kind, int fd)
{
    *heard = (struct heard){.recv.into = heard->recv.into};
    heard->recv.op = (weir_op){.done = heard_done, .kind = (uint8_t)kind, .fd = fd};
    heard->recv.op.events = POLLIN;
    weir_op_start(driver, &heard->recv.op);
}

static void finish(weir_driver *driver, const struct heard *heard)
{
    for (int i = 0; i < WAITS_MAX && heard->recv.op.busy; i++)
        assert_int_equal(weir_driver_wait(driver, WAIT_NS), 0);
    assert_false(heard->recv.op.busy);
}

static int finish_all(weir_driver *driver, const struct heard *heard, size_t n)
{
    int came = 0;
    for (size_t i = 0; i < n; i++) {
        finish(driver, &heard[i]);
        assert_int_equal(heard[i].times, 1);
        came += heard[i].result == 1;
    }
    return came;
}

static void pair(int ends[2])
{
    int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    assert_int_equal(socketpair(AF_UNIX, type, 0, ends), 0);
}

static void pair_drop(weir_driver *driver, int ends[2])
{
    weir_driver_close(driver, ends[0]);
    close(ends[1]);
}

static int listen_here(struct sockaddr_in *at)
{
    socklen_t n = sizeof *at;
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)at, n), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
    return fd;
}

/* ---- refused ---- */

/* A block that was meant for it does not stay with anybody. */
static void of_no_descriptor(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        memory_begin(0, false);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        struct heard heard = {.recv.into = weir_block_new(0, 100)};
        start(driver, &heard, WEIR_OP_RECV, -1);
        for (int i = 0; i < 20 && heard.recv.op.busy; i++)
            assert_int_equal(weir_driver_wait(driver, WAIT_NS), 0);
        if (heard.recv.op.busy) { /* where a descriptor that is not open is never ready */
            weir_op_stop(driver, &heard.recv.op);
            finish(driver, &heard);
        }
        assert_int_equal(heard.times, 1);
        assert_true(heard.result < 0);
        assert_null(heard.recv.into);
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
}

/* One that nobody listens on says what a kernel says that knows no accept that goes on: it is tried
 * the other way, and the next ones are. */
static void accepts_one_at_a_time(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct sockaddr_in at;
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        struct heard heard = {0};
        int deaf = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), listener = listen_here(&at);
        start(driver, &heard, WEIR_OP_ACCEPT, deaf);
        finish(driver, &heard);
        assert_int_equal(heard.result, -EINVAL);
        int fds[3];
        unsigned came = 0;
        for (int i = 0; i < 3; i++) {
            fds[i] = socket(AF_INET, SOCK_STREAM, 0);
            assert_int_equal(connect(fds[i], (struct sockaddr *)&at, sizeof at), 0);
        }
        for (int i = 0; i < WAITS_MAX && came + heard.came < 3; i++) {
            if (!heard.recv.op.busy) {
                came += heard.came;
                start(driver, &heard, WEIR_OP_ACCEPT, listener);
            }
            assert_int_equal(weir_driver_wait(driver, WAIT_NS), 0);
        }
        assert_int_equal(came + heard.came, 3);
        weir_op_stop(driver, &heard.recv.op);
        finish(driver, &heard);
        weir_driver_close(driver, deaf);
        weir_driver_close(driver, listener);
        weir_rt_drop(rt);
        for (int i = 0; i < 3; i++)
            close(fds[i]);
    }
}

/* ---- short of something ---- */

/* More of them at once than a ring has blocks for: nobody is told that there was none. */
static void all_come_where_blocks_are_few(void **state)
{
    (void)state;
    static struct heard heard[PAIRS];
    static int ends[PAIRS][2];
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        for (size_t i = 0; i < PAIRS; i++) {
            pair(ends[i]);
            heard[i] = (struct heard){0};
            start(driver, &heard[i], WEIR_OP_RECV, ends[i][0]);
        }
        assert_int_equal(weir_driver_wait(driver, 0), 0);
        for (size_t i = 0; i < PAIRS; i++)
            assert_int_equal(write(ends[i][1], "x", 1), 1);
        assert_int_equal(finish_all(driver, heard, PAIRS), PAIRS);
        for (size_t i = 0; i < PAIRS; i++)
            pair_drop(driver, ends[i]);
        weir_rt_drop(rt);
    }
}

/* No entry is free, and the kernel takes none: they wait, and may be stopped meanwhile. */
static void a_full_queue(void **state)
{
    (void)state;
    enum { MANY = 300, ENDS = 100 };
    static struct heard heard[MANY];
    static int ends[ENDS][2];
    NEEDS_RING();
    world_begin();
    weir_rt *rt = world_rt("uring", NULL);
    weir_driver *driver = weir_rt_io(rt);
    for (size_t i = 0; i < ENDS; i++)
        pair(ends[i]);
    world.submit_error = -EBUSY;
    for (size_t i = 0; i < MANY; i++) {
        heard[i] = (struct heard){0};
        start(driver, &heard[i], WEIR_OP_POLL, ends[i % ENDS][0]);
        assert_int_equal(heard[i].times, 0);
    }
    weir_op_stop(driver, &heard[MANY - 1].recv.op); /* the kernel does not know it */
    assert_int_equal(heard[MANY - 1].result, -ECANCELED);
    weir_op_stop(driver, &heard[0].recv.op); /* nor that this is not wanted any more */
    weir_op_stop(driver, &heard[0].recv.op);
    assert_int_equal(heard[0].times, 0);
    world.submit_error = 0;
    finish(driver, &heard[0]);
    assert_int_equal(heard[0].result, -ECANCELED);
    for (size_t i = 0; i < ENDS; i++)
        assert_int_equal(write(ends[i][1], "x", 1), 1);
    assert_int_equal(finish_all(driver, heard, MANY), MANY - 2); /* POLLIN is 1 */
    for (size_t i = 0; i < ENDS; i++)
        pair_drop(driver, ends[i]);
    weir_rt_drop(rt);
}

/* Some say so, some wait until there is some; then it goes on. */
static void no_memory_for_a_block(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (unsigned long at = 1; at < 4; at++) {
            int ends[2];
            pair(ends);
            assert_int_equal(write(ends[1], "ab", 2), 2);
            memory_begin(0, false);
            weir_rt *rt = rig_rt(rig_drivers[d]);
            weir_driver *driver = weir_rt_io(rt);
            struct heard heard = {0};
            memory.fail_at = memory.calls + at;
            memory.fail_after = true;
            start(driver, &heard, WEIR_OP_RECV, ends[0]);
            assert_int_equal(weir_driver_wait(driver, 0), 0);
            memory.fail_at = 0;
            finish(driver, &heard);
            assert_true(heard.result == 2 || heard.result == -ENOMEM);
            if (heard.result != 2) {
                start(driver, &heard, WEIR_OP_RECV, ends[0]);
                finish(driver, &heard);
            }
            assert_int_equal(heard.result, 2);
            assert_int_equal(heard.byte, 'a');
            pair_drop(driver, ends);
            weir_rt_drop(rt);
            assert_int_equal(memory_end(), 0);
        }
}

/* ---- interrupted ---- */

static struct {
    weir_sys sys;
    unsigned left; /* so many times it says this: */
    int says;
} odd;

static int64_t odd_completed(const weir_sys *sys, int kind, int fd, int64_t result)
{
    if (odd.left && result > 0) {
        odd.left--;
        return odd.says;
    }
    return sys->base->completed(sys->base, kind, fd, result);
}

static int64_t odd_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags)
{
    if (odd.left) {
        odd.left--;
        return -EINTR;
    }
    return sys->base->recv(sys->base, fd, out, n, flags);
}

static int64_t odd_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags)
{
    if (odd.left) {
        odd.left--;
        return -EINTR;
    }
    return sys->base->sendmsg(sys->base, fd, message, flags);
}

static int refuse_blocks(const weir_sys *sys, struct io_uring *ring, void *blocks, unsigned entries,
                         unsigned group)
{
    (void)sys, (void)ring, (void)blocks, (void)entries, (void)group;
    return -EINVAL;
}

static weir_rt *odd_rt(const char *driver, unsigned times, int says)
{
    weir_sys_wrap(&odd.sys, NULL);
    odd.sys.completed = odd_completed;
    odd.sys.recv = odd_recv;
    odd.sys.sendmsg = odd_sendmsg;
    odd.sys.ring_blocks = refuse_blocks; /* so that a ring calls recv() too */
    odd.left = times;
    odd.says = says;
    return weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &odd.sys, .seed = 1}, NULL);
}

static struct {
    weir_op_send *send;
    unsigned times;
    int result;
} sent;

static void sent_done(weir_op *op, weir_got got)
{
    (void)op;
    sent.times++;
    sent.result = got.result;
}

static void send_byte(weir_driver *driver, int fd)
{
    weir_block *block = weir_block_new(0, 1);
    block->data[0] = 's';
    sent.send = weir_op_send_new(driver);
    sent.times = 0;
    weir_op_send_add(sent.send, block, block->data, 1);
    weir_block_unref(block);
    sent.send->op.done = sent_done;
    sent.send->op.fd = fd;
    weir_op_start(driver, &sent.send->op);
}

static void what_is_interrupted_goes_on(void **state)
{
    (void)state;
    static const int errors[] = {-EINTR, -EAGAIN};
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (size_t e = 0; e < 2; e++) {
            int ends[2];
            char byte = 0;
            pair(ends);
            weir_rt *rt = odd_rt(rig_drivers[d], 2, errors[e]);
            weir_driver *driver = weir_rt_io(rt);
            struct heard heard = {0};
            send_byte(driver, ends[0]);
            for (int i = 0; i < WAITS_MAX && sent.send->op.busy; i++)
                assert_int_equal(weir_driver_wait(driver, WAIT_NS), 0);
            assert_int_equal(sent.times, 1);
            assert_int_equal(sent.result, 0);
            weir_op_send_free(driver, sent.send);
            assert_int_equal(odd.left, 0);
            assert_int_equal(read(ends[1], &byte, 1), 1);
            assert_int_equal(byte, 's');
            odd.left = 1;
            odd.says = 0;
            assert_int_equal(write(ends[1], "x", 1), 1);
            odd.sys.completed = odd.sys.base->completed;
            start(driver, &heard, WEIR_OP_RECV, ends[0]);
            finish(driver, &heard);
            assert_int_equal(heard.byte, 'x');
            assert_int_equal(odd.left, 0);
            pair_drop(driver, ends);
            weir_rt_drop(rt);
        }
}

/* ---- stopped, gone, of another process ---- */

static void stopped_twice_is_told_once(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2];
        pair(ends);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        struct heard heard = {.recv.into = weir_block_new(0, 10)};
        start(driver, &heard, WEIR_OP_RECV, ends[0]);
        assert_int_equal(weir_driver_wait(driver, 0), 0);
        weir_op_stop(driver, &heard.recv.op);
        weir_op_stop(driver, &heard.recv.op);
        finish(driver, &heard);
        weir_op_stop(driver, &heard.recv.op);
        assert_int_equal(heard.times, 1);
        assert_int_equal(heard.result, -ECANCELED);
        pair_drop(driver, ends);
        weir_rt_drop(rt);
    }
}

static void a_driver_that_is_gone_begins_nothing(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2];
        pair(ends);
        memory_begin(0, false);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        weir_driver_hold(driver);
        weir_rt_drop(rt);
        struct heard heard = {.recv.into = weir_block_new(0, 10)};
        start(driver, &heard, WEIR_OP_RECV, ends[0]);
        assert_int_equal(heard.times, 1);
        assert_int_equal(heard.result, -ECANCELED);
        weir_op_stop(driver, &heard.recv.op);
        weir_driver_look(driver);
        weir_driver_let_go(driver);
        assert_int_equal(memory_end(), 0);
        close(ends[0]);
        close(ends[1]);
    }
}

/* What flies is the parent's: the child's owners are told that it is over, and it goes on here. */
static void a_child_has_none_of_them(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2], status = -1;
        pair(ends);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        struct heard heard = {0}, more = {0};
        start(driver, &heard, WEIR_OP_RECV, ends[0]);
        assert_int_equal(weir_driver_wait(driver, 0), 0);
        pid_t child = fork();
        if (!child) {
            start(driver, &more, WEIR_OP_RECV, ends[0]);
            bool well = more.times == 1 && more.result == -ECANCELED;
            weir_rt_drop(rt);
            _exit(well ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(write(ends[1], "x", 1), 1);
        finish(driver, &heard);
        assert_int_equal(heard.byte, 'x');
        pair_drop(driver, ends);
        weir_rt_drop(rt);
    }
}

int driver_sockets(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_no_descriptor),
        cmocka_unit_test(accepts_one_at_a_time),
        cmocka_unit_test(all_come_where_blocks_are_few),
        cmocka_unit_test(a_full_queue),
        cmocka_unit_test(no_memory_for_a_block),
        cmocka_unit_test(what_is_interrupted_goes_on),
        cmocka_unit_test(stopped_twice_is_told_once),
        cmocka_unit_test(a_driver_that_is_gone_begins_nothing),
        cmocka_unit_test(a_child_has_none_of_them),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
