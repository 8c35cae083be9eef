/* Between bytes and lines. */
#include "items.h"
#include "pipeline.h"
#include "stages.h"

static size_t longest(const struct node *node)
{
    return node->args[0].given ? (size_t)node->args[0].number : WEIR_LINE_MAX_DEFAULT;
}

size_t lines_longest(const struct node *node)
{
    for (node = node->before; node; node = node->before)
        if (node->entry == &entry_lines)
            return longest(node);
    return WEIR_LINE_MAX_DEFAULT;
}

static void build_lines(struct flow *flow, struct node *node)
{
    if (node->merged)
        return; /* the grep behind it takes the bytes */
    flow->stream = weir_lines(flow->reader, longest(node));
    flow->reader = NULL;
}

static const char *lines_note(const struct node *node)
{
    return node->merged ? "done by the grep behind it" : "views into the buffer before it";
}

const struct entry entry_lines = {
    .name = "lines",
    .usage = "lines [max=BYTES]",
    .does = "part bytes into lines",
    .help = "max=BYTES  the longest line, 1M without it, 64M at most; a longer one is an error.\n"
            "A last line without newline counts; CR before the newline is dropped.",
    .example = "weir app.log ! lines ! take 5",
    .takes = FLOW_BYTES,
    .gives = FLOW_LINES,
    .args = {{.name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX}},
    .build = build_lines,
    .note = lines_note,
};

static void build_to(struct flow *flow, struct node *node)
{
    flow->reader = items_to_bytes(flow->stream, node->before->gives);
    flow->stream = NULL;
}

const struct entry entry_to = {
    .name = "to",
    .usage = "to lines",
    .does = "make bytes of items: each line and a newline",
    .example = "weir app.log ! lines ! grep ERROR ! to lines ! gzip ! errors.log.gz",
    .help = "A batch is its lines; of what a command came to, what it wrote, as it is.",
    .takes = FLOW_ITEMS,
    .gives = FLOW_BYTES,
    .args = {{.name = "lines",
              .kind = ARG_VALUE,
              .type = ARG_CHOICE,
              .required = true,
              .choice = "lines"}},
    .copies = true,
    .build = build_to,
};
