/* A file that grows where calls and allocations fail in turn, where the kernel tells nothing, where
 * something happens between two looks; what it holds while it waits. */

#include "tail.h"

#include <pthread.h>
#include <sys/stat.h>

#include "doubles.h"

/* ---- each call in turn ---- */

static struct {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
    bool silent;               /* there is no inotify at all */
    void (*before_stat)(void); /* once */
} turn;

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

#define BASE(call, ...) turn.sys.base->call(turn.sys.base, __VA_ARGS__)

static int turn_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    (void)sys;
    return fails() ? -turn.error : BASE(open, dir, path, flags, mode);
}

static int turn_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    (void)sys;
    return fails() ? -turn.error : BASE(fstat, fd, out);
}

static int turn_stat(const weir_sys *sys, const char *path, struct stat *out)
{
    void (*before)(void) = turn.before_stat;
    turn.before_stat = NULL;
    if (before)
        before();
    (void)sys;
    return fails() ? -turn.error : BASE(stat, path, out);
}

static int64_t turn_pread(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset)
{
    (void)sys;
    return fails() ? -turn.error : BASE(pread, fd, out, n > 3 ? 3 : n, offset);
}

static int64_t turn_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : BASE(read, fd, out, n);
}

static int turn_inotify_init(const weir_sys *sys, int flags)
{
    (void)sys;
    return turn.silent ? -ENOSYS : fails() ? -turn.error : BASE(inotify_init, flags);
}

static int turn_inotify_add(const weir_sys *sys, int fd, const char *path, uint32_t mask)
{
    (void)sys;
    return fails() ? -turn.error : BASE(inotify_add, fd, path, mask);
}

static weir_rt *turn_rt(unsigned fail_at, int error, bool silent)
{
    memset(&turn, 0, sizeof turn);
    turn.fail_at = fail_at;
    turn.error = error;
    turn.silent = silent;
    weir_sys_wrap(&turn.sys, NULL);
    turn.sys.open = turn_open;
    turn.sys.fstat = turn_fstat;
    turn.sys.stat = turn_stat;
    turn.sys.pread = turn_pread;
    turn.sys.read = turn_read;
    turn.sys.inotify_init = turn_inotify_init;
    turn.sys.inotify_add = turn_inotify_add;
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &turn.sys, .seed = 1), NULL);
}

/* All lines, in order, through a rotation; or an error with its number. False: that. */
static bool come_through(weir_rt *rt, int wanted)
{
    rig_clear();
    append("a", "0\n1\n22222\n");
    weir_tail_options options = WEIR_TAIL_OPTIONS(.lines = 2, .tick_ns = 2000000);
    weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
    static const char *const texts[] = {"1", "22222", "3", "4", "5"};
    bool well = true;
    for (size_t i = 0; i < 5 && well; i++) {
        weir_error error = {0};
        if (i == 2)
            rename_and_create();
        if (i == 4)
            append("a", "5\n");
        const char *got = next_line(rt, lines, &error);
        well = strcmp(got, texts[i]) == 0;
        if (!well && (*got != '!' || error.number != wanted))
            fail_msg("'%s' came, not '%s': %s", got, texts[i], error.message);
    }
    weir_drop(lines);
    weir_rt_drop(rt);
    return well;
}

static void each_call_fails(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EINTR, ENOSPC, ENOMEM};
    unsigned fds = rig_open_fds(), told = 0;
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
        for (unsigned k = 1; k <= 50; k++) {
            weir_rt *rt = turn_rt(k, errors[e], false);
            if (rt)
                told += !come_through(rt, errors[e]);
        }
    assert_true(told > 10);
    assert_int_equal(rig_open_fds(), fds);
}

/* ---- between two looks ---- */

static void write_and_go_over(void)
{
    append("a", "2\n");
    rename(rig_path("a"), rig_path("a.1"));
    append("a", "3\n");
}

/* The old one is at its end, and then something else has its name: what came between is read. */
static void between_two_looks(void **state)
{
    (void)state;
    rig_clear();
    append("a", "1\n");
    weir_tail_options options = WEIR_TAIL_OPTIONS(.whole = true);
    weir_rt *rt = turn_rt(0, 0, false);
    weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
    expect(rt, lines, "1");
    turn.before_stat = write_and_go_over;
    expect(rt, lines, "2");
    expect(rt, lines, "3");
    weir_drop(lines);
    weir_rt_drop(rt);
}

