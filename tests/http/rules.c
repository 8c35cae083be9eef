/* What a head means: framing, hosts, targets, what becomes of the connection; and each pair of
 * fields that two could read in two ways. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/rules.h"

enum { FIELDS = 20, SAID_BYTES = 1000 };

static const struct weir_http_limits usual = {32 << 10, 8 << 10, FIELDS};

static int word(char *out, bool is, const char *text)
{
    return sprintf(out, "%s", is ? text : "");
}

/* "no", "chunks", "5", "rest"; then what else holds; @host /path. */
static void say(char *out, const char *bytes, const struct weir_http_meaning *it)
{
    static const char *const framings[] = {"no", "", "chunks", "rest"};
    out += sprintf(out, "%s", framings[it->framing]);
    if (it->framing == WEIR_HTTP_LENGTH)
        out += sprintf(out, "%llu", (unsigned long long)it->length);
    else
        assert_true(!it->length);
    out += word(out, it->keep, " keep");
    out += word(out, it->expects, " expects");
    out += word(out, it->upgrade, " upgrade");
    out += word(out, it->connect, " connect");
    out += word(out, it->head, " head");
    if (it->host.n)
        out += sprintf(out, " @%.*s", (int)it->host.n, bytes + it->host.at);
    if (it->path.n)
        sprintf(out, " %.*s", (int)it->path.n, bytes + it->path.at);
}

enum answers { ANY, TO_HEAD, TO_CONNECT };

/* The bytes at the end of what may be read. */
static void read_head(const char *bytes, bool response, enum answers to, bool host_wanted,
                      char *said)
{
    struct weir_http_field fields[FIELDS];
    struct weir_http_head head = {.fields = fields};
    struct weir_http_meaning it;
    size_t n = strlen(bytes);
    unsigned char *copy = malloc(n);
    memcpy(copy, bytes, n);
    enum weir_http_verdict got = response ? weir_http_response_head(copy, n, 0, &usual, &head)
                                          : weir_http_request_head(copy, n, 0, &usual, &head);
    if (got != WEIR_HTTP_DONE)
        fail_msg("%s: the head", bytes);
    got = response ? weir_http_response_rules(copy, &head, to == TO_HEAD, to == TO_CONNECT, &it)
                   : weir_http_request_rules(copy, &head, host_wanted, &it);
    if (got == WEIR_HTTP_DONE)
        say(said, bytes, &it);
    else
        sprintf(said, "%u at %u: %s", head.answer, head.byte, head.fact);
    if (got != WEIR_HTTP_DONE)
        assert_true(head.byte < n);
    free(copy);
}

static void expect(const char *bytes, const char *said, const char *wanted, bool whole)
{
    if (strncmp(said, wanted, strlen(wanted)) != 0 || (whole && strlen(said) != strlen(wanted)))
        fail_msg("%s: %s, wanted %s", bytes, said, wanted);
}

/* It is known by how its text begins. */
static bool is_refusal(const char *said)
{
    return !strncmp(said, "400 ", 4) || !strncmp(said, "501 ", 4);
}

static void check_request(const char *bytes, bool host_wanted, const char *wanted)
{
    char said[SAID_BYTES];
    read_head(bytes, false, ANY, host_wanted, said);
    expect(bytes, said, wanted, !is_refusal(said));
}

/* ---- the body's frames ---- */

#define POST11(fields) "POST / HTTP/1.1\r\n" fields "\r\n"
#define POST10(fields) "POST / HTTP/1.0\r\n" fields "\r\n"
#define LENGTH(n) "Content-Length: " n "\r\n"
#define CODED(codings) "Transfer-Encoding: " codings "\r\n"
#define NO_CODING(at) "501 at " #at ": a transfer coding other than chunked"

