/* The frames of a body: what is data, where it ends, and the first byte that is wrong; whole, byte
 * by byte, and cut once at every offset. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"

#define BYTES(text) (text), sizeof(text) - 1

enum { SAID_BYTES = 1000, FIELDS = 4 };

static const struct weir_http_limits usual = {WEIR_HTTP_TRAILERS_BYTES, 1 << 10, FIELDS};

/* One who reads a body, and what he saw. */
struct reader {
    struct weir_http_body body;
    const char *bytes;
    size_t at, upto; /* consumed, there */
    bool done;
    char said[SAID_BYTES];
    size_t n;
};

static void add(struct reader *self, const char *text, size_t n)
{
    assert_true(self->n + n < SAID_BYTES);
    memcpy(self->said + self->n, text, n);
    self->n += n;
    self->said[self->n] = 0;
}

static void end(struct reader *self, const char *format, size_t at, const char *fact)
{
    char text[200];
    add(self, text, (size_t)snprintf(text, sizeof text, format, at, fact));
    self->done = true;
}

/* The bytes at the end of what may be read. */
static unsigned char *copy_of(const struct reader *self)
{
    size_t n = self->upto - self->at;
    unsigned char *copy = malloc(n + !n);
    memcpy(copy, self->bytes + self->at, n);
    return copy;
}

static void read_trailers(struct reader *self)
{
    struct weir_http_field fields[FIELDS];
    struct weir_http_head head = {.fields = fields};
    unsigned char *copy = copy_of(self);
    enum weir_http_verdict got = weir_http_trailers(copy, self->upto - self->at, 0, &usual, &head);
    free(copy);
    for (uint32_t i = 0; got == WEIR_HTTP_DONE && i < head.n; i++) {
        add(self, "|", 1);
        add(self, self->bytes + self->at + head.fields[i].name.at, head.fields[i].name.n);
    }
    self->body.ended = got == WEIR_HTTP_DONE;
    if (self->body.ended)
        self->at += head.bytes;
    if (got == WEIR_HTTP_BAD)
        end(self, " broken %zu: %s", self->at + head.byte, head.fact);
}

/* false: all that is there was seen. */
static bool step(struct reader *self)
{
    size_t n = self->upto - self->at;
    unsigned char *copy = copy_of(self);
    struct weir_http_step step = weir_http_body_step(&self->body, copy, n);
    free(copy);
    switch (step.piece) {
    case WEIR_HTTP_FRAME:
        assert_int_equal(step.n, n);
        self->at += step.n;
        return false;
    case WEIR_HTTP_DATA:
        assert_true(step.n && step.skip + step.n <= n);
        add(self, self->bytes + self->at + step.skip, step.n);
        self->at += step.skip + step.n;
        return true;
    case WEIR_HTTP_TRAILERS:
        self->at += step.skip;
        read_trailers(self);
        return self->body.ended;
    case WEIR_HTTP_OVER:
        self->at += step.skip;
        end(self, " over %zu", self->at, NULL);
        return false;
    case WEIR_HTTP_BROKEN:
        assert_true(step.byte < n);
        end(self, " broken %zu: %s", self->at + step.byte, step.fact);
    }
    return false;
}

static const char *read_in_pieces(struct reader *self, struct weir_http_body body,
                                  const char *bytes, size_t n, size_t first, size_t each)
{
    *self = (struct reader){.body = body, .bytes = bytes};
    for (self->upto = first;; self->upto = self->upto + each < n ? self->upto + each : n) {
        while (!self->done && step(self))
            ;
        if (self->done || self->upto == n)
            break;
    }
    if (!self->done)
        end(self, weir_http_body_may_end(&self->body) ? " may end" : " cut", 0, NULL);
    return self->said;
}

static void check(struct weir_http_body body, const char *bytes, size_t n, const char *wanted)
{
    static struct reader whole, other;
    const char *said = read_in_pieces(&whole, body, bytes, n, n, n);
    if (strncmp(said, wanted, strlen(wanted)) != 0)
        fail_msg("%s: %s, wanted %s", bytes, said, wanted);
    if (strcmp(said, read_in_pieces(&other, body, bytes, n, 0, 1)) != 0)
        fail_msg("%s: %s, byte by byte %s", bytes, said, other.said);
    for (size_t at = 0; at <= n; at++)
        if (strcmp(said, read_in_pieces(&other, body, bytes, n, at, n)) != 0)
            fail_msg("%s: %s, cut at %zu %s", bytes, said, at, other.said);
}

/* ---- lengths ---- */

static void test_lengths(void **state)
{
    (void)state;
    struct weir_http_body five = {.framing = WEIR_HTTP_LENGTH, .left = 5};
    check(five, BYTES("helloGET"), "hello over 5");
    check(five, BYTES("hello"), "hello over 5");
    check(five, BYTES("hell"), "hell cut");
    check(five, BYTES(""), " cut");
    five.left = INT64_MAX;
    check(five, BYTES("hello"), "hello cut");
    check((struct weir_http_body){.framing = WEIR_HTTP_LENGTH}, BYTES("hello"), " over 0");
    check((struct weir_http_body){.framing = WEIR_HTTP_NO_BODY}, BYTES("hello"), " over 0");
    check((struct weir_http_body){.framing = WEIR_HTTP_TO_THE_END}, BYTES("hello"),
          "hello may end");
    check((struct weir_http_body){.framing = WEIR_HTTP_TO_THE_END}, BYTES(""), " may end");
    const struct weir_http_body none = {.framing = WEIR_HTTP_NO_BODY};
    assert_true(weir_http_body_may_end(&none));
}

