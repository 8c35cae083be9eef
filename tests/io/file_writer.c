/* The file writer: old, absent or complete, whatever happens. */

#include "../driver/rig.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

static weir_state put_with(const char *path, const weir_file_options *options, const char *text,
                           weir_error *error)
{
    static weir_error unwanted;
    weir_reader *reader = weir_memory_reader(text, strlen(text));
    return weir_run(weir_copy(reader, weir_file_writer(path, options)), NULL,
                    error ? error : &unwanted);
}

static weir_state put(const char *path, const char *text, weir_error *error)
{
    return put_with(path, NULL, text, error);
}

static bool holds(const char *path, const char *text)
{
    return rig_is(path, text, strlen(text));
}

/* ---- a chain that can be dropped in the middle ---- */

/* Writes text, then waits for ever, fails, or lets the writer go. */
struct part {
    weir_stream stream;
    weir_writer *writer;
    const char *text;
    bool waits;
};

static weir_poll part_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct part *self = (struct part *)stream;
    (void)demand;
    while (*self->text) {
        weir_poll got = weir_poll_write(self->writer, cx, self->text, strlen(self->text));
        if (got.state != WEIR_READY)
            return got;
        self->text += got.n;
    }
    if (self->waits)
        return weir_wait_never(cx);
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static void part_fini(weir_stream *stream)
{
    weir_drop(((struct part *)stream)->writer);
}

static const weir_stream_ops part_ops = {
    .size = sizeof part_ops, .name = "part", .poll_next = part_poll_next, .fini = part_fini};

static weir_stream *part(weir_writer *writer, const char *text, bool waits)
{
    weir_stream *stream = weir_source_new(sizeof(struct part), &part_ops, &weir_type_i64);
    *(struct part *)stream = (struct part){((struct part *)stream)->stream, writer, text, waits};
    stream->stage.one = true;
    return stream;
}

static void new_files(void **state)
{
    (void)state;
    mode_t old = umask(027);
    assert_int_equal(put(rig_path("new"), "one", NULL), WEIR_READY);
    umask(old);
    assert_true(holds(rig_path("new"), "one"));
    struct stat stat_of;
    stat(rig_path("new"), &stat_of);
    assert_int_equal(stat_of.st_mode & 07777, 0640);
    assert_int_equal(put(rig_path("empty"), "", NULL), WEIR_READY);
    assert_true(holds(rig_path("empty"), ""));
    static const weir_file_options quick = {.not_durable = true};
    assert_int_equal(put_with(rig_path("quick"), &quick, "q", NULL), WEIR_READY);
    assert_true(holds(rig_path("quick"), "q"));
    assert_int_equal(rig_entries(""), 3);
    rig_clear();
}

static void no_names(void **state)
{
    (void)state;
    weir_error error;
    weir_stream *stream = weir_copy(weir_file_reader(NULL), weir_null_writer());
    assert_int_equal(weir_run(stream, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    stream = weir_copy(weir_memory_reader("x", 1), weir_file_writer(NULL, NULL));
    assert_int_equal(weir_run(stream, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "no path was given");
}

static void relative_names(void **state)
{
    (void)state;
    char before[512];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(rig_dir), 0);
    assert_int_equal(put("plain", "one", NULL), WEIR_READY);
    assert_int_equal(put("./dotted", "two", NULL), WEIR_READY);
    assert_int_equal(put("plain", "three", NULL), WEIR_READY);
    assert_int_equal(chdir(before), 0);
    assert_true(holds(rig_path("plain"), "three"));
    assert_true(holds(rig_path("dotted"), "two"));
    rig_clear();
}

static void replaced_files(void **state)
{
    (void)state;
    rig_write(rig_path("old"), "old", 3);
    chmod(rig_path("old"), 0604);
    assert_int_equal(put(rig_path("old"), "newer", NULL), WEIR_READY);
    assert_true(holds(rig_path("old"), "newer"));
    struct stat stat_of;
    stat(rig_path("old"), &stat_of);
    assert_int_equal(stat_of.st_mode & 07777, 0604);
    assert_int_equal(rig_entries(""), 1);
    rig_clear();
}

static void errors_leave_the_old_one(void **state)
{
    (void)state;
    rig_write(rig_path("old"), "old", 3);
    for (int there = 1; there >= 0; there--) {
        weir_error error;
        weir_state ran =
            weir_run(weir_copy(weir_chain_reader(weir_memory_reader("new", 3),
                                                 weir_file_reader(rig_path("missing"))),
                               weir_file_writer(rig_path("old"), NULL)),
                     NULL, &error);
        assert_int_equal(ran, WEIR_ERROR);
        assert_int_equal(error.number, ENOENT);
        if (there)
            assert_true(holds(rig_path("old"), "old"));
        assert_int_equal(rig_entries(""), there);
        unlink(rig_path("old"));
    }
}

static void dropped_writers(void **state)
{
    (void)state;
    weir_drop(weir_file_writer(rig_path("never"), NULL));
    assert_int_equal(rig_entries(""), 0);
    for (int there = 0; there < 2; there++) {
        if (there)
            rig_write(rig_path("x"), "old", 3);
        weir_rt *rt = rig_rt("epoll");
        assert_int_equal(
            weir_rt_run(rt, part(weir_file_writer(rig_path("x"), NULL), "abc", true), NULL, NULL),
            WEIR_ERROR); /* it stalls, and is dropped */
        assert_int_equal(
            weir_rt_run(rt, part(weir_file_writer(rig_path("x"), NULL), "abc", false), NULL, NULL),
            WEIR_READY); /* never closed */
        assert_true(weir_rt_spawn(rt, part(weir_file_writer(rig_path("x"), NULL), "abc", true)));
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 1)), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt); /* with the task still there */
        assert_int_equal(rig_entries(""), there);
        assert_true(!there || holds(rig_path("x"), "old"));
    }
    rig_clear();
}

