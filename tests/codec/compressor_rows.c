/* The table of compressors. */

#include "compressor_rows.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>

#ifdef WEIR_HAVE_ZSTD
/* The highest level wants 800 MB: with a small window it has the same search in less. */
static weir_reader *zstd_at(weir_reader *source, int level)
{
    uint32_t window = level == 22 && !getenv("CHECK") ? 18 : 0;
    return weir_zstd(source, &WEIR_ZSTD_OPTIONS(.level = level, .window_log = window));
}

static weir_reader *zstd_flushed(weir_reader *source)
{
    return weir_zstd(source, &WEIR_ZSTD_OPTIONS(.level = 1, .flush_when_idle = true));
}
#endif

#ifdef WEIR_HAVE_LZ4
static weir_reader *lz4_at(weir_reader *source, int level)
{
    return weir_lz4(source, &WEIR_LZ4_OPTIONS(.level = level));
}

static weir_reader *lz4_flushed(weir_reader *source)
{
    return weir_lz4(source, &WEIR_LZ4_OPTIONS(.flush_when_idle = true));
}
#endif

#ifdef WEIR_HAVE_BROTLI
static weir_reader *brotli_at(weir_reader *source, int level)
{
    return weir_brotli(source, &WEIR_BROTLI_OPTIONS(.level = level));
}

static weir_reader *brotli_flushed(weir_reader *source)
{
    return weir_brotli(source, &WEIR_BROTLI_OPTIONS(.level = 1, .flush_when_idle = true));
}
#endif

#ifdef WEIR_HAVE_LZMA
static weir_reader *xz_at(weir_reader *source, int level)
{
    return weir_xz(source, &WEIR_XZ_OPTIONS(.level = level));
}

static weir_reader *xz_flushed(weir_reader *source)
{
    return weir_xz(source, &WEIR_XZ_OPTIONS(.level = WEIR_LEVEL_0, .flush_when_idle = true));
}
#endif

#ifdef WEIR_HAVE_BZIP2
static weir_reader *bzip2_at(weir_reader *source, int level)
{
    return weir_bzip2(source, &WEIR_BZIP2_OPTIONS(.level = level));
}
#endif

static weir_reader *deflate_at(weir_reader *source, int level)
{
    return weir_deflate(source, &WEIR_DEFLATE_OPTIONS(.level = level));
}

static weir_reader *deflate_flushed(weir_reader *source)
{
    return weir_deflate(source, &WEIR_DEFLATE_OPTIONS(.flush_when_idle = true));
}

static weir_reader *zlib_at(weir_reader *source, int level)
{
    return weir_zlib(source, &WEIR_DEFLATE_OPTIONS(.level = level));
}

static weir_reader *zlib_flushed(weir_reader *source)
{
    return weir_zlib(source, &WEIR_DEFLATE_OPTIONS(.level = 6, .flush_when_idle = true));
}

const struct compressor compressors[] = {
#ifdef WEIR_HAVE_ZSTD
    {.name = "zstd",
     .pack = &weir_codec_zstd,
     .unpack = &weir_codec_unzstd,
     .packed = zstd_at,
     .flushed = zstd_flushed,
     .unpacked = weir_unzstd,
     .levels = {-131072, 0, 22, 1},
     .refused = {23, -131073, INT_MAX},
     .frame = "frame",
     .several = true,
     .checked = true},
#endif
#ifdef WEIR_HAVE_LZ4
    {.name = "lz4",
     .pack = &weir_codec_lz4,
     .unpack = &weir_codec_unlz4,
     .packed = lz4_at,
     .flushed = lz4_flushed,
     .unpacked = weir_unlz4,
     .levels = {-65536, 0, 12, 1},
     .refused = {13, -65537, INT_MAX},
     .frame = "frame",
     .several = true,
     .checked = true},
#endif
#ifdef WEIR_HAVE_BROTLI
    {.name = "brotli",
     .pack = &weir_codec_brotli,
     .unpack = &weir_codec_unbrotli,
     .packed = brotli_at,
     .flushed = brotli_flushed,
     .unpacked = weir_unbrotli,
     .levels = {WEIR_LEVEL_0, 0, 11, 1},
     .refused = {12, -1, INT_MAX},
     .frame = "stream",
     .slow = true,
     .vague = true},
#endif
#ifdef WEIR_HAVE_LZMA
    {.name = "xz",
     .pack = &weir_codec_xz,
     .unpack = &weir_codec_unxz,
     .packed = xz_at,
     .flushed = xz_flushed,
     .unpacked = weir_unxz,
     .levels = {WEIR_LEVEL_0, 0, 9, WEIR_LEVEL_0},
     .refused = {10, -1, INT_MAX},
     .frame = "stream",
     .several = true,
     .slow = true,
     .vague = true,
     .checked = true},
#endif
#ifdef WEIR_HAVE_BZIP2
    {.name = "bzip2",
     .pack = &weir_codec_bzip2,
     .unpack = &weir_codec_unbzip2,
     .packed = bzip2_at,
     .unpacked = weir_unbzip2,
     .levels = {1, 0, 9, 1},
     .refused = {10, -1, INT_MAX},
     .frame = "stream",
     .several = true,
     .checked = true},
#endif
    {.name = "deflate",
     .pack = &weir_codec_deflate,
     .unpack = &weir_codec_inflate,
     .packed = deflate_at,
     .flushed = deflate_flushed,
     .unpacked = weir_inflate,
     .levels = {WEIR_GZIP_LEVEL_STORED, 0, 9, 6},
     .refused = {10, -3, INT_MAX},
     .frame = "stream"},
    {.name = "zlib",
     .pack = &weir_codec_zlib,
     .unpack = &weir_codec_unzlib,
     .packed = zlib_at,
     .flushed = zlib_flushed,
     .unpacked = weir_unzlib,
     .levels = {WEIR_GZIP_LEVEL_STORED, 0, 9, 6},
     .refused = {10, -3, INT_MAX},
     .frame = "stream",
     .checked = true},
    {.name = NULL},
};

struct bytes pack(const struct compressor *row, int level, const void *bytes, size_t n)
{
    weir_error error;
    struct bytes got = reader_bytes(row->packed(weir_memory_reader(bytes, n), level), &error);
    if (got.state != WEIR_END)
        fail_msg("%s, level %d: %s", row->name, level, error.message);
    return got;
}

struct bytes unpack(const struct compressor *row, const void *bytes, size_t n,
                    const weir_decompress_options *options, weir_error *error)
{
    return reader_bytes(row->unpacked(weir_memory_reader(bytes, n), options), error);
}

weir_reader *remote_reader(const void *bytes, size_t n)
{
    weir_reader *reader = weir_memory_reader(bytes, n);
    reader->stage.remote = true;
    return reader;
}
