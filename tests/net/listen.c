/* Listeners that live on: no descriptors left, an address in use, peers that come and vanish. */

#include "net.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *driver;

static void for_each_driver(void (*check)(void))
{
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        check();
    }
}

/* Where a moment of the peers' is one of the driver's. */
static void for_each_real_driver(void (*check)(void))
{
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        if (strcmp(driver, "sim"))
            check();
    }
}

static void start(struct net_server *server, const weir_then_fn *handler, void *arg)
{
    net_server_start(server, &(weir_rt_options){.driver = driver, .seed = 3}, handler, arg);
}

static bool answers(const char *address)
{
    int fd = net_plain(address);
    char byte = 0, back = 1;
    ssize_t n = -1;
    if (send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
        do
            n = recv(fd, &back, 1, 0);
        while (n < 0 && errno == EINTR); /* or the answer would be unread: a reset */
    close(fd);
    return n == 1 && back == byte;
}

/* ---- no descriptors are left ---- */

enum { CLIENTS = 16, LEFT = 8 }; /* descriptors: of the clients, and for the server beside them */

static void lower_limit(struct rlimit *before, rlim_t n)
{
    getrlimit(RLIMIT_NOFILE, before);
    struct rlimit now = {n, before->rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

/* The limit is the process's, so the clients have theirs first; and the ring asks for it once. */
static void check_no_descriptors(void)
{
    struct net_server server = {0};
    struct rlimit before;
    int clients[CLIENTS], last = 0;
    for (int i = 0; i < CLIENTS; i++)
        last = clients[i] = socket(AF_INET, SOCK_STREAM, 0);
    lower_limit(&before, (rlim_t)last + 1 + LEFT);
    start(&server, &net_echo_fn, NULL);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)atoi(strrchr(server.listening, ':') + 1));
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(connect(clients[i], (struct sockaddr *)&at, sizeof at), 0);
    while (!server.errors)
        usleep(1000);
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
    for (int tries = 0; tries < 300 && !answers(server.listening); tries++)
        usleep(10000);
    assert_true(answers(server.listening));
    setrlimit(RLIMIT_NOFILE, &before);
    net_server_stop(&server);
    assert_int_equal(server.state, WEIR_READY);
    assert_int_equal(server.last.number, EMFILE);
    assert_false(server.last.fatal);
}

static void a_server_without_descriptors_lives_on(void **state)
{
    (void)state;
    for_each_driver(check_no_descriptors);
}

/* ---- the address ---- */

/* What listening there comes to, where nobody will connect. */
static weir_state first_of(weir_rt *rt, const char *address, weir_error *error)
{
    weir_stream *incoming = weir_incoming(address, NULL);
    weir_duplex never;
    weir_state state = weir_rt_next(rt, incoming, &never, error);
    weir_drop(incoming);
    return state;
}

static void check_in_use(void)
{
    struct net_server first = {0};
    start(&first, &net_echo_fn, NULL);
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    /* On sim the second that is waited for is virtual. */
    assert_int_equal(first_of(rt, first.listening, &error), WEIR_ERROR);
    assert_int_equal(error.number, EADDRINUSE);
    assert_string_equal(error.place, first.listening);
    assert_true(error.fatal);
    weir_rt_drop(rt);
    net_server_stop(&first);
}

static void an_address_in_use_is_told(void **state)
{
    (void)state;
    driver = "sim"; /* whose second does not last one */
    check_in_use();
}

/* Somebody who goes while it is tried. */
static void *close_soon(void *arg)
{
    usleep(50000);
    close(*(int *)arg);
    return NULL;
}

static void check_free_soon(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    char address[64];
    int other = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(other, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(other, 1), 0);
    assert_int_equal(getsockname(other, (struct sockaddr *)&at, &n), 0);
    snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(at.sin_port));
    pthread_t thread;
    pthread_create(&thread, NULL, close_soon, &other);
    struct net_server server = {.address = address};
    start(&server, &net_echo_fn, NULL);
    assert_true(answers(address));
    net_server_stop(&server);
    pthread_join(thread, NULL);
}

static void an_address_that_is_free_soon_is_had(void **state)
{
    (void)state;
    for_each_real_driver(check_free_soon);
}

