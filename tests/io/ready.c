/* Descriptors: waiting until they are ready, and moving what goes without waiting; on each driver,
 * and with kernels that cannot promise not to wait. */

#include "ends.h"

#include "doubles.h"

static const char *driver;
static bool old_kernel;

/* What happens in a test, one step a poll: a step answers PENDING, and goes on when it is woken. */
struct story {
    int ends[2];
    weir_reader *reader;
    weir_writer *writer;
    unsigned step;
    unsigned waits;
    size_t held; /* memory before it waited */
};

static weir_poll told(void *out)
{
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void tell(weir_poll_function *fn, struct story *story)
{
    weir_rt *rt = ends_rt(driver, old_kernel);
    weir_error error = {0};
    weir_state state = weir_rt_run(rt, weir_future_fn(&weir_type_unit, fn, story), NULL, &error);
    if (state != WEIR_READY)
        fail_msg("%s: %s", driver, error.message);
    weir_drop(story->reader);
    weir_drop(story->writer);
    weir_rt_drop(rt);
}

static void on_all(weir_poll_function *fn, enum ends_kind last, bool writes)
{
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int old = 0; old < 2; old++)
            for (enum ends_kind kind = ENDS_PIPE; kind <= last; kind++) {
                struct story story = {0};
                driver = rig_drivers[d];
                old_kernel = old;
                ends_make(kind, story.ends);
                if (writes)
                    story.writer = weir_fd_writer(story.ends[1], "ends");
                else
                    story.reader = weir_fd_reader(story.ends[0], "ends");
                tell(fn, &story);
                ends_close(story.ends);
            }
}

static void put(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* It waits; bytes come; they are read without a block; it ends. */
static weir_poll read_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct story *story = arg;
    char got[8];
    (void)demand;
    for (;;) {
        weir_poll ready = weir_poll_ready(story->reader, cx);
        if (ready.state == WEIR_PENDING) {
            story->waits++;
            if (story->waits == 1)
                put(story->ends[1], "abcdefghij");
            else
                close(story->ends[1]), story->ends[1] = -1;
            return ready;
        }
        assert_int_equal(ready.state, WEIR_READY);
        int64_t n;
        assert_int_equal(weir_readable_bytes(story->reader),
                         story->step < 2 ? 10 - 8 * story->step : 0);
        WEIR_CONTINUE_ON_BLOCK(n, weir_try_read(story->reader, got, sizeof got));
        if (story->step == 0)
            assert_memory_equal(got, "abcdefgh", 8);
        if (story->step == 1)
            assert_memory_equal(got, "ij", 2);
        assert_int_equal(n, story->step == 0 ? 8 : story->step == 1 ? 2 : 0);
        if (story->step++ == 2)
            break;
    }
    assert_int_equal(story->waits, 2);
    assert_int_equal(story->reader->offset, 10);
    assert_int_equal(weir_poll_fill(story->reader, cx, 1).state, WEIR_END);
    return told(out);
}

static void what_is_there_is_read(void **state)
{
    (void)state;
    on_all(read_story, ENDS_FIFO, false);
}

/* The other side leaves behind bytes that nobody read. */
static weir_poll hup_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct story *story = arg;
    (void)demand;
    if (!story->step) {
        assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_PENDING);
        put(story->ends[1], "abc");
    }
    weir_poll got = weir_poll_hup(story->reader, cx);
    if (!story->step++) {
        assert_int_equal(got.state, WEIR_PENDING);
        close(story->ends[1]);
        story->ends[1] = -1;
        return got;
    }
    if (got.state == WEIR_PENDING) /* woken by the bytes */
        return got;
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(weir_poll_fill(story->reader, cx, 3).n, 3);
    return told(out);
}

static void the_other_side_has_gone(void **state)
{
    (void)state;
    on_all(hup_story, ENDS_FIFO, false);
}

