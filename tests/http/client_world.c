/* The client and the server over the simulated network: whatever the seed draws, an answer is whole
 * and right, or tells an error; nothing is left behind, also when a runtime goes. And over TLS. */

#include "../net/world.h"
#include "../net/certificates.h"

enum { CLIENTS = 6, BYTES_MAX = 30000 };
#define PATIENCE_NS 200000000000u

static unsigned char *known; /* what is sent, either way */

/* ---- the server ---- */

static weir_stream *answer(weir_exchange *x, void *arg)
{
    const weir_request *request = weir_exchange_request(x);
    const char *path = request->path;
    uint64_t length = request->length;
    (void)arg;
    if (!strcmp(path, "/echo")) {
        weir_reader *body = weir_exchange_body(x);
        return weir_copy(body, weir_respond(x, 200, NULL, 0, length));
    }
    if (!strncmp(path, "/to/", 4)) {
        char target[64];
        snprintf(target, sizeof target, "/bytes/%s", path + 4);
        weir_header where = {"location", target};
        return weir_copy(weir_memory_reader("", 0), weir_respond(x, 302, &where, 1, 0));
    }
    size_t n = strtoul(path + strlen("/bytes/"), NULL, 10);
    return weir_copy(weir_memory_reader(known, n),
                     weir_respond(x, 200, NULL, 0, n % 2 ? n : WEIR_LENGTH_UNKNOWN));
}
WEIR_THEN_FN(answer_fn, answer, weir_exchange *, uint64_t, .from = &weir_type_exchange)

static weir_tls_context *server_tls, *client_tls;

static weir_stream *serve_one(weir_duplex near, void *arg)
{
    static const weir_http_options options = {.size = sizeof options};
    if (arg)
        near = weir_tls(near, arg, NULL);
    return weir_http_serve(near, &answer_fn, NULL, &options);
}
WEIR_CONNECTION_FN(serve_fn, serve_one)

static void serve(const char *address, weir_tls_context *tls)
{
    weir_stream *incoming = weir_incoming(address, NULL);
    assert_true(weir_rt_spawn(sim.rts[1], weir_serve(incoming, &serve_fn, tls, NULL)));
}

/* ---- clients ---- */

struct client {
    size_t n;
    bool echo, moved;
    weir_vec back;
    bool failed;
    unsigned status, version;
    weir_error error;
    char url[64];
};
static struct client clients[CLIENTS];
static weir_http_client *pool;

static void note_error(const weir_error *error, void *arg)
{
    struct client *client = arg;
    client->failed = true;
    client->error = *error;
}

static weir_stream *read_reply(weir_reply *reply, void *arg)
{
    struct client *client = arg;
    weir_reader *body = weir_reply_body(reply);
    client->version = weir_reply_version(reply);
    unsigned status = weir_reply_status(reply);
    weir_reply_drop(reply);
    client->status = status;
    return weir_copy(body, weir_memory_writer(&client->back, BYTES_MAX + 1));
}
WEIR_THEN_FN(read_reply_fn, read_reply, weir_reply *, uint64_t, .from = &weir_type_reply)

static weir_stream *ask(struct client *client)
{
    weir_http_client_options options =
        WEIR_HTTP_CLIENT_OPTIONS(.client = pool, .tls = client_tls, .total_ns = PATIENCE_NS,
                                 .redirects_max = 1);
    weir_http_request_spec request = {.size = sizeof request, .url = client->url};
    weir_reader *body = NULL;
    if (client->echo) {
        request.method = "POST";
        request.length = client->n % 2 ? client->n : WEIR_LENGTH_UNKNOWN;
        body = weir_memory_reader(known, client->n);
    }
    weir_stream *reply = weir_http_send(&request, body, &options);
    return weir_inspect_err(weir_then(reply, &read_reply_fn, client), note_error, client);
}

