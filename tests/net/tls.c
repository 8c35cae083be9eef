/* TLS over a wire in memory: bytes both ways, over wires of one byte, with wakes that come late,
 * halves that close and others that go on. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "link.h"
#include "weir/ready.h"

#ifdef WEIR_HAVE_OPENSSL
#include "net/tls.h"

static void expect_moved(const struct pump *pump, size_t n)
{
    assert_true(pump->done);
    if (pump->state != WEIR_END)
        print_error("%s\n", WEIR_ERROR_TEXT(&pump->error));
    assert_int_equal(pump->state, WEIR_END);
    assert_int_equal(pump->moved, n);
    assert_false(pump->wrong);
}

static void expect_all(const struct link *link, size_t up, size_t down)
{
    expect_moved(&link->pumps[CLIENT_WRITES], up);
    expect_moved(&link->pumps[SERVER_READS], up);
    expect_moved(&link->pumps[SERVER_WRITES], down);
    expect_moved(&link->pumps[CLIENT_READS], down);
}

static void bytes_both_ways(void **state)
{
    static const struct {
        size_t up, down, piece, min, room, wire_piece;
        bool hesitates, withheld;
    } rows[] = {
        {0, 0, 0, 0, 0, 0, false, false},
        {1, 1, 0, 0, 0, 0, false, false},
        {1, 0, 0, 0, 1, 0, false, false},
        {0, 1, 0, 0, 1, 0, true, true},
        {100, 70000, 0, 0, 1, 0, false, false},
        {70000, 100, 33, 0, 7, 3, true, false},
        {40000, 40000, 16384, 4000, 1, 1, true, true},
        {16384, 16385, 0, 0, 100, 0, false, true},
        {5 << 20, 5 << 20, 0, 0, 0, 0, false, false},
        {5 << 20, 1, 100000, 4096, 0, 1000, false, true},
        {1, 5 << 20, 12345, 0, 20000, 0, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct link link = {0};
        for (int way = 0; way < 2; way++) {
            link.wire.ways[way].room = rows[i].room;
            link.wire.ways[way].piece = rows[i].wire_piece;
            link.wire.ways[way].hesitates = rows[i].hesitates;
            link.wire.ways[way].withheld = rows[i].withheld;
        }
        link.pumps[CLIENT_WRITES].n = rows[i].up;
        link.pumps[SERVER_WRITES].n = rows[i].down;
        for (int pump = 0; pump < PUMPS; pump++) {
            link.pumps[pump].piece = rows[i].piece;
            link.pumps[pump].min = rows[i].min;
        }
        memory_begin(0, false);
        assert_true(link_all(&link));
        expect_all(&link, rows[i].up, rows[i].down);
        assert_int_equal(memory_end(), 0);
    }
}

/* ---- the handshake ---- */

static struct link one; /* each pump has 64 KiB of scratch */
static struct test_cx test;

static int setup(void **state)
{
    (void)state;
    memory_begin(0, false);
    memset(&one, 0, sizeof one);
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    link_close(&one);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    return 0;
}

static weir_reader *client_reader(void)
{
    return one.pumps[CLIENT_READS].reader;
}

static void nothing_happens_before_the_first_poll(void **state)
{
    (void)state;
    link_open(&one);
    assert_int_equal(one.wire.ways[TO_SERVER].writes, 0);
    assert_null(weir_tls_protocol(client_reader()));
    assert_int_equal(weir_poll_fill(client_reader(), &test.cx, 1).state, WEIR_PENDING);
    assert_int_not_equal(one.wire.ways[TO_SERVER].writes, 0);
}

/* Polls the opening of both ends by hand, until both are open. */
static void open_both(void)
{
    weir_poll near = {0}, far = {0};
    weir_writer *a = one.pumps[CLIENT_WRITES].writer, *b = one.pumps[SERVER_WRITES].writer;
    for (int i = 0; i < 20 && (!i || near.state != WEIR_READY || far.state != WEIR_READY); i++) {
        test_cx_turn(&test);
        near = weir_poll_open(a, &test.cx);
        far = weir_poll_open(b, &test.cx);
    }
    assert_int_equal(near.state, WEIR_READY);
    assert_int_equal(far.state, WEIR_READY);
}

