/* Files that are read here and there, and sections of files. */

#include "../driver/rig.h"

#include <sys/stat.h>

enum { SIZE = 3 * WEIR_BLOCK_BYTES + 99 };

static uint64_t seek(weir_rt *rt, weir_reader *reader, weir_whence whence, int64_t offset)
{
    uint64_t at = UINT64_MAX;
    weir_error error;
    weir_state ran = weir_rt_run(rt, weir_seek(reader, whence, offset), &at, &error);
    return ran == WEIR_READY ? at : UINT64_MAX;
}

/* Reads n bytes, or up to the end, and looks whether they are those that stand there. */
static size_t read_some(weir_rt *rt, weir_reader *reader, uint64_t from, size_t n)
{
    static unsigned char place[SIZE + 1];
    weir_read_buf buf = weir_read_buf_of(place, n);
    weir_error error;
    weir_state ran = weir_rt_run(rt, weir_read_exact(reader, &buf), NULL, &error);
    assert_true(ran == WEIR_READY || error.code == WEIR_E_TRUNCATED);
    for (size_t i = 0; i < buf.filled; i++)
        assert_int_equal(place[i], rig_byte((size_t)from + i));
    return buf.filled;
}

static unsigned long drawn(unsigned long *state, unsigned long n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % n;
}

/* From wherever it stands to wherever is drawn, also past the end, and back behind an end. */
static void here_and_there(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    rig_make(rig_path("a"), SIZE);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = rig_drivers[d]}, NULL);
        weir_reader *reader = weir_file_reader(rig_path("a"));
        unsigned long seed = 7 + d;
        uint64_t at = 0;
        for (int i = 0; i < 120; i++) {
            weir_whence whence = (weir_whence)drawn(&seed, 3);
            uint64_t to = drawn(&seed, SIZE + 1000);
            if (i % 3 == 0) /* not far */
                to = at + drawn(&seed, 5000);
            int64_t from = whence == WEIR_SEEK_START     ? 0
                           : whence == WEIR_SEEK_CURRENT ? (int64_t)at
                                                         : SIZE;
            assert_int_equal(seek(rt, reader, whence, (int64_t)to - from), to);
            assert_int_equal(weir_stream_position(reader), to);
            size_t n = drawn(&seed, i % 5 ? 3000 : SIZE);
            size_t left = to < SIZE ? SIZE - (size_t)to : 0;
            size_t got = read_some(rt, reader, to, n);
            assert_int_equal(got, n < left ? n : left);
            at = to + got;
        }
        weir_drop(reader);
        weir_rt_drop(rt);
    }
    assert_int_equal(rig_open_fds(), fds);
}

static void what_is_in_hand_is_kept(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SIZE);
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll"}, NULL);
    weir_reader *reader = weir_file_reader(rig_path("a"));
    assert_int_equal(read_some(rt, reader, 0, 10), 10);
    unlink(rig_path("a")); /* nobody opens it again */
    const unsigned char *base = reader->base;
    assert_int_equal(seek(rt, reader, WEIR_SEEK_CURRENT, 1000), 1010);
    assert_ptr_equal(reader->base, base);
    assert_true(reader->end > reader->begin);
    assert_int_equal(read_some(rt, reader, 1010, 10), 10);
    assert_int_equal(weir_stage_n(&reader->stage), 20); /* what was left out was not read */
    weir_drop(reader);
    weir_rt_drop(rt);
}

