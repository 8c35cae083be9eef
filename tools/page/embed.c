/* The live page as a header of C, for the build:
 *
 *     embed PAGE.html OUT.h
 *
 * weir_page_text is the page, WEIR_PAGE_POLICY what a browser may do with it: to run the one script
 * and to apply the one style that are in it, which it tells by their SHA-256. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES_MAX = 60000 };

static int fail(const char *text, const char *where)
{
    fprintf(stderr, "embed: %s: %s\n", where, text);
    return 1;
}

/* ---- SHA-256, FIPS 180-4 ---- */

static const uint32_t rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void schedule(uint32_t w[64], const unsigned char *block)
{
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
}

static void compress(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], s[8];
    schedule(w, block);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t e = turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25);
        uint32_t a = turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22);
        uint32_t one = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + rounds[i] + w[i];
        uint32_t two = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static void sha256(const char *text, size_t n, unsigned char out[32])
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char last[128] = {0};
    size_t whole = n / 64 * 64, rest = n - whole, end = rest < 56 ? 64 : 128;
    for (size_t at = 0; at < whole; at += 64)
        compress(state, (const unsigned char *)text + at);
    memcpy(last, text + whole, rest);
    last[rest] = 0x80;
    for (int i = 0; i < 8; i++)
        last[end - 1 - i] = (unsigned char)((uint64_t)n * 8 >> 8 * i);
    for (size_t at = 0; at < end; at += 64)
        compress(state, last + at);
    for (int i = 0; i < 32; i++)
        out[i] = (unsigned char)(state[i / 4] >> (24 - i % 4 * 8));
}

/* ---- the policy ---- */

static void base64(const unsigned char bytes[32], char out[45])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 11; i++) {
        unsigned three[3] = {bytes[3 * i], bytes[3 * i + 1], i < 10 ? bytes[3 * i + 2] : 0};
        unsigned bits = three[0] << 16 | three[1] << 8 | three[2];
        for (int j = 0; j < 4; j++)
            out[4 * i + j] = digits[bits >> (18 - 6 * j) & 63];
    }
    out[43] = '=';
    out[44] = 0;
}

/* The hash of what stands between the first "<NAME>" and the "</NAME>" behind it. */
static int hash_of(const char *page, const char *name, char out[45])
{
    char open[16], close[16];
    unsigned char digest[32];
    snprintf(open, sizeof open, "<%s>", name);
    snprintf(close, sizeof close, "</%s>", name);
    const char *begin = strstr(page, open), *end = begin ? strstr(begin, close) : NULL;
    if (!end || strstr(begin + 1, open) || strstr(end + 1, close))
        return fail("is wanted once", open);
    begin += strlen(open);
    sha256(begin, (size_t)(end - begin), digest);
    base64(digest, out);
    return 0;
}

static void put(FILE *to, const char *page, size_t n, const char *script, const char *style)
{
    fprintf(to, "/* Made by tools/page/embed.c of src/inspect/page.html. */\n"
                "#ifndef WEIR_INSPECT_PAGE_TEXT_H\n#define WEIR_INSPECT_PAGE_TEXT_H\n\n"
                "#define WEIR_PAGE_POLICY \\\n");
    fprintf(to,
            "    \"default-src 'none'; connect-src 'self'; script-src 'sha256-%s'; \" \\\n"
            "    \"style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; \" \\\n"
            "    \"frame-ancestors 'none'\"\n\n",
            script, style);
    fprintf(to, "static const unsigned char weir_page_text[%zu] = {", n);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%u,", i % 20 ? "" : "\n    ", (unsigned char)page[i]);
    fprintf(to, "\n};\n\n#endif\n");
}

int main(int argc, char **argv)
{
    static char page[PAGE_BYTES_MAX + 2];
    char script[45], style[45];
    if (argc != 3)
        return fail("PAGE.html OUT.h are wanted", "usage");
    FILE *from = fopen(argv[1], "rb");
    size_t n = from ? fread(page, 1, PAGE_BYTES_MAX + 1, from) : 0;
    if (!from || ferror(from) || fclose(from))
        return fail("cannot be read", argv[1]);
    if (n > PAGE_BYTES_MAX)
        return fail("has more than 60000 bytes", argv[1]);
    if (strlen(page) != n)
        return fail("has a NUL", argv[1]);
    if (hash_of(page, "script", script) || hash_of(page, "style", style))
        return 1;
    FILE *to = fopen(argv[2], "wb");
    if (!to)
        return fail("cannot be written", argv[2]);
    put(to, page, n, script, style);
    return fclose(to) ? fail("cannot be written", argv[2]) : 0;
}
