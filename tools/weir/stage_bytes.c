/* Stages that take bytes and give bytes. */
#include "pipeline.h"
#include "stages.h"

static void build_gzip(struct flow *flow, struct node *node)
{
    const struct arg *level = &node->args[0];
    flow->reader =
        weir_gzip(flow->reader, level->given ? (int)level->number : WEIR_GZIP_LEVEL_DEFAULT);
}

static void build_gunzip(struct flow *flow, struct node *node)
{
    (void)node;
    flow->reader = weir_gunzip(flow->reader);
}

const struct entry entry_gzip = {
    .name = "gzip",
    .usage = "gzip [level=N]",
    .does = "compress",
    .help = "level=N  0 (stored) to 9 (smallest); without it the fastest compressor of this build",
    .example = "weir access.log ! gzip ! access.log.gz",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {{.name = "level", .kind = ARG_KEY, .type = ARG_NUMBER, .max = 9}},
    .copies = true,
    .build = build_gzip,
};

const struct entry entry_gunzip = {
    .name = "gunzip",
    .usage = "gunzip",
    .does = "decompress gzip, all members one after the other",
    .help = "A damaged or cut input is an error that names the byte.",
    .example = "weir access.log.gz ! gunzip ! access.log",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_gunzip,
};
