/* The plan: types are checked, and stages joined. */
#include "pipeline/plan.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/broker.h"
#include "pipeline/build.h"
#include "pipeline/columns.h"
#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

static const char *node_name(const struct node *node, const struct words *words)
{
    return node->first < node->end ? words->at[node->first].text : "-";
}

/* As the suffix of the file that is read says it, behind those of compressors. */
static const char *format_of(const struct chain *chain)
{
    static const char *const packed[] = {".gz", ".zst", ".lz4", ".br", ".xz", ".bz2"};
    static const struct {
        const char *suffix, *hint;
    } formats[] = {{".csv", "put 'from csv' between them"},
                   {".tsv", "put 'from tsv' between them"},
                   {".tab", "put 'from tsv' between them"},
                   {".json", "put 'from json' between them"}};
    const char *path = chain->nodes->path ? chain->nodes->path : "";
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        size_t size = strlen(packed[i]);
        if (n > size && !strcmp(path + n - size, packed[i])) {
            n -= size;
            break;
        }
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t size = strlen(formats[i].suffix);
        if (n > size && !memcmp(path + n - size, formats[i].suffix, size))
            return formats[i].hint;
    }
    return "put 'from ndjson' between them";
}

/* Where the lines that `node` gives began: there is a 'lines' to replace, or there is none. */
static const char *records_of_lines(const struct node *node)
{
    while (node->before && node->before->gives == FLOW_LINES)
        node = node->before;
    return node->entry == &weir_pl_entry_lines
               ? "lines have no fields: put 'from ndjson' in the place of 'lines'"
               : "lines have no fields: put 'to lines ! from csv header=NAME' between them";
}

/* The stage to put between; adapters are named, never inserted. */
static const char *adapter(const struct node *before, unsigned taken, bool sink)
{
    unsigned given = before->gives;

    if (given == FLOW_BYTES && (taken & FLOW_LINES))
        return "put 'lines' between them";
    if (given == FLOW_BYTES && (taken & FLOW_RECORDS))
        return format_of(before->chain);
    if (given == FLOW_BYTES && taken == FLOW_RESULTS)
        return "to write one file, name it: ./NAME";
    if (given == FLOW_LINES && taken == FLOW_RESULTS)
        return "put 'exec' between them";
    if (given == FLOW_LINES && (taken & FLOW_RECORDS))
        return records_of_lines(before);
    if (given == FLOW_RECORDS && (taken & FLOW_BYTES))
        return sink ? "put 'to ndjson' before it" : "put 'to ndjson' between them";
    if (given == FLOW_RECORDS && (taken & FLOW_LINES))
        return "put 'to ndjson' and 'lines' between them";
    if (given == FLOW_MESSAGES)
        return "put it behind what takes the messages: 'lines', 'from FORMAT'";
    if ((given & FLOW_ITEMS) && (taken & FLOW_BYTES))
        return "put 'to lines' between them";
    if ((given & (FLOW_BATCHES | FLOW_RESULTS)) && (taken & FLOW_LINES))
        return "put 'unbatch' between them";
    return NULL;
}

/* Nobody typed the sink: what is at fault is the stage that the chain ends with. */
static bool refuse_unnamed(const struct words *words, const struct node *before,
                           const struct node *sink)
{
    struct span at = {before->first, before->end};
    bool records = before->gives == FLOW_RECORDS;

    weir_pl_note_set(words, at, (struct span){0, 0},
                     records ? "put '! to ndjson' or '! to csv' behind it"
                             : adapter(before, sink->entry->takes, true),
                     "%s takes bytes, '%s' gives %s",
                     sink->entry == &weir_pl_entry_stdout ? "standard output" : "the output",
                     node_name(before, words), weir_pl_flow_name(before->gives));
    return false;
}

static bool fits(const struct pipeline *pipeline, const struct node *before,
                 const struct node *node)
{
    const struct node *taker = node->inner ? node->inner : node;
    unsigned takes = node->entry->takes & taker->entry->takes;

    if (takes & before->gives)
        return true;
    if (taker->first == taker->end)
        return refuse_unnamed(pipeline->words, before, taker);
    struct span at = {taker->first, taker->first + 1};
    struct span other = {before->first, before->first + 1};
    if (before->entry->takes == FLOW_NOTHING)
        other.end = before->end;
    if (before->gives == FLOW_BYTES && takes & (FLOW_LINES | FLOW_RECORDS))
        takes = takes & FLOW_LINES ? FLOW_LINES : FLOW_RECORDS; /* what is meant, of all */
    if (before->gives == FLOW_RECORDS && takes & FLOW_BYTES)
        takes = FLOW_BYTES;
    if (taker->entry == &weir_pl_entry_grep && before->gives == FLOW_RECORDS) {
        weir_pl_note_set(pipeline->words, at, other, "where FIELD has TEXT",
                         "'grep' looks at lines, and records have fields");
        return false;
    }
    const char *cure = taker->entry == &weir_pl_entry_lines && before->gives == FLOW_LINES
                           ? "leave it out: they are lines"
                           : adapter(before, takes, node->entry->gives == FLOW_NOTHING);
    weir_pl_note_set(pipeline->words, at, other, cure, "'%s' takes %s, '%s' gives %s",
                     node_name(taker, pipeline->words), weir_pl_flow_name(takes),
                     node_name(before, pipeline->words), weir_pl_flow_name(before->gives));
    return false;
}

