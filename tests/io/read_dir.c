/* What stands in a directory, on each driver, with calls and allocations that fail in turn. */

#include "../driver/rig.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "doubles.h"

static const char *driver;

static struct {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
} turn;

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

static int turn_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    return fails() ? -turn.error : sys->base->open(sys->base, dir, path, flags, mode);
}

/* Small blocks: many calls. */
static int64_t turn_entries(const weir_sys *sys, int fd, void *out, size_t n)
{
    n = n < 2000 ? n : 2000;
    return fails() ? -turn.error : sys->base->entries(sys->base, fd, out, n);
}

static weir_rt *turn_rt(unsigned fail_at, int error)
{
    memset(&turn, 0, sizeof turn);
    turn.fail_at = fail_at;
    turn.error = error;
    weir_sys_wrap(&turn.sys, NULL);
    turn.sys.open = turn_open;
    turn.sys.entries = turn_entries;
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &turn.sys, .seed = 1), NULL);
}

enum { FILES = 300 };

static void make_files(void)
{
    for (int i = 0; i < FILES; i++) {
        char name[20];
        snprintf(name, sizeof name, "f%d", i);
        rig_write(rig_path(name), "", 0);
    }
}

/* Each once. */
static weir_state list(weir_rt *rt, const char *path, unsigned *n, weir_error *error)
{
    weir_stream *stream = weir_read_dir(path);
    bool seen[FILES] = {false};
    weir_dir_entry entry;
    weir_state got;
    for (*n = 0; (got = weir_rt_next(rt, stream, &entry, error)) == WEIR_READY; ++*n) {
        assert_int_equal(entry.kind, WEIR_ENTRY_FILE);
        int i = atoi(entry.name + 1);
        assert_true(entry.name[0] == 'f' && !seen[i]);
        struct stat about;
        assert_int_equal(stat(rig_path(entry.name), &about), 0);
        assert_int_equal(about.st_ino, entry.inode);
        seen[i] = true;
    }
    weir_drop(stream);
    return got;
}

static void files(void **state)
{
    (void)state;
    make_files();
    unsigned fds = rig_open_fds(), n;
    weir_error error;
    weir_rt *rt = turn_rt(0, 0);
    assert_int_equal(list(rt, rig_dir, &n, &error), WEIR_END);
    assert_int_equal(n, FILES);
    uint64_t count;
    assert_int_equal(
        weir_rt_run(rt, weir_count(weir_take(weir_read_dir(rig_dir), 5)), &count, NULL),
        WEIR_READY); /* dropped in the middle */
    weir_rt_stop(rt);
    assert_int_equal(list(rt, rig_dir, &n, &error), WEIR_END);
    assert_int_equal(n, 0);
    weir_rt_drop(rt);
    assert_int_equal(rig_open_fds(), fds);
}

static void kinds(void **state)
{
    (void)state;
    rig_clear();
    rig_write(rig_path("a"), "", 0);
    mkdir(rig_path("b"), 0700);
    assert_int_equal(symlink("a", rig_path("c")), 0);
    mkfifo(rig_path("d"), 0600);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", rig_path("e"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (void *)&at, sizeof at), 0);
    static const weir_entry_kind wanted[] = {WEIR_ENTRY_FILE, WEIR_ENTRY_DIRECTORY, WEIR_ENTRY_LINK,
                                             WEIR_ENTRY_FIFO, WEIR_ENTRY_SOCKET};
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_read_dir(rig_dir);
    weir_dir_entry entry;
    unsigned n = 0;
    for (; weir_rt_next(rt, stream, &entry, NULL) == WEIR_READY; n++)
        assert_int_equal(entry.kind, wanted[entry.name[0] - 'a']);
    assert_int_equal(n, 5);
    weir_drop(stream);
    weir_rt_drop(rt);
    close(fd);
}

/* The kernel says ENOENT of a directory that was removed while it was open. */
static void removed_meanwhile(void **state)
{
    (void)state;
    rig_clear();
    weir_dir_entry entry;
    weir_error error;
    weir_rt *rt = rig_rt(driver);
    assert_int_equal(mkdir(rig_path("d"), 0700), 0);
    rig_write(rig_path("d/x"), "", 0);
    weir_stream *entries = weir_read_dir(rig_path("d"));
    assert_int_equal(weir_rt_next(rt, entries, &entry, &error), WEIR_READY);
    assert_int_equal(unlink(rig_path("d/x")), 0);
    assert_int_equal(rmdir(rig_path("d")), 0);
    assert_int_equal(weir_rt_next(rt, entries, &entry, &error), WEIR_END);
    weir_drop(entries);
    weir_rt_drop(rt);
}

static void refusals(void **state)
{
    (void)state;
    rig_clear();
    rig_write(rig_path("a"), "", 0);
    static const char *const rows[][2] = {{"missing", "cannot open: no such file or directory"},
                                          {"a", "cannot open: not a directory"},
                                          {NULL, "no path was given"}};
    for (size_t i = 0; i < 3; i++) {
        weir_rt *rt = rig_rt(driver);
        weir_error error;
        const char *path = rows[i][0] ? rig_path(rows[i][0]) : NULL;
        assert_int_equal(weir_rt_run(rt, weir_count(weir_read_dir(path)), NULL, &error),
                         WEIR_ERROR);
        assert_string_equal(error.message, rows[i][1]);
        if (path)
            assert_string_equal(error.place, path);
        weir_rt_drop(rt);
    }
}

static void each_call_fails(void **state)
{
    (void)state;
    rig_clear();
    make_files();
    static const int errors[] = {EIO, EINTR, EMFILE};
    unsigned fds = rig_open_fds(), told = 0, n;
    for (size_t e = 0; e < 3; e++)
        for (unsigned k = 1; k <= 15; k++) {
            weir_rt *rt = turn_rt(k, errors[e]);
            if (!rt)
                continue;
            weir_error error;
            weir_state got = list(rt, rig_dir, &n, &error);
            told += got == WEIR_ERROR;
            assert_true(got == WEIR_ERROR ? error.number == errors[e] : n == FILES);
            weir_rt_drop(rt);
        }
    assert_true(told >= 5);
    assert_int_equal(rig_open_fds(), fds);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), well = 0, n;
    for (unsigned k = 1; k <= 30; k++) {
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        weir_error error;
        if (rt && list(rt, rig_dir, &n, &error) == WEIR_END)
            well++;
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
    assert_true(well > 0);
    assert_int_equal(rig_open_fds(), fds);
}

int io_read_dir(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),
        cmocka_unit_test(kinds),
        cmocka_unit_test(removed_meanwhile),
        cmocka_unit_test(refusals),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(each_allocation_fails),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