static void partial_files(void **state)
{
    (void)state;
    static const weir_file_options keep = {.keep_partial = true};
    for (int there = 0; there < 2; there++)
        for (int again = 0; again < 2; again++) {
            if (there)
                rig_write(rig_path("x"), "old", 3);
            const char *text = again ? "more" : "abc";
            weir_run(part(weir_file_writer(rig_path("x"), &keep), text, false), NULL, NULL);
            assert_true(holds(rig_path("x.partial"), text));
            assert_int_equal(access(rig_path("x"), F_OK), there - 1);
            assert_int_equal(rig_entries(""), there + 1);
        }
    assert_int_equal(put_with(rig_path("x"), &keep, "whole", NULL), WEIR_READY);
    assert_true(holds(rig_path("x"), "whole"));
    rig_clear();
}

static void symbolic_links(void **state)
{
    (void)state;
    mkdir(rig_path("real"), 0755);
    rig_write(rig_path("real/file"), "old", 3);
    assert_int_equal(symlink("real/file", rig_path("link")), 0);
    assert_int_equal(symlink("link", rig_path("second")), 0);
    assert_int_equal(put(rig_path("second"), "through", NULL), WEIR_READY);
    assert_true(holds(rig_path("real/file"), "through"));
    struct stat stat_of;
    assert_int_equal(lstat(rig_path("second"), &stat_of), 0);
    assert_true(S_ISLNK(stat_of.st_mode));
    assert_int_equal(lstat(rig_path("link"), &stat_of), 0);
    assert_true(S_ISLNK(stat_of.st_mode));
    assert_int_equal(symlink(rig_path("real/fresh"), rig_path("dangling")), 0); /* absolute */
    assert_int_equal(put(rig_path("dangling"), "made", NULL), WEIR_READY);
    assert_true(holds(rig_path("real/fresh"), "made"));
    assert_int_equal(symlink("circle", rig_path("circle")), 0);
    weir_error error;
    assert_int_equal(put(rig_path("circle"), "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, ELOOP);
    assert_int_equal(symlink("real", rig_path("to_dir")), 0);
    assert_int_equal(put(rig_path("to_dir"), "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, EISDIR);
    assert_int_equal(put(rig_path("to_dir/inside"), "in", NULL), WEIR_READY);
    assert_true(holds(rig_path("real/inside"), "in"));
    rig_clear();
}

static void names_that_cannot_be(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(put(rig_dir, "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, EISDIR);
    assert_string_equal(error.message, "cannot open: is a directory");
    assert_int_equal(put(rig_path("none/file"), "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, ENOENT);
    assert_string_equal(error.message, "cannot open the directory: no such file or directory");
    assert_string_equal(error.place, rig_path("none/file"));
    assert_int_equal(put(rig_path("none/"), "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, EISDIR);
    assert_int_equal(put("", "x", &error), WEIR_ERROR);
    assert_true(error.number == ENOENT || error.number == EISDIR);
    rig_write(rig_path("file"), "x", 1);
    assert_int_equal(put(rig_path("file/below"), "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, ENOTDIR);
    char name[300];
    memset(name, 'n', sizeof name);
    name[299] = 0;
    assert_int_equal(put(rig_path(name), "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, ENAMETOOLONG);
    assert_non_null(strstr(error.place, "...nnn"));
    char *path = malloc(9000);
    memset(path, '/', 8999);
    path[8999] = 0;
    assert_int_equal(put(path, "x", &error), WEIR_ERROR);
    free(path);
    name[255] = 0; /* the longest there can be: its hidden name must fit too */
    assert_int_equal(put(rig_path(name), "one", NULL), WEIR_READY);
    assert_int_equal(put(rig_path(name), "two", NULL), WEIR_READY);
    assert_true(holds(rig_path(name), "two"));
    rig_clear();
}

struct drain {
    const char *path;
    char bytes[64];
    ssize_t n;
};

static void *read_fifo(void *arg)
{
    struct drain *drain = arg;
    int fd = open(drain->path, O_RDONLY);
    ssize_t got;
    while ((got = read(fd, drain->bytes + drain->n, sizeof drain->bytes - (size_t)drain->n)) > 0)
        drain->n += got;
    close(fd);
    return NULL;
}

static void in_place(void **state)
{
    (void)state;
    assert_int_equal(put("/dev/null", "gone", NULL), WEIR_READY);
    weir_error error;
    assert_int_equal(put("/dev/full", "gone", &error), WEIR_ERROR);
    assert_int_equal(error.number, ENOSPC);
    assert_string_equal(error.message, "cannot write: no space left on device");
    assert_string_equal(error.cure, "free some space");
    assert_int_equal(error.byte, 0);
    assert_int_equal(mkfifo(rig_path("fifo"), 0600), 0);
    struct drain drain = {.path = rig_path("fifo")};
    pthread_t thread;
    pthread_create(&thread, NULL, read_fifo, &drain);
    assert_int_equal(put(rig_path("fifo"), "through", NULL), WEIR_READY);
    pthread_join(thread, NULL);
    assert_int_equal(drain.n, 7);
    assert_memory_equal(drain.bytes, "through", 7);
    struct stat stat_of;
    stat(rig_path("fifo"), &stat_of);
    assert_true(S_ISFIFO(stat_of.st_mode));
    rig_clear();
}

static void appended(void **state)
{
    (void)state;
    static const weir_file_options append = {.append = true};
    assert_int_equal(put_with(rig_path("log"), &append, "one ", NULL), WEIR_READY);
    assert_int_equal(put_with(rig_path("log"), &append, "two", NULL), WEIR_READY);
    assert_true(holds(rig_path("log"), "one two"));
    rig_clear();
}

/* ---- a system in which something else happens ---- */

static struct {
    weir_sys sys;
    bool no_tmpfile;
    bool taken; /* somebody takes the name right before we do */
} odd;

static int odd_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    (void)sys;
    if (odd.no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE)
        return -EOPNOTSUPP;
    return weir_sys_posix.open(&weir_sys_posix, dir, path, flags, mode);
}

static int odd_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    (void)sys;
    if (odd.taken && name[0] != '.')
        rig_write(rig_path(name), "theirs", 6);
    return weir_sys_posix.link(&weir_sys_posix, fd, dir, name);
}

static void odd_systems(void **state)
{
    (void)state;
    odd.sys = weir_sys_posix;
    odd.sys.open = odd_open;
    odd.sys.link = odd_link;
    for (int which = 0; which < 2; which++) {
        odd.no_tmpfile = which == 0;
        odd.taken = which == 1;
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.sys = &odd.sys}, NULL);
        assert_int_equal(weir_rt_run(rt,
                                     weir_copy(weir_memory_reader("ours", 4),
                                               weir_file_writer(rig_path("name"), NULL)),
                                     NULL, NULL),
                         WEIR_READY);
        assert_true(holds(rig_path("name"), "ours"));
        assert_int_equal(rig_entries(""), 1);
        weir_rt_drop(rt);
        rig_clear();
    }
}

/* Whatever stands there, be it a link or who was quicker. */
static void new_ones_alone(void **state)
{
    (void)state;
    static const weir_file_options create_new = {.size = sizeof create_new, .create_new = true};
    weir_error error;
    for (int way = 0; way < 4; way++) {
        odd.sys = weir_sys_posix;
        odd.sys.open = odd_open;
        odd.sys.link = odd_link;
        odd.no_tmpfile = way & 1;
        odd.taken = way & 2;
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.sys = &odd.sys}, NULL);
        weir_state ran = weir_rt_run(rt,
                                     weir_copy(weir_memory_reader("ours", 4),
                                               weir_file_writer(rig_path("name"), &create_new)),
                                     NULL, &error);
        assert_int_equal(ran, odd.taken ? WEIR_ERROR : WEIR_READY);
        assert_int_equal(odd.taken ? error.number : EEXIST, EEXIST);
        assert_true(holds(rig_path("name"), odd.taken ? "theirs" : "ours"));
        assert_int_equal(rig_entries(""), 1);
        weir_rt_drop(rt);
        rig_clear();
    }
    rig_write(rig_path("old"), "old", 3);
    assert_int_equal(symlink("nowhere", rig_path("link")), 0);
    static const char *const there[] = {"old", "link", "."};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(put_with(rig_path(there[i]), &create_new, "new", &error), WEIR_ERROR);
        assert_int_equal(error.number, EEXIST);
    }
    assert_int_equal(rig_entries(""), 2);
    static const weir_file_options both = {.size = sizeof both, .append = true, .create_new = true};
    assert_int_equal(put_with(rig_path("both"), &both, "new", &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    rig_clear();
}

static int refused(const weir_sys *sys, int fd)
{
    (void)sys;
    (void)fd;
    return -EINVAL;
}

static int interrupted_twice(const weir_sys *sys, int fd)
{
    static int calls;
    return ++calls % 3 ? -EINTR : weir_sys_posix.sync(sys, fd);
}

/* Of the old file; the new one is empty. */
static int other_group(const weir_sys *sys, int fd, struct stat *out)
{
    int error = weir_sys_posix.fstat(sys, fd, out);
    out->st_gid += out->st_size > 0;
    return error;
}

static int not_allowed(const weir_sys *sys, int fd, uid_t owner, gid_t group)
{
    (void)sys;
    (void)fd;
    (void)owner;
    (void)group;
    return -EPERM;
}

static void put_in(const weir_sys *sys, const char *text)
{
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.sys = sys}, NULL);
    weir_stream *copy =
        weir_copy(weir_memory_reader(text, strlen(text)), weir_file_writer(rig_path("old"), NULL));
    assert_int_equal(weir_rt_run(rt, copy, NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
    assert_true(holds(rig_path("old"), text));
}

static void syncs_that_cannot_or_are_interrupted(void **state)
{
    (void)state;
    weir_sys sys = weir_sys_posix;
    sys.sync = refused;
    put_in(&sys, "new");
    put_in(&sys, "replaced");
    sys.sync = interrupted_twice;
    put_in(&sys, "again");
    rig_clear();
}

static void another_group_gets_no_more_than_others(void **state)
{
    (void)state;
    weir_sys sys = weir_sys_posix;
    sys.fstat = other_group;
    sys.chown = not_allowed;
    rig_write(rig_path("old"), "old", 3);
    chmod(rig_path("old"), 0664);
    put_in(&sys, "new");
    struct stat about;
    stat(rig_path("old"), &about);
    assert_int_equal(about.st_mode & 07777, 0644);
    rig_clear();
}

/* ---- stopping ---- */

static weir_rt *to_stop;

static weir_poll stop_now(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)cx;
    (void)demand;
    weir_rt_stop(to_stop);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* A copy that is cut short must not look complete. */
static void cut_input(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        rig_make(rig_path("a"), 100 * (size_t)WEIR_BLOCK_BYTES);
        rig_write(rig_path("b"), "old", 3);
        to_stop = weir_rt_new(&(weir_rt_options){.driver = rig_drivers[d], .budget = 2}, NULL);
        assert_true(weir_rt_spawn(to_stop, weir_future_fn(&weir_type_i64, stop_now, NULL)));
        weir_error error;
        weir_state ran = weir_rt_run(
            to_stop,
            weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("b"), NULL)), NULL,
            &error);
        assert_int_equal(ran, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_STOPPED);
        assert_true(holds(rig_path("b"), "old"));
        weir_rt_drop(to_stop);
        assert_int_equal(rig_entries(""), 2);
        rig_clear();
    }
}

int io_file_writer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_files),
        cmocka_unit_test(no_names),
        cmocka_unit_test(relative_names),
        cmocka_unit_test(replaced_files),
        cmocka_unit_test(errors_leave_the_old_one),
        cmocka_unit_test(dropped_writers),
        cmocka_unit_test(partial_files),
        cmocka_unit_test(symbolic_links),
        cmocka_unit_test(names_that_cannot_be),
        cmocka_unit_test(in_place),
        cmocka_unit_test(appended),
        cmocka_unit_test(odd_systems),
        cmocka_unit_test(new_ones_alone),
        cmocka_unit_test(cut_input),
        cmocka_unit_test(syncs_that_cannot_or_are_interrupted),
        cmocka_unit_test(another_group_gets_no_more_than_others),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
