/* Names and the addresses behind them: which is tried when, what is told when none answers, and who
 * lets go in the middle. On the sim driver, whose clock is virtual; the names are a table's. */

#include "net.h"

#include <netdb.h>

enum { CONNECT_OF_RING = 16 }; /* IORING_OP_CONNECT */

/* ---- a table of names ---- */

static struct {
    weir_sys sys;
    const char *const *addresses; /* of any name; NULL: there is none */
    int code;
    unsigned lookups, freed;
} names;

static int name_resolve(const weir_sys *sys, const char *host, const char *port,
                        const struct addrinfo *hints, struct addrinfo **out)
{
    (void)sys, (void)host, (void)hints;
    struct addrinfo *list = NULL, **at = &list;
    names.lookups++;
    for (size_t i = 0; names.addresses && names.addresses[i]; i++) {
        struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
        assert_int_equal(getaddrinfo(names.addresses[i], port, &numeric, at), 0);
        at = &(*at)->ai_next;
    }
    *out = list;
    return names.code;
}

static void name_free(const weir_sys *sys, struct addrinfo *list)
{
    (void)sys;
    names.freed++;
    freeaddrinfo(list);
}

static weir_rt *names_rt(const char *driver, const char *const *addresses, int code)
{
    memset(&names, 0, sizeof names);
    weir_sys_wrap(&names.sys, NULL);
    names.sys.resolve = name_resolve;
    names.sys.resolve_free = name_free;
    names.addresses = addresses;
    names.code = code;
    weir_error error;
    weir_rt *rt =
        weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &names.sys, .seed = 5}, &error);
    assert_non_null(rt);
    return rt;
}

static weir_state dial(weir_rt *rt, const char *address, const weir_dial_options *options,
                       weir_error *error)
{
    weir_duplex far;
    weir_state state = weir_rt_run(rt, weir_connected(weir_dial(address, options)), &far, error);
    if (state == WEIR_READY)
        weir_duplex_drop(far);
    return state;
}

static void a_name_is_dialled(void **state)
{
    (void)state;
    static const char *const addresses[] = {"::1", "127.0.0.1", NULL};
    for (size_t i = 0; i < rig_drivers_n; i++) {
        struct net_server server = {0};
        net_server_start(&server, &(weir_rt_options){.driver = "epoll"}, &net_echo_fn, NULL);
        char address[64];
        snprintf(address, sizeof address, "db:%s", strrchr(server.listening, ':') + 1);
        weir_rt *rt =
            names_rt(rig_drivers[i], strcmp(rig_drivers[i], "sim") ? addresses : addresses + 1, 0);
        weir_error error;
        assert_int_equal(dial(rt, address, NULL, &error), WEIR_READY);
        assert_int_equal(names.lookups, 1);
        assert_int_equal(names.freed, 1);
        weir_rt_drop(rt);
        net_server_stop(&server);
    }
}

static const struct {
    const char *what;
    const char *addresses[4];
    int code;
    weir_code is;
    int number;
    const char *says;
} wrong[] = {
    {"no such name", {NULL}, EAI_NONAME, WEIR_E_SYSTEM, 0, "cannot find 'db'"},
    {"no answer", {NULL}, EAI_AGAIN, WEIR_E_SYSTEM, 0, "cannot find 'db'"},
    {"an empty list", {NULL}, 0, WEIR_E_SYSTEM, 0, "cannot find 'db'"},
    {"refused", {"127.0.0.1", NULL}, 0, WEIR_E_SYSTEM, ECONNREFUSED, "connection refused"},
    {"refused twice",
     {"127.0.0.1", "127.0.0.2", NULL},
     0,
     WEIR_E_SYSTEM,
     ECONNREFUSED,
     "(2 addresses tried)"},
};

static void check_no_address(weir_duplex far)
{
    weir_error error;
    assert_int_equal(weir_run(weir_copy(far.reader, weir_null_writer()), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "no address was given");
    assert_int_equal(weir_await_write(far.writer, "a", 1, &error), WEIR_ERROR);
    assert_string_equal(error.message, "no address was given");
    weir_drop(far.writer);
}

/* argv[1], where there is none. */
static void no_address_is_told(void **state)
{
    (void)state;
    check_no_address(weir_dial(NULL, NULL));
    check_no_address(weir_tcp(NULL, 80));
    check_no_address(weir_unix(NULL));
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            weir_rt *rt = names_rt(rig_drivers[d], wrong[i].addresses, wrong[i].code);
            weir_error error;
            assert_int_equal(dial(rt, "db:1", NULL, &error), WEIR_ERROR);
            assert_int_equal(error.code, wrong[i].is);
            assert_int_equal(error.number, wrong[i].number);
            if (!strstr(error.message, wrong[i].says))
                fail_msg("%s: %s", wrong[i].what, error.message);
            weir_rt_drop(rt);
        }
}

/* Both halves are told, and a name is looked up once. */
static void both_halves_are_told(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = names_rt(rig_drivers[d], NULL, EAI_NONAME);
        weir_duplex far = weir_dial("db:1", NULL);
        weir_error error;
        assert_int_equal(
            weir_rt_run(rt, weir_copy(weir_memory_reader("x", 1), far.writer), NULL, &error),
            WEIR_ERROR);
        assert_int_equal(weir_rt_run(rt, weir_copy(far.reader, weir_null_writer()), NULL, &error),
                         WEIR_ERROR);
        assert_non_null(strstr(error.message, "cannot find"));
        assert_int_equal(names.lookups, 1);
        weir_rt_drop(rt);
    }
}

/* ---- nobody answers ---- */

enum { FILLERS = 4 };

/* A listener whose backlog is full: the kernel leaves the next ones without an answer. */
struct deaf {
    int listener, fillers[FILLERS];
    char address[64];
};

