/* to_sse: the text of events, what cannot be said, and comments where nothing comes. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"
#include "my_frame.h"

#define LINE(text)                                                                                 \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

static void expect(weir_stream *events, const weir_to_sse_options *options, const char *wanted)
{
    weir_error error = {0};
    struct bytes got = reader_bytes(weir_to_sse(events, options), &error);
    if (got.n != strlen(wanted) || (got.n && memcmp(got.data, wanted, got.n) != 0))
        fail_msg("%.*s\n--- wanted:\n%s\n%s", (int)got.n, (char *)got.data, wanted, error.message);
    free(got.data);
}

static const struct {
    weir_sse_event event;
    const char *text;
} table[] = {
    {{LINE(""), LINE("a"), LINE(""), -1}, "data: a\n\n"},
    {{LINE("message"), LINE(""), LINE(""), -1}, "data: \n\n"},
    {{LINE("add"), LINE("a\nb"), LINE("7"), -1}, "event: add\nid: 7\ndata: a\ndata: b\n\n"},
    {{LINE(""), LINE("a\r\nb\rc\n"), LINE(""), 300},
     "retry: 300\ndata: a\ndata: b\ndata: c\ndata: \n\n"},
    {{LINE("messages"), LINE(" : x"), LINE(""), 0}, "retry: 0\nevent: messages\ndata:  : x\n\n"},
    {{LINE("x"), {NULL, 0}, LINE(""), -1}, ":\n\n"},
};

static void events_become_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        expect(weir_iter(&weir_type_sse_event, &table[i].event, 1), NULL, table[i].text);
        expect(weir_own(weir_iter(&weir_type_sse_event, &table[i].event, 1)), NULL, table[i].text);
    }
}

/* An id and a retry are said where they differ, and what was said can be unsaid. */
static void what_was_said_is_remembered(void **state)
{
    static const weir_sse_event events[] = {{LINE(""), LINE("a"), LINE("1"), -1},
                                            {LINE(""), LINE("b"), LINE(""), 40},
                                            {LINE(""), {NULL, 0}, LINE(""), 40},
                                            {LINE(""), LINE("c"), LINE(""), 40},
                                            {LINE(""), LINE("d"), LINE(""), 50}};
    (void)state;
    expect(weir_iter(&weir_type_sse_event, events, 5), &WEIR_TO_SSE_OPTIONS(.retry_ms = 40),
           "retry: 40\nid: 1\ndata: a\n\nid\ndata: b\n\n:\n\ndata: c\n\nretry: 50\ndata: d\n\n");
}

static void there_and_back(void **state)
{
    static const weir_sse_event events[] = {{LINE("message"), LINE("a\nb"), LINE("1"), -1},
                                            {LINE("add"), LINE(""), LINE("1"), 40},
                                            {LINE("message"), LINE("\n"), LINE(""), 40},
                                            {LINE("message"), LINE(" c "), LINE("2"), 7}};
    struct test_cx test;
    (void)state;
    for (unsigned owned = 0; owned < 2; owned++) {
        weir_stream *source = weir_iter(&weir_type_sse_event, events, 4);
        weir_reader *text = weir_to_sse(owned ? weir_own(source) : pending_once(source), NULL);
        weir_stream *stream = weir_sse(text, NULL);
        weir_sse_event event;
        test_cx_init(&test);
        for (unsigned i = 0; i < 4;) {
            test_cx_turn(&test);
            if (!weir_poll_next(stream, &test.cx, &event, 1).n)
                continue;
            const weir_sse_event *wanted = &events[i++];
            assert_int_equal(event.data.size, wanted->data.size);
            assert_memory_equal(event.data.data, wanted->data.data, event.data.size);
            assert_int_equal(event.event.size, wanted->event.size);
            assert_memory_equal(event.event.data, wanted->event.data, event.event.size);
            assert_int_equal(event.id.size, wanted->id.size);
            assert_int_equal(event.retry_ms, wanted->retry_ms);
        }
        weir_drop(stream);
        test_cx_fini(&test);
    }
}