static const struct {
    const char *bytes, *wanted;
} framings[] = {
    {POST11(""), "no keep /"},
    {POST11(LENGTH("0")), "no keep /"},
    {POST11(LENGTH("5")), "5 keep /"},
    {POST11(LENGTH("005")), "5 keep /"},
    {POST11(LENGTH(" \t5 ")), "5 keep /"},
    {POST11(LENGTH("9223372036854775807")), "9223372036854775807 keep /"},
    {POST11(LENGTH("00000000000009223372036854775807")), "9223372036854775807 keep /"},
    {POST11(LENGTH("9223372036854775808")), "400 at 51: Content-Length is more"},
    {POST11(LENGTH("18446744073709551616")), "400 at 52: Content-Length is more"},
    {POST11(LENGTH("18446744073709551621")), "400 at 52: Content-Length is more"},
    {POST11(LENGTH("99999999999999999999999999")), "400 at 51: Content-Length is more"},
    {POST11(LENGTH("")), "400 at 33: Content-Length without"},
    {POST11(LENGTH("+5")), "400 at 33: Content-Length is no number"},
    {POST11(LENGTH("-5")), "400 at 33: Content-Length is no number"},
    {POST11(LENGTH("5 5")), "400 at 34: Content-Length is no number"},
    {POST11(LENGTH("5, 5")), "400 at 34: Content-Length is no number"},
    {POST11(LENGTH("0x5")), "400 at 34: Content-Length is no number"},
    {POST11(LENGTH("5_0")), "400 at 34: Content-Length is no number"},
    {POST11(LENGTH("5.0")), "400 at 34: Content-Length is no number"},
    {POST11(LENGTH("5") LENGTH("5")), "400 at 36: two Content-Length"},
    {POST11(LENGTH("0") LENGTH("0")), "400 at 36: two Content-Length"},
    {POST11(LENGTH("5") "a: b\r\n" LENGTH("6")), "400 at 42: two Content-Length"},
    {POST11(LENGTH("5") CODED("chunked")), "400 at 36: Transfer-Encoding beside"},
    {POST11(LENGTH("0") CODED("chunked")), "400 at 36: Transfer-Encoding beside"},
    {POST11(CODED("chunked") LENGTH("5")), "400 at 45: Content-Length beside"},
    {POST11(CODED("identity") LENGTH("5")), "400 at 46: Content-Length beside"},
    {POST10(LENGTH("5")), "5 /"},
    {POST10(""), "no /"},
    {POST10(CODED("chunked")), "400 at 17: Transfer-Encoding in HTTP/1.0"},
    {POST11(CODED("chunked")), "chunks keep /"},
    {POST11(CODED("CHUNKED")), "chunks keep /"},
    {POST11(CODED("\tchunked \t")), "chunks keep /"},
    {POST11(CODED("identity \t,\tchunked")), "chunks keep /"},
    {POST11(CODED("gzip, chunked")), NO_CODING(36)},
    {POST11(CODED("identity, x-gzip, chunked")), NO_CODING(46)},
    {POST11(CODED("deflate") CODED("chunked")), NO_CODING(36)},
    {POST11(CODED("identity") CODED("chunked")), "chunks keep /"},
    {POST11(CODED("")), "400 at 36: Transfer-Encoding with an empty"},
    {POST11(CODED(",chunked")), "400 at 36: Transfer-Encoding with an empty"},
    {POST11(CODED("chunked,")), "400 at 44: Transfer-Encoding with an empty"},
    {POST11(CODED("identity, ,chunked")), "400 at 46: Transfer-Encoding with an empty"},
    {POST11(CODED("chunked, chunked")), "400 at 45: a body in chunks of chunks"},
    {POST11(CODED("chunked") CODED("chunked")), "400 at 64: a body in chunks of chunks"},
    {POST11(CODED("chunked, gzip")), "400 at 45: Transfer-Encoding in which chunked"},
    {POST11(CODED("chunked") CODED("identity")), "400 at 64: Transfer-Encoding in which chunked"},
    {POST11(CODED("gzip")), NO_CODING(36)},
    {POST11(CODED("identity")), "400 at 17: Transfer-Encoding in which chunked"},
    {POST11(CODED("pigeons")), NO_CODING(36)},
    {POST11(CODED("pigeons, chunked")), NO_CODING(36)},
    {POST11(CODED("chunkedchunked")), NO_CODING(36)},
    {POST11(CODED("xchunked")), NO_CODING(36)},
    {POST11(CODED("chunked;a=b")), NO_CODING(36)},
    {POST11(CODED("\"chunked\"")), NO_CODING(36)},
};