static void refused(void **state)
{
    (void)state;
    weir_error error;
    rig_make(rig_path("a"), 100);
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll"}, NULL);
    weir_reader *reader = weir_file_reader(rig_path("a"));
    weir_stream *future = weir_seek(reader, WEIR_SEEK_START, -1);
    assert_int_equal(weir_rt_run(rt, future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "a seek of 'file_reader' by -1 bytes: before the start");
    assert_int_equal(read_some(rt, reader, 0, 50), 50); /* it stands where it stood */
    assert_int_equal(seek(rt, reader, WEIR_SEEK_END, -101), UINT64_MAX);
    assert_int_equal(seek(rt, reader, WEIR_SEEK_CURRENT, INT64_MIN), UINT64_MAX);
    assert_int_equal(seek(rt, reader, WEIR_SEEK_CURRENT, INT64_MAX), UINT64_MAX);
    assert_int_equal(read_some(rt, reader, 50, 50), 50);
    weir_drop(reader);
    reader = weir_file_reader(rig_path("none"));
    assert_int_equal(weir_rt_run(rt, weir_seek(reader, WEIR_SEEK_END, 0), NULL, &error),
                     WEIR_ERROR);
    assert_int_equal(error.number, ENOENT);
    weir_drop(reader);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
    reader = weir_file_reader(path);
    assert_int_equal(weir_rt_run(rt, weir_seek(reader, WEIR_SEEK_END, 0), NULL, &error),
                     WEIR_ERROR);
    assert_non_null(strstr(error.message, "is no file that one can seek in"));
    weir_drop(reader);
    close(fds[0]);
    close(fds[1]);
    weir_rt_drop(rt);
}

/* ---- calls that fail ---- */

struct failing {
    weir_sys sys;
    int error;
};

static int64_t fail_seek(const weir_sys *sys, int fd, int64_t offset, int whence)
{
    (void)fd;
    (void)offset;
    (void)whence;
    return ((const struct failing *)sys)->error;
}

static void the_end_cannot_be_had(void **state)
{
    (void)state;
    struct failing failing = {.error = -EIO};
    weir_error error;
    rig_make(rig_path("a"), 100);
    weir_sys_wrap(&failing.sys, NULL);
    failing.sys.seek = fail_seek;
    weir_rt_options options = {.driver = "epoll", .sys = &failing.sys};
    weir_rt *rt = weir_rt_new(&options, NULL);
    weir_reader *reader = weir_file_reader(rig_path("a"));
    assert_int_equal(weir_rt_run(rt, weir_seek(reader, WEIR_SEEK_END, 0), NULL, &error),
                     WEIR_ERROR);
    assert_int_equal(error.number, EIO);
    assert_int_equal(seek(rt, reader, WEIR_SEEK_START, 40), 40); /* which asks nobody */
    assert_int_equal(read_some(rt, reader, 40, 60), 60);
    weir_drop(reader);
    weir_rt_drop(rt);
}

/* ---- sections ---- */

static void sections_of_one_file(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SIZE);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = rig_drivers[d]}, NULL);
        weir_reader *a = weir_section_reader(weir_file_reader(rig_path("a")), 1000, 5000);
        weir_reader *b =
            weir_section_reader(weir_file_reader(rig_path("a")), WEIR_BLOCK_BYTES - 10, UINT64_MAX);
        assert_int_equal(read_some(rt, a, 1000, 100), 100);
        assert_int_equal(read_some(rt, b, WEIR_BLOCK_BYTES - 10, 100), 100);
        assert_int_equal(read_some(rt, a, 1100, SIZE), 4900);
        assert_int_equal(weir_stream_position(a), 5000);
        assert_int_equal(seek(rt, a, WEIR_SEEK_END, -10), 4990);
        assert_int_equal(read_some(rt, a, 5990, 100), 10);
        assert_int_equal(seek(rt, a, WEIR_SEEK_START, 7), 7);
        assert_int_equal(read_some(rt, a, 1007, 100), 100);
        assert_int_equal(seek(rt, a, WEIR_SEEK_CURRENT, -107), 0);
        assert_int_equal(seek(rt, a, WEIR_SEEK_CURRENT, -1), UINT64_MAX);
        assert_int_equal(read_some(rt, a, 1000, 10), 10);
        assert_int_equal(seek(rt, a, WEIR_SEEK_START, 6000), 6000);
        assert_int_equal(read_some(rt, a, 0, 1), 0);
        assert_int_equal(read_some(rt, b, WEIR_BLOCK_BYTES + 90, SIZE),
                         SIZE - WEIR_BLOCK_BYTES - 90);
        weir_drop(a);
        weir_drop(b);
        weir_rt_drop(rt);
    }
}

int io_seek(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(here_and_there),
        cmocka_unit_test(what_is_in_hand_is_kept),
        cmocka_unit_test(refused),
        cmocka_unit_test(the_end_cannot_be_had),
        cmocka_unit_test(sections_of_one_file),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
