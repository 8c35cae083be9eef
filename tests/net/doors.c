/* Listeners of several sockets; and how one ends: whom the kernel told that he is connected is
 * served, however late, and nobody else comes in. */

#include "world.h"

static const char *driver;

static void for_each_driver(void (*check)(void))
{
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        check();
    }
}

static void start(struct net_server *server, uint32_t workers)
{
    server->address = net_own_address();
    net_server_start(server, &WEIR_RT_OPTIONS(.driver = driver, .seed = 3, .workers = workers),
                     &net_echo_fn, NULL);
}

static bool exchanges(int fd)
{
    char byte = 5, back = 0;
    ssize_t n = -1;
    if (send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
        do
            n = recv(fd, &back, 1, 0);
        while (n < 0 && errno == EINTR);
    return n == 1 && back == byte;
}

/* Nobody listens there any more, or soon. */
static bool is_refused_soon(const char *address)
{
    struct sockaddr_in at = net_sockaddr(address);
    bool refused = false;
    for (int i = 0; i < 5000 && !refused; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        refused = connect(fd, (struct sockaddr *)&at, sizeof at) && errno == ECONNREFUSED;
        close(fd);
        usleep(refused ? 0 : 1000);
    }
    return refused;
}

/* How many listen on a port of this machine. */
static unsigned listening_at(const char *address)
{
    char line[256], wanted[16];
    unsigned n = 0;
    FILE *file = fopen("/proc/net/tcp", "r");
    snprintf(wanted, sizeof wanted, ":%04X ", atoi(strrchr(address, ':') + 1));
    while (file && fgets(line, sizeof line, file)) {
        char *own = strstr(line, wanted), *state = own ? strstr(own + 14, " 0A ") : NULL;
        n += own && own < line + 20 && state && state < line + 40;
    }
    assert_non_null(file);
    fclose(file);
    return n;
}

/* ---- several sockets ---- */

enum { CLIENTS = 40 };

static void check_doors(void)
{
    static const struct {
        uint32_t listeners, workers;
        unsigned doors;
    } rows[] = {{0, 1, 1}, {1, 1, 1}, {3, 1, 3}, {WEIR_LISTENER_A_WORKER, 4, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net_server server = {.listeners = rows[i].listeners};
        int fds[CLIENTS];
        start(&server, rows[i].workers);
        assert_int_equal(listening_at(server.listening), rows[i].doors);
        for (int k = 0; k < CLIENTS; k++)
            fds[k] = net_plain(server.listening);
        for (int k = 0; k < CLIENTS; k++)
            assert_true(exchanges(fds[k]));
        for (int k = 0; k < CLIENTS; k++)
            close(fds[k]);
        net_server_stop(&server);
        assert_int_equal(server.served.connections, CLIENTS);
        assert_int_equal(server.served.errors, 0);
    }
}

static void all_doors_are_served(void **state)
{
    (void)state;
    for_each_driver(check_doors);
}

/* ---- one count ---- */

enum { STORM = 300 };

static weir_state take_one(weir_stream *incoming, uint64_t patience_ns)
{
    weir_duplex near;
    weir_stream *next = weir_timeout(weir_next(incoming), patience_ns);
    weir_state got = weir_rt_run(sim.rts[1], next, &near, NULL);
    if (got == WEIR_READY)
        weir_duplex_drop(near);
    return got;
}

/* Each simulated socket is a descriptor, and one is spare. An accept that ends by itself begins
 * again when somebody asks. */
static unsigned most_ahead(weir_stream *incoming, uint32_t doors)
{
    unsigned most = 0;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(take_one(incoming, 5000ull * NET_MS), WEIR_READY);
        assert_int_equal(weir_rt_run(sim.rts[1], weir_sleep(100 * NET_MS), NULL, NULL), WEIR_READY);
        unsigned ahead = weir_host_fds(sim.hosts[1]) - doors - 1;
        most = ahead > most ? ahead : most;
    }
    return most;
}

/* However many doors there are. */
static void what_is_accepted_ahead_is_bounded(void **state)
{
    (void)state;
    unsigned most = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int fds[STORM];
        uint32_t doors = 1 + (uint32_t)seed % 4;
        sim_begin(seed, 2);
        weir_stream *incoming = weir_incoming(":7", &WEIR_LISTEN_OPTIONS(.listeners = doors));
        assert_int_equal(take_one(incoming, NET_MS), WEIR_ERROR);
        const weir_sys *sys = weir_host_sys(sim.hosts[0]);
        for (int i = 0; i < STORM; i++) {
            fds[i] = net_socket(sys);
            assert_int_equal(net_connect(sys, fds[i], "10.0.0.2", 7), -EINPROGRESS);
        }
        unsigned ahead = most_ahead(incoming, doors), given = 10;
        assert_true(ahead <= WEIR_ACCEPT_AHEAD + doors);
        most = ahead > most ? ahead : most;
        while (take_one(incoming, 1000ull * NET_MS) == WEIR_READY)
            given++;
        assert_int_equal(given, STORM);
        weir_drop(incoming);
        for (int i = 0; i < STORM; i++)
            sys->close(sys, fds[i]);
        sim_end();
    }
    assert_true(most >= WEIR_ACCEPT_AHEAD);
}