static void what_was_agreed_on_is_told(void **state)
{
    static const char *const two[] = {"h2", "http/1.1", NULL}, *const old[] = {"http/1.1", NULL};
    char text[64], little[4];
    (void)state;
    one.client.alpn = two;
    one.server.alpn = old;
    link_open(&one);
    assert_false(weir_tls_alpn(client_reader(), text, sizeof text));
    assert_false(weir_tls_peer(client_reader(), text, sizeof text));
    open_both();
    assert_string_equal(weir_tls_protocol(client_reader()), "TLSv1.3");
    assert_true(weir_tls_alpn(client_reader(), text, sizeof text));
    assert_string_equal(text, "http/1.1");
    assert_true(weir_tls_alpn(client_reader(), little, sizeof little));
    assert_string_equal(little, "htt");
    assert_true(weir_tls_peer(client_reader(), text, sizeof text));
    assert_string_equal(text, "CN = a server");
    assert_false(weir_tls_peer(one.pumps[SERVER_READS].reader, text, sizeof text));
    weir_reader *other = weir_memory_reader("", 0);
    assert_null(weir_tls_protocol(other));
    assert_false(weir_tls_alpn(other, text, sizeof text));
    weir_drop(other);
}

static void halves_know_each_other(void **state)
{
    weir_duplex out;
    (void)state;
    link_open(&one);
    struct pump *pumps = one.pumps;
    assert_true(weir_reunite(pumps[CLIENT_READS].reader, pumps[CLIENT_WRITES].writer, &out));
    assert_false(weir_reunite(pumps[CLIENT_READS].reader, pumps[SERVER_WRITES].writer, &out));
}

/* Many handshakes in one task: not all of them in one turn. */
static void a_turn_has_few_handshakes(void **state)
{
    unsigned turns = 0;
    (void)state;
    link_open(&one);
    for (weir_poll near = {0}, far = {0}; !turns || near.state != WEIR_READY; turns++) {
        test_cx_turn(&test);
        test.cx.budget = 1;
        near = weir_poll_open(one.pumps[CLIENT_WRITES].writer, &test.cx);
        assert_in_range(test.cx.budget, 0, 1);
        test.cx.budget = 1;
        far = weir_poll_open(one.pumps[SERVER_WRITES].writer, &test.cx);
        assert_in_range(turns, 0, 100);
        assert_true(far.state != WEIR_ERROR && near.state != WEIR_ERROR);
    }
    assert_in_range(turns, 3, 100);
}

static void versions(void **state)
{
    (void)state;
    one.client.version_min = WEIR_TLS_1_3;
    link_open(&one);
    open_both();
    assert_string_equal(weir_tls_protocol(client_reader()), "TLSv1.3");
}

/* ---- closing ---- */

static void a_reader_over_a_closed_writer_goes_on(void **state)
{
    (void)state;
    one.pumps[SERVER_WRITES].n = 300000;
    one.wire.ways[TO_CLIENT].room = 5000;
    link_open(&one);
    assert_true(link_run(&one));
    expect_all(&one, 0, 300000);
}

static void who_only_reads_closes_without_a_writer(void **state)
{
    (void)state;
    one.pumps[SERVER_WRITES].n = 1000;
    one.pumps[CLIENT_WRITES].drop_at = 1;
    link_open(&one);
    assert_true(link_run(&one));
    expect_moved(&one.pumps[CLIENT_READS], 1000);
    assert_int_equal(one.pumps[SERVER_READS].state, WEIR_ERROR); /* it was given up */
}

static void a_connection_that_holds_nothing_holds_no_block(void **state)
{
    (void)state;
    one.pumps[CLIENT_WRITES].stays = one.pumps[SERVER_WRITES].stays = true;
    one.pumps[CLIENT_WRITES].n = one.pumps[SERVER_WRITES].n = 100000;
    link_open(&one);
    size_t begun = memory.live_bytes;
    assert_false(link_run(&one)); /* both wait for more */
    assert_int_equal(one.pumps[CLIENT_READS].moved, 100000);
    assert_int_equal(memory.live_bytes, begun);
    assert_true(memory.peak_bytes > begun);
    assert_in_range(begun, 0, 8000); /* four wires, two contexts, two objects */
}

