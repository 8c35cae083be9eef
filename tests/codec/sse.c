/* sse: the corpus whole, byte by byte and at every split; ids from poll to poll; limits. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"
#include "corpus.h"
#include "my_frame.h"

#define BYTES(text) (text), sizeof(text) - 1

enum { SAID_BYTES = 4096 };

static size_t add(char *out, size_t n, const void *bytes, size_t size)
{
    assert_true(n + size < SAID_BYTES);
    if (size)
        memcpy(out + n, bytes, size);
    return n + size;
}

static size_t add_event(char *out, size_t n, weir_line event, weir_line data, weir_line id)
{
    n = add(out, n, event.data, event.size);
    n = add(out, n, "|", 1);
    n = add(out, n, data.data, data.size);
    n = add(out, n, "|", 1);
    n = add(out, n, id.data, id.size);
    return add(out, n, "\n", 1);
}

static size_t add_end(char *out, size_t n, weir_line id, int64_t retry_ms)
{
    n = add(out, n, id.data, id.size);
    return n + (size_t)sprintf(out + n, " %lld", (long long)retry_ms);
}

/* All that a stream of events says: the bytes in out, how many, and the error in out too. */
static size_t said_by(weir_stream *stream, size_t demand, char *out)
{
    static struct test_cx test;
    weir_sse_event events[64];
    size_t n = 0;
    test_cx_init(&test);
    for (;;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_next(stream, &test.cx, events, demand);
        for (uint32_t i = 0; i < got.n; i++)
            n = add_event(out, n, events[i].event, events[i].data, events[i].id);
        if (got.state == WEIR_PENDING)
            assert_true(test_cx_woken(&test));
        if (got.state == WEIR_ERROR)
            n = add(out, n, test.cx.error.message, strlen(test.cx.error.message));
        if (got.state == WEIR_END)
            break;
    }
    n = add_end(out, n, weir_sse_last_id(stream), weir_sse_retry_ms(stream));
    weir_drop(stream);
    test_cx_fini(&test);
    return n;
}

static void check(const char *name, weir_stream *stream, size_t demand, const char *wanted,
                  size_t wanted_n)
{
    char said[SAID_BYTES];
    size_t n = said_by(stream, demand, said);
    if (n != wanted_n || memcmp(said, wanted, n) != 0)
        fail_msg("%s: %.*s\n--- wanted:\n%.*s", name, (int)n, said, (int)wanted_n, wanted);
}

/* However the bytes come. */
static void check_all(const char *name, const char *bytes, size_t n, const char *wanted,
                      size_t wanted_n)
{
    check(name, weir_sse(weir_memory_reader(bytes, n), NULL), 64, wanted, wanted_n);
    check(name, weir_sse(pieces_reader(bytes, n, n + !n), NULL), 1, wanted, wanted_n);
    check(name, weir_sse(one_byte_reader(bytes, n, true), NULL), 2, wanted, wanted_n);
    for (size_t at = 0; at <= n; at++) {
        weir_reader *source = weir_chain_reader(pieces_reader(bytes, at, at + !at),
                                                waiting_reader(bytes + at, n - at, n + 1, 1));
        check(name, weir_sse(source, NULL), 1 + at % 3, wanted, wanted_n);
    }
}

static weir_line line_of(const struct corpus_value *object, const char *name)
{
    const struct corpus_value *text = corpus_get(object, name);
    return (weir_line){text->bytes, text->n};
}

static size_t wanted_of(const struct corpus_value *test, char *out)
{
    size_t n = 0;
    const struct corpus_value *events = corpus_get(test, "events");
    const struct corpus_value *retry = corpus_get(test, "retry_ms");
    for (size_t i = 0; i < events->n; i++) {
        const struct corpus_value *at = &events->parts[i];
        n = add_event(out, n, line_of(at, "event"), line_of(at, "data"), line_of(at, "id"));
    }
    return add_end(out, n, line_of(test, "last_id"),
                   retry->kind == CORPUS_NUMBER ? retry->whole : -1);
}

static void one_case(const struct corpus_value *test, void *arg)
{
    char wanted[SAID_BYTES];
    size_t n = wanted_of(test, wanted);
    weir_line bytes = line_of(test, "in");
    check_all(line_of(test, "id").data, bytes.data, bytes.size, wanted, n);
    ++*(unsigned *)arg;
}

