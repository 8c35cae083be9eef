/* The plan: types are checked, stages joined, and the whole can be shown as a table. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker.h"
#include "build.h"
#include "columns.h"
#include "memory.h"
#include "report.h"
#include "sink.h"
#include "stages.h"
#include "text.h"

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

/* The stage to put between; adapters are named, never inserted. */
static const char *adapter(const struct chain *chain, unsigned given, unsigned taken, bool sink)
{
    if (given == FLOW_BYTES && (taken & FLOW_LINES))
        return "put 'lines' between them";
    if (given == FLOW_BYTES && (taken & FLOW_RECORDS))
        return format_of(chain);
    if (given == FLOW_BYTES && taken == FLOW_RESULTS)
        return "to write one file, name it: ./NAME";
    if (given == FLOW_LINES && taken == FLOW_RESULTS)
        return "put 'exec' between them";
    if (given == FLOW_LINES && (taken & FLOW_RECORDS))
        return "lines have no fields: put 'from ndjson' in the place of 'lines'";
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

static bool fits(const struct pipeline *pipeline, const struct node *before,
                 const struct node *node)
{
    const struct node *taker = node->inner ? node->inner : node;
    unsigned takes = node->entry->takes & taker->entry->takes;

    if (takes & before->gives)
        return true;
    struct span at = {taker->first, taker->first + 1};
    struct span other = {before->first, before->first + 1};
    if (before->entry->takes == FLOW_NOTHING)
        other.end = before->end;
    if (before->gives == FLOW_BYTES && takes & (FLOW_LINES | FLOW_RECORDS))
        takes = takes & FLOW_LINES ? FLOW_LINES : FLOW_RECORDS; /* what is meant, of all */
    if (before->gives == FLOW_RECORDS && takes & FLOW_BYTES)
        takes = FLOW_BYTES;
    if (taker->entry == &entry_grep && before->gives == FLOW_RECORDS) {
        report_usage(pipeline->words, at, other, "where FIELD has TEXT",
                     "'grep' looks at lines, and records have fields");
        return false;
    }
    report_usage(pipeline->words, at, other,
                 adapter(node->chain, before->gives, takes, node->entry->gives == FLOW_NOTHING),
                 "'%s' takes %s, '%s' gives %s", node_name(taker, pipeline->words),
                 flow_name(takes), node_name(before, pipeline->words), flow_name(before->gives));
    return false;
}

/* `lines ! grep TEXT`: the block is searched before it is parted. */
static void join(struct chain *chain)
{
    for (size_t i = chain->sources; i + 1 < chain->n; i++) {
        struct node *lines = &chain->nodes[i], *grep = &chain->nodes[i + 1];
        if (lines->entry == &entry_lines && lines->before->gives != FLOW_MESSAGES &&
            !lines->args[LINES_UTF8].given && grep->entry == &entry_grep && !grep->args[1].given)
            lines->merged = true;
    }
}

/* Records that go nowhere else are for people. */
static void show_on_terminal(struct node *node)
{
    if (node->entry == &entry_stdout && node->first == node->end &&
        node->before->gives == FLOW_RECORDS && isatty(STDOUT_FILENO))
        node->entry = &entry_print;
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
    return broker_plan(chain, pipeline->words);
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
        report_usage(words, (struct span){sink->first, sink->end}, where,
                     "put 'to ndjson' before it", "'%s' takes lines or messages, '%s' gives %s",
                     node_name(sink, words), node_name(sink->before, words),
                     flow_name(sink->before->gives));
    else if (tells(error, "weir_settle_here"))
        report_usage(words, where, nothing,
                     "settle=now at the source, if what arrives counts as done",
                     "'%s' does not pass acknowledgements on", node_name(at, words));
    else if (tells(error, "weir_forward_with"))
        report_usage(words, (struct span){sink->first, sink->end}, nothing,
                     "settle=sent at the source, if that is enough", "'%s'%s",
                     node_name(sink, words), behind_name(error->message));
    else
        report_usage(words, where, nothing, error->cure, "%s", error->message);
    return false;
}

static bool has_tee(const struct chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        if (chain->nodes[i].entry == &entry_tee || chain->nodes[i].entry == &entry_label)
            return true;
    return false;
}

/* Brokers acknowledge what is safe, and take messages alone: not each stage can go with that. */
static bool prove(const struct pipeline *pipeline, struct chain *chain)
{
    const struct node *at;
    weir_error error;

    bool broker = chain->nodes->entry->broker || chain_sink(chain)->entry->broker;
    if (!broker || pipeline->served || has_tee(chain) || chain_holds(chain, &error, &at))
        return true;
    return refuse_chain(pipeline->words, at, chain_sink(chain), &error);
}

bool plan_make(struct pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->n; i++)
        if (!plan_chain(pipeline, &pipeline->chains[i]) || !prove(pipeline, &pipeline->chains[i]))
            return false;
    return true;
}

