/* Datagrams over the simulated network. Whatever the seed draws (lost, doubled, late, cut off,
 * calls that fail), what comes is right and its sender's; nobody is told of what was lost; nothing
 * is left behind, also when a runtime goes in the midst of it. */

#include "world.h"

enum { CLIENTS_MAX = 4, ASKED = 12, PAUSE_NS = 3 * NET_MS, LIVES_NS = 2000 * NET_MS };

/* Asks again and again, and hears the answers. */
struct client {
    weir_udp_socket *socket;
    unsigned asked, answered;
    uint64_t send_errors, receive_errors;
    unsigned char n; /* who it is */
};
static struct client clients[CLIENTS_MAX];
static uint64_t server_errors;
enum { ERRORS_MAX = 1000 };

static size_t size_of(unsigned char client, unsigned char question)
{
    return 2 + (size_t)client * 100 + (size_t)question * 1300;
}

static unsigned char question[CLIENTS_MAX][ASKED][16 << 10];

static void make_questions(void)
{
    for (unsigned char c = 0; c < CLIENTS_MAX; c++)
        for (unsigned char q = 0; q < ASKED; q++) {
            unsigned char *at = question[c][q];
            for (size_t i = 2; i < size_of(c, q); i++)
                at[i] = (unsigned char)(net_byte(i) + c + q);
            at[0] = c, at[1] = q;
        }
}

static void check_question(const weir_datagram *came)
{
    assert_true(came->n >= 2);
    unsigned char c = (unsigned char)came->data[0], q = (unsigned char)came->data[1];
    assert_in_range(c, 0, CLIENTS_MAX - 1);
    assert_in_range(q, 0, ASKED - 1);
    assert_int_equal(came->n, size_of(c, q));
    assert_memory_equal(came->data, question[c][q], came->n);
    assert_false(came->truncated);
}

/* ---- the server ---- */

static weir_stream *answer(weir_datagram came, void *socket)
{
    check_question(&came);
    return weir_send_to(socket, &came.from, came.data, came.n);
}
WEIR_THEN_FN(answer_fn, answer, weir_datagram, uint64_t, .from = &weir_type_datagram)

static weir_stream *served(void)
{
    weir_udp_socket *socket = weir_udp(":7", NULL);
    weir_stream *answers = weir_then(weir_datagrams(socket), &answer_fn, socket);
    weir_udp_unref(socket); /* the stream holds it as long as answers are sent */
    return weir_count(weir_skip_errors(answers, ERRORS_MAX, &server_errors));
}

/* ---- clients ---- */

static weir_stream *ask(int64_t i, void *arg)
{
    struct client *client = arg;
    (void)i;
    unsigned q = client->asked++;
    return weir_send_to(client->socket, NULL, question[client->n][q], size_of(client->n, q));
}
WEIR_THEN_FN(ask_fn, ask, int64_t, uint64_t)

static void hear(weir_datagram came, void *arg)
{
    struct client *client = arg;
    check_question(&came);
    assert_int_equal((unsigned char)came.data[0], client->n);
    assert_string_equal(WEIR_ENDPOINT_TEXT(&came.from), "10.0.0.2:7");
    client->answered++;
}
WEIR_EACH_FN(hear_fn, hear, weir_datagram)

static bool begin_client(struct client *client, unsigned char n)
{
    *client = (struct client){.n = n};
    client->socket = weir_udp(NULL, &WEIR_UDP_OPTIONS(.peer = "10.0.0.2:7"));
    weir_stream *times = weir_throttle(weir_range(0, ASKED), PAUSE_NS);
    weir_stream *asks =
        weir_skip_errors(weir_then(times, &ask_fn, client), ERRORS_MAX, &client->send_errors);
    weir_stream *hears =
        weir_skip_errors(weir_datagrams(client->socket), ERRORS_MAX, &client->receive_errors);
    return weir_rt_spawn(sim.rts[0], weir_count(asks)) &&
           weir_rt_spawn(sim.rts[0],
                         weir_timeout(weir_for_each(hears, &hear_fn, client), LIVES_NS));
}

