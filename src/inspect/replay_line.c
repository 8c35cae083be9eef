/* Items go down the line. */

#include "inspect/replay_line.h"

#include <string.h>

#include "core/draw.h"
#include "inspect/replay_heap.h"

/* ---- lists of jobs ---- */

static void replay_line_append(struct weir_replay_line *line, struct weir_replay_list *list,
                               uint32_t number)
{
    line->jobs[number].next = WEIR_REPLAY_NONE;
    if (list->first == WEIR_REPLAY_NONE)
        list->first = number;
    else
        line->jobs[list->last].next = number;
    list->last = number;
}

static uint32_t *link_of(struct weir_replay_line *line, struct weir_replay_list *list,
                         uint64_t number)
{
    uint32_t *link = &list->first;
    while (*link != WEIR_REPLAY_NONE && line->jobs[*link].number != number)
        link = &line->jobs[*link].next;
    return link;
}

static void unlink_at(struct weir_replay_line *line, struct weir_replay_list *list, uint32_t *link)
{
    uint32_t gone = *link;
    *link = line->jobs[gone].next;
    if (list->last != gone)
        return;
    list->last = list->first;
    for (uint32_t i = list->first; i != WEIR_REPLAY_NONE; i = line->jobs[i].next)
        list->last = i;
}

/* ---- its times ---- */

static struct weir_replay_job *replay_line_job_of(struct weir_replay_line *line, uint32_t number)
{
    return &line->jobs[number];
}

static void replay_line_work(struct weir_replay_line *line, uint32_t number, uint32_t worker)
{
    struct weir_replay_job *job = replay_line_job_of(line, number);
    job->worker = worker;
    if (worker != WEIR_REPLAY_NONE)
        line->works[worker] = true;
    job->key = line->worked_ns + job->cpu_ns;
    weir_replay_heap_add(&line->cpu, line->jobs, number);
}

static void be_done(struct weir_replay_line *line, uint32_t number)
{
    uint32_t node = replay_line_job_of(line, number)->node;
    replay_line_append(line, &line->nodes[node].done, number);
    line->due |= UINT32_C(1) << node;
}

static void wait_or_be_done(struct weir_replay_line *line, uint32_t number)
{
    struct weir_replay_job *job = replay_line_job_of(line, number);
    if (job->wait_ns <= 0) {
        be_done(line, number);
        return;
    }
    job->key = line->now_ns + job->wait_ns;
    weir_replay_heap_add(&line->waits, line->jobs, number);
}

/* A task stays with its worker, which does one thing after the other. It works before it waits, and
 * behind that: half and half, since nobody counts which. */
static void replay_line_waited(struct weir_replay_line *line, uint32_t number)
{
    struct weir_replay_job *job = replay_line_job_of(line, number);
    if (job->worker != WEIR_REPLAY_NONE && line->works[job->worker]) {
        replay_line_append(line, &line->late, number);
        return;
    }
    job->cpu_ns = job->after_ns;
    job->wait_ns = job->after_ns = 0;
    if (job->cpu_ns > 0)
        replay_line_work(line, number, job->worker);
    else
        be_done(line, number);
}

/* ---- from one node to the next ---- */

static bool replay_line_is_serial(const struct weir_replay_node *node)
{
    return node->of.workers == 1 && !node->of.apart;
}

static bool replay_line_is_beside(const struct weir_replay_line *line, size_t k)
{
    return line->nodes[k].of.task == line->nodes[k - 1].of.task;
}

/* Nobody asks it while its task works, or while one nearer to the consumer, in its task, has the
 * item that it is busy with. */
static bool is_polled(const struct weir_replay_line *line, size_t k)
{
    if (line->works[line->nodes[k].worker])
        return false;
    for (size_t i = k + 1; i < line->n && replay_line_is_beside(line, i); i++)
        if (replay_line_is_serial(&line->nodes[i]) && line->nodes[i].at_work)
            return false;
    return true;
}

/* May the node before this one give it an item? */
static bool replay_line_has_room(const struct weir_replay_line *line, size_t k)
{
    const struct weir_replay_node *node = &line->nodes[k];
    if (!replay_line_is_beside(line, k))
        return node->queued < (node->of.room ? node->of.room : 1);
    return line->nodes[k - 1].asked || node->at_work + node->queued < node->of.workers;
}

