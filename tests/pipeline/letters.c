/* What is rejected, as messages for a broker: why first, then the headers that it came with. */

#include <string.h>

#include "pipeline/broker.h"
#include "pipeline/letters.h"
#include "rig.h"

enum { MANY = 100, LONG_BYTES = 20000 };

static weir_stream *as_they_are(weir_stream *items, const struct node *node)
{
    (void)node;
    return items;
}

static const struct broker_calls calls = {.into = as_they_are};
static const struct broker_calls *calls_at = &calls;
static const struct broker broker = {.calls = &calls_at};
static const struct entry entry = {.broker = &broker};
static struct node to = {.entry = &entry};

/* The letter that is made of it. */
static weir_message letter_of(const weir_message *message, struct test_cx *test, weir_stream **sent)
{
    const weir_error error = {.message = "not\nJSON", .place = "in.log"};
    struct letters *letters = NULL;
    weir_message got = {.n_headers = 0};

    *sent = weir_pl_letters_build(&to, &letters);
    assert_true(weir_pl_letters_put(letters, (weir_line){"not so", 6}, message, &error));
    assert_int_equal(weir_poll_next(*sent, &test->cx, &got, 1).n, 1);
    assert_memory_equal(got.value.data, "not so", 6);
    assert_string_equal(got.headers[0].name, "Weir-Error");
    assert_string_equal(got.headers[0].value, "in.log: not JSON");
    return got;
}

static uint32_t headers_of(const weir_header *headers, uint32_t n)
{
    struct test_cx test;
    const weir_message message = {.headers = headers, .n_headers = n};
    weir_stream *sent;

    test_cx_init(&test);
    weir_message got = letter_of(headers ? &message : NULL, &test, &sent);
    weir_drop(sent);
    test_cx_fini(&test);
    return got.n_headers;
}

static void headers_stand_behind_the_reason(void **state)
{
    static const weir_header headers[] = {
        {"Trace", "7"}, {"Weir-Error", "of another"}, {"Empty", ""}};
    const weir_message message = {.headers = headers, .n_headers = 3};
    struct test_cx test;
    weir_stream *sent;

    (void)state;
    test_cx_init(&test);
    weir_message got = letter_of(&message, &test, &sent);
    assert_int_equal(got.n_headers, 3);
    assert_string_equal(got.headers[1].name, "Trace");
    assert_string_equal(got.headers[1].value, "7");
    assert_string_equal(got.headers[2].name, "Empty");
    assert_string_equal(got.headers[2].value, "");
    weir_drop(sent);
    test_cx_fini(&test);
}

static void headers_are_bounded(void **state)
{
    static weir_header many[MANY];
    static char text[LONG_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        many[i] = (weir_header){"a", "b"};
    memset(text, 'x', LONG_BYTES);
    assert_int_equal(headers_of(NULL, 0), 1);
    assert_int_equal(headers_of(many, LETTER_HEADERS_MAX), 1 + LETTER_HEADERS_MAX);
    assert_int_equal(headers_of(many, MANY), 1 + LETTER_HEADERS_MAX);
    many[1].value = text;
    assert_int_equal(headers_of(many, MANY), 2);
}

/* ---- whose headers they are ---- */

static const weir_header eight = {"Trace", "8"};
static const weir_message messages[] = {
    {.value = {"well\n", 5}, .offset = 1},
    {.value = {"\xff\n", 2}, .offset = 2, .headers = &eight, .n_headers = 1},
    {.value = {"again\n", 6}, .offset = 3},
};

struct given {
    weir_stream stream;
    size_t n;
};

static weir_poll given_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct given *self = WEIR_CONTAINER(stream, struct given, stream);

    (void)cx, (void)demand;
    if (self->n == sizeof messages / sizeof *messages)
        return (weir_poll){0, WEIR_END};
    *(weir_message *)out = messages[self->n++];
    return (weir_poll){1, WEIR_READY};
}

static void given_fini(weir_stream *stream)
{
    (void)stream;
}

static const weir_stream_ops given_ops = {
    .size = sizeof given_ops, .name = "given", .poll_next = given_poll_next, .fini = given_fini};

static weir_stream *lines_of(weir_reader *value, struct node *node)
{
    (void)node;
    return weir_lines_with(value, &WEIR_LINES_OPTIONS(.utf8 = true));
}

static void the_message_that_failed(void **state)
{
    struct test_cx test;
    weir_line line;

    (void)state;
    test_cx_init(&test);
    weir_stream *stream = weir_source_new(sizeof(struct given), &given_ops, &weir_type_message);
    stream = weir_take(weir_pl_each_build(stream, lines_of, &to), 9);
    assert_null(weir_pl_each_rejected(stream));
    for (unsigned i = 0; i < 3; i++) {
        weir_poll got = weir_poll_next(stream, &test.cx, &line, 1);
        const weir_message *message = weir_pl_each_rejected(stream);
        assert_int_equal(got.state, i == 1 ? WEIR_ERROR : WEIR_READY);
        assert_true(i == 1 ? message && message->offset == 2 : !message);
        if (message)
            assert_ptr_equal(message->headers, &eight);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

int pipeline_letters(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_stand_behind_the_reason),
        cmocka_unit_test(headers_are_bounded),
        cmocka_unit_test(the_message_that_failed),
    };
    return cmocka_run_group_tests_name("pipeline: letters", tests, NULL, NULL);
}
