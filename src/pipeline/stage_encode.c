/* Bytes as text, and back: base64, hex. */
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

/* ---- base64 ---- */

enum { BASE64_URL, BASE64_UNPADDED, BASE64_LINE };
enum { UNBASE64_URL, UNBASE64_UNPADDED, UNBASE64_STRICT };

static void build_base64(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;

    flow->reader = weir_base64(
        flow->reader,
        &WEIR_BASE64_OPTIONS(.url = args[BASE64_URL].given, .unpadded = args[BASE64_UNPADDED].given,
                             .line_bytes = (size_t)args[BASE64_LINE].number));
}

static void build_unbase64(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;

    flow->reader = weir_unbase64(flow->reader,
                                 &WEIR_UNBASE64_OPTIONS(.url = args[UNBASE64_URL].given,
                                                        .unpadded = args[UNBASE64_UNPADDED].given,
                                                        .blanks = !args[UNBASE64_STRICT].given));
}

/* False: it complained. */
static bool check_line(const struct arg *line, unsigned group, const struct words *words)
{
    if (line->number % group == 0)
        return true;
    weir_pl_note_set(words, (struct span){line->word, line->word + 1}, (struct span){0, 0},
                     group == 4 ? "line=76" : "line=64", "a line ends behind a multiple of %u",
                     group);
    return false;
}

static bool check_base64(struct node *node, const struct words *words)
{
    return check_line(&node->args[BASE64_LINE], 4, words);
}

const struct entry weir_pl_entry_base64 = {
    .name = "base64",
    .usage = "base64 [url] [line=N]",
    .does = "write bytes as text, 4 characters for 3",
    .help = "line=N    a newline behind every N characters, a multiple of 4, and at the end;\n"
            "          unsaid, there is none. base64(1) has line=76\n"
            "url       - and _ instead of + and /\n"
            "unpadded  no = at the end",
    .example = "weir photo.jpg ! base64 line=76 ! mail.txt",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {[BASE64_URL] = {.name = "url", .kind = ARG_WORD, .type = ARG_TEXT},
             [BASE64_UNPADDED] = {.name = "unpadded", .kind = ARG_WORD, .type = ARG_TEXT},
             [BASE64_LINE] =
                 {.name = "line", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 1 << 20}},
    .copies = true,
    .build = build_base64,
    .check = check_base64,
};

const struct entry weir_pl_entry_unbase64 = {
    .name = "unbase64",
    .usage = "unbase64 [url] [strict]",
    .does = "read back what base64 wrote",
    .help = "Blanks and line ends are passed over. All else that base64 does not write is an\n"
            "error that names the byte.\n"
            "strict    blanks are errors too\n"
            "url       - and _ instead of + and /\n"
            "unpadded  there is no = at the end",
    .example = "weir mail.txt ! unbase64 ! photo.jpg",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {[UNBASE64_URL] = {.name = "url", .kind = ARG_WORD, .type = ARG_TEXT},
             [UNBASE64_UNPADDED] = {.name = "unpadded", .kind = ARG_WORD, .type = ARG_TEXT},
             [UNBASE64_STRICT] = {.name = "strict", .kind = ARG_WORD, .type = ARG_TEXT}},
    .copies = true,
    .build = build_unbase64,
};

/* ---- hex ---- */

enum { HEX_UPPER, HEX_LINE };

static void build_hex(struct flow *flow, struct node *node)
{
    flow->reader = weir_hex(flow->reader,
                            &WEIR_HEX_OPTIONS(.upper = node->args[HEX_UPPER].given,
                                              .line_bytes = (size_t)node->args[HEX_LINE].number));
}

static void build_unhex(struct flow *flow, struct node *node)
{
    flow->reader = weir_unhex(flow->reader, &WEIR_UNHEX_OPTIONS(.blanks = !node->args[0].given));
}

static bool check_hex(struct node *node, const struct words *words)
{
    return check_line(&node->args[HEX_LINE], 2, words);
}

const struct entry weir_pl_entry_hex = {
    .name = "hex",
    .usage = "hex [upper] [line=N]",
    .does = "write each byte as two digits",
    .help = "line=N  a newline behind every N digits, a multiple of 2, and at the end; unsaid,\n"
            "        there is none. xxd -p has line=60\n"
            "upper   A to F instead of a to f",
    .example = "weir key.bin ! hex",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {[HEX_UPPER] = {.name = "upper", .kind = ARG_WORD, .type = ARG_TEXT},
             [HEX_LINE] =
                 {.name = "line", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 1 << 20}},
    .copies = true,
    .build = build_hex,
    .check = check_hex,
};

const struct entry weir_pl_entry_unhex = {
    .name = "unhex",
    .usage = "unhex [strict]",
    .does = "read back what hex wrote",
    .help = "Blanks and line ends are passed over; all else that is no digit is an error that\n"
            "names the byte.\n"
            "strict  blanks are errors too",
    .example = "weir key.hex ! unhex ! key.bin",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {{.name = "strict", .kind = ARG_WORD, .type = ARG_TEXT}},
    .copies = true,
    .build = build_unhex,
};
