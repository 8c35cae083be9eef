/* Stages that take bytes and give bytes. */
#include <stdio.h>

#include "pipeline/pipeline.h"
#include "pipeline/stages.h"

enum { GZIP_LEVEL, GZIP_THREADS };

static weir_gzip_options gzip_options(const struct node *node)
{
    const struct arg *level = &node->args[GZIP_LEVEL];
    int named = level->number ? (int)level->number : WEIR_GZIP_LEVEL_STORED;
    return WEIR_GZIP_OPTIONS(.level = level->given ? named : WEIR_GZIP_LEVEL_DEFAULT,
                             .threads = (uint32_t)node->args[GZIP_THREADS].number);
}

static void build_gzip(struct flow *flow, struct node *node)
{
    weir_gzip_options options = gzip_options(node);
    flow->reader = weir_gzip_with(flow->reader, &options);
}

static weir_writer *pack_gzip(weir_writer *below, const struct node *node)
{
    weir_gzip_options options = gzip_options(node);
    return weir_gzip_writer(below, &options);
}

static size_t gzip_threads(const struct node *node)
{
    return (size_t)node->args[GZIP_THREADS].number;
}

static void gzip_note(const struct node *node, char *out, size_t size)
{
    size_t n = gzip_threads(node);

    *out = 0;
    if (n)
        snprintf(out, size, "%zu %s, blocks of 128 KiB, at most %zu at once", n,
                 n == 1 ? "thread" : "threads", 2 * n);
}

enum { GUNZIP_RATIO };

static void build_gunzip(struct flow *flow, struct node *node)
{
    uint32_t ratio_max = (uint32_t)node->args[GUNZIP_RATIO].number;

    flow->reader = weir_gunzip_with(flow->reader, &WEIR_DECOMPRESS_OPTIONS(.ratio_max = ratio_max));
}

const struct entry weir_pl_entry_gzip = {
    .name = "gzip",
    .usage = "gzip [level=N] [threads=N]",
    .does = "compress",
    .help =
        "level=N    0 (stored) to 9 (smallest); without it the fastest compressor of this build\n"
        "threads=N  compress N blocks of 128 KiB at once, 256 at most; any N gives the same bytes",
    .example = "weir access.log ! gzip ! access.log.gz",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {{.name = "level", .kind = ARG_KEY, .type = ARG_NUMBER, .max = 9},
             {.name = "threads",
              .kind = ARG_KEY,
              .type = ARG_NUMBER,
              .min = 1,
              .max = WEIR_GZIP_THREADS_MAX}},
    .copies = true,
    .build = build_gzip,
    .put_note = gzip_note,
    .threads = gzip_threads,
    .pack = pack_gzip,
    .unpack = &weir_codec_gunzip,
};

const struct entry weir_pl_entry_gunzip = {
    .name = "gunzip",
    .usage = "gunzip",
    .does = "decompress gzip, all members one after the other",
    .help =
        "A damaged or cut input is an error that names the byte.\n"
        "ratio=N  fail when more than N bytes come out of one: 1000 of what a connection gave,\n"
        "         no limit of files",
    .example = "weir access.log.gz ! gunzip ! access.log",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {[GUNZIP_RATIO] = {.name = "ratio",
                               .kind = ARG_KEY,
                               .type = ARG_NUMBER,
                               .min = 1,
                               .max = UINT32_MAX - 1}},
    .copies = true,
    .build = build_gunzip,
};
