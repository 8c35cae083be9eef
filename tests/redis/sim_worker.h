/* A worker of the group over the simulated network, and the server as a model. */
#ifndef WEIR_TESTS_REDIS_SIM_WORKER_H
#define WEIR_TESTS_REDIS_SIM_WORKER_H

#include "../net/world.h"

#include "model.h"
#include "weir/redis.h"

enum { HELD_MAX = 16, TAKEN_MAX = 4096 };
#define MS 1000000ull
#define S 1000000000ull
#define CLAIM_NS S

static unsigned fatal;
static unsigned page = 16;
static unsigned seldom = 8; /* one in so many commits is slow */

/* ---- a sink that keeps what it takes, now and then ---- */

struct keeps {
    weir_stream stream;
    uint64_t taken[TAKEN_MAX];
    unsigned n;
    weir_mark *held[HELD_MAX];
    unsigned marks;
    weir_timer timer;
    uint64_t commit_ns; /* UINT64_MAX: nothing is held */
};

static void store(uint64_t number)
{
    struct model_entry *entry = model_entry(number);
    if (entry)
        entry->stored = true;
}

/* Rarely it loses all it has. */
static void commit(struct keeps *self)
{
    bool kept = weir_world_draw(sim.world, 16) != 0;
    for (unsigned i = 0; i < self->n && kept; i++)
        store(self->taken[i]);
    for (unsigned i = 0; i < self->marks; i++)
        weir_mark_settle(self->held[i], kept);
    self->n = self->marks = 0;
    self->commit_ns = UINT64_MAX;
}

static void put(struct keeps *self, const weir_message *messages, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        assert_true(self->n < TAKEN_MAX);
        assert_true(messages[i].tries > 0);
        self->taken[self->n++] = messages[i].sub_offset - 1;
    }
}

/* Mostly soon, sometimes after more than the claim time. */
static void hold(struct keeps *self, weir_cx *cx)
{
    uint64_t slow = weir_world_draw(sim.world, seldom) ? 20 * MS : 3 * CLAIM_NS;
    self->held[self->marks++] = weir_mark_take(cx);
    if (self->commit_ns == UINT64_MAX)
        self->commit_ns = cx->now_ns + weir_world_draw(sim.world, slow);
}

static weir_poll keeps_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct keeps *self = WEIR_SELF(struct keeps, stream);
    weir_message messages[64];
    (void)out, (void)demand;
    for (;;) {
        if (self->marks == HELD_MAX || weir_clock_now_ns(cx) >= self->commit_ns)
            commit(self);
        weir_poll got = weir_poll_next(weir_source(stream), cx, messages, 64);
        put(self, messages, got.n);
        if (got.state == WEIR_MARK)
            hold(self, cx);
        if (got.state == WEIR_PENDING && self->commit_ns != UINT64_MAX) {
            weir_timer_set(&self->timer, self->commit_ns);
            if (weir_timer_poll(cx, &self->timer).state == WEIR_READY)
                continue;
        }
        if (got.state != WEIR_MARK && got.state != WEIR_READY)
            return got;
    }
}

static void keeps_fini(weir_stream *stream)
{
    struct keeps *self = WEIR_SELF(struct keeps, stream);
    weir_timer_stop(&self->timer);
    for (unsigned i = 0; i < self->marks; i++)
        weir_mark_settle(self->held[i], false);
}

static const weir_stream_ops keeps_ops = {.size = sizeof keeps_ops,
                                          .name = "sink",
                                          .poll_next = keeps_poll_next,
                                          .fini = keeps_fini,
                                          .marks = WEIR_MARKS_SETTLE};

/* Its errors come in pairs: a loss, and that it is over. */
struct told {
    unsigned lost, back, other;
};
static struct told told[WORLD_HOSTS];

static void note(const weir_error *error, void *arg)
{
    struct told *mine = arg;
    fatal += error->fatal;
    mine->lost += strstr(error->message, "lost the server") != NULL;
    mine->back += strstr(error->message, "there again") != NULL;
    assert_in_range(mine->lost - mine->back, 0, 1);
}

static struct keeps *sinks[WORLD_HOSTS];

static weir_stream *worker(unsigned host)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = "10.0.0.2:6379", .stream = "s",
                                           .group = "g", .claim_ns = CLAIM_NS, .fetch_max = page);
    weir_stream *stream = weir_inspect_err(weir_redis(&from), note, &told[host]);
    stream = weir_skip_errors(stream, UINT64_MAX, NULL);
    stream = weir_stream_new(stream, sizeof(struct keeps), &keeps_ops, &weir_type_unit);
    assert_false(weir_stage_failed(&stream->stage));
    stream->stage.one = true;
    sinks[host] = WEIR_SELF(struct keeps, stream);
    sinks[host]->commit_ns = UINT64_MAX;
    return stream;
}

/* ---- the server ---- */

static uint64_t now_ns(void)
{
    return weir_world_now_ns(sim.world);
}

static bool is_loading(void)
{
    return !weir_world_draw(sim.world, 4);
}

/* Host 1. */
static void begin(uint64_t seed)
{
    fatal = 0;
    memset(told, 0, sizeof told);
    sim_begin(seed, 3);
    model_begin(now_ns, is_loading);
    weir_stream *incoming = weir_incoming(":6379", NULL);
    assert_true(weir_rt_spawn(sim.rts[1], weir_serve(incoming, model_fn(), NULL, NULL)));
    sim_run(NET_MS);
}

static void partition(void *arg)
{
    weir_world_partition(sim.world, sim.hosts[*(unsigned *)arg], sim.hosts[1]);
}

static void heal(void *arg)
{
    weir_world_heal(sim.world, sim.hosts[*(unsigned *)arg], sim.hosts[1]);
}

static void reset(void *arg)
{
    weir_world_reset(sim.world, sim.hosts[*(unsigned *)arg], sim.hosts[1]);
}

#endif