static uint32_t replay_line_take_free(struct weir_replay_line *line)
{
    uint32_t number = line->free;
    line->free = replay_line_job_of(line, number)->next;
    return number;
}

static void put_free(struct weir_replay_line *line, uint32_t number)
{
    replay_line_job_of(line, number)->next = line->free;
    line->free = number;
}

/* The rest of the process works for it too, on no worker of the line's. Those who ask have so much
 * asked at once and no more: the line waits for them then. */
static bool replay_line_leave(struct weir_replay_line *line)
{
    if (line->rest == WEIR_REPLAY_REST_MAX)
        return false;
    line->left++;
    if (line->model->rest_s <= 0 || line->model->usable <= 0)
        return true;
    uint32_t number = replay_line_take_free(line);
    *replay_line_job_of(line, number) =
        (struct weir_replay_job){.cpu_ns = 1e9 * line->model->rest_s, .node = WEIR_REPLAY_NONE};
    line->rest++;
    replay_line_work(line, number, WEIR_REPLAY_NONE);
    return true;
}

static void end_rest(struct weir_replay_line *line, uint32_t number)
{
    line->rest--;
    line->due |= UINT32_C(1) << (line->n - 1);
    put_free(line, number);
}

static bool replay_line_give(struct weir_replay_line *line, size_t k)
{
    if (k + 1 == line->n)
        return replay_line_leave(line);
    if (!replay_line_has_room(line, k + 1))
        return false;
    if (line->nodes[k].asked)
        line->nodes[k].asked--;
    line->nodes[k + 1].queued++;
    return true;
}

/* One that keeps the order gives none before the next in it. */
static bool replay_line_deliver(struct weir_replay_line *line, size_t k)
{
    struct weir_replay_node *node = &line->nodes[k];
    uint32_t *link = node->of.ordered ? link_of(line, &node->done, node->given) : &node->done.first;
    uint32_t number = *link;
    if (number == WEIR_REPLAY_NONE || !is_polled(line, k))
        return false;
    struct weir_replay_job *job = replay_line_job_of(line, number);
    for (; job->out; job->out--)
        if (!replay_line_give(line, k))
            return false;
    unlink_at(line, &node->done, link);
    node->given++;
    node->at_work--;
    node->asked = 0;
    put_free(line, number);
    return true;
}

static bool may_begin(const struct weir_replay_line *line, size_t k)
{
    const struct weir_replay_node *node = &line->nodes[k];
    if (node->at_work == node->of.workers || (k && !node->queued) || !is_polled(line, k))
        return false;
    if (!node->of.asks)
        return true;
    const struct weir_replay_node *next = &line->nodes[k + 1];
    return next->at_work + next->queued < next->of.workers;
}

static bool replay_line_begin(struct weir_replay_line *line, size_t k)
{
    struct weir_replay_node *node = &line->nodes[k];
    if (line->free == WEIR_REPLAY_NONE || !may_begin(line, k))
        return false;
    uint32_t number = replay_line_take_free(line);
    struct weir_replay_job *job = replay_line_job_of(line, number);
    *job = (struct weir_replay_job){
        .node = (uint32_t)k, .number = node->begun++, .worker = WEIR_REPLAY_NONE};
    weir_replay_draw(line, k, job);
    node->queued -= k != 0;
    node->at_work++;
    node->asked = node->of.asks;
    if (job->cpu_ns <= 0)
        wait_or_be_done(line, number);
    else if (!node->of.apart)
        replay_line_work(line, number, node->worker);
    else if (!line->model->workers)
        replay_line_work(line, number, WEIR_REPLAY_NONE);
    else
        replay_line_append(line, &line->spawned, number);
    return true;
}

/* ---- workers, and who has none yet ---- */

static void retry_late(struct weir_replay_line *line)
{
    struct weir_replay_list late = line->late;
    line->late.first = WEIR_REPLAY_NONE;
    for (uint32_t number = late.first, next; number != WEIR_REPLAY_NONE; number = next) {
        next = replay_line_job_of(line, number)->next;
        replay_line_waited(line, number);
    }
}