static void spawn_clients(const char *origin)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct client *client = &clients[i];
        *client = (struct client){
            .n = weir_world_draw(sim.world, weir_world_draw(sim.world, 8) ? 400 : BYTES_MAX),
            .echo = weir_world_draw(sim.world, 2)};
        const char *path = client->echo                    ? "/echo"
                           : weir_world_draw(sim.world, 3) ? "/bytes/"
                                                           : "/to/";
        if (client->echo)
            snprintf(client->url, sizeof client->url, "%s%s", origin, path);
        else
            snprintf(client->url, sizeof client->url, "%s%s%zu", origin, path, client->n);
        assert_true(weir_rt_spawn(sim.rts[0], ask(client)));
    }
}

static unsigned failures, runs;

static void check_clients(uint64_t seed, bool trouble)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct client *client = &clients[i];
        client->failed |= trouble && client->status != 200; /* 408, where it took long */
        runs++;
        failures += client->failed;
        if (client->failed && !trouble)
            fail_msg("seed %lu: %s: %s", seed, client->url, client->error.message);
        if (!client->failed && client->back.n != client->n)
            fail_msg("seed %lu: %s: %zu bytes of %zu, and no error", seed, client->url,
                     client->back.n, client->n);
        if (!client->failed && client->n)
            assert_memory_equal(client->back.items, known, client->n);
        weir_vec_drop(&client->back);
    }
}

/* ---- one run ---- */

static void reset(void *arg)
{
    (void)arg;
    weir_world_reset(sim.world, sim.hosts[0], sim.hosts[1]);
}

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

static void draw_trouble(void)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t begin = weir_world_draw(sim.world, 10 * NET_MS);
        bool cuts = weir_world_draw(sim.world, 2);
        assert_true(weir_world_after(sim.world, begin, cuts ? partition : reset, NULL));
        uint64_t end = begin + weir_world_draw(sim.world, 100000000000);
        assert_true(!cuts || weir_world_after(sim.world, end, heal, NULL));
    }
}

static void begin(uint64_t seed, const char *origin)
{
    sim_begin(seed, 2);
    weir_world_name(sim.world, "example.org", "10.0.0.2", NET_MS, 0);
    serve(":80", NULL);
    if (server_tls)
        serve(":443", server_tls);
    sim_run(NET_MS);
    pool = weir_http_client_new(&WEIR_HTTP_POOL_OPTIONS(.host_max = 2));
    spawn_clients(origin);
}

static void end(void)
{
    weir_http_client_unref(pool);
    sim_end();
}

static void run_seed(uint64_t seed, const char *origin, bool trouble)
{
    begin(seed, origin);
    if (trouble)
        draw_trouble();
    sim_run(PATIENCE_NS + 1000000000);
    check_clients(seed, trouble);
    end();
}

static unsigned long seeds(unsigned long thousandths)
{
    const char *wanted = getenv("WEIR_WORLD_SEEDS");
    return (wanted ? strtoul(wanted, NULL, 10) : 1000) * thousandths / 1000;
}

static void all_is_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(50); seed++)
        run_seed(seed, "http://example.org", false);
}

static void whole_or_an_error(void **state)
{
    (void)state;
    failures = runs = 0;
    for (uint64_t seed = 1; seed <= seeds(100); seed++)
        run_seed(seed, "http://example.org", true);
    print_message("%u of %u requests failed\n", failures, runs);
    assert_in_range(failures, runs / 100, runs * 3 / 4);
}

static void calls_fail(void **state)
{
    (void)state;
    sim_faults = 3000;
    for (uint64_t seed = 1; seed <= seeds(30); seed++)
        run_seed(seed, "http://10.0.0.2", true);
    sim_faults = 0;
}

static void drop_one(unsigned i)
{
    weir_rt_drop(sim.rts[i]);
    sim.rts[i] = NULL;
}

/* The client's, or the server's, and the pool after it. */
static void runtimes_go(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(40); seed++) {
        begin(seed, "http://10.0.0.2");
        sim_run(weir_world_draw(sim.world, 5 * NET_MS));
        drop_one(seed % 2);
        sim_run(PATIENCE_NS + 1000000000);
        for (unsigned i = 0; i < CLIENTS; i++)
            weir_vec_drop(&clients[i].back);
        end();
    }
}

