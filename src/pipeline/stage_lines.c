/* Lines out of bytes. */
#include <string.h>

#include "pipeline/broker.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

enum { SPLIT_BY = 1 }; /* behind LINES_MAX */

static size_t longest(const struct node *node)
{
    const struct arg *max = &node->args[LINES_MAX];
    return max->given ? (size_t)max->number : WEIR_LINE_MAX_DEFAULT;
}

size_t weir_pl_lines_longest(const struct node *node)
{
    for (node = node->before; node; node = node->before) {
        if (node->entry == &weir_pl_entry_lines || node->entry == &weir_pl_entry_split)
            return longest(node);
        if (node->entry == &weir_pl_entry_frame)
            return weir_pl_frame_longest(node);
    }
    return WEIR_LINE_MAX_DEFAULT;
}

static weir_stream *lines_of(weir_reader *reader, struct node *node)
{
    return weir_lines_with(reader, &WEIR_LINES_OPTIONS(.line_bytes_max = longest(node),
                                                       .utf8 = node->args[LINES_UTF8].given));
}

static void build_lines(struct flow *flow, struct node *node)
{
    if (node->merged)
        return; /* the grep behind it takes the bytes */
    flow->stream = flow->stream ? weir_pl_each_build(flow->stream, lines_of, node)
                                : lines_of(flow->reader, node);
    flow->reader = NULL;
}

static const char *lines_note(const struct node *node)
{
    return node->merged ? "done by the grep behind it" : "views into the buffer before it";
}

const struct entry weir_pl_entry_lines = {
    .name = "lines",
    .usage = "lines [max=BYTES] [utf8]",
    .does = "part bytes into lines",
    .help = "max=BYTES  the longest line, 1M without it, 64M at most; a longer one is an error.\n"
            "utf8       a line that is no UTF-8 is an error; unsaid, nothing is looked at\n"
            "A last line without newline counts; CR before the newline is dropped.",
    .example = "weir app.log ! lines ! take 5",
    .takes = FLOW_BYTES | FLOW_MESSAGES,
    .gives = FLOW_LINES,
    .args = {[LINES_MAX] =
                 {.name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX},
             [LINES_UTF8] = {.name = "utf8", .kind = ARG_WORD, .type = ARG_TEXT}},
    .build = build_lines,
    .note = lines_note,
};

/* ---- split ---- */

static void build_split(struct flow *flow, struct node *node)
{
    flow->stream =
        weir_split(flow->reader, (unsigned char)node->args[SPLIT_BY].number, longest(node));
    flow->reader = NULL;
}

static int hex_digit(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *at = digit ? strchr(digits, digit | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* One byte: as it stands, or \0 \t \n \r \\ \x1f. -1: it is none. */
static int byte_of(const char *text)
{
    static const char names[] = "0tnr\\", bytes[] = "\0\t\n\r\\";
    const char *name = text[0] == '\\' && text[1] ? strchr(names, text[1]) : NULL;

    if (text[0] && !text[1])
        return (unsigned char)text[0];
    if (name && !text[2])
        return bytes[name - names];
    if (strncmp(text, "\\x", 2) || strlen(text) != 4 || hex_digit(text[2]) < 0 ||
        hex_digit(text[3]) < 0)
        return -1;
    return hex_digit(text[2]) << 4 | hex_digit(text[3]);
}

static bool check_split(struct node *node, const struct words *words)
{
    struct arg *by = &node->args[SPLIT_BY];
    int byte = byte_of(by->text);

    by->number = (uint64_t)byte;
    if (byte >= 0)
        return true;
    weir_pl_note_set(words, (struct span){by->word, by->word + 1}, (struct span){0, 0},
                     "split ',', or '\\0', '\\t', '\\x1f'", "'%s' is not one byte", by->text);
    return false;
}

const struct entry weir_pl_entry_split = {
    .name = "split",
    .usage = "split BYTE [max=BYTES]",
    .does = "part bytes at each BYTE",
    .help = "BYTE       a character, or '\\0' '\\t' '\\n' '\\r' '\\\\' '\\x1f'; it is in no part\n"
            "max=BYTES  the longest part, 1M without it, 64M at most; a longer one is an error\n"
            "There is no empty part behind the last BYTE.",
    .example = "weir exec:'find . -print0' ! split '\\0' ! par 4 exec 'file -b'",
    .takes = FLOW_BYTES,
    .gives = FLOW_LINES,
    .args = {[LINES_MAX] =
                 {.name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX},
             [SPLIT_BY] = {.name = "BYTE", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .build = build_split,
    .check = check_split,
    .note = lines_note,
};