static unsigned errors_of(const struct client *client)
{
    return (unsigned)(client->send_errors + client->receive_errors);
}

static unsigned begin(uint64_t seed, const weir_link_options *is)
{
    sim_begin(seed, 2);
    assert_true(weir_world_link(sim.world, sim.hosts[0], sim.hosts[1], is));
    server_errors = 0;
    assert_true(weir_rt_spawn(sim.rts[1], served()));
    sim_run(NET_MS);
    unsigned n = 1 + (unsigned)weir_world_draw(sim.world, CLIENTS_MAX);
    for (unsigned char i = 0; i < n; i++)
        assert_true(begin_client(&clients[i], i));
    return n;
}

static void end(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        weir_udp_unref(clients[i].socket);
    sim_end();
}

/* ---- runs ---- */

static void all_is_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        unsigned n = begin(seed, &(weir_link_options){.whole = true});
        sim_run(LIVES_NS / 2);
        for (unsigned i = 0; i < n; i++)
            if (clients[i].answered != ASKED || errors_of(&clients[i]))
                fail_msg("seed %lu: %u answers, %u errors", seed, clients[i].answered,
                         errors_of(&clients[i]));
        assert_int_equal(server_errors, 0);
        end(n);
    }
}

/* Loss is no error; nor is what comes twice, or late. */
static void lost_doubled_and_late(void **state)
{
    static const weir_link_options bad = {
        .lost_per_million = 300000, .doubled_per_million = 100000, .late_per_million = 200000};
    unsigned asked = 0, answered = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        unsigned n = begin(seed, &bad);
        sim_run(LIVES_NS / 2);
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(errors_of(&clients[i]), 0);
            asked += clients[i].asked;
            answered += clients[i].answered;
        }
        assert_int_equal(server_errors, 0);
        end(n);
    }
    print_message("%u answers to %u questions\n", answered, asked);
    assert_in_range(answered, asked / 3, asked * 4 / 5);
}

/* Nobody serves any more: clients that are connected are told, and go on; cut off they are not. */
static void the_server_goes(void **state)
{
    unsigned told = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        unsigned n = begin(seed, &(weir_link_options){.whole = true});
        sim_run(ASKED / 3 * PAUSE_NS);
        bool cut = seed % 2;
        if (cut)
            weir_world_partition(sim.world, sim.hosts[0], sim.hosts[1]);
        weir_rt_drop(sim.rts[1]);
        sim.rts[1] = NULL;
        sim_run(LIVES_NS / 2);
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(clients[i].asked, ASKED);
            assert_true(!cut || !errors_of(&clients[i]));
            told += errors_of(&clients[i]);
        }
        end(n);
    }
    assert_true(told > 50);
}

/* System calls fail too, as they may; and a runtime goes before it is over. */
static void calls_fail_and_runtimes_go(void **state)
{
    unsigned errors = 0;
    (void)state;
    sim_faults = 20000;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        unsigned n = begin(seed, &(weir_link_options){.lost_per_million = 50000});
        sim_run(weir_world_draw(sim.world, ASKED * PAUSE_NS));
        if (seed % 3 == 0) {
            weir_rt_drop(sim.rts[seed % 2]);
            sim.rts[seed % 2] = NULL;
        }
        sim_run(LIVES_NS / 2);
        for (unsigned i = 0; i < n; i++)
            errors += errors_of(&clients[i]);
        end(n);
    }
    sim_faults = 0;
    assert_true(errors > 10);
}

static int group_setup(void **state)
{
    (void)state;
    make_questions();
    return 0;
}

int net_udp_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(lost_doubled_and_late),
        cmocka_unit_test(the_server_goes),
        cmocka_unit_test(calls_fail_and_runtimes_go),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