/* It is filled without a wait, waits for room, and has some. */
static weir_poll write_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static char bytes[4096];
    struct story *story = arg;
    (void)demand;
    if (!story->step++)
        assert_int_equal(weir_try_write(story->writer, bytes, 1), WEIR_WOULD_BLOCK);
    if (story->waits) {
        weir_poll room = weir_poll_room(story->writer, cx);
        if (room.state == WEIR_PENDING)
            return room;
        assert_int_equal(room.state, WEIR_READY);
        assert_in_range(weir_try_write(story->writer, bytes, sizeof bytes), 1, sizeof bytes);
        return told(out);
    }
    assert_int_equal(weir_poll_room(story->writer, cx).state, WEIR_READY);
    int64_t n, all = 0;
    while ((n = weir_try_write(story->writer, bytes, sizeof bytes)) > 0)
        all += n;
    assert_true(n == WEIR_WOULD_BLOCK);
    assert_int_equal(weir_stage_n(&story->writer->stage), all);
    weir_poll room = weir_poll_room(story->writer, cx);
    assert_int_equal(room.state, WEIR_PENDING);
    story->waits++;
    for (int64_t got = 0; got < all; got += n)
        assert_true((n = read(story->ends[0], bytes, sizeof bytes)) > 0);
    return room;
}

static void there_is_room_again(void **state)
{
    (void)state;
    on_all(write_story, ENDS_FIFO, true);
}

/* Nobody reads any more: a call that does not wait says that something is wrong, the next write
 * says what. */
static weir_poll broken_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct story *story = arg;
    (void)demand;
    assert_int_equal(weir_poll_room(story->writer, cx).state, WEIR_READY);
    close(story->ends[0]);
    story->ends[0] = -1;
    int64_t n = weir_try_write(story->writer, "a", 1);
    assert_true(n < 0 && n != WEIR_WOULD_BLOCK && n != WEIR_CANNOT_TRY);
    assert_int_equal(weir_try_write(story->writer, "a", 1), n);
    assert_int_equal(weir_poll_room(story->writer, cx).state, WEIR_READY);
    assert_int_equal(weir_poll_write(story->writer, cx, "a", 1).state, WEIR_ERROR);
    assert_int_equal(cx->error.number, EPIPE);
    return told(out);
}

static void a_broken_pipe_is_told_by_the_next_write(void **state)
{
    (void)state;
    on_all(broken_story, ENDS_FIFO, true);
}

/* Dropped while it waits for all there is to wait for; with the runtime, or before it. */
static weir_poll dropping_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static char bytes[4096];
    struct story *story = arg;
    (void)demand;
    story->reader = weir_fd_reader(story->ends[0], "ends");
    assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_PENDING);
    assert_int_equal(weir_poll_hup(story->reader, cx).state, WEIR_PENDING);
    assert_int_equal(weir_poll_room(story->writer, cx).state, WEIR_READY);
    while (weir_try_write(story->writer, bytes, sizeof bytes) > 0)
        continue;
    assert_int_equal(weir_poll_room(story->writer, cx).state, WEIR_PENDING);
    if (old_kernel) {
        weir_drop(story->reader);
        weir_drop(story->writer);
        story->reader = NULL;
        story->writer = NULL;
    }
    return told(out);
}

static void halves_are_dropped_while_they_wait(void **state)
{
    (void)state;
    on_all(dropping_story, ENDS_FIFO, true);
}

/* ---- errors of reads ---- */

static int64_t fail_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys, (void)fd, (void)out, (void)n;
    return -EIO;
}

static weir_poll failing_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct story *story = arg;
    char got;
    (void)demand;
    assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_READY);
    assert_int_equal(weir_try_read(story->reader, &got, 1), -EIO);
    assert_int_equal(weir_readable_bytes(story->reader), 0);
    assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_READY);
    assert_int_equal(weir_poll_fill(story->reader, cx, 1).state, WEIR_ERROR);
    assert_int_equal(cx->error.number, EIO);
    return told(out);
}

/* As a terminal's at its end: it is told once. */
static bool ended;

static int64_t end_once(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys, (void)fd, (void)out, (void)n;
    int64_t got = ended ? -EAGAIN : 0;
    ended = true;
    return got;
}

static weir_poll ending_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct story *story = arg;
    char got;
    (void)demand;
    assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_READY);
    assert_int_equal(weir_try_read(story->reader, &got, 1), 0);
    assert_int_equal(weir_try_read(story->reader, &got, 1), 0);
    assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_READY);
    assert_int_equal(weir_poll_fill(story->reader, cx, 1).state, WEIR_END);
    return told(out);
}

