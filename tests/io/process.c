/* Children on each driver: their bytes, their status, their end when nobody wants them, and what
 * is told of each. No zombie is ever left. */

#include "child.h"

struct row {
    const char *command, *out;
    const char *message; /* NULL: it ends well */
    int64_t number;
};

static void readers(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"echo hello", "hello\n", NULL, 0},
        {"true", "", NULL, 0},
        {"cat", "", NULL, 0}, /* its input is empty */
        {"printf a; sleep 0.02; printf b", "ab", NULL, 0},
        {"- 2>/dev/null", NULL, "exit status 127 of '- 2>/dev/null'", 127},
        {"printf part; exit 3", NULL, "exit status 3 of 'printf part; exit 3'", 3},
        {"exec >&-; sleep 0.02; exit 4", NULL, "exit status 4 of 'exec >&-; sleep 0.02; exit 4'",
         4},
        {"kill -9 $$", NULL, "'kill -9 $$' was ended by signal 9 (SIGKILL)", 137},
    };
    unsigned fds = rig_open_fds();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_rt *rt = rig_rt(driver);
        char out[100];
        weir_error error;
        weir_state ran = read_all(rt, weir_exec_reader(rows[i].command), out, &error);
        assert_int_equal(ran, rows[i].message ? WEIR_ERROR : WEIR_READY);
        if (rows[i].message) {
            assert_string_equal(error.message, rows[i].message);
            assert_int_equal(error.number, rows[i].number);
            assert_int_equal(error.code, WEIR_E_USER);
        } else {
            assert_string_equal(out, rows[i].out);
        }
        weir_rt_drop(rt);
        assert_reaped();
    }
    assert_int_equal(rig_open_fds(), fds);
}

/* What came before the error was given. */
static void bytes_before_the_error(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    weir_stream *lines = weir_lines(weir_exec_reader("echo one; echo two; exit 1"), 100);
    weir_line line;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(weir_rt_next(rt, lines, &line, &error), WEIR_READY);
        assert_memory_equal(line.data, i ? "two" : "one", 3);
    }
    assert_int_equal(weir_rt_next(rt, lines, &line, &error), WEIR_ERROR);
    assert_int_equal(error.number, 1);
    assert_int_equal(weir_rt_next(rt, lines, &line, &error), WEIR_END);
    weir_drop(lines);
    weir_rt_drop(rt);
    assert_reaped();
}

static weir_state write_all(weir_rt *rt, size_t n, weir_writer *writer, weir_error *error)
{
    rig_make(rig_path("in"), n);
    return weir_rt_run(rt, weir_copy(weir_file_reader(rig_path("in")), writer), NULL, error);
}

static void writers(void **state)
{
    (void)state;
    static const struct {
        const char *command, *message;
        size_t n;
        weir_code code;
        bool same; /* "out" holds what was written */
    } rows[] = {
        {"cat >$OUT", NULL, 300000, WEIR_OK, true},
        {"cat >$OUT", NULL, 0, WEIR_OK, true},
        {"cat >$OUT; sleep 0.02; exit 3", "exit status 3 of", 1000, WEIR_E_USER, true},
        {"exit 5", "exit status 5 of 'exit 5'", 0, WEIR_E_USER, false},
        {"exit 5", "exit status 5 of 'exit 5'", 4 << 20, WEIR_E_USER, false}, /* broken pipe */
        {"exit 0", "cannot write: broken pipe", 4 << 20, WEIR_E_CLOSED, false},
    };
    unsigned fds = rig_open_fds();
    assert_int_equal(setenv("OUT", rig_path("out"), 1), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_rt *rt = rig_rt(driver);
        weir_error error;
        weir_state ran = write_all(rt, rows[i].n, weir_exec_writer(rows[i].command), &error);
        assert_int_equal(ran, rows[i].message ? WEIR_ERROR : WEIR_READY);
        if (rows[i].message)
            assert_non_null(strstr(error.message, rows[i].message));
        assert_int_equal(error.code, rows[i].code);
        unsigned char *bytes = rig_bytes(rows[i].n);
        assert_true(!rows[i].same || rig_is(rig_path("out"), bytes, rows[i].n));
        free(bytes);
        weir_rt_drop(rt);
        assert_reaped();
    }
    assert_int_equal(rig_open_fds(), fds);
}

