/* What a model is made of, on the way from the rows to it. */
#ifndef WEIR_INSPECT_MODEL_STAGE_H
#define WEIR_INSPECT_MODEL_STAGE_H

#include "inspect/model_rows.h"

enum { WEIR_LINE_CHAINS_MAX = 8 };

/* Of a row: what was counted between the snapshots. */
struct weir_model_row {
    const weir_inspect_row *of;
    size_t number;
    uint64_t items, polls, tasks, long_polls;
    uint64_t served_ns, busy_ns, starved_ns, blocked_ns, runnable_ns;
};

struct weir_model_line;

/* Rows of one place; the source is the first. */
struct weir_chain {
    const weir_site *place;
    struct weir_model_row rows[WEIR_INSPECT_STAGES_MAX];
    size_t n, read; /* of these: the first, which a fiber reads that is the next one */
    const struct weir_model_line *line;
};

/* The last chain is the first here. */
struct weir_model_line {
    struct weir_chain chains[WEIR_LINE_CHAINS_MAX];
    size_t n;
};

static inline bool weir_line_has(const struct weir_model_line *line, const weir_site *place)
{
    for (size_t i = 0; i < line->n; i++)
        if (line->chains[i].place == place)
            return true;
    return false;
}

void weir_model_set_stages(struct weir_model *model, struct weir_model_room *room,
                           const struct weir_model_source *source,
                           const struct weir_model_line *line);

/* Of a place that has many: what waits for others in them, and whether they are too short. */
void weir_model_add_tasks(struct weir_model *model, struct weir_model_room *room,
                          const struct weir_model_source *source, const struct weir_chain *chain);

#endif
