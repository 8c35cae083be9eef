/* The head of a message: what is right, and the first byte of what is not, in whatever pieces the
 * bytes come. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/head.h"

#define BYTES(text) (text), sizeof(text) - 1

enum { FIELDS = 100, SAID_BYTES = 40000 };

typedef enum weir_http_verdict (*parse_fn)(const unsigned char *, size_t, size_t,
                                           const struct weir_http_limits *,
                                           struct weir_http_head *);

static const struct weir_http_limits usual = {32 << 10, 8 << 10, FIELDS};

/* The bytes at the end of what may be read. */
static enum weir_http_verdict parse(parse_fn fn, const char *bytes, size_t n, size_t from,
                                    const struct weir_http_limits *limits,
                                    struct weir_http_head *head)
{
    unsigned char *copy = malloc(n + !n);
    memcpy(copy, bytes, n);
    enum weir_http_verdict got = fn(copy, n, from, limits, head);
    free(copy);
    return got;
}

static int span(char *out, const char *bytes, struct weir_http_span span)
{
    return sprintf(out, "%.*s", (int)span.n, bytes + span.at);
}

static void say(char *out, enum weir_http_verdict got, const char *bytes,
                const struct weir_http_head *head)
{
    if (got == WEIR_HTTP_NEED) {
        strcpy(out, "more");
        return;
    }
    if (got == WEIR_HTTP_BAD) {
        sprintf(out, "%u at %u: %s", head->answer, head->byte, head->fact);
        return;
    }
    if (head->response) {
        out += sprintf(out, "%u %u ", head->version, head->status);
        out += span(out, bytes, head->reason);
    } else if (head->version) {
        out += span(out, bytes, head->method);
        out += sprintf(out, " ");
        out += span(out, bytes, head->target);
        out += sprintf(out, " %u", head->version);
    }
    for (uint32_t i = 0; i < head->n; i++) {
        out += sprintf(out, "|");
        out += span(out, bytes, head->fields[i].name);
        out += sprintf(out, "=");
        out += span(out, bytes, head->fields[i].value);
        if (head->fields[i].known)
            out += sprintf(out, "#%u", head->fields[i].known);
    }
    sprintf(out, "|%u", head->bytes);
}

/* One byte more each time, or in two pieces. */
static void say_in_pieces(char *out, parse_fn fn, const char *bytes, size_t n, size_t first,
                          size_t step, const struct weir_http_limits *limits,
                          struct weir_http_head *head)
{
    enum weir_http_verdict got = WEIR_HTTP_NEED;
    size_t from = 0;
    for (size_t upto = first; got == WEIR_HTTP_NEED; upto = upto + step < n ? upto + step : n) {
        got = parse(fn, bytes, upto, from, limits, head);
        from = upto;
        if (got == WEIR_HTTP_NEED)
            assert_true(upto <= limits->head_bytes);
        if (got == WEIR_HTTP_BAD)
            assert_true(head->byte < upto);
        if (upto == n)
            break;
    }
    say(out, got, bytes, head);
}

/* However they come; `wanted` is the beginning of what is said. */
static void check(parse_fn fn, const char *bytes, size_t n, const struct weir_http_limits *limits,
                  const char *wanted)
{
    static char said[SAID_BYTES], other[SAID_BYTES];
    static struct weir_http_field fields[FIELDS];
    struct weir_http_head head = {.fields = fields};
    say(said, parse(fn, bytes, n, 0, limits, &head), bytes, &head);
    if (strncmp(said, wanted, strlen(wanted)) != 0)
        fail_msg("%.60s: %s, wanted %s", bytes, said, wanted);
    say_in_pieces(other, fn, bytes, n, 0, 1, limits, &head);
    if (strcmp(said, other) != 0)
        fail_msg("%.60s: %s, byte by byte %s", bytes, said, other);
    for (size_t at = 0; at <= n; at += n < 1000 ? 1 : 97) {
        say_in_pieces(other, fn, bytes, n, at, n, limits, &head);
        if (strcmp(said, other) != 0)
            fail_msg("%.60s: %s, cut at %zu %s", bytes, said, at, other);
    }
}

