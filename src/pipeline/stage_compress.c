/* Compressors and decompressors beside gzip's. */
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

/* ---- decompressors ---- */

enum { UN_RATIO, UN_BYTES };

static weir_decompress_options un_options(const struct node *node)
{
    uint64_t bytes = node->args[UN_BYTES].number;
    return WEIR_DECOMPRESS_OPTIONS(.ratio_max = (uint32_t)node->args[UN_RATIO].number,
                                   .window_max = bytes, .memory_max = bytes);
}

#define RATIO_ARG                                                                                  \
    [UN_RATIO] = {                                                                                 \
        .name = "ratio", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = UINT32_MAX - 1}
#define BYTES_ARG(name_)                                                                           \
    [UN_BYTES] = {                                                                                 \
        .name = name_, .kind = ARG_KEY, .type = ARG_BYTES, .min = 1024, .max = (uint64_t)1 << 41}

#define RATIO_HELP                                                                                 \
    "ratio=N  fail when more than N bytes come out of one: 1000 of what a connection gave,\n"      \
    "         no limit of files"

#define DECOMPRESSOR(name_, usage_, does_, help_, example_, lacks_, ...)                           \
    static void build_##name_(struct flow *flow, struct node *node)                                \
    {                                                                                              \
        weir_decompress_options options = un_options(node);                                        \
        flow->reader = weir_##name_(flow->reader, &options);                                       \
    }                                                                                              \
    const struct entry weir_pl_entry_##name_ = {                                                   \
        .name = #name_,                                                                            \
        .usage = usage_,                                                                           \
        .does = does_,                                                                             \
        .help = help_ RATIO_HELP,                                                                  \
        .example = example_,                                                                       \
        .takes = FLOW_BYTES,                                                                       \
        .gives = FLOW_BYTES,                                                                       \
        .args = {__VA_ARGS__},                                                                     \
        .copies = true,                                                                            \
        .build = build_##name_,                                                                    \
        .lacks = lacks_,                                                                           \
    };

/* ---- compressors ---- */

enum { LEVEL, FAST, THREADS, LONG, BLOCK = THREADS, EXTREME = FAST };

#define KEY(place, name_, least, most)                                                             \
    [place] = {.name = name_, .kind = ARG_KEY, .type = ARG_NUMBER, .min = least, .max = most}
#define COMMA ,

static size_t threads_of(const struct node *node)
{
    return (size_t)node->args[THREADS].number;
}

/* 0 where nothing was said, and `zero` where 0 was. */
static int level_of(const struct node *node, int zero)
{
    const struct arg *level = &node->args[LEVEL];
    return level->given && !level->number ? zero : (int)level->number;
}

static int level_or_fast(const struct node *node)
{
    return node->args[FAST].given ? -(int)node->args[FAST].number : level_of(node, 0);
}

#define COMPRESSOR(name_, usage_, does_, help_, example_, lacks_, args_, ...)                      \
    const struct entry weir_pl_entry_##name_ = {.name = #name_,                                    \
                                                .usage = usage_,                                   \
                                                .does = does_,                                     \
                                                .help = help_,                                     \
                                                .example = example_,                               \
                                                .takes = FLOW_BYTES,                               \
                                                .gives = FLOW_BYTES,                               \
                                                .args = {args_},                                   \
                                                .copies = true,                                    \
                                                .build = build_##name_,                            \
                                                .lacks = lacks_,                                   \
                                                __VA_ARGS__};

/* As a stage, and in front of a sink. */
#define BUILD_AND_PACK(name_)                                                                      \
    static void build_##name_(struct flow *flow, struct node *node)                                \
    {                                                                                              \
        weir_##name_##_options options = name_##_options(node);                                    \
        flow->reader = weir_##name_(flow->reader, &options);                                       \
    }                                                                                              \
    static weir_writer *pack_##name_(weir_writer *below, const struct node *node)                  \
    {                                                                                              \
        weir_##name_##_options options = name_##_options(node);                                    \
        return weir_codec_writer(                                                                  \
            below, &weir_codec_##name_,                                                            \
            &WEIR_CODEC_OPTIONS(.for_codec = &options, .for_codec_size = sizeof options));         \
    }
#define PACKS(name_) .pack = pack_##name_, .unpack = &weir_codec_un##name_

/* ---- zstd ---- */

#ifdef WEIR_HAVE_ZSTD
#define ZSTD_LACKS NULL
#else
#define ZSTD_LACKS "libzstd: -Dzstd=enabled"
#endif

