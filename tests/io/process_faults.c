/* Children where calls and allocations fail in turn; and the real call that begins one. */

#include "child.h"

/* ---- each call in turn ---- */

static struct {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
} turn;

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

#define BASE(call, ...) turn.sys.base->call(turn.sys.base, __VA_ARGS__)

static int turn_pipe(const weir_sys *sys, int fds[2], int flags)
{
    (void)sys;
    return fails() ? -turn.error : BASE(pipe, fds, flags);
}

static int turn_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    (void)sys;
    return fails() ? -turn.error : BASE(open, dir, path, flags, mode);
}

static int turn_spawn(const weir_sys *sys, const weir_spawn_how *how)
{
    (void)sys;
    return fails() ? -turn.error : BASE(spawn, how);
}

static int turn_pidfd_open(const weir_sys *sys, int process)
{
    (void)sys;
    return fails() ? -turn.error : BASE(pidfd_open, process);
}

static int turn_pidfd_status(const weir_sys *sys, int pidfd, int *status)
{
    (void)sys;
    return fails() ? -turn.error : BASE(pidfd_status, pidfd, status);
}

static int turn_pidfd_signal(const weir_sys *sys, int pidfd, int signo)
{
    (void)sys;
    return fails() ? -turn.error : BASE(pidfd_signal, pidfd, signo);
}

static int turn_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    (void)sys;
    return fails() ? -turn.error : BASE(fstat, fd, out);
}

static int turn_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    (void)sys;
    return fails() ? -turn.error : BASE(poll, fds, n, timeout_ms);
}

static int64_t turn_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : BASE(read_now, fd, out, n > 3 ? 3 : n);
}

static weir_rt *turn_rt(unsigned fail_at, int error)
{
    memset(&turn, 0, sizeof turn);
    turn.fail_at = fail_at;
    turn.error = error;
    weir_sys_wrap(&turn.sys, NULL);
    turn.sys.pipe = turn_pipe;
    turn.sys.open = turn_open;
    turn.sys.spawn = turn_spawn;
    turn.sys.pidfd_open = turn_pidfd_open;
    turn.sys.pidfd_status = turn_pidfd_status;
    turn.sys.pidfd_signal = turn_pidfd_signal;
    turn.sys.fstat = turn_fstat;
    turn.sys.poll = turn_poll;
    turn.sys.read_now = turn_read_now;
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &turn.sys, .seed = 1), NULL);
}

/* Whatever fails, the bytes are all there or an error is told, and nothing is left open. What runs
 * and cannot be watched, since its descriptor was refused, is the test's to reap. */
static void each_call_fails(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EMFILE, EINTR, ENOSYS, EAGAIN};
    unsigned fds = rig_open_fds(), told = 0;
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
        for (unsigned k = 1; k <= 40; k++) {
            weir_rt *rt = turn_rt(k, errors[e]);
            if (!rt)
                continue;
            char out[20] = "";
            weir_error error;
            weir_state ran = read_all(rt, weir_exec_reader("echo hello"), out, &error);
            told += ran == WEIR_ERROR;
            if (ran == WEIR_READY)
                assert_string_equal(out, "hello\n");
            else
                assert_true(error.number == errors[e] || error.number > 0);
            weir_rt_drop(rt);
            while (waitpid(-1, NULL, 0) > 0)
                ;
        }
    assert_true(told > 10);
    assert_int_equal(rig_open_fds(), fds);
}

/* What is copied through a child comes out whole, or an error is told. */
static weir_state through_cat(weir_rt *rt, weir_error *error)
{
    weir_duplex child = weir_exec_duplex("cat");
    weir_stream *in = weir_copy(weir_memory_reader("abc", 3), child.writer);
    weir_vec bytes = {0};
    bool spawned = weir_rt_spawn(rt, in);
    weir_state ran =
        weir_rt_run(rt, weir_copy(child.reader, weir_memory_writer(&bytes, 100)), NULL, error);
    bool failed = !spawned || weir_rt_task_errors(rt, NULL);
    if (ran == WEIR_READY && !failed)
        assert_int_equal(bytes.n, 3);
    if (ran == WEIR_READY)
        weir_vec_drop(&bytes);
    return failed ? WEIR_ERROR : ran;
}

/* Its output says why it does not begin where there was no memory for its input. */
static bool says_no_memory(weir_rt *rt)
{
    const char *const argv[] = {"cat", NULL};
    weir_child_parts parts =
        weir_exec(argv, &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_PIPE, .out = WEIR_STDIO_PIPE));
    bool missing = weir_stage_failed(&parts.in->stage) && !weir_stage_failed(&parts.out->stage);
    weir_vec bytes = {0};
    weir_error error;
    if (missing) {
        weir_stream *read = weir_copy(parts.out, weir_memory_writer(&bytes, 100));
        parts.out = NULL;
        assert_int_equal(weir_rt_run(rt, read, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, ENOMEM);
        assert_string_equal(error.message, "cannot start: cannot allocate memory");
    }
    weir_child_parts_drop(parts);
    return missing;
}

static void no_memory_for_its_input(void **state)
{
    unsigned told = 0;
    (void)state;
    for (unsigned k = 1, whole = 0; k <= 60 && !whole; k++) {
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        told += rt && says_no_memory(rt);
        whole = !memory.failed;
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
    assert_true(told > 0);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), told = 0, well = 0;
    for (unsigned k = 1; k <= 60 && well < 3; k++) {
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        if (!rt) {
            memory_end();
            continue;
        }
        weir_error error;
        weir_state ran = through_cat(rt, &error);
        bool failed = memory.failed;
        weir_rt_drop(rt);
        told += ran == WEIR_ERROR;
        well += !failed;
        assert_int_equal(memory_end(), 0);
        assert_true(failed || ran == WEIR_READY);
        assert_reaped();
    }
    assert_true(told > 3 && well == 3);
    assert_int_equal(rig_open_fds(), fds);
}

