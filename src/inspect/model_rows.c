/* Rows become stages: what happened between two snapshots, and who feeds whom. */

#include "inspect/model_rows.h"

#include <string.h>

#include "inspect/model_stage.h"

/* ---- between the snapshots ---- */

static bool model_rows_same(const weir_inspect_row *a, const weir_inspect_row *b)
{
    return a->place == b->place && a->index == b->index && strcmp(a->stage, b->stage) == 0;
}

static const weir_inspect_row *row_before(const struct weir_model_source *source,
                                          const weir_inspect_row *row)
{
    static const weir_inspect_row none;
    for (size_t i = 0; i < source->before_n; i++)
        if (model_rows_same(&source->before[i], row))
            return &source->before[i];
    return &none;
}

/* Sums of what is exact begin anew with an attach. */
static uint64_t since(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

static struct weir_model_row row_of(const struct weir_model_source *source, size_t i)
{
    const weir_inspect_row *now = &source->after[i], *then = row_before(source, now);
    return (struct weir_model_row){.of = now,
                                   .number = i,
                                   .items = since(now->items, then->items),
                                   .polls = since(now->polls, then->polls),
                                   .tasks = since(now->tasks, then->tasks),
                                   .long_polls = since(now->long_polls, then->long_polls),
                                   .served_ns = since(now->served_ns, then->served_ns),
                                   .busy_ns = since(now->busy_ns, then->busy_ns),
                                   .starved_ns = since(now->starved_ns, then->starved_ns),
                                   .blocked_ns = since(now->blocked_ns, then->blocked_ns),
                                   .runnable_ns = since(now->runnable_ns, then->runnable_ns)};
}

/* ---- chains: the rows of one place ---- */

static bool is_of_chain(const weir_inspect_row *row)
{
    return !row->input_of && row->index < WEIR_INSPECT_STAGES_MAX && strcmp(row->stage, "other");
}

static void put_row(struct weir_chain *chain, struct weir_model_row row)
{
    size_t at = chain->n;
    if (chain->n == WEIR_INSPECT_STAGES_MAX)
        return;
    for (; at && chain->rows[at - 1].of->index > row.of->index; at--)
        chain->rows[at] = chain->rows[at - 1];
    chain->rows[at] = row;
    chain->n++;
}

/* A thread that waits itself has one chain after the other, all of one place: this one is there in
 * the window, all of it; those for single items, which a loop waits for, are many. */
static bool model_rows_is_there(const struct weir_model_row *row)
{
    uint64_t ns = row->busy_ns + row->starved_ns + row->blocked_ns + row->runnable_ns;
    return row->of->place || (ns && row->tasks <= 1);
}

static bool reads(const weir_inspect_row *reader, const weir_inspect_row *input)
{
    return input->place == reader->place && input->input_of && input->parent == reader->index &&
           strcmp(input->input_of, reader->stage) == 0;
}

/* The row that this one alone reads; after_n: there is none, or several. */
static size_t find_input(const struct weir_model_source *source, const weir_inspect_row *reader)
{
    size_t found = source->after_n;
    for (size_t i = 0; i < source->after_n; i++) {
        if (!reads(reader, &source->after[i]))
            continue;
        if (found < source->after_n)
            return source->after_n;
        found = i;
    }
    return found;
}

/* What a fiber loops over is a chain that comes before it, as it would be of a loop. */
static void put_read(const struct weir_model_source *source, struct weir_chain *chain)
{
    while (chain->n && chain->n < WEIR_INSPECT_STAGES_MAX) {
        size_t i = find_input(source, chain->rows[0].of);
        if (i == source->after_n)
            return;
        memmove(chain->rows + 1, chain->rows, chain->n++ * sizeof *chain->rows);
        chain->rows[0] = row_of(source, i);
        chain->read++;
    }
}

static struct weir_chain model_rows_chain_of(const struct weir_model_source *source,
                                             const weir_site *place)
{
    struct weir_chain chain = {.place = place};
    for (size_t i = 0; i < source->after_n; i++) {
        struct weir_model_row row = row_of(source, i);
        if (row.of->place == place && is_of_chain(row.of) && model_rows_is_there(&row))
            put_row(&chain, row);
    }
    put_read(source, &chain);
    return chain;
}

/* Two places may have one chain each, of which only the rows differ: a run's own is one task. */
static bool is_first_of_place(const struct weir_model_source *source, size_t i)
{
    if (!is_of_chain(&source->after[i]))
        return false;
    for (size_t j = 0; j < i; j++)
        if (is_of_chain(&source->after[j]) && source->after[j].place == source->after[i].place)
            return false;
    return true;
}

/* Many tasks are of a parallel stage, or of nobody: no line goes through them. */
static bool model_rows_is_line(const struct weir_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++) {
        const weir_inspect_row *row = chain->rows[i].of;
        if (row->place && row->tasks != 1)
            return false;
        if (i >= chain->read && row->index != i - chain->read)
            return false;
    }
    return chain->n > 1;
}

