/* A row becomes a stage: its numbers, and the times of its items. */

#include "inspect/model_stage.h"

#include <stdlib.h>
#include <string.h>

/* Fewer recorded times than that say nothing of how they vary. */
enum { TIMES_LEAST = 16 };
/* What is busy less than that, and has one item at a time, limits nothing. */
#define BUSY_LEAST 0.001
/* A source that waits longer than that may be what is slow. */
#define SOURCE_WAITS 0.2

/* ---- times ---- */

static uint32_t model_stage_word_of(double ns)
{
    return ns < 0 ? 0 : ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

struct sums {
    double cpu_ns, wait_ns;
};

static struct sums means_of(const weir_service *service, size_t n)
{
    struct sums sums = {0, 0};
    for (size_t i = 0; i < n; i++) {
        sums.cpu_ns += service[i].cpu_ns;
        sums.wait_ns += service[i].wait_ns;
    }
    return (struct sums){sums.cpu_ns / (double)n, sums.wait_ns / (double)n};
}

static double fitted(double ns, double mean_ns, double wanted_ns)
{
    return mean_ns > 0 ? ns * wanted_ns / mean_ns : wanted_ns;
}

/* How they vary is what was recorded; how long they are is what was counted, all of them. */
static void fit(weir_service *service, size_t n, struct sums wanted)
{
    struct sums mean = means_of(service, n);
    for (size_t i = 0; i < n; i++)
        service[i] = (weir_service){
            model_stage_word_of(fitted(service[i].cpu_ns, mean.cpu_ns, wanted.cpu_ns)),
            model_stage_word_of(fitted(service[i].wait_ns, mean.wait_ns, wanted.wait_ns))};
}

static size_t read_times(const struct weir_model_source *source, const struct weir_model_row *row,
                         weir_service *out)
{
    if (!source->service)
        return 0;
    return source->service(source->arg, row->of, out, WEIR_INSPECT_SERVICES);
}

/* One at a time: each item was in it as long as it was busy. The first of all is also as long in
 * its items as it waits for them. */
static void set_times(struct weir_model_stage *stage, weir_service *times,
                      const struct weir_model_source *source, const struct weir_model_row *row,
                      double came, bool is_source)
{
    double wait_ns = (double)(row->served_ns + (is_source ? row->starved_ns : 0));
    double cpu_ns = (double)row->busy_ns - (double)row->served_ns;
    size_t n = read_times(source, row, times);
    if (n < TIMES_LEAST && !stage->at_once) {
        times[0] = (weir_service){0, 0};
        n = 1;
    }
    if (!stage->at_once && came > 0)
        fit(times, n, (struct sums){cpu_ns / came, wait_ns / came});
    stage->service = times;
    stage->service_n = n;
}

/* ---- a stage ---- */

static bool begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* What makes the tasks of a parallel stage is a part of that. */
static bool makes_tasks(const struct weir_model_row *row)
{
    return strcmp(row->of->stage, "tasks") == 0 || strcmp(row->of->stage, "batches") == 0;
}

static bool is_apart(const struct weir_chain *chain, size_t i)
{
    return begins_with(chain->rows[i].of->stage, "par_") || (i && makes_tasks(&chain->rows[i - 1]));
}

/* As slow as it was told to be: several at once would be what the program does not want. */
static bool is_paced(const char *stage)
{
    static const char *const names[] = {
        "throttle", "throttle_rate", "rate_bytes", "delay",        "delay_with", "delay_queue",
        "debounce", "initial_delay", "sample",     "sample_first", "interval",   "sleep"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(stage, names[i]) == 0)
            return true;
    return false;
}

/* Items that come to it: what the one before it gave. A parallel stage gives as many as it takes,
 * and what comes to it may be batches. */
static double came_to(const struct weir_chain *chain, size_t i)
{
    const struct weir_model_row *row = &chain->rows[i];
    bool is_last = i + 1 == chain->n;
    if (!i || (row->of->limit && !is_last))
        return (double)row->items;
    while (i > 1 && makes_tasks(&chain->rows[i - 1]))
        i--;
    return (double)chain->rows[i - 1].items;
}

static void set_shares(struct weir_model_stage *stage, const struct weir_model_row *row)
{
    double sum = (double)(row->busy_ns + row->starved_ns + row->blocked_ns + row->runnable_ns);
    double part = sum > 0 ? 1 / sum : 0;
    stage->busy = part * (double)row->busy_ns;
    stage->starved = part * (double)row->starved_ns;
    stage->blocked = part * (double)row->blocked_ns;
    stage->runnable = part * (double)row->runnable_ns;
}

/* Connections that nobody took, while the loop over them has one at a time. */
static uint64_t waiting_of(const struct weir_chain *chain, size_t i)
{
    if (strcmp(chain->rows[i].of->stage, "incoming") != 0)
        return 0;
    for (size_t j = 0; j < chain->n; j++)
        if (chain->rows[j].of->limit)
            return 0;
    return chain->rows[i].of->queue_n;
}

static struct weir_model_stage stage_of(const struct weir_chain *chain, size_t i)
{
    const struct weir_model_row *row = &chain->rows[i];
    const char *function = row->of->function;
    if (!function && i && makes_tasks(&chain->rows[i - 1]))
        function = chain->rows[i - 1].of->function;
    struct weir_model_stage stage = {
        .name = row->of->stage,
        .function = function,
        .id = row->number,
        .workers = row->of->limit > UINT32_MAX ? WEIR_MODEL_WORKERS_MAX : (unsigned)row->of->limit,
        .at_once = row->of->limit,
        .apart = is_apart(chain, i),
        .paced = is_paced(row->of->stage),
        .ordered = !strstr(row->of->stage, "unordered"),
        .tasks = row->tasks,
        .waiting = waiting_of(chain, i),
        .long_polls = row->long_polls};
    stage.workers = stage.workers ? stage.workers : 1;
    set_shares(&stage, row);
    return stage;
}

static bool model_stage_is_nothing(const struct weir_model *model,
                                   const struct weir_model_stage *stage)
{
    return model->n && !stage->at_once && stage->busy < BUSY_LEAST && !stage->long_polls;
}

/* ---- the line ---- */

struct adding {
    struct weir_model *model;
    struct weir_model_room *room;
    const struct weir_model_source *source;
    double left;    /* items that left the line, as it is counted */
    size_t channel; /* room before the next stage that is added */
};

static void add_stage(struct adding *adding, const struct weir_chain *chain, size_t i, size_t task)
{
    struct weir_model *model = adding->model;
    struct weir_model_stage stage = stage_of(chain, i);
    double came = came_to(chain, i);
    if (makes_tasks(&chain->rows[i]) || model->n == WEIR_MODEL_STAGES_MAX ||
        model_stage_is_nothing(model, &stage) || came <= 0)
        return;
    bool is_source = !model->n && !i;
    stage.task = task;
    stage.visits = came / adding->left;
    stage.room = adding->channel;
    adding->channel = 0;
    set_times(&stage, adding->room->service[model->n], adding->source, &chain->rows[i], came,
              is_source);
    model->stages[model->n++] = stage;
}

static void add_chain(struct adding *adding, const struct weir_chain *chain, size_t task)
{
    if (adding->model->n)
        adding->channel = chain->rows[0].of->queue_max ? chain->rows[0].of->queue_max : 1;
    for (size_t i = 0; i < chain->n; i++)
        add_stage(adding, chain, i, task);
}

/* Items that leave the line; where each that the busiest stage had becomes many (a record bytes),
 * those of that stage: a replay of so many bytes would be one of few records. */
static double left_of(const struct weir_model_line *line)
{
    const struct weir_chain *last = &line->chains[0];
    double left = came_to(last, last->n - 1), busiest = left;
    uint64_t most_ns = 0;
    for (size_t i = 0; i < line->n; i++)
        for (size_t j = 0; j < line->chains[i].n; j++) {
            double came = came_to(&line->chains[i], j);
            if (came <= 0 || line->chains[i].rows[j].busy_ns <= most_ns)
                continue;
            most_ns = line->chains[i].rows[j].busy_ns;
            busiest = came;
        }
    return busiest < left ? busiest : left;
}

void weir_model_set_stages(struct weir_model *model, struct weir_model_room *room,
                           const struct weir_model_source *source,
                           const struct weir_model_line *line)
{
    double left = left_of(line);
    struct adding adding = {.model = model, .room = room, .source = source, .left = left};
    if (left <= 0)
        return;
    for (size_t i = line->n; i--;)
        add_chain(&adding, &line->chains[i], line->n - 1 - i);
    const struct weir_model_row *first = &line->chains[line->n - 1].rows[0];
    double waits_ns = (double)(first->served_ns + first->starved_ns);
    model->source_waits = waits_ns > SOURCE_WAITS * (double)source->took_ns;
    model->items = left;
    model->measured = left * 1e9 / (double)source->took_ns;
}

/* ---- places with many tasks ---- */

static int by_cpu(const void *a, const void *b)
{
    uint32_t first = ((const weir_service *)a)->cpu_ns, second = ((const weir_service *)b)->cpu_ns;
    return (first > second) - (first < second);
}

/* The median of what one works; of a chain the mean. */
static double self_ns_of(const struct weir_model_source *source, const struct weir_chain *chain)
{
    weir_service times[WEIR_INSPECT_SERVICES];
    double sum_ns = 0, tasks = (double)chain->rows[0].tasks;
    for (size_t i = 0; i < chain->n; i++)
        sum_ns += (double)(chain->rows[i].busy_ns - chain->rows[i].served_ns);
    size_t n = chain->n == 1 ? read_times(source, &chain->rows[0], times) : 0;
    if (n < TIMES_LEAST)
        return tasks > 0 ? sum_ns / tasks : 0;
    qsort(times, n, sizeof *times, by_cpu);
    return times[n / 2].cpu_ns;
}

static void add_spawn(struct weir_model *model, struct weir_model_room *room,
                      const struct weir_model_source *source, const struct weir_chain *chain)
{
    const struct weir_model_row *last = &chain->rows[chain->n - 1];
    const char *name = last->of->function ? last->of->function : last->of->stage;
    room->spawns[model->spawns_n++] =
        (struct weir_model_spawn){.name = name,
                                  .id = last->number,
                                  .tasks = last->tasks,
                                  .polls = last->polls,
                                  .self_ns = self_ns_of(source, chain)};
    model->spawns = room->spawns;
}

/* Tasks that wait for others, and not for input, output or time: for locks, say. Nobody knows whose
 * they are, so that no parallel stage has more of them. */
static void note_locked(struct weir_model *model, const struct weir_chain *chain)
{
    const struct weir_model_row *first = &chain->rows[0];
    double others = (double)(first->starved_ns + first->blocked_ns);
    double part = others / (others + (double)first->busy_ns + 1);
    for (size_t i = 0; i < model->n; i++)
        if (model->stages[i].apart && part > model->stages[i].locked)
            model->stages[i].locked = part;
}

void weir_model_add_tasks(struct weir_model *model, struct weir_model_room *room,
                          const struct weir_model_source *source, const struct weir_chain *chain)
{
    if (!chain->rows[0].tasks)
        return;
    add_spawn(model, room, source, chain);
    if (chain->n == 1)
        note_locked(model, chain);
}