static void both_ways(void **state)
{
    (void)state;
    size_t n = 400000;
    rig_make(rig_path("in"), n);
    weir_rt *rt = rig_rt(driver);
    weir_duplex child = weir_exec_duplex("cat");
    weir_duplex again;
    assert_true(weir_reunite(child.reader, child.writer, &again));
    assert_true(weir_rt_spawn(rt, weir_copy(weir_file_reader(rig_path("in")), again.writer)));
    weir_error error;
    assert_int_equal(weir_rt_run(rt,
                                 weir_copy(again.reader, weir_file_writer(rig_path("out"), NULL)),
                                 NULL, &error),
                     WEIR_READY);
    unsigned char *bytes = rig_bytes(n);
    assert_true(rig_is(rig_path("out"), bytes, n));
    free(bytes);
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
    weir_rt_drop(rt);
    assert_reaped();
}

/* From one child into another, which the kernel can move by itself. */
static void from_child_to_child(void **state)
{
    (void)state;
    static const struct {
        const char *from, *message;
    } ends[] = {{"head -c 3000000 /dev/zero", NULL},
                {"head -c 3000000 /dev/zero; exit 3",
                 "exit status 3 of 'head -c 3000000 /dev/zero; exit 3'"}};
    assert_int_equal(setenv("D", rig_dir, 1), 0);
    for (size_t i = 0; i < 2; i++) {
        rig_clear();
        weir_rt *rt = rig_rt(driver);
        weir_error error;
        uint64_t n = 0;
        weir_state ran = weir_rt_run(rt,
                                     weir_copy(weir_exec_reader(ends[i].from),
                                               weir_exec_writer("wc -c >$D/n && echo >$D/whole")),
                                     &n, &error);
        assert_int_equal(ran, ends[i].message ? WEIR_ERROR : WEIR_READY);
        if (ends[i].message)
            assert_string_equal(error.message, ends[i].message);
        else
            assert_true(n == 3000000 && rig_is(rig_path("n"), "3000000\n", 8));
        weir_rt_drop(rt);
        assert_int_equal(access(rig_path("whole"), F_OK), ends[i].message ? -1 : 0);
        assert_reaped();
    }
}

static weir_exit_status run_status(weir_rt *rt, weir_stream *status)
{
    weir_exit_status got = {.code = -2};
    weir_error error;
    assert_int_equal(weir_rt_run(rt, status, &got, &error), WEIR_READY);
    return got;
}

static void statuses(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        int code, signo;
    } rows[] = {{"exit 0", 0, 0}, {"exit 7", 7, 0}, {"kill -TERM $$", -1, SIGTERM}};
    for (size_t i = 0; i < 3; i++) {
        weir_rt *rt = rig_rt(driver);
        const char *argv[] = {"sh", "-c", rows[i].command, NULL};
        weir_child_parts child = weir_exec(argv, NULL);
        assert_null(child.in);
        assert_null(child.out);
        weir_exit_status got = run_status(rt, child.status);
        assert_int_equal(got.code, rows[i].code);
        assert_int_equal(got.signo, rows[i].signo);
        assert_int_equal(weir_exit_success(got), i == 0);
        weir_rt_drop(rt);
        assert_reaped();
    }
}

