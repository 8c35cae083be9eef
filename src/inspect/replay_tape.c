/* The line of a replay: made of a model, and the times that are drawn for it. */

#include <string.h>

#include "core/draw.h"
#include "inspect/replay_line.h"
#include "weir/alloc.h"

enum { DRAWS_MAX = 64 }; /* of one stage, for one item of its node: more are as many alike */

/* ---- times ---- */

/* Neighbours are alike: as long as they are many, so many of them are drawn together. */
static size_t replay_tape_block_of(size_t n)
{
    size_t root = 1;
    while ((root + 1) * (root + 1) <= n)
        root++;
    return root;
}

static const weir_service *read_tape(struct weir_replay_line *line, size_t stage)
{
    struct weir_replay_tape *tape = &line->tapes[stage];
    size_t n = line->model->stages[stage].service_n;
    if (!tape->left) {
        tape->left = replay_tape_block_of(n);
        tape->at = weir_draw(&tape->drawing) % n;
    }
    tape->left--;
    tape->at = tape->at + 1 < n ? tape->at + 1 : 0;
    return &line->model->stages[stage].service[tape->at];
}

static void draw_stage(struct weir_replay_line *line, size_t i, double visits,
                       struct weir_replay_job *job)
{
    struct weir_replay_tape *tape = &line->tapes[i];
    double alike = visits > DRAWS_MAX ? visits / DRAWS_MAX : 1;
    if (!line->model->stages[i].service_n)
        return;
    for (tape->owed += visits / alike; tape->owed >= 1; tape->owed--) {
        const weir_service *one = read_tape(line, i);
        job->cpu_ns += alike * one->cpu_ns;
        job->wait_ns += alike * one->wait_ns;
    }
}

void weir_replay_draw(struct weir_replay_line *line, size_t k, struct weir_replay_job *job)
{
    struct weir_replay_node *node = &line->nodes[k];
    const struct weir_model_stage *stages = line->model->stages;
    for (size_t i = node->of.first; i < node->of.first + node->of.n; i++)
        draw_stage(line, i, stages[i].visits / stages[node->of.first].visits, job);
    job->after_ns = job->wait_ns > 0 ? job->cpu_ns / 2 : 0;
    job->cpu_ns -= job->after_ns;
    node->owes += node->gives;
    job->out = (uint32_t)node->owes;
    node->owes -= job->out;
}

/* ---- the line ---- */

/* Tasks stand on workers of their own as far as there are some, wherever they begin. */
static uint32_t worker_of(const struct weir_replay_line *line, size_t k,
                          const struct weir_model_node *nodes)
{
    const struct weir_replay_node *before = &line->nodes[k ? k - 1 : 0];
    unsigned n = line->model->workers ? line->model->workers : line->workers;
    if (!k)
        return 0;
    if (nodes[k].task == nodes[k - 1].task)
        return before->worker;
    return (before->worker + 1) % n;
}

static void set_node(struct weir_replay_line *line, size_t k, const struct weir_model_node *nodes)
{
    const struct weir_model_stage *stages = line->model->stages;
    struct weir_replay_node *node = &line->nodes[k];
    double visits = stages[nodes[k].first].visits;
    double next = k + 1 == line->n ? 1 : stages[nodes[k + 1].first].visits;
    node->of = nodes[k];
    node->gives = next / visits;
    node->done.first = WEIR_REPLAY_NONE;
    node->worker = worker_of(line, k, nodes);
}

/* Those of its task, and its neighbours with theirs. */
static void set_touches(struct weir_replay_line *line)
{
    for (size_t k = 0; k < line->n; k++)
        for (size_t i = 0; i < line->n; i++) {
            uint64_t task = line->nodes[i].of.task;
            bool near = task == line->nodes[k].of.task ||
                        (k && task == line->nodes[k - 1].of.task) ||
                        (k + 1 < line->n && task == line->nodes[k + 1].of.task);
            line->nodes[k].touches |= (uint32_t)near << i;
        }
    line->due = UINT32_MAX >> (32 - line->n);
}

/* Each stage has a drawing of its own: it has the same times before a change and after. */
static void set_tapes(struct weir_replay_line *line, uint64_t seed)
{
    for (size_t i = 0; i < line->model->n; i++)
        line->tapes[i].drawing = seed * WEIR_MODEL_STAGES_MAX + i;
}

static void set_workers(struct weir_replay_line *line)
{
    unsigned n = line->model->workers, par = line->model->par_workers;
    n = n && par > n ? par : n;
    line->workers = n && n < WEIR_MODEL_WORKERS_MAX ? n : WEIR_MODEL_WORKERS_MAX;
    line->spawned.first = line->late.first = WEIR_REPLAY_NONE;
}

static void set_free(struct weir_replay_line *line)
{
    for (size_t i = 0; i < line->jobs_n; i++)
        line->jobs[i].next = (uint32_t)(i + 1 < line->jobs_n ? i + 1 : WEIR_REPLAY_NONE);
}

static bool replay_tape_make_room(struct weir_replay_line *line)
{
    line->jobs_n = WEIR_REPLAY_REST_MAX;
    for (size_t k = 0; k < line->n; k++)
        line->jobs_n += line->nodes[k].of.workers;
    line->jobs = weir_allocate(line->jobs_n * sizeof *line->jobs);
    line->cpu.jobs = weir_allocate(line->jobs_n * sizeof *line->cpu.jobs);
    line->waits.jobs = weir_allocate(line->jobs_n * sizeof *line->waits.jobs);
    if (!line->jobs || !line->cpu.jobs || !line->waits.jobs)
        return false;
    set_free(line);
    return true;
}

struct weir_replay_line *weir_replay_line_new(const struct weir_model *model, uint64_t seed)
{
    struct weir_model_node nodes[WEIR_MODEL_STAGES_MAX];
    struct weir_replay_line *line = weir_allocate(sizeof *line);
    if (!line)
        return NULL;
    memset(line, 0, sizeof *line);
    line->model = model;
    line->drawing = seed;
    line->n = weir_model_nodes(model, nodes);
    set_workers(line);
    set_tapes(line, seed);
    for (size_t k = 0; k < line->n; k++)
        set_node(line, k, nodes);
    set_touches(line);
    if (replay_tape_make_room(line))
        return line;
    weir_replay_line_drop(line);
    return NULL;
}

static void replay_tape_release(void *block, size_t size)
{
    if (block)
        weir_release(block, size);
}

void weir_replay_line_drop(struct weir_replay_line *line)
{
    if (!line)
        return;
    replay_tape_release(line->jobs, line->jobs_n * sizeof *line->jobs);
    replay_tape_release(line->cpu.jobs, line->jobs_n * sizeof *line->cpu.jobs);
    replay_tape_release(line->waits.jobs, line->jobs_n * sizeof *line->waits.jobs);
    weir_release(line, sizeof *line);
}
