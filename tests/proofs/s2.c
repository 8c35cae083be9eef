/* A writer that says it took more than it was offered is an error, in every build and by whatever
 * it is written to: no loop, and no byte from behind the block. */

#include "proofs.h"

static weir_poll takes_more(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    return (weir_poll){(uint32_t)n + 1000000, WEIR_READY};
}

static weir_poll takes_one_more(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    return (weir_poll){(uint32_t)n + 1, WEIR_READY};
}

static weir_poll takes_none(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    (void)n;
    return (weir_poll){0, WEIR_READY};
}

static const weir_writer_ops liars[] = {
    {.size = sizeof liars[0], .name = "liar", .poll_write = takes_more},
    {.size = sizeof liars[0], .name = "liar", .poll_write = takes_one_more},
    {.size = sizeof liars[0], .name = "liar", .poll_write = takes_none}};
static const char *const answers[] = {"'liar' says that it took", "'liar' says that it took",
                                      "takes no more bytes"};
enum { LIARS = sizeof liars / sizeof *liars };

static weir_stream *line(void)
{
    return weir_lines(weir_memory_reader("abc\nd\n", 6), 9);
}

static weir_stream *written_by(int how, const weir_writer_ops *ops)
{
    weir_writer *writer = weir_writer_new(sizeof *writer, ops);
    return how == 0   ? weir_copy(weir_memory_reader("abc", 3), writer)
           : how == 1 ? weir_forward(line(), writer)
                      : weir_copy(weir_to_lines(line()), writer);
}

static void run_it(void *arg)
{
    weir_run((weir_stream *)arg, NULL, NULL);
}

#if defined(WEIR_CHECKS) && WEIR_CHECKS
enum { CHECKED = true };
#else
enum { CHECKED = false };
#endif

/* A checking build ends the program that has a writer that takes more than there is; others answer
 * an error, as all do where it takes nothing. */
static void test_liars(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIARS; i++)
        for (int how = 0; how < 3; how++) {
            weir_stream *future = written_by(how, &liars[i]);
            if (CHECKED && i < 2) {
                assert_true(proof_dies(run_it, future, "liar took more bytes"));
                weir_drop(future);
                continue;
            }
            proof_fails(future, i < 2 ? WEIR_E_ARGUMENT : WEIR_E_CLOSED, answers[i]);
        }
}

/* A reader that lies about what it made: the end, or an error, and never a loop. */
static weir_poll makes_nothing(weir_reader *reader, weir_cx *cx, size_t min)
{
    static unsigned calls;
    (void)reader;
    (void)min;
    return ++calls % 1000 ? (weir_poll){0, WEIR_READY}
                          : weir_fail(cx, WEIR_E_USER, "polled a thousand times");
}
static const weir_reader_ops empty_ops = {
    .size = sizeof empty_ops, .name = "empty", .poll_fill = makes_nothing};

static void test_a_reader_that_makes_nothing(void **state)
{
    (void)state;
    weir_reader *reader = weir_reader_new(sizeof *reader, &empty_ops);
    proof_fails(weir_copy(reader, weir_null_writer()), WEIR_E_USER, "polled a thousand times");
}

int proofs_s2(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_liars),
                                       cmocka_unit_test(test_a_reader_that_makes_nothing)};
    return cmocka_run_group_tests_name("s2", tests, NULL, NULL);
}
