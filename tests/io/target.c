/* What the name of a sink means, and what is done where a file cannot be replaced. */

#include "../driver/rig.h"

#include <sys/stat.h>

#include "../support/doubles.h"

static char said[128]; /* of a file that is written in place: why */

static void on_in_place(void *arg, const char *path, const char *why)
{
    (void)arg;
    (void)path;
    snprintf(said, sizeof said, "%s", why);
}

static weir_state put_on(const weir_sys *sys, const char *path, const char *text, weir_error *error)
{
    weir_file_options options = WEIR_FILE_OPTIONS(.on_in_place = on_in_place);
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.sys = sys}, NULL);
    said[0] = 0;
    weir_stream *copy =
        weir_copy(weir_memory_reader(text, strlen(text)), weir_file_writer(path, &options));
    weir_state got = weir_rt_run(rt, copy, NULL, error);
    weir_rt_drop(rt);
    return got;
}

static void put(const char *path, const char *text)
{
    assert_int_equal(put_on(NULL, path, text, NULL), WEIR_READY);
}

static bool holds(const char *name, const char *text)
{
    return rig_is(rig_path(name), text, strlen(text));
}

/* ---- names ---- */

static void put_to_descriptor(const char *form, int flags, const char *wanted)
{
    char path[64];
    rig_write(rig_path("shared"), "first\n", 6);
    int fd = open(rig_path("shared"), O_WRONLY | flags);
    assert_true(fd >= 0);
    snprintf(path, sizeof path, form, fd);
    put(path, "middle\n");
    assert_int_equal(write(fd, "last\n", 5), 5); /* it is open, and stands behind what we wrote */
    close(fd);
    assert_true(holds("shared", wanted));
    assert_string_equal(said, "");
    assert_int_equal(rig_entries(""), 1);
}

static void descriptors_are_written_to(void **state)
{
    static const char *const forms[] = {"/dev/fd/%d", "/proc/self/fd/%d",
                                        "/proc/thread-self/fd/%d"};
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        put_to_descriptor(forms[i], O_APPEND, "first\nmiddle\nlast\n");
        put_to_descriptor(forms[i], 0, "middle\nlast\n");
    }
    rig_clear();
}

static void links_to_descriptors_too(void **state)
{
    (void)state;
    char path[64];
    int fd = open(rig_path("log"), O_WRONLY | O_CREAT | O_APPEND, 0666);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(symlink(path, rig_path("link")), 0);
    put(rig_path("link"), "a\n");
    put(rig_path("link"), "b\n");
    close(fd);
    assert_true(holds("log", "a\nb\n"));
    assert_int_equal(rig_entries(""), 2);
    rig_clear();
}

/* A descriptor that is not open, and one without a name any more. */
static void descriptors_that_are_gone(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(put_on(NULL, "/dev/fd/987", "x", &error), WEIR_ERROR);
    assert_int_equal(error.number, EBADF);
    int fd = open(rig_path("gone"), O_RDWR | O_CREAT, 0666);
    unlink(rig_path("gone"));
    char path[64], got[4];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    put(path, "abc");
    assert_int_equal(pread(fd, got, sizeof got, 0), 3);
    close(fd);
    assert_int_equal(rig_entries(""), 0);
}

