/* The kqueue driver over a kevent() that is scripted: sockets of ours, which it is told of by
 * edges.
 */

#include "kqueue_said.h"

#include <netinet/in.h>
#include <poll.h>

/* An operation, and what was told of it. */
struct heard {
    union {
        weir_op op;
        weir_op_recv recv;
        weir_op_connect connect;
    };
    unsigned times;
    int result;
    char byte; /* the first of a receive */
    int near;  /* that was accepted last */
};

static void heard_done(weir_op *op, weir_got got)
{
    struct heard *heard = WEIR_CONTAINER(op, struct heard, op);
    heard->times++;
    heard->result = got.result;
    if (got.block) {
        heard->byte = (char)got.block->data[got.block->head];
        weir_block_unref(got.block);
    }
    if (op->kind == WEIR_OP_ACCEPT && got.result >= 0) {
        heard->near = got.result;
        close(got.result);
    }
}

static void begins(weir_driver *driver, struct heard *heard, weir_op_kind kind, int fd,
                   unsigned events)
{
    weir_op_connect connect = heard->connect; /* its address */
    *heard = (struct heard){.connect = connect};
    heard->op =
        (weir_op){.done = heard_done, .kind = (uint8_t)kind, .fd = fd, .events = (uint16_t)events};
    weir_op_start(driver, &heard->op);
}

/* Both directions, for edges, once for all its life; and what stands there already is looked for.
 */
static void registered_once(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_pair(ends);
    struct heard in = {.near = 0};
    assert_int_equal(write(ends[1], "abc", 1), 1);
    begins(driver, &in, WEIR_OP_RECV, ends[0], 0);
    assert_int_equal(in.result, 1);
    begins(driver, &in, WEIR_OP_RECV, ends[0], 0);
    assert_int_equal(in.times, 0);
    assert_int_equal(told(driver, 5000), 2);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_CLEAR));
    assert_true(is_change(1, ends[0], EVFILT_WRITE, EV_ADD | EV_CLEAR));
    hears(ends[0], EVFILT_WRITE, EV_CLEAR, 1000); /* it can be written to: that is nobody's now */
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(in.times, 0);
    for (char byte = 'b'; byte < 'e'; byte++) {
        assert_int_equal(write(ends[1], &byte, 1), 1);
        hears(ends[0], EVFILT_READ, EV_CLEAR, 1);
        assert_int_equal(told(driver, 5000), 0);
        assert_int_equal(in.result, 1);
        assert_int_equal(in.byte, byte);
        begins(driver, &in, WEIR_OP_RECV, ends[0], 0);
        assert_int_equal(in.times, 0);
    }
    close(ends[1]);
    hears(ends[0], EVFILT_READ, EV_CLEAR | EV_EOF, 0);
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(in.times, 1);
    assert_int_equal(in.result, 0);
    end(driver);
    close(ends[0]);
}

/* A peer that sends no more is told of, though poll() may know no such thing. */
static void ends_of_peers(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_pair(ends);
    struct heard more = {.near = 0};
    begins(driver, &more, WEIR_OP_POLL, ends[0], POLLIN | POLLRDHUP);
    assert_int_equal(more.times, 0);
    assert_int_equal(told(driver, 5000), 2);
    hears(ends[0], EVFILT_READ, EV_CLEAR, 1); /* old news */
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(more.times, 0);
    assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
    hears(ends[0], EVFILT_READ, EV_CLEAR | EV_EOF, 0);
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(more.result, POLLIN | POLLRDHUP);
    end(driver);
    close_pair(ends);
}

static int listen_here(struct sockaddr_in *at)
{
    socklen_t n = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
    return fd;
}