static weir_zstd_options zstd_options(const struct node *node)
{
    return WEIR_ZSTD_OPTIONS(.level = level_or_fast(node),
                             .threads = (uint32_t)node->args[THREADS].number,
                             .window_log = (uint32_t)node->args[LONG].number);
}

BUILD_AND_PACK(zstd)

COMPRESSOR(zstd, "zstd [level=N] [threads=N]", "compress with zstd",
           "level=N    1 to 22 (smallest), 3 when nothing is said\n"
           "fast=N     faster than level 1, the more the larger N is\n"
           "threads=N  on so many threads of zstd's; any N gives the same bytes\n"
           "long=N     look back 2^N bytes; above 27 unzstd needs window=",
           "weir access.log ! zstd level=9 ! access.log.zst", ZSTD_LACKS,
           KEY(LEVEL, "level", 1, 22) COMMA KEY(FAST, "fast", 1, 131072)
               COMMA KEY(THREADS, "threads", 1, WEIR_ZSTD_THREADS_MAX)
                   COMMA KEY(LONG, "long", 10, 31),
           .threads = threads_of, PACKS(zstd))

DECOMPRESSOR(
    unzstd, "unzstd [window=BYTES]", "decompress zstd, all frames one after the other",
    "window=BYTES  fail when a frame looks back farther: 128M, 8M of what a connection gave\n",
    "weir access.log.zst ! unzstd ! lines ! grep ERROR ! count", ZSTD_LACKS, RATIO_ARG,
    BYTES_ARG("window"))

/* ---- lz4 ---- */

#ifdef WEIR_HAVE_LZ4
#define LZ4_LACKS NULL
#else
#define LZ4_LACKS "liblz4: -Dlz4=enabled"
#endif

static weir_lz4_options lz4_options(const struct node *node)
{
    return WEIR_LZ4_OPTIONS(.level = level_or_fast(node),
                            .block_bytes = (uint32_t)node->args[BLOCK].number);
}

BUILD_AND_PACK(lz4)

static bool check_lz4(struct node *node, const struct words *words)
{
    const struct arg *block = &node->args[BLOCK];
    uint64_t n = block->number;

    if (!block->given || n == 64 << 10 || n == 256 << 10 || n == 1 << 20 || n == 4 << 20)
        return true;
    weir_pl_note_set(words, (struct span){block->word, block->word + 1}, (struct span){0, 0},
                     "64K, 256K, 1M or 4M", "lz4 has no blocks of %s bytes", block->text);
    return false;
}

COMPRESSOR(lz4, "lz4 [level=N]", "compress with lz4",
           "level=N      1 (fastest) to 12 (smallest), 1 when nothing is said\n"
           "fast=N       faster than level 1, the more the larger N is\n"
           "block=BYTES  in blocks of 64K, 256K (when nothing is said), 1M or 4M",
           "weir access.log ! lz4 ! access.log.lz4", LZ4_LACKS,
           KEY(LEVEL, "level", 1, 12) COMMA KEY(FAST, "fast", 1, 65536) COMMA[BLOCK] =
               {.name = "block" COMMA.kind = ARG_KEY COMMA.type = ARG_BYTES COMMA.max = 4 << 20},
           .check = check_lz4, PACKS(lz4))

DECOMPRESSOR(unlz4, "unlz4", "decompress lz4, all frames one after the other", "",
             "weir access.log.lz4 ! unlz4 ! access.log", LZ4_LACKS, RATIO_ARG)

/* ---- brotli ---- */

#ifdef WEIR_HAVE_BROTLI
#define BROTLI_LACKS NULL
#else
#define BROTLI_LACKS "libbrotli: -Dbrotli=enabled"
#endif

enum { BROTLI_LONG = FAST };

static void build_brotli(struct flow *flow, struct node *node)
{
    flow->reader = weir_brotli(
        flow->reader, &WEIR_BROTLI_OPTIONS(.level = level_of(node, WEIR_LEVEL_0),
                                           .window_log = (uint32_t)node->args[BROTLI_LONG].number));
}

COMPRESSOR(brotli, "brotli [level=N]", "compress with brotli",
           "level=N  0 (fastest) to 11 (smallest), 11 when nothing is said, which is slow\n"
           "long=N   look back 2^N bytes, 10 to 24; 22 when nothing is said",
           "weir page.html ! brotli ! page.html.br", BROTLI_LACKS,
           KEY(LEVEL, "level", 0, 11) COMMA KEY(BROTLI_LONG, "long", 10, 24), .threads = NULL)