static void links_lead_to_files(void **state)
{
    (void)state;
    assert_int_equal(symlink("there", rig_path("link")), 0);
    put(rig_path("link"), "new");
    put(rig_path("link"), "replaced");
    struct stat about;
    assert_int_equal(lstat(rig_path("link"), &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_true(holds("there", "replaced"));
    rig_clear();
}

/* ---- in place ---- */

static void other_names_keep_the_file(void **state)
{
    (void)state;
    rig_write(rig_path("a"), "a longer old text", 17);
    assert_int_equal(link(rig_path("a"), rig_path("b")), 0);
    put(rig_path("a"), "new");
    assert_string_equal(said, "it has other names");
    assert_true(holds("a", "new"));
    assert_true(holds("b", "new"));
    put(rig_path("a"), "");
    assert_true(holds("b", ""));
    rig_clear();
}

/* Its source was cut before it gave anything: what stands there stays. */
static void a_stop_empties_nothing(void **state)
{
    (void)state;
    int ends[2];
    weir_error error;
    assert_int_equal(pipe(ends), 0);
    rig_write(rig_path("a"), "old", 3);
    assert_int_equal(link(rig_path("a"), rig_path("b")), 0);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    weir_rt_stop(rt);
    weir_stream *copy =
        weir_copy(weir_fd_reader(ends[0], "idle"), weir_file_writer(rig_path("a"), NULL));
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_STOPPED);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
    assert_true(holds("b", "old"));
    rig_clear();
}

static bool refuse_beside, refuse_old;

static int refusing_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    if (refuse_beside && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -EACCES;
    if (refuse_old && flags & O_WRONLY && !(flags & O_CREAT))
        return -EACCES;
    return sys->base->open(sys->base, dir, path, flags, mode);
}

static int mounted(const weir_sys *sys, int fd)
{
    (void)sys, (void)fd;
    return 1;
}

static void what_cannot_be_replaced(void **state)
{
    (void)state;
    weir_sys sys;
    weir_error error;
    weir_sys_wrap(&sys, NULL);
    sys.open = refusing_open;
    rig_write(rig_path("a"), "a longer old text", 17);
    refuse_beside = true;
    assert_int_equal(put_on(&sys, rig_path("a"), "new", NULL), WEIR_READY);
    assert_string_equal(said, "its directory does not let it be replaced");
    assert_true(holds("a", "new"));
    refuse_beside = false;
    sys.mount_root = mounted;
    assert_int_equal(put_on(&sys, rig_path("a"), "newer", NULL), WEIR_READY);
    assert_string_equal(said, "something is mounted there");
    assert_true(holds("a", "newer"));
    refuse_old = true; /* as `>` would */
    assert_int_equal(put_on(&sys, rig_path("a"), "newest", &error), WEIR_ERROR);
    assert_int_equal(error.number, EACCES);
    assert_true(holds("a", "newer"));
    refuse_old = false;
    rig_clear();
}

/* Ours are user and file; the directory is somebody else's, and sticky. */
static uid_t file_owner, dir_owner, new_owner = 1000;

static int sticky_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    int error = sys->base->fstat(sys->base, fd, out);
    if (S_ISDIR(out->st_mode)) {
        out->st_mode |= S_ISVTX;
        out->st_uid = dir_owner;
    } else {
        out->st_uid = out->st_size ? file_owner : new_owner;
    }
    return error;
}

static void sticky_directories(void **state)
{
    static const struct {
        uid_t file, dir;
        bool replaced;
    } cases[] = {{1000, 0, true}, {1, 1000, true}, {1, 0, false}, {0, 1, false}};
    (void)state;
    weir_sys sys;
    weir_sys_wrap(&sys, NULL);
    sys.fstat = sticky_fstat;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig_write(rig_path("a"), "old", 3);
        file_owner = cases[i].file;
        dir_owner = cases[i].dir;
        assert_int_equal(put_on(&sys, rig_path("a"), "new", NULL), WEIR_READY);
        assert_int_equal(said[0] == 0, cases[i].replaced);
        assert_true(holds("a", "new"));
        assert_int_equal(rig_entries(""), 1);
    }
    rig_clear();
}

static int refused_call;

static int no_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    (void)sys, (void)fd, (void)dir, (void)name;
    return refused_call;
}

/* Root, from which the rights of an owner were taken: nobody else's file can be touched. */
static int no_owner_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    return flags & O_NOATIME ? -EPERM : sys->base->open(sys->base, dir, path, flags, mode);
}

static void root_may_be_no_owner(void **state)
{
    static const struct {
        uid_t file, dir;
        bool replaced;
    } cases[] = {{0, 1, true}, {1, 0, true}, {1, 1, false}};
    (void)state;
    weir_sys sys;
    weir_sys_wrap(&sys, NULL);
    sys.fstat = sticky_fstat;
    new_owner = 0;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        bool refused = i % 2;
        sys.open = refused ? no_owner_open : sys.open;
        rig_write(rig_path("a"), "old", 3);
        file_owner = cases[i / 2].file;
        dir_owner = cases[i / 2].dir;
        assert_int_equal(put_on(&sys, rig_path("a"), "new", NULL), WEIR_READY);
        assert_int_equal(said[0] == 0, cases[i / 2].replaced || !refused);
        assert_true(holds("a", "new"));
        assert_int_equal(rig_entries(""), 1);
        weir_sys_wrap(&sys, NULL);
        sys.fstat = sticky_fstat;
    }
    new_owner = 1000;
    rig_clear();
}

/* ---- directories in which names stay as they are ---- */

static int grows_only(const weir_sys *sys, int fd)
{
    (void)sys, (void)fd;
    return 1;
}

static int stuck_rename(const weir_sys *sys, int dir, const char *from, const char *to)
{
    (void)sys, (void)dir, (void)from, (void)to;
    return -EPERM;
}

static int stuck_unlink(const weir_sys *sys, int dir, const char *name)
{
    (void)sys, (void)dir, (void)name;
    return -EPERM;
}

static void grow_only(weir_sys *sys)
{
    weir_sys_wrap(sys, NULL);
    sys->append_only = grows_only;
    sys->rename = stuck_rename;
    sys->unlink = stuck_unlink;
}

