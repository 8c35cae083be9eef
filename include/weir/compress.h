/* weir/compress.h: compressors and decompressors beside gzip's (weir/codec.h), each as a codec and
 * as a reader of what it makes.
 *
 * Each is a library of its own and a switch of the build (-Dzstd=enabled and so on). In a build
 * that lacks it everything of it is there, and fails at the first poll: ARGUMENT, "no zstd: built
 * without libzstd", with the switch as its cure.
 *
 * The same input and options give the same bytes, however the input comes, unless flush_when_idle
 * is set: then what the source gave before it waited can be read at the other end at once. */
#ifndef WEIR_COMPRESS_H
#define WEIR_COMPRESS_H

#include "weir/codec.h"

WEIR_BEGIN_C

/* ---- decompressing ---- */

/* Of all decompressors. What says nothing is the default. */
typedef struct weir_decompress_options {
    uint32_t size;       /* set by WEIR_DECOMPRESS_OPTIONS(); 0: the first layout */
    uint32_t ratio_max;  /* so many bytes may come out of one; WEIR_RATIO_ANY: no limit. Default:
                            WEIR_RATIO_REMOTE of what a peer sent, else no limit */
    uint64_t window_max; /* of zstd: bytes that a frame may look back. Default: WEIR_WINDOW_REMOTE
                            of what a peer sent, else WEIR_WINDOW_MAX */
    uint64_t memory_max; /* of xz: bytes that a stream may ask for. Default: WEIR_XZ_MEMORY_MAX */
    bool one;            /* stops behind the first frame, member or stream: what follows stays
                            unread in the source */
} weir_decompress_options;

/* WEIR_DECOMPRESS_OPTIONS(.one = true): such options, the size set. */
#define WEIR_DECOMPRESS_OPTIONS(...)                                                               \
    ((weir_decompress_options){.size = sizeof(weir_decompress_options), __VA_ARGS__})

/* The defaults against input that was made to fill a memory or a disk. A peer is whoever sends
 * through a connection of weir/net.h, whatever stages stand between. */
#define WEIR_RATIO_ANY UINT32_MAX
enum {
    WEIR_RATIO_REMOTE = 1000, /* looked at from the first MiB that comes out */
    WEIR_WINDOW_MAX = 1 << 27,
    WEIR_WINDOW_REMOTE = 1 << 23,
    WEIR_XZ_MEMORY_MAX = 128 << 20
};

/* The bytes that were compressed. options NULL: the defaults.
 * Shape: all frames (of zstd also those that are skipped), one after the other, empty ones too, as
 * many as there are; with `.one` the first.
 * Errors: CORRUPT with the byte offset in the source (no such data, damage, garbage behind the
 * last); TRUNCATED when the input ends inside a frame, or is empty; LIMIT for one that asks for
 * more than window_max or memory_max, before that is allocated, and for a ratio above ratio_max.
 * The bytes before an error come first; of damaged brotli and xz data how many of them depends on
 * how the input came. Source: async-compression's decoders, which stop behind the first member and
 * have no limits.
 *
 * Example:
 *     p(weir_unzstd(weir_zstd(text("squeezed"), NULL), NULL)); // -> squeezed
 *     p(weir_unlz4(weir_lz4(text("squeezed"), NULL), NULL)); // -> squeezed
 *     p(weir_unbrotli(weir_brotli(text("squeezed"), NULL), NULL)); // -> squeezed
 */
WEIR_NEW weir_reader *weir_unzstd(weir_reader *source WEIR_TAKES,
                                  const weir_decompress_options *options);
WEIR_NEW weir_reader *weir_unlz4(weir_reader *source WEIR_TAKES,
                                 const weir_decompress_options *options);
WEIR_NEW weir_reader *weir_unbrotli(weir_reader *source WEIR_TAKES,
                                    const weir_decompress_options *options);
/* Streams, and the zeros that pad them. The formats lzma-alone and lzip are refused by name.
 *
 * Example:
 *     p(weir_unxz(weir_xz(text("squeezed"), NULL), NULL)); // -> squeezed
 *     p(weir_unbzip2(weir_bzip2(text("squeezed"), NULL), NULL)); // -> squeezed
 */