char *plan_node_text(const struct node *node, const struct words *words)
{
    size_t size = sizeof "-";
    size_t n = 0;

    for (size_t i = node->first; i < node->end; i++)
        size += strlen(words->at[i].text) + 1;
    char *text = memory_zeroed(size, 1);
    if (node->first == node->end)
        text[n] = '-';
    for (size_t i = node->first; i < node->end; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", n ? " " : "", words->at[i].text);
    char *harmless = text_harmless(text);
    free(text);
    return harmless;
}

enum { COLUMNS = 7 };

/* One row; for free(). */
struct row {
    char *cell[COLUMNS];
};

static char *cell(const char *text)
{
    return memory_text(text, strlen(text));
}

static const char *driver_name(const char *driver)
{
    return !strcmp(driver, "uring") ? "io_uring" : driver;
}

static const char *data_of(const struct node *node)
{
    if (node->entry->copies)
        return "copy";
    if (node->entry->gives == FLOW_NOTHING && node->before->gives != FLOW_BYTES)
        return "copy";
    if (node->entry->gives == FLOW_NOTHING)
        return node->entry == &entry_null ? "-" : "zero-copy";
    return node->gives != FLOW_BYTES ? "zero-copy" : "-";
}

/* What is less than 1 KiB is no buffer; it counts in the whole alone. */
static const char *buffer_of(const struct node *node, char number[TEXT_NUMBER_BYTES])
{
    return node->memory_bytes < 1024 ? "-" : text_memory(number, node->memory_bytes);
}

/* What a sink's note says besides its own. The way is what the kernel is asked for; where it
 * cannot, or where bytes were read before, blocks are written. */
static void add_to_note(const struct chain *chain, const struct node *node, char *out, size_t size)
{
    out[0] = 0;
    if (chain->marked && node->entry->pack)
        snprintf(out, size, "ends what it made, then messages are acknowledged");
    if (node->entry->gives != FLOW_NOTHING || node->entry == &entry_null || node->entry->broker)
        return;
    if (node->before->gives == FLOW_LINES || node->before->gives == FLOW_BATCHES)
        snprintf(out, size, "; each line and a newline");
    else if (node->before->gives == FLOW_RESULTS)
        snprintf(out, size, node->entry == &entry_print ? "" : "; what commands wrote");
    else if (chain->way)
        snprintf(out, size, "; by %s where the kernel can", chain->way);
}

static struct row row_of(const struct chain *chain, const struct node *node,
                         const struct words *words, const char *driver)
{
    const struct entry *entry = node->entry;
    char number[TEXT_NUMBER_BYTES];
    bool outside = (entry->takes == FLOW_NOTHING && entry != &entry_label) || node->path ||
                   entry->consume || entry->scheme || sink_is_stdout(node);
    const char *note = entry->note ? entry->note(node) : "";
    char more[80], whole[160];

    add_to_note(chain, node, more, sizeof more);
    snprintf(whole, sizeof whole, "%s%s", note, more);
    return (struct row){{
        plan_node_text(node, words),
        cell(node->before ? flow_name(node->before->gives) : "-"),
        cell(node->gives ? flow_name(node->gives) : "-"),
        cell(buffer_of(node, number)),
        cell(data_of(node)),
        cell(outside ? driver_name(driver) : "-"),
        cell(whole),
    }};
}

static void print_row(FILE *to, const struct row *row, const size_t *widths)
{
    int last = COLUMNS - 1;

    while (last > 0 && !row->cell[last][0])
        last--;
    for (int c = 0; c < last; c++)
        fprintf(to, "%s%*s  ", row->cell[c], (int)(widths[c] - columns(row->cell[c])), "");
    fprintf(to, "%s\n", row->cell[last]);
}

/* One table for a chain. */
static void print_chain(FILE *to, const struct chain *chain, const struct words *words,
                        const char *driver)
{
    static const char *const heads[COLUMNS] = {"stage", "in",     "out", "buffer",
                                               "data",  "driver", "note"};
    struct row *rows = memory_zeroed(chain->n + 1, sizeof *rows);
    size_t widths[COLUMNS] = {0};

    for (size_t r = 0; r <= chain->n; r++) {
        if (r)
            rows[r] = row_of(chain, &chain->nodes[r - 1], words, driver);
        for (int c = 0; c < COLUMNS; c++) {
            if (!r)
                rows[r].cell[c] = cell(heads[c]);
            size_t width = columns(rows[r].cell[c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t r = 0; r <= chain->n; r++) {
        print_row(to, &rows[r], widths);
        for (int c = 0; c < COLUMNS; c++)
            free(rows[r].cell[c]);
    }
    free(rows);
}

/* One runs the chains. */
static size_t threads_of(const struct chain *chains, size_t n)
{
    size_t threads = 1;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < chains[i].n; k++) {
            const struct node *node = &chains[i].nodes[k];
            threads += node->entry->threads ? node->entry->threads(node) : 0;
        }
    return threads;
}

/* par over lines: every worker of the runtime takes part. */
static bool uses_workers(const struct chain *chains, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (const struct node *node = chains[i].nodes; node <= chain_sink(&chains[i]); node++)
            if (node->inner && node->inner->entry != &entry_exec &&
                node->inner->entry != &entry_http_get)
                return true;
    return false;
}

/* All rows, but of several sources the largest alone. */
static void print_bound(FILE *to, const struct chain *chains, size_t n, const char *driver)
{
    char number[TEXT_NUMBER_BYTES];
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes += chains[i].memory_bytes;
    fprintf(to, "memory bound %s", text_memory(number, bytes));
    if (chains->apart)
        fputs(" (one source at a time)", to);
    else if (chains->sources > 1 && !chains->merged)
        fprintf(to, " (one source at a time, and %s to join them)",
                text_memory(number, chains->joint_bytes));
    size_t threads = threads_of(chains, n);
    if (uses_workers(chains, n))
        fprintf(to, ", a thread a core");
    else
        fprintf(to, ", %zu %s", threads, threads == 1 ? "thread" : "threads");
    fprintf(to, ", %s\n", driver_name(driver));
}

void plan_print(FILE *to, struct pipeline *pipeline, const char *driver)
{
    for (size_t i = 0, n; i < pipeline->n; i += n) {
        struct chain *chains = &pipeline->chains[i];
        n = pipeline_together(pipeline, i);
        chains_measure(chains, n);
        if (i)
            fputs("then\n", to);
        for (size_t c = 0; c < n; c++) {
            if (c)
                fputs("at the same time\n", to);
            print_chain(to, &chains[c], pipeline->words, driver);
        }
        print_bound(to, chains, n, driver);
    }
}
