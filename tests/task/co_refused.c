/* What a generator or future without a stack refuses, and how it says so. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "doubles.h"
#include "waits.h"

/* One error, which ends it. */
static void expect_error(weir_stream *stream, weir_code code, const char *words, const char *cure)
{
    struct test_cx test;
    struct trace got = {0};
    test_cx_init(&test);
    trace_run(&got, stream, &test, 4);
    weir_drop(stream);
    test_cx_fini(&test);
    if (got.errors != 1)
        fail_msg("wanted '%s', got: %s", words, got.text);
    assert_int_equal(got.items, 0);
    assert_int_equal(got.error.code, code);
    assert_string_equal(got.error.message, words);
    assert_string_equal(got.error.cure, cure);
}

/* ---- constructors ---- */

static unsigned dropped;

static void count_drop(void *state)
{
    (void)state;
    dropped++;
}

static weir_poll one_line(int64_t *self, weir_co *co, weir_line *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, (weir_line){"abc", (size_t)*self});
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(one_line_fn, one_line, int64_t, weir_line, .drop = count_drop)

static weir_poll give_line(int64_t *self, weir_co *co, weir_line *out)
{
    weir_co_begin(co);
    weir_co_return(co, out, (weir_line){"abc", (size_t)*self});
    weir_co_end(co);
}
WEIR_CO_FN(give_line_fn, give_line, int64_t, weir_line, .drop = count_drop)

static weir_poll give_number(int64_t *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_return(co, out, *self);
    weir_co_end(co);
}
WEIR_CO_FN(give_number_fn, give_number, int64_t, int64_t, .drop = count_drop)
WEIR_CO_FN(wrong_to_fn, give_number, int64_t, int64_t, .to = &weir_type_bool, .drop = count_drop)

static void what_cannot_be_built(void **state)
{
    (void)state;
    int64_t three = 3;
    dropped = 0;
    assert_string_equal(trace(weir_co_generator(&one_line_fn, &three, NULL), 4), "'abc' $");
    expect_error(
        weir_co_generator(&one_line_fn, &three, &WEIR_CO_OPTIONS(.ahead = true)), WEIR_E_TYPE,
        "co_generator 'one_line' lends its items, and may not go ahead of one", "without .ahead");
    expect_error(weir_co(&give_line_fn, &three), WEIR_E_TYPE,
                 "co 'give_line' gives a lent 'weir_line', which would outlive its future",
                 "weir_own() around it, or what it gives owned by itself");
    expect_error(weir_co(&one_line_fn, &three), WEIR_E_TYPE,
                 "co 'one_line' gives a lent 'weir_line', which would outlive its future",
                 "weir_own() around it, or what it gives owned by itself");
    expect_error(weir_co_generator(&give_number_fn, &three, NULL), WEIR_E_TYPE,
                 "co_generator 'give_number': WEIR_CO_FN made it, for a future", "weir_co()");
    expect_error(weir_co(&wrong_to_fn, &three), WEIR_E_TYPE,
                 "co 'give_number' has items of 8 bytes, which the descriptor 'bool' is not for",
                 "a descriptor made with WEIR_TYPE() of the function's own type");
    assert_int_equal(dropped, 6); /* also the states of those that failed */
}

/* ---- what is waited for ---- */

struct reads {
    weir_stream *stream;
    int64_t number;
    double real;
    weir_line line;
    char wide[24];
};

static void reads_drop(void *state)
{
    weir_drop(((struct reads *)state)->stream);
}

