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

int bytes_misuse(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writers), cmocka_unit_test(readers)};
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