/* ---- what cannot be ---- */

static weir_state first_of(weir_rt *rt, const char *address, uint32_t listeners, weir_error *error)
{
    weir_stream *incoming = weir_incoming(address, &WEIR_LISTEN_OPTIONS(.listeners = listeners));
    weir_duplex near;
    weir_state state = weir_rt_run(rt, weir_timeout(weir_next(incoming), NET_MS), &near, error);
    weir_drop(incoming);
    return state;
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    weir_error error;
    weir_rt *rt = rig_rt("epoll");
    char path[600];
    snprintf(path, sizeof path, "unix:%s", rig_path("doors.sock"));
    assert_int_equal(first_of(rt, path, 2, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "one socket"));
    assert_int_equal(first_of(rt, "127.0.0.1:0", 257, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "257 sockets"));
    assert_int_equal(first_of(rt, "127.0.0.1:0", 256, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    weir_rt_drop(rt);
}

/* ---- calls that fail ---- */

static struct {
    int fail_at, calls, open;
} calls;

static int made(int got)
{
    calls.open += got >= 0;
    return got;
}

static bool fails(void)
{
    return ++calls.calls == calls.fail_at;
}

static int count_socket(const weir_sys *sys, int domain, int type, int protocol)
{
    return fails() ? -ENOBUFS : made(sys->base->socket(sys->base, domain, type, protocol));
}

static int count_close(const weir_sys *sys, int fd)
{
    calls.open--;
    return sys->base->close(sys->base, fd);
}

static int fail_bind(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n)
{
    return fails() ? -EACCES : sys->base->bind(sys->base, fd, at, n);
}

static int fail_listen(const weir_sys *sys, int fd, int backlog)
{
    return fails() ? -EACCES : sys->base->listen(sys->base, fd, backlog);
}

static int fail_own_name(const weir_sys *sys, int fd, struct sockaddr *at, uint32_t *n)
{
    return fails() ? -ENOBUFS : sys->base->own_name(sys->base, fd, at, n);
}

static int fail_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                       uint32_t n)
{
    bool matters = name == SO_REUSEPORT;
    return matters && fails() ? -ENOPROTOOPT
                              : sys->base->set_option(sys->base, fd, level, name, value, n);
}

/* False: none failed, there are no more. */
static bool open_without(const weir_sys *sys, int fail_at)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll", .sys = sys}, &error);
    assert_non_null(rt);
    calls.open = calls.calls = 0;
    calls.fail_at = fail_at;
    assert_int_equal(first_of(rt, "127.0.0.1:0", 3, &error), WEIR_ERROR);
    bool failed = calls.calls >= fail_at;
    assert_int_equal(error.code, failed ? WEIR_E_SYSTEM : WEIR_E_TIMEOUT);
    calls.open += !failed; /* the spare one, which is no socket */
    assert_int_equal(calls.open, 0);
    weir_rt_drop(rt);
    return failed;
}

