/* How connections end: closed, half-closed, dropped, given up, reset; and what the peer sees of it.
 */

#include "net.h"

#include <poll.h>

static const char *driver;

static void for_each_driver(void (*check)(void))
{
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        check();
    }
}

static void start(struct net_server *server, const weir_then_fn *handler, void *arg)
{
    net_server_start(server, &(weir_rt_options){.driver = driver, .seed = 3}, handler, arg);
}

/* ---- half-close ---- */

struct sending {
    int fd;
    size_t n;
};

static void *send_all(void *arg)
{
    struct sending *sending = arg;
    unsigned char *bytes = net_bytes(sending->n);
    for (size_t at = 0; at < sending->n;) {
        ssize_t n = send(sending->fd, bytes + at, sending->n - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    shutdown(sending->fd, SHUT_WR);
    free(bytes);
    return NULL;
}

static void exchange(const char *address, size_t n)
{
    struct sending sending = {net_plain(address), n};
    pthread_t thread;
    size_t got = 0;
    pthread_create(&thread, NULL, send_all, &sending);
    assert_int_equal(net_drain(sending.fd, &got), 0);
    pthread_join(thread, NULL);
    assert_int_equal(got, n);
    close(sending.fd);
}

static const size_t sizes[] = {0, 1, 1000, 3000000};

static void check_half_close(void)
{
    struct net_server server = {0};
    start(&server, &net_echo_fn, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        exchange(server.listening, strcmp(driver, "sim") ? sizes[i] : sizes[i] / 30);
    net_server_stop(&server);
    assert_int_equal(server.state, WEIR_READY);
    assert_int_equal(server.served.connections, 4);
    assert_int_equal(server.served.errors, 0);
}

static void a_half_closed_echo_answers_all(void **state)
{
    (void)state;
    for_each_driver(check_half_close);
}

static weir_stream *relay(weir_duplex near, void *arg)
{
    return weir_relay(near, weir_dial(arg, NULL), NULL);
}
WEIR_THEN_FN(relay_fn, relay, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

static void check_relay(void)
{
    struct net_server far = {0}, near = {0};
    start(&far, &net_echo_fn, NULL);
    start(&near, &relay_fn, far.listening);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        exchange(near.listening, strcmp(driver, "sim") ? sizes[i] : sizes[i] / 30);
    net_server_stop(&near);
    net_server_stop(&far);
    assert_int_equal(near.served.errors, 0);
}

static void a_half_closed_relay_passes_all(void **state)
{
    (void)state;
    for_each_driver(check_relay);
}

/* ---- what the peer sees ---- */

static weir_stream *nothing(void)
{
    uint64_t none = 0;
    return weir_once(&weir_type_u64, &none);
}

static weir_stream *drop_both(weir_duplex near, void *arg)
{
    (void)arg;
    weir_duplex_drop(near);
    return nothing();
}

static weir_stream *abort_both(weir_duplex near, void *arg)
{
    (void)arg;
    weir_duplex_abort(near);
    return nothing();
}

static weir_poll broken_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader, (void)min;
    return weir_fail(cx, WEIR_E_CORRUPT, "it is broken");
}

static const weir_reader_ops broken_ops = {
    .size = sizeof broken_ops, .name = "broken", .poll_fill = broken_fill};

/* Some bytes, then an error of their source: the writer is given up. */
static weir_stream *cut(weir_duplex near, void *arg)
{
    (void)arg;
    static const unsigned char bytes[] = {0, 31, 62, 93};
    weir_drop(near.reader);
    return weir_copy(weir_chain_reader(weir_memory_reader(bytes, sizeof bytes),
                                       weir_reader_new(sizeof(weir_reader), &broken_ops)),
                     near.writer);
}

static weir_stream *whole(weir_duplex near, void *arg)
{
    (void)arg;
    static const unsigned char bytes[] = {0, 31, 62, 93};
    weir_drop(near.reader);
    return weir_copy(weir_memory_reader(bytes, sizeof bytes), near.writer);
}

WEIR_THEN_FN(drop_fn, drop_both, weir_duplex, uint64_t, .from = &weir_type_duplex)
WEIR_THEN_FN(abort_fn, abort_both, weir_duplex, uint64_t, .from = &weir_type_duplex)
WEIR_THEN_FN(cut_fn, cut, weir_duplex, uint64_t, .from = &weir_type_duplex)
WEIR_THEN_FN(whole_fn, whole, weir_duplex, uint64_t, .from = &weir_type_duplex)

static const struct {
    const weir_then_fn *handler;
    int seen; /* 0: an end */
} ends[] = {{&drop_fn, 0}, {&abort_fn, -ECONNRESET}, {&cut_fn, -ECONNRESET}, {&whole_fn, 0}};

static void check_ends(void)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct net_server server = {0};
        start(&server, ends[i].handler, NULL);
        size_t got = 0;
        int fd = net_plain(server.listening);
        assert_int_equal(net_drain(fd, &got), ends[i].seen);
        close(fd);
        net_server_stop(&server);
        assert_int_equal(server.served.errors, ends[i].handler == &cut_fn);
    }
}

static void what_is_given_up_is_a_reset(void **state)
{
    (void)state;
    for_each_driver(check_ends);
}

/* The client resets in the middle: the relay resets the other side too, and says whose it was. */
static void check_reset_through_relay(void)
{
    struct net_server far = {0}, near = {0};
    start(&far, &net_echo_fn, NULL);
    start(&near, &relay_fn, far.listening);
    int fd = net_plain(near.listening);
    size_t got = 0;
    char byte;
    assert_int_equal(send(fd, "\0", 1, 0), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    (void)got;
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    while (!near.errors || !far.errors)
        usleep(1000);
    net_server_stop(&near);
    net_server_stop(&far);
    assert_int_equal(near.served.errors, 1);
    assert_int_equal(far.served.errors, 1);
    assert_int_equal(near.last.number, ECONNRESET);
    assert_non_null(strstr(near.last.place, "127.0.0.1:"));
}

static void a_reset_stays_a_reset(void **state)
{
    (void)state;
    for_each_driver(check_reset_through_relay);
}

/* ---- what is cut, and what is urgent ---- */

struct listening {
    int fd;
    char address[64];
};

static void listen_plain(struct listening *out)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    out->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(out->fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(out->fd, 8), 0);
    assert_int_equal(getsockname(out->fd, (struct sockaddr *)&at, &n), 0);
    snprintf(out->address, sizeof out->address, "127.0.0.1:%u", ntohs(at.sin_port));
}

/* A relay between two peers that say nothing is told to stop: neither takes that for an end. */
static void check_stopped_relay(void)
{
    struct listening sides[2];
    int peers[2];
    weir_error error;
    weir_rt *rt = rig_rt(driver);
    for (int i = 0; i < 2; i++)
        listen_plain(&sides[i]);
    weir_stream *both =
        weir_relay(weir_dial(sides[0].address, NULL), weir_dial(sides[1].address, NULL), NULL);
    assert_true(weir_rt_spawn(rt, both));
    assert_int_equal(weir_rt_run(rt, weir_sleep(20ull * NET_MS), NULL, &error), WEIR_READY);
    for (int i = 0; i < 2; i++)
        peers[i] = accept(sides[i].fd, NULL, NULL);
    weir_rt_stop(rt);
    weir_rt_run(rt, weir_sleep(1), NULL, &error);
    weir_rt_drop(rt);
    for (int i = 0; i < 2; i++) {
        char byte;
        assert_int_equal(recv(peers[i], &byte, 1, 0), -1);
        assert_int_equal(errno, ECONNRESET);
        close(peers[i]);
        close(sides[i].fd);
    }
}

static void what_a_stop_cuts_is_a_reset(void **state)
{
    (void)state;
    for_each_driver(check_stopped_relay);
}

/* At an urgent mark a receive ends early, though more is there. */
static void check_urgent(void)
{
    struct net_server server = {0};
    start(&server, &net_echo_fn, NULL);
    int fd = net_plain(server.listening);
    char back[9] = "";
    assert_int_equal(send(fd, "abc", 3, 0), 3);
    assert_int_equal(send(fd, "!", 1, MSG_OOB), 1);
    assert_int_equal(send(fd, "defgh", 5, 0), 5);
    for (size_t n = 0; n < 8;) {
        ssize_t more = recv(fd, back + n, 8 - n, 0);
        if (more <= 0)
            fail_msg("%zu of 8 bytes, then %s", n, more ? strerror(errno) : "the end");
        n += (size_t)more;
    }
    assert_string_equal(back, "abcdefgh");
    close(fd);
    net_server_stop(&server);
}

static void what_stands_behind_urgent_bytes_comes(void **state)
{
    (void)state;
    for_each_driver(check_urgent);
}

/* ---- dialling ---- */

static const struct {
    const char *address;
    weir_code code;
    int number;
} nobody[] = {{"127.0.0.1:1", WEIR_E_SYSTEM, ECONNREFUSED},
              {"unix:/nowhere/at/all.sock", WEIR_E_SYSTEM, ENOENT},
              {"not an address", WEIR_E_ARGUMENT, 0},
              {"127.0.0.1:99999", WEIR_E_ARGUMENT, 0},
              {"::1:80", WEIR_E_ARGUMENT, 0}};

static void check_nobody(void)
{
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        weir_error error;
        weir_rt *rt = rig_rt(driver);
        weir_duplex far = weir_dial(nobody[i].address, NULL);
        if (nobody[i].code == WEIR_E_SYSTEM)
            assert_true(far.reader->stage.remote); /* decompressors keep to other limits */
        weir_vec out = {0};
        weir_drop(far.writer);
        assert_int_equal(
            weir_rt_run(rt, weir_copy(far.reader, weir_memory_writer(&out, 10)), NULL, &error),
            WEIR_ERROR);
        assert_int_equal(error.code, nobody[i].code);
        assert_int_equal(error.number, nobody[i].number);
        weir_vec_drop(&out);
        weir_rt_drop(rt);
    }
}