/* Whoever has nothing to do takes it, the worker of the task that spawned it too. */
static uint32_t idle_worker(struct weir_replay_line *line)
{
    uint32_t first = (uint32_t)(weir_draw(&line->drawing) % line->workers);
    for (uint32_t i = 0; i < line->workers; i++)
        if (!line->works[(first + i) % line->workers])
            return (first + i) % line->workers;
    return WEIR_REPLAY_NONE;
}

static void take_spawned(struct weir_replay_line *line)
{
    for (uint32_t number; (number = line->spawned.first) != WEIR_REPLAY_NONE;) {
        uint32_t worker = idle_worker(line);
        if (worker == WEIR_REPLAY_NONE)
            return;
        unlink_at(line, &line->spawned, &line->spawned.first);
        replay_line_work(line, number, worker);
    }
}

static bool replay_line_fill(struct weir_replay_line *line, size_t k)
{
    bool moved = replay_line_deliver(line, k - 1);
    moved |= replay_line_begin(line, k);
    return replay_line_begin(line, k - 1) || moved;
}

/* A stage that has several at once has them begin first, and gives what is done behind that. */
static bool replay_line_poll(struct weir_replay_line *line, size_t k)
{
    bool moved = false;
    while (k && line->nodes[k - 1].of.asks && replay_line_fill(line, k))
        moved = true;
    while (replay_line_deliver(line, k)) {
        moved = true;
        if (k + 1 < line->n)
            (void)replay_line_begin(line, k + 1);
    }
    while (replay_line_begin(line, k))
        moved = true;
    return moved;
}

/* Items that ask for nothing pass in no time: so many of them, and it is no pipeline. */
enum { ROUNDS_MAX = 1 << 16 };
void weir_replay_begin(struct weir_replay_line *line)
{
    retry_late(line);
    for (size_t rounds = 0; line->due && rounds < ROUNDS_MAX; rounds++) {
        size_t k = 31 - (size_t)__builtin_clz(line->due);
        line->due &= ~(UINT32_C(1) << k);
        if (replay_line_poll(line, k))
            line->due |= line->nodes[k].touches;
    }
    take_spawned(line);
}

/* ---- time ---- */

/* How fast each of those goes on that share the cores. */
static double speed(const struct weir_replay_line *line)
{
    double usable = line->model->usable, n = (double)line->cpu.n;
    return usable > 0 && n > usable ? usable / n : 1;
}

static double next_work_ns(const struct weir_replay_line *line)
{
    double left_ns = line->jobs[line->cpu.jobs[0]].key - line->worked_ns;
    return line->now_ns + left_ns / speed(line);
}

static void be_idle(struct weir_replay_line *line, uint32_t worker)
{
    line->works[worker] = false;
    for (size_t k = 0; k < line->n; k++)
        if (line->nodes[k].worker == worker)
            line->due |= UINT32_C(1) << k;
}

static void end_work(struct weir_replay_line *line)
{
    uint32_t number = weir_replay_heap_take(&line->cpu, line->jobs);
    uint32_t worker = replay_line_job_of(line, number)->worker;
    if (worker != WEIR_REPLAY_NONE)
        be_idle(line, worker);
    if (replay_line_job_of(line, number)->node == WEIR_REPLAY_NONE)
        end_rest(line, number);
    else
        wait_or_be_done(line, number);
}

bool weir_replay_step(struct weir_replay_line *line)
{
    if (!line->cpu.n && !line->waits.n)
        return false;
    double wait_ns = line->waits.n ? line->jobs[line->waits.jobs[0]].key : 0;
    double work_ns = line->cpu.n ? next_work_ns(line) : wait_ns;
    bool works = line->cpu.n && (!line->waits.n || work_ns <= wait_ns);
    double until_ns = works ? work_ns : wait_ns;
    line->worked_ns += (until_ns - line->now_ns) * speed(line);
    line->now_ns = until_ns;
    if (works)
        end_work(line);
    else
        replay_line_waited(line, weir_replay_heap_take(&line->waits, line->jobs));
    weir_replay_begin(line);
    return true;
}
