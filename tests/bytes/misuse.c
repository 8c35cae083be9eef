/* Readers and writers that break the contract: in checking builds the program ends with a sentence
 * that names them, in others it is an error like every other one. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "doubles.h"

/* ---- what they do ---- */

static weir_poll take_more(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer, (void)cx, (void)bytes;
    return (weir_poll){(uint32_t)n + 1, WEIR_READY};
}

static weir_poll take_all(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer, (void)cx, (void)bytes;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll mark_bytes(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    static weir_mark mark;
    (void)writer, (void)bytes, (void)n;
    return weir_mark_give(cx, &mark);
}

static weir_poll mute_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer, (void)cx, (void)bytes, (void)n;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll mute_close(weir_writer *writer, weir_cx *cx)
{
    (void)writer, (void)cx;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll mark_flush(weir_writer *writer, weir_cx *cx)
{
    return mark_bytes(writer, cx, NULL, 0);
}

static bool give(weir_reader *reader)
{
    unsigned char *room = weir_reader_room(reader, 3);
    if (!room)
        return false;
    memcpy(room, "abc", 3);
    reader->end += 3;
    return true;
}

static weir_poll consume_itself(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx, (void)min;
    if (!give(reader))
        test_abort("no memory");
    weir_consume(reader, 1);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll run_past(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx, (void)min;
    if (!give(reader))
        test_abort("no memory");
    reader->begin = reader->end + 1;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll mark_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader, (void)min;
    return mark_bytes(NULL, cx, NULL, 0);
}

static weir_poll mute_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader, (void)cx, (void)min;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll end_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader, (void)cx, (void)min;
    return (weir_poll){0, WEIR_END};
}

static weir_poll eat_when_ready(weir_reader *reader, weir_cx *cx)
{
    (void)cx;
    reader->offset++;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll mark_ready(weir_reader *reader, weir_cx *cx)
{
    return mark_fill(reader, cx, 1);
}

static weir_poll mute_room(weir_writer *writer, weir_cx *cx)
{
    return mute_close(writer, cx);
}

static weir_poll forget_to_wait(weir_writer *writer, weir_cx *cx)
{
    (void)writer, (void)cx;
    /* weir-lint: allow(pending_without_waker) what the contract finds */
    return (weir_poll){0, WEIR_PENDING};
}

static int64_t read_too_much(weir_reader *reader, void *out, size_t n)
{
    (void)reader, (void)out;
    return (int64_t)n + 1;
}

static int64_t write_too_much(weir_writer *writer, const void *bytes, size_t n)
{
    (void)writer, (void)bytes;
    return (int64_t)n + 1;
}

/* ---- what becomes of it ---- */

#ifndef WEIR_CHECKS
#define WEIR_CHECKS 0
#endif

/* What the program that runs this says on stderr, when it is ended. */
static void expect_death(weir_stream *copy, const char *sentence)
{
    int ends[2], status = 0;
    char said[256] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        await(copy, NULL, NULL);
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (n <= 0 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || !strstr(said, sentence))
        fail_msg("it should die with '%s', and says: %s", sentence, said);
    weir_drop(copy);
}

static void expect_error(weir_stream *copy, const char *sentence)
{
    weir_error error;
    assert_int_equal(await(copy, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_true(error.fatal);
    if (!strstr(error.message, sentence))
        fail_msg("'%s' is missing in: %s", sentence, error.message);
}

static void expect_breach(weir_stream *copy, const char *death, const char *error)
{
    if (WEIR_CHECKS)
        expect_death(copy, death);
    else
        expect_error(copy, error);
}

static void writers(void **state)
{
    static const struct {
        weir_writer_ops ops;
        const char *death;
        const char *error;
    } breaches[] = {
        {{.name = "greedy", .poll_write = take_more},
         "greedy took more bytes than it was offered",
         "'greedy' says that it took 4 of 3 bytes"},
        {{.name = "marker", .poll_write = mark_bytes}, "marker answered MARK", "answered MARK"},
        {{.name = "marker", .poll_write = take_all, .poll_close = mark_flush},
         "marker answered MARK",
         "'marker' answered MARK"},
        {{.name = "mute", .poll_write = mute_write},
         "mute answered ERROR and described none",
         "'mute' failed and described no error"},
        {{.name = "mute", .poll_write = take_all, .poll_close = mute_close},
         "mute answered ERROR and described none",
         "'mute' failed and described no error"}};
    (void)state;
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        weir_writer *writer = weir_writer_new(sizeof *writer, &breaches[i].ops);
        expect_breach(weir_copy(weir_memory_reader("abc", 3), writer), breaches[i].death,
                      breaches[i].error);
    }
}

static void readers(void **state)
{
    static const struct {
        weir_reader_ops ops;
        const char *death;
        const char *error;
    } breaches[] = {{{.name = "eater", .poll_fill = consume_itself},
                     "eater moved past the bytes in hand, or consumed them itself",
                     "'eater' moved past the bytes in hand, or consumed them itself"},
                    {{.name = "runner", .poll_fill = run_past},
                     "runner moved past the bytes in hand",
                     "'runner' moved past the bytes in hand"},
                    {{.name = "marker", .poll_fill = mark_fill},
                     "marker answered MARK: bytes carry no marks",
                     "'marker' answered MARK: bytes carry no marks"},
                    {{.name = "mute", .poll_fill = mute_fill},
                     "mute answered ERROR and described none",
                     "'mute' failed and described no error"}};
    (void)state;
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        struct sink sink = {0};
        weir_reader *reader = weir_reader_new(sizeof *reader, &breaches[i].ops);
        expect_breach(weir_copy(reader, sink_writer(&sink)), breaches[i].death, breaches[i].error);
        assert_int_equal(sink.n, 0);
        sink_fini(&sink);
    }
}

/* What only a checking build sees: in others there is nothing that could go wrong by it. */
static void expect_breach_if_checked(weir_stream *stream, const char *death)
{
    if (WEIR_CHECKS)
        expect_death(stream, death);
    else
        weir_drop(stream);
}

static void what_waits(void **state)
{
    static const weir_reader_ops eater = {
        .size = sizeof eater, .name = "eater", .poll_fill = end_fill, .poll_ready = eat_when_ready};
    static const weir_reader_ops marker = {
        .size = sizeof marker, .name = "marker", .poll_fill = end_fill, .poll_hup = mark_ready};
    static const weir_writer_ops mute = {
        .size = sizeof mute, .name = "mute", .poll_write = take_all, .poll_room = mute_room};
    static const weir_writer_ops sleeper = {.size = sizeof sleeper,
                                            .name = "sleeper",
                                            .poll_write = take_all,
                                            .poll_room = forget_to_wait};
    weir_reader *readers[] = {weir_reader_new(sizeof(weir_reader), &eater),
                              weir_reader_new(sizeof(weir_reader), &marker)};
    weir_writer *writers[] = {weir_writer_new(sizeof(weir_writer), &mute),
                              weir_writer_new(sizeof(weir_writer), &sleeper)};
    (void)state;
    expect_breach_if_checked(weir_ready((weir_duplex){readers[0], NULL}, WEIR_INTEREST_READ),
                             "eater took bytes, and was asked whether there are any");
    expect_breach(weir_ready((weir_duplex){readers[1], NULL}, WEIR_INTEREST_HUP),
                  "marker answered MARK", "'marker' answered MARK: bytes carry no marks");
    expect_breach(weir_ready((weir_duplex){NULL, writers[0]}, WEIR_INTEREST_WRITE),
                  "mute answered ERROR and described none", "'mute' failed and described no error");
    expect_breach_if_checked(weir_ready((weir_duplex){NULL, writers[1]}, WEIR_INTEREST_WRITE),
                             "sleeper answered PENDING and stored no waker");
    for (size_t i = 0; i < 2; i++) {
        weir_drop(readers[i]);
        weir_drop(writers[i]);
    }
}

static weir_reader *greedy_reader;
static weir_writer *greedy_writer;

static weir_poll try_reading(weir_reader *reader, weir_cx *cx, size_t min)
{
    char out[4];
    weir_try_read(greedy_reader, out, sizeof out);
    return end_fill(reader, cx, min);
}

static weir_poll try_writing(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_try_write(greedy_writer, "abc", 3);
    return end_fill(reader, cx, min);
}

/* Memory that was not given is written to, or such bytes are taken for ones that were. */
static void what_tries(void **state)
{
    static const weir_reader_ops reads = {
        .size = sizeof reads, .name = "greedy", .poll_fill = end_fill, .try_read = read_too_much};
    static const weir_writer_ops writes = {.size = sizeof writes,
                                           .name = "greedy",
                                           .poll_write = take_all,
                                           .try_write = write_too_much};
    static const weir_reader_ops tries[] = {{.name = "tries", .poll_fill = try_reading},
                                            {.name = "tries", .poll_fill = try_writing}};
    (void)state;
    greedy_reader = weir_reader_new(sizeof(weir_reader), &reads);
    greedy_writer = weir_writer_new(sizeof(weir_writer), &writes);
    for (size_t i = 0; i < 2; i++)
        expect_death(weir_copy(weir_reader_new(sizeof(weir_reader), &tries[i]), weir_null_writer()),
                     "greedy moved more bytes than it was asked for");
    weir_drop(greedy_reader);
    weir_drop(greedy_writer);
}

int bytes_misuse(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writers), cmocka_unit_test(readers),
                                       cmocka_unit_test(what_waits), cmocka_unit_test(what_tries)};
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
