/* What the kernel moves from one connection to another, from a pipe and into one, on each driver:
 * what comes is what was sent, whatever call is refused, cut short or has to wait, and wherever it
 * is dropped. */

#include "moving.h"

/* ---- from one connection to another ---- */

static const char *behind; /* where the relay dials */

static weir_stream *relay_on(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_relay(near, weir_dial(behind, NULL), NULL);
}
WEIR_THEN_FN(relay_fn, relay_on, weir_duplex, weir_relayed, .from = &weir_type_duplex)

/* An echo, and a relay before it. */
static weir_rt *serve_relay(char front[64])
{
    static char back[64];
    weir_error error;
    snprintf(back, sizeof back, "%s", net_address());
    weir_rt *rt = serve(back, &net_echo_fn);
    behind = back;
    do
        snprintf(front, 64, "%s", net_address());
    while (!strcmp(front, back));
    assert_true(weir_rt_spawn(rt, weir_serve(weir_incoming(front, NULL), &relay_fn, NULL, NULL)));
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
    return rt;
}

static void go_through(weir_rt *rt, const char *front, const unsigned char *all, size_t n)
{
    weir_error error = {0};
    weir_vec back = {0};
    if (net_exchange(rt, weir_dial(front, NULL), all, n, &back, &error) != WEIR_READY)
        fail_msg("%s, %zu bytes, move %u: %s", driver, n, moving.fail_at, error.message);
    assert_int_equal(back.n, n);
    if (n)
        assert_memory_equal(back.items, all, n);
    weir_vec_drop(&back);
}

enum { LONG_BYTES = 64 << 20 };

static void bytes_go_through_a_relay(void **state)
{
    unsigned char *all = net_bytes(LONG_BYTES);
    char front[64];
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        driver = rig_drivers[d];
        make_table(0, 0, 0);
        weir_rt *rt = serve_relay(front);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            go_through(rt, front, bytes, sizes[i]);
        if (is_real())
            go_through(rt, front, all, LONG_BYTES);
        assert_true(!is_real() || moving.spliced > LONG_BYTES);
        weir_rt_drop(rt);
    }
    free(all);
}

static void no_splice_is_missed(int error, unsigned fail_n)
{
    for (size_t d = 0; d < rig_drivers_n; d++) {
        char front[64];
        driver = rig_drivers[d];
        for (unsigned k = 1; is_real() && k < 24; k++) {
            make_table(k, fail_n, error);
            weir_rt *rt = serve_relay(front);
            go_through(rt, front, bytes, MOST_BYTES / 2);
            weir_rt_drop(rt);
            if (moving.splices < k)
                break;
        }
    }
}

static void a_splice_is_cut_short_waits_or_is_refused(void **state)
{
    (void)state;
    no_splice_is_missed(0, 1);
    no_splice_is_missed(-EAGAIN, 1);
    no_splice_is_missed(-EAGAIN, 7);
    no_splice_is_missed(-EINTR, 3);
    no_splice_is_missed(-EINVAL, 1);
    no_splice_is_missed(-EINVAL, UINT32_MAX);
}

/* The kernel says once that a connection was reset: whatever call is told, it is no end. */
static void a_splice_that_is_told_of_a_reset_is_no_end(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        char front[64];
        driver = rig_drivers[d];
        for (unsigned k = 1; is_real() && k < 16; k++) {
            weir_error error = {0};
            weir_vec back = {0};
            make_table(k, 1, -ECONNRESET);
            weir_rt *rt = serve_relay(front);
            weir_state got =
                net_exchange(rt, weir_dial(front, NULL), bytes, MOST_BYTES, &back, &error);
            assert_int_equal(got, moving.splices < k ? WEIR_READY : WEIR_ERROR);
            weir_vec_drop(&back);
            weir_rt_drop(rt);
        }
    }
}

/* ---- ends that do what they like ---- */

/* Sends until nobody takes it, or `reads` bytes; then a reset, or the end. */
static void *source_run(void *arg)
{
    struct peer *peer = arg;
    struct linger hard = {.l_onoff = 1};
    int fd = accept(peer->listener, NULL, NULL);
    while (peer->got < peer->reads) {
        size_t n = peer->reads - peer->got < 65536 ? peer->reads - peer->got : 65536;
        ssize_t done = send(fd, bytes + peer->got % (1 << 20), n, MSG_NOSIGNAL);
        if (done < 0)
            break;
        peer->got += (size_t)done;
    }
    if (peer->hard)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    return NULL;
}

struct middle {
    struct peer source, sink;
    weir_rt *rt;
    weir_stream *relay;
};