WEIR_NEW weir_reader *weir_unxz(weir_reader *source WEIR_TAKES,
                                const weir_decompress_options *options);
WEIR_NEW weir_reader *weir_unbzip2(weir_reader *source WEIR_TAKES,
                                   const weir_decompress_options *options);
/* Raw deflate, and zlib's header and checksum around it; both are one stream, behind which nothing
 * may follow without `.one`.
 *
 * Example:
 *     p(weir_inflate(weir_deflate(text("squeezed"), NULL), NULL)); // -> squeezed
 *     p(weir_unzlib(weir_zlib(text("squeezed"), NULL), NULL)); // -> squeezed
 */
WEIR_NEW weir_reader *weir_inflate(weir_reader *source WEIR_TAKES,
                                   const weir_decompress_options *options);
WEIR_NEW weir_reader *weir_unzlib(weir_reader *source WEIR_TAKES,
                                  const weir_decompress_options *options);

/* weir_gunzip() with options.
 *
 * Example:
 *     weir_reader *one = weir_gzip(text("squeezed"), 9);
 *     p(weir_gunzip_with(one, &WEIR_DECOMPRESS_OPTIONS(.one = true))); // -> squeezed
 */
WEIR_NEW weir_reader *weir_gunzip_with(weir_reader *source WEIR_TAKES,
                                       const weir_decompress_options *options);

/* ---- compressing ---- */

/* The level 0 of brotli and xz, where 0 in the options is the default. */
#define WEIR_LEVEL_0 INT32_MIN

typedef struct weir_zstd_options {
    uint32_t size; /* set by WEIR_ZSTD_OPTIONS(); 0: the first layout */
    int level;     /* 1 to 22, or negative: faster yet. Default: 3 */
    /* Above 0: zstd's own threads, at most WEIR_ZSTD_THREADS_MAX; whoever polls waits for them. The
     * bytes are the same for any number of them, but others than for 0. */
    uint32_t threads;
    uint32_t window_log; /* 10 to 31: how far it looks back, 2^N bytes. Default: the level's. Above
                            27 decompressors must be told */
    bool no_checksum;
    bool flush_when_idle;
} weir_zstd_options;

enum { WEIR_ZSTD_THREADS_MAX = 256 };

/* WEIR_ZSTD_OPTIONS(.level = 19): such options, the size set. */
#define WEIR_ZSTD_OPTIONS(...) ((weir_zstd_options){.size = sizeof(weir_zstd_options), __VA_ARGS__})

typedef struct weir_lz4_options {
    uint32_t size; /* set by WEIR_LZ4_OPTIONS(); 0: the first layout */
    int level;     /* 3 to 12: smaller; 1 and 2 are the default; negative: faster yet */
    uint32_t
        block_bytes; /* 64 KiB, 256 KiB (the default), 1 MiB or 4 MiB: as much is held, twice */
    bool no_checksum;
    bool flush_when_idle; /* ends a block */
} weir_lz4_options;

/* WEIR_LZ4_OPTIONS(.level = 9): such options, the size set. */
#define WEIR_LZ4_OPTIONS(...) ((weir_lz4_options){.size = sizeof(weir_lz4_options), __VA_ARGS__})

typedef struct weir_brotli_options {
    uint32_t size; /* set by WEIR_BROTLI_OPTIONS(); 0: the first layout */
    int level; /* WEIR_LEVEL_0, and 1 to 11. Default: 11, which is slow; 5 keeps up with a disk */
    uint32_t window_log; /* 10 to 24: how far it looks back, 2^N bytes. Default: 22 */
    bool flush_when_idle;
} weir_brotli_options;

/* WEIR_BROTLI_OPTIONS(.level = 5): such options, the size set. */
#define WEIR_BROTLI_OPTIONS(...)                                                                   \
    ((weir_brotli_options){.size = sizeof(weir_brotli_options), __VA_ARGS__})

