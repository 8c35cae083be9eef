/* Rows over what is compressed and decompressed again, or written as text and read. */

#include "given.h"
#include "weir/compress.h"
#include "weir/digest.h"
#include "weir/encoding.h"

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return bytes_items(expression);                                                            \
    }

static weir_digest digest;

ROW(base64, weir_unbase64(weir_base64(items_bytes(a), NULL), NULL))
ROW(hex, weir_unhex(weir_hex(items_bytes(a), NULL), NULL))
ROW(hash, weir_hash(items_bytes(a), WEIR_CRC32, &digest))
ROW(decompress, weir_decompress(items_bytes(a), NULL))
ROW(gzip, weir_gunzip(weir_gzip_with(items_bytes(a), &WEIR_GZIP_OPTIONS(.flush_when_idle = true))))
ROW(gzip_zlib, weir_decompress(weir_gzip(items_bytes(a), 1), NULL))
ROW(deflate,
    weir_inflate(weir_deflate(items_bytes(a), &WEIR_DEFLATE_OPTIONS(.flush_when_idle = true)),
                 NULL))
ROW(zlib, weir_unzlib(weir_zlib(items_bytes(a), &WEIR_DEFLATE_OPTIONS(.level = 1)), NULL))
#ifdef WEIR_HAVE_ZSTD
ROW(zstd, weir_unzstd(weir_zstd(items_bytes(a), &WEIR_ZSTD_OPTIONS(.level = 1, .window_log = 10,
                                                                   .flush_when_idle = true)),
                      NULL))
#endif
#ifdef WEIR_HAVE_LZ4
ROW(lz4, weir_unlz4(weir_lz4(items_bytes(a),
                             &WEIR_LZ4_OPTIONS(.block_bytes = 64 << 10, .flush_when_idle = true)),
                    NULL))
#endif
#ifdef WEIR_HAVE_BROTLI
ROW(brotli,
    weir_unbrotli(weir_brotli(items_bytes(a), &WEIR_BROTLI_OPTIONS(.level = 1, .window_log = 10,
                                                                   .flush_when_idle = true)),
                  NULL))
#endif
#ifdef WEIR_HAVE_LZMA
ROW(xz, weir_unxz(weir_xz(items_bytes(a),
                          &WEIR_XZ_OPTIONS(.level = WEIR_LEVEL_0, .flush_when_idle = true)),
                  NULL))
#endif
#ifdef WEIR_HAVE_BZIP2
ROW(bzip2, weir_unbzip2(weir_bzip2(items_bytes(a), &WEIR_BZIP2_OPTIONS(.level = 1)), NULL))
#endif

#undef ROW
#define ROW(name, flags)                                                                           \
    {                                                                                              \
        "compressors " #name, build_##name, 1, TAKES_MORE | HOLDS_UNSEEN | flags,                  \
            "1 2 3 4 5 6 7 8 $"                                                                    \
    }

/* What a compressor holds passes neither before an error nor when the source fails. */
enum { PACKS = COSTS | OVERTAKES | MORE_AT_END, FLUSHED = PACKS | FLUSHES };

static const struct row rows[] = {
    ROW(base64, OVERTAKES | MORE_AT_END),
    ROW(hex, OVERTAKES | MORE_AT_END),
    ROW(hash, 0),
    ROW(decompress, OVERTAKES | MORE_AT_END),
    ROW(gzip, FLUSHED),
    ROW(gzip_zlib, PACKS),
    ROW(deflate, FLUSHED),
    ROW(zlib, PACKS),
#ifdef WEIR_HAVE_ZSTD
    ROW(zstd, FLUSHED),
#endif
#ifdef WEIR_HAVE_LZ4
    ROW(lz4, FLUSHED),
#endif
#ifdef WEIR_HAVE_BROTLI
    ROW(brotli, FLUSHED),
#endif
#ifdef WEIR_HAVE_LZMA
    ROW(xz, FLUSHED),
#endif
#ifdef WEIR_HAVE_BZIP2
    ROW(bzip2, PACKS),
#endif
};
const struct rows rows_compressors = {rows, sizeof rows / sizeof *rows};
