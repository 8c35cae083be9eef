/* Decompressors over what compressors made, with something done to it, or over bytes that are made
 * up: however the input is split in two and the output is taken, the outcome is the same, and no
 * byte outside of what was given is touched. With WEIR_LIBFUZZER the bytes come from the fuzzer.
 *
 *   decompress [-n CASES] [-t SECONDS] [-s SEED] [NAME]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws.h"
#include "weir.h"

enum { INPUT_BYTES = 16 << 10, PLAIN_BYTES = 3000, PIECE_BYTES = 64 << 10, MUCH_BYTES = 1 << 20 };

struct kind {
    const char *name;
    const weir_codec *pack, *unpack;
    bool vague; /* how the input is cut shows in what comes before an error, and its byte */
    bool keeps; /* ... and so does the room for the output, in what comes before it alone */
};

static const struct kind kinds[] = {
    {"gunzip", &weir_codec_gzip, &weir_codec_gunzip, false, false},
    {"inflate", &weir_codec_deflate, &weir_codec_inflate, false, false},
    {"unzlib", &weir_codec_zlib, &weir_codec_unzlib, false, false},
#ifdef WEIR_HAVE_ZSTD
    {"unzstd", &weir_codec_zstd, &weir_codec_unzstd, false, false},
#endif
#ifdef WEIR_HAVE_LZ4
    {"unlz4", &weir_codec_lz4, &weir_codec_unlz4, false, false},
#endif
#ifdef WEIR_HAVE_BROTLI
    {"unbrotli", &weir_codec_brotli, &weir_codec_unbrotli, true, true},
#endif
#ifdef WEIR_HAVE_LZMA
    {"unxz", &weir_codec_xz, &weir_codec_unxz, true, true},
#endif
#ifdef WEIR_HAVE_BZIP2
    {"unbzip2", &weir_codec_bzip2, &weir_codec_unbzip2, false, true},
#endif
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- one run ---- */

struct outcome {
    weir_codec_state state; /* MORE: so much came out that it was given up */
    uint64_t n, sum;        /* of what came out */
    weir_error error;
};

static uint64_t sum_of(uint64_t sum, const unsigned char *bytes, size_t n)
{
    while (n--)
        sum = (sum ^ *bytes++) * 0x100000001b3;
    return sum;
}

/* The bytes in memory of their own size: what reads behind them is seen. */
static unsigned char *copy_of(const unsigned char *bytes, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    if (n)
        memcpy(copy, bytes, n);
    return copy;
}

/* Steps until all n bytes are used, or it is over. */
static void feed(const weir_codec *codec, void *state, struct outcome *to,
                 const unsigned char *bytes, size_t n, bool last, size_t out_n)
{
    unsigned char *in = copy_of(bytes, n), *out = malloc(out_n);
    size_t left = n;
    while (to->state == WEIR_CODEC_MORE && (left || last) && to->n < MUCH_BYTES) {
        weir_span span = {in + (n - left), left, out, out_n};
        weir_input input = last && !left ? WEIR_INPUT_LAST : WEIR_INPUT_MORE;
        to->state = codec->step(state, &span, input, &to->error);
        to->n += out_n - span.out_n;
        to->sum = sum_of(to->sum, out, out_n - span.out_n);
        left = span.in_n;
    }
    free(out);
    free(in);
}

static struct outcome run(const weir_codec *codec, const unsigned char *bytes, size_t n,
                          size_t split, size_t out_n)
{
    struct outcome made = {.state = WEIR_CODEC_MORE};
    void *state = calloc(1, codec->state_size);
    if (!state || !codec->init(state, NULL, &made.error))
        abort();
    feed(codec, state, &made, bytes, split, false, out_n);
    feed(codec, state, &made, bytes + split, n - split, true, out_n);
    codec->fini(state);
    free(state);
    return made;
}

/* ---- the oracle ---- */

static bool same_error(const struct kind *kind, const weir_error *a, const weir_error *b)
{
    return a->code == b->code &&
           (kind->vague || (a->byte == b->byte && !strcmp(a->message, b->message)));
}

static bool same(const struct kind *kind, const struct outcome *a, const struct outcome *b)
{
    if (a->state == WEIR_CODEC_MORE || b->state == WEIR_CODEC_MORE)
        return a->n >= MUCH_BYTES / 2 && b->n >= MUCH_BYTES / 2;
    if (a->state != b->state)
        return false;
    bool bad = a->state == WEIR_CODEC_BAD;
    /* ISA-L may keep back the last bytes before a cut. */
    bool cut = bad && a->error.code == WEIR_E_TRUNCATED;
    bool equal = a->n == b->n && a->sum == b->sum;
    return (equal || (bad && kind->keeps) || cut) &&
           (!bad || same_error(kind, &a->error, &b->error));
}

static const char *program, *only;
static uint64_t seed_now; /* 0: the fuzzer's bytes */

static void check(const struct kind *kind, const unsigned char *bytes, size_t n, size_t split,
                  size_t out_n)
{
    struct outcome whole = run(kind->unpack, bytes, n, 0, PIECE_BYTES);
    struct outcome other = run(kind->unpack, bytes, n, split, out_n);
    if (same(kind, &whole, &other))
        return;
    fprintf(stderr,
            "%s, %zu bytes, split at %zu, %zu out: state %d, %" PRIu64 " bytes, %s at %lld\n",
            kind->name, n, split, out_n, whole.state, whole.n, whole.error.message,
            (long long)whole.error.byte);
    fprintf(stderr, "  and: state %d, %" PRIu64 " bytes, %s at %lld\n", other.state, other.n,
            other.error.message, (long long)other.error.byte);
    if (seed_now)
        fprintf(stderr, "  again: %s -s %" PRIu64 "%s%s\n", program, seed_now, only ? " " : "",
                only ? only : "");
    abort();
}

#ifdef WEIR_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 3)
        return 0;
    size_t left = n - 3;
    check(&kinds[bytes[0] % KINDS], bytes + 3, left, left ? bytes[1] * left / 256 : 0,
          1 + bytes[2]);
    return 0;
}
#else

