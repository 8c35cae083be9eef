/* What TLS refuses: certificates, versions, protocols, sides that speak something else. Each is
 * told to both sides, to both halves, with a cure. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "link.h"

#ifdef WEIR_HAVE_OPENSSL
#include <openssl/x509_vfy.h>

static struct link one;

static void begin(void)
{
    memset(&one, 0, sizeof one);
    one.pumps[CLIENT_WRITES].n = one.pumps[SERVER_WRITES].n = 100;
    memory_begin(0, false);
}

static void end(void)
{
    link_close(&one);
    assert_int_equal(memory_end(), 0);
}

static void expect_error(const struct pump *pump, weir_code code, const char *text)
{
    assert_int_equal(pump->state, WEIR_ERROR);
    if (!strstr(pump->error.message, text))
        print_error("'%s' is not in: %s\n", text, pump->error.message);
    assert_non_null(strstr(pump->error.message, text));
    assert_int_equal(pump->error.code, code);
    assert_true(pump->error.fatal);
    assert_string_equal(pump->error.place, "the wire");
    assert_non_null(pump->error.cure);
    assert_int_equal(pump->moved, 0);
}

/* Both halves say the same. */
static void expect_client(weir_code code, const char *text)
{
    expect_error(&one.pumps[CLIENT_WRITES], code, text);
    expect_error(&one.pumps[CLIENT_READS], code, text);
}

static void expect_server(weir_code code, const char *text)
{
    expect_error(&one.pumps[SERVER_WRITES], code, text);
    expect_error(&one.pumps[SERVER_READS], code, text);
}

/* ---- certificates ---- */

static void serve(const struct certificate *certificate)
{
    one.server.certificate = certificate->certificate;
    one.server.key = certificate->key;
}