static void set_up(struct middle *middle)
{
    static char at[64];
    weir_error error;
    make_table(0, 0, 0);
    middle->rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &moving.sys}, &error);
    snprintf(at, sizeof at, "%s", peer_listen(&middle->source));
    weir_duplex near = weir_dial(at, NULL);
    middle->relay = weir_relay(near, weir_dial(peer_listen(&middle->sink), NULL), NULL);
    pthread_create(&middle->source.thread, NULL, source_run, &middle->source);
}

/* What was stopped is over, and closes. */
static void let_go(weir_rt *rt)
{
    weir_error error;
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
}

static void tear_down(struct middle *middle)
{
    pthread_join(middle->source.thread, NULL);
    close(middle->source.listener);
    close(middle->sink.listener);
    weir_rt_drop(middle->rt);
}

static void a_relay_is_dropped_with_bytes_in_its_pipe(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n * 4; i++) {
        struct middle middle = {.source.reads = 1u << 30};
        weir_error error = {0};
        driver = rig_drivers[i / 4];
        if (!is_real())
            continue;
        set_up(&middle);
        weir_stream *stream = weir_timeout(middle.relay, (1ull << 2 * (i % 4)) * NET_MS);
        assert_int_equal(weir_rt_run(middle.rt, stream, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        let_go(middle.rt);
        int fd = accept(middle.sink.listener, NULL, NULL);
        char some[65536];
        ssize_t n;
        while ((n = recv(fd, some, sizeof some, 0)) > 0)
            ;
        if (i % 4 == 3) /* it stood by then */
            assert_true(n < 0 && errno == ECONNRESET && moving.spliced);
        close(fd);
        tear_down(&middle);
    }
}

static void a_source_that_resets_stays_a_reset(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n * 8; i++) {
        struct middle middle = {.source = {.reads = (1u << 20) + i * 100000, .hard = true}};
        weir_error error = {0};
        driver = rig_drivers[i / 8];
        if (!is_real())
            continue;
        set_up(&middle);
        middle.sink.any = true;
        pthread_create(&middle.sink.thread, NULL, drain_run, &middle.sink);
        assert_int_equal(weir_rt_run(middle.rt, middle.relay, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, ECONNRESET);
        let_go(middle.rt);
        pthread_join(middle.sink.thread, NULL);
        assert_int_equal(middle.sink.error, -ECONNRESET);
        tear_down(&middle);
    }
}

static void a_sink_that_resets_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n * 4; i++) {
        struct middle middle = {.source.reads = 1u << 30, .sink.reads = (i % 4) * 400000};
        weir_error error = {0};
        driver = rig_drivers[i / 4];
        if (!is_real())
            continue;
        set_up(&middle);
        pthread_create(&middle.sink.thread, NULL, peer_run, &middle.sink);
        assert_int_equal(weir_rt_run(middle.rt, middle.relay, NULL, &error), WEIR_ERROR);
        assert_true(error.number == ECONNRESET || error.number == EPIPE);
        let_go(middle.rt);
        pthread_join(middle.sink.thread, NULL);
        tear_down(&middle);
    }
}

static void ask_and_answer(int fd, size_t n, unsigned times)
{
    char answer[4096];
    for (unsigned i = 0; i < times; i++) {
        assert_int_equal(send(fd, bytes, n, 0), n);
        ssize_t got;
        do /* a ring that was dropped may interrupt its thread */
            got = recv(fd, answer, n, MSG_WAITALL);
        while (got < 0 && errno == EINTR);
        if (got != (ssize_t)n)
            fail_msg("%s, answer %u: %s", driver, i, strerror(errno));
        assert_memory_equal(answer, bytes, n);
    }
}

static void small_answers_are_never_spliced(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct net_server server = {0};
        driver = rig_drivers[d];
        if (!is_real())
            continue;
        make_table(0, 0, 0);
        net_server_start(&server, &(weir_rt_options){.driver = driver, .sys = &moving.sys},
                         &net_echo_fn, NULL);
        int fd = net_plain(server.listening);
        ask_and_answer(fd, 64, 5000);
        ask_and_answer(fd, 4096, 500);
        close(fd);
        net_server_stop(&server);
        assert_int_equal(moving.splices, 0);
    }
}

static void get_all(int fd, unsigned char *out, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = recv(fd, out + at, n - at, 0);
        if (got < 0 && errno == EINTR)
            continue;
        assert_true(got > 0);
        at += (size_t)got;
    }
}

