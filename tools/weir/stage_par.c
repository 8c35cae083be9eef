/* par: the rest of the stage, several times at once. */
#include <stdio.h>
#include <string.h>

#include "pipeline.h"
#include "stages.h"

enum { PAR_N, PAR_KEEP_ORDER };

static bool keeps_order(const struct node *node)
{
    return node->args[PAR_KEEP_ORDER].given;
}

static void build_par(struct flow *flow, struct node *node)
{
    struct node *inner = node->inner;

    inner->before = node->before;
    inner->entry->build_par(flow, inner, (size_t)node->args[PAR_N].number, keeps_order(node));
}

static bool plan_par(struct node *node, const struct words *words)
{
    struct node *inner = node->inner;

    inner->before = node->before;
    return !inner->entry->plan || inner->entry->plan(inner, words);
}

static unsigned par_gives(const struct node *node, unsigned taken)
{
    const struct entry *inner = node->inner->entry;
    return inner->gives_of ? inner->gives_of(node->inner, taken) : inner->gives;
}

static void drop_par(struct node *node)
{
    if (node->inner && node->inner->entry && node->inner->entry->drop)
        node->inner->entry->drop(node->inner);
}

static const char *par_note(const struct node *node)
{
    static char note[80];

    snprintf(note, sizeof note, "%llu at once; %s", (unsigned long long)node->args[PAR_N].number,
             keeps_order(node) ? "in the order of the input" : "as they end");
    return note;
}

const struct entry entry_par = {
    .name = "par",
    .usage = "par N [keep-order] STAGE",
    .does = "do what STAGE does N times at once",
    .help = "The rest of the stage is STAGE with its arguments: exec, grep.\n"
            "keep-order  what comes out is in the order of what came in, and up to N results\n"
            "            wait for the one that is due; unsaid, each comes as it is there",
    .example = "weir glob 'img/*.raw' ! par 4 exec 'convert {} {.}.png' ! print",
    .takes = FLOW_LINES | FLOW_BATCHES,
    .gives = FLOW_ITEMS,
    .flow = "lines -> lines or results",
    .args = {[PAR_N] = {.name = "N",
                        .kind = ARG_VALUE,
                        .type = ARG_NUMBER,
                        .required = true,
                        .min = 1,
                        .max = 10000},
             [PAR_KEEP_ORDER] = {.name = "keep-order", .kind = ARG_WORD, .type = ARG_TEXT}},
    .copies = true,
    .build = build_par,
    .plan = plan_par,
    .gives_of = par_gives,
    .drop = drop_par,
    .note = par_note,
};