/* ---- requests ---- */

static const struct row {
    const char *bytes;
    size_t n;
    const char *wanted;
} requests[] = {
    {BYTES(""), "more"},
    {BYTES("GET / HTTP/1.1\r\n\r\n"), "GET / 11|18"},
    {BYTES("GET / HTTP/1.0\r\n\r\nmore"), "GET / 10|18"},
    {BYTES("\r\nGET / HTTP/1.1\r\n\r\n"), "GET / 11|20"},
    {BYTES("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), "400 at 2: no method"},
    {BYTES("\n\nGET / HTTP/1.1\r\n\r\n"), "400 at 0: a line ends with LF alone"},
    {BYTES("\rGET / HTTP/1.1\r\n\r\n"), "400 at 1: a CR without its LF"},
    {BYTES("\r\n"), "more"},
    {BYTES("-!#$%&'*+.^_`|~09azAZ * HTTP/1.1\r\n\r\n"), "-!#$%&'*+.^_`|~09azAZ * 11|36"},
    {BYTES("G:T / HTTP/1.1\r\n\r\n"), "400 at 1: no method"},
    {BYTES(" GET / HTTP/1.1\r\n\r\n"), "400 at 0: no method"},
    {BYTES("GET  / HTTP/1.1\r\n\r\n"), "400 at 4: no target"},
    {BYTES("GET\t/ HTTP/1.1\r\n\r\n"), "400 at 3: no method"},
    {BYTES("GET /\tHTTP/1.1\r\n\r\n"), "400 at 5: no target"},
    {BYTES("GET /  HTTP/1.1\r\n\r\n"), "400 at 6: no version"},
    {BYTES("GET / HTTP/1.1 \r\n\r\n"), "400 at 14: more behind the version"},
    {BYTES("GET / HTTP/1.1\n\r\n"), "400 at 14: a line ends with LF alone"},
    {BYTES("GET / HTTP/1.1\r \r\n"), "400 at 15: a CR without its LF"},
    {BYTES("GET /\r\n\r\n"), "400 at 5: no target"},
    {BYTES("GET\r\n\r\n"), "400 at 3: no method"},
    {BYTES("GET /a b HTTP/1.1\r\n\r\n"), "400 at 7: no version"},
    {BYTES("GET /\x80 HTTP/1.1\r\n\r\n"), "400 at 5: no target"},
    {BYTES("GET /\x7f HTTP/1.1\r\n\r\n"), "400 at 5: no target"},
    {BYTES("GET /12345678\x7f HTTP/1.1\r\n\r\n"), "400 at 13: no target"},
    {BYTES("GET /1234567\xff\xff HTTP/1.1\r\n\r\n"), "400 at 12: no target"},
    {BYTES("GET /123 5678 HTTP/1.1\r\n\r\n"), "400 at 9: no version"},
    {BYTES("GET /\0 HTTP/1.1\r\n\r\n"), "400 at 5: a NUL"},
    {BYTES("GE\0T / HTTP/1.1\r\n\r\n"), "400 at 2: a NUL"},
    {BYTES("GET /!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~ HTTP/1.1\r\n\r\n"),
     "GET /!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~ 11|"},
    {BYTES("GET / http/1.1\r\n\r\n"), "400 at 6: no version of HTTP"},
    {BYTES("GET / IHTTP/1.1\r\n\r\n"), "400 at 6: no version of HTTP"},
    {BYTES("GET / HTTP/0.9\r\n\r\n"), "400 at 11: no version"},
    {BYTES("GET / HTTP/01.1\r\n\r\n"), "400 at 11: no version"},
    {BYTES("GET / HTTP/1,1\r\n\r\n"), "400 at 12: no version"},
    {BYTES("GET / HTTP/11.1\r\n\r\n"), "400 at 12: no version"},
    {BYTES("GET / HTTP/1.10\r\n\r\n"), "400 at 14: more"},
    {BYTES("GET / HTTP/1.2\r\n\r\n"), "505 at 13: no version HTTP/1.0 or HTTP/1.1"},
    {BYTES("GET / HTTP/2.0\r\n\r\n"), "505 at 11"},
    {BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505 at 11"},
    {BYTES("GET / HTTP/9"), "505 at 11"},
    /* fields */
    {BYTES("GET / HTTP/1.1\r\na:b\r\n\r\n"), "GET / 11|a=b|23"},
    {BYTES("GET / HTTP/1.1\r\na: \t b c\t \r\nD:\r\nE: \t \r\n\r\n"), "GET / 11|a=b c|D=|E=|41"},
    {BYTES("GET / HTTP/1.1\r\na:b:c\r\n\r\n"), "GET / 11|a=b:c|"},
    {BYTES("GET / HTTP/1.1\r\na: 12345678\t\x80\xff 9\r\n\r\n"),
     "GET / 11|a=12345678\t\x80\xff 9|"},
    {BYTES("GET / HTTP/1.1\r\nTE:a\r\nhOST:a\r\nExpect:a\r\nUPGRADE:a\r\nconnection:a\r\n"
           "Content-Length:a\r\nTransfer-Encoding:a\r\n\r\n"),
     "GET / 11|TE=a#5|hOST=a#4|Expect=a#3|UPGRADE=a#7|connection=a#1|Content-Length=a#2|"
     "Transfer-Encoding=a#6|"},
    {BYTES("GET / HTTP/1.1\r\nHosts:a\r\nTO:a\r\nContent_Length:a\r\nContent-Lengths:a\r\n\r\n"),
     "GET / 11|Hosts=a|TO=a|Content_Length=a|Content-Lengths=a|"},
    {BYTES("GET / HTTP/1.1\r\na : b\r\n\r\n"), "400 at 17: a blank before the colon"},
    {BYTES("GET / HTTP/1.1\r\na\t: b\r\n\r\n"), "400 at 17: a blank before the colon"},
    {BYTES("GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n"), "400 at 22: a line that begins with a blank"},
    {BYTES("GET / HTTP/1.1\r\n\ta: b\r\n\r\n"), "400 at 16: a line that begins with a blank"},
    {BYTES("GET / HTTP/1.1\r\n: b\r\n\r\n"), "400 at 16: no field name"},
    {BYTES("GET / HTTP/1.1\r\na\r\n\r\n"), "400 at 17: no field name"},
    {BYTES("GET / HTTP/1.1\r\na\n\r\n"), "400 at 17: a line ends with LF alone"},
    {BYTES("GET / HTTP/1.1\r\na@: b\r\n\r\n"), "400 at 17: no field name"},
    {BYTES("GET / HTTP/1.1\r\na\xe4: b\r\n\r\n"), "400 at 17: no field name"},
    {BYTES("GET / HTTP/1.1\r\na: b\nc: d\r\n\r\n"), "400 at 20: a line ends with LF alone"},
    {BYTES("GET / HTTP/1.1\r\na: b\n\n"), "400 at 20: a line ends with LF alone"},
    {BYTES("GET / HTTP/1.1\r\na: b\rc: d\r\n\r\n"), "400 at 21: a CR without its LF"},
    {BYTES("GET / HTTP/1.1\r\na: b\r\r\n\r\n"), "400 at 21: a CR without its LF"},
    {BYTES("GET / HTTP/1.1\r\na: b\0\r\n\r\n"), "400 at 20: a NUL"},
    {BYTES("GET / HTTP/1.1\r\na: 12345678b\x01\r\n\r\n"), "400 at 28: a byte that a value"},
    {BYTES("GET / HTTP/1.1\r\na: b\x7f\r\n\r\n"), "400 at 20: a byte that a value"},
    {BYTES("GET / HTTP/1.1\r\na: b\r\n\rX"), "400 at 23: a CR without its LF"},
    {BYTES("GET / HTTP/1.1\r\na: b\r\n\n"), "400 at 22: a line ends with LF alone"},
    {BYTES("GET / HTTP/1.1\r\na: b\r\n\r"), "more"},
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        check(weir_http_request_head, requests[i].bytes, requests[i].n, &usual, requests[i].wanted);
}

/* ---- responses ---- */

static const struct row responses[] = {
    {BYTES("HTTP/1.1 200 OK\r\n\r\n"), "11 200 OK|19"},
    {BYTES("HTTP/1.0 404 Not Found\r\na: b\r\n\r\nbody"), "10 404 Not Found|a=b|32"},
    {BYTES("\r\nHTTP/1.1 200 OK\r\n\r\n"), "11 200 OK|21"},
    {BYTES("HTTP/1.1 200\r\n\r\n"), "11 200 |16"},
    {BYTES("HTTP/1.1 200 \r\n\r\n"), "11 200 |17"},
    {BYTES("HTTP/1.1 999 \xc3\xab \t!\r\n\r\n"), "11 999 \xc3\xab \t!|"},
    {BYTES("HTTP/1.1  200 OK\r\n\r\n"), "400 at 9: no status"},
    {BYTES("HTTP/1.1\t200 OK\r\n\r\n"), "400 at 8: no status"},
    {BYTES("HTTP/1.1\r\n\r\n"), "400 at 8: no status"},
    {BYTES("HTTP/1.1 20 OK\r\n\r\n"), "400 at 11: no status"},
    {BYTES("HTTP/1.1 099 OK\r\n\r\n"), "400 at 9: no status"},
    {BYTES("HTTP/1.1 2000 OK\r\n\r\n"), "400 at 12: a byte that a reason"},
    {BYTES("HTTP/1.1 200 O\x01\r\n\r\n"), "400 at 14: a byte that a reason"},
    {BYTES("HTTP/1.1 200 OK\n\n"), "400 at 15: a line ends with LF alone"},
    {BYTES("HTTP/1.1 200 OK\r\n a: b\r\n\r\n"), "400 at 17: a line that begins with a blank"},
    {BYTES("HTTP/2 200\r\n\r\n"), "505 at 5"},
    {BYTES("RTSP/1.0 200 OK\r\n\r\n"), "400 at 0: no version of HTTP"},
    {BYTES("HTTP/1.01 200 OK\r\n\r\n"), "400 at 8: no status"},
    {BYTES("GET / HTTP/1.1\r\n\r\n"), "400 at 0: no version of HTTP"},
};

static void test_responses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++)
        check(weir_http_response_head, responses[i].bytes, responses[i].n, &usual,
              responses[i].wanted);
}

/* ---- trailers ---- */

static const struct row trailers[] = {
    {BYTES("\r\n"), "|2"},
    {BYTES("a: b\r\nc:d\r\n\r\nGET"), "|a=b|c=d|13"},
    {BYTES("Host: a\r\na: b\r\nConnection: close\r\nTE: x\r\n\r\n"), "|a=b|43"},
    {BYTES("a: b\r\nContent-Length: 1\r\n\r\n"), "400 at 6: a trailer that would frame"},
    {BYTES("transfer-encoding: chunked\r\n\r\n"), "400 at 0: a trailer that would frame"},
    {BYTES(" a: b\r\n\r\n"), "400 at 0: a line that begins with a blank"},
    {BYTES("a: b\r\n"), "more"},
    {BYTES("\n"), "400 at 0: a line ends with LF alone"},
    {BYTES(""), "more"},
};

static void test_trailers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trailers / sizeof *trailers; i++)
        check(weir_http_trailers, trailers[i].bytes, trailers[i].n, &usual, trailers[i].wanted);
}