/* ---- chunks ---- */

static const struct weir_http_body chunked = {.framing = WEIR_HTTP_CHUNKED};

static const struct {
    const char *bytes;
    size_t n;
    const char *wanted;
} chunks[] = {
    {BYTES(""), " cut"},
    {BYTES("0\r\n\r\nGET"), " over 5"},
    {BYTES("000\r\n\r\n"), " over 7"},
    {BYTES("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "hello world over 26"},
    {BYTES("a\r\n0123456789\r\n0A\r\n0123456789\r\n0\r\n\r\n"), "01234567890123456789 over"},
    {BYTES("00000000000000000005\r\nhello\r\n0\r\n\r\n"), "hello over"},
    {BYTES("5\r\nhello\r\n0\r\nA: b\r\nHost: c\r\n\r\nGET"), "hello|A over 30"},
    {BYTES("5\r\nhello\r\n0\r\nA : b\r\n\r\n"), "hello broken 14: a blank before the colon"},
    {BYTES("5\r\nhello\r\n0\r\nContent-Length: 1\r\n\r\n"), "hello broken 13: a trailer that"},
    {BYTES("5\r\nhello\r\n0\r\nA: b\r\n"), "hello cut"},
    {BYTES("5\r\nhello\r\n0\r\n"), "hello cut"},
    {BYTES("5\r\nhello\r\n0\r\n\r"), "hello cut"},
    {BYTES("5\r\nhello\r\n"), "hello cut"},
    {BYTES("5\r\nhell"), "hell cut"},
    {BYTES("5\r\nhello\n0\r\n\r\n"), "hello broken 8: a chunk is longer than its size"},
    {BYTES("5\r\nhello0\r\n\r\n"), "hello broken 8: a chunk is longer than its size"},
    {BYTES("5\r\nhello\r0\r\n\r\n"), "hello broken 9: a CR without its LF"},
    {BYTES("5\nhello\r\n0\r\n\r\n"), " broken 1: a chunk's size is no number"},
    {BYTES("5\rhello\r\n0\r\n\r\n"), " broken 2: a CR without its LF"},
    {BYTES("\r\nhello\r\n0\r\n\r\n"), " broken 0: a chunk's size is no number"},
    {BYTES("3\r\nfoo\r\n\r\n"), "foo broken 8: a chunk's size is no number"},
    {BYTES("-5\r\nhello"), " broken 0: a chunk's size is no number"},
    {BYTES("+5\r\nhello"), " broken 0: a chunk's size is no number"},
    {BYTES(" 5\r\nhello"), " broken 0: a chunk's size is no number"},
    {BYTES("5 \r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("5\t\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("0x5\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("0\0\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("5_0\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("5g\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("5`\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES(":\r\nhello"), " broken 0: a chunk's size is no number"},
    {BYTES("@\r\nhello"), " broken 0: a chunk's size is no number"},
    {BYTES("7fffffffffffffff\r\nhello"), "hello cut"},
    {BYTES("00007fffffffffffffff\r\nhello"), "hello cut"},
    {BYTES("8000000000000000\r\nhello"), " broken 15: a chunk is larger than"},
    {BYTES("ffffffffffffffff\r\nhello"), " broken 15: a chunk is larger than"},
    {BYTES("10000000000000000\r\nhello"), " broken 16: a chunk is larger than"},
    {BYTES("10000000000000005\r\nhello"), " broken 16: a chunk is larger than"},
    /* extensions */
    {BYTES("5;a\r\nhello\r\n0;b;c=d\r\n\r\n"), "hello over"},
    {BYTES("5;a=b;c=\"d;\\\"\\\\ \t\xff\";e\r\nhello\r\n0\r\n\r\n"), "hello over"},
    {BYTES("5;a=\"\"\r\nhello\r\n0\r\n\r\n"), "hello over"},
    {BYTES("5;\r\nhello"), " broken 2: an extension of a chunk has no right name"},
    {BYTES("5; a\r\nhello"), " broken 2: an extension of a chunk has no right name"},
    {BYTES("5 ;a\r\nhello"), " broken 1: a chunk's size is no number"},
    {BYTES("5;a \r\nhello"), " broken 3: an extension of a chunk has no right name"},
    {BYTES("5;=a\r\nhello"), " broken 2: an extension of a chunk has no right name"},
    {BYTES("5;a;\r\nhello"), " broken 4: an extension of a chunk has no right name"},
    {BYTES("5;a\nhello"), " broken 3: an extension of a chunk has no right name"},
    {BYTES("5;a=\r\nhello"), " broken 4: an extension of a chunk has no right value"},
    {BYTES("5;a= b\r\nhello"), " broken 4: an extension of a chunk has no right value"},
    {BYTES("5;a=b=c\r\nhello"), " broken 5: an extension of a chunk has no right value"},
    {BYTES("5;a=b\nhello"), " broken 5: an extension of a chunk has no right value"},
    {BYTES("5;a=b\rc\r\nhello"), " broken 6: a CR without its LF"},
    {BYTES("5;a=\"b\r\nhello"), " broken 6: an extension of a chunk has no right value"},
    {BYTES("5;a=\"b\nhello"), " broken 6: an extension of a chunk has no right value"},
    {BYTES("5;a=\"b\\\r\nhello"), " broken 7: an extension of a chunk has no right value"},
    {BYTES("5;a=\"b\"c\r\nhello"), " broken 7: an extension of a chunk has no right value"},
    {BYTES("5;a=b\"c\"\r\nhello"), " broken 5: an extension of a chunk has no right value"},
    {BYTES("5;a=\"\0\"\r\nhello"), " broken 5: an extension of a chunk has no right value"},
};

static void test_chunks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
        check(chunked, chunks[i].bytes, chunks[i].n, chunks[i].wanted);
}

/* ---- limits ---- */

static size_t put(char *out, size_t n, const char *before, char c, size_t times, const char *behind)
{
    n += (size_t)sprintf(out + n, "%s", before);
    memset(out + n, c, times);
    return n + times + (size_t)sprintf(out + n + times, "%s", behind);
}

static void test_limits(void **state)
{
    (void)state;
    static char bytes[8000];
    const char one[] = "\r\nx\r\n0\r\n\r\n";
    size_t n = put(bytes, 0, "", '0', WEIR_HTTP_CHUNK_LINE_BYTES, "1\r\nx\r\n0\r\n\r\n");
    check(chunked, bytes, n, "x over");
    n = put(bytes, 0, "", '0', WEIR_HTTP_CHUNK_LINE_BYTES + 1, "1\r\nx\r\n0\r\n\r\n");
    check(chunked, bytes, n, " broken 256: a chunk's size has more zeros");
    n = put(bytes, 0, "1;", 'a', WEIR_HTTP_CHUNK_LINE_BYTES, one);
    check(chunked, bytes, n, "x over");
    n = put(bytes, 0, "1;", 'a', WEIR_HTTP_CHUNK_LINE_BYTES + 1, one);
    check(chunked, bytes, n, " broken 258: the extensions of a chunk");
    n = put(bytes, 0, "1;a=\"", ' ', WEIR_HTTP_CHUNK_LINE_BYTES, "\"\r\nx\r\n0\r\n\r\n");
    check(chunked, bytes, n, " broken 258: the extensions of a chunk");
}

/* The extensions of all chunks together are limited, those of another body are not among them. */
static void test_all_extensions(void **state)
{
    (void)state;
    static char bytes[8000];
    static struct reader reader;
    enum { EACH = 128, MOST = WEIR_HTTP_EXTENSIONS_BYTES / EACH };
    size_t n = 0;
    for (size_t i = 0; i < MOST; i++)
        n = put(bytes, n, "1;", 'a', EACH, "\r\nx\r\n");
    size_t full = n;
    n = put(bytes, n, "0", 0, 0, "\r\n\r\n");
    const char *said = read_in_pieces(&reader, chunked, bytes, n, n, n);
    assert_non_null(strstr(said, "xxx over"));
    n = put(bytes, full, "0;", 'a', 1, "\r\n\r\n");
    said = read_in_pieces(&reader, chunked, bytes, n, n, n);
    assert_non_null(strstr(said, "xxx broken 4322: the extensions of a body's chunks"));
    assert_int_equal(full + 2, 4322);
}

/* Asked once more where it is broken, or before trailers, it says the same. */
static void test_asked_again(void **state)
{
    (void)state;
    struct weir_http_body body = chunked;
    const unsigned char *bytes = (const unsigned char *)"5;x=\r\n";
    assert_int_equal(weir_http_body_step(&body, bytes, 3).piece, WEIR_HTTP_FRAME);
    for (int i = 0; i < 2; i++) {
        struct weir_http_step step = weir_http_body_step(&body, bytes + 3, 3);
        assert_int_equal(step.piece, WEIR_HTTP_BROKEN);
        assert_int_equal(step.byte, 1);
    }
    body = chunked;
    for (size_t i = 0; i < 3; i++) {
        struct weir_http_step step =
            weir_http_body_step(&body, (const unsigned char *)"0\r\n\r\n" + (i ? 3 : 0), i ? 2 : 3);
        assert_int_equal(step.piece, WEIR_HTTP_TRAILERS);
        assert_int_equal(step.skip, i ? 0 : 3);
        assert_false(weir_http_body_may_end(&body));
    }
    body.ended = true;
    assert_int_equal(weir_http_body_step(&body, bytes, 3).piece, WEIR_HTTP_OVER);
    assert_true(weir_http_body_may_end(&body));
}

int http_body(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),     cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_all_extensions),
        cmocka_unit_test(test_asked_again),
    };
    return cmocka_run_group_tests_name("http body", tests, NULL, NULL);
}