static void each_call_fails(void **state)
{
    (void)state;
    weir_sys sys;
    int fail_at = 1;
    weir_sys_wrap(&sys, NULL);
    sys.socket = count_socket;
    sys.close = count_close;
    sys.bind = fail_bind;
    sys.listen = fail_listen;
    sys.own_name = fail_own_name;
    sys.set_option = fail_option;
    while (open_without(&sys, fail_at))
        fail_at++;
    assert_int_equal(fail_at, 3 * 5 + 1);
}

/* ---- a stop ---- */

enum { WAITING = 100 }; /* more than are accepted ahead */

static void patient(weir_duplex near, void *arg)
{
    (void)arg;
    weir_await(weir_copy(near.reader, near.writer), NULL, NULL);
}

WEIR_PAR_FN(patient_fn, weir_duplex, near, void *, arg)
{
    patient(near, arg);
}

static weir_stream *in_parallel(weir_stream *incoming, struct net_server *server)
{
    uint32_t max = server->options.max;
    return weir_par_for_each(incoming, &patient_fn, NULL, max,
                             &WEIR_PAR_OPTIONS(.drain_ns = server->options.drain_ns));
}

/* All places are taken. Those who wait have sent something too: a close would be a reset. */
static void connect_all(const struct net_server *server, int *busy, int *waiting)
{
    char byte = 5;
    *busy = net_plain(server->listening);
    assert_true(exchanges(*busy));
    for (int i = 0; i < WAITING; i++) {
        waiting[i] = net_plain(server->listening);
        assert_int_equal(send(waiting[i], &byte, 1, 0), 1);
    }
}

static void check_stop(void)
{
    for (int i = 0; i < 4; i++) {
        struct net_server server = {.options = {.max = 1, .drain_ns = 60000ull * NET_MS},
                                    .listeners = i % 2 ? 3 : 1,
                                    .run = i / 2 ? in_parallel : NULL};
        int busy, waiting[WAITING];
        char byte;
        start(&server, i / 2 ? 2 : 1);
        connect_all(&server, &busy, waiting);
        weir_rt_stop(server.rt);
        assert_true(is_refused_soon(server.listening)); /* though it has no place */
        assert_true(exchanges(busy));
        close(busy);
        for (int k = 0; k < WAITING; k++)
            shutdown(waiting[k], SHUT_WR);
        for (int k = 0; k < WAITING; k++) {
            assert_int_equal(recv(waiting[k], &byte, 1, 0), 1);
            assert_int_equal(recv(waiting[k], &byte, 1, 0), 0);
            close(waiting[k]);
        }
        net_server_stop(&server);
        assert_int_equal(server.state, WEIR_READY);
        assert_true(server.run || server.served.connections > WAITING);
        assert_int_equal(server.served.given_up, 0);
    }
}

static void who_is_connected_is_served_after_a_stop(void **state)
{
    (void)state;
    for_each_driver(check_stop);
}

/* Who is still does not keep it: the others are reset with him when the time is over. */
static void check_late(void)
{
    for (int i = 0; i < 2; i++) {
        struct net_server server = {.options = {.max = 1, .drain_ns = 100ull * NET_MS},
                                    .listeners = 2,
                                    .run = i ? in_parallel : NULL};
        int busy, waiting[WAITING];
        start(&server, 1);
        connect_all(&server, &busy, waiting);
        net_server_stop(&server);
        close(busy);
        for (int k = 0; k < WAITING; k++)
            close(waiting[k]);
        assert_true(server.run || server.served.given_up == 1);
    }
}

static void a_stop_has_its_time(void **state)
{
    (void)state;
    for_each_driver(check_late);
}

/* Nobody was served yet, and nobody listens: it just ends. */
static void a_stop_before_the_first_poll(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_rt *rt = rig_rt(rig_drivers[i]);
        uint64_t n = 1;
        weir_rt_stop(rt);
        assert_int_equal(weir_rt_run(rt, weir_count(weir_incoming("127.0.0.1:0", NULL)), &n, NULL),
                         WEIR_READY);
        assert_int_equal(n, 0);
        weir_rt_drop(rt);
    }
}