static void the_corpus(void **state)
{
    unsigned cases = 0;
    (void)state;
    corpus_for_each("sse.jsonl", one_case, &cases);
    assert_int_equal(cases, 150);
}

/* What the corpus does not have. */
static void more_cases(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *wanted;
    } table[] = {
        {BYTES("retry: 99999999999999999999\n\n"), " 9223372036854775807"},
        {BYTES("retry: 5\nretry: 6"), " 5"}, /* the last line is not whole */
        {BYTES("data: x\nretry: 7\n"), " 7"},
        {BYTES("retry: 1\nretry: -2\n\n"), " 1"},
        {BYTES("\xef\xbb"), " -1"},
        {BYTES("\xef\xbb\n\ndata:a\n\n"), "message|a|\n -1"},
        {BYTES("id:1\n\nid:22\ndata:a\n\ndata:b\n\nid:3\n\ndata:c\n\nid\n\ndata:d\n\n"),
         "message|a|22\nmessage|b|22\nmessage|c|3\nmessage|d|\n -1"},
        {BYTES("data:a\ndata:b\n\ndata:c\ndata:d\ndata\n\n"),
         "message|a\nb|\nmessage|c\nd\n|\n -1"},
        {BYTES("data:a\r\ndata:b\r\n\r\n:c\r\n\r\ndata:c\r\n\r\n"),
         "message|a\nb|\nmessage|c|\n -1"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        check_all(table[i].wanted, table[i].bytes, table[i].n, table[i].wanted,
                  strlen(table[i].wanted));
}

/* J11: the same for pieces of 1 to 4 bytes. */
static void pieces_of_few_bytes(void **state)
{
    static const char text[] = "\xef\xbb\xbf\xef\xbb\xbf"
                               "data:no\nid:7\ndata:x\r\n\r\ndata: y\rdata\r\r";
    static const char wanted[] = "message|x|7\nmessage|y\n|7\n7 -1";
    (void)state;
    for (size_t piece = 1; piece < 5; piece++)
        check("pieces", weir_sse(pieces_reader(text, sizeof text - 1, piece), NULL), 64, wanted,
              sizeof wanted - 1);
}

/* Data of one line is where the reader has it. */
static void one_line_is_lent(void **state)
{
    static const char text[] = "data: abc\n\ndata: a\ndata: b\n\n";
    weir_sse_event event;
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    char *bytes = calloc(1, 300);
    memcpy(bytes, text, sizeof text - 1);
    weir_stream *stream = weir_sse(weir_memory_reader(bytes, 300), NULL);
    assert_int_equal(weir_poll_next(stream, &test.cx, &event, 1).n, 1);
    assert_ptr_equal(event.data.data, bytes + 6);
    assert_int_equal(weir_poll_next(stream, &test.cx, &event, 1).n, 1);
    assert_memory_equal(event.data.data, "a\nb", 3);
    weir_drop(stream);
    free(bytes);
    test_cx_fini(&test);
}

/* Many events that are joined, in one poll, have the memory of one. */
static void joined_data_keeps_its_bound(void **state)
{
    enum { EVENTS = 200, EVENT = 6 + 300 + 1 + 6 + 300 + 2 };
    size_t n = 0;
    char *bytes = malloc(EVENTS * EVENT + 1);
    (void)state;
    for (unsigned i = 0; i < EVENTS; i++)
        for (unsigned line = 0; line < 2; line++)
            n += (size_t)sprintf(bytes + n, "data: %0300u\n%s", i, line ? "\n" : "");
    memory_begin(0, false);
    weir_stream *stream =
        weir_sse(weir_memory_reader(bytes, n), &WEIR_SSE_OPTIONS(.event_bytes_max = 2000));
    size_t bound = weir_memory_max(stream), events = 0;
    struct test_cx test;
    test_cx_init(&test);
    weir_sse_event out[64];
    for (weir_poll got = {0}; got.state != WEIR_END;) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, out, 64);
        assert_in_range(got.n, got.state == WEIR_END ? 0 : 1, 3);
        for (uint32_t i = 0; i < got.n; i++, events++) {
            char wanted[700];
            int size = sprintf(wanted, "%0300u\n%0300u", (unsigned)events, (unsigned)events);
            assert_int_equal(out[i].data.size, size);
            assert_memory_equal(out[i].data.data, wanted, size);
        }
    }
    assert_int_equal(events, EVENTS);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_in_range(memory.peak_bytes, 1, bound);
    assert_int_equal(memory_end(), 0);
    free(bytes);
}

