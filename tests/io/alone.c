/* Everything that asks the system: what it says where there is no runtime, no memory to build it
 * of, and before it began. */

#include "../driver/rig.h"

#include <signal.h>

#include "doubles.h"
#include "weir/process.h"
#include "weir/signals.h"
#include "weir/sort.h"
#include "weir/watch.h"

static struct test_cx test;

static weir_reader *of_fd(void)
{
    return weir_fd_reader(STDIN_FILENO, "some input");
}

static weir_reader *of_file(void)
{
    return weir_file_reader("/dev/null");
}

static weir_reader *of_command(void)
{
    return weir_exec_reader("true");
}

static weir_reader *of_tail(void)
{
    return weir_tail("/dev/null", NULL);
}

static weir_reader *of_opened(void)
{
    return weir_open("/dev/null");
}

static const struct {
    const char *name;
    weir_reader *(*make)(void);
} readers[] = {
    {"fd_reader", of_fd},     {"fd_reader", weir_stdin_reader},
    {"file_reader", of_file}, {"exec", of_command},
    {"tail", of_tail},        {"file_reader", of_opened},
};

static weir_writer *to_fd(void)
{
    return weir_fd_writer(STDOUT_FILENO, "some output");
}

static weir_writer *to_file(void)
{
    return weir_file_writer(rig_path("out"), NULL);
}

static weir_writer *to_command(void)
{
    return weir_exec_writer("true");
}

static const struct {
    const char *name;
    weir_writer *(*make)(void);
} writers[] = {
    {"fd_writer", to_fd},
    {"fd_writer", weir_stdout_writer},
    {"file_writer", to_file},
    {"exec", to_command},
};

static weir_stream *entries(void)
{
    return weir_read_dir("/");
}

static weir_stream *matches(void)
{
    return weir_glob("/*");
}

static weir_stream *changes(void)
{
    return weir_watch_path("/");
}

static weir_stream *signals(void)
{
    return weir_signals(SIGUSR1);
}

static weir_stream *status_of_command(void)
{
    static const char *const argv[] = {"true", NULL};
    weir_child_parts parts = weir_exec(argv, NULL);
    weir_stream *status = parts.status;
    parts.status = NULL;
    weir_child_parts_drop(parts);
    return status;
}

static const struct {
    const char *name;
    weir_stream *(*make)(void);
} streams[] = {
    {"read_dir", entries}, {"glob", matches},           {"watch_path", changes},
    {"signals", signals},  {"exec", status_of_command},
};

#define COUNT(rows_) (sizeof(rows_) / sizeof *(rows_))

static void expect_no_runtime(weir_poll got, const char *name)
{
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(test.cx.error.message, "runtime"));
    if (!strstr(test.cx.error.message, name))
        fail_msg("%s: %s", name, test.cx.error.message);
}

static void each_needs_a_runtime(void **state)
{
    (void)state;
    test_cx_init(&test);
    for (size_t i = 0; i < COUNT(readers); i++) {
        weir_reader *reader = readers[i].make();
        expect_no_runtime(weir_poll_fill(reader, &test.cx, 1), readers[i].name);
        weir_drop(reader);
    }
    for (size_t i = 0; i < COUNT(writers); i++) {
        weir_writer *writer = writers[i].make();
        expect_no_runtime(weir_poll_write(writer, &test.cx, "x", 1), writers[i].name);
        weir_drop(writer);
    }
    for (size_t i = 0; i < COUNT(streams); i++) {
        weir_stream *stream = streams[i].make();
        _Alignas(16) unsigned char room[512];
        assert_true(stream->type->size <= sizeof room);
        expect_no_runtime(weir_poll_next(stream, &test.cx, room, 1), streams[i].name);
        weir_drop(stream);
    }
    test_cx_fini(&test);
}

/* Each says so when it is polled, and whatever was built before is gone. */
static void each_without_memory(void **state)
{
    (void)state;
    test_cx_init(&test);
    for (size_t i = 0; i < COUNT(readers) + COUNT(writers) + COUNT(streams); i++) {
        bool failed = true;
        for (unsigned long k = 1; failed; k++) {
            size_t w = i - COUNT(readers), s = w - COUNT(writers);
            _Alignas(16) unsigned char room[512];
            weir_poll got;

            memory_begin(k, true);
            test_cx_turn(&test);
            if (i < COUNT(readers)) {
                weir_reader *reader = readers[i].make();
                failed = memory.failed;
                got = weir_poll_fill(reader, &test.cx, 1);
                weir_drop(reader);
            } else if (w < COUNT(writers)) {
                weir_writer *writer = writers[w].make();
                failed = memory.failed;
                got = weir_poll_write(writer, &test.cx, "x", 1);
                weir_drop(writer);
            } else {
                weir_stream *stream = streams[s].make();
                failed = memory.failed;
                got = weir_poll_next(stream, &test.cx, room, 1);
                weir_drop(stream);
            }
            assert_int_equal(memory_end(), 0);
            assert_int_equal(got.state, WEIR_ERROR);
            assert_int_equal(test.cx.error.code, failed ? WEIR_E_MEMORY : WEIR_E_ARGUMENT);
        }
    }
    test_cx_fini(&test);
}

/* What it may come to hold, how much is known of its length, and where its bytes are from. */
static void each_tells_of_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(readers); i++) {
        weir_reader *reader = readers[i].make();
        weir_hint hint = weir_reader_size_hint(reader);
        assert_int_equal(hint.lower, 0);
        assert_in_range(weir_memory_max(reader), 1, 1 << 29);
        weir_drop(reader);
    }
    for (size_t i = 0; i < COUNT(writers); i++) {
        weir_writer *writer = writers[i].make();
        assert_in_range(weir_memory_max(writer), 1, 1 << 29);
        assert_int_equal(weir_unsent(writer), 0);
        weir_drop(writer);
    }
    for (size_t i = 0; i < COUNT(streams); i++) {
        weir_stream *stream = streams[i].make();
        assert_in_range(weir_memory_max(stream), 1, 1 << 29);
        weir_drop(stream);
    }
}

int io_alone(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_needs_a_runtime),
        cmocka_unit_test(each_without_memory),
        cmocka_unit_test(each_tells_of_itself),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
