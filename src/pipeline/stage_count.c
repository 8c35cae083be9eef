/* count: the number of lines, as one line of text. */
#include "pipeline/pipeline.h"
#include "pipeline/stages.h"

struct count {
    weir_reader reader;
    bool counted;
    char digits[24];
};

static weir_poll count_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct count *self = (struct count *)reader;
    weir_stream *future = (weir_stream *)reader->stage.source;
    uint64_t n = 0;

    if (self->counted)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(future, cx, &n, 1);
    if (!got.n)
        return got;
    self->counted = true;
    reader->base = (unsigned char *)self->digits;
    reader->begin = 0;
    reader->end = weir_format(self->digits, sizeof self->digits, "%llu\n", (unsigned long long)n);
    return (weir_poll){0, min <= reader->end ? WEIR_READY : WEIR_END};
}

/* Its digits stand in itself. */
static size_t count_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops count_ops = {.size = sizeof count_ops,
                                          .name = "count",
                                          .poll_fill = count_poll_fill,
                                          .memory_max = count_memory_max};

static void build_count(struct flow *flow, struct node *node)
{
    (void)node;
    flow->reader =
        weir_reader_over_stream(weir_count(flow->stream), sizeof(struct count), &count_ops);
    flow->stream = NULL;
}

static const char *count_note(const struct node *node)
{
    const struct node *before = node->before;
    if (before->entry == &weir_pl_entry_lines && !before->merged)
        return "counts newlines in the block; makes no lines";
    return "drops what it counts";
}

const struct entry weir_pl_entry_count = {
    .name = "count",
    .usage = "count",
    .does = "give how many lines or records came, as text",
    .example = "weir access.log.gz ! gunzip ! lines ! count",
    .takes = FLOW_EACH,
    .gives = FLOW_BYTES,
    .build = build_count,
    .note = count_note,
};
