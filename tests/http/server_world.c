/* HTTP/1.1 over the simulated network, and a server that is stopped in the midst of it. Whatever
 * the seed draws, a client has whole answers in their order; where nothing but the stop happened,
 * every request that came in has its answer, and who was idle is not waited for. */

#include "../net/world.h"

#include "talk.h"

enum { CLIENTS_MAX = 6, REQUESTS_MAX = 6, BYTES_MAX = 1 << 16 };
#define MS 1000000ull
#define S 1000000000ull

#define HOST "Host: a\r\n"
#define TEXT "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
#define MADE "HTTP/1.1 200 OK\r\nX-Made-By: a test\r\n"
static const struct {
    const char *said, *got;
} known[] = {
    {"GET /h6 HTTP/1.1\r\n" HOST "\r\n", TEXT "content-length: 6\r\n\r\nabcdef"},
    {"GET /h0 HTTP/1.1\r\n" HOST "\r\n", TEXT "content-length: 0\r\n\r\n"},
    {"GET /s3.h3 HTTP/1.1\r\n" HOST "\r\n", TEXT "content-length: 3\r\n\r\nabc"},
    {"POST /b.r.e.o.k HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
     MADE "content-length: 5\r\n\r\nhello"},
    {"POST /b.r9.e.o.k HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n9\r\n"
     "lo, hello\r\n0\r\n\r\n",
     MADE "content-length: 12\r\n\r\nhello, hello"},
    {"POST /h2 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
     TEXT "content-length: 2\r\n\r\nab"},
    {"GET /a200.w3.f.s2.w2.k HTTP/1.1\r\n" HOST "\r\n",
     MADE "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nab\r\n0\r\n\r\n"},
};
enum { KNOWN = sizeof known / sizeof *known };

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
    weir_stream *incoming = weir_incoming(":80", NULL);
    assert_true(weir_rt_spawn(sim.rts[1], weir_par_for_each(incoming, &serve_fn, NULL, 100, NULL)));
}

/* ---- the clients ---- */

struct client {
    unsigned wants[REQUESTS_MAX], n;
    char said[2048];
    bool stays; /* it says nothing of its end */
    weir_duplex far;
    weir_vec back;
    bool failed, over;
    weir_error error;
    unsigned whole; /* answers that came */
    bool closes;    /* ... of which the last one says so */
};
static struct client clients[CLIENTS_MAX];

static void note_error(const weir_error *error, void *arg)
{
    struct client *client = arg;
    client->failed = true;
    client->error = *error;
}

static void begin_client(struct client *client)
{
    client->n = 1 + (unsigned)weir_world_draw(sim.world, REQUESTS_MAX);
    for (unsigned i = 0; i < client->n; i++) {
        client->wants[i] = (unsigned)weir_world_draw(sim.world, KNOWN);
        strcat(client->said, known[client->wants[i]].said);
    }
    client->stays = weir_world_draw(sim.world, 2);
    client->far = weir_dial("10.0.0.2:80", NULL);
    weir_writer *writer = client->far.writer;
    if (client->stays)
        writer = weir_writer_by_ref(writer);
    weir_stream *both =
        weir_join(weir_copy(weir_memory_reader(client->said, strlen(client->said)), writer),
                  weir_copy(client->far.reader, weir_memory_writer(&client->back, BYTES_MAX)));
    assert_true(weir_rt_spawn(sim.rts[0], weir_inspect_err(both, note_error, client)));
}

static void cut_out(char *text, const char *from, size_t n)
{
    char *at = strstr(text, from);
    if (at)
        memmove(at, at + n, strlen(at + n) + 1);
}

/* It had trouble, and was told so. */
static bool is_refusal(const char *at)
{
    const char *end = strstr(at, "\r\n\r\n");
    return (!strncmp(at, "HTTP/1.1 4", 10) || !strncmp(at, "HTTP/1.1 5", 10)) && end && !end[4];
}

/* What came is answers, whole and in order, and maybe a part of one. */
static void read_answers(struct client *client, uint64_t seed)
{
    static char text[BYTES_MAX + 1];
    size_t n = client->back.n;
    if (n)
        memcpy(text, client->back.items, n);
    text[n] = 0;
    char *at = text;
    while (*at && client->whole < client->n) {
        if (is_refusal(at))
            return;
        const char *wanted = known[client->wants[client->whole]].got;
        char *blank = strstr(at, "\r\n\r\n");
        char *closes = strstr(at, "connection: close\r\n");
        cut_out(at, "date: ", 37);
        if (closes && blank && closes < blank) {
            cut_out(at, "connection: close\r\n", 19);
            client->closes = true;
        }
        size_t length = strlen(wanted), left = strlen(at);
        if (strncmp(at, wanted, left < length ? left : length) && left >= length)
            fail_msg("seed %lu: another answer came: %s", seed, at);
        if (left < length)
            break;
        at += length;
        client->whole++;
        if (client->closes)
            break;
    }
    if (*at && !client->failed)
        fail_msg("seed %lu: a part of an answer, and no error: %s", seed, at);
}