static weir_stream *small(const char *bytes, size_t piece)
{
    weir_reader *source = piece ? pieces_reader(bytes, strlen(bytes), piece)
                                : weir_memory_reader(bytes, strlen(bytes));
    return weir_sse(source, &WEIR_SSE_OPTIONS(.event_bytes_max = 16));
}

/* Of an event: what keeps a connection alive may come for ever. */
static void the_limit_is_of_an_event(void **state)
{
    static const char limit[] = "a frame takes 17 bytes at least; frame_bytes_max = 16";
    (void)state;
    for (size_t piece = 0; piece < 5; piece++) {
        weir_error error = error_of(small("data: 1\n\ndata: 23456789\n\n", piece));
        assert_int_equal(error.code, 0); /* 16 bytes */
        error = error_of(small("data: 1\n\n:\n:\nid: 1\ndata: 234\n\n", piece));
        assert_string_equal(error.message, limit);
        assert_int_equal(error.byte, 13);
        assert_int_equal(error.record, 2);
        check("comments", small(":c\n:c\n:c\n:c\n:c\n:c\n:c\nx:y\n\n\n\n\n:c\ndata:a\n\n", piece),
              64, "message|a|\n -1", 14);
    }
}

/* to_sse: what an event over the limit would have said is said by the next one. */
static void a_refused_event_said_nothing(void **state)
{
    static const char wanted[] = "retry: 700\nid: 1\ndata: b\n\n";
    static const char longer[] = "more than there is room for in 40 bytes";
    const weir_sse_event events[] = {{{"", 0}, {longer, sizeof longer - 1}, {"1", 1}, 900},
                                     {{"", 0}, {"b", 1}, {"1", 1}, -1}};
    struct test_cx test;
    size_t n;
    (void)state;
    weir_reader *reader = weir_to_sse(weir_iter(&weir_type_sse_event, events, 2),
                                      &WEIR_TO_SSE_OPTIONS(.retry_ms = 700, .event_bytes_max = 40));
    test_cx_init(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, sizeof wanted - 1);
    assert_memory_equal(weir_peek(reader, &n), wanted, sizeof wanted - 1);
    weir_drop(reader);
    test_cx_fini(&test);
}

/* ---- memory ---- */

static const char busy[] = ":\nid: 1\ndata: a\ndata: b\n\nid: 22\ndata: c\n\nid\ndata:\n\nid:4\n\n";

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned long at = 1, failed = 1; failed; at++) {
        memory_begin(at, true);
        weir_error error = error_of(weir_own(weir_sse(pieces_reader(BYTES(busy), 9), NULL)));
        failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        assert_int_equal(error.code, failed ? WEIR_E_MEMORY : WEIR_OK);
    }
}

static void dropped_at_each_step(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 2 * sizeof busy; steps++) {
        struct trace trace = {0};
        struct test_cx test;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_stream *stream = weir_sse(one_byte_reader(BYTES(busy), true), NULL);
        if (steps % 2)
            stream = weir_own(stream);
        for (unsigned i = 0; i < steps; i++)
            trace_poll(&trace, stream, &test, 1 + steps % 3);
        weir_drop(stream);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

static void nothing_is_known_of_other_streams(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(0, 3);
    assert_int_equal(weir_sse_retry_ms(stream), -1);
    assert_int_equal(weir_sse_last_id(stream).size, 0);
    weir_drop(stream);
}

int codec_sse(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus),
        cmocka_unit_test(more_cases),
        cmocka_unit_test(pieces_of_few_bytes),
        cmocka_unit_test(one_line_is_lent),
        cmocka_unit_test(joined_data_keeps_its_bound),
        cmocka_unit_test(the_limit_is_of_an_event),
        cmocka_unit_test(a_refused_event_said_nothing),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(nothing_is_known_of_other_streams),
    };
    return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
