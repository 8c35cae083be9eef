/* What happens in a directory and to a file, on each driver; events that were lost; calls and
 * allocations that fail in turn. */

#include "../driver/rig.h"

#include <pthread.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "doubles.h"

static const char *driver;

/* C create, m modify, c close, D delete, F from, T to, S self moved; d for a directory. */
static const char *next_event(weir_rt *rt, weir_stream *events, weir_error *error)
{
    static char text[300];
    weir_path_event event;
    weir_state got = weir_rt_next(rt, events, &event, error);
    if (got != WEIR_READY)
        return got == WEIR_END ? "$" : error->fatal ? "!!" : "!";
    snprintf(text, sizeof text, "%c%s%s", "CmcDFTS"[event.change], event.directory ? "d" : "",
             event.name);
    return text;
}

static void expect(weir_rt *rt, weir_stream *events, const char *wanted)
{
    weir_error error = {0};
    char text[500] = "";
    size_t words = 1;
    for (const char *at = wanted; *at; at++)
        words += *at == ' ';
    for (size_t i = 0; i < words; i++)
        sprintf(text + strlen(text), "%s%s", i ? " " : "", next_event(rt, events, &error));
    if (strcmp(text, wanted) != 0)
        fail_msg("'%s' came, not '%s' %s", text, wanted, error.message);
}

static _Atomic bool never; /* it failed, and watches nothing */

static bool is_watched_or_never(void)
{
    return never || rig_is_watching();
}

static void *make_first(void *arg)
{
    (void)arg;
    rig_until(is_watched_or_never);
    mkdir(rig_path("first"), 0700);
    return NULL;
}

/* It is watched from the first poll on, which is over with a first event. */
static weir_stream *begun(weir_rt *rt)
{
    weir_stream *events = weir_watch_path(rig_dir);
    pthread_t thread;
    never = false;
    pthread_create(&thread, NULL, make_first, NULL);
    expect(rt, events, "Cdfirst");
    pthread_join(thread, NULL);
    return events;
}

static void directories(void **state)
{
    (void)state;
    rig_clear();
    unsigned fds = rig_open_fds();
    weir_rt *rt = rig_rt(driver);
    weir_stream *events = begun(rt);
    rig_write(rig_path("a"), "x", 1);
    expect(rt, events, "Ca ma ca");
    rename(rig_path("a"), rig_path("b"));
    expect(rt, events, "Fa Tb");
    unlink(rig_path("b"));
    expect(rt, events, "Db");
    rmdir(rig_path("first"));
    expect(rt, events, "Ddfirst");
    weir_rt_stop(rt);
    expect(rt, events, "$");
    weir_drop(events);
    weir_rt_drop(rt);
    assert_int_equal(rig_open_fds(), fds);
}

static void cookies(void **state)
{
    (void)state;
    rig_clear();
    rig_write(rig_path("a"), "", 0);
    weir_rt *rt = rig_rt(driver);
    weir_stream *events = begun(rt);
    rename(rig_path("a"), rig_path("b"));
    weir_path_event from, to;
    assert_int_equal(weir_rt_next(rt, events, &from, NULL), WEIR_READY);
    assert_int_equal(weir_rt_next(rt, events, &to, NULL), WEIR_READY);
    assert_true(from.cookie && from.cookie == to.cookie);
    weir_drop(events);
    weir_rt_drop(rt);
}

static void *touch_file(void *arg)
{
    (void)arg;
    rig_until(rig_is_watching);
    int fd = open(rig_path("a"), O_WRONLY); /* O_TRUNC would be a change of its own */
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    return NULL;
}

static void files(void **state)
{
    (void)state;
    rig_clear();
    rig_write(rig_path("a"), "", 0);
    weir_rt *rt = rig_rt(driver);
    weir_stream *events = weir_watch_path(rig_path("a"));
    pthread_t thread;
    pthread_create(&thread, NULL, touch_file, NULL);
    expect(rt, events, "m c");
    pthread_join(thread, NULL);
    rename(rig_path("a"), rig_path("b"));
    expect(rt, events, "S");
    unlink(rig_path("b"));
    expect(rt, events, "D $");
    weir_drop(events);
    weir_rt_drop(rt);
}