static void check_unix_path(void)
{
    char address[128];
    const char *path = rig_path("listen.sock");
    struct stat about;
    snprintf(address, sizeof address, "unix:%s", path);
    int stale = socket(AF_UNIX, SOCK_STREAM, 0);
    struct local {
        sa_family_t family;
        char path[108];
    } at = {.family = AF_UNIX};
    strcpy(at.path, path);
    assert_int_equal(bind(stale, (struct sockaddr *)&at, sizeof at), 0);
    close(stale);
    struct net_server server = {.address = address};
    start(&server, &net_echo_fn, NULL);
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    assert_int_equal(first_of(rt, address, &error), WEIR_ERROR);
    assert_int_equal(error.number, EADDRINUSE); /* somebody answers there */
    weir_rt_drop(rt);
    net_server_stop(&server);
    assert_int_not_equal(stat(path, &about), 0);
}

static void a_stale_path_is_taken_over(void **state)
{
    (void)state;
    driver = "sim";
    check_unix_path();
}

static int no_ipv6(const weir_sys *sys, int domain, int type, int protocol)
{
    return domain == AF_INET6 ? -EAFNOSUPPORT
                              : sys->base->socket(sys->base, domain, type, protocol);
}

/* In a container, say: any address is any of IPv4 then. */
static void check_no_ipv6(void)
{
    weir_sys sys;
    struct net_server server = {.address = ":0"};
    weir_sys_wrap(&sys, NULL);
    sys.socket = no_ipv6;
    net_server_start(&server, &(weir_rt_options){.driver = driver, .sys = &sys}, &net_echo_fn,
                     NULL);
    assert_int_equal(strncmp(server.listening, "0.0.0.0:", 8), 0);
    assert_true(answers(server.listening));
    net_server_stop(&server);
}

static void any_address_needs_no_ipv6(void **state)
{
    (void)state;
    for_each_real_driver(check_no_ipv6);
}

static void what_is_no_address(void **state)
{
    (void)state;
    static const char *const wrong[] = {NULL,   "", "80", "1.2.3:80", "::1:80", "127.0.0.1:65536",
                                        "unix:"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weir_error error;
        weir_rt *rt = rig_rt("epoll");
        assert_int_equal(first_of(rt, wrong[i], &error), WEIR_ERROR);
        weir_rt_drop(rt);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        assert_non_null(error.cure);
    }
}

/* ---- serving ---- */

/* At its limit nobody is accepted: who waits is served when another one goes. */
static void check_limit(void)
{
    struct net_server server = {.options.max = 2};
    start(&server, &net_echo_fn, NULL);
    int held[2];
    for (int i = 0; i < 2; i++) {
        char byte = 0;
        held[i] = net_plain(server.listening);
        assert_int_equal(send(held[i], &byte, 1, 0), 1);
        assert_int_equal(recv(held[i], &byte, 1, 0), 1);
    }
    int third = net_plain(server.listening);
    char byte = 0;
    assert_int_equal(send(third, &byte, 1, 0), 1);
    usleep(20000);
    assert_int_equal(recv(third, &byte, 1, MSG_DONTWAIT), -1);
    close(held[0]);
    assert_int_equal(recv(third, &byte, 1, 0), 1);
    close(third);
    close(held[1]);
    net_server_stop(&server);
    assert_int_equal(server.served.connections, 3);
}

static void a_limit_of_connections_holds(void **state)
{
    (void)state;
    for_each_driver(check_limit);
}

/* ---- who it is ---- */

