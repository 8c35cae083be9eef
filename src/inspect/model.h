/* A pipeline as the advice sees it: plain values, with which law.h, replay.h and advise.h reckon.
 *
 * Stages stand from the source to the consumer. Those of one task work one at a time; between two
 * tasks is a channel with room for so many items. */
#ifndef WEIR_INSPECT_MODEL_H
#define WEIR_INSPECT_MODEL_H

#include "weir/inspect.h"

enum {
    WEIR_MODEL_STAGES_MAX = 32,
    WEIR_MODEL_WINDOWS_MAX = 16,
    WEIR_MODEL_WORKERS_MAX = 256 /* more at once are reckoned as so many */
};

struct weir_model_stage {
    const char *name;     /* static text */
    const char *function; /* the user's; NULL: none, or not known */
    uint64_t id;          /* what the caller calls it */
    uint64_t task;        /* stages of one task have one number */
    unsigned workers;     /* items that it has at once: the limit of a parallel stage, else 1 */
    bool apart;           /* its items have tasks of their own, which work beside its task */
    bool at_once;         /* it has several at once, if its limit allows: buffered, par_map */
    bool ordered;         /* one that is done waits for those before it */
    bool lends;           /* what it is given is lent: no other task could have it */
    bool paced;           /* it is as slow as the program says it should be */
    bool keeps_state;     /* its function needs the items in their order */
    size_t room;          /* of the channel before it; 0: it is in one task with that */
    double visits;        /* items that come to it, for each of the model's */
    double locked;        /* part of its service in which it waited for others: locks */
    double busy, starved, blocked, runnable; /* parts of its time, of 1 */
    uint64_t tasks, long_polls, waiting;     /* waiting: connections that nobody took yet */
    const weir_service *service;             /* of one item each, in order */
    size_t service_n;
};

/* Tasks of one place that are very short. */
struct weir_model_spawn {
    const char *name;
    uint64_t id;
    uint64_t tasks, polls; /* in the window */
    double self_ns;        /* the median of what one works */
};

struct weir_model {
    struct weir_model_stage stages[WEIR_MODEL_STAGES_MAX];
    size_t n;
    double items;    /* that left the last stage in the window, or that its busiest stage had: the
                        lesser */
    double measured; /* of these, a second */
    double windows[WEIR_MODEL_WINDOWS_MAX]; /* ... in each of the last windows */
    size_t windows_n;
    double rest_s;    /* that other tasks of the process work for each of these */
    unsigned workers; /* that its tasks are spread over; 0: one has its own whenever it is ready */
    unsigned par_workers; /* that items of parallel stages are; 0: as many */
    double usable;        /* cores; 0: not known */
    double spread;        /* by which part of it that moved */
    bool cpu_is_known;    /* false: what it says of processors is not to be relied on */
    bool source_waits; /* for what comes from outside: it may come no faster for being asked sooner
                        */
    double spawn_ns;   /* what a task costs here; 0: not measured */
    const struct weir_model_spawn *spawns;
    size_t spawns_n;
};

/* ---- its nodes: what is busy with one thing at a time, or with several ---- */

/* Stages of one task that follow each other, each with one item at a time: only one of them works,
 * so they are one server. Any other stage is a node by itself. */
struct weir_model_node {
    size_t first, n; /* of its stages */
    unsigned workers;
    bool apart, ordered;
    bool asks; /* it begins with an item only when the next one, of the same task, may take it */
    size_t room;
    uint64_t task;
};

/* Returns how many. */
size_t weir_model_nodes(const struct weir_model *model,
                        struct weir_model_node nodes[WEIR_MODEL_STAGES_MAX]);

/* Seconds that a stage needs for what one item of the last one asks of it: all, and of these on a
 * processor. */
double weir_model_service_s(const struct weir_model_stage *stage);
double weir_model_cpu_s(const struct weir_model_stage *stage);
double weir_model_line_cpu_s(const struct weir_model *model); /* of all its stages */

#endif
