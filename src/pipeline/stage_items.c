/* Stages that take lines and give lines: fewer of them. */
#include <string.h>

#include "pipeline/pipeline.h"
#include "pipeline/stage_par.h"
#include "pipeline/stages.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* searching lines is no loop to vectorise */
#endif

enum { HEAD_LINES = 10 };
enum { GREP_TEXT, GREP_INVERT }; /* places in args */

static bool holds(weir_line line, const struct node *node)
{
    const char *text = node->args[GREP_TEXT].text;
    size_t n = strlen(text);
    return n == 0 || memmem(line.data, line.size, text, n);
}

static bool line_holds(weir_line line, void *arg)
{
    return holds(line, arg);
}
WEIR_FILTER_FN(line_holds_fn, line_holds, weir_line, .of = &weir_type_line)

static bool line_lacks(weir_line line, void *arg)
{
    return !holds(line, arg);
}
WEIR_FILTER_FN(line_lacks_fn, line_lacks, weir_line, .of = &weir_type_line)

static void build_grep(struct flow *flow, struct node *node)
{
    if (!flow->reader) {
        bool invert = node->args[GREP_INVERT].given;
        flow->stream =
            weir_filter(flow->stream, invert ? &line_lacks_fn : &line_holds_fn, (void *)node);
        return;
    }
    const struct node *lines = node->before; /* merged into this stage by the plan */
    const char *text = node->args[GREP_TEXT].text;
    const struct arg *max = &lines->args[LINES_MAX];
    size_t longest = max->given ? (size_t)max->number : WEIR_LINE_MAX_DEFAULT;
    flow->stream = weir_lines_matching(flow->reader, longest, text, strlen(text));
    flow->reader = NULL;
}

static bool is_kept(weir_line line, const struct node *node)
{
    return holds(line, node) != node->args[GREP_INVERT].given;
}

static void build_par_grep(struct flow *flow, struct node *node, size_t n, bool keep_order)
{
    flow->stream = weir_pl_par_filter_lines(flow->stream, is_kept, node, n, keep_order);
}

static const char *grep_note(const struct node *node)
{
    return node->before->merged ? "searches the block first; lines are bounded at hits only"
                                : "looks at each line";
}

const struct entry weir_pl_entry_grep = {
    .name = "grep",
    .usage = "grep [-v] [--] TEXT",
    .does = "keep the lines that hold a text",
    .help = "TEXT is taken as it stands, it is no pattern.\n"
            "-v         keep the lines that do not hold it\n"
            "text=TEXT  the same TEXT, which may be ! or +; what begins with - stands behind --",
    .example = "weir app.log ! lines ! grep ERROR ! count",
    .takes = FLOW_LINES,
    .gives = FLOW_LINES,
    .args = {[GREP_TEXT] = {.name = "TEXT", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true},
             [GREP_INVERT] = {.name = "v", .kind = ARG_FLAG, .type = ARG_TEXT}},
    .build = build_grep,
    .build_par = build_par_grep,
    .note = grep_note,
};

static void build_take(struct flow *flow, struct node *node)
{
    const struct arg *n = &node->args[0];
    flow->stream = weir_take(flow->stream, n->given ? n->number : HEAD_LINES);
}

static const char *take_note(const struct node *node)
{
    (void)node;
    return "reads no further than it must";
}

const struct entry weir_pl_entry_take = {
    .name = "take",
    .usage = "take N",
    .does = "give the first N lines or records, then end",
    .example = "weir app.log ! lines ! grep ERROR ! take 3",
    .takes = FLOW_EACH,
    .gives = FLOW_EACH,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args =
        {{.name = "N", .kind = ARG_VALUE, .type = ARG_NUMBER, .required = true, .max = UINT64_MAX}},
    .build = build_take,
    .note = take_note,
};

const struct entry weir_pl_entry_head = {
    .name = "head",
    .usage = "head [N]",
    .does = "as take, 10 of them when nothing is said",
    .example = "weir app.log ! lines ! head",
    .takes = FLOW_EACH,
    .gives = FLOW_EACH,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args = {{.name = "N", .kind = ARG_VALUE, .type = ARG_NUMBER, .max = UINT64_MAX}},
    .build = build_take,
    .note = take_note,
};

static void build_skip(struct flow *flow, struct node *node)
{
    flow->stream = weir_skip(flow->stream, node->args[0].number);
}

const struct entry weir_pl_entry_skip = {
    .name = "skip",
    .usage = "skip N",
    .does = "leave out the first N lines or records",
    .example = "weir table.csv ! lines ! skip 1 ! count",
    .takes = FLOW_EACH,
    .gives = FLOW_EACH,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args =
        {{.name = "N", .kind = ARG_VALUE, .type = ARG_NUMBER, .required = true, .max = UINT64_MAX}},
    .build = build_skip,
};
