/* HTTP over the simulated network while others attack: heads that drip, answers that nobody reads,
 * streams of HTTP/2 that are reset as soon as they are begun. Who asks as one should is answered
 * all the same, as soon as the network lets it: alone, it takes up to 100 ms. */

#include "../net/world.h"

#include "talk.h"

#include "weir/paced.h"

enum { ATTACKERS = 50, GOOD = 50, ROUNDS = 6, RESETS = 2000, AT_ONCE_MAX = 200 };
#define MS 1000000ull
#define ROUND_NS (2000 * MS)
#define BOUND_NS (250 * MS)

#define HOST "Host: a\r\n"

/* ---- the server ---- */

static struct talk handlers; /* what they note */
static weir_http_options options;

static weir_stream *serve(weir_duplex connection, void *arg)
{
    (void)arg;
    return weir_http_serve(connection, talk_handler(), &handlers, &options);
}
WEIR_CONNECTION_FN(serve_fn, serve)

static void begin_server(void)
{
    memset(&handlers, 0, sizeof handlers);
    options = WEIR_HTTP_OPTIONS(.counts = &handlers.counts);
    weir_stream *loop =
        weir_par_for_each(weir_incoming(":80", NULL), &serve_fn, NULL, AT_ONCE_MAX, NULL);
    assert_true(weir_rt_spawn(sim.rts[1], loop));
}

/* ---- who attacks ---- */

enum attack { DRIPS, READS_NOTHING, RESETS_ALL, ATTACKS };

static struct {
    weir_duplex far;
    bool reader_kept;
} attackers[ATTACKERS];

static const char *dripping(void)
{
    static char head[2000];
    size_t n = (size_t)sprintf(head, "GET /h6 HTTP/1.1\r\n" HOST);
    while (n + 20 < sizeof head)
        n += (size_t)sprintf(head + n, "a: b\r\n");
    return head;
}

static const char *greedy(void)
{
    static char asks[8000];
    for (size_t n = 0; n + 60 < sizeof asks;)
        n += (size_t)sprintf(asks + n, "GET /h900000 HTTP/1.1\r\n" HOST "\r\n");
    return asks;
}

/* Streams 1, 3, 5 ...: HEADERS of a request that is whole, and RST_STREAM (CANCEL). */
static size_t resetting(unsigned char *to)
{
    static const char begin[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    size_t n = sizeof begin;
    memcpy(to, begin, n);
    for (unsigned id = 1; id < 2 * RESETS; id += 2) {
        const unsigned char a = (unsigned char)(id >> 8), b = (unsigned char)id;
        const unsigned char pair[] = {0,   0, 6, 1, 5, 0, 0, a, b, 0x82, 0x84, 0x86, 0x41, 1,
                                      'a', 0, 0, 4, 3, 0, 0, 0, a, b,    0,    0,    0,    8};
        memcpy(to + n, pair, sizeof pair);
        n += sizeof pair;
    }
    return n;
}

static weir_reader *said_by(enum attack attack)
{
    static unsigned char resets[100 + RESETS * 28];
    switch (attack) {
    case DRIPS:
        return weir_rate_bytes(weir_memory_reader(dripping(), strlen(dripping())), 10, 1);
    case READS_NOTHING:
        return weir_memory_reader(greedy(), strlen(greedy()));
    default:
        return weir_memory_reader(resets, resetting(resets));
    }
}

static void begin_attack(unsigned i)
{
    enum attack attack = i % ATTACKS;
    weir_duplex far = attackers[i].far = weir_dial("10.0.0.2:80", NULL);
    attackers[i].reader_kept = attack == READS_NOTHING;
    assert_true(
        weir_rt_spawn(sim.rts[2], weir_copy(said_by(attack), weir_writer_by_ref(far.writer))));
    if (!attackers[i].reader_kept)
        assert_true(weir_rt_spawn(sim.rts[2], weir_copy(far.reader, weir_null_writer())));
}

static void end_attack(unsigned i)
{
    weir_drop(attackers[i].far.writer);
    if (attackers[i].reader_kept)
        weir_drop(attackers[i].far.reader);
}

/* ---- who asks ---- */

static struct good {
    weir_vec back;
    uint64_t over_ns;
} goods[GOOD];

static uint64_t note_end(uint64_t bytes, void *arg)
{
    struct good *good = arg;
    good->over_ns = weir_world_now_ns(sim.world);
    return bytes;
}
WEIR_MAP_FN(note_end_fn, note_end, uint64_t, uint64_t)

static void begin_good(struct good *good)
{
    static const char ask[] = "GET /h6 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
    *good = (struct good){0};
    weir_duplex far = weir_dial("10.0.0.2:80", NULL);
    weir_stream *answer = weir_copy(far.reader, weir_memory_writer(&good->back, 4096));
    assert_true(
        weir_rt_spawn(sim.rts[0], weir_copy(weir_memory_reader(ask, sizeof ask - 1), far.writer)));
    assert_true(weir_rt_spawn(sim.rts[0], weir_map(answer, &note_end_fn, good)));
}

static uint64_t end_good(struct good *good, unsigned round, uint64_t begun_ns)
{
    if (!good->over_ns || good->over_ns - begun_ns > BOUND_NS)
        fail_msg("round %u: no answer in %llu ms", round, BOUND_NS / MS);
    const char *text = good->back.items;
    assert_true(good->back.n > 20 && !memcmp(text, "HTTP/1.1 200 OK\r\n", 17));
    assert_memory_equal(text + good->back.n - 6, "abcdef", 6);
    weir_vec_drop(&good->back);
    return good->over_ns - begun_ns;
}

static uint64_t one_round(unsigned round)
{
    uint64_t begun_ns = weir_world_now_ns(sim.world), longest_ns = 0;
    for (unsigned i = 0; i < GOOD; i++)
        begin_good(&goods[i]);
    sim_run(ROUND_NS);
    for (unsigned i = 0; i < GOOD; i++) {
        uint64_t ns = end_good(&goods[i], round, begun_ns);
        longest_ns = ns > longest_ns ? ns : longest_ns;
    }
    return longest_ns;
}

/* The attackers came, and those whose heads drip were refused at last. */
static void under_attack(uint64_t seed)
{
    uint64_t longest_ns = 0;
    sim_begin(seed, 3);
    begin_server();
    sim_run(NET_MS);
    for (unsigned i = 0; i < ATTACKERS; i++)
        begin_attack(i);
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t ns = one_round(round);
        longest_ns = ns > longest_ns ? ns : longest_ns;
    }
    assert_int_equal(handlers.counts.connections, ATTACKERS + ROUNDS * GOOD);
    assert_true(handlers.counts.requests > ROUNDS * GOOD + ATTACKERS / ATTACKS);
    assert_true(handlers.counts.refused >= ATTACKERS / ATTACKS);
    print_message("seed %lu: the slowest answer of %u in %lu ms, beside %lu requests of others\n",
                  (unsigned long)seed, ROUNDS * GOOD, (unsigned long)(longest_ns / MS),
                  (unsigned long)handlers.counts.requests - ROUNDS * GOOD);
    for (unsigned i = 0; i < ATTACKERS; i++)
        end_attack(i);
    sim_end();
    assert_int_equal(handlers.live, 0);
}

static void others_are_served(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        under_attack(seed);
}

int http_attacked_world(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(others_are_served)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