DECOMPRESSOR(unbrotli, "unbrotli", "decompress brotli", "", "weir page.html.br ! unbrotli",
             BROTLI_LACKS, RATIO_ARG)

/* ---- xz ---- */

#ifdef WEIR_HAVE_LZMA
#define XZ_LACKS NULL
#else
#define XZ_LACKS "liblzma: -Dlzma=enabled"
#endif

static weir_xz_options xz_options(const struct node *node)
{
    return WEIR_XZ_OPTIONS(.level = level_of(node, WEIR_LEVEL_0),
                           .extreme = node->args[EXTREME].given,
                           .threads = (uint32_t)node->args[THREADS].number);
}

BUILD_AND_PACK(xz)

COMPRESSOR(xz, "xz [level=N] [threads=N]", "compress with xz",
           "level=N    0 (fastest) to 9 (smallest, in 674 MiB), 6 when nothing is said\n"
           "extreme    half as fast, a little smaller\n"
           "threads=N  on so many threads of liblzma's; any N gives the same bytes",
           "weir dump.sql ! xz ! dump.sql.xz", XZ_LACKS,
           KEY(LEVEL, "level", 0, 9)
               COMMA[EXTREME] = {.name = "extreme" COMMA.kind = ARG_WORD} COMMA KEY(
                   THREADS, "threads", 1, WEIR_XZ_THREADS_MAX),
           .threads = threads_of, PACKS(xz))

DECOMPRESSOR(unxz, "unxz [memory=BYTES]", "decompress xz, all streams one after the other",
             "memory=BYTES  fail when a stream asks for more: 128M when nothing is said\n",
             "weir dump.sql.xz ! unxz ! dump.sql", XZ_LACKS, RATIO_ARG, BYTES_ARG("memory"))

/* ---- bzip2 ---- */

#ifdef WEIR_HAVE_BZIP2
#define BZIP2_LACKS NULL
#else
#define BZIP2_LACKS "libbz2: -Dbzip2=enabled"
#endif

static weir_bzip2_options bzip2_options(const struct node *node)
{
    return WEIR_BZIP2_OPTIONS(.level = level_of(node, 0));
}

BUILD_AND_PACK(bzip2)

COMPRESSOR(bzip2, "bzip2 [level=N]", "compress with bzip2",
           "level=N  1 to 9: in blocks of so many 100 kB, 9 when nothing is said",
           "weir dump.sql ! bzip2 ! dump.sql.bz2", BZIP2_LACKS, KEY(LEVEL, "level", 1, 9),
           PACKS(bzip2))

DECOMPRESSOR(unbzip2, "unbzip2", "decompress bzip2, all streams one after the other", "",
             "weir dump.sql.bz2 ! unbzip2 ! dump.sql", BZIP2_LACKS, RATIO_ARG)

/* ---- deflate ---- */

static void build_deflate(struct flow *flow, struct node *node)
{
    int level = level_of(node, WEIR_GZIP_LEVEL_STORED);
    flow->reader = weir_deflate(flow->reader, &WEIR_DEFLATE_OPTIONS(.level = level));
}

static void build_zlib(struct flow *flow, struct node *node)
{
    int level = level_of(node, WEIR_GZIP_LEVEL_STORED);
    flow->reader = weir_zlib(flow->reader, &WEIR_DEFLATE_OPTIONS(.level = level));
}

#define DEFLATE_HELP                                                                               \
    "level=N  0 (stored) to 9 (smallest); without it the fastest compressor of this build"

COMPRESSOR(deflate, "deflate [level=N]", "compress as gzip does, with nothing around it",
           DEFLATE_HELP, "weir page.html ! deflate ! page.deflate", NULL, KEY(LEVEL, "level", 0, 9),
           .threads = NULL)

DECOMPRESSOR(inflate, "inflate", "decompress what deflate made", "", "weir page.deflate ! inflate",
             NULL, RATIO_ARG)

COMPRESSOR(zlib, "zlib [level=N]", "compress as gzip does, with zlib's header and checksum",
           DEFLATE_HELP, "weir page.html ! zlib ! page.zz", NULL, KEY(LEVEL, "level", 0, 9),
           .threads = NULL)

DECOMPRESSOR(unzlib, "unzlib", "decompress what zlib made", "", "weir page.zz ! unzlib", NULL,
             RATIO_ARG)