/* Its environment, its directory, its three ends, and no signal that this thread holds back. */
static void surroundings(void **state)
{
    (void)state;
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    signal(SIGPIPE, SIG_IGN);
    const char *argv[] = {"/bin/sh", "-c",
                          "echo $A $(pwd); echo err >&2; ls /proc/self/fd | wc -l; "
                          "grep -E 'SigBlk' /proc/self/status | tr -d '\\t'; kill -PIPE $$",
                          NULL};
    const char *env[] = {"A=b", "PATH=/usr/bin:/bin", NULL};
    weir_child_parts child =
        weir_exec(argv, &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_NULL, .out = WEIR_STDIO_PIPE,
                                           .err = WEIR_STDIO_PIPE, .env = env, .dir = rig_dir));
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    char out[300], wanted[300];
    FILE *here = popen("ls /proc/self/fd | wc -l", "r"); /* what is open for other reasons */
    int open_fds = 0;
    assert_int_equal(fscanf(here, "%d", &open_fds), 1);
    pclose(here);
    assert_int_equal(read_all(rt, child.out, out, &error), WEIR_READY);
    snprintf(wanted, sizeof wanted, "b %s\n%d\nSigBlk:%016d\n", rig_dir, open_fds, 0);
    assert_string_equal(out, wanted);
    assert_int_equal(read_all(rt, child.err, out, &error), WEIR_READY);
    assert_string_equal(out, "err\n");
    assert_int_equal(run_status(rt, child.status).signo, SIGPIPE); /* not ignored */
    weir_rt_drop(rt);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    signal(SIGPIPE, SIG_DFL);
    assert_reaped();
}

static bool runs_without(weir_stdio in, const char *wanted)
{
    const char *argv[] = {"/bin/sh", "-c", "readlink /proc/self/fd/0; exec 2>&-; echo $?", NULL};
    char out[100];
    weir_error error;
    weir_rt *rt = rig_rt(driver);
    weir_child_parts child = weir_exec(argv, &WEIR_EXEC_OPTIONS(.in = in, .out = WEIR_STDIO_PIPE));
    bool well = read_all(rt, child.out, out, &error) == WEIR_READY &&
                strncmp(out, wanted, strlen(wanted)) == 0;
    well &= weir_exit_success(run_status(rt, child.status));
    weir_drop(child.in);
    weir_rt_drop(rt);
    return well;
}

/* What is opened gets the numbers 0 to 2 in a program that has none of its own: it is closed as all
 * else, and no child has it as its input. */
static void without_descriptors(void **state)
{
    (void)state;
    pid_t process = fork();
    if (!process) {
        close(0);
        close(1);
        close(2);
        bool well = runs_without(WEIR_STDIO_INHERIT, "/dev/null\n0\n");
        well &= runs_without(WEIR_STDIO_NULL, "/dev/null\n0\n");
        well &= runs_without(WEIR_STDIO_PIPE, "pipe:");
        well &= fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0;
        _exit(!well);
    }
    int status;
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
}