static void certificates_that_are_refused(void **state)
{
    const struct certificates *all = certificates();
    const struct {
        const struct certificate *server;
        const char *ca, *host, *client_says, *server_says;
        int number;
    } rows[] = {
        {&all->server, all->other_ca.certificate, "example.org",
         "of example.org, *.example.org was issued by somebody who is not known", "unknown CA",
         X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        {&all->expired, NULL, "example.org", "expired on 2021-01-02", "certificate expired",
         X509_V_ERR_CERT_HAS_EXPIRED},
        {&all->early, NULL, "example.org", "is not valid before 2100-01-01", "bad certificate",
         X509_V_ERR_CERT_NOT_YET_VALID},
        {&all->self_signed, NULL, "example.org", "of example.org is self-signed", "unknown CA",
         X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
        {&all->server, NULL, "example.com", "is of example.org, *.example.org, not of example.com",
         "bad certificate", X509_V_ERR_HOSTNAME_MISMATCH},
        {&all->server, NULL, "a.b.example.org", "not of a.b.example.org", "bad certificate",
         X509_V_ERR_HOSTNAME_MISMATCH},
        {&all->server, NULL, "127.0.0.2", "not of 127.0.0.2", "bad certificate",
         X509_V_ERR_IP_ADDRESS_MISMATCH},
        {&all->addressed, NULL, "example.org", "is of a??b?server, not of example.org",
         "bad certificate", X509_V_ERR_HOSTNAME_MISMATCH},
        {&all->nameless, NULL, "example.org", "is of nobody, not of example.org", "bad certificate",
         X509_V_ERR_HOSTNAME_MISMATCH},
        {&all->long_named, NULL, "example.org",
         "is of one.of.those.that.are.rather.long.example.org, another.example., not of "
         "example.org",
         "bad certificate", X509_V_ERR_HOSTNAME_MISMATCH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        serve(rows[i].server);
        one.client.ca = rows[i].ca;
        one.host = rows[i].host;
        link_open(&one);
        assert_true(link_run(&one));
        expect_client(WEIR_E_CORRUPT, rows[i].client_says);
        assert_int_equal(one.pumps[CLIENT_READS].error.number, rows[i].number);
        expect_server(WEIR_E_CLOSED, rows[i].server_says);
        end();
    }
}

static void hosts_that_are_right(void **state)
{
    static const char *const hosts[] = {"example.org", "www.example.org", "EXAMPLE.org",
                                        "127.0.0.1"};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        begin();
        one.host = hosts[i];
        link_open(&one);
        assert_true(link_run(&one));
        assert_int_equal(one.pumps[CLIENT_READS].state, WEIR_END);
        end();
    }
}

static void a_client_that_trusts_everybody(void **state)
{
    (void)state;
    begin();
    serve(&certificates()->expired);
    one.client.insecure_no_verify = true;
    one.host = "";
    link_open(&one);
    assert_true(link_run(&one));
    assert_int_equal(one.pumps[CLIENT_READS].state, WEIR_END);
    end();
}

static void clients_with_and_without_certificates(void **state)
{
    const struct certificates *all = certificates();
    (void)state;
    for (int with = 0; with < 2; with++) {
        char peer[64];
        begin();
        one.server.verify_client = true;
        one.server.ca = all->ca.certificate;
        one.client.certificate = with ? all->client.certificate : NULL;
        one.client.key = with ? all->client.key : NULL;
        one.pumps[SERVER_WRITES].stays = with;
        one.pumps[CLIENT_WRITES].stays = with;
        link_open(&one);
        assert_int_equal(link_run(&one), !with);
        if (with) {
            assert_true(weir_tls_peer(one.pumps[SERVER_READS].reader, peer, sizeof peer));
            assert_string_equal(peer, "CN = a client");
        } else {
            expect_server(WEIR_E_CORRUPT, "has no certificate");
            /* A client of TLS 1.3 wrote before it could know. */
            expect_error(&one.pumps[CLIENT_READS], WEIR_E_CLOSED, "certificate required");
            assert_int_equal(one.pumps[CLIENT_READS].error.number, 116);
        }
        end();
    }
}

/* ---- protocols ---- */

static void no_protocol_in_common(void **state)
{
    static const char *const http[] = {"http/1.1", NULL}, *const mqtt[] = {"mqtt", NULL};
    (void)state;
    begin();
    one.client.alpn = mqtt;
    one.server.alpn = http;
    link_open(&one);
    assert_true(link_run(&one));
    expect_server(WEIR_E_CORRUPT, "none of the protocols");
    expect_client(WEIR_E_CLOSED, "no application protocol (alert 120)");
    end();
}

static void a_side_without_protocols(void **state)
{
    static const char *const http[] = {"http/1.1", NULL};
    (void)state;
    for (int who = 0; who < 2; who++) {
        begin();
        *(who ? &one.client.alpn : &one.server.alpn) = http;
        link_open(&one);
        assert_true(link_run(&one));
        assert_int_equal(one.pumps[CLIENT_READS].state, WEIR_END);
        end();
    }
}

/* ---- what is no TLS ---- */

static weir_duplex client_of(weir_duplex transport)
{
    weir_tls_options options = {.size = sizeof options, .ca = certificates()->ca.certificate};
    weir_tls_context *context = weir_tls_client(&options);
    weir_tls_how how = {.size = sizeof how, .host = "example.org"};
    weir_duplex duplex = weir_tls(transport, context, &how);
    weir_tls_context_unref(context);
    return duplex;
}

static weir_duplex server_of(weir_duplex transport)
{
    weir_tls_options options = {.size = sizeof options,
                                .certificate = certificates()->server.certificate,
                                .key = certificates()->server.key};
    weir_tls_context *context = weir_tls_server(&options);
    weir_duplex duplex = weir_tls(transport, context, NULL);
    weir_tls_context_unref(context);
    return duplex;
}

/* What the plain side of a wire says, and then closes. */
static void say(weir_writer *writer, const char *text, size_t n)
{
    static struct test_cx test;
    test_cx_init(&test);
    assert_int_equal(weir_poll_write(writer, &test.cx, text, n).n, n);
    assert_int_equal(weir_poll_close(writer, &test.cx).state, WEIR_END);
    test_cx_fini(&test);
}

static void sides_that_speak_something_else(void **state)
{
    static char zeros[50000];
    static const struct {
        bool server; /* it is the server that hears it */
        const char *text;
        size_t n;
        weir_code code;
        const char *message;
    } rows[] = {
        {false, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, WEIR_E_CORRUPT, "does not speak TLS"},
        {false, "SSH-2.0-OpenSSH_9.2\r\n", 21, WEIR_E_CORRUPT, "does not speak TLS"},
        {true, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, WEIR_E_CORRUPT, "speaks HTTP"},
        {true, "CONNECT example.org:443 HTTP/1.1\r\n", 34, WEIR_E_CORRUPT, "for a proxy"},
        {true, "EHLO example.org\r\n", 18, WEIR_E_CORRUPT, "does not speak TLS"},
        {true, zeros, sizeof zeros, WEIR_E_CORRUPT, "does not speak TLS"},
        {false, zeros, sizeof zeros, WEIR_E_CORRUPT, "does not speak TLS"},
        {true, "\x16\x03", 2, WEIR_E_TRUNCATED, "in the middle of the TLS handshake"},
        {false, "", 0, WEIR_E_TRUNCATED, "in the middle of the TLS handshake"},
        {false, "\x15\x03\x03\x00\x02\x02\x28", 7, WEIR_E_CLOSED, "handshake failure (alert 40)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        weir_duplex other = rows[i].server ? wire_client(&one.wire) : wire_server(&one.wire);
        weir_duplex mine =
            rows[i].server ? server_of(wire_server(&one.wire)) : client_of(wire_client(&one.wire));
        if (rows[i].n)
            say(other.writer, rows[i].text, rows[i].n);
        weir_drop(other.writer);
        one.pumps[0].writer = mine.writer;
        one.pumps[0].n = 1;
        one.pumps[1].reader = mine.reader;
        assert_true(pumps_run(one.pumps, 2, &one.wire));
        for (int half = 0; half < 2; half++) {
            assert_int_equal(one.pumps[half].state, WEIR_ERROR);
            if (!strstr(one.pumps[half].error.message, rows[i].message))
                print_error("row %zu: %s\n", i, one.pumps[half].error.message);
            assert_non_null(strstr(one.pumps[half].error.message, rows[i].message));
            assert_int_equal(one.pumps[half].error.code, rows[i].code);
        }
        assert_true(one.wire.ways[rows[i].server ? TO_CLIENT : TO_SERVER].reset);
        weir_drop(other.reader);
        end();
    }
}

/* ---- what cannot be built ---- */

static void expect_refused(weir_duplex duplex, weir_code code, const char *text)
{
    one.pumps[0].writer = duplex.writer;
    one.pumps[1].reader = duplex.reader;
    assert_true(pumps_run(one.pumps, 2, &one.wire));
    for (int half = 0; half < 2; half++) {
        assert_int_equal(one.pumps[half].error.code, code);
        assert_non_null(strstr(one.pumps[half].error.message, text));
    }
    assert_true(one.wire.ways[TO_SERVER].reset);
}

static void connections_that_cannot_be_built(void **state)
{
    static char host[300];
    static const char *const long_names[] = {host, NULL};
    weir_tls_options bad = {.size = sizeof bad, .alpn = long_names};
    weir_tls_how how = {.size = sizeof how, .host = host};
    memset(host, 'a', sizeof host - 1);
    (void)state;
    begin();
    expect_refused(weir_tls(wire_client(&one.wire), NULL, NULL), WEIR_E_MEMORY,
                   "no memory for a TLS context");
    end();
    begin();
    weir_tls_context *client = weir_tls_client(NULL);
    assert_null(weir_tls_context_error(client));
    expect_refused(weir_tls(wire_client(&one.wire), client, NULL), WEIR_E_ARGUMENT, "the host");
    link_close(&one);
    memset(&one, 0, sizeof one);
    expect_refused(weir_tls(wire_client(&one.wire), client, &how), WEIR_E_LIMIT, "longer than");
    weir_tls_context_unref(client);
    end();
    begin();
    client = weir_tls_client(&bad);
    weir_duplex duplex = weir_tls(wire_client(&one.wire), client,
                                  &(weir_tls_how){.size = sizeof how, .host = "example.org"});
    weir_tls_context_unref(client);
    expect_refused(duplex, WEIR_E_ARGUMENT, "a protocol's name of 299 bytes");
    end();
}

int net_tls_refused(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_that_are_refused),
        cmocka_unit_test(hosts_that_are_right),
        cmocka_unit_test(a_client_that_trusts_everybody),
        cmocka_unit_test(clients_with_and_without_certificates),
        cmocka_unit_test(no_protocol_in_common),
        cmocka_unit_test(a_side_without_protocols),
        cmocka_unit_test(sides_that_speak_something_else),
        cmocka_unit_test(connections_that_cannot_be_built),
    };
    return cmocka_run_group_tests_name("tls_refused", tests, NULL, NULL);
}

#else

int net_tls_refused(void)
{
    return 0;
}

#endif
