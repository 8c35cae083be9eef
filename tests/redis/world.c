/* Two workers of one group over the simulated network, and a server as a model. Whatever the seed
 * draws (pieces, delays, partitions, resets, a server that loads, sinks that are slow or lose what
 * they had, a worker that dies), each message is stored before it is acknowledged, all are, and
 * nothing is open in the end. */

#include "../net/world.h"
#include "../net/world_seeds.h"

#include "model.h"
#include "weir/redis.h"

enum { HELD_MAX = 16, TAKEN_MAX = 4096 };
#define MS 1000000ull
#define S 1000000000ull
#define CLAIM_NS S
#define PATIENCE_NS (400 * S)

static unsigned fatal;

/* ---- a sink that keeps what it takes, now and then ---- */

struct keeps {
    weir_stream stream;
    unsigned taken[TAKEN_MAX], n;
    weir_mark *held[HELD_MAX];
    unsigned marks;
    weir_timer timer;
    uint64_t commit_ns; /* UINT64_MAX: nothing is held */
};

/* Rarely it loses all it has. */
static void commit(struct keeps *self)
{
    bool kept = weir_world_draw(sim.world, 16) != 0;
    for (unsigned i = 0; i < self->n && kept; i++)
        model.entries[self->taken[i]].stored = true;
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
        self->taken[self->n++] = (unsigned)messages[i].sub_offset - 1;
    }
}

/* Mostly soon, sometimes after more than the claim time. */
static void hold(struct keeps *self, weir_cx *cx)
{
    uint64_t slow = weir_world_draw(sim.world, 8) ? 20 * MS : 3 * CLAIM_NS;
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
        if (self->marks == HELD_MAX || cx->now_ns >= self->commit_ns)
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

static weir_stream *worker(unsigned host)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = "10.0.0.2:6379", .stream = "s",
                                           .group = "g", .claim_ns = CLAIM_NS, .fetch_max = 16);
    weir_stream *stream = weir_inspect_err(weir_redis(&from), note, &told[host]);
    stream = weir_skip_errors(stream, UINT64_MAX, NULL);
    stream = weir_stream_new(stream, sizeof(struct keeps), &keeps_ops, &weir_type_unit);
    assert_false(weir_stage_failed(&stream->stage));
    stream->stage.one = true;
    WEIR_SELF(struct keeps, stream)->commit_ns = UINT64_MAX;
    return stream;
}

/* ---- the world ---- */

static uint64_t now_ns(void)
{
    return weir_world_now_ns(sim.world);
}

static bool is_loading(void)
{
    return !weir_world_draw(sim.world, 4);
}

static void add_more(void *arg)
{
    unsigned more = (unsigned)weir_world_draw(sim.world, 40);
    model.there = model.there + more < MODEL_N ? model.there + more : MODEL_N;
    if (model.there < MODEL_N)
        assert_true(
            weir_world_after(sim.world, weir_world_draw(sim.world, 300 * MS), add_more, arg));
}

/* Host 1 is the server. */
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

static void draw_trouble(void)
{
    static unsigned workers[] = {0, 2};
    unsigned n = (unsigned)weir_world_draw(sim.world, 12);
    for (unsigned i = 0; i < n; i++) {
        unsigned *who = &workers[weir_world_draw(sim.world, 2)];
        uint64_t begin = weir_world_draw(sim.world, 5 * S);
        bool cuts = !weir_world_draw(sim.world, 3);
        assert_true(weir_world_after(sim.world, begin, cuts ? partition : reset, who));
        uint64_t end = begin + weir_world_draw(sim.world, 30 * S);
        assert_true(!cuts || weir_world_after(sim.world, end, heal, who));
    }
    if (weir_world_draw(sim.world, 2))
        assert_true(
            weir_world_after(sim.world, weir_world_draw(sim.world, 4 * S), drop_one, &sim.rts[2]));
}

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

static void run_seed(uint64_t seed, bool trouble)
{
    begin(seed);
    assert_true(weir_rt_spawn(sim.rts[0], worker(0)));
    assert_true(weir_rt_spawn(sim.rts[2], worker(2)));
    add_more(NULL);
    if (trouble)
        draw_trouble();
    uint64_t end = now_ns() + PATIENCE_NS;
    while (now_ns() < end && model_acked() < MODEL_N)
        sim_run(S);
    if (model_acked() < MODEL_N || model_pending() || model.early || fatal)
        fail_msg("seed %lu: %u of %d acknowledged, %u pending, %u too early, %u fatal", seed,
                 model_acked(), MODEL_N, model_pending(), model.early, fatal);
    sim_run(S);
    sim_end();
}

static void all_is_acknowledged(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(10); seed++)
        run_seed(seed, false);
}

static void whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(40); seed++)
        run_seed(seed, true);
}

/* What is too large and no page: it is not asked for in smaller ones, and it is told. */
static void who_lies_is_given_up(void **state)
{
    (void)state;
    begin(1);
    model.lies = true;
    model.there = 10;
    assert_true(weir_rt_spawn(sim.rts[0], worker(0)));
    sim_run(60 * S);
    assert_int_equal(fatal, 1);
    sim_end();
}

int redis_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_acknowledged),
        cmocka_unit_test(whatever_happens),
        cmocka_unit_test(who_lies_is_given_up),
    };
    return cmocka_run_group_tests_name("redis: world", tests, NULL, NULL);
}
