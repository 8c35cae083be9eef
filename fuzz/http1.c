/* Messages of HTTP/1.x, made of pieces of them and of bytes that have no place there: however they
 * are split in two they say the same, no head is longer than it may be, what is refused names a
 * byte that is there, and nothing behind the bytes is read. With WEIR_LIBFUZZER the bytes come from
 * the fuzzer.
 *
 *   http1 [-n CASES] [-t SECONDS] [-s SEED]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws.h"
#include "http1_said.h"

enum { INPUT_BYTES = 1024 };

static const char *const pieces[] = {
    "GET / HTTP/1.1\r\n",
    "POST /a?b#c HTTP/1.1\r\nHost: a\r\n",
    "HEAD http://u@a:80?b HTTP/1.1\r\n",
    "CONNECT [::1]:443 HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.0\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 204\r\n",
    "HTTP/1.0 101 \r\n",
    "Host: a:80\r\n",
    "Host:\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 9223372036854775807\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, Upgrade\r\n",
    "Upgrade: h2c\r\n",
    "Expect: 100-continue\r\n",
    "name: value\r\n",
    "name:\tv \xe4 \t\r\n",
    "\r\n",
    "\r\n\r\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "0\r\nname: value\r\n\r\n",
    "0005;a;b=c;d=\"\\\"e \"\r\nhello\r\n",
    "7fffffffffffffff\r\n",
    "8000000000000000\r\n",
    " ",
    "\t",
    "\r",
    "\n",
    ":",
    ",",
    ";",
    "chunked",
};
enum { PIECES = sizeof pieces / sizeof *pieces };

static size_t add(unsigned char *out, size_t n, const void *bytes, size_t size)
{
    if (size > INPUT_BYTES - n)
        size = INPUT_BYTES - n;
    memcpy(out + n, bytes, size);
    return n + size;
}

/* ---- the oracle ---- */

static const char *program;
static uint64_t seed_now; /* 0: the fuzzer's bytes */

static void tell(const char *how, const struct http1_said *said)
{
    fprintf(stderr, "  %s: %d, %u at %zu: %s; %zu of %zu bytes\n", how, said->verdict, said->answer,
            said->byte, said->fact ? said->fact : "", said->whole, said->n);
}

static void check(struct http1_kind kind, const unsigned char *bytes, size_t n, size_t split)
{
    static struct http1_said whole, other;
    http1_say(&whole, kind, bytes, n, n, 1);
    http1_say(&other, kind, bytes, n, split, n);
    if (http1_same(&whole, &other))
        http1_say(&other, kind, bytes, n, 0, 1);
    if (http1_same(&whole, &other))
        return;
    fprintf(stderr, "%zu bytes, split at %zu\n", n, split);
    tell("whole", &whole);
    tell("split", &other);
    if (seed_now)
        fprintf(stderr, "  again: %s -s %" PRIu64 "\n", program, seed_now);
    abort();
}

static struct http1_kind kind_of(unsigned bits)
{
    return (struct http1_kind){.responses = bits & 1, .host_wanted = bits & 2, .small = bits & 4};
}

#ifdef WEIR_LIBFUZZER
/* Some bytes stand for a piece each: it does not have to find their letters. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static unsigned char input[INPUT_BYTES];
    size_t size = 0;
    for (size_t i = 2; i < n; i++) {
        bool piece = bytes[0] & 8 && bytes[i] >= 0x80 && bytes[i] < 0x80 + PIECES;
        const char *text = piece ? pieces[bytes[i] - 0x80] : (const char *)bytes + i;
        size = add(input, size, text, piece ? strlen(text) : 1);
    }
    if (n >= 2)
        check(kind_of(bytes[0]), input, size, bytes[1] * size / 255);
    return 0;
}
#else

/* ---- cases from a seed ---- */

static uint64_t draws;

static size_t draw(size_t below)
{
    return draws_below(&draws, below);
}

static size_t draw_pieces(unsigned char *out)
{
    size_t n = 0;
    for (size_t left = 1 + draw(draw(3) ? 8 : 60); left; left--) {
        const char *piece = pieces[draw(PIECES)];
        n = add(out, n, piece, strlen(piece));
    }
    return n;
}

/* A first line, fields, an empty line and chunks: what is right more often than not. */
static size_t draw_message(unsigned char *out, size_t n, bool response)
{
    static const struct {
        size_t from, below;
    } requests = {0, 5}, responses = {5, 8}, fields = {8, 20}, chunks = {22, 26};
    size_t first = response ? responses.from + draw(responses.below - responses.from)
                            : requests.from + draw(requests.below - requests.from);
    n = add(out, n, pieces[first], strlen(pieces[first]));
    for (size_t left = draw(5); left; left--) {
        const char *field = pieces[fields.from + draw(fields.below - fields.from)];
        n = add(out, n, field, strlen(field));
    }
    n = add(out, n, "\r\n", 2);
    for (size_t left = draw(4); left; left--) {
        const char *chunk = pieces[chunks.from + draw(chunks.below - chunks.from)];
        n = add(out, n, chunk, strlen(chunk));
    }
    return draw(2) ? add(out, n, "0\r\n\r\n", 5) : n;
}

static size_t damage(unsigned char *bytes, size_t n)
{
    static const char odd[] = "\r\n \t:;,=\"\\0a\x7f\x80";
    for (size_t times = draw(3); n && times; times--)
        bytes[draw(n)] = draw(2) ? (unsigned char)odd[draw(sizeof odd)] : (unsigned char)draw(256);
    return draw(8) ? n : draw(n + 1);
}

static void run_seed(uint64_t seed)
{
    static unsigned char bytes[INPUT_BYTES];
    seed_now = draws = seed;
    struct http1_kind kind = kind_of((unsigned)draw(8));
    size_t n = 0;
    if (draw(4)) {
        for (size_t messages = 1 + draw(3); messages; messages--)
            n = draw_message(bytes, n, kind.responses);
    } else {
        n = draw_pieces(bytes);
    }
    n = damage(bytes, n);
    check(kind, bytes, n, draw(n + 1));
}

int main(int argc, char **argv)
{
    program = argv[0];
    return draws_run(argc, argv, run_seed);
}
#endif
