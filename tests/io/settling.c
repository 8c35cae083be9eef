/* Files that messages are appended to: what was synced is acknowledged, and nothing behind a sync
 * that failed; a torn line is cut off before more is added. */

#include "../driver/rig.h"

#include "marked.h"
#include "weir/stream.h"

static struct marked source;

/* ---- a disk that fails ---- */

static struct {
    weir_sys sys;
    unsigned syncs;
    unsigned fail_at; /* this sync fails; 0: none */
} disk;

static void note_lines(const char *path)
{
    unsigned char *bytes = NULL;
    long n = rig_read(path, &bytes);
    for (long at = 0, begin = 0; at < n; at++) {
        if (bytes[at] != '\n')
            continue;
        marked_note(&source, strtoll((char *)bytes + begin, NULL, 10));
        begin = at + 1;
    }
    free(bytes);
}

/* What stands in the file now is what a sync makes safe. */
static int disk_sync(const weir_sys *sys, int fd)
{
    (void)sys;
    if (++disk.syncs == disk.fail_at)
        return -EIO;
    note_lines(rig_path("log"));
    return weir_sys_posix.sync_data(&weir_sys_posix, fd);
}

static weir_rt *rt_with(const char *driver, unsigned fail_at)
{
    weir_error error;
    disk.syncs = 0;
    disk.fail_at = fail_at;
    weir_sys_wrap(&disk.sys, NULL);
    disk.sys.sync = disk.sys.sync_data = disk_sync;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &disk.sys}, &error);
    assert_non_null(rt);
    return rt;
}

/* ---- lines with marks between ---- */

static weir_line line_of(int64_t item, void *arg)
{
    static char texts[MARKED_ITEMS_MAX + 1][8];
    (void)arg;
    int n = snprintf(texts[item], sizeof texts[item], "%d\n", (int)item);
    return (weir_line){texts[item], (size_t)n};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line)

static weir_stream *lines(uint64_t seed)
{
    weir_stream *stream = marked_stream(&source, seed, 1, 100);
    source.fails = false;
    return weir_map(stream, &line_fn, NULL);
}

static weir_writer *log_writer(void)
{
    return weir_file_writer(rig_path("log"), &WEIR_FILE_OPTIONS(.append = true, .cut_torn = true));
}

static void nothing_is_kept_behind_a_failed_sync(void **state)
{
    uint64_t n;
    weir_error error;
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (unsigned fail_at = 0; fail_at < 6; fail_at++) {
            weir_rt *rt = rt_with(rig_drivers[d], fail_at);
            weir_state got = weir_rt_run(rt, weir_forward(lines(1), log_writer()), &n, &error);
            assert_int_equal(got, fail_at ? WEIR_ERROR : WEIR_READY);
            weir_rt_drop(rt);
            assert_int_equal(source.early, 0);
            assert_int_equal(source.given, source.kept + source.lost);
            assert_true(fail_at == 1 ? source.lost > 0 : fail_at || !source.lost);
            if (fail_at) {
                assert_int_equal(error.number, EIO);
                assert_int_equal(disk.syncs, fail_at); /* no other one makes up for it */
            }
            unlink(rig_path("log"));
        }
}

static void what_replaces_a_file_is_refused(void **state)
{
    uint64_t n;
    weir_error error;
    (void)state;
    weir_rt *rt = rt_with("sim", 0);
    weir_stream *s = weir_forward(lines(1), weir_file_writer(rig_path("log"), NULL));
    assert_int_equal(weir_rt_run(rt, s, &n, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "'file_writer' makes nothing safe before it is closed"));
    assert_non_null(strstr(error.cure, "append"));
    assert_int_equal(rig_entries("log"), 0);
    s = weir_forward(weir_take(lines(2), 40), weir_file_writer(rig_path("log"), NULL));
    assert_int_equal(weir_rt_run(rt, s, &n, &error), WEIR_READY);
    assert_true(source.kept && !source.early);
    weir_rt_drop(rt);
    unlink(rig_path("log"));
}

