/* The socket: whose it is, who may come, how many, and what becomes of it. */

#include "../driver/rig.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "inspect/directory.h"
#include "inspect/guard.h"
#include "inspect/listen.h"
#include "weir/inspect_listen.h"

#include "doubles.h"

enum { LINE_BYTES = 64 << 10, PATIENCE_MS = 10000 };

static char directory[64];

static void clear(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "%s/sockets", rig_dir);
    clear();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    weir_inspect_stop();
    clear();
    return 0;
}

static void listens(void)
{
    weir_error error;
    if (!weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.directory = directory), &error))
        fail_msg("%s", error.message);
}

static void refuses(const char *why)
{
    weir_error error;
    assert_false(weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.directory = directory), &error));
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    if (!strstr(error.message, why))
        fail_msg("%s: does not say %s", error.message, why);
}

static const char *path_of(int pid)
{
    static char path[128];
    assert_true(weir_inspect_path(directory, pid, path, sizeof path));
    return path;
}

static int socket_to(const char *path, struct sockaddr_un *at)
{
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof at->sun_path);
    strcpy(at->sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

/* -1: nobody listens. */
static int client(void)
{
    struct sockaddr_un at;
    int fd = socket_to(path_of(0), &at);
    if (!connect(fd, (const struct sockaddr *)&at, sizeof at))
        return fd;
    close(fd);
    return -1;
}

/* What comes until it has `last` in it, or the end; the end is "". */
static const char *read_until(int fd, const char *last)
{
    static char text[4 * LINE_BYTES];
    size_t n = 0;
    for (text[0] = 0; !strstr(text, last) && n + LINE_BYTES < sizeof text;) {
        struct pollfd wait = {fd, POLLIN, 0};
        if (poll(&wait, 1, PATIENCE_MS) != 1)
            fail_msg("nothing came for %d ms, behind %.300s", PATIENCE_MS, text);
        ssize_t got = read(fd, text + n, LINE_BYTES);
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = 0;
    }
    return text;
}

static void says(int fd, const char *line)
{
    assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%.400s: has no %s", text, part);
}

static unsigned mode_of(const char *path)
{
    struct stat about;
    assert_int_equal(lstat(path, &about), 0);
    assert_int_equal(about.st_uid, geteuid());
    return about.st_mode & 07777;
}

/* ---- whose it is ---- */

static void nobody_else_may_open_it(void **state)
{
    (void)state;
    mode_t mask = umask(0);
    listens();
    umask(mask);
    assert_int_equal(mode_of(directory), 0700);
    assert_int_equal(mode_of(path_of(0)), 0600);
    listens(); /* again: nothing */
    weir_inspect_stop();
    assert_int_equal(access(path_of(0), F_OK), -1);
    weir_inspect_stop();
    assert_int_equal(client(), -1);
}

static void a_directory_that_others_may_enter_is_refused(void **state)
{
    (void)state;
    static const unsigned modes[] = {0755, 0770, 0701, 0777};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(mkdir(directory, 0700), 0);
        assert_int_equal(chmod(directory, modes[i]), 0);
        refuses("is another user's, or open to others");
        assert_int_equal(mode_of(directory), modes[i]);
        clear();
    }
}

static void a_link_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(rig_path("elsewhere"), 0700), 0);
    assert_int_equal(symlink(rig_path("elsewhere"), directory), 0);
    refuses("is no directory, or a link");
    assert_int_equal(unlink(directory), 0);
    rig_write(directory, "a file", 6);
    refuses("is no directory, or a link");
    assert_int_equal(rmdir(rig_path("elsewhere")), 0);
}

static void another_users_directory_is_refused(void **state)
{
    (void)state;
    if (geteuid()) {
        print_message("SKIP: only root can give a directory away\n");
        return;
    }
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(chown(directory, 65534, 65534), 0);
    refuses("is another user's, or open to others");
}

static void names_have_a_limit(void **state)
{
    (void)state;
    weir_error error;
    char name[300], path[64];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    assert_false(weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.directory = name), &error));
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_false(weir_inspect_path(name, 1, path, sizeof path));
    assert_false(weir_inspect_path("/run/user/0/weir", 1, path, 8));
    assert_true(weir_inspect_path("/run/user/0/weir", 4711, path, sizeof path));
    assert_string_equal(path, "/run/user/0/weir/4711.sock");
}

