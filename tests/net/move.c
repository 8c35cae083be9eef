/* Files that the kernel moves into connections, on each driver: what comes is what was there,
 * whatever its size, whatever call is refused, cut short or has to wait, and wherever it is
 * dropped.
 */

#include "moving.h"

static const char *make_file(size_t n)
{
    const char *path = rig_path("file");
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
    return path;
}

/* ---- file to socket ---- */

static void send_file(weir_rt *rt, const char *address, size_t n)
{
    weir_error error = {0};
    uint64_t sent = 0;
    weir_duplex far = weir_dial(address, NULL);
    weir_drop(far.reader);
    weir_state state =
        weir_rt_run(rt, weir_copy(weir_file_reader(make_file(n)), far.writer), &sent, &error);
    if (state != WEIR_READY)
        fail_msg("%s, %zu bytes: %s", driver, n, error.message);
    assert_int_equal(sent, n);
    let_it_come(rt, n);
    check_came(n);
}

static void a_file_goes_into_a_connection(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        driver = rig_drivers[d];
        make_table(0, 0, 0);
        const char *address = net_address();
        weir_rt *rt = serve(address, &take_fn);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            send_file(rt, address, sizes[i]);
        weir_rt_drop(rt);
        assert_true(moving.sendfiles > 20);
        assert_int_equal(moving.sends, 0);
    }
}

static void no_sendfile_is_missed(int error, unsigned fail_n)
{
    for (size_t d = 0; d < rig_drivers_n; d++) {
        driver = rig_drivers[d];
        unsigned k = 1;
        for (bool failed = true; failed; k++) {
            make_table(k, fail_n, error);
            const char *address = net_address();
            weir_rt *rt = serve(address, &take_fn);
            send_file(rt, address, 1 << 20);
            weir_rt_drop(rt);
            failed = moving.sendfiles >= k && k < 12;
            assert_true(!failed || error != -EINVAL || moving.sendfiles == k);
        }
        assert_true(k > 4);
    }
}

static void a_sendfile_is_cut_short_waits_or_is_refused(void **state)
{
    (void)state;
    no_sendfile_is_missed(0, 1);
    no_sendfile_is_missed(-EAGAIN, 1);
    no_sendfile_is_missed(-EAGAIN, 5);
    no_sendfile_is_missed(-EINTR, 3);
    no_sendfile_is_missed(-EINVAL, UINT32_MAX);
    no_sendfile_is_missed(-ENOSYS, 1);
    no_sendfile_is_missed(-EPERM, 1);
}

/* ---- peers that do not read, or go ---- */

static weir_stream *send_to(const char *address)
{
    weir_duplex far = weir_dial(address, NULL);
    weir_drop(far.reader);
    return weir_copy(weir_file_reader(make_file(MOST_BYTES)), far.writer);
}

static void a_copy_that_waits_for_its_peer_is_dropped(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct peer peer = {0};
        weir_error error = {0};
        driver = rig_drivers[d];
        if (!is_real())
            continue;
        make_table(0, 0, 0);
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &moving.sys}, &error);
        const char *address = peer_listen(&peer);
        weir_stream *stream = weir_timeout(send_to(address), 300ull * NET_MS);
        assert_int_equal(weir_rt_run(rt, stream, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
        int fd = accept(peer.listener, NULL, NULL);
        assert_int_equal(net_drain(fd, &peer.got), -ECONNRESET);
        close(fd);
        close(peer.listener);
        weir_rt_drop(rt);
        assert_true(moving.sendfiles && !moving.sends);
    }
}

static void a_peer_that_goes_is_an_error(void **state)
{
    static const size_t reads[] = {0, 1, 100000, 300000};
    (void)state;
    for (size_t i = 0; i < rig_drivers_n * 4; i++) {
        struct peer peer = {.reads = reads[i % 4]};
        weir_error error = {0};
        driver = rig_drivers[i / 4];
        if (!is_real())
            continue;
        make_table(0, 0, 0);
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &moving.sys}, &error);
        const char *address = peer_listen(&peer);
        pthread_create(&peer.thread, NULL, peer_run, &peer);
        assert_int_equal(weir_rt_run(rt, send_to(address), NULL, &error), WEIR_ERROR);
        assert_true(error.number == ECONNRESET || error.number == EPIPE);
        if (peer.reads > 1) /* else it was gone before it was asked who it is */
            assert_string_equal(error.place, address);
        pthread_join(peer.thread, NULL);
        close(peer.listener);
        weir_rt_drop(rt);
    }
}

