/* Patterns and what they match, as tables; limits, directories that cannot be read, calls and
 * allocations that fail in turn. */

#include "../driver/rig.h"

#include <sys/stat.h>

#include "doubles.h"

static const char *driver;

static void make_tree(void)
{
    static const char *const directories[] = {"a", "a/x", "a/x/deep", "b", ".hidden", "b/.h"};
    static const char *const names[] = {"one.c",    "two.c",  "three.h",       ".dot.c",
                                        "a/one.c",  "a/z.c",  "a/x/two.c",     "a/x/deep/one.c",
                                        "b/odd[1]", "b/b\\c", ".hidden/one.c", "b/.h/one.c"};
    rig_clear();
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        assert_int_equal(mkdir(rig_path(directories[i]), 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        rig_write(rig_path(names[i]), "", 0);
    assert_int_equal(symlink("a", rig_path("link")), 0);
    assert_int_equal(symlink("nowhere", rig_path("lost")), 0);
    assert_int_equal(symlink("..", rig_path("a/up")), 0);
}

/* The paths behind `skip` bytes, with a space between; "!" for an error that is not fatal. */
static weir_state matches(weir_rt *rt, const char *pattern, size_t skip, char *out,
                          weir_error *error)
{
    weir_stream *paths = weir_glob(pattern);
    weir_line path;
    weir_state got;
    *out = 0;
    while ((got = weir_rt_next(rt, paths, &path, error)) != WEIR_END) {
        if (got == WEIR_ERROR && error->fatal)
            break;
        assert_true(got == WEIR_ERROR || path.data[path.size] == '\0');
        sprintf(out + strlen(out), "%s%s", *out ? " " : "",
                got == WEIR_ERROR ? "!" : path.data + (path.size < skip ? path.size : skip));
    }
    weir_drop(paths);
    return got;
}

static const struct {
    const char *pattern, *paths;
} rows[] = {
    {"*.c", "one.c two.c"},
    {"*.C", ""},
    {".*.c", ".dot.c"},
    {"one.c", "one.c"},
    {"none.c", ""},
    {"lost", "lost"},
    {"l*", "link lost"},
    {"?", "a b"},
    {"[ab]", "a b"},
    {"*/*.c", "a/one.c a/z.c link/one.c link/z.c"},
    {"a//*.c", "a/one.c a/z.c"},
    {"*/one.c", "a/one.c link/one.c"},
    {"a/x/*/", "a/x/deep a/x/two.c"},
    {"*/x/deep/one.c", "a/x/deep/one.c link/x/deep/one.c"},
    {"**/one.c", "one.c a/one.c a/x/deep/one.c"},
    {"**/**/one.c", "one.c a/one.c a/x/deep/one.c"},
    {"a/**", "a/one.c a/up a/x a/x/deep a/x/deep/one.c a/x/two.c a/z.c"},
    {"link/**", "link/one.c link/up link/x link/x/deep link/x/deep/one.c link/x/two.c link/z.c"},
    {"b/odd\\[1\\]", "b/odd[1]"},
    {"b/odd[[]1]", "b/odd[1]"},
    {"b/b\\\\c", "b/b\\c"},
    {"one.c/*", ""},
    {"none/*/x", ""},
};

static void patterns(void **state)
{
    (void)state;
    make_tree();
    unsigned fds = rig_open_fds();
    char here[500], out[2000];
    assert_non_null(getcwd(here, sizeof here));
    for (int absolute = 0; absolute < 2; absolute++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            assert_int_equal(chdir(absolute ? "/" : rig_dir), 0);
            weir_rt *rt = rig_rt(driver);
            weir_error error;
            const char *pattern = absolute ? rig_path(rows[i].pattern) : rows[i].pattern;
            size_t skip = absolute ? strlen(rig_dir) + 1 : 0;
            assert_int_equal(matches(rt, pattern, skip, out, &error), WEIR_END);
            if (strcmp(out, rows[i].paths) != 0)
                fail_msg("%s: '%s', not '%s'", pattern, out, rows[i].paths);
            weir_rt_drop(rt);
        }
    assert_int_equal(chdir(here), 0);
    assert_int_equal(rig_open_fds(), fds);
}

static void roots(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    char out[2000];
    assert_int_equal(matches(rt, "/", 0, out, &error), WEIR_END);
    assert_string_equal(out, "/");
    assert_int_equal(matches(rt, "/tm[p]", 0, out, &error), WEIR_END);
    assert_string_equal(out, "/tmp");
    weir_rt_drop(rt);
}

static void refusals(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    char many[4 * 70] = "", out[100];
    for (int i = 0; i < 65; i++)
        strcat(many, "*/");
    static const char *const messages[] = {"no pattern was given", "no pattern was given",
                                           "a pattern of more than 64 parts",
                                           "glob: a pattern with more than one `**`"};
    const char *const patterns_[] = {NULL, "", many, "**/x/**/one.c"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(matches(rt, patterns_[i], 0, out, &error), WEIR_ERROR);
        assert_string_equal(error.message, messages[i]);
    }
    weir_rt_drop(rt);
}

/* More directories below each other than it goes into. */
static void deep(void **state)
{
    (void)state;
    rig_clear();
    char path[1000] = "";
    for (int i = 0; i < 70; i++) {
        strcat(path, "/d");
        char full[1100];
        snprintf(full, sizeof full, "%s%s", rig_dir, path);
        assert_int_equal(mkdir(full, 0700), 0);
    }
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    char out[20000];
    assert_int_equal(matches(rt, rig_path("**/none"), 0, out, &error), WEIR_ERROR);
    assert_string_equal(error.message, "more than 64 directories below each other");
    weir_rt_drop(rt);
}

static void many_names(void **state)
{
    (void)state;
    rig_clear();
    for (int i = 0; i < 1500; i++) {
        char name[20];
        snprintf(name, sizeof name, "%d", (i * 7919) % 1500);
        rig_write(rig_path(name), "", 0);
    }
    weir_rt *rt = rig_rt(driver);
    weir_stream *paths = weir_glob(rig_path("*"));
    weir_line path;
    char last[100] = "";
    unsigned n = 0;
    for (; weir_rt_next(rt, paths, &path, NULL) == WEIR_READY; n++) {
        assert_true(strcmp(last, path.data) < 0);
        snprintf(last, sizeof last, "%s", path.data);
    }
    assert_int_equal(n, 1500);
    weir_drop(paths);
    weir_rt_drop(rt);
}

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

static int turn_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    return fails() ? -turn.error : sys->base->open(sys->base, dir, path, flags, mode);
}

static int64_t turn_entries(const weir_sys *sys, int fd, void *out, size_t n)
{
    return fails() ? -turn.error : sys->base->entries(sys->base, fd, out, n < 100 ? n : 100);
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

/* A directory that cannot be read is told, and the others are gone through. */
static void each_call_fails(void **state)
{
    (void)state;
    make_tree();
    static const int errors[] = {EACCES, EIO, EINTR};
    static const char *const whole = "one.c a/one.c a/x/deep/one.c";
    unsigned fds = rig_open_fds(), told = 0;
    for (size_t e = 0; e < 3; e++)
        for (unsigned k = 1; k <= 40; k++) {
            weir_rt *rt = turn_rt(k, errors[e]);
            weir_error error = {0};
            char out[1000];
            if (!rt)
                continue;
            assert_int_equal(matches(rt, rig_path("**/one.c"), strlen(rig_dir) + 1, out, &error),
                             WEIR_END);
            bool failed = strchr(out, '!');
            assert_true(failed ? error.number == errors[e] : strcmp(out, whole) == 0);
            told += failed;
            weir_rt_drop(rt);
        }
    assert_true(told > 10);
    assert_int_equal(rig_open_fds(), fds);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), well = 0, told = 0;
    for (unsigned k = 1; k <= 40; k++) {
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        weir_error error;
        char out[1000];
        if (rt) {
            weir_state got = matches(rt, rig_path("**/one.c"), strlen(rig_dir) + 1, out, &error);
            bool same = strcmp(out, "one.c a/one.c a/x/deep/one.c") == 0;
            assert_true(got == WEIR_ERROR || same || strchr(out, '!'));
            well += same;
            told += !same;
        }
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
    assert_true(well && told);
    assert_int_equal(rig_open_fds(), fds);
}

static void stopped(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *paths = weir_glob(rig_path("**"));
    weir_line path;
    assert_int_equal(weir_rt_next(rt, paths, &path, NULL), WEIR_READY);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, paths, &path, NULL), WEIR_END);
    weir_drop(paths);
    weir_rt_drop(rt);
}

int io_glob(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(roots),
        cmocka_unit_test(refusals),
        cmocka_unit_test(deep),
        cmocka_unit_test(many_names),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(stopped),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
