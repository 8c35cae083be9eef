/* Times that nobody meant, of a nanosecond and of all there are, over sockets and on real clocks: a
 * connection ends at once, or goes on as if there were no limit; no worker is kept busy by them. */

#include "../net/net.h"

#include <poll.h>
#include <time.h>

#define TINY_NEVER UINT64_MAX
#define TINY_GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define TINY_POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"

enum { TINY_WAIT_MS = 5000, TINY_CALM_MS = 60, TINY_BUSY_MS = 20 };

static const struct {
    const char *name;
    const char *says; /* the client, and then nothing more */
    weir_serve_options serve;
    weir_http_options http;
    bool ends; /* the server ends it; else it stays, and answers */
} rows[] = {
    {"read 1", "", {.read_timeout_ns = 1}, {0}, true},
    {"read 2", "", {.read_timeout_ns = 2}, {0}, true},
    {"read 300", "GET", {.read_timeout_ns = 300}, {0}, true},
    {"read 20 us", "GET", {.read_timeout_ns = 20000}, {0}, true},
    {"read 700 us", "GET", {.read_timeout_ns = 700000}, {0}, true},
    {"parked 1", TINY_GET, {.idle_ns = 1}, {0}, true},
    {"parked 20 us", TINY_GET, {.idle_ns = 20000}, {0}, true},
    {"head 1", "GET", {0}, {.head_ns = 1}, true},
    {"head 20 us", "GET", {0}, {.head_ns = 20000}, true},
    {"nothing of a head", "", {0}, {.head_ns = 1}, true},
    {"body 1", TINY_POST, {0}, {.body_ns = 1, .body_rate_min = UINT32_MAX}, true},
    {"unread 1", TINY_POST, {0}, {.unread_ns = 1}, true},
    {"idle 1", TINY_GET, {0}, {.idle_ns = 1}, true},
    {"write 1", TINY_GET, {.write_timeout_ns = 1}, {.write_ns = 1}, false},
    {"write 20 us", TINY_GET, {.write_timeout_ns = 20000}, {.write_ns = 20000}, false},
    {"never",
     TINY_GET,
     {.read_timeout_ns = TINY_NEVER,
      .write_timeout_ns = TINY_NEVER,
      .idle_ns = TINY_NEVER,
      .drain_ns = TINY_NEVER},
     {.head_ns = TINY_NEVER,
      .idle_ns = TINY_NEVER,
      .body_ns = TINY_NEVER,
      .unread_ns = TINY_NEVER,
      .write_ns = TINY_NEVER},
     false},
};

static weir_stream *tiny_answer(weir_exchange *x, void *arg)
{
    static const weir_response ok = WEIR_RESPONSE(200, "");
    (void)arg;
    return weir_respond_bytes(x, &ok, "hello\n", 6);
}
WEIR_HTTP_FN(tiny_answer_fn, tiny_answer)

/* Reads its body first. */
static weir_stream *tiny_echo(weir_exchange *x, void *arg)
{
    (void)arg;
    weir_reader *body = weir_exchange_body(x);
    return weir_copy(body, weir_respond(x, 200, NULL, 0, WEIR_LENGTH_UNKNOWN));
}
WEIR_HTTP_FN(tiny_echo_fn, tiny_echo)

static weir_http_options http;

static weir_stream *tiny_connection(weir_duplex near, void *arg)
{
    return weir_http_serve(near, arg ? &tiny_echo_fn : &tiny_answer_fn, NULL, &http);
}
WEIR_CONNECTION_FN(tiny_connection_fn, tiny_connection)