static void refusals(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    assert_int_equal(
        weir_rt_run(rt, weir_count(weir_watch_path(rig_path("missing"))), NULL, &error),
        WEIR_ERROR);
    assert_string_equal(error.message, "cannot watch: no such file or directory");
    assert_string_equal(error.place, rig_path("missing"));
    assert_int_equal(weir_rt_run(rt, weir_count(weir_watch_path(NULL)), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "no path was given");
    weir_rt_drop(rt);
}

/* Dropped while it waits; and polled on by another runtime. */
static void dropped(void **state)
{
    (void)state;
    rig_clear();
    unsigned fds = rig_open_fds();
    for (int how = 0; how < 2; how++) {
        weir_stream *stream = weir_watch_path(rig_dir);
        weir_rt *rt = rig_rt(driver);
        assert_true(weir_rt_spawn(rt, weir_count(how ? weir_by_ref(stream) : stream)));
        for (int turns = 0; turns < 5; turns++)
            assert_int_equal(weir_rt_run(rt, weir_sleep(1000000), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
        if (!how)
            continue;
        rt = rig_rt(driver);
        mkdir(rig_path("first"), 0700);
        expect(rt, stream, "Cdfirst");
        weir_drop(stream);
        weir_rt_drop(rt);
    }
    assert_int_equal(rig_open_fds(), fds);
}

/* ---- what the kernel says ---- */

static struct {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
    bool overflow; /* the first read tells that events were lost, between two others */
} turn;

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

static size_t put_event(char *out, uint32_t mask, const char *name)
{
    struct inotify_event event = {.wd = 1, .mask = mask, .len = *name ? 16 : 0};
    memcpy(out, &event, sizeof event);
    memset(out + sizeof event, 0, event.len);
    if (*name)
        memcpy(out + sizeof event, name, strlen(name));
    return sizeof event + event.len;
}

static int64_t turn_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    if (fails())
        return -turn.error;
    if (!turn.overflow)
        return sys->base->read(sys->base, fd, out, n);
    turn.overflow = false;
    size_t at = put_event(out, IN_CREATE, "a");
    at += put_event((char *)out + at, IN_Q_OVERFLOW, "");
    at += put_event((char *)out + at, IN_DELETE, "b");
    at += put_event((char *)out + at, IN_IGNORED, "");
    return (int64_t)at;
}

static int turn_inotify_init(const weir_sys *sys, int flags)
{
    return fails() ? -turn.error : sys->base->inotify_init(sys->base, flags);
}

static int turn_inotify_add(const weir_sys *sys, int fd, const char *path, uint32_t mask)
{
    return fails() ? -turn.error : sys->base->inotify_add(sys->base, fd, path, mask);
}

static weir_rt *turn_rt(unsigned fail_at, int error, bool overflow)
{
    memset(&turn, 0, sizeof turn);
    turn.fail_at = fail_at;
    turn.error = error;
    turn.overflow = overflow;
    weir_sys_wrap(&turn.sys, NULL);
    turn.sys.read = turn_read;
    turn.sys.inotify_init = turn_inotify_init;
    turn.sys.inotify_add = turn_inotify_add;
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &turn.sys, .seed = 1), NULL);
}

static void lost_events(void **state)
{
    (void)state;
    weir_rt *rt = turn_rt(0, 0, true);
    weir_stream *events = weir_watch_path(rig_dir);
    weir_error error = {0};
    assert_string_equal(next_event(rt, events, &error), "Ca");
    assert_string_equal(next_event(rt, events, &error), "!");
    assert_string_equal(error.message, "events were lost: more came than the kernel holds");
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(next_event(rt, events, &error), "Db");
    assert_string_equal(next_event(rt, events, &error), "$");
    weir_drop(events);
    weir_rt_drop(rt);
}

static void each_call_fails(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EINTR, EMFILE, ENOSPC};
    unsigned fds = rig_open_fds(), told = 0;
    for (size_t e = 0; e < 4; e++)
        for (unsigned k = 1; k <= 5; k++) {
            rig_clear();
            weir_rt *rt = turn_rt(k, errors[e], false);
            weir_stream *events = weir_watch_path(rig_dir);
            weir_error error = {0};
            pthread_t thread;
            never = false;
            pthread_create(&thread, NULL, make_first, NULL);
            const char *got = next_event(rt, events, &error);
            never = true;
            bool failed = *got == '!';
            assert_true(failed ? error.number == errors[e] : strcmp(got, "Cdfirst") == 0);
            told += failed;
            pthread_join(thread, NULL);
            weir_drop(events);
            weir_rt_drop(rt);
        }
    assert_true(told >= 8);
    assert_int_equal(rig_open_fds(), fds);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), well = 0;
    for (unsigned k = 1; k <= 25; k++) {
        rig_clear();
        pthread_t thread;
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        weir_error error;
        never = !rt;
        pthread_create(&thread, NULL, make_first, NULL);
        if (rt) {
            weir_stream *events = weir_watch_path(rig_dir);
            well += strcmp(next_event(rt, events, &error), "Cdfirst") == 0;
            never = true;
            weir_drop(events);
        }
        pthread_join(thread, NULL);
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
    assert_true(well > 2);
    assert_int_equal(rig_open_fds(), fds);
}

int io_watch_path(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories),
        cmocka_unit_test(cookies),
        cmocka_unit_test(files),
        cmocka_unit_test(refusals),
        cmocka_unit_test(lost_events),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(dropped),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