static void names_that_stay(void **state)
{
    (void)state;
    weir_sys sys;
    weir_error error;
    grow_only(&sys);
    assert_int_equal(put_on(&sys, rig_path("a"), "a longer text", NULL), WEIR_READY);
    assert_int_equal(put_on(&sys, rig_path("a"), "new", NULL), WEIR_READY);
    assert_string_equal(said, "its directory does not let it be replaced");
    assert_true(holds("a", "new"));
    assert_int_equal(rig_entries(""), 1);
    sys.link = no_link; /* nothing but a hidden name would be left to begin with */
    refused_call = -EOPNOTSUPP;
    assert_int_equal(put_on(&sys, rig_path("b"), "new", &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot create: operation not permitted");
    assert_int_equal(rig_entries(""), 1);
    rig_clear();
}

static char left[4096]; /* where what was given up stands */
static int left_error;

static void on_left(void *arg, const char *path, int number)
{
    (void)arg;
    snprintf(left, sizeof left, "%s", path);
    left_error = number;
}

static int taking_sync(const weir_sys *sys, int fd)
{
    (void)fd, (void)sys;
    rig_write(rig_path("b"), "other", 5); /* somebody else is first */
    return 0;
}

static weir_state give_up_on(const weir_sys *sys, const char *name, bool keeps, weir_error *error)
{
    weir_file_options options = WEIR_FILE_OPTIONS(.keep_partial = keeps, .on_partial = on_left);
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.sys = sys}, NULL);
    left[0] = 0;
    weir_stream *copy =
        weir_copy(weir_memory_reader("bytes", 5), weir_file_writer(rig_path(name), &options));
    weir_state got = weir_rt_run(rt, copy, NULL, error);
    weir_rt_drop(rt);
    return got;
}

/* The name was taken meanwhile: nothing hidden is made for a rename that cannot be. */
static void a_name_that_was_taken(void **state)
{
    (void)state;
    weir_sys sys;
    weir_error error;
    grow_only(&sys);
    sys.sync = taking_sync;
    for (int keeps = 0; keeps < 2; keeps++) {
        assert_int_equal(give_up_on(&sys, "b", keeps, &error), WEIR_ERROR);
        assert_string_equal(error.message, "cannot give its name to: file exists");
        assert_true(holds("b", "other"));
        assert_int_equal(rig_entries(""), 1 + keeps);
        assert_string_equal(left, keeps ? rig_path("b.partial") : "");
        assert_true(!keeps || (!left_error && holds("b.partial", "bytes")));
        unlink(rig_path("b"));
    }
    rig_clear();
}

/* That nothing can be renamed is found out at the end alone. */
static void a_rename_that_fails(void **state)
{
    (void)state;
    for (int stuck = 0; stuck < 2; stuck++)
        for (int keeps = 0; keeps < 2; keeps++) {
            weir_sys sys;
            weir_error error;
            weir_sys_wrap(&sys, NULL);
            sys.rename = stuck_rename;
            sys.unlink = stuck ? stuck_unlink : sys.unlink;
            rig_write(rig_path("b"), "old", 3);
            assert_int_equal(give_up_on(&sys, "b", keeps, &error), WEIR_ERROR);
            assert_string_equal(error.message, "cannot rename: operation not permitted");
            assert_true(holds("b", "old"));
            assert_int_equal(rig_entries(""), 1 + stuck);
            assert_int_equal(left_error, keeps && !stuck ? EPERM : 0);
            if (stuck) {
                assert_non_null(strstr(left, "/.b.weir-"));
                assert_true(rig_is(left, "bytes", 5));
            } else {
                assert_string_equal(left, keeps ? rig_path("b.partial") : "");
            }
            rig_clear();
            left_error = 0;
        }
}

/* ---- rights that are changed meanwhile ---- */

static mode_t chmod_to;

static bool replace_too;

/* Of the file; the directory's comes when all is done. */
static int changing_sync(const weir_sys *sys, int fd)
{
    struct stat about;
    (void)sys;
    if (fstat(fd, &about) || S_ISDIR(about.st_mode))
        return 0;
    if (replace_too) {
        rig_write(rig_path("b"), "other", 5);
        rename(rig_path("b"), rig_path("a"));
    }
    chmod(rig_path("a"), chmod_to);
    return 0;
}

static mode_t mode_of(const char *name)
{
    struct stat about;
    assert_int_equal(stat(rig_path(name), &about), 0);
    return about.st_mode & 07777;
}

static void rights_that_change(void **state)
{
    static const mode_t modes[] = {0600, 0444, 0666, 0200, 0, 0640};
    (void)state;
    weir_sys sys;
    weir_sys_wrap(&sys, NULL);
    sys.sync = changing_sync;
    for (size_t i = 0; i < 2 * (sizeof modes / sizeof *modes); i++) {
        rig_write(rig_path("a"), "old", 3);
        chmod(rig_path("a"), 0640);
        chmod_to = modes[i / 2];
        replace_too = i % 2; /* another file: its rights are not those of the old one */
        assert_int_equal(put_on(&sys, rig_path("a"), "new", NULL), WEIR_READY);
        assert_int_equal(mode_of("a"), replace_too ? 0640 : chmod_to);
        assert_true(holds("a", "new"));
        rig_clear();
    }
}