static void connections_rest_and_go(void **state)
{
    (void)state;
    begin(1, "http://10.0.0.2");
    sim_run(20000000000);
    assert_in_range(weir_http_client_idle(pool), 1, 2);
    assert_int_equal(weir_http_client_open(pool), weir_http_client_idle(pool));
    sim_run(31000000000);
    assert_int_equal(weir_http_client_open(pool), 0);
    check_clients(1, false);
    end();
}

/* What is told to stop ends, with that word where something was under way. */
static void a_stop_is_told(void **state)
{
    unsigned stopped = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(40); seed++) {
        begin(seed, "http://example.org");
        sim_run(weir_world_draw(sim.world, 5 * NET_MS));
        weir_rt_stop(sim.rts[0]);
        sim_run(1000000000);
        for (unsigned i = 0; i < CLIENTS; i++) {
            bool failed = clients[i].failed;
            if (failed && clients[i].error.code != WEIR_E_STOPPED)
                fail_msg("seed %lu: %s", seed, clients[i].error.message);
            stopped += failed;
            assert_true(failed || clients[i].back.n == clients[i].n);
            weir_vec_drop(&clients[i].back);
        }
        end();
    }
    assert_true(stopped > CLIENTS);
}

/* A redirect to a name that leads to the wire's own addresses: nothing is said to who is there. */
static weir_stream *lead_astray(weir_exchange *x, void *arg)
{
    weir_header where = {"location", "http://inner.example/"};
    ++*(unsigned *)arg;
    return weir_copy(weir_memory_reader("", 0), weir_respond(x, 302, &where, 1, 0));
}
WEIR_THEN_FN(lead_astray_fn, lead_astray, weir_exchange *, uint64_t, .from = &weir_type_exchange)

static weir_stream *serve_astray(weir_duplex near, void *arg)
{
    return weir_http_serve(near, &lead_astray_fn, arg, NULL);
}
WEIR_CONNECTION_FN(serve_astray_fn, serve_astray)

static void begin_astray(unsigned *asked, weir_rt **inner)
{
    sim_begin(1, 2);
    weir_host *host = weir_world_host(sim.world, "169.254.0.5");
    *inner = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .host = host), NULL);
    weir_rt *const servers[] = {sim.rts[1], *inner};
    weir_world_name(sim.world, "inner.example", "169.254.0.5", NET_MS, 0);
    for (unsigned i = 0; i < 2; i++)
        assert_true(weir_rt_spawn(
            servers[i], weir_serve(weir_incoming(":80", NULL), &serve_astray_fn, asked, NULL)));
    sim_run(NET_MS);
}

static void go_astray(const char *url, const weir_http_client_options *options)
{
    clients[0] = (struct client){0};
    weir_stream *reply = weir_http_get(url, options);
    assert_true(
        weir_rt_spawn(sim.rts[0], weir_inspect_err(weir_then(reply, &read_reply_fn, &clients[0]),
                                                   note_error, &clients[0])));
    sim_run(1000000000);
}

static void names_do_not_lead_inside(void **state)
{
    (void)state;
    for (unsigned may = 0; may < 2; may++) {
        unsigned asked = 0;
        weir_rt *inner;
        begin_astray(&asked, &inner);
        go_astray("http://10.0.0.2/",
                  &WEIR_HTTP_CLIENT_OPTIONS(.redirects_max = 1, .redirects_local = may));
        assert_true(clients[0].failed);
        assert_int_equal(clients[0].error.code, may ? WEIR_E_LIMIT : WEIR_E_ARGUMENT);
        assert_int_equal(asked, 1 + may);
        assert_string_equal(clients[0].error.place, "http://inner.example/");
        weir_rt_drop(inner);
        sim_end();
    }
}