static void the_usual_directory_is_the_users_own(void **state)
{
    (void)state;
    char path[128], wanted[128];
    setenv("XDG_RUNTIME_DIR", rig_dir, 1);
    assert_true(weir_inspect_path(NULL, 1, path, sizeof path));
    snprintf(wanted, sizeof wanted, "%s/weir/1.sock", rig_dir);
    assert_string_equal(path, wanted);
    static const char *const none[] = {"", "relative", "/is/not/there"};
    snprintf(wanted, sizeof wanted, "/tmp/weir-%u/1.sock", (unsigned)geteuid());
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        setenv("XDG_RUNTIME_DIR", none[i], 1);
        assert_true(weir_inspect_path(NULL, 1, path, sizeof path));
        assert_string_equal(path, wanted);
    }
    unsetenv("XDG_RUNTIME_DIR");
}

/* ---- what was left there ---- */

static int bind_at(const char *name)
{
    struct sockaddr_un at;
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = socket_to(path, &at);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static bool is_there(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return !access(path, F_OK);
}

/* Those of processes that were killed go; whatever else is there is somebody's. */
static void stale_sockets_go(void **state)
{
    (void)state;
    char own[32];
    assert_int_equal(mkdir(directory, 0700), 0);
    snprintf(own, sizeof own, "%d.sock", (int)getpid());
    close(bind_at("4194300.sock"));
    close(bind_at(own));
    close(bind_at("mine.sock"));
    int lives = bind_at("4194301.sock");
    assert_int_equal(listen(lives, 1), 0);
    char file[128];
    snprintf(file, sizeof file, "%s/4194302.sock", directory);
    rig_write(file, "a file", 6);
    listens();
    assert_false(is_there("4194300.sock"));
    assert_true(is_there("4194301.sock"));
    assert_true(is_there("4194302.sock"));
    assert_true(is_there("mine.sock"));
    int fd = client();
    assert_true(fd >= 0);
    has(read_until(fd, "\n"), "{\"t\":\"hello\"");
    close(fd);
    close(lives);
}

/* ---- clients ---- */

static void commands_are_answered(void **state)
{
    (void)state;
    listens();
    int fd = client();
    has(read_until(fd, "\n"), "{\"t\":\"hello\",\"v\":1,");
    says(fd, "snap");
    says(fd, "shot\nnonsense\n\nsnapshot");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    const char *text = read_until(fd, "never comes"); /* to the end: a last line needs no newline */
    const char *first = strstr(text, "{\"t\":\"done\",\"of\":\"snapshot\"}\n");
    const char *wrong = strstr(text, "{\"t\":\"error\",\"of\":\"nonsense\"");
    assert_true(first && wrong && first < wrong);
    has(wrong, "{\"t\":\"done\",\"of\":\"snapshot\"}\n");
    close(fd);
}

static void a_long_line_is_one_error(void **state)
{
    (void)state;
    listens();
    int fd = client();
    char line[5000];
    memset(line, 'a', sizeof line);
    read_until(fd, "\n");
    for (int i = 0; i < 10; i++)
        assert_int_equal(send(fd, line, sizeof line, MSG_NOSIGNAL), sizeof line);
    says(fd, "\ndot\n");
    const char *text = read_until(fd, "\"done\"");
    has(text, "{\"t\":\"error\",\"of\":null,\"text\":\"a command has at most 256 bytes\"}\n");
    assert_null(strstr(strstr(text, "256 bytes") + 1, "256 bytes"));
    close(fd);
}

static void a_zero_is_no_command(void **state)
{
    (void)state;
    listens();
    int fd = client();
    read_until(fd, "\n");
    assert_int_equal(send(fd, "dot\0\n", 5, MSG_NOSIGNAL), 5);
    has(read_until(fd, "\n"), "there is no such command");
    close(fd);
}

static void who_watches_is_told_the_end(void **state)
{
    (void)state;
    listens();
    int fd = client(), idle = client();
    read_until(fd, "\n");
    says(fd, "watch 100\n");
    read_until(fd, "\"rows\"");
    read_until(fd, "\"rows\"");
    weir_inspect_stop();
    has(read_until(fd, "never comes"), "{\"t\":\"end\",\"reason\":\"the program ended\"}\n");
    has(read_until(idle, "never comes"), "{\"t\":\"end\",\"reason\":\"the program ended\"}\n");
    close(fd);
    close(idle);
}

/* It holds what it holds, and nobody else waits for it. */
static void who_does_not_read_disturbs_nobody(void **state)
{
    (void)state;
    listens();
    int deaf[3];
    for (size_t i = 0; i < 3; i++) {
        deaf[i] = client();
        int small = 4096;
        setsockopt(deaf[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        says(deaf[i], "watch 100\n");
        for (int k = 0; k < 2000; k++)
            if (send(deaf[i], "nonsense\n", 9, MSG_NOSIGNAL | MSG_DONTWAIT) != 9)
                break;
    }
    int fd = client();
    for (int k = 0; k < 20; k++) {
        says(fd, "snapshot\n");
        has(read_until(fd, "\"done\""), "\"rows\"");
    }
    for (size_t i = 0; i < 3; i++)
        close(deaf[i]);
    close(fd);
}

static void who_goes_leaves_a_place(void **state)
{
    (void)state;
    listens();
    for (int i = 0; i < 100; i++) {
        int fd = client();
        if (i % 3 == 0)
            says(fd, "watch 100\n");
        if (i % 3 == 1)
            assert_non_null(strstr(read_until(fd, "\n"), i < 100 ? "\"t\":" : ""));
        close(fd);
    }
    for (int tries = 0; tries < 1000; tries++) {
        int fd = client();
        bool served = strstr(read_until(fd, "\n"), "hello");
        close(fd);
        if (served)
            return;
        usleep(10000);
    }
    fail_msg("nobody is served any more");
}

/* As many as may be are told; each of the others gets its one line. */
static void a_thousand_come(void **state)
{
    (void)state;
    enum { COME = 1000 };
    struct rlimit files = {2 * COME, 2 * COME};
    (void)setrlimit(RLIMIT_NOFILE, &files);
    static int fds[COME];
    unsigned hello = 0, busy = 0;
    listens();
    for (size_t i = 0; i < COME; i++) {
        fds[i] = client();
        assert_true(fds[i] >= 0);
        const char *line = read_until(fds[i], "\n");
        hello += !strncmp(line, "{\"t\":\"hello\"", 12);
        busy += !strcmp(line, "{\"t\":\"busy\",\"text\":\"8 clients watch already, which is the "
                              "most\"}\n");
    }
    assert_int_equal(hello, WEIR_INSPECT_CLIENTS_MAX);
    assert_int_equal(busy, COME - WEIR_INSPECT_CLIENTS_MAX);
    for (size_t i = COME; i--;) {
        assert_true(i < WEIR_INSPECT_CLIENTS_MAX || !*read_until(fds[i], "never comes"));
        close(fds[i]);
    }
}

/* ---- other processes ---- */

static const weir_sys *fake;
static struct ucred fake_peer;

static int fake_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n)
{
    (void)fd;
    if (level != SOL_SOCKET || name != SO_PEERCRED || !sys)
        return -EINVAL;
    memcpy(out, &fake_peer, sizeof fake_peer);
    *n = sizeof fake_peer;
    return 0;
}

static int fake_accept(const weir_sys *sys, int fd, int flags)
{
    (void)sys;
    (void)fd;
    (void)flags;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void only_the_user_and_root_are_heard(void **state)
{
    (void)state;
    struct weir_guard guard;
    weir_sys below;
    weir_sys_wrap(&below, NULL);
    below.get_option = fake_option;
    below.accept = fake_accept;
    fake = &below;
    weir_guard_init(&guard, 1000);
    guard.sys.base = fake;
    static const struct {
        uid_t uid;
        bool heard;
    } rows[] = {{1000, true}, {0, true}, {1001, false}, {65534, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_peer.uid = rows[i].uid;
        int fd = guard.sys.accept(&guard.sys, 0, 0);
        if (rows[i].heard)
            assert_int_equal(guard.sys.close(&guard.sys, fd), 0);
        else
            assert_int_equal(fd, -ECONNABORTED);
    }
    weir_guard_close_all(&guard);
}

/* The child of a fork has neither the thread nor the sockets: its end is not the end of these, and
 * where the parent has gone nobody is left hanging. */
static void a_child_does_not_listen(void **state)
{
    (void)state;
    int held[2];
    listens();
    int fd = client();
    read_until(fd, "\n");
    assert_int_equal(pipe(held), 0);
    pid_t child = fork();
    if (!child) {
        char byte;
        close(held[1]);
        (void)!read(held[0], &byte, 1); /* until the parent closes it */
        weir_inspect_stop();
        _exit(0);
    }
    close(held[0]);
    says(fd, "snapshot\n");
    has(read_until(fd, "\"done\""), "\"done\"");
    weir_inspect_stop();
    has(read_until(fd, "never comes"), "{\"t\":\"end\"");
    assert_int_equal(client(), -1);
    listens();
    close(held[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    int again = client();
    assert_true(again >= 0);
    has(read_until(again, "\n"), "hello");
    close(again);
    close(fd);
}

#if !defined(__SANITIZE_THREAD__) /* it allows no threads after a fork */
static void a_child_may_listen_itself(void **state)
{
    (void)state;
    listens();
    pid_t child = fork();
    if (!child) {
        weir_error error;
        bool listening = weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.directory = directory), &error);
        int fd = listening ? client() : -1;
        char line[32] = {0};
        bool told = fd >= 0 && read(fd, line, sizeof line - 1) > 0;
        weir_inspect_stop();
        _exit(told && strstr(line, "hello") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(!access(path_of(0), F_OK));
}

static bool hears(void)
{
    for (int tries = 0; tries < 1000; tries++) {
        int fd = client();
        char line[16] = {0};
        bool told = fd >= 0 && read(fd, line, sizeof line - 1) > 0;
        if (fd >= 0)
            close(fd);
        if (told)
            return strstr(line, "hello");
        usleep(10000);
    }
    return false;
}

/* Where it was only left word, whoever makes the first runtime of its process listens. */
static void who_forks_first_is_heard(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (!child) {
        weir_inspect_options options = WEIR_INSPECT_OPTIONS(.directory = directory);
        weir_inspect_listen_later(&options);
        bool early = !access(directory, F_OK); /* no runtime, no thread, no socket */
        pid_t grandchild = fork();
        weir_rt *rt = weir_rt_new(NULL, NULL);
        bool heard = rt && hears();
        weir_rt_drop(rt);
        weir_inspect_stop();
        if (!grandchild)
            _exit(heard && !early ? 0 : 1);
        bool both = waitpid(grandchild, &status, 0) == grandchild && !status;
        _exit(heard && both && !early ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#endif

/* ---- memory ---- */

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    weir_error error;
    for (unsigned long nth = 1; nth < 60; nth++) {
        memory_begin(nth, false);
        bool listening = weir_inspect_listen(&WEIR_INSPECT_OPTIONS(.directory = directory), &error);
        weir_inspect_stop();
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        assert_true(listening || error.code == WEIR_E_MEMORY || error.code == WEIR_E_SYSTEM);
        assert_false(!listening && !failed);
        if (!failed)
            return;
    }
    fail_msg("it allocates without an end");
}

int inspect_socket(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_else_may_open_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_others_may_enter_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_link_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_users_directory_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(names_have_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_usual_directory_is_the_users_own, setup, teardown),
        cmocka_unit_test_setup_teardown(stale_sockets_go, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_are_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_line_is_one_error, setup, teardown),
        cmocka_unit_test_setup_teardown(a_zero_is_no_command, setup, teardown),
        cmocka_unit_test_setup_teardown(who_watches_is_told_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(who_does_not_read_disturbs_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(who_goes_leaves_a_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_thousand_come, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_user_and_root_are_heard, setup, teardown),
        cmocka_unit_test_setup_teardown(a_child_does_not_listen, setup, teardown),
#if !defined(__SANITIZE_THREAD__)
        cmocka_unit_test_setup_teardown(a_child_may_listen_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(who_forks_first_is_heard, setup, teardown),
#endif
        cmocka_unit_test_setup_teardown(memory_may_fail_anywhere, setup, teardown),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