static void test_framing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++)
        check_request(framings[i].bytes, false, framings[i].wanted);
}

/* ---- the connection ---- */

#define GET11(fields) "GET / HTTP/1.1\r\n" fields "\r\n"
#define GET10(fields) "GET / HTTP/1.0\r\n" fields "\r\n"

static const struct {
    const char *bytes, *wanted;
} connections[] = {
    {GET11("Connection: close\r\n"), "no /"},
    {GET11("Connection: CLOSE\r\n"), "no /"},
    {GET11("Connection: te, Close\t,\r\n"), "no /"},
    {GET11("Connection: closed, xclose\r\n"), "no keep /"},
    {GET11("Connection:\r\n"), "no keep /"},
    {GET11("Connection: keep-alive\r\n"), "no keep /"},
    {GET11("Connection: keep-alive, close\r\n"), "no /"},
    {GET11("Connection: close\r\nConnection: keep-alive\r\n"), "no /"},
    {GET10("Connection: keep-alive\r\n"), "no keep /"},
    {GET10("Connection: Keep-Alive, te\r\n"), "no keep /"},
    {GET10("Connection: te\r\nConnection: keep-alive\r\n"), "no keep /"},
    {GET10("Connection: keep-alive, close\r\n"), "no /"},
    {GET11("Proxy-Connection: close\r\n"), "no keep /"},
    {GET11("Connection: upgrade\r\nUpgrade: websocket\r\n"), "no keep upgrade /"},
    {GET11("Upgrade: websocket\r\nConnection: te,Upgrade\r\n"), "no keep upgrade /"},
    {GET11("Connection: upgrade\r\n"), "no keep /"},
    {GET11("Connection: upgrade\r\nUpgrade:\r\n"), "no keep /"},
    {GET11("Upgrade: websocket\r\n"), "no keep /"},
    {GET10("Connection: upgrade\r\nUpgrade: websocket\r\n"), "no /"},
    {POST11("Expect: 100-Continue\r\n" LENGTH("5")), "5 keep expects /"},
    {POST11("Expect: 100-continue\r\n" CODED("chunked")), "chunks keep expects /"},
    {POST11("Expect: 100-continue\r\n"), "no keep /"},
    {POST11("Expect: 100-continued\r\n" LENGTH("5")), "5 keep /"},
    {POST10("Expect: 100-continue\r\n" LENGTH("5")), "5 /"},
    {"HEAD / HTTP/1.1\r\n\r\n", "no keep head /"},
    {"head / HTTP/1.1\r\n\r\n", "no keep /"},
};

static void test_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof connections / sizeof *connections; i++)
        check_request(connections[i].bytes, false, connections[i].wanted);
}

/* ---- targets ---- */

#define TARGET(target) "GET " target " HTTP/1.1\r\nHost: h\r\n\r\n"
#define CONNECT(target) "CONNECT " target " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n"
#define NO_TARGET(at) "400 at " #at ": a target that is no path"