/* Parked between two requests. */
static weir_stream *tiny_parking(weir_duplex near, void *arg)
{
    return weir_http_serve_next(near, &tiny_answer_fn, arg, &http);
}
WEIR_THEN_FN(tiny_parking_fn, tiny_parking, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

static uint64_t cpu_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

/* What comes until the end; within a time: true, it ended. */
static bool ends_in(int fd, int ms, char *text, size_t size)
{
    size_t n = 0;
    struct pollfd one = {.fd = fd, .events = POLLIN};
    text[0] = 0;
    while (poll(&one, 1, ms) == 1) {
        ssize_t got = recv(fd, text + n, size - 1 - n, 0);
        if (got <= 0)
            return true;
        n += (size_t)got;
        text[n] = 0;
    }
    return false;
}

static void nobody_is_busy(const char *name)
{
    uint64_t before = cpu_ms();
    usleep(TINY_CALM_MS * 1000);
    if (cpu_ms() - before > TINY_BUSY_MS)
        fail_msg("%s: %llu ms of %d were worked", name, (unsigned long long)(cpu_ms() - before),
                 TINY_CALM_MS);
}

static void row_holds(const char *driver, size_t i)
{
    char text[1000];
    struct net_server server = {.options = rows[i].serve};
    server.options.size = sizeof server.options;
    http = rows[i].http;
    http.size = sizeof http;
    bool echoes = http.body_ns == 1, parks = rows[i].serve.idle_ns;
    net_server_start(&server, &(weir_rt_options){.driver = driver},
                     parks ? &tiny_parking_fn : &tiny_connection_fn, echoes ? &server : NULL);
    int fd = net_plain(server.listening);
    assert_true(send(fd, rows[i].says, strlen(rows[i].says), MSG_NOSIGNAL) >= 0);
    bool ended = ends_in(fd, rows[i].ends ? TINY_WAIT_MS : TINY_CALM_MS, text, sizeof text);
    if (rows[i].ends && !ended)
        fail_msg("%s on %s: it did not end, and said '%s'", rows[i].name, driver, text);
    if (!rows[i].ends && !strstr(text, "200 OK"))
        fail_msg("%s on %s: said '%s'", rows[i].name, driver, text);
    nobody_is_busy(rows[i].name);
    close(fd);
    net_server_stop(&server);
}

/* ---- clients ---- */

static weir_http_client_options asks[] = {
    {.connect_ns = 1},   {.head_ns = 1},
    {.total_ns = 1},     {.head_ns = 20000},
    {.total_ns = 20000}, {.connect_ns = TINY_NEVER, .head_ns = TINY_NEVER, .total_ns = TINY_NEVER},
};

/* Of a server that says nothing; of one that answers: all but the last may come too late. */
static void client_holds(weir_rt *rt, const char *place, bool answers, size_t i)
{
    char url[100];
    weir_error error = {0};
    weir_reply *reply = NULL;
    bool last = i + 1 == sizeof asks / sizeof *asks;
    if (last && !answers)
        return; /* for ever */
    snprintf(url, sizeof url, "http://%s/", place);
    asks[i].size = sizeof asks[i];
    weir_state got = weir_rt_run(rt, weir_http_get(url, &asks[i]), &reply, &error);
    if (got == WEIR_READY)
        weir_reply_drop(reply);
    else
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_true(got == WEIR_READY ? answers : !last);
}

static void dials_and_relays(weir_rt *rt, const char *place)
{
    static const uint64_t limits[] = {1, 20000, TINY_NEVER};
    for (size_t i = 0; i < 3; i++) {
        weir_error error = {0};
        weir_duplex there = weir_dial(place, &WEIR_DIAL_OPTIONS(.timeout_ns = limits[i]));
        weir_stream *sent = weir_copy(weir_memory_reader("x", 1), there.writer);
        weir_drop(there.reader);
        weir_state got = weir_rt_run(rt, sent, NULL, &error);
        assert_true(got == WEIR_READY || (i < 2 && error.code == WEIR_E_TIMEOUT));
        weir_duplex near[2], far[2];
        weir_duplex_pair(8, near);
        weir_duplex_pair(8, far);
        weir_relay_options how = WEIR_RELAY_OPTIONS(.idle_ns = limits[i], .still_ns = limits[i]);
        weir_stream *relay = weir_relay(near[1], far[0], &how);
        if (i == 2)
            relay = weir_timeout(relay, TINY_CALM_MS * NET_MS);
        assert_int_equal(weir_rt_run(rt, relay, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        weir_duplex_drop(near[0]);
        weir_duplex_drop(far[1]);
    }
}

static void children(weir_rt *rt)
{
    static const uint64_t graces[] = {1, TINY_NEVER};
    const char *const argv[] = {"sleep", "60", NULL};
    for (size_t i = 0; i < 2; i++) {
        weir_child_parts child =
            weir_exec(argv, &WEIR_EXEC_OPTIONS(.out = WEIR_STDIO_PIPE, .grace_ns = graces[i]));
        weir_stream *all = weir_take_within(weir_lines(child.out, 80), 5 * NET_MS);
        assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
        weir_drop(child.status);
    }
}

/* Who dials there is let in by the kernel, and hears nothing. */
static int listen_silently(char *place, size_t size)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 100), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    snprintf(place, size, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    return fd;
}

static void no_client_is_kept_busy(void **state)
{
    (void)state;
    alarm(100);
    for (size_t i = 0; i < rig_drivers_n; i++) {
        if (!strcmp(rig_drivers[i], "sim"))
            continue;
        struct net_server answering = {.handler = NULL};
        char silent[WEIR_ADDRESS_BYTES];
        int fd = listen_silently(silent, sizeof silent);
        http = WEIR_HTTP_OPTIONS(.no_http2 = true);
        weir_rt_options how = {.driver = rig_drivers[i]};
        net_server_start(&answering, &how, &tiny_connection_fn, NULL);
        weir_rt *rt = rig_rt(rig_drivers[i]);
        for (size_t k = 0; k < sizeof asks / sizeof *asks; k++) {
            client_holds(rt, silent, false, k);
            client_holds(rt, answering.listening, true, k);
        }
        dials_and_relays(rt, silent);
        children(rt);
        nobody_is_busy("clients");
        weir_rt_drop(rt);
        close(fd);
        net_server_stop(&answering);
    }
    alarm(0);
}

static void no_worker_is_kept_busy(void **state)
{
    (void)state;
    alarm(100);
    for (size_t i = 0; i < rig_drivers_n; i++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows && strcmp(rig_drivers[i], "sim"); k++)
            row_holds(rig_drivers[i], k);
    alarm(0);
}

int http_tiny_times(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_worker_is_kept_busy),
                                       cmocka_unit_test(no_client_is_kept_busy)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