/* Nor over a connection that rests, which was opened for who may. */
static void connections_that_rest_do_not_lead_inside(void **state)
{
    (void)state;
    for (unsigned may = 0; may < 2; may++) {
        unsigned asked = 0;
        weir_rt *inner;
        begin_astray(&asked, &inner);
        pool = weir_http_client_new(NULL);
        go_astray("http://inner.example/", &WEIR_HTTP_CLIENT_OPTIONS(.client = pool));
        assert_false(clients[0].failed);
        assert_int_equal(weir_http_client_idle(pool), 1);
        go_astray("http://10.0.0.2/", &WEIR_HTTP_CLIENT_OPTIONS(.client = pool, .redirects_max = 1,
                                                                .redirects_local = may));
        assert_true(clients[0].failed);
        assert_int_equal(clients[0].error.code, may ? WEIR_E_LIMIT : WEIR_E_ARGUMENT);
        assert_int_equal(asked, 2 + may);
        weir_http_client_unref(pool);
        weir_rt_drop(inner);
        sim_end();
    }
}

/* ---- one that ends while it rests ---- */

static weir_stream *serve_shortly(weir_duplex near, void *arg)
{
    return weir_http_serve(near, &answer_fn, arg, &WEIR_HTTP_OPTIONS(.idle_ns = NET_MS));
}
WEIR_CONNECTION_FN(serve_shortly_fn, serve_shortly)

static void ask_once(struct client *client, bool echo, const char *url)
{
    *client = (struct client){.n = 1, .echo = echo};
    snprintf(client->url, sizeof client->url, "%s", url);
    assert_true(weir_rt_spawn(sim.rts[0], ask(client)));
    sim_run(1000 * NET_MS);
    weir_vec_drop(&client->back);
}

/* What may be asked once alone does not go where nobody hears it. */
static void an_end_is_seen_at_rest(void **state)
{
    (void)state;
    sim_begin(1, 2);
    weir_stream *incoming = weir_incoming(":80", NULL);
    assert_true(weir_rt_spawn(sim.rts[1], weir_serve(incoming, &serve_shortly_fn, NULL, NULL)));
    sim_run(NET_MS);
    pool = weir_http_client_new(NULL);
    ask_once(&clients[0], false, "http://10.0.0.2/bytes/1");
    assert_int_equal(clients[0].status, 200);
    assert_int_equal(weir_http_client_idle(pool), 1);
    ask_once(&clients[1], true, "http://10.0.0.2/echo");
    if (clients[1].failed)
        fail_msg("%s", clients[1].error.message);
    assert_int_equal(clients[1].status, 200);
    end();
}

/* ---- events ---- */

static unsigned answered; /* with events */

/* Two, and then the connection ends. */
static weir_stream *tell(weir_exchange *x, void *arg)
{
    static const char *const ids[] = {"1", "2", "3", "4", "5", "6"};
    static weir_sse_event two[2];
    (void)arg;
    const char *last = weir_exchange_header(x, "last-event-id");
    assert_true(answered ? last && !strcmp(last, ids[2 * answered - 1]) : !last);
    for (unsigned i = 0; i < 2; i++)
        two[i] =
            (weir_sse_event){.data = {"x\ny", 3}, .id = {ids[2 * answered + i], 1}, .retry_ms = 10};
    answered++;
    return weir_respond_events(x, weir_iter(&weir_type_sse_event, two, 2), NULL);
}
WEIR_HTTP_FN(tell_fn, tell)

static weir_stream *serve_events(weir_duplex near, void *arg)
{
    return weir_http_serve(near, &tell_fn, arg, NULL);
}
WEIR_CONNECTION_FN(serve_events_fn, serve_events)

static void count_event(weir_sse_event event, void *arg)
{
    unsigned *n = arg;
    assert_int_equal(event.data.size, 3);
    assert_int_equal(event.id.data[0], '1' + (int)*n);
    ++*n;
}
WEIR_EACH_FN(count_event_fn, count_event, weir_sse_event, .of = &weir_type_sse_event)

static void events_go_on(void **state)
{
    unsigned n = 0;
    (void)state;
    answered = 0;
    sim_begin(1, 2);
    weir_stream *incoming = weir_incoming(":80", NULL);
    assert_true(weir_rt_spawn(sim.rts[1], weir_serve(incoming, &serve_events_fn, NULL, NULL)));
    sim_run(NET_MS);
    weir_stream *events = weir_take(weir_http_events("http://10.0.0.2/", NULL), 5);
    assert_true(weir_rt_spawn(sim.rts[0], weir_for_each(events, &count_event_fn, &n)));
    sim_run(PATIENCE_NS);
    assert_int_equal(n, 5);
    assert_int_equal(answered, 3);
    sim_end();
}