static void take_away(void)
{
    unlink(rig_path("a"));
}

static void *create_late(void *arg)
{
    (void)arg;
    usleep(30000);
    append("a", "2\n");
    return NULL;
}

/* Nothing has the name for a while: that is told once. */
static void gone_for_a_while(void **state)
{
    (void)state;
    rig_clear();
    append("a", "1\n");
    memset(events, 0, sizeof events);
    weir_tail_options options =
        WEIR_TAIL_OPTIONS(.whole = true, .tick_ns = 1000000, .on_event = note, .arg = events);
    weir_rt *rt = turn_rt(0, 0, false);
    weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
    expect(rt, lines, "1");
    turn.before_stat = take_away;
    pthread_t thread;
    pthread_create(&thread, NULL, create_late, NULL);
    expect(rt, lines, "2");
    pthread_join(thread, NULL);
    assert_string_equal(events, "GR");
    weir_drop(lines);
    weir_rt_drop(rt);
}

static void rename_and_make_empty(void)
{
    rename(rig_path("a"), rig_path("a.1"));
    append("a", "");
}

static void *write_late(void *arg)
{
    (void)arg;
    usleep(30000);
    append("a.1", "2\n");
    usleep(30000);
    append("a", "3\n");
    return NULL;
}

/* The new one is empty: its writer has not gone over yet. When it does, no tick is waited for. */
static void new_one_is_empty(void **state)
{
    (void)state;
    rig_clear();
    append("a", "1\n");
    weir_tail_options options = WEIR_TAIL_OPTIONS(.whole = true, .tick_ns = 20000000000ull);
    time_t begun = time(NULL);
    weir_rt *rt = turn_rt(0, 0, false);
    weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
    expect(rt, lines, "1");
    turn.before_stat = rename_and_make_empty;
    pthread_t thread;
    pthread_create(&thread, NULL, write_late, NULL);
    expect(rt, lines, "2");
    expect(rt, lines, "3");
    assert_true(time(NULL) - begun < 10);
    pthread_join(thread, NULL);
    weir_drop(lines);
    weir_rt_drop(rt);
}

/* Nothing is told: it is looked at every tick. */
static void silent_kernels(void **state)
{
    (void)state;
    assert_true(come_through(turn_rt(0, 0, true), 0));
}

/* ---- memory ---- */

static void idle(void **state)
{
    (void)state;
    rig_clear();
    append("a", "1\n");
    memory_begin(0, false);
    weir_rt *rt = rig_rt(driver);
    weir_tail_options options = WEIR_TAIL_OPTIONS(.whole = true);
    weir_reader *reader = weir_tail(rig_path("a"), &options);
    size_t bound = weir_memory_max(reader);
    size_t before = memory.live_bytes;
    assert_true(weir_rt_spawn(rt, weir_copy(reader, weir_null_writer())));
    for (int i = 0; i < 20; i++)
        assert_int_equal(weir_rt_run(rt, weir_sleep(100000), NULL, NULL), WEIR_READY);
    assert_true(memory.live_bytes < before + (32 << 10)); /* no block while it waits */
    assert_true(memory.peak_bytes <= before + bound + (32 << 10));
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), well = 0;
    for (unsigned k = 1; k <= 60 && well < 2; k++) {
        rig_clear();
        append("a", "1\n2\n");
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        weir_tail_options options = WEIR_TAIL_OPTIONS(.lines = 1);
        weir_error error = {0};
        if (rt) {
            weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
            const char *got = next_line(rt, lines, &error);
            assert_true(strcmp(got, "2") == 0 || (*got == '!' && error.code == WEIR_E_MEMORY));
            well += strcmp(got, "2") == 0 && !memory.failed;
            weir_drop(lines);
        }
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
    assert_int_equal(well, 2);
    assert_int_equal(rig_open_fds(), fds);
}

int io_tail_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails),       cmocka_unit_test(between_two_looks),
        cmocka_unit_test(new_one_is_empty),      cmocka_unit_test(gone_for_a_while),
        cmocka_unit_test(silent_kernels),        cmocka_unit_test(idle),
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