/* ---- cases from a seed ---- */

static uint64_t draws;

static size_t draw(size_t below)
{
    return draws_below(&draws, below);
}

static size_t add_frame(const weir_codec *codec, unsigned char *out, size_t out_n)
{
    unsigned char plain[PLAIN_BYTES];
    size_t n = draw(3) ? draw(60) : draw(PLAIN_BYTES), letters = draw(2) ? 4 : 256;
    void *state = calloc(1, codec->state_size);
    weir_error error;
    for (size_t i = 0; i < n; i++)
        plain[i] = (unsigned char)draw(letters);
    if (!state || !codec->init(state, NULL, &error))
        abort();
    weir_span span = {plain, n, out, out_n};
    while (codec->step(state, &span, WEIR_INPUT_LAST, &error) == WEIR_CODEC_MORE && span.out_n)
        ;
    codec->fini(state);
    free(state);
    return out_n - span.out_n;
}

static size_t damage(unsigned char *bytes, size_t n)
{
    for (size_t times = draw(4); n && times; times--)
        bytes[draw(draw(2) ? n : n < 20 ? n : 20)] ^= (unsigned char)(1 << draw(8));
    if (n && !draw(3))
        n = draw(n);
    for (size_t more = draw(4) ? 0 : draw(9); more; more--)
        bytes[n++] = draw(2) ? 0 : (unsigned char)draw(256);
    return n;
}

static void run_seed(uint64_t seed)
{
    static unsigned char bytes[INPUT_BYTES + 16];
    const struct kind *kind = &kinds[seed % KINDS];
    size_t n = 0;
    seed_now = draws = seed;
    for (size_t i = 0; only && i < KINDS; i++)
        if (!strcmp(only, kinds[i].name))
            kind = &kinds[i];
    for (size_t frames = draw(4); frames; frames--)
        n += add_frame(kind->pack, bytes + n, INPUT_BYTES - n);
    n = damage(bytes, n);
    for (unsigned i = 0; i < 4; i++)
        check(kind, bytes, n, draw(n + 1), 1 + draw(draw(2) ? 9 : 5000));
}

int main(int argc, char **argv)
{
    program = argv[0];
    only = draws_name(argc, argv);
    return draws_run(argc, argv, run_seed);
}
#endif