/* ---- TLS ---- */

#ifdef WEIR_HAVE_OPENSSL
static void over_tls(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(4); seed++)
        run_seed(seed, "https://example.org", seed % 2);
}

#ifdef WEIR_HAVE_NGHTTP2
static void over_http2(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(10); seed++)
        run_seed(seed, "https://example.org", seed % 2);
}

/* All requests share one connection, once it is known what it speaks. */
static void one_connection_for_all(void **state)
{
    (void)state;
    begin(2, "https://example.org");
    sim_run(20000000000);
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(clients[i].version, 20);
    assert_int_equal(weir_http_client_open(pool), weir_http_client_idle(pool));
    check_clients(2, false);
    size_t open = weir_http_client_open(pool);
    assert_in_range(open, 1, 2);
    spawn_clients("https://example.org");
    sim_run(9000000000);
    assert_int_equal(weir_http_client_open(pool), open);
    check_clients(2, false);
    sim_run(40000000000);
    assert_int_equal(weir_http_client_open(pool), 0);
    end();
}
#endif

static void somebody_elses_certificate(void **state)
{
    (void)state;
    begin(1, "https://10.0.0.2");
    sim_run(PATIENCE_NS + 1000000000);
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_true(clients[i].failed);
        assert_int_equal(clients[i].error.code, WEIR_E_CORRUPT);
        assert_memory_equal(clients[i].error.place, "https://10.0.0.2/", 17);
        weir_vec_drop(&clients[i].back);
    }
    assert_int_equal(weir_http_client_open(pool), 0);
    end();
}

static int setup_with(const char *const *protocols)
{
    const struct certificates *all = certificates();
    server_tls = weir_tls_server(&(weir_tls_options){.size = sizeof(weir_tls_options),
                                                     .certificate = all->server.certificate,
                                                     .key = all->server.key,
                                                     .alpn = protocols});
    client_tls = weir_tls_client(&(weir_tls_options){
        .size = sizeof(weir_tls_options), .ca = all->ca.certificate, .alpn = protocols});
    return weir_tls_context_error(server_tls) || weir_tls_context_error(client_tls);
}

static const char *const protocols[] = {"h2", "http/1.1", NULL};

static int tls_setup(void **state)
{
    (void)state;
    return setup_with(protocols + 1);
}

#ifdef WEIR_HAVE_NGHTTP2
static int http2_setup(void **state)
{
    (void)state;
    return setup_with(protocols);
}
#endif

static int tls_teardown(void **state)
{
    (void)state;
    weir_tls_context_unref(server_tls);
    weir_tls_context_unref(client_tls);
    server_tls = client_tls = NULL;
    return 0;
}
#endif

static int group_setup(void **state)
{
    (void)state;
    return !(known = net_bytes(BYTES_MAX));
}

static int group_teardown(void **state)
{
    (void)state;
    free(known);
    return 0;
}

int http_client_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(whole_or_an_error),
        cmocka_unit_test(calls_fail),
        cmocka_unit_test(runtimes_go),
        cmocka_unit_test(connections_rest_and_go),
        cmocka_unit_test(a_stop_is_told),
        cmocka_unit_test(names_do_not_lead_inside),
        cmocka_unit_test(connections_that_rest_do_not_lead_inside),
        cmocka_unit_test(an_end_is_seen_at_rest),
        cmocka_unit_test(events_go_on),
#ifdef WEIR_HAVE_OPENSSL
        cmocka_unit_test_setup_teardown(over_tls, tls_setup, tls_teardown),
#ifdef WEIR_HAVE_NGHTTP2
        cmocka_unit_test_setup_teardown(over_http2, http2_setup, tls_teardown),
        cmocka_unit_test_setup_teardown(one_connection_for_all, http2_setup, tls_teardown),
#endif
        cmocka_unit_test_setup_teardown(somebody_elses_certificate, tls_setup, tls_teardown),
#endif
    };
    return cmocka_run_group_tests_name("client_world", tests, group_setup, group_teardown);
}