static void what_is_read_may_be_kept(void **state)
{
    (void)state;
    one.pumps[SERVER_WRITES].n = 40000;
    link_open(&one);
    weir_reader *reader = client_reader();
    one.pumps[CLIENT_READS].done = true;
    while (!reader->block) {
        link_run(&one);
        test_cx_turn(&test);
        assert_int_not_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    }
    weir_block *block = weir_block_ref(reader->block);
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    unsigned char copy[1000];
    assert_in_range(n, sizeof copy, 40000);
    memcpy(copy, bytes, sizeof copy);
    for (size_t all = n; all < 40000; all += n) {
        weir_consume(reader, n);
        link_run(&one);
        test_cx_turn(&test);
        weir_ignore(weir_poll_fill(reader, &test.cx, 1));
        weir_peek(reader, &n);
    }
    assert_memory_equal(bytes, copy, sizeof copy);
    one.pumps[CLIENT_READS].done = false;
    weir_drop(reader);
    one.pumps[CLIENT_READS].reader = NULL;
    assert_memory_equal(bytes, copy, sizeof copy);
    weir_block_unref(block);
}

static void room_and_readiness(void **state)
{
    (void)state;
    link_open(&one);
    weir_writer *writer = one.pumps[SERVER_WRITES].writer;
    weir_reader *reader = client_reader();
    assert_int_equal(weir_poll_ready(reader, &test.cx).state, WEIR_PENDING);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_PENDING);
    open_both();
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
    assert_int_equal(weir_poll_ready(reader, &test.cx).state, WEIR_PENDING);
    one.wire.ways[TO_CLIENT].room = 1;
    assert_int_equal(weir_poll_write(writer, &test.cx, "hello", 5).n, 5);
    assert_in_range(weir_unsent(writer), 20, 60);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_PENDING);
    weir_poll got = {0, WEIR_PENDING};
    for (int i = 0; i < 100 && got.state == WEIR_PENDING; i++) {
        test_cx_turn(&test);
        weir_ignore(weir_poll_flush(writer, &test.cx));
        got = weir_poll_ready(reader, &test.cx);
    }
    assert_int_equal(got.state, WEIR_READY);
    assert_memory_equal(reader->base + reader->begin, "hello", 5);
}

/* The runtime was stopped: no error, but whoever closes a file behind it knows. */
static void a_transport_that_is_told_to_end(void **state)
{
    (void)state;
    for (int opened = 0; opened < 2; opened++) {
        link_open(&one);
        if (opened)
            open_both();
        one.wire.ways[TO_CLIENT].told = true;
        one.wire.ways[TO_CLIENT].begin = one.wire.ways[TO_CLIENT].end; /* tickets */
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(client_reader(), &test.cx, 1);
        assert_int_equal(got.state, opened ? WEIR_END : WEIR_ERROR);
        if (opened)
            assert_true(weir_stage_was_cut(&client_reader()->stage));
        else
            assert_int_equal(test.cx.error.code, WEIR_E_STOPPED);
        link_close(&one);
        memset(&one, 0, sizeof one);
    }
}

static void what_is_held_is_within_its_bound(void **state)
{
    (void)state;
    one.usual = true;
    one.pumps[CLIENT_WRITES].n = one.pumps[SERVER_WRITES].n = 1 << 20;
    one.pumps[CLIENT_READS].min = 3000;
    link_usual_begin();
    link_open(&one);
    size_t bound = 0;
    for (int i = 0; i < PUMPS; i++) {
        const struct pump *pump = &one.pumps[i];
        bound += pump->reader ? weir_memory_max(pump->reader) : weir_memory_max(pump->writer);
    }
    assert_true(link_run(&one));
    assert_in_range(memory.peak_bytes, 100000, bound - 2 * (size_t)WEIR_TLS_BYTES);
    assert_in_range(bound, 0, 2 << 20);
    link_usual_end();
}

/* The other side said close_notify, or its transport has gone. */
static void a_side_that_left_is_seen(void **state)
{
    (void)state;
    link_open(&one);
    open_both();
    weir_reader *reader = client_reader();
    assert_int_equal(weir_poll_hup(reader, &test.cx).state, WEIR_PENDING);
    assert_int_equal(weir_poll_close(one.pumps[SERVER_WRITES].writer, &test.cx).state, WEIR_END);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    assert_int_equal(weir_poll_hup(reader, &test.cx).state, WEIR_READY);
}

/* ---- over what the library has itself ---- */