/* ---- what durability and decoration may not cost ---- */

static int no_listing(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    if (flags & O_DIRECTORY && !(flags & O_PATH) && (flags & O_TMPFILE) != O_TMPFILE)
        return -EACCES;
    return sys->base->open(sys->base, dir, path, flags, mode);
}

static int no_chmod(const weir_sys *sys, int fd, unsigned mode)
{
    (void)sys, (void)fd, (void)mode;
    return refused_call;
}

static int no_directory_sync(const weir_sys *sys, int fd)
{
    struct stat about;
    fstat(fd, &about);
    return S_ISDIR(about.st_mode) ? refused_call : sys->base->sync(sys->base, fd);
}

static int no_attribute(const weir_sys *sys, int fd, const char *name)
{
    (void)sys, (void)fd, (void)name;
    return refused_call;
}

static void put_all_ways(const weir_sys *sys)
{
    weir_file_options append = WEIR_FILE_OPTIONS(.append = true);
    assert_int_equal(put_on(sys, rig_path("a"), "one", NULL), WEIR_READY);
    assert_int_equal(put_on(sys, rig_path("a"), "two", NULL), WEIR_READY);
    assert_true(holds("a", "two"));
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.sys = sys}, NULL);
    weir_stream *copy =
        weir_copy(weir_memory_reader("x", 1), weir_file_writer(rig_path("b"), &append));
    assert_int_equal(weir_rt_run(rt, copy, NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(rig_entries(""), 2);
    rig_clear();
}

static void writes_that_are_possible_are_made(void **state)
{
    static const int errors[] = {-EPERM, -EACCES, -ENOSYS, -EOPNOTSUPP, -EINVAL, -EROFS};
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        for (int which = 0; which < 5; which++) {
            weir_sys sys;
            weir_sys_wrap(&sys, NULL);
            refused_call = errors[i];
            sys.open = which == 0 ? no_listing : sys.open;
            sys.link = which == 1 ? no_link : sys.link;
            sys.chmod = which == 2 ? no_chmod : sys.chmod;
            sys.sync = which == 3 ? no_directory_sync : sys.sync;
            sys.attribute_remove = which == 4 ? no_attribute : sys.attribute_remove;
            put_all_ways(&sys);
        }
}

static void a_directory_that_fails_to_sync_is_told(void **state)
{
    (void)state;
    weir_sys sys;
    weir_error error;
    weir_sys_wrap(&sys, NULL);
    sys.sync = no_directory_sync;
    refused_call = -EIO;
    assert_int_equal(put_on(&sys, rig_path("a"), "one", &error), WEIR_ERROR);
    assert_int_equal(error.number, EIO);
    rig_clear();
}

/* ---- opening comes first ---- */

static void nothing_is_read_for_a_sink_that_is_not_there(void **state)
{
    (void)state;
    static const char *const names[] = {"nowhere/x", "", "dir", "dir/"};
    mkdir(rig_path("dir"), 0777);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        weir_error error;
        struct script bytes = {0}, lines = {.type = &weir_type_line};
        weir_writer *writer = weir_file_writer(rig_path(names[i]), NULL);
        weir_stream *copy = weir_copy(script_reader(&bytes, "#"), writer);
        assert_int_equal(weir_run(copy, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_SYSTEM);
        writer = weir_file_writer(rig_path(names[i]), NULL);
        copy = weir_forward(script_stream(&lines, "#"), writer);
        assert_int_equal(weir_run(copy, NULL, &error), WEIR_ERROR);
    }
    rig_clear();
}

int io_target(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_are_written_to),
        cmocka_unit_test(links_to_descriptors_too),
        cmocka_unit_test(descriptors_that_are_gone),
        cmocka_unit_test(links_lead_to_files),
        cmocka_unit_test(other_names_keep_the_file),
        cmocka_unit_test(a_stop_empties_nothing),
        cmocka_unit_test(what_cannot_be_replaced),
        cmocka_unit_test(sticky_directories),
        cmocka_unit_test(root_may_be_no_owner),
        cmocka_unit_test(names_that_stay),
        cmocka_unit_test(a_name_that_was_taken),
        cmocka_unit_test(a_rename_that_fails),
        cmocka_unit_test(rights_that_change),
        cmocka_unit_test(writes_that_are_possible_are_made),
        cmocka_unit_test(a_directory_that_fails_to_sync_is_told),
        cmocka_unit_test(nothing_is_read_for_a_sink_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