/* One wait: a macro's lines are all one. */
#define READS(name, wait, what)                                                                    \
    static weir_poll name(struct reads *self, weir_co *co, int64_t *out)                           \
    {                                                                                              \
        weir_poll got;                                                                             \
        weir_co_begin(co);                                                                         \
        wait(co, got, self->stream, &self->what);                                                  \
        if (got.state == WEIR_ERROR)                                                               \
            return weir_co_error(co);                                                              \
        weir_co_return(co, out, self->number);                                                     \
        weir_co_end(co);                                                                           \
    }                                                                                              \
    WEIR_CO_FN(name##_fn, name, struct reads, int64_t, .drop = reads_drop)                         \
    static weir_stream *name##_of(weir_stream *stream)                                             \
    {                                                                                              \
        return weir_co(&name##_fn, &(struct reads){.stream = stream});                             \
    }
READS(next_number, weir_co_next, number)
READS(next_real, weir_co_next, real)
READS(next_line, weir_co_next, line)
READS(next_wide, weir_co_next, wide)
READS(await_number, weir_co_await, number)
READS(await_line, weir_co_await, line)

static weir_poll loop_reals(struct reads *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->real, self->stream, self->stream)
        weir_co_yield(co, out, (int64_t)self->real);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(loop_reals_fn, loop_reals, struct reads, int64_t, .drop = reads_drop)

static weir_stream *number(void)
{
    return weir_once(&weir_type_i64, &(int64_t){5});
}

static weir_stream *line(void)
{
    return weir_once(&weir_type_line, &(weir_line){"abc", 3});
}

static const char *const member = "a member of the type that the stream yields";

static void items_of_another_type(void **state)
{
    (void)state;
    assert_string_equal(trace(next_number_of(number()), 1), "5 $");
    expect_error(next_real_of(number()), WEIR_E_TYPE,
                 "co 'next_real' takes 'double' in &self->real, but 'once' yields "
                 "'int64_t'",
                 member);
    expect_error(next_line_of(weir_own(line())), WEIR_E_TYPE,
                 "co 'next_line' takes 'weir_line' in &self->line, but 'own' yields "
                 "'weir_owned_line'",
                 member);
    expect_error(next_wide_of(number()), WEIR_E_TYPE,
                 "co 'next_wide' takes 24 bytes in &self->wide, but 'once' yields "
                 "'int64_t'",
                 member);
    struct reads reads = {.stream = weir_range(0, 3)};
    expect_error(weir_co_generator(&loop_reals_fn, &reads, NULL), WEIR_E_TYPE,
                 "co_generator 'loop_reals' takes 'double' in self->real, but 'range' yields "
                 "'int64_t'",
                 member);
}

struct row {
    weir_line name;
};

static weir_poll rows(struct reads *self, weir_co *co, struct row *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->line, self->stream, self->stream)
        weir_co_yield(co, out, (struct row){self->line});
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(rows_fn, rows, struct reads, struct row, .drop = reads_drop)
WEIR_CO_GENERATOR_FN(detached_rows_fn, rows, struct reads, struct row, .drop = reads_drop,
                     .detached = true)

/* What is made of a lent item would be held as if it stayed. */
static void views_of_lent_items(void **state)
{
    (void)state;
    struct reads reads = {.stream = line()};
    expect_error(weir_co_generator(&rows_fn, &reads, NULL), WEIR_E_TYPE,
                 "co_generator 'rows' may keep self->line, but 'once' only lends its 'weir_line'",
                 "weir_own() around it; or .detached = true in its WEIR_CO_FN, if what it gives "
                 "holds no pointer into an item");
    uint64_t n = 0;
    reads.stream = line();
    weir_stream *stream = weir_co_generator(&detached_rows_fn, &reads, NULL);
    assert_int_equal(weir_run(weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 1);
    assert_string_equal(trace(next_line_of(line()), 1), "0 $"); /* a number holds nothing */
}

static void streams_that_are_no_futures(void **state)
{
    (void)state;
    assert_string_equal(trace(await_number_of(number()), 1), "5 $");
    expect_error(await_number_of(weir_range(0, 3)), WEIR_E_TYPE,
                 "co 'await_number' awaits &self->number, but 'range' may yield more "
                 "than one 'int64_t'",
                 "weir_co_next, where it is a stream");
    expect_error(await_line_of(line()), WEIR_E_TYPE,
                 "co 'await_line' awaits &self->line, but 'once' gives a lent "
                 "'weir_line', which would outlive it",
                 "weir_own() around it");
}

static void streams_that_give_marks(void **state)
{
    (void)state;
    struct script script = {0};
    expect_error(next_number_of(script_stream(&script, "1 | 2 |")), WEIR_E_ARGUMENT,
                 "co 'next_number' knows no marks, and 'script' gives some among its "
                 "'int64_t'",
                 "weir_settle_here() around it");
    assert_int_equal(script.polls, 0);
    weir_stream *settled = weir_settle_here(script_stream(&script, "1 | 2 |"));
    assert_string_equal(trace(next_number_of(settled), 1), "1 $");
}

/* One that could not be built says so in its own words, whatever is waited for. */
static void streams_that_failed(void **state)
{
    (void)state;
    weir_stream *(*const all[])(weir_stream *) = {next_number_of, next_line_of, await_line_of};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        weir_stream *failed =
            weir_stream_refused(WEIR_E_USER, "try this", "refused by %s", "a test", NULL, 0);
        expect_error(all[i](failed), WEIR_E_USER, "refused by a test", "try this");
    }
}

/* ---- streams in streams ---- */

static weir_stream *nested(unsigned depth)
{
    weir_stream *stream = number();
    for (unsigned i = 0; i < depth; i++)
        stream = next_number_of(stream);
    return stream;
}

static void nested_too_deep(void **state)
{
    (void)state;
    assert_string_equal(trace_items(nested(900), 1), "5 $");
    struct test_cx test;
    struct trace got = {0};
    test_cx_init(&test);
    weir_stream *stream = nested(1100);
    trace_run(&got, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(got.text, "!!LIMIT $");
    assert_non_null(
        strstr(got.error.message, "would be polled 1025 stages deep, 1024 are allowed"));
}

/* ---- a wait in a switch of the function's own ---- */

static weir_poll lost(int64_t *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    switch (*self) {
    case 3:
        weir_co_yield(co, out, 1);
        break;
    }
    weir_co_yield(co, out, 2);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(lost_fn, lost, int64_t, int64_t)

static void poll_twice(weir_stream *stream)
{
    struct test_cx test;
    int64_t out;
    test_cx_init(&test);
    for (int i = 0; i < 2; i++)
        weir_ignore(weir_poll_next(stream, &test.cx, &out, 1));
}

static void a_switch_around_a_wait(void **state)
{
    (void)state;
    int ends[2];
    char said[300] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        poll_twice(weir_co_generator(&lost_fn, &(int64_t){3}, NULL));
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t n = 0, some; (some = read(ends[0], said + n, sizeof said - 1 - (size_t)n)) > 0;)
        n += some;
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(said, "weir: misuse: lost waits inside of a switch of its own, at "));
    assert_non_null(strstr(said, "co_refused.c:"));
    assert_non_null(strstr(said, ": try if and else around the wait"));
}

static weir_poll yields_in_a_future(int64_t *state, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, *state);
    weir_co_return(co, out, *state);
    weir_co_end(co);
}
WEIR_CO_FN(yields_fn, yields_in_a_future, int64_t, int64_t)

static void yield_in_a_future(void)
{
    poll_twice(weir_co(&yields_fn, &(int64_t){3}));
}

static void a_future_that_yields(void **state)
{
    (void)state;
    assert_true(dies_saying(yield_in_a_future, "yields_in_a_future yields, but is a WEIR_CO_FN"));
}

int task_co_refused(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_built),    cmocka_unit_test(items_of_another_type),
        cmocka_unit_test(views_of_lent_items),     cmocka_unit_test(streams_that_are_no_futures),
        cmocka_unit_test(streams_that_give_marks), cmocka_unit_test(streams_that_failed),
        cmocka_unit_test(nested_too_deep),         cmocka_unit_test(a_switch_around_a_wait),
        cmocka_unit_test(a_future_that_yields),
    };
    return cmocka_run_group_tests_name("co_refused", tests, NULL, NULL);
}