static void read_by(int64_t (*read_now)(const weir_sys *sys, int fd, void *out, size_t n),
                    weir_poll_function *fn)
{
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct story story = {0};
        weir_sys sys;
        ended = false;
        weir_sys_wrap(&sys, NULL);
        sys.read_now = read_now;
        ends_make(ENDS_PIPE, story.ends);
        put(story.ends[1], "a");
        story.reader = weir_fd_reader(story.ends[0], "ends");
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = rig_drivers[d], .sys = &sys}, NULL);
        assert_int_equal(weir_rt_run(rt, weir_future_fn(&weir_type_unit, fn, &story), NULL, NULL),
                         WEIR_READY);
        weir_drop(story.reader);
        weir_rt_drop(rt);
        ends_close(story.ends);
    }
}

static void an_error_is_told_by_the_next_fill(void **state)
{
    (void)state;
    read_by(fail_read_now, failing_story);
}

static void an_end_is_told_by_the_next_fill(void **state)
{
    (void)state;
    read_by(end_once, ending_story);
}

/* ---- files ---- */

static weir_poll file_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct story *story = arg;
    char got[8];
    (void)demand;
    assert_int_equal(weir_poll_ready(story->reader, cx).state, WEIR_READY);
    assert_int_equal(weir_try_read(story->reader, got, 3), 3);
    assert_memory_equal(got, "abc", 3);
    assert_int_equal(weir_poll_fill(story->reader, cx, 1).n, 2);
    assert_int_equal(weir_try_read(story->reader, got, 8), 2);
    assert_int_equal(weir_poll_hup(story->reader, cx).state, WEIR_PENDING);
    assert_int_equal(weir_try_read(story->reader, got, 8), 0);
    assert_int_equal(weir_poll_room(story->writer, cx).state, WEIR_READY);
    assert_int_equal(weir_try_write(story->writer, "fg", 2), 2);
    assert_int_equal(weir_poll_fill(story->reader, cx, 1).state, WEIR_END);
    return told(out);
}

static void files_never_wait(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct story story = {0};
        driver = rig_drivers[d];
        story.ends[0] = open(rig_path("file"), O_RDWR | O_CREAT | O_TRUNC, 0600);
        put(story.ends[0], "abcde");
        assert_int_equal(lseek(story.ends[0], 0, SEEK_SET), 0);
        story.reader = weir_fd_reader(story.ends[0], "file");
        story.writer = weir_fd_writer(story.ends[0], "file");
        tell(file_story, &story);
        close(story.ends[0]);
    }
}

/* ---- what waits holds no block ---- */

enum { IDLE = 200 };

static weir_poll idle_story(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static char shared[64];
    weir_reader **readers = ((weir_reader ***)arg)[0];
    int(*pipes)[2] = ((void **)arg)[1];
    (void)demand;
    size_t before = memory.live_bytes;
    for (size_t i = 0; i < IDLE; i++)
        assert_int_equal(weir_poll_ready(readers[i], cx).state, WEIR_PENDING);
    assert_in_range(memory.live_bytes - before, 0, IDLE * 320 + 65536);
    for (size_t i = 0; i < IDLE; i++) {
        put(pipes[i][1], "hello");
        assert_int_equal(weir_try_read(readers[i], shared, sizeof shared), 5);
    }
    assert_in_range(memory.live_bytes - before, 0, IDLE * 320 + 65536);
    return told(out);
}

static void one_buffer_serves_many_pipes(void **state)
{
    static weir_reader *readers[IDLE];
    static int pipes[IDLE][2];
    void *arg[] = {readers, pipes};
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        memory_begin(0, false);
        weir_rt *rt = ends_rt(rig_drivers[d], false);
        for (size_t i = 0; i < IDLE; i++) {
            assert_int_equal(pipe(pipes[i]), 0);
            readers[i] = weir_fd_reader(pipes[i][0], "pipe");
        }
        assert_int_equal(
            weir_rt_run(rt, weir_future_fn(&weir_type_unit, idle_story, arg), NULL, NULL),
            WEIR_READY);
        for (size_t i = 0; i < IDLE; i++) {
            weir_drop(readers[i]);
            ends_close(pipes[i]);
        }
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
}

int io_ready(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_read),
        cmocka_unit_test(the_other_side_has_gone),
        cmocka_unit_test(there_is_room_again),
        cmocka_unit_test(a_broken_pipe_is_told_by_the_next_write),
        cmocka_unit_test(halves_are_dropped_while_they_wait),
        cmocka_unit_test(an_error_is_told_by_the_next_fill),
        cmocka_unit_test(an_end_is_told_by_the_next_fill),
        cmocka_unit_test(files_never_wait),
        cmocka_unit_test(one_buffer_serves_many_pipes),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