static unsigned descriptors(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* The place where the driver waits for room is free for the send that comes after. */
static void another_goes_on_where_a_copy_was_dropped(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct peer peer = {0};
        weir_error error = {0};
        driver = rig_drivers[d];
        if (!is_real())
            continue;
        make_table(0, 0, 0);
        unsigned before = descriptors();
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &moving.sys}, &error);
        weir_duplex far = weir_dial(peer_listen(&peer), NULL);
        weir_drop(far.reader);
        weir_reader *file = weir_file_reader(make_file(MOST_BYTES));
        weir_stream *stream = weir_copy(file, weir_writer_by_ref(far.writer));
        assert_int_equal(weir_rt_run(rt, weir_timeout(stream, 300ull * NET_MS), NULL, &error),
                         WEIR_ERROR);
        size_t n = far.writer->stage.n;
        assert_true(n && n < MOST_BYTES && !moving.sends);
        stream = weir_copy(weir_memory_reader(bytes + n, 1), weir_writer_by_ref(far.writer));
        assert_int_equal(weir_rt_run(rt, stream, NULL, &error), WEIR_READY);
        assert_int_equal(weir_unsent(far.writer), 1);
        pthread_create(&peer.thread, NULL, drain_run, &peer);
        int rest = open(rig_path("file"), O_RDONLY);
        lseek(rest, (off_t)n + 1, SEEK_SET);
        stream = weir_copy(weir_fd_reader(rest, NULL), far.writer);
        stream = weir_timeout(stream, 60000ull * NET_MS);
        assert_int_equal(weir_rt_run(rt, stream, NULL, &error), WEIR_READY);
        pthread_join(peer.thread, NULL);
        assert_int_equal(peer.error, 0);
        assert_int_equal(peer.got, MOST_BYTES);
        close(rest);
        close(peer.listener);
        weir_rt_drop(rt);
        assert_int_equal(descriptors(), before); /* each operation is over */
    }
}

/* ---- which way ---- */

static weir_reader *tcp_reader(void)
{
    weir_duplex duplex = weir_tcp("127.0.0.1", 9);
    weir_drop(duplex.writer);
    return duplex.reader;
}

static weir_writer *tcp_writer(void)
{
    weir_duplex duplex = weir_tcp("127.0.0.1", 9);
    weir_drop(duplex.reader);
    return duplex.writer;
}

static void check_plan(weir_reader *reader, weir_writer *writer, const char *plan)
{
    weir_stream *copy = weir_copy(reader, writer);
    assert_string_equal(weir_copy_plan(copy), plan);
    weir_drop(copy);
}

static void a_copy_says_which_way_it_would_go(void **state)
{
    int pipes[2];
    (void)state;
    const char *path = make_file(1);
    const char *other = rig_path("other");
    assert_int_equal(pipe(pipes), 0);
    check_plan(weir_file_reader(path), weir_file_writer(other, NULL), "copy_file_range");
    check_plan(weir_file_reader(path), weir_file_writer(other, &WEIR_FILE_OPTIONS(.append = true)),
               "blocks");
    check_plan(weir_file_reader(path), tcp_writer(), "sendfile");
    check_plan(weir_file_reader(path), weir_fd_writer(pipes[1], NULL), "splice");
    check_plan(weir_fd_reader(pipes[0], NULL), tcp_writer(), "splice");
    check_plan(weir_fd_reader(pipes[0], NULL), weir_fd_writer(pipes[1], NULL), "splice");
    check_plan(weir_fd_reader(pipes[0], NULL), weir_file_writer(other, NULL), "blocks");
    check_plan(tcp_reader(), weir_fd_writer(pipes[1], NULL), "splice");
    check_plan(tcp_reader(), tcp_writer(), "splice through a pipe of 1 MiB");
    check_plan(tcp_reader(), weir_file_writer(other, NULL), "blocks");
    check_plan(weir_memory_reader("x", 1), tcp_writer(), "blocks");
    check_plan(weir_file_reader(path), weir_null_writer(), "blocks");
    check_plan(weir_chain_reader(weir_file_reader(path), tcp_reader()),
               weir_buf_writer(tcp_writer(), 64), "sendfile");
    weir_stream *none = weir_empty(&weir_type_u64);
    assert_null(weir_copy_plan(none));
    weir_drop(none);
    close(pipes[0]);
    close(pipes[1]);
}

int net_move(void)
{
    bytes = net_bytes(MOST_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_goes_into_a_connection),
        cmocka_unit_test(a_sendfile_is_cut_short_waits_or_is_refused),
        cmocka_unit_test(a_copy_that_waits_for_its_peer_is_dropped),
        cmocka_unit_test(a_peer_that_goes_is_an_error),
        cmocka_unit_test(another_goes_on_where_a_copy_was_dropped),
        cmocka_unit_test(a_copy_says_which_way_it_would_go),
    };
    int failed = cmocka_run_group_tests(tests, rig_setup, rig_teardown);
    free(bytes);
    return failed;
}
