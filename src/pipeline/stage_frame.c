/* Frames: runs of bytes behind their length, as items and back. */
#include "pipeline/items.h"
#include "pipeline/pipeline.h"
#include "pipeline/stages.h"

enum { FRAME_WIDTH, FRAME_LITTLE, FRAME_OFFSET, FRAME_ADJUST, FRAME_HEADER, FRAME_MAX };

static weir_frames_options options_of(const struct node *node)
{
    const struct arg *args = node->args;
    return WEIR_FRAMES_OPTIONS(.width = (uint32_t)args[FRAME_WIDTH].number,
                               .little_endian = args[FRAME_LITTLE].given,
                               .keep_header = args[FRAME_HEADER].given,
                               .offset = (uint32_t)args[FRAME_OFFSET].number,
                               .adjustment = (int64_t)args[FRAME_ADJUST].number,
                               .frame_bytes_max = (size_t)args[FRAME_MAX].number);
}

size_t weir_pl_frame_longest(const struct node *node)
{
    const struct arg *args = node->args;
    size_t max =
        args[FRAME_MAX].given ? (size_t)args[FRAME_MAX].number : WEIR_FRAME_BYTES_MAX_DEFAULT;
    return max + WEIR_FRAME_WIDTH_MAX + (size_t)args[FRAME_OFFSET].number;
}

static void build_frame(struct flow *flow, struct node *node)
{
    weir_frames_options options = options_of(node);
    flow->stream = weir_frames(flow->reader, &options);
    flow->reader = NULL;
}

static const char *frame_note(const struct node *node)
{
    (void)node;
    return "views into the buffer before it";
}

#define WIDTH_ARG                                                                                  \
    {                                                                                              \
        .name = "width", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1,                            \
        .max = WEIR_FRAME_WIDTH_MAX                                                                \
    }
#define LITTLE_ARG                                                                                 \
    {                                                                                              \
        .name = "little", .kind = ARG_WORD, .type = ARG_TEXT                                       \
    }
#define ADJUST_ARG                                                                                 \
    {                                                                                              \
        .name = "adjust", .kind = ARG_KEY, .type = ARG_INTEGER                                     \
    }
#define MAX_ARG                                                                                    \
    {                                                                                              \
        .name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX - 512     \
    }

const struct entry weir_pl_entry_frame = {
    .name = "frame",
    .usage = "frame [width=N] [little]",
    .does = "part bytes into items, each behind its length",
    .help = "width=N    bytes of a length, 1 to 8; 4 without it\n"
            "little     the first byte of a length counts least, not most\n"
            "offset=N   bytes before the length, 255 at most\n"
            "adjust=N   bytes that a length does not count; -N: that it counts besides\n"
            "header     the items begin with their length and what stands before it\n"
            "max=BYTES  the longest, 8M without it; a longer one is an error, and the end.\n"
            "'to lines' and a file write a newline behind each, 'unframe' a length before it.",
    .example = "weir tcp-listen:9000 ! frame width=2 ! to lines ! events.log",
    .takes = FLOW_BYTES,
    .gives = FLOW_LINES,
    .args = {[FRAME_WIDTH] = WIDTH_ARG,
             [FRAME_LITTLE] = LITTLE_ARG,
             [FRAME_OFFSET] = {.name = "offset",
                               .kind = ARG_KEY,
                               .type = ARG_NUMBER,
                               .max = WEIR_FRAME_OFFSET_MAX},
             [FRAME_ADJUST] = ADJUST_ARG,
             [FRAME_HEADER] = {.name = "header", .kind = ARG_WORD, .type = ARG_TEXT},
             [FRAME_MAX] = MAX_ARG},
    .build = build_frame,
    .note = frame_note,
};

/* ---- and back ---- */

enum { UNFRAME_WIDTH, UNFRAME_LITTLE, UNFRAME_ADJUST, UNFRAME_MAX };

static void build_unframe(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;
    weir_frames_options options =
        WEIR_FRAMES_OPTIONS(.width = (uint32_t)args[UNFRAME_WIDTH].number,
                            .little_endian = args[UNFRAME_LITTLE].given,
                            .adjustment = (int64_t)args[UNFRAME_ADJUST].number,
                            .frame_bytes_max = (size_t)args[UNFRAME_MAX].number);
    unsigned type = node->before->gives;
    weir_stream *lines =
        type == FLOW_LINES ? flow->stream : weir_pl_items_to_lines(flow->stream, type);
    flow->reader = weir_to_frames(lines, &options);
    flow->stream = NULL;
}

const struct entry weir_pl_entry_unframe = {
    .name = "unframe",
    .usage = "unframe [width=N] [little]",
    .does = "make bytes of items: each behind its length",
    .help = "width=N    bytes of a length, 1 to 8; 4 without it\n"
            "little     the first byte of a length counts least, not most\n"
            "adjust=N   bytes that a length does not count; -N: that it counts besides\n"
            "max=BYTES  the longest, 8M without it; a longer one is an error\n"
            "A batch is its lines; of what a command came to, the lines that it wrote.",
    .example = "weir app.log ! lines ! unframe width=2 ! tcp:collector:9000",
    .takes = FLOW_ITEMS,
    .gives = FLOW_BYTES,
    .args = {[UNFRAME_WIDTH] = WIDTH_ARG,
             [UNFRAME_LITTLE] = LITTLE_ARG,
             [UNFRAME_ADJUST] = ADJUST_ARG,
             [UNFRAME_MAX] = MAX_ARG},
    .copies = true,
    .build = build_unframe,
};