static const struct {
    const char *bytes, *wanted;
} targets[] = {
    {TARGET("/a?b=c#d"), "no keep @h /a?b=c#d"},
    {TARGET("//a/../b"), "no keep @h //a/../b"},
    {TARGET("http://a/b?c"), "no keep @a /b?c"},
    {TARGET("HTTPS://a:80/"), "no keep @a:80 /"},
    {TARGET("http://a"), "no keep @a"},
    {TARGET("http://a?b/c"), "no keep @a ?b/c"},
    {TARGET("http://a#b"), "no keep @a #b"},
    {TARGET("http://u:p%40!@a:8080/x@y"), "no keep @a:8080 /x@y"},
    {TARGET("http://[::1]:80/"), "no keep @[::1]:80 /"},
    {TARGET("a+-.9://b/"), "no keep @b /"},
    {TARGET("http://a:/"), "no keep @a: /"},
    {TARGET("http://"), NO_TARGET(8)},
    {TARGET("http:///a"), NO_TARGET(11)},
    {TARGET("http://?a"), NO_TARGET(11)},
    {TARGET("http://:80/"), NO_TARGET(11)},
    {TARGET("http://u@/"), NO_TARGET(13)},
    {TARGET("http://u@"), NO_TARGET(13)},
    {TARGET("http://a@b@c/"), NO_TARGET(14)},
    {TARGET("http://a:80:80/"), NO_TARGET(12)},
    {TARGET("http://a:65536/"), NO_TARGET(12)},
    {TARGET("http://a:-1/"), NO_TARGET(12)},
    {TARGET("http://a\\b/"), NO_TARGET(12)},
    {TARGET("http://a%/"), NO_TARGET(12)},
    {TARGET("http://[::1/"), NO_TARGET(11)},
    {TARGET("http://[]/"), NO_TARGET(11)},
    {TARGET("http://[::1]x/"), NO_TARGET(16)},
    {TARGET("s://]ufd/:"), NO_TARGET(8)},
    {TARGET("9p://a/"), NO_TARGET(4)},
    {TARGET("http:/a"), NO_TARGET(8)},
    {TARGET("a:443"), NO_TARGET(5)},
    {TARGET("a"), NO_TARGET(5)},
    {TARGET("a/b"), NO_TARGET(5)},
    {TARGET("?a"), NO_TARGET(4)},
    {TARGET("*"), NO_TARGET(4)},
    {TARGET("*/"), NO_TARGET(4)},
    {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "no keep @h *"},
    {"OPTIONS *a HTTP/1.1\r\nHost: h\r\n\r\n", NO_TARGET(8)},
    {"OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n", "no keep @h /a"},
    {"M-SEARCH * HTTP/1.1\r\nHost: h\r\n\r\n", NO_TARGET(9)},
    /* what stands behind a CONNECT is no body, whatever it says */
    {CONNECT("a:443"), "no upgrade connect @a:443"},
    {CONNECT("[::1]:443"), "no upgrade connect @[::1]:443"},
    {CONNECT("[v1.a]:443"), "no upgrade connect @[v1.a]:443"},
    {CONNECT("a"), NO_TARGET(8)},
    {CONNECT("a:"), NO_TARGET(9)},
    {CONNECT(":443"), NO_TARGET(8)},
    {CONNECT("a:65535"), "no upgrade connect @a:65535"},
    {CONNECT("a:65536"), NO_TARGET(9)},
    {CONNECT("a:99999999999"), NO_TARGET(9)},
    {CONNECT("u@a:443"), NO_TARGET(9)},
    {CONNECT("/"), NO_TARGET(8)},
    {CONNECT("http://a:80/"), NO_TARGET(12)},
    {CONNECT("*"), NO_TARGET(8)},
    {"connect a:443 HTTP/1.1\r\nHost: h\r\n\r\n", NO_TARGET(9)},
};

static void test_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        check_request(targets[i].bytes, true, targets[i].wanted);
}

/* ---- Host ---- */

#define NO_HOST(at) "400 at " #at ": Host is no name or address"