/* ---- who feeds whom ---- */

static bool is_sender(const struct weir_chain *chain)
{
    return strcmp(chain->rows[chain->n - 1].of->stage, "send_each") == 0;
}

static bool is_fed(const struct weir_chain *chain)
{
    return strcmp(chain->rows[0].of->stage, "channel") == 0;
}

static bool feeds(const struct weir_chain *sender, const struct weir_chain *receiver)
{
    uint64_t shared = receiver->rows[0].of->shared;
    return shared && sender->rows[sender->n - 1].of->shared == shared;
}

/* False: there is none, or several, which are not in one line. */
static bool find_sender(const struct weir_model_source *source, const struct weir_chain *receiver,
                        struct weir_chain *out)
{
    size_t found = 0;
    for (size_t i = 0; i < source->after_n; i++) {
        if (!is_first_of_place(source, i))
            continue;
        struct weir_chain one = model_rows_chain_of(source, source->after[i].place);
        if (!model_rows_is_line(&one) || !is_sender(&one) ||
            weir_line_has(receiver->line, one.place) || !feeds(&one, receiver))
            continue;
        *out = one;
        found++;
    }
    out->line = receiver->line;
    return found == 1;
}

/* ---- the line ---- */

uint64_t weir_model_worked_ns(const weir_inspect_row *rows, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += since(rows[i].busy_ns, rows[i].served_ns);
    return sum;
}

/* What other tasks work is taken to be for its items: they ask, or they answer. */
static double rest_s_of(const struct weir_model *model, const struct weir_model_source *source)
{
    double all_s = model->items > 0 ? (double)source->worked_ns / 1e9 / model->items : 0;
    double line_s = weir_model_line_cpu_s(model);
    return all_s > line_s ? all_s - line_s : 0;
}

static uint64_t model_rows_worked_ns(const struct weir_chain *chain)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < chain->n; i++)
        sum += chain->rows[i].busy_ns;
    return sum;
}

/* The end of the line. */
static bool find_last(const struct weir_model_source *source, struct weir_chain *out)
{
    bool found = false;
    for (size_t i = 0; i < source->after_n; i++) {
        if (!is_first_of_place(source, i))
            continue;
        struct weir_chain one = model_rows_chain_of(source, source->after[i].place);
        if (!model_rows_is_line(&one) || is_sender(&one) || !one.rows[one.n - 2].items)
            continue;
        if (!found || is_fed(&one) > is_fed(out) ||
            (is_fed(&one) == is_fed(out) && model_rows_worked_ns(&one) > model_rows_worked_ns(out)))
            *out = one;
        found = true;
    }
    return found;
}

bool weir_model_from_rows(struct weir_model *model, struct weir_model_room *room,
                          const struct weir_model_source *source)
{
    struct weir_model_line line = {.n = 0};
    struct weir_chain *chain = &line.chains[0];
    memset(model, 0, sizeof *model);
    if (!source->took_ns || !find_last(source, chain))
        return false;
    chain->line = &line;
    for (line.n = 1; line.n < WEIR_LINE_CHAINS_MAX && is_fed(chain); line.n++) {
        struct weir_chain *sender = &line.chains[line.n];
        if (!find_sender(source, chain, sender))
            break;
        chain = sender;
    }
    weir_model_set_stages(model, room, source, &line);
    model->rest_s = rest_s_of(model, source);
    for (size_t i = 0; i < source->after_n; i++)
        if (is_first_of_place(source, i)) {
            struct weir_chain one = model_rows_chain_of(source, source->after[i].place);
            if (!model_rows_is_line(&one))
                weir_model_add_tasks(model, room, source, &one);
        }
    return model->n;
}