static void what_is_no_file_keeps_nothing(void **state)
{
    uint64_t n;
    weir_error error;
    (void)state;
    weir_rt *rt = rt_with("sim", 0);
    weir_stream *s =
        weir_forward(lines(1), weir_file_writer("/dev/null", &WEIR_FILE_OPTIONS(.append = true)));
    assert_int_equal(weir_rt_run(rt, s, &n, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "'/dev/null' is no regular file"));
    assert_int_equal(source.kept, 0);
    weir_rt_drop(rt);
}

/* What gives no mark before its end, over a source that waits for one of them. */
static void held_to_the_end(void **state)
{
    static const unsigned limits[] = {1, 3, 7, MARKED_ITEMS_MAX};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        weir_error error;
        uint64_t n;
        weir_rt *rt = rt_with("sim", 0);
        weir_stream *s = weir_take(lines(2), 90);
        source.open = limits[i];
        s = weir_forward(weir_sort(s, NULL), log_writer());
        weir_state got = weir_rt_run(rt, s, &n, &error);
        weir_rt_drop(rt);
        assert_int_equal(source.early, 0);
        if (i == 3) {
            assert_int_equal(got, WEIR_READY);
            assert_true(source.kept > 7);
        } else {
            assert_int_equal(got, WEIR_ERROR);
            assert_int_equal(error.code, WEIR_E_LIMIT);
            char text[80];
            snprintf(text, sizeof text, "'sort' holds all marks to the end, %u by now", limits[i]);
            assert_non_null(strstr(error.message, text));
            assert_non_null(strstr(error.cure, "marks_max"));
            assert_int_equal(source.given, limits[i]);
            assert_int_equal(source.lost, limits[i]);
        }
        unlink(rig_path("log"));
    }
}

/* ---- torn lines ---- */

static void expect_cut(const char *before, size_t n, const char *after, size_t kept)
{
    weir_error error;
    uint64_t written;
    rig_write(rig_path("log"), before, n);
    weir_stream *s = weir_copy(weir_memory_reader("new\n", 4), log_writer());
    assert_int_equal(weir_run(s, &written, &error), WEIR_READY);
    char *whole = malloc(kept + 4);
    memcpy(whole, after, kept);
    memcpy(whole + kept, "new\n", 4);
    assert_true(rig_is(rig_path("log"), whole, kept + 4));
    free(whole);
    unlink(rig_path("log"));
}

static void torn_lines_are_cut(void **state)
{
    static char large[9000];
    (void)state;
    expect_cut("", 0, "", 0);
    expect_cut("a\nb\n", 4, "a\nb\n", 4);
    expect_cut("a\nb", 3, "a\n", 2);
    expect_cut("torn", 4, "", 0);
    memset(large, 'x', sizeof large);
    expect_cut(large, sizeof large, "", 0);
    for (size_t at = 0; at < sizeof large; at += 1 + at / 3) {
        large[at] = '\n';
        expect_cut(large, sizeof large, large, at + 1);
    }
    rig_write(rig_path("log"), "a\nb", 3);
    weir_error error;
    weir_stream *s =
        weir_copy(weir_memory_reader("c\n", 2),
                  weir_file_writer(rig_path("log"), &WEIR_FILE_OPTIONS(.append = true)));
    assert_int_equal(weir_run(s, NULL, &error), WEIR_READY);
    assert_true(rig_is(rig_path("log"), "a\nbc\n", 5)); /* only where it is asked for */
    unlink(rig_path("log"));
}

int io_settling(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_behind_a_failed_sync),
        cmocka_unit_test(what_replaces_a_file_is_refused),
        cmocka_unit_test(what_is_no_file_keeps_nothing),
        cmocka_unit_test(held_to_the_end),
        cmocka_unit_test(torn_lines_are_cut),
    };
    return cmocka_run_group_tests_name("settling", tests, rig_setup, rig_teardown);
}
