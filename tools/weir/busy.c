/* Rows of the inspector are of the library's stages: a node of the command has one or more. */
#include "busy.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/broker.h"
#include "clock.h"
#include "pipeline/columns.h"
#include "memory.h"
#include "pipeline/plan.h"
#include "print.h"
#include "pipeline/text.h"
#include "watch_table.h"

/* ---- whose rows they are ---- */

static size_t first_node(const struct chain *chain)
{
    return (size_t)(weir_pl_chain_head(chain) - chain->nodes);
}

/* From the source on each node ends behind its own stage; the sink has all that is left. */
static void divide(struct busy *busy)
{
    const struct chain *chain = busy->chain;
    size_t before = 0;

    for (size_t i = first_node(chain); i + 1 < chain->n; i++) {
        size_t end = chain->nodes[i].stages;
        if (end > before && end < WEIR_INSPECT_STAGES_MAX)
            busy->nodes[i].end = before = end;
    }
    busy->nodes[chain->n - 1].end = WEIR_INSPECT_STAGES_MAX;
}

/* Below it works: starved is what its lowest stage is; blocked, what its highest one is. */
static void add_row(struct counts *sum, const weir_inspect_row *row, size_t first, size_t end)
{
    sum->busy_ns += row->busy_ns;
    sum->served_ns += row->served_ns;
    if (row->index == first) {
        sum->starved_ns += row->starved_ns;
        sum->runnable_ns += row->runnable_ns;
    }
    if (row->index + 1 == end)
        sum->blocked_ns += row->blocked_ns;
}

/* The writer of a copy stands beside it, and is blocked for it: its work is the sink's. */
static bool is_writer(const struct busy *busy, size_t node, const weir_inspect_row *row)
{
    return node + 1 == busy->chain->n && row->input_of && !strcmp(row->input_of, "copy");
}

static void add_writer(struct counts *sum, const weir_inspect_row *row)
{
    sum->busy_ns += row->busy_ns;
    sum->served_ns += row->served_ns;
}

/* The sums since the inspector began: of chains that ran before as well. */
static void add_rows(struct busy *busy, size_t n)
{
    size_t first = 0;

    for (size_t i = 0; i < busy->chain->n; i++) {
        struct busy_node *node = &busy->nodes[i];
        node->now = (struct counts){.items = busy->chain->nodes[i].account.n};
        if (!node->end)
            continue;
        for (size_t k = 0; k < n; k++) {
            const weir_inspect_row *row = &busy->rows[k];
            if (!row->place && is_writer(busy, i, row))
                add_writer(&node->now, row);
            else if (!row->place && !row->input_of && row->index >= first && row->index < node->end)
                add_row(&node->now, row, first, node->end);
        }
        first = node->end;
    }
}

/* ---- looking ---- */

static void mark(struct busy *busy, bool both)
{
    for (size_t i = 0; i < busy->chain->n; i++) {
        struct busy_node *node = &busy->nodes[i];
        node->since[0] = both ? node->now : node->since[1];
        node->since[1] = node->now;
    }
    busy->mark_ns[0] = both ? busy->now_ns : busy->mark_ns[1];
    busy->mark_ns[1] = busy->now_ns;
}

static void read_rows(struct busy *busy)
{
    size_t n = busy->rt ? weir_inspect_snapshot(busy->rt, busy->rows, WEIR_INSPECT_ROWS_MAX) : 0;
    add_rows(busy, n);
}

void busy_begin(struct busy *busy, weir_rt *rt, const struct chain *chain, uint64_t now_ns)
{
    weir_error error;

    *busy = (struct busy){.chain = chain, .began_ns = now_ns, .now_ns = now_ns};
    busy->nodes = memory_zeroed(chain->n, sizeof *busy->nodes);
    busy->rows = memory_zeroed(WEIR_INSPECT_ROWS_MAX, sizeof *busy->rows);
    if (rt && weir_inspect_start(rt, &error)) { /* else it goes on without */
        busy->rt = rt;
        weir_inspect_attach(rt, true);
        divide(busy);
    }
    read_rows(busy);
    for (size_t i = 0; i < chain->n; i++)
        busy->nodes[i].first = busy->nodes[i].now;
    mark(busy, true);
}

void busy_look(struct busy *busy, uint64_t now_ns)
{
    if (busy->now_ns - busy->mark_ns[1] >= CLOCK_SECOND_NS)
        mark(busy, false);
    busy->now_ns = now_ns;
    read_rows(busy);
}

void busy_end(struct busy *busy)
{
    free(busy->nodes);
    free(busy->rows);
    *busy = (struct busy){0};
}

/* ---- what it means ---- */