/* `lines ! grep TEXT`: the block is searched before it is parted. */
static void join(struct chain *chain)
{
    for (size_t i = chain->sources; i + 1 < chain->n; i++) {
        struct node *lines = &chain->nodes[i], *grep = &chain->nodes[i + 1];
        if (lines->entry == &weir_pl_entry_lines && lines->before->gives != FLOW_MESSAGES &&
            !lines->args[LINES_UTF8].given && grep->entry == &weir_pl_entry_grep &&
            !grep->args[1].given)
            lines->merged = true;
    }
}

/* Records that go nowhere else are for people. */
static void show_on_terminal(struct node *node)
{
    if (node->entry == &weir_pl_entry_stdout && node->first == node->end &&
        node->before->gives == FLOW_RECORDS && isatty(STDOUT_FILENO))
        node->entry = &weir_pl_entry_print;
}

static bool plan_chain(const struct pipeline *pipeline, struct chain *chain)
{
    chain->served = pipeline->served;
    for (size_t i = 0; i < chain->n; i++) {
        struct node *node = &chain->nodes[i];
        const struct entry *entry = node->entry;
        node->chain = chain;
        node->gives = entry->gives;
        if (i < chain->sources && entry->gives_of)
            node->gives = entry->gives_of(node, node[1].entry->takes);
        if (i < chain->sources)
            continue;
        node->before = node - 1;
        show_on_terminal(node);
        if (!fits(pipeline, node->before, node))
            return false;
        if (entry->plan && !entry->plan(node, pipeline->words))
            return false;
        if (entry->gives_of)
            node->gives = entry->gives_of(node, node->before->gives);
    }
    join(chain);
    return weir_pl_broker_plan(chain, pipeline->words);
}

static bool tells(const weir_error *error, const char *way)
{
    return error->cure && strstr(error->cure, way);
}

/* "'socket' promises ...": without the name, which is one of the library's. */
static const char *behind_name(const char *message)
{
    const char *end = *message == '\'' ? strchr(message + 1, '\'') : NULL;
    return end ? end + 1 : message;
}

/* What the library says of functions, said of words. */
static bool refuse_chain(const struct words *words, const struct node *at, const struct node *sink,
                         const weir_error *error)
{
    struct span where = {at->first, at->end}, nothing = {0, 0};

    if (error->code == WEIR_E_TYPE && sink->entry->broker)
        weir_pl_note_set(words, (struct span){sink->first, sink->end}, where,
                         "put 'to ndjson' before it", "'%s' takes lines or messages, '%s' gives %s",
                         node_name(sink, words), node_name(sink->before, words),
                         weir_pl_flow_name(sink->before->gives));
    else if (tells(error, "weir_settle_here"))
        weir_pl_note_set(words, where, nothing,
                         "settle=now at the source, if what arrives counts as done",
                         "'%s' does not pass acknowledgements on", node_name(at, words));
    else if (tells(error, "weir_forward_with"))
        weir_pl_note_set(words, (struct span){sink->first, sink->end}, nothing,
                         "settle=sent at the source, if that is enough", "'%s'%s",
                         node_name(sink, words), behind_name(error->message));
    else
        weir_pl_note_set(words, where, nothing, error->cure, "%s", error->message);
    return false;
}

static bool has_tee(const struct chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        if (chain->nodes[i].entry == &weir_pl_entry_tee ||
            chain->nodes[i].entry == &weir_pl_entry_label)
            return true;
    return false;
}

/* Brokers acknowledge what is safe, and take messages alone: not each stage can go with that. */
static bool prove(const struct pipeline *pipeline, struct chain *chain)
{
    const struct node *at;
    weir_error error;

    bool broker = chain->nodes->entry->broker || weir_pl_chain_sink(chain)->entry->broker;
    if (!broker || pipeline->served || has_tee(chain) || weir_pl_chain_holds(chain, &error, &at))
        return true;
    return refuse_chain(pipeline->words, at, weir_pl_chain_sink(chain), &error);
}

bool weir_pl_plan_measure(struct pipeline *pipeline)
{
    const struct words *words = pipeline->words;
    const struct node *at;
    weir_error error;

    for (size_t i = 0, n; i < pipeline->n; i += n) {
        n = weir_pl_together(pipeline, i);
        if (weir_pl_chains_measure(&pipeline->chains[i], n, &error, &at))
            continue;
        if (!at || error.code == WEIR_E_MEMORY)
            return weir_pl_note_no_memory(words);
        weir_pl_note_set(words, (struct span){at->first, at->end}, (struct span){0, 0},
                         tells(&error, "fewer stages") ? "fewer stages" : error.cure, "%s",
                         error.message);
        return false;
    }
    return true;
}

bool weir_pl_plan_make(struct pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->n; i++)
        if (!plan_chain(pipeline, &pipeline->chains[i]) || !prove(pipeline, &pipeline->chains[i]))
            return false;
    return true;
}

char *weir_pl_plan_node_text(const struct node *node, const struct words *words)
{
    size_t size = sizeof "-";
    size_t n = 0;

    for (size_t i = node->first; i < node->end; i++)
        size += strlen(words->at[i].text) + 1;
    char *text = weir_pl_room_zeroed(size, 1);
    if (!text)
        return NULL;
    if (node->first == node->end)
        text[n] = '-';
    for (size_t i = node->first; i < node->end; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", n ? " " : "", words->at[i].text);
    char *harmless = weir_pl_text_harmless(text);
    weir_pl_room_free(text);
    return harmless;
}