typedef struct weir_xz_options {
    uint32_t size; /* set by WEIR_XZ_OPTIONS(); 0: the first layout */
    int level;     /* WEIR_LEVEL_0, and 1 to 9. Default: 6, in 94 MiB; 9 takes 674 MiB */
    bool extreme;  /* half as fast, a little smaller */
    /* Above 0: liblzma's own threads, at most WEIR_XZ_THREADS_MAX; whoever polls waits for them.
     * The bytes are the same for any number of them, but others than for 0. */
    uint32_t threads;
    bool flush_when_idle; /* not together with threads */
} weir_xz_options;

enum { WEIR_XZ_THREADS_MAX = 256 };

/* WEIR_XZ_OPTIONS(.level = 3): such options, the size set. */
#define WEIR_XZ_OPTIONS(...) ((weir_xz_options){.size = sizeof(weir_xz_options), __VA_ARGS__})

/* Its blocks do not end with a byte: what is in one can not be read before the next. So it can not
 * be flushed. */
typedef struct weir_bzip2_options {
    uint32_t size; /* set by WEIR_BZIP2_OPTIONS(); 0: the first layout */
    int level;     /* 1 to 9: blocks of so many 100 kB. Default: 9 */
} weir_bzip2_options;

/* WEIR_BZIP2_OPTIONS(.level = 1): such options, the size set. */
#define WEIR_BZIP2_OPTIONS(...)                                                                    \
    ((weir_bzip2_options){.size = sizeof(weir_bzip2_options), __VA_ARGS__})

/* Of deflate and zlib, by the same libraries as gzip. */
typedef struct weir_deflate_options {
    uint32_t size; /* set by WEIR_DEFLATE_OPTIONS(); 0: the first layout */
    int level;     /* as in weir_gzip_options */
    bool flush_when_idle;
} weir_deflate_options;

/* WEIR_DEFLATE_OPTIONS(.level = 9): such options, the size set. */
#define WEIR_DEFLATE_OPTIONS(...)                                                                  \
    ((weir_deflate_options){.size = sizeof(weir_deflate_options), __VA_ARGS__})

/* One frame that holds all of the input. options NULL: the defaults.
 * Errors: ARGUMENT for a level or another number that the format does not have: nothing is clamped.
 * Source: async-compression's encoders; its Level::Fastest, Best and Default are numbers here.
 *
 * Example:
 *     weir_reader *packed = weir_zstd(text("squeezed"), &WEIR_ZSTD_OPTIONS(.level = 19));
 *     p(weir_decompress(packed, NULL)); // -> squeezed
 *     p(weir_decompress(weir_xz(text("squeezed"), NULL), NULL)); // -> squeezed
 */
WEIR_NEW weir_reader *weir_zstd(weir_reader *source WEIR_TAKES, const weir_zstd_options *options);
WEIR_NEW weir_reader *weir_lz4(weir_reader *source WEIR_TAKES, const weir_lz4_options *options);
WEIR_NEW weir_reader *weir_brotli(weir_reader *source WEIR_TAKES,
                                  const weir_brotli_options *options);
WEIR_NEW weir_reader *weir_xz(weir_reader *source WEIR_TAKES, const weir_xz_options *options);
WEIR_NEW weir_reader *weir_bzip2(weir_reader *source WEIR_TAKES, const weir_bzip2_options *options);
WEIR_NEW weir_reader *weir_deflate(weir_reader *source WEIR_TAKES,
                                   const weir_deflate_options *options);
WEIR_NEW weir_reader *weir_zlib(weir_reader *source WEIR_TAKES,
                                const weir_deflate_options *options);

/* ---- the codecs ---- */

/* Their options are those above. A codec knows nothing of its source: without options it takes the
 * limits of a file, and the ratio is weir_codec_reader()'s. */
extern WEIR_API const weir_codec weir_codec_zstd, weir_codec_unzstd;
extern WEIR_API const weir_codec weir_codec_lz4, weir_codec_unlz4;
extern WEIR_API const weir_codec weir_codec_brotli, weir_codec_unbrotli;
extern WEIR_API const weir_codec weir_codec_xz, weir_codec_unxz;
extern WEIR_API const weir_codec weir_codec_bzip2, weir_codec_unbzip2;
extern WEIR_API const weir_codec weir_codec_deflate, weir_codec_inflate;
extern WEIR_API const weir_codec weir_codec_zlib, weir_codec_unzlib;

WEIR_END_C

#endif