/* Each in its turn has much to say, and stays: the next one has its pipe. */
static void who_is_still_holds_no_pipe(void **state)
{
    enum { PEERS = 12, PIECE = 128 << 10 };
    static unsigned char answer[PIECE];
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct net_server server = {0};
        int fds[PEERS];
        driver = rig_drivers[d];
        if (!is_real())
            continue;
        make_table(0, 0, 0);
        net_server_start(&server, &(weir_rt_options){.driver = driver, .sys = &moving.sys},
                         &net_echo_fn, NULL);
        for (size_t i = 0; i < PEERS * 16; i++) {
            if (i % 16 == 0)
                fds[i / 16] = net_plain(server.listening);
            assert_int_equal(send(fds[i / 16], bytes, PIECE, 0), PIECE);
            get_all(fds[i / 16], answer, PIECE);
            assert_memory_equal(answer, bytes, PIECE);
        }
        for (size_t i = 0; i < PEERS; i++)
            close(fds[i]);
        net_server_stop(&server);
        if (!moving.spliced || moving.pipes > 2)
            fail_msg("%s: %llu bytes spliced, %u pipes", driver, (unsigned long long)moving.spliced,
                     moving.pipes);
    }
}

/* ---- pipes ---- */

static void *fill_run(void *arg)
{
    int fd = *(int *)arg;
    for (size_t at = 0; at < MOST_BYTES;) {
        ssize_t n = write(fd, bytes + at, MOST_BYTES - at);
        assert_true(n > 0);
        at += (size_t)n;
    }
    close(fd);
    return NULL;
}

static void a_pipe_goes_into_a_connection(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2];
        pthread_t thread;
        weir_error error = {0};
        driver = rig_drivers[d];
        make_table(0, 0, 0);
        const char *address = net_address();
        weir_rt *rt = serve(address, &take_fn);
        assert_int_equal(pipe(ends), 0);
        pthread_create(&thread, NULL, fill_run, &ends[1]);
        weir_duplex far = weir_dial(address, NULL);
        weir_drop(far.reader);
        weir_stream *stream = weir_copy(weir_fd_reader(ends[0], "a pipe"), far.writer);
        assert_int_equal(weir_rt_run(rt, stream, NULL, &error), WEIR_READY);
        let_it_come(rt, MOST_BYTES);
        check_came(MOST_BYTES);
        pthread_join(thread, NULL);
        close(ends[0]);
        weir_rt_drop(rt);
        assert_true(!is_real() || moving.spliced == MOST_BYTES);
    }
}

static void *take_run(void *arg)
{
    static char some[65536];
    size_t got = 0;
    ssize_t n;
    while ((n = read(*(int *)arg, some, sizeof some)) > 0)
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal((unsigned char)some[i], net_byte(got++));
    assert_int_equal(got, MOST_BYTES);
    return NULL;
}

static weir_stream *send_all(weir_duplex near, void *arg)
{
    (void)arg;
    weir_drop(near.reader);
    return weir_copy(weir_memory_reader(bytes, MOST_BYTES), near.writer);
}
WEIR_THEN_FN(send_fn, send_all, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void a_connection_goes_into_a_pipe(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2];
        pthread_t thread;
        weir_error error = {0};
        driver = rig_drivers[d];
        make_table(0, 0, 0);
        const char *address = net_address();
        weir_rt *rt = serve(address, &send_fn);
        assert_int_equal(pipe(ends), 0);
        pthread_create(&thread, NULL, take_run, &ends[0]);
        weir_duplex far = weir_dial(address, NULL);
        weir_drop(far.writer);
        weir_stream *stream = weir_copy(far.reader, weir_fd_writer(ends[1], "a pipe"));
        assert_int_equal(weir_rt_run(rt, stream, NULL, &error), WEIR_READY);
        close(ends[1]);
        pthread_join(thread, NULL);
        close(ends[0]);
        weir_rt_drop(rt);
        assert_true(!is_real() || moving.spliced > MOST_BYTES / 2);
    }
}

int net_splice(void)
{
    bytes = net_bytes(MOST_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_through_a_relay),
        cmocka_unit_test(a_splice_is_cut_short_waits_or_is_refused),
        cmocka_unit_test(a_splice_that_is_told_of_a_reset_is_no_end),
        cmocka_unit_test(a_relay_is_dropped_with_bytes_in_its_pipe),
        cmocka_unit_test(a_source_that_resets_stays_a_reset),
        cmocka_unit_test(a_sink_that_resets_is_an_error),
        cmocka_unit_test(small_answers_are_never_spliced),
        cmocka_unit_test(who_is_still_holds_no_pipe),
        cmocka_unit_test(a_pipe_goes_into_a_connection),
        cmocka_unit_test(a_connection_goes_into_a_pipe),
    };
    int failed = cmocka_run_group_tests(tests, rig_setup, rig_teardown);
    free(bytes);
    return failed;
}
