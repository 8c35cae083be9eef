/* The table of what will be done, one a chain. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/build.h"
#include "pipeline/columns.h"
#include "pipeline/plan.h"
#include "pipeline/room.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

/* Where it is written; what has no room is counted. */
struct sheet {
    char *out;
    size_t size, n;
    bool failed; /* no memory */
};

static void put(struct sheet *sheet, const char *format, ...) WEIR_PRINTF(2, 3);
static void put(struct sheet *sheet, const char *format, ...)
{
    size_t left = sheet->n < sheet->size ? sheet->size - sheet->n : 0;
    va_list args;

    va_start(args, format);
    int n = vsnprintf(left ? sheet->out + sheet->n : NULL, left, format, args);
    va_end(args);
    sheet->n += n > 0 ? (size_t)n : 0;
}

enum { COLUMNS = 7 };

/* One row; for weir_pl_room_free(). */
struct row {
    char *cell[COLUMNS];
};

static char *cell(const char *text)
{
    return weir_pl_room_text(text, strlen(text));
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
        return node->entry == &weir_pl_entry_null ? "-" : "zero-copy";
    return node->gives != FLOW_BYTES ? "zero-copy" : "-";
}

/* What is less than 1 KiB is no buffer; it counts in the whole alone. */
static const char *buffer_of(const struct node *node, char number[TEXT_NUMBER_BYTES])
{
    return node->memory_bytes < 1024 ? "-" : weir_pl_text_memory(number, node->memory_bytes);
}

/* What a sink's note says besides its own. The way is what the kernel is asked for; where it
 * cannot, or where bytes were read before, blocks are written. */
static void add_to_note(const struct chain *chain, const struct node *node, char *out, size_t size)
{
    out[0] = 0;
    if (chain->marked && node->entry->pack)
        snprintf(out, size, "ends what it made, then messages are acknowledged");
    if (node->entry->gives != FLOW_NOTHING || node->entry == &weir_pl_entry_null ||
        node->entry->broker)
        return;
    if (node->before->gives == FLOW_LINES || node->before->gives == FLOW_BATCHES)
        snprintf(out, size, "; each line and a newline");
    else if (node->before->gives == FLOW_RESULTS)
        snprintf(out, size, node->entry == &weir_pl_entry_print ? "" : "; what commands wrote");
    else if (chain->way)
        snprintf(out, size, "; by %s where the kernel can", chain->way);
}

enum { NOTE_BYTES = 160 };

static void put_note(const struct node *node, char *out, size_t size)
{
    const struct entry *entry = node->entry;

    if (entry->put_note)
        entry->put_note(node, out, size);
    else
        snprintf(out, size, "%s", entry->note ? entry->note(node) : "");
}

static struct row row_of(const struct chain *chain, const struct node *node,
                         const struct words *words, const char *driver)
{
    const struct entry *entry = node->entry;
    char number[TEXT_NUMBER_BYTES];
    bool outside = (entry->takes == FLOW_NOTHING && entry != &weir_pl_entry_label) || node->path ||
                   entry->consume || entry->scheme || weir_pl_sink_is_stdout(node);
    char note[NOTE_BYTES], more[80], whole[NOTE_BYTES + sizeof more];

    put_note(node, note, sizeof note);
    add_to_note(chain, node, more, sizeof more);
    snprintf(whole, sizeof whole, "%s%s", note, more);
    return (struct row){{
        weir_pl_plan_node_text(node, words),
        cell(node->before ? weir_pl_flow_name(node->before->gives) : "-"),
        cell(node->gives ? weir_pl_flow_name(node->gives) : "-"),
        cell(buffer_of(node, number)),
        cell(data_of(node)),
        cell(outside ? driver_name(driver) : "-"),
        cell(whole),
    }};
}

static bool is_whole(const struct row *row)
{
    for (int c = 0; c < COLUMNS; c++)
        if (!row->cell[c])
            return false;
    return true;
}

static void put_row(struct sheet *to, const struct row *row, const size_t *widths)
{
    int last = COLUMNS - 1;

    if (!is_whole(row)) {
        to->failed = true;
        return;
    }
    while (last > 0 && !row->cell[last][0])
        last--;
    for (int c = 0; c < last; c++)
        put(to, "%s%*s  ", row->cell[c], (int)(widths[c] - weir_pl_columns(row->cell[c])), "");
    put(to, "%s\n", row->cell[last]);
}

/* One table for a chain. */
static void put_chain(struct sheet *to, const struct chain *chain, const struct words *words,
                      const char *driver)
{
    static const char *const heads[COLUMNS] = {"stage", "in",     "out", "buffer",
                                               "data",  "driver", "note"};
    struct row *rows = weir_pl_room_zeroed(chain->n + 1, sizeof *rows);
    size_t widths[COLUMNS] = {0};

    to->failed |= !rows;
    for (size_t r = 0; rows && r <= chain->n; r++) {
        if (r)
            rows[r] = row_of(chain, &chain->nodes[r - 1], words, driver);
        for (int c = 0; c < COLUMNS; c++) {
            if (!r)
                rows[r].cell[c] = cell(heads[c]);
            size_t width = rows[r].cell[c] ? weir_pl_columns(rows[r].cell[c]) : 0;
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t r = 0; rows && r <= chain->n; r++) {
        put_row(to, &rows[r], widths);
        for (int c = 0; c < COLUMNS; c++)
            weir_pl_room_free(rows[r].cell[c]);
    }
    weir_pl_room_free(rows);
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
        for (const struct node *node = chains[i].nodes; node <= weir_pl_chain_sink(&chains[i]);
             node++)
            if (node->inner && node->inner->entry != &weir_pl_entry_exec &&
                node->inner->entry != &weir_pl_entry_http_get)
                return true;
    return false;
}

/* All rows, but of several sources the largest alone. */
static void put_bound(struct sheet *to, const struct chain *chains, size_t n, const char *driver)
{
    char number[TEXT_NUMBER_BYTES];
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes = weir_pl_bytes_sum(bytes, chains[i].memory_bytes);
    put(to, "memory bound %s", weir_pl_text_memory(number, bytes));
    if (chains->apart)
        put(to, " (one source at a time)");
    else if (chains->sources > 1 && !chains->merged)
        put(to, " (one source at a time, and %s to join them)",
            weir_pl_text_memory(number, chains->joint_bytes));
    size_t threads = threads_of(chains, n);
    if (uses_workers(chains, n))
        put(to, ", a thread a core");
    else
        put(to, ", %zu %s", threads, threads == 1 ? "thread" : "threads");
    put(to, ", %s\n", driver_name(driver));
}

size_t weir_pl_plan_text(const struct pipeline *pipeline, const char *driver, char *out,
                         size_t size)
{
    struct sheet sheet = {.out = out, .size = size};

    if (size)
        out[0] = 0;
    for (size_t i = 0, n; i < pipeline->n; i += n) {
        const struct chain *chains = &pipeline->chains[i];
        n = weir_pl_together(pipeline, i);
        if (i)
            put(&sheet, "then\n");
        for (size_t c = 0; c < n; c++) {
            if (c)
                put(&sheet, "at the same time\n");
            put_chain(&sheet, &chains[c], pipeline->words, driver);
        }
        put_bound(&sheet, chains, n, driver);
    }
    return sheet.failed ? 0 : sheet.n;
}
