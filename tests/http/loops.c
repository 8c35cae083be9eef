/* Loops over exchanges written by hand, and the stop of a server that is under load, on every
 * driver and on several workers. */

#include "../net/net.h"

#include <sched.h>
#include <stdatomic.h>

enum { REQUESTS = 40, CLIENTS = 8, BYTES_MAX = 1 << 20 };
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static const weir_response ok = WEIR_RESPONSE(200, "");
static _Atomic unsigned under_way, most;
static weir_http_counts counts;

static void note_begin(void)
{
    unsigned n = ++under_way, seen = most;
    while (seen < n && !atomic_compare_exchange_weak(&most, &seen, n)) {
    }
}

/* ---- handlers ---- */

/* A moment passes, now and then. */
static void answer(weir_exchange *x, unsigned number)
{
    weir_error error;
    note_begin();
    if (number % 3 == 0)
        assert_int_equal(weir_await(weir_sleep(100000), NULL, &error), WEIR_READY);
    under_way--;
    weir_await(weir_respond_bytes(x, &ok, "hello\n", 6), NULL, &error);
}

static _Atomic unsigned handled;
WEIR_PAR_FN(handle, weir_exchange *, x, void *, arg)
{
    (void)arg;
    answer(x, handled++);
}

/* ---- connections ---- */

static weir_http_options options;

/* One after the other, in the fiber of the connection. */
WEIR_PAR_FN(serve_by_hand, weir_duplex, connection, void *, arg)
{
    weir_error error = {0};
    (void)arg;
    /* weir-lint: allow(sequential_loops) one loop of the two that are compared */
    weir_for_try (weir_exchange *, x, weir_http_exchanges(connection, &options), error)
        answer(x, handled++);
    assert_int_equal(error.code, 0);
}

/* As many at once as there may be: of HTTP/1.1 one. */
WEIR_PAR_FN(serve_in_parallel, weir_duplex, connection, void *, arg)
{
    weir_error error = {0};
    (void)arg;
    weir_stream *exchanges = weir_http_exchanges(connection, &options);
    weir_stream *all =
        weir_par_for_each(exchanges, &handle, NULL, 16, &WEIR_PAR_OPTIONS(.local = true));
    assert_int_equal(weir_await(all, NULL, &error), WEIR_READY);
}

static weir_stream *begin_one(weir_exchange *x, void *arg)
{
    static unsigned char body[] = "hello\n";
    (void)arg;
    handled++;
    return weir_respond_bytes(x, &ok, body, 6);
}
WEIR_HTTP_FN(begin_one_fn, begin_one)

static weir_stream *serve(weir_duplex connection, void *arg)
{
    (void)arg;
    return weir_http_serve(connection, &begin_one_fn, NULL, &options);
}
WEIR_CONNECTION_FN(serve_fn, serve)

static void begin(void)
{
    memset(&counts, 0, sizeof counts);
    options = WEIR_HTTP_OPTIONS(.counts = &counts);
    under_way = most = handled = 0;
}

/* ---- in memory, one worker ---- */

static unsigned count_text(const weir_vec *bytes, const char *text)
{
    unsigned n = 0;
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= bytes->n; i++)
        n += !memcmp((const char *)bytes->items + i, text, length);
    return n;
}

static void one_after_the_other(void **state)
{
    (void)state;
    static char said[REQUESTS * sizeof GET];
    static const weir_par_fn *const loops[] = {&serve_by_hand, &serve_in_parallel};
    said[0] = 0;
    for (unsigned i = 0; i < REQUESTS; i++)
        strcat(said, GET);
    for (size_t i = 0; i < 2 * rig_drivers_n; i++) {
        weir_duplex ends[2];
        weir_vec back = {0};
        weir_error error;
        begin();
        weir_rt *rt =
            weir_rt_new(&(weir_rt_options){.driver = rig_drivers[i / 2], .seed = 3}, &error);
        weir_duplex_pair(1000, ends);
        weir_stream *server =
            weir_par_for_each(weir_once(&weir_type_duplex, &ends[0]), loops[i % 2], NULL, 1,
                              &WEIR_PAR_OPTIONS(.local = true));
        weir_stream *client =
            weir_join(weir_copy(weir_memory_reader(said, strlen(said)), ends[1].writer),
                      weir_copy(ends[1].reader, weir_memory_writer(&back, BYTES_MAX)));
        assert_int_equal(weir_rt_run(rt, weir_join(server, client), NULL, &error), WEIR_READY);
        assert_int_equal(count_text(&back, "\r\n\r\nhello\n"), REQUESTS);
        assert_int_equal(most, 1);
        assert_int_equal(counts.answered, REQUESTS);
        weir_vec_drop(&back);
        weir_rt_drop(rt);
    }
}

static unsigned dropped;
static void drop_large(const weir_type *type, void *item)
{
    (void)type;
    dropped += ((unsigned char *)item)[99] == 7;
}

/* A handler that answers with bytes or with a copy, or gives something large that is to be dropped:
 * futures of other types than the function says; then none at all. */
static weir_stream *begin_any(weir_exchange *x, void *arg)
{
    static const weir_type large = {.name = "large", .size = 100, .align = 1, .drop = drop_large};
    unsigned char item[100] = {[99] = 7};
    switch (handled++ % 3) {
    case 0:
        return weir_respond_bytes(x, &ok, "hello\n", 6);
    case 1:
        return weir_respond_reader(x, 200, NULL, 0, 6, weir_memory_reader("hello\n", 6));
    default:
        weir_exchange_drop(x);
        return *(bool *)arg ? NULL : weir_once(&large, item);
    }
}
WEIR_HTTP_FN(begin_any_fn, begin_any)