static void end_client(struct client *client, uint64_t seed)
{
    read_answers(client, seed);
    if (client->stays && sim.rts[0])
        weir_drop(client->far.writer);
    weir_vec_drop(&client->back);
}

/* ---- one run ---- */

static unsigned begin(uint64_t seed)
{
    sim_begin(seed, 2);
    begin_server();
    sim_run(NET_MS);
    memset(clients, 0, sizeof clients);
    unsigned n = 1 + (unsigned)weir_world_draw(sim.world, CLIENTS_MAX);
    for (unsigned i = 0; i < n; i++)
        begin_client(&clients[i]);
    return n;
}

static unsigned long seeds(unsigned long thousandths)
{
    const char *wanted = getenv("WEIR_WORLD_SEEDS");
    return (wanted ? strtoul(wanted, NULL, 10) : 1000) * thousandths / 1000;
}

static unsigned end(unsigned n, uint64_t seed)
{
    unsigned whole = 0;
    for (unsigned i = 0; i < n; i++) {
        end_client(&clients[i], seed);
        whole += clients[i].whole;
    }
    sim_end();
    assert_int_equal(handlers.live, 0);
    return whole;
}

static void all_is_answered(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(200); seed++) {
        unsigned n = begin(seed), wanted = 0;
        sim_run(100 * S); /* those who stay are idle for 60 of them */
        for (unsigned i = 0; i < n; i++)
            wanted += clients[i].n;
        unsigned whole = end(n, seed);
        if (whole != wanted || handlers.counts.unanswered)
            fail_msg("seed %lu: %u answers of %u", seed, whole, wanted);
    }
}

/* No request that came in is without its answer, and nobody waits for who is idle. */
static void stopped_in_the_midst(void **state)
{
    (void)state;
    uint64_t cut = 0, all = 0, closing = 0;
    for (uint64_t seed = 1; seed <= seeds(600); seed++) {
        unsigned n = begin(seed);
        sim_run(weir_world_draw(sim.world, 30 * MS));
        weir_rt_stop(sim.rts[1]);
        sim_run(5 * S);
        for (unsigned i = 0; i < n; i++) {
            all += clients[i].n;
            if (clients[i].failed && clients[i].whole == clients[i].n)
                fail_msg("seed %lu: %s", seed, clients[i].error.message);
        }
        if (handlers.counts.answered != handlers.counts.requests || handlers.live)
            fail_msg("seed %lu: %lu requests, %lu answers, %u under way", seed,
                     handlers.counts.requests, handlers.counts.answered, handlers.live);
        unsigned whole = end(n, seed);
        for (unsigned i = 0; i < n; i++)
            closing += clients[i].closes;
        if (whole != handlers.counts.answered)
            fail_msg("seed %lu: %u answers came of %lu", seed, whole, handlers.counts.answered);
        cut += whole;
    }
    print_message("%lu of %lu requests came in and were answered; %lu said it was the last\n", cut,
                  all, closing);
    assert_in_range(cut, all / 10, all - 1);
    assert_true(closing > 0);
}

/* ---- trouble ---- */

static void partition(void *arg)
{
    (void)arg;
    weir_world_partition(sim.world, sim.hosts[0], sim.hosts[1]);
}

static void heal(void *arg)
{
    (void)arg;
    weir_world_heal(sim.world, sim.hosts[0], sim.hosts[1]);
}

static void reset(void *arg)
{
    (void)arg;
    weir_world_reset(sim.world, sim.hosts[0], sim.hosts[1]);
}

static void drop_server(void *arg)
{
    (void)arg;
    weir_rt_drop(sim.rts[1]);
    sim.rts[1] = NULL;
}

static void stop_server(void *arg)
{
    (void)arg;
    if (sim.rts[1])
        weir_rt_stop(sim.rts[1]);
}

static void whole_or_an_error(void **state)
{
    (void)state;
    static void (*const troubles[])(void *arg) = {partition, reset, stop_server, heal};
    for (uint64_t seed = 1; seed <= seeds(600); seed++) {
        sim_faults = seed % 3 ? 0 : 3000;
        unsigned n = begin(seed);
        for (unsigned i = (unsigned)weir_world_draw(sim.world, 4); i; i--)
            assert_true(weir_world_after(sim.world, weir_world_draw(sim.world, 20 * MS),
                                         troubles[weir_world_draw(sim.world, 3)], NULL));
        assert_true(weir_world_after(sim.world, weir_world_draw(sim.world, 30 * S), heal, NULL));
        sim_run(weir_world_draw(sim.world, 4) ? 200 * S : weir_world_draw(sim.world, 20 * MS));
        if (!weir_world_draw(sim.world, 4))
            drop_server(NULL);
        sim_run(200 * S);
        end(n, seed);
    }
    sim_faults = 0;
}

int http_server_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_answered),
        cmocka_unit_test(stopped_in_the_midst),
        cmocka_unit_test(whole_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
