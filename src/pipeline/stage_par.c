/* par: the rest of the stage, several times at once. */
#include <stdio.h>
#include <string.h>

#include "pipeline/arguments.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/sought.h"
#include "pipeline/stages.h"

enum { PAR_N, PAR_KEEP_ORDER, PAR_BY };

static bool keeps_order(const struct node *node)
{
    return node->args[PAR_KEEP_ORDER].given;
}

static void build_par(struct flow *flow, struct node *node)
{
    struct node *inner = node->inner;

    inner->before = node->before;
    if (node->sought)
        flow->stream = weir_pl_sought_watch(flow->stream, node);
    inner->entry->build_par(flow, inner, (size_t)node->args[PAR_N].number, keeps_order(node));
}

static bool refuse(const struct words *words, const struct arg *arg, const char *hint,
                   const char *message)
{
    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, (struct span){0, 0}, hint,
                     message, arg->text);
    return false;
}

static bool check_par(struct node *node, const struct words *words)
{
    struct arg *by = &node->args[PAR_BY];

    if (by->given && keeps_order(node))
        return refuse(words, by, "leave one of the two out",
                      "by=%s keeps the order of each key, keep-order that of all");
    return true;
}

/* A field of records, a word of lines. */
static bool plan_key(struct node *node, const struct words *words)
{
    struct arg *by = &node->args[PAR_BY];

    if (node->before->gives == FLOW_RECORDS)
        return weir_pl_sought_add(node, words, PAR_BY, by->text);
    if (weir_pl_arguments_number(by->text, false, &by->number))
        return true;
    return refuse(words, by, "by=1 is the first word of a line, by=0 all of it",
                  "'%s' is no number of a word");
}

/* Each line by itself, or a batch that has many keys. */
static bool plan_by(struct node *node, const struct words *words)
{
    const struct arg *by = &node->args[PAR_BY];

    if (node->inner->entry != &weir_pl_entry_exec)
        return refuse(words, by, "keep-order",
                      "by=%s is for commands, and this looks at each line by itself");
    if (node->before->gives == FLOW_BATCHES)
        return refuse(words, by, "'par' over lines, without 'batch' before it",
                      "by=%s looks at a line, and a batch is many");
    return plan_key(node, words);
}

static bool plan_par(struct node *node, const struct words *words)
{
    struct node *inner = node->inner;

    inner->before = node->before;
    inner->by = node->args[PAR_BY].given ? &node->args[PAR_BY] : NULL;
    if (inner->by && !plan_by(node, words))
        return false;
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

static void par_note(const struct node *node, char *out, size_t size)
{
    bool by = node->args[PAR_BY].given;

    snprintf(out, size, "%llu at once; %s", (unsigned long long)node->args[PAR_N].number,
             keeps_order(node) ? "in the order of the input"
             : by              ? "of each key one after the other"
                               : "as they end");
}

const struct entry weir_pl_entry_par = {
    .name = "par",
    .usage = "par N [keep-order] STAGE",
    .does = "do what STAGE does N times at once",
    .help =
        "The rest of the stage is STAGE with its arguments: exec, grep or http-get.\n"
        "keep-order  what comes out is in the order of what came in, and up to N results\n"
        "            wait for the one that is due; unsaid, each comes as it is there\n"
        "by=WORD     of exec: by=1 is the first word of a line, by=0 all of it; lines with the\n"
        "            same are done one after the other, in their order, others beside them.\n"
        "            Up to 64 lines wait for those before them\n"
        "by=FIELD    the same of records, by what stands in that field; a.b is the field b in the\n"
        "            record a, and records that lack it go one after the other",
    .example = "weir glob 'img/*.raw' ! par 4 exec 'convert {} {.}.png' ! print",
    .takes = FLOW_LINES | FLOW_BATCHES | FLOW_RECORDS,
    .gives = FLOW_ITEMS,
    .flow = "items -> lines or results",
    .args = {[PAR_N] = {.name = "N",
                        .kind = ARG_VALUE,
                        .type = ARG_NUMBER,
                        .required = true,
                        .min = 1,
                        .max = 10000},
             [PAR_KEEP_ORDER] = {.name = "keep-order", .kind = ARG_WORD, .type = ARG_TEXT},
             [PAR_BY] = {.name = "by", .kind = ARG_KEY, .type = ARG_TEXT}},
    .copies = true,
    .build = build_par,
    .check = check_par,
    .plan = plan_par,
    .gives_of = par_gives,
    .drop = drop_par,
    .put_note = par_note,
};
