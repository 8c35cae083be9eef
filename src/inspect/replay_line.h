/* One replay: the items of a line of nodes, and what each is at. */
#ifndef WEIR_INSPECT_REPLAY_LINE_H
#define WEIR_INSPECT_REPLAY_LINE_H

#include "inspect/model.h"

enum {
    WEIR_REPLAY_NONE = UINT32_MAX,
    WEIR_REPLAY_REST_MAX = 16 /* items that the rest of the process has at once */
};

/* An item that a node has. */
struct weir_replay_job {
    double cpu_ns, wait_ns; /* that are left to it */
    double after_ns;        /* work for when it has waited */
    double key;             /* when it is over, on the clock of the heap that it is in */
    uint64_t number;        /* in its node */
    uint32_t node;          /* NONE: the rest of the process has it */
    uint32_t out;           /* items that it still has to give */
    uint32_t next;          /* in a list */
    uint32_t worker;        /* that has its task; NONE: not yet, or nobody counts those */
};

struct weir_replay_list {
    uint32_t first, last;
};

/* By key, the smallest first. */
struct weir_replay_heap {
    uint32_t *jobs;
    size_t n;
};

/* Where a stage's times are read: from a block that was drawn, to its end. */
struct weir_replay_tape {
    uint64_t drawing;
    size_t at, left;
    double owed; /* items of it that the items of its node have not made up for */
};

struct weir_replay_node {
    struct weir_model_node of;
    double gives;            /* items for the next node, for each of its own */
    double owes;             /* of these, what was no whole item yet */
    size_t queued;           /* in its channel */
    unsigned at_work, asked; /* workers that have an item; those that the one before asked for */
    uint64_t begun, given;   /* numbers, of one that keeps the order */
    uint32_t worker;         /* that has its task */
    uint32_t touches;        /* nodes that may go on when this one did something: a bit each */
    struct weir_replay_list done; /* that wait for room */
};

struct weir_replay_line {
    const struct weir_model *model;
    struct weir_replay_node nodes[WEIR_MODEL_STAGES_MAX];
    struct weir_replay_tape tapes[WEIR_MODEL_STAGES_MAX];
    bool works[WEIR_MODEL_WORKERS_MAX]; /* of each worker */
    uint32_t workers;
    uint32_t due;                    /* nodes that may go on */
    struct weir_replay_list spawned; /* that no worker has yet */
    struct weir_replay_list late;    /* that waited, and whose worker works */
    size_t n;
    unsigned rest; /* items for which the rest of the process works now */
    uint64_t drawing;
    double now_ns, worked_ns; /* worked: by each of those that share the cores */
    double left;              /* items that left the last node */
    struct weir_replay_heap cpu, waits;
    struct weir_replay_job *jobs;
    size_t jobs_n;
    uint32_t free;
};

/* NULL: no memory. drop: NULL is nothing. */
struct weir_replay_line *weir_replay_line_new(const struct weir_model *model, uint64_t seed);
void weir_replay_line_drop(struct weir_replay_line *line);

/* All begin that can. */
void weir_replay_begin(struct weir_replay_line *line);
/* Time goes on to the next end of anything. False: nothing is under way. */
bool weir_replay_step(struct weir_replay_line *line);

/* What an item needs of a node, drawn. */
void weir_replay_draw(struct weir_replay_line *line, size_t node, struct weir_replay_job *job);

_Static_assert(WEIR_MODEL_STAGES_MAX <= 32, "a bit for each node");

#endif