static void deaf_open(struct deaf *deaf)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    deaf->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(deaf->listener, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(deaf->listener, 0), 0);
    assert_int_equal(getsockname(deaf->listener, (struct sockaddr *)&at, &n), 0);
    snprintf(deaf->address, sizeof deaf->address, "127.0.0.1:%u", ntohs(at.sin_port));
    for (int i = 0; i < FILLERS; i++) {
        deaf->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(deaf->fillers[i], (struct sockaddr *)&at, n);
    }
}

static void deaf_close(struct deaf *deaf)
{
    for (int i = 0; i < FILLERS; i++)
        close(deaf->fillers[i]);
    close(deaf->listener);
}

static void a_dial_that_nobody_answers_ends(void **state)
{
    (void)state;
    weir_dial_options options = {.size = sizeof options, .timeout_ns = 20 * NET_MS};
    struct deaf deaf;
    deaf_open(&deaf);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = names_rt(rig_drivers[d], NULL, 0);
        weir_error error;
        assert_int_equal(dial(rt, deaf.address, &options, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        assert_string_equal(error.place, deaf.address);
        weir_rt_drop(rt);
    }
    deaf_close(&deaf);
}

static void a_dial_is_dropped_at_any_time(void **state)
{
    (void)state;
    static const char *const addresses[] = {"127.0.0.1", "127.0.0.1", NULL};
    struct deaf deaf;
    char name[64];
    deaf_open(&deaf);
    snprintf(name, sizeof name, "db%s", strrchr(deaf.address, ':'));
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int ms = 0; ms < 3; ms++) {
            weir_rt *rt = names_rt(rig_drivers[d], addresses, 0);
            weir_stream *connected = weir_connected(weir_dial(name, NULL));
            weir_duplex far;
            weir_error error;
            weir_state got = weir_rt_run(
                rt, weir_timeout(connected, (uint64_t)ms * 300 * NET_MS / 100 + 1), &far, &error);
            assert_int_equal(got, WEIR_ERROR);
            weir_rt_drop(rt);
        }
    deaf_close(&deaf);
}

/* ---- connected, and given up all the same ---- */

static int no_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n)
{
    (void)sys, (void)fd, (void)level, (void)name, (void)out, (void)n;
    return -ETIMEDOUT;
}

static int64_t no_connection(const weir_sys *sys, int kind, int fd, int64_t result)
{
    (void)sys, (void)fd;
    return kind == CONNECT_OF_RING ? -ETIMEDOUT : result;
}

/* What the peer reads is no empty transfer, but a reset. */
static void who_is_given_up_is_told(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct timeval limit = {.tv_sec = 20};
        socklen_t n = sizeof at;
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(bind(listener, (struct sockaddr *)&at, n), 0);
        assert_int_equal(listen(listener, 4), 0);
        assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
        setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        char address[64];
        snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(at.sin_port));
        weir_rt *rt = names_rt(rig_drivers[d], NULL, 0);
        names.sys.get_option = no_option;
        names.sys.completed = no_connection;
        weir_error error;
        assert_int_equal(dial(rt, address, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, ETIMEDOUT);
        weir_rt_drop(rt);
        int near = accept(listener, NULL, NULL);
        size_t got = 0;
        assert_true(near < 0 || net_drain(near, &got) == -ECONNRESET);
        close(near);
        close(listener);
    }
}

/* ---- another runtime ---- */

static weir_state wait_for(weir_rt *rt, weir_stream *connected, weir_duplex *far, uint64_t ms)
{
    weir_error error;
    return weir_rt_run(rt, weir_timeout(weir_next(connected), ms * NET_MS), far, &error);
}

/* Its runtime goes while nobody answers; the next one asks the same address again. */
static void a_dial_goes_on_with_another_runtime(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        if (!strcmp(rig_drivers[d], "sim"))
            continue;
        struct deaf deaf;
        weir_duplex far;
        deaf_open(&deaf);
        weir_stream *connected = weir_connected(weir_dial(deaf.address, NULL));
        weir_rt *rt = names_rt(rig_drivers[d], NULL, 0);
        assert_int_equal(wait_for(rt, connected, &far, 50), WEIR_ERROR);
        weir_rt_drop(rt);
        int near = accept(deaf.listener, NULL, NULL);
        rt = names_rt(rig_drivers[d], NULL, 0);
        assert_int_equal(wait_for(rt, connected, &far, 10000), WEIR_READY);
        weir_duplex_drop(far);
        weir_drop(connected);
        weir_rt_drop(rt);
        close(near);
        deaf_close(&deaf);
    }
}

static void a_dial_may_have_all_the_time(void **state)
{
    (void)state;
    weir_dial_options options = {.size = sizeof options, .timeout_ns = UINT64_MAX};
    struct deaf deaf;
    deaf_open(&deaf);
    weir_rt *rt = rig_rt("sim");
    weir_stream *connected = weir_connected(weir_dial(deaf.address, &options));
    weir_duplex far;
    weir_error error;
    assert_int_equal(weir_rt_run(rt, weir_timeout(connected, 50 * NET_MS), &far, &error),
                     WEIR_ERROR);
    assert_non_null(strstr(error.message, "nothing came for"));
    weir_rt_drop(rt);
    deaf_close(&deaf);
}

int net_dial(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_dialled),
        cmocka_unit_test(no_address_is_told),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(both_halves_are_told),
        cmocka_unit_test(a_dial_that_nobody_answers_ends),
        cmocka_unit_test(a_dial_is_dropped_at_any_time),
        cmocka_unit_test(who_is_given_up_is_told),
        cmocka_unit_test(a_dial_goes_on_with_another_runtime),
        cmocka_unit_test(a_dial_may_have_all_the_time),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
