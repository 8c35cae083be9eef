/* What an answer's body, and what stands at a URL, tell of themselves: how much may come, how much
 * they hold, where they are from; and errors that are no bytes. */

#include "client_run.h"

static void turn(weir_poll got)
{
    if (got.state == WEIR_PENDING)
        peer_wake(&peer, &test);
    test_cx_turn(&test);
}

/* Until so many bytes are in hand. */
static void fill(weir_reader *reader, size_t n)
{
    weir_poll got = {0, WEIR_PENDING};
    for (int i = 0; i < 100 && got.state == WEIR_PENDING; i++)
        turn(got = weir_poll_fill(reader, &test.cx, n));
    assert_true(got.n >= n);
}

static void expect_hint(const weir_reader *reader, size_t lower, size_t upper)
{
    weir_hint got = weir_reader_size_hint(reader);
    if (got.lower != lower || got.upper != upper)
        fail_msg("%zu to %zu, %zu to %zu are expected", got.lower, got.upper, lower, upper);
}

static const struct {
    const char *answer;
    size_t lower, upper;
} bodies[] = {
    {OK "content-length: 6\r\n\r\nabcdef", 6, 6},
    {CHUNKED "6\r\nabcdef\r\n0\r\n\r\n", 0, WEIR_HINT_UNKNOWN},
    {OK "\r\nabcdef", 0, WEIR_HINT_UNKNOWN},
    {OK "content-length: 0\r\n\r\n", 0, 0},
};

static void a_body_tells_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        weir_http_client_options options = peer_options(&peer);
        answer(0, 0, bodies[i].answer, PEER_CLOSE);
        weir_reply *reply = get("http://h/", &options);
        weir_reader *body = weir_reply_body(reply);
        weir_reply_drop(reply);
        expect_hint(body, bodies[i].lower, bodies[i].upper);
        assert_in_range(weir_memory_max(body), 0, 1 << 24);
        if (bodies[i].upper) {
            fill(body, 6);
            weir_consume(body, 4);
            expect_hint(body, 2, bodies[i].lower ? 2 : WEIR_HINT_UNKNOWN);
        }
        weir_drop(body);
        again();
    }
}

static void a_reader_tells_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        weir_http_client_options options = peer_options(&peer);
        answer(0, 0, bodies[i].answer, PEER_CLOSE);
        weir_reader *reader = weir_http_reader("http://h/", &options);
        assert_true(weir_reader_reserve(reader, 100));
        expect_hint(reader, 0, WEIR_HINT_UNKNOWN); /* nothing is known of it yet */
        assert_in_range(weir_memory_max(reader), 1, 1 << 24);
        if (bodies[i].upper) {
            fill(reader, 3);
            assert_true(weir_reader_reserve(reader, 200));
            fill(reader, 6);
            weir_consume(reader, 4);
            expect_hint(reader, 2, bodies[i].lower ? 2 : WEIR_HINT_UNKNOWN);
            assert_in_range(weir_memory_max(reader), 1, 1 << 24);
        }
        weir_drop(reader);
        again();
    }
}

static void what_is_no_bytes_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *message, *cure;
        unsigned status;
    } rows[] = {
        {"HTTP/1.1 404 Gone away\r\ncontent-length: 0\r\n\r\n", "the peer answered 404 Gone away",
         NULL, 404},
        {"HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n", "the peer answered 404 Not Found", NULL,
         404},
        {"HTTP/1.1 302 x\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n",
         "the peer answered 302 x", "options.redirects_max, or the URL that it leads to", 302},
        {"HTTP/1.1 304 x\r\n\r\n", "the peer answered 304 x", NULL, 304},
        {"HTTP/1.1 503 x\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n",
         "the peer answered 503 x", NULL, 503},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error = {0};
        weir_http_client_options options = peer_options(&peer);
        answer(0, 0, rows[i].answer, PEER_CLOSE);
        struct bytes got =
            peer_body(&peer, &test, weir_http_reader("http://h/", &options), 1, &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_USER);
        assert_int_equal(error.number, rows[i].status);
        assert_string_equal(error.message, rows[i].message);
        assert_string_equal(error.place, "http://h/");
        if (rows[i].cure)
            assert_string_equal(error.cure, rows[i].cure);
        else
            assert_null(error.cure);
        free(got.data);
        again();
    }
}

int http_client_told(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_body_tells_its_length),
        TEST(a_reader_tells_the_same),
        TEST(what_is_no_bytes_is_an_error),
    };
    return cmocka_run_group_tests_name("client_told", tests, NULL, NULL);
}