/* A listener is not written to; a connection is told of when it is on its way. */
static void listeners_and_connections(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    struct heard from = {.near = 0}, to = {.near = 0};
    int far = listen_here((struct sockaddr_in *)&to.connect.to);
    to.connect.n = sizeof(struct sockaddr_in);
    begins(driver, &from, WEIR_OP_ACCEPT, far, 0);
    assert_int_equal(told(driver, 5000), 1);
    assert_true(is_change(0, far, EVFILT_READ, EV_ADD | EV_CLEAR));
    int near = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    begins(driver, &to, WEIR_OP_CONNECT, near, 0);
    assert_int_equal(to.times, 0);
    hears(far, EVFILT_READ, EV_CLEAR, 1);
    hears(near, EVFILT_WRITE, EV_CLEAR, 1000);
    assert_int_equal(told(driver, 5000), 2);
    assert_int_equal(from.times, 1);
    assert_true(from.near > 0);
    assert_int_equal(to.times, 1);
    assert_int_equal(to.result, 0);
    weir_driver_close(driver, near);
    weir_op_stop(driver, &from.op);
    weir_driver_close(driver, far);
    int gone = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    begins(driver, &to, WEIR_OP_CONNECT, gone, 0); /* nobody listens there any more */
    if (!to.times) {
        assert_int_equal(told(driver, 5000), 2);
        hears(gone, EVFILT_WRITE, EV_CLEAR | EV_EOF, 0);
        assert_int_equal(told(driver, 5000), 0);
    }
    assert_int_equal(to.result, -ECONNREFUSED);
    weir_driver_close(driver, gone);
    end(driver);
}

/* What is under way fails, in both directions; the next operation has it registered anew. */
static void registering_is_refused(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_full_pair(ends);
    struct heard in = {.near = 0}, out = {.near = 0};
    begins(driver, &in, WEIR_OP_RECV, ends[0], 0);
    begins(driver, &out, WEIR_OP_POLL, ends[0], POLLOUT);
    hears(ends[0], EVFILT_WRITE, EV_ERROR, ENOMEM);
    assert_int_equal(told(driver, 5000), 2);
    assert_int_equal(in.result, -ENOMEM);
    assert_int_equal(out.result, -ENOMEM);
    assert_int_equal(in.times + out.times, 2);
    begins(driver, &in, WEIR_OP_RECV, ends[0], 0);
    assert_int_equal(told(driver, 5000), 2);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_CLEAR));
    assert_true(is_change(1, ends[0], EVFILT_WRITE, EV_ADD | EV_CLEAR));
    weir_op_stop(driver, &in.op);
    assert_int_equal(in.result, -ECANCELED);
    end(driver);
    close_pair(ends);
}

/* Closing took its notes out: the next file of that number begins with none, whatever it is. */
static void numbers_used_again(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2], next[2];
    make_pair(ends);
    struct heard in = {.near = 0};
    begins(driver, &in, WEIR_OP_RECV, ends[0], 0);
    assert_int_equal(told(driver, 5000), 2);
    weir_op_stop(driver, &in.op);
    weir_driver_close(driver, ends[0]);
    close(ends[1]);
    make_pair(next);
    assert_int_equal(next[0], ends[0]);
    weir_io io = {.kind = WEIR_IO_POLL, .fd = next[0], .events = POLLIN};
    weir_io_submit(driver, &io);
    assert_int_equal(told(driver, 5000), 1);
    assert_true(is_change(0, next[0], EVFILT_READ, EV_ADD | EV_ONESHOT));
    driver->ops->cancel(driver, &io);
    begins(driver, &in, WEIR_OP_RECV, next[0], 0); /* and then ours, with that note still there */
    assert_int_equal(told(driver, 5000), 3);
    assert_true(is_change(0, next[0], EVFILT_READ, EV_DELETE));
    assert_true(is_change(1, next[0], EVFILT_READ, EV_ADD | EV_CLEAR));
    assert_true(is_change(2, next[0], EVFILT_WRITE, EV_ADD | EV_CLEAR));
    end(driver);
    assert_int_equal(in.result, -ECANCELED);
    close_pair(next);
}

int driver_kqueue_sockets(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registered_once),           cmocka_unit_test(ends_of_peers),
        cmocka_unit_test(listeners_and_connections), cmocka_unit_test(registering_is_refused),
        cmocka_unit_test(numbers_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