/* ---- the order of its end ---- */

static struct {
    weir_sys sys;
    int in; /* our end of its input */
    char said[10];
} noted;

static int note_pipe(const weir_sys *sys, int fds[2], int flags)
{
    int error = sys->base->pipe(sys->base, fds, flags);
    noted.in = fds[1];
    return error;
}

static int note_close(const weir_sys *sys, int fd)
{
    if (fd == noted.in)
        strcat(noted.said, "c");
    return sys->base->close(sys->base, fd);
}

static int note_signal(const weir_sys *sys, int pidfd, int signo)
{
    strcat(noted.said, signo == SIGTERM ? "t" : "k");
    return sys->base->pidfd_signal(sys->base, pidfd, signo);
}

/* Who got a part is told before its input ends; who got all of it is not told. */
static void told_before_its_input_ends(void **state)
{
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        memset(&noted, 0, sizeof noted);
        weir_sys_wrap(&noted.sys, NULL);
        noted.sys.pipe = note_pipe;
        noted.sys.close = note_close;
        noted.sys.pidfd_signal = note_signal;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &noted.sys), NULL);
        weir_reader *reader = whole ? weir_memory_reader("abc", 3) : failing_reader("abc", 3);
        weir_state ran = weir_rt_run(
            rt, weir_copy(reader, weir_exec_writer("cat >/dev/null; true")), NULL, NULL);
        assert_int_equal(ran, whole ? WEIR_READY : WEIR_ERROR);
        weir_rt_drop(rt);
        size_t told = strspn(noted.said, "t"); /* the shell, and whatever it had started by then */
        assert_true(whole ? !told : told > 0);
        assert_string_equal(noted.said + told, "c");
        assert_reaped();
    }
}

/* ---- dropped while it waits ---- */

static weir_stream *for_output(void)
{
    return weir_copy(weir_exec_reader("exec sleep 100"), weir_null_writer());
}

static weir_stream *for_the_end_of_output(void)
{
    return weir_copy(weir_exec_reader("exec sleep 100 >&- 2>&-"), weir_null_writer());
}

static weir_stream *for_room(void)
{
    return weir_copy(weir_file_reader("/dev/zero"), weir_exec_writer("exec sleep 100"));
}

static weir_stream *for_the_end_of_input(void)
{
    return weir_copy(weir_memory_reader("x", 1), weir_exec_writer("exec sleep 100"));
}

static weir_stream *for_why_it_broke(void)
{
    return weir_copy(weir_file_reader("/dev/zero"), weir_exec_writer("exec sleep 100 <&-"));
}

static weir_stream *for_status(void)
{
    return weir_exec((const char *const[]){"sleep", "100", NULL}, NULL).status;
}

static void each_wait_is_dropped(void **state)
{
    (void)state;
    weir_stream *(*const waits[])(void) = {for_output,           for_the_end_of_output, for_room,
                                           for_the_end_of_input, for_why_it_broke,      for_status};
    unsigned fds = rig_open_fds();
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        weir_rt *rt = rig_rt(driver);
        assert_true(weir_rt_spawn(rt, waits[i]()));
        for (int turns = 0; turns < 20; turns++)
            assert_int_equal(weir_rt_run(rt, weir_sleep(2000000), NULL, NULL), WEIR_READY);
        assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
        weir_rt_drop(rt);
        assert_reaped();
    }
    assert_int_equal(rig_open_fds(), fds);
}

/* What has closed its input, and goes on for longer than anybody waits to hear why. */
static void broken_for_long(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    assert_int_equal(weir_rt_run(rt, for_why_it_broke(), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot write: broken pipe");
    weir_rt_drop(rt);
    assert_reaped();
}

/* ---- the real entry ---- */

/* Descriptors that are 0, 1 and 2 themselves, in any order, with FD_CLOEXEC. */
static int swapped(int in, int out, int err)
{
    int ends[2], status = -1;
    char text[20] = "";
    if (pipe2(ends, O_CLOEXEC))
        return 10;
    int empty = open("/dev/null", O_RDWR | O_CLOEXEC);
    int fds[3];
    /* the pipe stands where the child's output is to come from */
    dup3(empty, in, O_CLOEXEC);
    dup3(ends[1], out, O_CLOEXEC);
    dup3(empty, err, O_CLOEXEC);
    fds[0] = in, fds[1] = out, fds[2] = err;
    char read_x[] = "read x || echo right", sh[] = "sh", option[] = "-c";
    char *argv[] = {sh, option, read_x, NULL};
    int process = weir_sys_posix.spawn(
        &weir_sys_posix,
        &(weir_spawn_how){.file = "sh", .argv = argv, .fds = {fds[0], fds[1], fds[2]}});
    close(ends[1]);
    for (int i = 0; i < 3; i++)
        close(i);
    if (process <= 0)
        return 11;
    for (size_t at = 0; at < 6;) {
        ssize_t n = read(ends[0], text + at, 6 - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    waitpid(process, &status, 0);
    return strcmp(text, "right\n") == 0 && !status ? 0 : 12;
}

static void descriptors_of_a_child(void **state)
{
    (void)state;
    static const int rows[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}, {7, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int status;
        pid_t child = fork();
        if (!child)
            _exit(swapped(rows[i][0], rows[i][1], rows[i][2]));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int io_process_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails),         cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(no_memory_for_its_input), cmocka_unit_test(told_before_its_input_ends),
        cmocka_unit_test(each_wait_is_dropped),    cmocka_unit_test(broken_for_long),
        cmocka_unit_test(descriptors_of_a_child),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