static void bytes_over_a_pair(void **state)
{
    static const size_t sizes[] = {1, 10, 1000, 16384, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        weir_duplex ends[2];
        weir_tls_options options = {.size = sizeof options,
                                    .certificate = certificates()->server.certificate,
                                    .key = certificates()->server.key};
        weir_tls_options anybody = {.size = sizeof options, .insecure_no_verify = true};
        weir_tls_context *server = weir_tls_server(&options), *client = weir_tls_client(&anybody);
        memset(&one, 0, sizeof one);
        weir_duplex_pair(sizes[i], ends);
        weir_duplex near = weir_tls(ends[0], client, NULL), far = weir_tls(ends[1], server, NULL);
        weir_tls_context_unref(server);
        weir_tls_context_unref(client);
        one.pumps[CLIENT_WRITES] = (struct pump){.writer = near.writer, .n = 50000};
        one.pumps[CLIENT_READS] = (struct pump){.reader = near.reader};
        one.pumps[SERVER_WRITES] = (struct pump){.writer = far.writer, .n = 70000, .piece = 999};
        one.pumps[SERVER_READS] = (struct pump){.reader = far.reader, .min = 100};
        assert_true(link_run(&one));
        expect_all(&one, 50000, 70000);
        link_close(&one);
    }
}

/* ---- what comes behind a handshake ---- */

static SSL *ssl_of(int pump)
{
    const weir_reader *reader = one.pumps[pump].reader;
    return ((const struct weir_tls *)reader->ops->half_of(reader))->ssl;
}

/* New keys are asked for, and answered, in the midst of bytes both ways. */
static void keys_are_changed(void **state)
{
    (void)state;
    for (int i = 0; i < PUMPS; i++)
        one.pumps[i].piece = 700;
    one.pumps[CLIENT_WRITES].n = one.pumps[SERVER_WRITES].n = 5000;
    link_open(&one);
    open_both();
    one.wire.ways[TO_SERVER].room = one.wire.ways[TO_CLIENT].room = 3;
    assert_true(SSL_key_update(ssl_of(CLIENT_READS), SSL_KEY_UPDATE_REQUESTED));
    assert_true(SSL_key_update(ssl_of(SERVER_READS), SSL_KEY_UPDATE_REQUESTED));
    assert_true(link_run(&one));
    expect_all(&one, 5000, 5000);
}

static void renegotiation_is_refused(void **state)
{
    (void)state;
    link_open(&one);
    open_both();
    assert_true(SSL_get_options(ssl_of(SERVER_READS)) & SSL_OP_NO_RENEGOTIATION);
    assert_true(SSL_get_options(ssl_of(CLIENT_READS)) & SSL_OP_NO_RENEGOTIATION);
}

int net_tls(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_both_ways),
        cmocka_unit_test(bytes_over_a_pair),
        cmocka_unit_test_setup_teardown(a_side_that_left_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transport_that_is_told_to_end, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_held_is_within_its_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_are_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(renegotiation_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_happens_before_the_first_poll, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_agreed_on_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(halves_know_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_turn_has_few_handshakes, setup, teardown),
        cmocka_unit_test_setup_teardown(versions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_over_a_closed_writer_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(who_only_reads_closes_without_a_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_that_holds_nothing_holds_no_block, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_read_may_be_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(room_and_readiness, setup, teardown),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}

#else

/* Without OpenSSL everything says so, and the transport is dropped. */
static void it_says_that_it_is_missing(void **state)
{
    struct wire wire = {0};
    struct test_cx test;
    weir_tls_context *context = weir_tls_client(NULL);
    char text[8];
    (void)state;
    test_cx_init(&test);
    assert_non_null(strstr(weir_tls_context_error(context)->message, "without OpenSSL"));
    weir_duplex duplex = weir_tls(wire_client(&wire), context, NULL);
    weir_tls_context_unref(weir_tls_context_ref(context));
    assert_true(wire.ways[TO_SERVER].reset);
    assert_int_equal(weir_poll_fill(duplex.reader, &test.cx, 1).state, WEIR_ERROR);
    assert_non_null(strstr(test.cx.error.message, "without OpenSSL"));
    assert_int_equal(weir_poll_write(duplex.writer, &test.cx, "x", 1).state, WEIR_ERROR);
    assert_null(weir_tls_protocol(duplex.reader));
    assert_false(weir_tls_alpn(duplex.reader, text, sizeof text));
    weir_duplex_drop(duplex);
    test_cx_fini(&test);
    wire_fini(&wire);
}

int net_tls(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_says_that_it_is_missing)};
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}

#endif