static const struct {
    const char *bytes, *wanted;
} hosts[] = {
    {GET11(""), "400 at 4: a request of HTTP/1.1 without Host"},
    {GET10(""), "no /"},
    {GET11("Host:\r\n"), "no keep /"},
    {GET11("Host: a\r\n"), "no keep @a /"},
    {GET10("Host: a\r\n"), "no @a /"},
    {GET11("Host: a\r\nHost: a\r\n"), "400 at 25: two Host"},
    {GET10("Host: a\r\nHost: b\r\n"), "400 at 25: two Host"},
    {GET11("Host: a-Z_9.~!$&'()*+,;=:80\r\n"), "no keep @a-Z_9.~!$&'()*+,;=:80 /"},
    {GET11("Host: %e4%C3:80\r\n"), "no keep @%e4%C3:80 /"},
    {GET11("Host: 127.0.0.1\r\n"), "no keep @127.0.0.1 /"},
    {GET11("Host: [fe80::1%25a]\r\n"), NO_HOST(22)},
    {GET11("Host: [fe80::1]:8\r\n"), "no keep @[fe80::1]:8 /"},
    {GET11("Host: a:\r\n"), "no keep @a: /"},
    {GET11("Host: :80\r\n"), NO_HOST(22)},
    {GET11("Host: a b\r\n"), NO_HOST(23)},
    {GET11("Host: a/b\r\n"), NO_HOST(23)},
    {GET11("Host: a@b\r\n"), NO_HOST(23)},
    {GET11("Host: a?\r\n"), NO_HOST(23)},
    {GET11("Host: a#\r\n"), NO_HOST(23)},
    {GET11("Host: a\\\r\n"), NO_HOST(23)},
    {GET11("Host: a\xc3\xa4\r\n"), NO_HOST(23)},
    {GET11("Host: a%4\r\n"), NO_HOST(23)},
    {GET11("Host: a%4g\r\n"), NO_HOST(23)},
    {GET11("Host: a:80a\r\n"), NO_HOST(23)},
    {GET11("Host: a:65536\r\n"), NO_HOST(23)},
    {GET11("Host: [::1\r\n"), NO_HOST(22)},
    {GET11("Host: [a]b]\r\n"), NO_HOST(25)},
    /* the target's is the one, but its own has to be right */
    {"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "no keep @a /"},
    {"GET http://a/ HTTP/1.1\r\nHost: b/\r\n\r\n", NO_HOST(31)},
    {"GET http://a/ HTTP/1.1\r\n\r\n", "400 at 4: a request of HTTP/1.1 without Host"},
};

static void test_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        check_request(hosts[i].bytes, true, hosts[i].wanted);
    check_request(GET11(""), false, "no keep /");
    check_request(GET11("Host: a\r\nHost: b\r\n"), false, "no keep @b /");
}

/* ---- answers ---- */

#define OK(fields) "HTTP/1.1 200 OK\r\n" fields "\r\n"

