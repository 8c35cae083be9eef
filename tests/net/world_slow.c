/* A fast source, a slow reader, a relay between them: memory stays as it is, however long it takes.
 * Two gigabytes at a megabyte a second, on a clock that jumps. */

#include "world.h"

enum { SINK_PORT = 9, PIECE = 32768, PERIOD = 65521 };
static const uint64_t all = (uint64_t)2 << 30;

/* ---- the source and the sink, by plain calls ---- */

static struct {
    int from, listener, to;
    uint64_t sent, came;
    struct weir_world_watch source, sink;
    unsigned char bytes[PERIOD + PIECE], got[PIECE];
    bool over, wrong;
    size_t peak;
} flow;

/* Memory that is counted, no more. */
static size_t live_bytes;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    live_bytes += size;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)self;
    (void)align;
    live_bytes += size - old_size;
    return realloc(block, size);
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    live_bytes -= size;
    free(block);
}

static const weir_alloc counting = {sizeof counting, count_allocate, count_resize, count_release,
                                    NULL};

static void note_peak(void)
{
    size_t held = live_bytes - weir_world_memory(sim.world);
    flow.peak = held > flow.peak ? held : flow.peak;
}

static void push(void *arg);
static void pull(void *arg);

static void may_push(struct weir_world_watch *watch)
{
    (void)watch;
    assert_true(weir_world_after(sim.world, 0, push, NULL));
}

static void may_pull(struct weir_world_watch *watch)
{
    (void)watch;
    assert_true(weir_world_after(sim.world, 0, pull, NULL));
}

/* What stands from there on: a period that fits no block. */
static const unsigned char *bytes_at(uint64_t at)
{
    return flow.bytes + at % PERIOD;
}

static void push(void *arg)
{
    (void)arg;
    const weir_sys *sys = weir_host_sys(sim.hosts[0]);
    for (int64_t n = 1; n > 0 && flow.sent<all; flow.sent += n> 0 ? (uint64_t)n : 0) {
        size_t room = all - flow.sent < PIECE ? all - flow.sent : PIECE;
        n = sys->send(sys, flow.from, bytes_at(flow.sent), room, 0);
    }
    if (flow.sent == all)
        sys->shutdown(sys, flow.from, SHUT_WR);
    else
        weir_world_watch(sim.hosts[0], flow.from, &flow.source);
}

static void pull(void *arg)
{
    (void)arg;
    const weir_sys *sys = weir_host_sys(sim.hosts[2]);
    if (flow.to < 0)
        flow.to = sys->accept(sys, flow.listener, 0);
    int64_t n = sys->recv(sys, flow.to, flow.got, PIECE, 0);
    note_peak();
    flow.wrong |= n < 0 && n != -EAGAIN;
    flow.wrong |= n > 0 && memcmp(flow.got, bytes_at(flow.came), (size_t)n) != 0;
    flow.came += n > 0 ? (uint64_t)n : 0;
    flow.over = n == 0;
    if (n != 0 && !flow.wrong)
        weir_world_watch(sim.hosts[2], flow.to, &flow.sink);
}

/* ---- the relay ---- */

static weir_stream *pass_on(weir_duplex near, void *arg)
{
    return weir_relay(near, weir_dial("10.0.0.3:9", NULL), arg);
}
WEIR_THEN_FN(pass_on_fn, pass_on, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

static void slow_reader(void **state)
{
    (void)state;
    const weir_alloc *usual = weir_alloc_get();
    weir_alloc_set(&counting);
    sim_begin(11, 3);
    weir_link_options fast = {.capacity = 65536, .whole = true};
    weir_link_options slow = {.capacity = 65536, .whole = true, .bytes_per_second = 1000000};
    weir_world_link(sim.world, sim.hosts[0], sim.hosts[1], &fast);
    weir_world_link(sim.world, sim.hosts[1], sim.hosts[2], &slow);
    assert_true(
        weir_rt_spawn(sim.rts[1], weir_serve(weir_incoming(":7", NULL), &pass_on_fn, NULL, NULL)));
    sim_run(NET_MS);
    const weir_sys *sys = weir_host_sys(sim.hosts[0]);
    memset(&flow, 0, sizeof flow);
    for (size_t i = 0; i < sizeof flow.bytes; i++)
        flow.bytes[i] = net_byte(i % PERIOD);
    flow.source = (struct weir_world_watch){.events = POLLOUT, .found = may_push};
    flow.sink = (struct weir_world_watch){.events = POLLIN, .found = may_pull};
    flow.listener = net_listen(weir_host_sys(sim.hosts[2]), "10.0.0.3", SINK_PORT, 1);
    flow.to = -1;
    flow.from = net_socket(sys);
    net_connect(sys, flow.from, "10.0.0.2", 7);
    weir_world_watch(sim.hosts[0], flow.from, &flow.source);
    weir_world_watch(sim.hosts[2], flow.listener, &flow.sink);
    uint64_t begun = weir_world_now_ns(sim.world);
    size_t before = live_bytes - weir_world_memory(sim.world);
    while (!flow.over && !flow.wrong && weir_world_go_on(sim.world, NULL, WEIR_FOREVER)) {
    }
    uint64_t took_ns = weir_world_now_ns(sim.world) - begun;
    print_message("%.0f virtual seconds, %zu KiB at most\n", (double)took_ns / 1e9,
                  (flow.peak - before) >> 10);
    assert_false(flow.wrong);
    assert_int_equal(flow.came, all);
    assert_in_range(took_ns / 1000000000, 2147, 2160);
    assert_true(flow.peak - before < (512 << 10));
    sys->close(sys, flow.from);
    weir_host_sys(sim.hosts[2])->close(weir_host_sys(sim.hosts[2]), flow.to);
    weir_host_sys(sim.hosts[2])->close(weir_host_sys(sim.hosts[2]), flow.listener);
    sim_end();
    weir_alloc_set(usual);
    assert_int_equal(live_bytes, 0);
}

int net_world_slow(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
