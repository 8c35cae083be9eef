/* Four things that went wrong unseen: a descriptor's number that is used again, a flush while the
 * reader stalls, a SIGPIPE that was pending before, and lent items of inner streams. */

#include "proofs.h"

#include <time.h>

/* ---- a descriptor's number, used for the next pipe ---- */

static void write_later(int fd)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    _exit(write(fd, "a\n", 2) != 2);
}

static void test_a_number_used_again(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        for (int i = 0; i < 4; i++) {
            int ends[2], status;
            uint64_t n = 0;
            assert_int_equal(pipe(ends), 0);
            if (i % 2)
                fcntl(ends[0], F_SETFL, O_NONBLOCK);
            pid_t child = fork();
            if (!child)
                write_later(ends[1]);
            close(ends[1]);
            weir_stream *lines = weir_lines(weir_fd_reader(ends[0], "pipe"), 100);
            assert_int_equal(weir_rt_run(rt, weir_count(lines), &n, NULL), WEIR_READY);
            assert_int_equal(n, 1);
            close(ends[0]);
            assert_int_equal(waitpid(child, &status, 0), child);
        }
        weir_rt_drop(rt);
    }
}

/* ---- a flush that waits is asked for until it is done, and then no more ---- */

static int flushes, polls;

static weir_poll takes_all(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll flushes_slowly(weir_writer *writer, weir_cx *cx)
{
    (void)writer;
    return ++flushes % 2 ? weir_wait_turn(cx) : (weir_poll){0, WEIR_READY};
}

static const weir_writer_ops flusher_ops = {.size = sizeof flusher_ops,
                                            .name = "flusher",
                                            .poll_write = takes_all,
                                            .poll_flush = flushes_slowly};

/* One byte, a long wait, the end. */
static weir_poll stalls(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)min;
    if (polls++ == 0) {
        unsigned char *room = weir_reader_room(reader, 1);
        *room = 'x';
        reader->end++;
        return (weir_poll){0, WEIR_READY};
    }
    return polls < 12 ? weir_wait_turn(cx) : (weir_poll){0, WEIR_END};
}

static const weir_reader_ops stalling_ops = {
    .size = sizeof stalling_ops, .name = "stalling", .poll_fill = stalls};

static void test_flushed_once_while_it_stalls(void **state)
{
    (void)state;
    flushes = polls = 0;
    weir_reader *reader = weir_reader_new(sizeof(weir_reader), &stalling_ops);
    weir_writer *writer = weir_writer_new(sizeof(weir_writer), &flusher_ops);
    proof_counts(weir_copy(reader, writer), 1);
    assert_in_range(flushes, 2, 4); /* the stall's, and the close's */
}

/* ---- signals ---- */

static void test_a_pending_sigpipe_stays(void **state)
{
    sigset_t sigpipe, before, pending;
    (void)state;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    raise(SIGPIPE);
    proof_counts(weir_count(weir_range(0, 3)), 3);
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGPIPE));
    int number;
    sigwait(&sigpipe, &number);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the lent lines of inner streams stand until the next poll ---- */

static weir_stream *two_lines(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return weir_take(weir_lines(weir_file_reader(rig_path("small")), 100), 2);
}
WEIR_THEN_FN(two_lines_fn, two_lines, int64_t, weir_line)

static void add_first(weir_line line, void *sum)
{
    *(size_t *)sum += (unsigned char)line.data[0] + line.size;
}
WEIR_EACH_FN(add_first_fn, add_first, weir_line)

static void test_flattened_lines(void **state)
{
    (void)state;
    rig_write(rig_path("small"), "ab\ncd\nef\n", 9);
    size_t sum = 0;
    weir_stream *flat = weir_flat_map(weir_range(0, 3), &two_lines_fn, NULL);
    assert_int_equal(weir_run(weir_for_each(flat, &add_first_fn, &sum), NULL, NULL), WEIR_READY);
    assert_int_equal(sum, 3 * ('a' + 'c' + 4));
}

int proofs_m(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_number_used_again),
                                       cmocka_unit_test(test_flushed_once_while_it_stalls),
                                       cmocka_unit_test(test_a_pending_sigpipe_stays),
                                       cmocka_unit_test(test_flattened_lines)};
    return cmocka_run_group_tests_name("m", tests, rig_setup, rig_teardown);
}