/* Nothing happens to a child that nobody polled; one that cannot be found is told by each part. */
static void beginnings(void **state)
{
    (void)state;
    const char *none[] = {"/no/such/program", NULL};
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    unsigned fds = rig_open_fds();
    weir_drop(weir_exec_reader("touch touched"));
    weir_child_parts_drop(weir_exec(none, NULL));
    weir_child_parts child = weir_exec(none, &WEIR_EXEC_OPTIONS(.out = WEIR_STDIO_PIPE));
    char out[10];
    assert_int_equal(read_all(rt, child.out, out, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot start: no such file or directory");
    assert_string_equal(error.place, "/no/such/program");
    assert_int_equal(weir_rt_run(rt, child.status, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot start: no such file or directory");
    child = weir_exec(NULL, &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_PIPE, .out = WEIR_STDIO_PIPE));
    weir_drop(child.in);
    assert_int_equal(read_all(rt, child.out, out, &error), WEIR_ERROR);
    assert_string_equal(error.message, "no program was given");
    assert_int_equal(weir_rt_run(rt, child.status, NULL, &error), WEIR_ERROR);
    char *large = malloc(WEIR_EXEC_BYTES_MAX + 2);
    memset(large, 'x', WEIR_EXEC_BYTES_MAX + 1);
    large[WEIR_EXEC_BYTES_MAX + 1] = 0;
    assert_int_equal(read_all(rt, weir_exec_reader(large), out, &error), WEIR_ERROR);
    assert_string_equal(error.message, "a command of more than 2097152 bytes");
    free(large);
    assert_int_equal(rig_open_fds(), fds);
    weir_rt_drop(rt);
    assert_reaped();
}

static bool wait_for(const char *path)
{
    for (int i = 0; i < 1000 && access(path, F_OK); i++)
        usleep(5000);
    return access(path, F_OK) == 0;
}

/* All parts are dropped while it runs: it is told, and reaped by the runtime, or by what is dropped
 * after that. The grace is the runtime's time. */
static void dropped(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        bool after; /* the runtime is gone first */
        bool turns; /* the runtime goes on for a while */
        uint64_t grace_ms;
        bool ended; /* by its handler of the signal */
    } rows[] = {
        {"echo ready; exec sleep 100", false, true, 2000, false},
        {"echo ready; exec sleep 100", false, false, 2000, false},
        {"echo ready; exec sleep 100", true, false, 2000, false},
        {"trap '' TERM; echo ready; sleep 100", false, true, 50, false},
        {"trap '' TERM; echo ready; sleep 100", false, false, 50, false},
        {"trap '' TERM; echo ready; sleep 100", true, false, 50, false},
        {"trap 'echo >$D/ended; exit 0' TERM; echo ready; while :; do sleep 0.01; done", false,
         true, 4000, true},
    };
    unsigned fds = rig_open_fds();
    setenv("D", rig_dir, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig_clear();
        char command[200];
        snprintf(command, sizeof command, "exec 2>/dev/null; %s", rows[i].command);
        const char *argv[] = {"sh", "-c", command, NULL};
        weir_child_parts child =
            weir_exec(argv, &WEIR_EXEC_OPTIONS(.out = WEIR_STDIO_PIPE,
                                               .grace_ns = rows[i].grace_ms * 1000000));
        weir_drop(child.status);
        weir_stream *lines = weir_lines(child.out, 100);
        weir_rt *rt = rig_rt(driver);
        weir_line line;
        assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_READY);
        if (rows[i].after) {
            weir_rt_drop(rt);
            weir_drop(lines);
        } else {
            weir_drop(lines);
            /* Another child gives it real time on the simulated clock too. */
            for (int turns = 0; rows[i].turns && turns < 100 && has_child(); turns++)
                assert_int_equal(
                    weir_rt_run(rt, weir_count(weir_lines(weir_exec_reader("sleep 0.3"), 9)), NULL,
                                NULL),
                    WEIR_READY);
            if (rows[i].turns)
                assert_reaped();
            weir_rt_drop(rt);
        }
        assert_reaped();
        if (rows[i].ended)
            assert_true(wait_for(rig_path("ended")));
    }
    assert_int_equal(rig_open_fds(), fds);
}

/* A copy into a child that does not come to its end: the child never sees an end of its input. */
static void input_that_was_cut(void **state)
{
    (void)state;
    setenv("D", rig_dir, 1);
    for (int how = 0; how < 2; how++) {
        rig_clear();
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "abc", 3), 3);
        weir_rt *rt = rig_rt(driver);
        weir_error error;
        weir_writer *writer =
            weir_exec_writer("sh -c 'cat >/dev/null; echo >$D/whole'; echo >$D/whole");
        weir_reader *reader = weir_fd_reader(ends[0], "pipe");
        if (how) {
            close(ends[0]); /* it cannot be read */
            assert_int_equal(weir_rt_run(rt, weir_copy(reader, writer), NULL, &error), WEIR_ERROR);
        } else {
            weir_rt_stop(rt);
            assert_int_equal(weir_rt_run(rt, weir_copy(reader, writer), NULL, &error), WEIR_ERROR);
            assert_int_equal(error.code, WEIR_E_STOPPED);
            close(ends[0]);
        }
        weir_rt_drop(rt);
        close(ends[1]);
        usleep(20000);
        assert_int_equal(access(rig_path("whole"), F_OK), -1);
        assert_reaped();
    }
}

struct draining {
    weir_stream stream;
    bool drains;
};

static weir_poll draining_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    bool outer = cx->draining;
    cx->draining = WEIR_SELF(struct draining, stream)->drains;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    cx->draining = outer;
    return got;
}

static const weir_stream_ops draining_ops = {
    .size = sizeof draining_ops, .name = "draining", .poll_next = draining_poll_next};

