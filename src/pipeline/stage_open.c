/* open and decompress: what a file is by its first bytes and its name. */
#include <stdio.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/pipeline.h"
#include "pipeline/records.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

/* ---- open ---- */

static bool check_open(struct node *node, const struct words *words)
{
    (void)words;
    node->path = node->args[0].text;
    return true;
}

enum { FORMAT_BYTES = 16 };

/* What its name says of the records in it, behind the suffixes of compressors: "csv" of
 * logs.csv.gz; "": nothing. Known before anything is opened, so that what comes out of open is too.
 */
static void put_format(const char *path, char format[FORMAT_BYTES])
{
    const char *name = strrchr(path, '/');

    name = name ? name + 1 : path;
    int n = (int)weir_uncompressed_name(name), at = n;
    while (at > 0 && name[at - 1] != '.')
        at--;
    snprintf(format, FORMAT_BYTES, "%.*s", at > 1 && n - at < FORMAT_BYTES ? n - at : 0, name + at);
}

/* Records where its name says of which format, and what reads it takes no bytes. */
static unsigned open_gives(const struct node *node, unsigned taken)
{
    bool records = taken & FLOW_RECORDS && !(taken & FLOW_BYTES);
    char format[FORMAT_BYTES];

    put_format(node->path, format);
    return records && weir_pl_records_is_format(format) ? FLOW_RECORDS : FLOW_BYTES;
}

static void build_open(struct flow *flow, struct node *node)
{
    char format[FORMAT_BYTES];

    flow->reader = weir_open(node->path);
    if (node->gives != FLOW_RECORDS)
        return;
    put_format(node->path, format);
    flow->stream = weir_pl_records_from(flow->reader, format);
    flow->reader = NULL;
}

static void open_note(const struct node *node, char *out, size_t size)
{
    char format[FORMAT_BYTES];

    put_format(node->path, format);
    snprintf(out, size, "decompressed, where it is compressed%s%s",
             node->gives == FLOW_RECORDS ? "; from "
             : *format                   ? "; by its name "
                                         : "",
             format);
}

const struct entry weir_pl_entry_open = {
    .name = "open",
    .reach = WEIR_ALLOW_READ,
    .usage = "open FILE",
    .does = "read a file, decompressed, and as records where these are wanted",
    .help = "Its first bytes say by what, or else its suffix; twice at most, a .gz in a .gz.\n"
            "What is not compressed passes as it stands. A name that ends in .gz is an error\n"
            "where the file is none.\n"
            "A stage that takes records has those of a .csv, .tsv, .ndjson, .jsonl or .json, also\n"
            "of a .csv.gz; 'from' behind it says more of them.",
    .example = "weir open access.log.gz ! lines ! grep ERROR ! count",
    .gives = FLOW_BYTES | FLOW_RECORDS,
    .gives_of = open_gives,
    .args = {{.name = "FILE", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .copies = true,
    .build = build_open,
    .check = check_open,
    .put_note = open_note,
};

/* ---- decompress ---- */

/* The source it stands right behind, if that is a file. */
static const char *name_of(const struct node *node)
{
    const struct chain *chain = node->chain;
    return chain->sources == 1 && node->before == chain->nodes ? node->before->path : NULL;
}

static void build_decompress(struct flow *flow, struct node *node)
{
    flow->reader = weir_decompress(flow->reader, name_of(node));
}

/* What a peer sends could be made to go through any decoder. */
static bool plan_decompress(struct node *node, const struct words *words)
{
    const struct node *source = node->chain->nodes;

    for (size_t i = 0; i < node->chain->sources; i++, source++) {
        if (!source->address || source->entry == &weir_pl_entry_exec_source)
            continue;
        weir_pl_note_set(
            words, (struct span){node->first, node->end}, (struct span){source->first, source->end},
            "gunzip, or another by its name", "of what a peer sends nothing is guessed");
        return false;
    }
    return true;
}

static const char *decompress_note(const struct node *node)
{
    (void)node;
    return "by its first bytes, or its name";
}

const struct entry weir_pl_entry_decompress = {
    .name = "decompress",
    .usage = "decompress",
    .does = "decompress whatever it is, or pass it on as it stands",
    .help =
        "The first bytes say what it is, or else the suffix of the file right before it; twice\n"
        "at most, a .gz in a .gz. Not of what a connection gives: gunzip says what is meant.",
    .example = "weir - ! decompress ! lines ! count",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_decompress,
    .plan = plan_decompress,
    .note = decompress_note,
};
