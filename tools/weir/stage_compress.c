/* Compressors and decompressors beside gzip's. */
#include <stdio.h>

#include "pipeline.h"
#include "stages.h"

/* ---- what all of them have ---- */

/* What a decompressor is told; the first is its own. */
enum { UN_OWN, UN_RATIO, UN_ARGS };

#define RATIO_ARG                                                                                  \
    [UN_RATIO] = {                                                                                 \
        .name = "ratio", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = UINT32_MAX - 1}

#define RATIO_HELP                                                                                 \
    "ratio=N      fail when more than N bytes come out of one: 1000 of what a connection gave,\n"  \
    "             without a limit of files"

static uint32_t ratio_of(const struct node *node)
{
    return (uint32_t)node->args[UN_RATIO].number;
}

/* ---- zstd ---- */

enum { ZSTD_LEVEL, ZSTD_FAST, ZSTD_THREADS, ZSTD_LONG };

static void build_zstd(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;
    int fast = -(int)args[ZSTD_FAST].number;
    flow->reader = weir_zstd(flow->reader,
                             &WEIR_ZSTD_OPTIONS(.level = fast ? fast : (int)args[ZSTD_LEVEL].number,
                                                .threads = (uint32_t)args[ZSTD_THREADS].number,
                                                .window_log = (uint32_t)args[ZSTD_LONG].number));
}

static size_t zstd_threads(const struct node *node)
{
    return (size_t)node->args[ZSTD_THREADS].number;
}

static void build_unzstd(struct flow *flow, struct node *node)
{
    flow->reader = weir_unzstd(flow->reader,
                               &WEIR_DECOMPRESS_OPTIONS(.ratio_max = ratio_of(node),
                                                        .window_max = node->args[UN_OWN].number));
}

#ifdef WEIR_HAVE_ZSTD
#define ZSTD_LACKS NULL
#else
#define ZSTD_LACKS "libzstd: -Dzstd=enabled"
#endif

const struct entry entry_zstd = {
    .name = "zstd",
    .usage = "zstd [level=N] [threads=N]",
    .does = "compress with zstd",
    .help = "level=N    1 to 22 (smallest), 3 when nothing is said\n"
            "fast=N     faster than level 1, the more the larger N is\n"
            "threads=N  on so many threads of zstd's; any N gives the same bytes\n"
            "long=N     look back 2^N bytes; above 27 unzstd needs window=",
    .example = "weir access.log ! zstd level=9 ! access.log.zst",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args =
        {[ZSTD_LEVEL] = {.name = "level", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 22},
         [ZSTD_FAST] =
             {.name = "fast", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 131072},
         [ZSTD_THREADS] = {.name = "threads",
                           .kind = ARG_KEY,
                           .type = ARG_NUMBER,
                           .min = 1,
                           .max = WEIR_ZSTD_THREADS_MAX},
         [ZSTD_LONG] = {.name = "long", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 10, .max = 31}},
    .copies = true,
    .build = build_zstd,
    .threads = zstd_threads,
    .lacks = ZSTD_LACKS,
};

const struct entry entry_unzstd = {
    .name = "unzstd",
    .usage = "unzstd [window=BYTES]",
    .does = "decompress zstd, all frames one after the other",
    .help = "window=BYTES fail when a frame looks back farther: 128M, of what a connection gave "
            "8M\n" RATIO_HELP,
    .example = "weir access.log.zst ! unzstd ! lines ! grep ERROR ! count",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {[UN_OWN] = {.name = "window",
                         .kind = ARG_KEY,
                         .type = ARG_BYTES,
                         .min = 1024,
                         .max = (uint64_t)1 << 41},
             RATIO_ARG},
    .copies = true,
    .build = build_unzstd,
    .lacks = ZSTD_LACKS,
};
