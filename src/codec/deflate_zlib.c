/* zlib as inflater and deflater; all its memory comes from weir_allocate. */

#include <string.h>
#include <zlib.h>

#include "codec/deflate.h"
#include "codec/sized.h"

/* What zconf.h says that it needs for a window of 32 KiB and memLevel 8, and for its own structs:
 * a window and tables; two windows, hashes and what is pending. */
enum { INFLATE_BYTES_MAX = (32 + 12) << 10, DEFLATE_BYTES_MAX = (128 + 128 + 32) << 10 };

static void *deflate_zlib_take(void *self, unsigned n, unsigned size)
{
    size_t bytes;
    (void)self;
    return __builtin_mul_overflow((size_t)n, (size_t)size, &bytes) ? NULL : weir_sized_take(bytes);
}

static z_stream *deflate_zlib_stream_new(void)
{
    z_stream *z = weir_allocate(sizeof *z);
    if (z)
        *z = (z_stream){.zalloc = deflate_zlib_take, .zfree = weir_sized_give_for};
    return z;
}

static void *deflate_zlib_started(z_stream *z, int answer)
{
    if (answer == Z_OK)
        return z;
    weir_release(z, sizeof *z);
    return NULL;
}

static void deflate_zlib_offer(z_stream *z, const weir_span *span)
{
    z->next_in = (unsigned char *)(uintptr_t)span->in;
    z->avail_in = span->in_n < UINT32_MAX ? (unsigned)span->in_n : UINT32_MAX;
    z->next_out = span->out;
    z->avail_out = span->out_n < UINT32_MAX ? (unsigned)span->out_n : UINT32_MAX;
}

static void deflate_zlib_take_back(const z_stream *z, weir_span *span)
{
    span->in_n -= (size_t)(z->next_in - span->in);
    span->in = z->next_in;
    span->out_n -= (size_t)(z->next_out - span->out);
    span->out = z->next_out;
}

/* ---- inflate ---- */

static void *deflate_zlib_inflate_start(void)
{
    z_stream *z = deflate_zlib_stream_new();
    return z ? deflate_zlib_started(z, inflateInit2(z, -MAX_WBITS)) : NULL;
}

static void deflate_zlib_inflate_stop(void *state)
{
    inflateEnd(state);
    weir_release(state, sizeof(z_stream));
}

static void deflate_zlib_inflate_reset(void *state)
{
    inflateReset(state);
}

static weir_codec_state deflate_zlib_inflate_step(void *state, weir_span *span, const char **what)
{
    z_stream *z = state;
    deflate_zlib_offer(z, span);
    int answer = inflate(z, Z_NO_FLUSH);
    deflate_zlib_take_back(z, span);
    if (answer == Z_STREAM_END)
        return WEIR_CODEC_DONE;
    if (answer == Z_OK || answer == Z_BUF_ERROR)
        return WEIR_CODEC_MORE;
    *what = answer == Z_MEM_ERROR ? NULL : "bad deflate data";
    return WEIR_CODEC_BAD;
}

static size_t deflate_zlib_inflate_spare(const void *state, unsigned char *out)
{
    (void)state;
    (void)out;
    return 0;
}

static uint32_t zlib_crc(uint32_t crc, const unsigned char *bytes, size_t n)
{
    return (uint32_t)crc32_z(crc, bytes, n);
}

const weir_inflater weir_inflate_zlib = {deflate_zlib_inflate_start, deflate_zlib_inflate_stop,
                                         deflate_zlib_inflate_reset, deflate_zlib_inflate_step,
                                         deflate_zlib_inflate_spare, zlib_crc,
                                         INFLATE_BYTES_MAX};

/* ---- deflate ---- */

static void *codec_deflate_zlib_start(int level, int window_bits)
{
    z_stream *z = deflate_zlib_stream_new();
    int answer =
        z ? deflateInit2(z, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) : Z_MEM_ERROR;
    return z ? deflate_zlib_started(z, answer) : NULL;
}

static void *deflate_zlib_start(int level, weir_wrap wrap)
{
    static const int bits[] = {MAX_WBITS + 16, MAX_WBITS, -MAX_WBITS};
    return codec_deflate_zlib_start(level, bits[wrap]);
}

static void deflate_zlib_stop(void *state)
{
    deflateEnd(state);
    weir_release(state, sizeof(z_stream));
}

static int flush_of(weir_input input)
{
    switch (input) {
    case WEIR_INPUT_IDLE:
        return Z_SYNC_FLUSH;
    case WEIR_INPUT_LAST:
        return Z_FINISH;
    default:
        return Z_NO_FLUSH;
    }
}

static weir_codec_state deflate_zlib_step(void *state, weir_span *span, weir_input input)
{
    z_stream *z = state;
    deflate_zlib_offer(z, span);
    int answer = deflate(z, flush_of(input));
    deflate_zlib_take_back(z, span);
    if (answer == Z_STREAM_END)
        return WEIR_CODEC_DONE;
    bool fine = answer == Z_OK || answer == Z_BUF_ERROR; /* the second: nothing to do */
    return fine ? WEIR_CODEC_MORE : WEIR_CODEC_BAD;
}

const weir_deflater weir_deflate_zlib = {deflate_zlib_start, deflate_zlib_stop, deflate_zlib_step,
                                         DEFLATE_BYTES_MAX};

/* ---- blocks ---- */

static void *deflate_zlib_block_start(int level)
{
    return codec_deflate_zlib_start(level, -MAX_WBITS);
}

static bool deflate_zlib_begin_block(z_stream *z, const unsigned char *in, size_t before)
{
    return deflateReset(z) == Z_OK &&
           (!before || deflateSetDictionary(z, in - before, (unsigned)before) == Z_OK);
}

/* Where room is left, nothing is kept back. */
static size_t deflate_zlib_block_pack(void *state, const unsigned char *in, size_t n, size_t before,
                                      unsigned char *out, size_t out_n)
{
    z_stream *z = state;
    weir_span span = {in, n, out, out_n};
    if (!deflate_zlib_begin_block(z, in, before))
        return 0;
    deflate_zlib_offer(z, &span);
    int answer = deflate(z, Z_SYNC_FLUSH);
    deflate_zlib_take_back(z, &span);
    return answer == Z_OK && !span.in_n && span.out_n ? out_n - span.out_n : 0;
}

const weir_deflate_block weir_deflate_block_zlib = {deflate_zlib_block_start, deflate_zlib_stop,
                                                    deflate_zlib_block_pack, zlib_crc,
                                                    DEFLATE_BYTES_MAX};