static void nobody_is_there(void **state)
{
    (void)state;
    for_each_driver(check_nobody);
}

/* Both halves after the runtime, before any runtime, and while it dials. */
static void check_drops(void)
{
    struct net_server server = {0};
    start(&server, &net_echo_fn, NULL);
    weir_duplex_drop(weir_dial(server.listening, NULL));
    weir_rt *rt = rig_rt(driver);
    weir_duplex far, never = weir_dial(server.listening, NULL);
    weir_error error;
    assert_int_equal(
        weir_rt_run(rt, weir_connected(weir_dial(server.listening, NULL)), &far, &error),
        WEIR_READY);
    assert_true(weir_rt_spawn(rt, weir_copy(never.reader, weir_null_writer())));
    assert_int_equal(weir_rt_run(rt, weir_sleep(1), NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
    weir_duplex_drop(far);
    weir_drop(never.writer);
    net_server_stop(&server);
}

static void halves_outlive_their_runtime(void **state)
{
    (void)state;
    for_each_driver(check_drops);
}

/* ---- more of them than blocks that the kernel has ---- */

enum { CROWD = 65, STILL_MS = 50 };

struct crowd {
    int far[CROWD];
    weir_duplex near[CROWD];
    weir_vec got[CROWD];
};

static void crowd_open(struct crowd *self)
{
    for (int i = 0; i < CROWD; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        self->far[i] = pair[0];
        self->near[i] = weir_socket(pair[1]);
    }
}

static void crowd_close(struct crowd *self)
{
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(self->got[i].n, 1);
        weir_vec_drop(&self->got[i]);
        weir_duplex_drop(self->near[i]);
        close(self->far[i]);
    }
}

static weir_stream *read_byte(struct crowd *self, int i)
{
    return weir_copy(weir_take_reader(weir_reader_by_ref(self->near[i].reader), 1),
                     weir_memory_writer(&self->got[i], 1));
}

static void all_read(struct crowd *self, weir_rt *rt)
{
    for (int i = 0; i < CROWD; i++)
        assert_true(weir_rt_spawn(rt, weir_copy(weir_reader_by_ref(self->near[i].reader),
                                                weir_memory_writer(&self->got[i], 2))));
}

static void shut_all(const struct crowd *self, int first)
{
    for (int i = first; i < CROWD; i++)
        shutdown(self->far[i], SHUT_WR);
}

static void send_bytes(const struct crowd *self, int first, int end)
{
    char byte = 1;
    for (int i = first; i < end; i++)
        assert_int_equal(send(self->far[i], &byte, 1, MSG_NOSIGNAL), 1);
}

/* What came while the runtime went is read on the next one. */
static void check_crowd(void)
{
    struct crowd crowd = {0};
    weir_error error;
    weir_rt *rt = rig_rt(driver);
    crowd_open(&crowd);
    all_read(&crowd, rt);
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
    send_bytes(&crowd, 0, CROWD);
    weir_rt_drop(rt);
    rt = rig_rt(driver);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(weir_rt_run(rt, read_byte(&crowd, i), NULL, &error), WEIR_READY);
    weir_rt_drop(rt);
    crowd_close(&crowd);
}

static void a_crowd_outlives_its_runtime(void **state)
{
    (void)state;
    for_each_driver(check_crowd);
}

/* As somebody else's loop does it, until nothing happens. */
static void turn_until_still(weir_worker *worker)
{
    for (;;) {
        struct pollfd ready = {.fd = weir_worker_fd(worker), .events = POLLIN};
        bool still = weir_worker_timeout_ns(worker);
        if (!poll(&ready, 1, still ? STILL_MS : 0) && still)
            return;
        weir_worker_turn(worker, 0);
    }
}

static void check_foreign_crowd(void)
{
    struct crowd crowd = {0};
    weir_rt *rt = rig_rt(driver);
    weir_worker *worker = weir_rt_worker(rt);
    crowd_open(&crowd);
    all_read(&crowd, rt);
    turn_until_still(worker);
    send_bytes(&crowd, 0, CROWD - 1);
    usleep(1000);
    weir_worker_turn(worker, 0); /* all blocks are taken */
    send_bytes(&crowd, CROWD - 1, CROWD);
    shut_all(&crowd, CROWD - 1);
    turn_until_still(worker);
    assert_int_equal(crowd.got[CROWD - 1].n, 1); /* before the others make it turn again */
    shut_all(&crowd, 0);
    turn_until_still(worker);
    weir_rt_drop(rt);
    crowd_close(&crowd);
}

static void a_crowd_under_another_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        if (strcmp(driver, "sim"))
            check_foreign_crowd();
    }
}