static struct counts counts_of(const struct busy *busy, size_t i, bool whole)
{
    const struct busy_node *node = &busy->nodes[i];
    return counts_since(&node->now, whole ? &node->first : &node->since[0]);
}

struct shares busy_shares(const struct busy *busy, size_t i, bool whole)
{
    struct counts counts = counts_of(busy, i, whole);
    return shares_of(&counts);
}

const struct node *busy_limiting(const struct busy *busy, unsigned *percent)
{
    struct shares *shares = memory_zeroed(busy->chain->n, sizeof *shares);
    unsigned of[4] = {0};

    for (size_t i = 0; i < busy->chain->n; i++)
        shares[i] = busy_shares(busy, i, false);
    size_t found = shares_limiting(shares, busy->chain->n);
    if (found != SIZE_MAX)
        shares_percent(&shares[found], of);
    *percent = of[0];
    free(shares);
    return found != SIZE_MAX ? &busy->chain->nodes[found] : NULL;
}

/* ---- the table ---- */

enum {
    NAME_MIN = 10,
    NAME_MAX = 32,
    AMOUNT_COLUMNS = 9 + 11,
    ALL_SHARES = 7 + 8 + 8 + 9,
    BUSY_COLUMNS = 7
};

struct busy_layout {
    size_t name;
    bool all; /* shares, and not busy alone */
};

static struct busy_layout layout_of(size_t width)
{
    struct busy_layout layout = {.name = NAME_MAX, .all = true};

    if (!width)
        return layout;
    layout.all = width >= NAME_MIN + AMOUNT_COLUMNS + ALL_SHARES;
    size_t taken = AMOUNT_COLUMNS + (layout.all ? ALL_SHARES : BUSY_COLUMNS);
    size_t room = width > taken + NAME_MIN ? width - taken : NAME_MIN;
    layout.name = room < NAME_MAX ? room : NAME_MAX;
    return layout;
}

static void put_amounts(const struct busy *busy, size_t i, FILE *to)
{
    const struct node *node = &busy->chain->nodes[i];
    bool stores =
        node->entry->broker && !weir_pl_broker_reads(node); /* what it was given is counted */
    struct counts counts = counts_of(busy, i - stores, false);
    double seconds = (double)(busy->now_ns - busy->mark_ns[0]) / 1e9;
    double rate = seconds > 0 ? (double)counts.items / seconds : 0;
    char out[TEXT_NUMBER_BYTES], speed[TEXT_NUMBER_BYTES];
    bool items = node->gives & FLOW_EACH || node->entry->broker;

    if (node->merged)
        fprintf(to, "%9s%11s", "-", "-");
    else if (items)
        fprintf(to, "%9s%9s/s", table_rate(out, (double)node->account.n), table_rate(speed, rate));
    else
        fprintf(to, "%9s%9s/s", weir_pl_text_amount(out, node->account.n),
                weir_pl_text_amount(speed, (uint64_t)rate));
}

static void put_shares(const struct shares *shares, bool all, FILE *to)
{
    static const int room[4] = {BUSY_COLUMNS, 8, 8, 9};
    unsigned percent[4];
    char text[16];

    shares_percent(shares, percent);
    bool known = percent[0] + percent[1] + percent[2] + percent[3] > 0;
    for (int i = 0; i < (all ? 4 : 1); i++) {
        snprintf(text, sizeof text, known ? "%u%%" : "-", percent[i]);
        fprintf(to, "%*s", room[i], text);
    }
}

static void put_node(const struct busy *busy, size_t i, const struct words *words,
                     const struct busy_layout *layout, FILE *to)
{
    struct shares shares = busy_shares(busy, i, false);
    char *text = print_node(&busy->chain->nodes[i], words);

    table_cell(to, text, layout->name);
    put_amounts(busy, i, to);
    put_shares(&shares, layout->all, to);
    fputc('\n', to);
    free(text);
}

size_t busy_table(const struct busy *busy, const struct words *words, FILE *to, size_t columns,
                  size_t lines)
{
    const struct chain *chain = busy->chain;
    struct busy_layout layout = layout_of(columns);
    size_t first = chain->apart ? 0 : first_node(chain), n = 1;

    table_cell(to, "stage", layout.name);
    fprintf(to, layout.all ? "%9s%11s%7s%8s%8s%9s\n" : "%9s%11s%7s\n", "out", "rate", "busy",
            "starved", "blocked", "runnable");
    for (size_t i = first; i < chain->n; i++, n++) {
        if (lines && n + 1 == lines && i + 1 < chain->n) {
            fprintf(to, "... %zu more\n", chain->n - i);
            return n + 1;
        }
        put_node(busy, i, words, &layout, to);
    }
    return n;
}
