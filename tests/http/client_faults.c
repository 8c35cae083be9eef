/* The client where memory runs out, where it is dropped in the midst, where the peer takes a byte
 * at a time. */

#include "peer.h"

static struct test_cx test;
static struct peer peer;

/* A request with a body, a redirect, an answer in chunks with trailers, over connections that are
 * kept. */
static const char moved[] =
    "HTTP/1.1 303 See Other\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n";
static const char chunks[] = "HTTP/1.1 100 Continue\r\n\r\n"
                             "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n4\r\ndefg\r\n0\r\nx-t: 1\r\n\r\n";

static struct run {
    unsigned polls; /* so many are made, then all is dropped; 0: to the end */
    unsigned made;
    bool dropped;
    weir_http_client *client;
    weir_stream *future;
    weir_reply *reply;
    weir_reader *body;
    struct script script;
    weir_state state;
    weir_error error;
    size_t n;
} run;

static void begin(void)
{
    test_clock_begin();
    test_cx_init(&test);
    peer_begin(&peer);
    peer.answers[0][0] = (struct peer_answer){moved, PEER_KEEP, false, 0};
    peer.answers[0][1] = (struct peer_answer){chunks, PEER_KEEP, false, 0};
    peer.answers[1][0] = (struct peer_answer){chunks, PEER_KEEP, false, 0};
    run.client = weir_http_client_new(NULL);
    weir_http_client_options options = peer_options(&peer);
    options.client = run.client;
    options.redirects_max = 1;
    options.total_ns = 90000000000;
    weir_http_request_spec request = {.size = sizeof request,
                                      .method = "PUT",
                                      .url = "http://a.org/here",
                                      .length = WEIR_LENGTH_UNKNOWN,
                                      .expects = true};
    weir_reader *body = script_reader(&run.script, "P \"one\" P \"two\" P $");
    run.future = weir_http_send(&request, body, &options);
}

static void drop_all(void)
{
    weir_drop(run.future);
    weir_reply_drop(run.reply);
    weir_drop(run.body);
    weir_http_client_unref(run.client);
    assert_true(run.script.finis == 1 || memory.failed);
    peer_end(&peer);
    assert_int_equal(test_waker_others(test.waker), 0);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    doubles_wake_all();
}

/* False: enough. */
static bool turn(void)
{
    run.dropped = run.polls && run.made == run.polls;
    run.made++;
    test_cx_turn(&test);
    return !run.dropped;
}

static bool step_future(void)
{
    weir_poll got = weir_poll_next(run.future, &test.cx, &run.reply, 1);
    run.state = got.state;
    if (got.state == WEIR_PENDING)
        peer_wake(&peer, &test);
    if (got.state == WEIR_ERROR)
        run.error = test.cx.error;
    return got.state == WEIR_PENDING;
}

static bool step_body(void)
{
    size_t n;
    weir_poll got = weir_poll_fill(run.body, &test.cx, 5);
    run.state = got.state;
    if (got.state == WEIR_PENDING) {
        peer_wake(&peer, &test);
        return true;
    }
    if (got.state == WEIR_ERROR)
        run.error = test.cx.error;
    weir_peek(run.body, &n);
    weir_consume(run.body, n);
    run.n += n;
    return got.state == WEIR_READY;
}

static void run_all(unsigned polls)
{
    memset(&run, 0, sizeof run);
    run.polls = polls;
    begin();
    while (turn() && step_future()) {
    }
    if (!run.dropped && run.state == WEIR_END) {
        run.body = weir_reply_body(run.reply);
        while (turn() && step_body()) {
        }
    }
    drop_all();
}

static void all_is_well(void **state)
{
    (void)state;
    memset(&peer, 0, sizeof peer);
    run_all(0);
    if (run.state != WEIR_END)
        fail_msg("%s", run.error.message);
    assert_int_equal(run.n, 7);
}

static void dropped_at_every_wait(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < 8; piece += 7)
        for (size_t room = 1; room < 100; room += 90)
            for (unsigned polls = 1;; polls++) {
                memset(&peer, 0, sizeof peer);
                peer.piece = piece;
                peer.room = room;
                memory_begin(0, false);
                run_all(polls);
                assert_int_equal(memory_end(), 0);
                if (!run.dropped)
                    break;
            }
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned after = 0; after < 2; after++)
        for (unsigned long at = 1;; at++) {
            memset(&peer, 0, sizeof peer);
            memory_begin(at, after);
            run_all(0);
            unsigned long failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            if (!failed) {
                assert_int_equal(run.state, WEIR_END);
                break;
            }
            assert_true(run.state == WEIR_ERROR || run.n == 7);
        }
}