static void answers_of_any_type(void **state)
{
    (void)state;
    static const char said[] = GET GET GET;
    for (size_t i = 0; i < 2 * rig_drivers_n; i++) {
        bool none = i % 2;
        weir_duplex ends[2];
        weir_vec back = {0};
        weir_error error;
        begin();
        weir_rt *rt =
            weir_rt_new(&(weir_rt_options){.driver = rig_drivers[i / 2], .seed = 3}, &error);
        weir_duplex_pair(1000, ends);
        weir_stream *server = weir_http_serve(ends[0], &begin_any_fn, &none, &options);
        weir_stream *client =
            weir_join(weir_copy(weir_memory_reader(said, sizeof said - 1), ends[1].writer),
                      weir_copy(ends[1].reader, weir_memory_writer(&back, BYTES_MAX)));
        assert_int_equal(weir_rt_run(rt, weir_join(server, client), NULL, &error), WEIR_READY);
        assert_int_equal(count_text(&back, "\r\n\r\nhello\n"), 2);
        assert_int_equal(count_text(&back, "500 Internal Server Error"), 1);
        assert_int_equal(dropped, i / 2 + 1);
        weir_vec_drop(&back);
        weir_rt_drop(rt);
    }
}

/* ---- stopped, over sockets ---- */

struct caller {
    pthread_t thread;
    const char *address;
    bool idle; /* it says one request, and waits for the end */
    unsigned sent;
    _Atomic unsigned got;
    bool last; /* an answer said that it is */
};

static _Atomic unsigned answers;

/* False: the connection is over. */
static bool ask(struct caller *caller, int fd)
{
    char text[1024];
    size_t n = 0;
    if (send(fd, GET, sizeof GET - 1, MSG_NOSIGNAL) < 0)
        return false;
    caller->sent++;
    while (n < sizeof text - 1) {
        ssize_t came = recv(fd, text + n, sizeof text - 1 - n, 0);
        if (came <= 0) {
            assert_int_equal(n, 0); /* no part of an answer */
            return false;
        }
        n += (size_t)came;
        text[n] = 0;
        if (strstr(text, "\r\n\r\nhello\n"))
            break;
    }
    caller->last |= strstr(text, "connection: close") != NULL;
    caller->got++;
    answers++;
    return true;
}

static void *call(void *arg)
{
    struct caller *caller = arg;
    int fd = net_plain(caller->address);
    char byte;
    while (ask(caller, fd) && !caller->idle) {
    }
    if (caller->idle)
        assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
    return NULL;
}

static weir_stream *run_futures(weir_stream *incoming, struct net_server *server)
{
    (void)server;
    return weir_par_for_each(incoming, &serve_fn, NULL, 100, NULL);
}

static weir_stream *run_by_hand(weir_stream *incoming, struct net_server *server)
{
    (void)server;
    return weir_par_for_each(incoming, &serve_by_hand, NULL, 100, NULL);
}

static weir_stream *run_in_parallel(weir_stream *incoming, struct net_server *server)
{
    (void)server;
    return weir_par_for_each(incoming, &serve_in_parallel, NULL, 100, NULL);
}

static weir_stream *serve_next(weir_duplex connection, void *arg)
{
    return weir_http_serve_next(connection, &begin_one_fn, arg, &options);
}
WEIR_THEN_FN(serve_next_fn, serve_next, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

/* Parked between two requests: counted once all the same. */
static weir_stream *run_parked(weir_stream *incoming, struct net_server *server)
{
    (void)server;
    return weir_serve(incoming, &serve_next_fn, NULL, NULL);
}

static void check_stop(const char *driver, uint32_t workers,
                       weir_stream *(*run)(weir_stream *incoming, struct net_server *server))
{
    struct net_server server = {.run = run};
    struct caller callers[CLIENTS] = {{0}};
    unsigned got = 0;
    begin();
    answers = 0;
    net_server_start(&server, &(weir_rt_options){.driver = driver, .workers = workers}, NULL, NULL);
    for (unsigned i = 0; i < CLIENTS; i++) {
        callers[i].address = server.listening;
        callers[i].idle = i % 2;
        pthread_create(&callers[i].thread, NULL, call, &callers[i]);
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        while (answers < 200 || !callers[i].got)
            sched_yield();
    weir_rt_stop(server.rt);
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(callers[i].thread, NULL);
        got += callers[i].got;
        assert_in_range(callers[i].sent - callers[i].got, 0, 1);
    }
    net_server_stop(&server);
    assert_int_equal(server.state, WEIR_READY);
    assert_int_equal(counts.requests, got);
    assert_int_equal(counts.answered, got);
    assert_int_equal(counts.unanswered, 0);
    assert_int_equal(counts.connections, CLIENTS);
}

static void stopped_under_load(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (uint32_t workers = 1; workers <= 4 && strcmp(rig_drivers[d], "sim"); workers += 3) {
            check_stop(rig_drivers[d], workers, run_futures);
            check_stop(rig_drivers[d], workers, run_by_hand);
            check_stop(rig_drivers[d], workers, run_in_parallel);
            check_stop(rig_drivers[d], workers, run_parked);
        }
}

int http_loops(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(answers_of_any_type),
        cmocka_unit_test(stopped_under_load),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
