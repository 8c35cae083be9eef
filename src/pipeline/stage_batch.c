/* Batches: several lines as one item, and back. */
#include "pipeline/items.h"
#include "pipeline/pipeline.h"
#include "pipeline/stages.h"

enum { BATCH_N, BATCH_EVERY, BATCH_MAX };
enum { BATCH_BYTES = 8 << 20, BATCH_LINES_MAX = 1 << 20 };

static uint64_t bytes_max(const struct node *node)
{
    const struct arg *max = &node->args[BATCH_MAX];
    return max->given ? max->number : BATCH_BYTES;
}

/* A line that comes in. */
static size_t longest(const struct node *node)
{
    return node->before->gives == FLOW_RECORDS ? (size_t)bytes_max(node)
                                               : weir_pl_lines_longest(node);
}

static uint64_t weight(weir_owned_line line, void *arg)
{
    (void)arg;
    return line.size + 1;
}
WEIR_KEY_FN(weight_fn, weight, weir_owned_line, uint64_t, .of = &weir_type_owned_line)

/* Passes batches on, one at a time, and knows how large they may be. */
struct batches {
    weir_stream stream;
    const struct node *node;
};

static weir_poll batches_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return weir_poll_next(weir_source(stream), cx, out, 1);
}

/* The one that is filled, the line that did not fit, and one that was given. */
static size_t batches_memory_max(const weir_stream *stream)
{
    const struct node *node = WEIR_CONTAINER(stream, struct batches, stream)->node;
    uint64_t lines = bytes_max(node) + node->args[BATCH_N].number * sizeof(weir_owned_line);
    return (size_t)(2 * lines + 3 * longest(node)); /* one may be a batch by itself */
}

static const weir_stream_ops batches_ops = {.size = sizeof batches_ops,
                                            .name = "batch",
                                            .poll_next = batches_poll_next,
                                            .marks = WEIR_MARKS_PASS,
                                            .memory_max = batches_memory_max};

size_t weir_pl_batch_bytes_max(const struct node *node)
{
    return (size_t)bytes_max(node) + longest(node);
}

static void build_batch(struct flow *flow, struct node *node)
{
    const struct arg *every = &node->args[BATCH_EVERY];

    if (node->before->gives == FLOW_RECORDS)
        flow->stream = weir_lines(weir_to_ndjson(flow->stream, NULL), bytes_max(node));
    weir_stream *chunks = weir_chunks_weighted(
        weir_own(flow->stream), (size_t)node->args[BATCH_N].number, bytes_max(node), &weight_fn,
        NULL, every->given ? every->number : UINT64_MAX);

    flow->stream = weir_stream_new(chunks, sizeof(struct batches), &batches_ops, &weir_type_vec);
    if (!weir_stage_failed(&flow->stream->stage))
        WEIR_CONTAINER(flow->stream, struct batches, stream)->node = node;
}

static const char *batch_note(const struct node *node)
{
    return node->args[BATCH_EVERY].given ? "a batch is full, or its time is over"
                                         : "a batch is full, or its bytes are";
}

const struct entry weir_pl_entry_batch = {
    .name = "batch",
    .usage = "batch N [every=TIME]",
    .does = "make one item of up to N lines or records",
    .help = "every=TIME  give what there is so long after the first of them came\n"
            "max=BYTES   or when they come to so many bytes, 8M without it\n"
            "Records become lines of JSON. http: sends a request for each batch;\n"
            "exec has a batch as several arguments; a file, - and 'to lines' have its lines.",
    .example = "weir glob '*.log' ! batch 100 ! exec 'gzip -9' ! print",
    .takes = FLOW_LINES | FLOW_RECORDS,
    .gives = FLOW_BATCHES,
    .flow = "lines -> batches",
    .args = {[BATCH_N] = {.name = "N",
                          .kind = ARG_VALUE,
                          .type = ARG_NUMBER,
                          .required = true,
                          .min = 1,
                          .max = BATCH_LINES_MAX},
             [BATCH_EVERY] = {.name = "every", .kind = ARG_KEY, .type = ARG_TIME},
             [BATCH_MAX] = {.name = "max",
                            .kind = ARG_KEY,
                            .type = ARG_BYTES,
                            .min = 1,
                            .max = (uint64_t)1 << 30}},
    .copies = true,
    .build = build_batch,
    .note = batch_note,
};

static void build_unbatch(struct flow *flow, struct node *node)
{
    flow->stream = weir_pl_items_to_lines(flow->stream, node->before->gives);
}

const struct entry weir_pl_entry_unbatch = {
    .name = "unbatch",
    .usage = "unbatch",
    .does = "give the lines of each batch, or of what each command wrote",
    .example = "weir glob '*.c' ! par 4 exec 'wc -l' ! unbatch ! sort numeric",
    .takes = FLOW_BATCHES | FLOW_RESULTS,
    .gives = FLOW_LINES,
    .flow = "batches -> lines",
    .build = build_unbatch,
};