/* What has begun goes on, though the runtime was told to stop, where that is asked for. */
static void what_has_begun(void **state)
{
    (void)state;
    for (int drains = 0; drains < 2; drains++) {
        weir_reader *reader = weir_exec_reader("echo a; sleep 0.05; echo b; exit 2");
        weir_stream *lines = weir_lines(reader, 100);
        weir_stream *stream =
            weir_stream_new(lines, sizeof(struct draining), &draining_ops, lines->type);
        WEIR_SELF(struct draining, stream)->drains = drains;
        weir_rt *rt = rig_rt(driver);
        weir_line line;
        weir_error error;
        assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_READY);
        weir_rt_stop(rt);
        assert_int_equal(weir_rt_next(rt, stream, &line, &error), drains ? WEIR_READY : WEIR_END);
        if (drains) {
            assert_memory_equal(line.data, "b", 1);
            assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_ERROR);
            assert_int_equal(error.number, 2);
        } else {
            assert_true(weir_stage_was_cut(&stream->stage));
        }
        weir_drop(stream);
        weir_rt_drop(rt);
        assert_reaped();
    }
}

/* A shell passes nothing on: what it started is told too, before its input ends. */
static void what_a_shell_started(void **state)
{
    (void)state;
    rig_clear();
    setenv("D", rig_dir, 1);
    weir_duplex child = weir_exec_duplex(
        "sh -c 'echo ready; cat >/dev/null; echo >$D/whole' | cat; echo >$D/whole");
    weir_stream *lines = weir_lines(child.reader, 100);
    weir_rt *rt = rig_rt(driver);
    weir_line line;
    assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_READY);
    weir_drop(child.writer);
    weir_drop(lines);
    weir_rt_drop(rt);
    usleep(50000);
    assert_int_equal(access(rig_path("whole"), F_OK), -1);
    assert_reaped();
}

/* A chain that was polled on one runtime goes on with another. */
static void another_runtime(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *lines = weir_lines(weir_exec_reader("echo a; sleep 0.05; echo b; exit 2"), 100);
    weir_line line;
    weir_error error;
    assert_int_equal(weir_rt_next(rt, lines, &line, &error), WEIR_READY);
    weir_rt_drop(rt);
    rt = rig_rt(driver);
    assert_int_equal(weir_rt_next(rt, lines, &line, &error), WEIR_READY);
    assert_memory_equal(line.data, "b", 1);
    assert_int_equal(weir_rt_next(rt, lines, &line, &error), WEIR_ERROR);
    assert_int_equal(error.number, 2);
    weir_drop(lines);
    weir_rt_drop(rt);
    assert_reaped();
}

/* What somebody else has reaped. */
static void reaped_elsewhere(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN); /* the kernel does */
    weir_rt *rt = rig_rt(driver);
    char out[10];
    weir_error error;
    assert_int_equal(read_all(rt, weir_exec_reader("echo x; sleep 0.05"), out, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot wait for: no child processes");
    weir_rt_drop(rt);
    signal(SIGCHLD, SIG_DFL);
    assert_reaped();
}

/* A process that was forked off drops what is its parent's: the child runs on. */
static void forked_off(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *lines = weir_lines(weir_exec_reader("echo a; sleep 0.1; echo b"), 100);
    weir_line line;
    int status;
    assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_READY);
    pid_t child = fork();
    if (!child) {
        weir_drop(lines);
        weir_rt_drop(rt);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_READY);
    assert_memory_equal(line.data, "b", 1);
    assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_END);
    weir_drop(lines);
    weir_rt_drop(rt);
    assert_reaped();
}

int io_process(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers),
        cmocka_unit_test(bytes_before_the_error),
        cmocka_unit_test(writers),
        cmocka_unit_test(both_ways),
        cmocka_unit_test(from_child_to_child),
        cmocka_unit_test(statuses),
        cmocka_unit_test(surroundings),
        cmocka_unit_test(without_descriptors),
        cmocka_unit_test(beginnings),
        cmocka_unit_test(dropped),
        cmocka_unit_test(input_that_was_cut),
        cmocka_unit_test(what_has_begun),
        cmocka_unit_test(what_a_shell_started),
        cmocka_unit_test(another_runtime),
        cmocka_unit_test(reaped_elsewhere),
        cmocka_unit_test(forked_off),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