/* Whatever the pieces are, the same comes of it. */
static void in_pieces_of_all_sizes(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < sizeof chunks; piece++)
        for (size_t room = 1; room < 40; room += 2) {
            memset(&peer, 0, sizeof peer);
            peer.piece = piece;
            peer.room = room;
            run_all(0);
            if (run.state != WEIR_END)
                fail_msg("piece %zu, room %zu: %s", piece, room, run.error.message);
            assert_int_equal(run.n, 7);
        }
}

/* ---- a reader of a URL ---- */

static void a_reader_without_memory(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        weir_error error;
        memset(&peer, 0, sizeof peer);
        memory_begin(at, true);
        test_clock_begin();
        test_cx_init(&test);
        peer_begin(&peer);
        peer.answers[0][0] = (struct peer_answer){chunks, PEER_KEEP, false, 0};
        weir_http_client_options options = peer_options(&peer);
        options.total_ns = 90000000000;
        struct bytes got =
            peer_body(&peer, &test, weir_http_reader("http://h/", &options), 1, &error);
        peer_end(&peer);
        test_cx_fini(&test);
        free(got.data);
        unsigned long failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        assert_true(got.state == WEIR_ERROR || got.n == 7);
        if (!failed)
            break;
    }
}

/* ---- how much it holds ---- */

static char *answer_text;

static weir_duplex still_dial(const char *address, void *arg)
{
    const size_t *piece = arg;
    (void)address;
    return (weir_duplex){pieces_reader(answer_text, strlen(answer_text), *piece),
                         weir_null_writer()};
}

/* Many fields, and a body in chunks of which somebody wants many at once. */
static void make_answer(void)
{
    answer_text = malloc(300000);
    char *at = stpcpy(answer_text, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n");
    for (unsigned i = 0; i < 900; i++)
        at += sprintf(at, "x-%u: %0200u\r\n", i, i);
    at = stpcpy(at, "\r\n");
    for (unsigned i = 0; i < 1000; i++)
        at = stpcpy(at, "4\r\nabcd\r\n");
    stpcpy(at, "0\r\nx-t: 1\r\n\r\n");
}

static void expect_at_most(size_t bytes)
{
    if (memory.peak_bytes > bytes)
        fail_msg("%zu bytes, %zu were told", memory.peak_bytes, bytes);
}

static void it_holds_what_it_tells(void **state)
{
    (void)state;
    make_answer();
    for (size_t piece = 100; piece < 300000; piece *= 7) {
        weir_reply *reply = NULL;
        struct test_cx cx;
        test_cx_init(&cx);
        memory_begin(0, false);
        weir_http_client_options options =
            WEIR_HTTP_CLIENT_OPTIONS(.dial = still_dial, .arg = &piece);
        weir_stream *future = weir_http_get("http://h/", &options);
        for (weir_state state_now = WEIR_PENDING; state_now != WEIR_END;) {
            test_cx_turn(&cx);
            state_now = weir_poll_next(future, &cx.cx, &reply, 1).state;
            assert_int_not_equal(state_now, WEIR_ERROR);
            if (state_now == WEIR_PENDING)
                expect_at_most(weir_memory_max(future));
        }
        weir_drop(future);
        weir_reader *body = weir_reply_body(reply);
        assert_true(weir_reader_reserve(body, 4000));
        weir_reply_drop(reply);
        memory.peak_bytes = memory.live_bytes;
        for (weir_poll got = {0, WEIR_PENDING}; got.state != WEIR_END;) {
            test_cx_turn(&cx);
            got = weir_poll_fill(body, &cx.cx, 3999);
            assert_int_not_equal(got.state, WEIR_ERROR);
            size_t told = weir_memory_max(body), n;
            expect_at_most(told);
            weir_peek(body, &n);
            if (got.state != WEIR_PENDING)
                weir_consume(body, n);
        }
        weir_drop(body);
        assert_int_equal(memory_end(), 0);
        test_cx_fini(&cx);
    }
    free(answer_text);
}

int http_client_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(dropped_at_every_wait),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(in_pieces_of_all_sizes),
        cmocka_unit_test(a_reader_without_memory),
        cmocka_unit_test(it_holds_what_it_tells),
    };
    return cmocka_run_group_tests_name("client_faults", tests, NULL, NULL);
}
