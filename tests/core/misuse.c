/* Checking builds end a program that breaks the poll contract, with a sentence that names the
 * stage; other builds have no such checks, and the tests say that they were skipped. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "doubles.h"

static weir_poll too_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out;
    return (weir_poll){(uint32_t)demand + 1, WEIR_READY};
}

static weir_poll pending_with_items(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    /* weir-lint: allow(pending_without_waker) what the contract finds */
    return (weir_poll){1, WEIR_PENDING};
}

static weir_poll pending_unsaid(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    /* weir-lint: allow(pending_without_waker) what the contract finds */
    return (weir_poll){0, WEIR_PENDING};
}

static weir_poll error_unsaid(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)out, (void)demand;
    memset(&cx->error, 0, sizeof cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll ready(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)demand;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_READY};
}

static int64_t out[4];

/* What the program that polls this says on stderr, if it was ended. */
static bool dies_saying(weir_stream *stream, const char *sentence)
{
    int ends[2];
    char said[256] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        struct test_cx test;
        test_cx_init(&test);
        dup2(ends[1], STDERR_FILENO);
        weir_ignore(weir_poll_next(stream, &test.cx, out, 1));
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return n > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, sentence);
}

static void checks_only(void)
{
#if !defined(WEIR_CHECKS) || !WEIR_CHECKS
    skip();
#endif
}

static void test_each_breach_has_its_sentence(void **state)
{
    static const struct {
        weir_stream_ops ops;
        const char *sentence;
    } breaches[] = {
        {{.name = "greedy", .poll_next = too_many}, "greedy gave more items than were asked for"},
        {{.name = "both", .poll_next = pending_with_items}, "both gave items beside PENDING"},
        {{.name = "mute", .poll_next = pending_unsaid},
         "mute answered PENDING and stored no waker"},
        {{.name = "vague", .poll_next = error_unsaid}, "vague answered ERROR and described none"}};
    (void)state;
    checks_only();
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        weir_stream *stream = weir_source_new(sizeof *stream, &breaches[i].ops, &weir_type_i64);
        assert_true(dies_saying(stream, breaches[i].sentence));
        weir_drop(stream);
    }
}

static void test_a_moved_stage_is_seen(void **state)
{
    static const weir_stream_ops ops = {.size = sizeof ops, .name = "mover", .poll_next = ready};
    (void)state;
    checks_only();
    weir_stream *stream = weir_source_new(sizeof *stream, &ops, &weir_type_i64);
    weir_stream copy = *stream;
    assert_true(dies_saying(&copy, "mover was moved after it was made"));
    weir_drop(stream);
}

int core_misuse(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_breach_has_its_sentence),
                                       cmocka_unit_test(test_a_moved_stage_is_seen)};
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