static const struct {
    enum answers to;
    const char *bytes, *wanted;
} answers[] = {
    {ANY, OK(""), "rest"},
    {ANY, OK("Connection: keep-alive\r\n"), "rest"},
    {ANY, "HTTP/1.0 200 OK\r\n\r\n", "rest"},
    {ANY, OK(LENGTH("0")), "no keep"},
    {ANY, OK(LENGTH("5")), "5 keep"},
    {ANY, OK(LENGTH("5") "Connection: close\r\n"), "5"},
    {ANY, "HTTP/1.0 200 OK\r\n" LENGTH("5") "\r\n", "5"},
    {ANY, OK(CODED("chunked")), "chunks keep"},
    {ANY, OK(CODED("identity, chunked")), "chunks keep"},
    {ANY, OK(CODED("identity")), "rest"},
    {ANY, OK(CODED("gzip, chunked")), NO_CODING(36)},
    {ANY, OK(CODED("gzip")), NO_CODING(36)},
    {ANY, OK(CODED("chunkedchunked")), NO_CODING(36)},
    {ANY, OK(CODED("chunked, gzip")), "400 at 45: Transfer-Encoding in which chunked"},
    {ANY, OK(CODED("chunked, identity")), "400 at 45: Transfer-Encoding in which chunked"},
    {ANY, OK(CODED("chunked, chunked")), "400 at 45: a body in chunks of chunks"},
    {ANY, OK(CODED("chunked,")), "400 at 44: Transfer-Encoding with an empty"},
    {ANY, OK(LENGTH("5") CODED("chunked")), "400 at 36: Transfer-Encoding beside"},
    {ANY, OK(LENGTH("5") LENGTH("5")), "400 at 36: two Content-Length"},
    {ANY, "HTTP/1.0 200 OK\r\n" CODED("chunked") "\r\n", "400 at 17: Transfer-Encoding in"},
    {TO_HEAD, OK(""), "no keep head"},
    {TO_HEAD, OK(LENGTH("5")), "no keep head"},
    {TO_HEAD, OK(CODED("chunked")), "no keep head"},
    {TO_HEAD, OK(LENGTH("x")), "400 at 33: Content-Length is no number"},
    {TO_CONNECT, OK(LENGTH("5")), "no keep upgrade connect"},
    {TO_CONNECT, "HTTP/1.1 100 Continue\r\n\r\n", "no keep"},
    {TO_CONNECT, "HTTP/1.1 407 No\r\n" LENGTH("5") "\r\n", "5 keep"},
    {ANY, "HTTP/1.1 100 Continue\r\n\r\n", "no keep"},
    {ANY, "HTTP/1.1 199 ?\r\n" LENGTH("5") "\r\n", "no keep"},
    {ANY, "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n", "no keep upgrade"},
    {ANY, OK(LENGTH("5") "Connection: upgrade\r\nUpgrade: a\r\n"), "5 keep"},
    {ANY, "HTTP/1.1 204 No\r\n" CODED("chunked") "\r\n", "no keep"},
    {ANY, "HTTP/1.1 304 No\r\n" LENGTH("5") "\r\n", "no keep"},
    {ANY, "HTTP/1.1 205 No\r\n" LENGTH("5") "\r\n", "5 keep"},
    {ANY, "HTTP/1.1 304 No\r\nConnection: close\r\n\r\n", "no"},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char said[SAID_BYTES];
        read_head(answers[i].bytes, true, answers[i].to, false, said);
        expect(answers[i].bytes, said, answers[i].wanted, !is_refusal(said));
    }
}

/* ---- words ---- */

static bool has(const char *list, const char *member)
{
    return weir_http_list_has((const unsigned char *)list, strlen(list), member);
}

static void test_words(void **state)
{
    (void)state;
    assert_true(has("a", "a"));
    assert_true(has(",, b ,\tKeep-Alive\t,", "keep-alive"));
    assert_false(has("", "a"));
    assert_false(has("a b", "a"));
    assert_false(has("aa", "a"));
    assert_false(has("a", "aa"));
    assert_false(has("keep\ralive", "keep-alive"));
    assert_true(weir_http_is_token("a-Z~", 4));
    assert_false(weir_http_is_token("", 0));
    assert_false(weir_http_is_token("a b", 3));
    assert_false(weir_http_is_token("a:", 2));
    assert_true(weir_http_is_value("", 0));
    assert_true(weir_http_is_value("a b\t\xff", 5));
    assert_false(weir_http_is_value("a\r", 2));
    assert_false(weir_http_is_value("a\n", 2));
    assert_false(weir_http_is_value("a\0", 2));
    assert_false(weir_http_is_value("\x7f", 1));
    assert_true(weir_http_is_idempotent("GET") && weir_http_is_idempotent("DELETE"));
    assert_false(weir_http_is_idempotent("POST") || weir_http_is_idempotent("PATCH"));
    assert_false(weir_http_is_idempotent("get"));
    assert_string_equal(weir_http_reason(404), "Not Found");
    assert_string_equal(weir_http_reason(511), "Network Authentication Required");
    assert_string_equal(weir_http_reason(299), "");
}

int http_rules(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing), cmocka_unit_test(test_connection),
        cmocka_unit_test(test_targets), cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_answers), cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests_name("http rules", tests, NULL, NULL);
}