static weir_stream *tell_peer(weir_duplex near, void *arg)
{
    char *text = arg;
    const char *peer = weir_peer_address(near.reader);
    snprintf(text, WEIR_ADDRESS_BYTES, "%s", peer ? peer : "nobody");
    weir_drop(near.reader);
    return weir_copy(weir_memory_reader(text, strlen(text)), near.writer);
}
WEIR_THEN_FN(tell_peer_fn, tell_peer, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void check_peer(void)
{
    for (unsigned over = 0; over < 2; over++) {
        struct net_server server = {.options.read_timeout_ns = over * 1000ull * NET_MS};
        char told[WEIR_ADDRESS_BYTES], heard[WEIR_ADDRESS_BYTES] = "", own[32];
        struct sockaddr_in at;
        socklen_t n = sizeof at;
        start(&server, &tell_peer_fn, told);
        int fd = net_plain(server.listening);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
        snprintf(own, sizeof own, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
        assert_int_equal(recv(fd, heard, sizeof heard - 1, MSG_WAITALL), strlen(own));
        assert_string_equal(heard, own);
        close(fd);
        net_server_stop(&server);
    }
}

static void a_handler_knows_its_peer(void **state)
{
    (void)state;
    for_each_driver(check_peer);
    weir_duplex far = weir_dial("127.0.0.1:4711", NULL);
    assert_null(weir_peer_address(far.reader));
    weir_duplex_drop(far);
    weir_reader *memory = weir_take_reader(weir_memory_reader("a", 1), 1);
    assert_null(weir_peer_address(memory));
    weir_drop(memory);
}

/* ---- a client that is still ---- */

/* Without a limit it may stay; with one it is reset, and it is told who it was. */
static void check_still(void)
{
    struct net_server server = {.options.read_timeout_ns = 50 * NET_MS};
    start(&server, &net_echo_fn, NULL);
    int fd = net_plain(server.listening);
    size_t got = 0;
    assert_int_equal(net_drain(fd, &got), -ECONNRESET);
    close(fd);
    net_server_stop(&server);
    assert_int_equal(server.served.errors, 1);
    assert_int_equal(server.last.code, WEIR_E_TIMEOUT);
    assert_non_null(strstr(server.last.place, "127.0.0.1:"));
}

static void a_client_that_is_still_is_given_up(void **state)
{
    (void)state;
    for_each_real_driver(check_still);
}

/* ---- a stop ---- */

/* Nobody listens there any more, or soon: the kernel may have to let go of an accept first. */
static bool is_refused_soon(const char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool refused = false;
    at.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    for (int i = 0; i < 5000 && !refused; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        refused = connect(fd, (struct sockaddr *)&at, sizeof at) && errno == ECONNREFUSED;
        close(fd);
        usleep(refused ? 0 : 1000);
    }
    return refused;
}

/* One that is served. */
static int served_one(const struct net_server *server)
{
    int fd = net_plain(server->listening);
    char byte = 0;
    assert_int_equal(send(fd, &byte, 1, 0), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    return fd;
}

/* A connection that goes on after the stop is drained, nobody else is taken in meanwhile; one that
 * is still is given up in the end. Who goes on has the time that a busy machine takes. */
static void check_drain(void)
{
    struct net_server server = {.options.drain_ns = 2000 * NET_MS};
    start(&server, &net_echo_fn, NULL);
    int busy = served_one(&server), still = served_one(&server);
    char byte = 0;
    weir_rt_stop(server.rt);
    assert_int_equal(send(busy, &byte, 1, MSG_NOSIGNAL), 1);
    assert_int_equal(recv(busy, &byte, 1, 0), 1);
    assert_true(is_refused_soon(server.listening));
    shutdown(busy, SHUT_WR);
    assert_int_equal(recv(busy, &byte, 1, 0), 0);
    net_server_stop(&server);
    size_t got = 1;
    assert_int_equal(net_drain(still, &got), -ECONNRESET);
    close(busy);
    close(still);
    assert_int_equal(server.state, WEIR_READY);
    assert_int_equal(server.served.given_up, 1);
    assert_int_equal(server.served.errors, 0);
}

/* At its limit too: who keeps all places busy cannot keep the server from stopping. */
static void check_drain_at_the_limit(void)
{
    struct net_server server = {.options.max = 1, .options.drain_ns = 20ull * NET_MS};
    start(&server, &net_echo_fn, NULL);
    int still = served_one(&server);
    net_server_stop(&server);
    assert_int_equal(server.served.given_up, 1);
    close(still);
}

static void a_full_server_stops_too(void **state)
{
    (void)state;
    for_each_real_driver(check_drain_at_the_limit);
}

static void a_stop_drains_and_then_gives_up(void **state)
{
    (void)state;
    for_each_real_driver(check_drain);
}

/* ---- another runtime, another process ---- */

static char listening[WEIR_ADDRESS_BYTES];
static unsigned told;

static void on_listening(const char *address, void *arg)
{
    (void)arg;
    told++;
    snprintf(listening, sizeof listening, "%s", address);
}

static weir_state next_in(uint64_t ms, weir_rt *rt, weir_stream *incoming, weir_duplex *near,
                          weir_error *error)
{
    return weir_rt_run(rt, weir_timeout(weir_next(incoming), ms * NET_MS), near, error);
}

/* It keeps its port, which the kernel chose, and who came meanwhile. */
static void check_next_runtime(void)
{
    weir_listen_options options = {.size = sizeof options, .on_listening = on_listening};
    weir_stream *incoming = weir_incoming("127.0.0.1:0", &options);
    weir_duplex near;
    weir_error error;
    told = 0;
    weir_rt *rt = rig_rt(driver);
    assert_int_equal(next_in(20, rt, incoming, &near, &error), WEIR_ERROR);
    weir_rt_drop(rt);
    int fd = net_plain(listening);
    rt = rig_rt(driver);
    assert_int_equal(next_in(10000, rt, incoming, &near, &error), WEIR_READY);
    weir_duplex_drop(near);
    weir_drop(incoming);
    weir_rt_drop(rt);
    close(fd);
    assert_int_equal(told, 1);
    assert_true(is_refused_soon(listening));
}

static void a_listener_goes_on_with_another_runtime(void **state)
{
    (void)state;
    for_each_real_driver(check_next_runtime);
}

/* A child that drops what it has of its parent's runtime takes nothing away from it: neither the
 * path, nor a connection, nor the accept that is under way. */
static void check_child(void)
{
    char address[128];
    const char *path = rig_path("child.sock");
    int pair[2];
    char byte = 7;
    struct stat about;
    snprintf(address, sizeof address, "unix:%s", path);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    weir_rt *rt = net_serve(driver, address, &net_echo_fn, NULL, NULL);
    assert_true(weir_rt_spawn(rt, net_answer(weir_socket(pair[1]), NULL)));
    weir_error error;
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
    pid_t child = fork();
    if (!child) {
        weir_rt_drop(rt);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(send(pair[0], &byte, 1, MSG_NOSIGNAL), 1);
    byte = 0;
    ssize_t n = -1;
    for (int tries = 0; tries < 500 && n < 0; tries++) {
        assert_int_equal(weir_rt_run(rt, weir_sleep(20 * NET_MS), NULL, &error), WEIR_READY);
        n = recv(pair[0], &byte, 1, MSG_DONTWAIT);
    }
    assert_int_equal(n, 1);
    assert_int_equal(byte, 7);
    weir_rt_drop(rt);
    close(pair[0]);
    assert_int_not_equal(stat(path, &about), 0);
}

static void a_child_takes_nothing_away(void **state)
{
    (void)state;
    for_each_real_driver(check_child);
}

/* ---- an accept that is always refused ---- */

static unsigned accepts;

static int refuse_accept(const weir_sys *sys, int fd, int flags)
{
    (void)sys, (void)fd, (void)flags;
    accepts++;
    return -EPERM;
}

static void an_accept_that_is_refused_pauses(void **state)
{
    (void)state;
    weir_sys sys;
    weir_error error;
    weir_sys_wrap(&sys, NULL);
    sys.accept = refuse_accept;
    accepts = 0;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll", .sys = &sys}, &error);
    assert_non_null(rt);
    weir_stream *incoming = weir_incoming("127.0.0.1:0", NULL);
    weir_duplex near;
    assert_int_equal(weir_rt_run(rt, weir_next(incoming), &near, &error), WEIR_ERROR);
    assert_int_equal(error.number, EPERM);
    assert_false(error.fatal);
    assert_int_equal(accepts, 64);
    assert_int_equal(next_in(20, rt, incoming, &near, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT); /* told once */
    assert_in_range(accepts, 65, 67);
    weir_drop(incoming);
    weir_rt_drop(rt);
}

int net_listen(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_descriptors_lives_on),
        cmocka_unit_test(an_address_in_use_is_told),
        cmocka_unit_test(an_address_that_is_free_soon_is_had),
        cmocka_unit_test(a_stale_path_is_taken_over),
        cmocka_unit_test(any_address_needs_no_ipv6),
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(a_limit_of_connections_holds),
        cmocka_unit_test(a_handler_knows_its_peer),
        cmocka_unit_test(a_client_that_is_still_is_given_up),
        cmocka_unit_test(a_stop_drains_and_then_gives_up),
        cmocka_unit_test(a_full_server_stops_too),
        cmocka_unit_test(a_listener_goes_on_with_another_runtime),
        cmocka_unit_test(a_child_takes_nothing_away),
        cmocka_unit_test(an_accept_that_is_refused_pauses),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