/* ---- limits ---- */

static const struct {
    struct weir_http_limits limits;
    struct row row;
} limits[] = {
    /* lines: without their ends */
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na: 45678901234\r\n\r\n"), "GET / 11|a=45678901234|34"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na: 456789012345\r\n\r\n"), "431 at 30: a line"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na: 45678901234\n"), "431 at 30: a line"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na123456789012:\r\n\r\n"), "GET / 11|a123456789012=|"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na1234567890123:\r\n\r\n"), "431 at 30: a line"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na12345678901234"), "431 at 30: a line"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na: 1\r\nb: 123456789012"), "431 at 36: a line"}},
    {{99, 14, 9}, {BYTES("GET / HTTP/1.1\r\na:               \r\n\r\n"), "431 at 30: a line"}},
    {{99, 13, 9}, {BYTES("GET / HTTP/1.1\r\n\r\n"), "414 at 13: a line"}},
    {{99, 12, 9}, {BYTES("GET / HTTP/1.1\r\n\r\n"), "414 at 12: a line"}},
    {{99, 6, 9}, {BYTES("GET / HTTP/1.1\r\n\r\n"), "414 at 6: a line"}},
    {{99, 5, 9}, {BYTES("GET / HTTP/1.1\r\n\r\n"), "414 at 5: a line"}},
    {{99, 14, 9}, {BYTES("GET /3456789012345678 HTTP/1.1"), "414 at 14: a line"}},
    {{99, 14, 9}, {BYTES("\r\nGET /3456789012345678 HTTP/1.1"), "414 at 16: a line"}},
    {{99, 14, 9}, {BYTES("GETTTTTTTTTTTTTTTTTTTTT"), "414 at 14: a line"}},
    /* fields */
    {{99, 99, 2}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "GET / 11|a=b|c=d|28"}},
    {{99, 99, 1}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "431 at 21: more fields"}},
    /* all of it */
    {{28, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "GET / 11|a=b|c=d|28"}},
    {{28, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\nGET / HTT"), "GET / 11|a=b|c=d|28"}},
    {{27, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "431 at 27: the head"}},
    {{26, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "431 at 26: the head"}},
    {{22, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "431 at 22: the head"}},
    {{22, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc"), "more"}},
    {{15, 99, 9}, {BYTES("GET / HTTP/1.1\r\na:b\r\nc:d\r\n\r\n"), "414 at 15: the head"}},
    {{9, 99, 9}, {BYTES("GET /123456"), "414 at 9: the head"}},
};

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        check(weir_http_request_head, limits[i].row.bytes, limits[i].row.n, &limits[i].limits,
              limits[i].row.wanted);
    const struct weir_http_limits small = {20, 10, 2};
    check(weir_http_response_head, BYTES("HTTP/1.1 200 OK\r\n"), &small, "431 at 10: a line");
    check(weir_http_trailers, BYTES("Host:a\r\nb:\r\nc:\r\n\r\n"), &small,
          "431 at 12: more fields");
    check(weir_http_trailers, BYTES("a:23456789\r\nb:23456789\r\n"), &small, "431 at 20: the head");
}

/* A whole head of the usual limits, and one more of each. */
static void test_usual_limits(void **state)
{
    (void)state;
    static char bytes[40000];
    size_t n = (size_t)sprintf(bytes, "GET / HTTP/1.1\r\n");
    for (unsigned i = 0; i < FIELDS; i++)
        n += (size_t)snprintf(bytes + n, sizeof bytes - n, "a%u: %0*d\r\n", i, 300, 1);
    size_t fields = n;
    n += (size_t)snprintf(bytes + n, sizeof bytes - n, "\r\n");
    check(weir_http_request_head, bytes, n, &usual, "GET / 11|a0=000");
    n = fields + (size_t)snprintf(bytes + fields, sizeof bytes - fields, "b:\r\n\r\n");
    char wanted[60];
    sprintf(wanted, "431 at %zu: more fields", fields);
    check(weir_http_request_head, bytes, n, &usual, wanted);
    n = (size_t)sprintf(bytes, "GET /%0*d HTTP/1.1\r\n\r\n", (8 << 10) - 14, 1);
    check(weir_http_request_head, bytes, n, &usual, "GET /000");
    n = (size_t)sprintf(bytes, "GET /%0*d HTTP/1.1\r\n\r\n", (8 << 10) - 13, 1);
    check(weir_http_request_head, bytes, n, &usual, "414 at 8192: a line");
}

int http_head(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),     cmocka_unit_test(test_responses),
        cmocka_unit_test(test_trailers),     cmocka_unit_test(test_limits),
        cmocka_unit_test(test_usual_limits),
    };
    return cmocka_run_group_tests_name("http head", tests, NULL, NULL);
}