/* ---- what stands over it ends ---- */

static weir_token *enough;

static weir_stream *for_a_while(weir_stream *incoming, struct net_server *server)
{
    incoming = weir_skip_errors(incoming, UINT64_MAX, NULL);
    incoming = weir_take_until(incoming, weir_cancelled(enough));
    return weir_serve(incoming, &net_echo_fn, NULL, &server->options);
}

static weir_stream *two_of_them(weir_stream *incoming, struct net_server *server)
{
    return weir_serve(weir_take(incoming, 2), &net_echo_fn, NULL, &server->options);
}

static void check_ended(void)
{
    for (int i = 0; i < 4; i++) {
        struct net_server server = {.run = i / 2 ? for_a_while : two_of_them,
                                    .listeners = i % 2 ? 3 : 1};
        enough = weir_token_new(NULL);
        start(&server, 1);
        int first = net_plain(server.listening), second = net_plain(server.listening);
        assert_true(exchanges(first) && exchanges(second));
        weir_token_cancel(enough);
        assert_true(is_refused_soon(server.listening));
        assert_true(exchanges(first) && exchanges(second));
        close(first);
        close(second);
        net_server_stop(&server);
        assert_int_equal(server.state, WEIR_READY);
        weir_token_drop(enough);
    }
}

static void nobody_listens_for_who_has_ended(void **state)
{
    (void)state;
    for_each_driver(check_ended);
}

/* ---- memory ---- */

static weir_stream *storm(weir_stream *incoming)
{
    return weir_serve(incoming, &net_echo_fn, NULL, &WEIR_SERVE_OPTIONS(.max = 3));
}

/* With what it has at the end: it says how much that may be. */
static void what_it_holds_is_told(void **state)
{
    (void)state;
    weir_stream *one = weir_incoming(":7", NULL);
    weir_stream *four = weir_incoming(":7", &WEIR_LISTEN_OPTIONS(.listeners = 4));
    weir_stream *few = weir_incoming(":7", &WEIR_LISTEN_OPTIONS(.backlog = 10));
    assert_true(weir_memory_max(one) > 4096 * sizeof(int));
    assert_true(weir_memory_max(four) > 4 * 4096 * sizeof(int));
    assert_true(weir_memory_max(few) < 8192);
    weir_drop(one);
    weir_drop(four);
    weir_drop(few);
}

static bool serve_without(uint64_t seed, unsigned long fail_at)
{
    int fds[STORM / 3];
    memory_begin(0, false);
    sim_begin(seed, 2);
    const weir_sys *sys = weir_host_sys(sim.hosts[0]);
    weir_stream *incoming = weir_incoming(":7", &WEIR_LISTEN_OPTIONS(.listeners = 3));
    assert_true(weir_rt_spawn(sim.rts[1], storm(incoming)));
    memory.fail_at = memory.calls + fail_at;
    sim_run(NET_MS);
    bool failed = memory.failed;
    memory.fail_at = failed ? 0 : memory.fail_at;
    for (int i = 0; i < STORM / 3; i++) {
        fds[i] = net_socket(sys);
        net_connect(sys, fds[i], "10.0.0.2", 7);
    }
    sim_run(100 * NET_MS);
    weir_rt_stop(sim.rts[1]);
    sim_run(100 * NET_MS);
    for (int i = 0; i < STORM / 3; i++)
        sys->close(sys, fds[i]);
    failed |= memory.failed;
    sim_run(60000ull * NET_MS);
    sim_end();
    assert_int_equal(memory_end(), 0);
    return failed;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned long fail_at = 1;
    while (fail_at < 100 && serve_without(3, fail_at))
        fail_at++;
    assert_true(fail_at > 10);
}

int net_doors(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_doors_are_served),
        cmocka_unit_test(what_is_accepted_ahead_is_bounded),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(who_is_connected_is_served_after_a_stop),
        cmocka_unit_test(a_stop_has_its_time),
        cmocka_unit_test(a_stop_before_the_first_poll),
        cmocka_unit_test(nobody_listens_for_who_has_ended),
        cmocka_unit_test(what_it_holds_is_told),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