/* ---- another runtime ---- */

/* Its operations are the driver's of whoever polled it first. */
static void check_another_runtime(void)
{
    struct net_server server = {0};
    weir_vec back = {0};
    weir_error error;
    start(&server, &net_echo_fn, NULL);
    weir_rt *first = rig_rt(driver), *other = rig_rt(driver);
    weir_duplex far = weir_dial(server.listening, NULL);
    weir_stream *sent = weir_copy(weir_memory_reader("echo", 4), far.writer);
    assert_int_equal(weir_rt_run(first, sent, NULL, &error), WEIR_READY);
    weir_stream *read = weir_copy(weir_reader_by_ref(far.reader), weir_memory_writer(&back, 9));
    assert_int_equal(weir_rt_run(other, read, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "belongs to the worker that polled it first"));
    weir_rt_drop(other);
    weir_drop(far.reader);
    weir_rt_drop(first);
    weir_vec_drop(&back);
    net_server_stop(&server);
    assert_int_equal(server.state, WEIR_READY);
}

static void another_runtime_is_refused(void **state)
{
    (void)state;
    for_each_driver(check_another_runtime);
}

int net_ends(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_half_closed_echo_answers_all),
        cmocka_unit_test(a_half_closed_relay_passes_all),
        cmocka_unit_test(what_is_given_up_is_a_reset),
        cmocka_unit_test(a_reset_stays_a_reset),
        cmocka_unit_test(what_a_stop_cuts_is_a_reset),
        cmocka_unit_test(what_stands_behind_urgent_bytes_comes),
        cmocka_unit_test(nobody_is_there),
        cmocka_unit_test(halves_outlive_their_runtime),
        cmocka_unit_test(a_crowd_outlives_its_runtime),
        cmocka_unit_test(a_crowd_under_another_loop),
        cmocka_unit_test(another_runtime_is_refused),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