/* One that would be another event at the other end is an error, and the next one follows. */
static void what_cannot_be_said(void **state)
{
    static const weir_sse_event bad[] = {
        {LINE("a\nb"), LINE(""), LINE(""), -1}, {LINE("a\rb"), LINE(""), LINE(""), -1},
        {LINE(""), LINE(""), LINE("1\n"), -1},  {LINE(""), LINE(""), LINE("\r"), -1},
        {LINE(""), LINE(""), LINE("\0"), -1},   {LINE(""), LINE("123456789"), LINE(""), -1}};
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct test_cx test;
        weir_sse_event events[3] = {table[0].event, bad[i], table[0].event};
        size_t n;
        test_cx_init(&test);
        weir_reader *reader = weir_to_sse(weir_iter(&weir_type_sse_event, events, 3),
                                          &WEIR_TO_SSE_OPTIONS(.event_bytes_max = 16));
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 9);
        weir_peek(reader, &n);
        weir_consume(reader, n);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, i < 5 ? WEIR_E_ARGUMENT : WEIR_E_LIMIT);
        assert_int_equal(test.cx.error.record, 2);
        assert_false(test.cx.error.fatal);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 9);
        weir_drop(reader);
        test_cx_fini(&test);
    }
    weir_error error;
    reader_bytes(weir_to_sse(weir_range(0, 3), NULL), &error);
    assert_int_equal(error.code, WEIR_E_TYPE);
}

static void make_event(void *out, int64_t value, void *arg)
{
    static const char digits[] = "0123456789";
    weir_sse_event event = {LINE(""), {digits + value, 1}, LINE(""), -1};
    if (arg)
        assert_true(weir_owned_sse_event_new(out, &event));
    else
        *(weir_sse_event *)out = event;
}

/* What stood in hand by when, "0:..." from 0 on; each P of a source is woken by its time. */
static void a_comment_where_nothing_comes(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } scripts[] = {
        {"1 @50 2 $", "0 data: 1\n\n50 data: 2\n\n"},
        {"@250 1 $", "100 :\n\n200 :\n\n250 data: 1\n\n"},
        {"1 @99 2 @198 3 @299 $", "0 data: 1\n\n99 data: 2\n\n198 data: 3\n\n298 :\n\n"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof scripts / sizeof *scripts; i++)
        for (unsigned owned = 0; owned < 2; owned++) {
            struct script script = {.type =
                                        owned ? &weir_type_owned_sse_event : &weir_type_sse_event,
                                    .make = make_event,
                                    .arg = owned ? &script : NULL};
            struct test_cx test;
            char text[400];
            size_t n = 0, in_hand;
            memory_begin(0, false);
            test_clock_begin();
            test_cx_init(&test);
            weir_reader *reader = weir_to_sse(script_stream(&script, scripts[i].script),
                                              &WEIR_TO_SSE_OPTIONS(.keep_alive_ns = 100));
            for (;;) {
                test_cx_turn(&test);
                weir_poll got = weir_poll_fill(reader, &test.cx, 1);
                if (got.state == WEIR_END)
                    break;
                if (got.state == WEIR_PENDING) {
                    assert_true(test_cx_woken(&test));
                    continue;
                }
                const unsigned char *bytes = weir_peek(reader, &in_hand);
                n += weir_format(text + n, sizeof text - n, "%llu ",
                                 (unsigned long long)test_clock_ns());
                memcpy(text + n, bytes, in_hand);
                n += in_hand;
                text[n] = '\0';
                weir_consume(reader, in_hand);
            }
            assert_string_equal(text, scripts[i].wanted);
            weir_drop(reader);
            assert_true(test_clock_idle());
            test_cx_fini(&test);
            assert_int_equal(memory_end(), 0);
        }
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned long at = 1, failed = 1; failed; at++) {
        weir_error error = {.code = WEIR_OK};
        memory_begin(at, true);
        struct bytes got = reader_bytes(
            weir_to_sse(weir_own(weir_iter(&weir_type_sse_event, &table[2].event, 1)), NULL),
            &error);
        failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(error.code, failed ? WEIR_E_MEMORY : WEIR_OK);
    }
}

int codec_to_sse(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_become_text),
        cmocka_unit_test(what_was_said_is_remembered),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_cannot_be_said),
        cmocka_unit_test(a_comment_where_nothing_comes),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests_name("to_sse", tests, NULL, NULL);
}
