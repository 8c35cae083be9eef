/* The sim driver over its simulated network: what it draws happens, and all of it is lawful. An
 * operation is done before it was started, or later; stopped in time, or too late; bytes that came
 * stand in their block, what nobody holds is dead. */

#include "hosts.h"

#include "driver/op.h"
#include "task/worker.h"

static struct {
    weir_world *world;
    weir_host *host;
    weir_rt *rt;
    weir_driver *driver;
    const weir_sys *far; /* by plain calls */
    int listener;
} net;

static void begin(uint64_t seed)
{
    net.world = weir_world_new(seed);
    net.host = weir_world_host(net.world, "10.0.0.1");
    net.far = weir_host_sys(weir_world_host(net.world, "10.0.0.2"));
    net.rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .host = net.host), NULL);
    assert_non_null(net.rt);
    net.driver = weir_rt_io(net.rt);
    net.listener = net_listen(net.far, "10.0.0.2", 80, 16);
}

static void end(void)
{
    weir_rt_drop(net.rt);
    weir_world_drop(net.world);
}

/* Two ends that are connected; the far one is plain. */
static int connect_both(int *far)
{
    const weir_sys *sys = net.driver->sys;
    int fd = net_socket(sys);
    net_connect(sys, fd, "10.0.0.2", 80);
    net_settle(net.world);
    *far = net.far->accept(net.far, net.listener, 0);
    assert_true(*far >= 0);
    return fd;
}

struct came {
    weir_op_recv recv;
    unsigned times, accepted, ended;
    int64_t result, bytes;
    bool right;
};

static void note(weir_op *op, weir_got got)
{
    struct came *came = WEIR_CONTAINER(WEIR_CONTAINER(op, weir_op_recv, op), struct came, recv);
    came->times++;
    came->result = got.result;
    if (got.block) {
        const unsigned char *bytes = got.block->data + got.block->head;
        came->bytes += got.result;
        came->right = memcmp(bytes, "hello", (size_t)got.result) == 0 && bytes[got.result] == 0xdd;
        weir_block_unref(got.block);
    }
}

static void wait_until_done(const struct came *came)
{
    for (int i = 0; i < 1000 && came->recv.op.busy; i++)
        assert_int_equal(weir_driver_wait(net.driver, 1000000), 0);
    assert_false(came->recv.op.busy);
}

static void receives(void **state)
{
    (void)state;
    unsigned at_once = 0, in_time = 0, late = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        int far;
        begin(seed);
        int fd = connect_both(&far);
        assert_true(net.far->send(net.far, far, "hello", 5, 0) >= 1);
        net_settle(net.world);
        struct came came = {.recv.op = {.done = note, .fd = fd, .kind = WEIR_OP_RECV}};
        weir_op_start(net.driver, &came.recv.op);
        bool done = !came.recv.op.busy;
        at_once += done;
        if (!done && seed % 2)
            weir_op_stop(net.driver, &came.recv.op);
        wait_until_done(&came);
        assert_int_equal(came.times, 1);
        bool stopped = !done && seed % 2;
        in_time += stopped && came.result == -ECANCELED;
        late += stopped && came.bytes > 0;
        assert_true(came.bytes ? came.right : stopped && came.result == -ECANCELED);
        net.driver->sys->close(net.driver->sys, fd);
        end();
    }
    assert_in_range(at_once, 100, 200);
    assert_in_range(in_time, 20, 120);
    assert_in_range(late, 10, 80);
}

static void note_accept(weir_op *op, weir_got got)
{
    struct came *came = WEIR_CONTAINER(WEIR_CONTAINER(op, weir_op_recv, op), struct came, recv);
    came->accepted += got.result >= 0;
    came->ended += !got.more;
    if (got.result >= 0)
        net.driver->sys->close(net.driver->sys, got.result);
}

/* All are accepted, by one operation or by several. */
static void accepts(void **state)
{
    (void)state;
    unsigned ended = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        begin(seed);
        const weir_sys *sys = net.driver->sys;
        int fd = net_listen(sys, "10.0.0.1", 80, 16);
        for (int i = 0; i < 10; i++)
            net_connect(net.far, net_socket(net.far), "10.0.0.1", 80);
        net_settle(net.world);
        struct came came = {.recv.op = {.done = note_accept, .fd = fd, .kind = WEIR_OP_ACCEPT}};
        while (came.accepted < 10) {
            if (!came.recv.op.busy)
                weir_op_start(net.driver, &came.recv.op);
            assert_int_equal(weir_driver_wait(net.driver, 1000000), 0);
        }
        ended += came.ended;
        weir_op_stop(net.driver, &came.recv.op);
        wait_until_done(&came);
        assert_int_equal(came.accepted, 10);
        sys->close(sys, fd);
        end();
    }
    assert_in_range(ended, 20, 200);
}

/* One that was never stopped ends with its driver. */
static void the_driver_goes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int far;
        begin(seed);
        int fd = connect_both(&far);
        struct came came = {.recv.op = {.done = note, .fd = fd, .kind = WEIR_OP_RECV}};
        weir_op_start(net.driver, &came.recv.op);
        weir_rt_drop(net.rt);
        net.rt = NULL;
        assert_int_equal(came.result, -ECANCELED);
        assert_false(came.recv.op.busy);
        end();
    }
}

/* Who waits for what will never come is told, at once. */
static void nothing_will_ever_happen(void **state)
{
    (void)state;
    begin(1);
    weir_error error;
    weir_duplex far = weir_dial("10.0.0.2:80", NULL);
    assert_int_equal(weir_rt_run(net.rt, weir_count(weir_lines(far.reader, 100)), NULL, &error),
                     WEIR_ERROR);
    assert_non_null(strstr(error.message, "nothing will ever happen"));
    weir_drop(far.writer);
    end();
}

int driver_world_driver(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receives),
        cmocka_unit_test(accepts),
        cmocka_unit_test(the_driver_goes),
        cmocka_unit_test(nothing_will_ever_happen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
