/* Items go down the line. */

#include "inspect/replay_line.h"

#include <string.h>

#include "inspect/replay_heap.h"

/* ---- lists of jobs ---- */

static void append(struct weir_replay_line *line, struct weir_replay_list *list, uint32_t number)
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

static struct weir_replay_job *job_of(struct weir_replay_line *line, uint32_t number)
{
    return &line->jobs[number];
}

static bool may_have_thread(struct weir_replay_line *line, const struct weir_replay_node *node)
{
    return node->of.apart || !line->works[node->of.task];
}

static void work(struct weir_replay_line *line, uint32_t number)
{
    struct weir_replay_job *job = job_of(line, number);
    struct weir_replay_node *node = &line->nodes[job->node];
    if (!node->of.apart)
        line->works[node->of.task] = true;
    job->key = line->worked_ns + job->cpu_ns;
    weir_replay_heap_add(&line->cpu, line->jobs, number);
}

static void be_done(struct weir_replay_line *line, uint32_t number)
{
    append(line, &line->nodes[job_of(line, number)->node].done, number);
}

static void wait_or_be_done(struct weir_replay_line *line, uint32_t number)
{
    struct weir_replay_job *job = job_of(line, number);
    if (job->wait_ns <= 0) {
        be_done(line, number);
        return;
    }
    job->key = line->now_ns + job->wait_ns;
    weir_replay_heap_add(&line->waits, line->jobs, number);
}

/* ---- from one node to the next ---- */

static bool is_beside(const struct weir_replay_line *line, size_t k)
{
    return line->nodes[k].of.task == line->nodes[k - 1].of.task;
}

/* May the node before this one give it an item? */
static bool has_room(const struct weir_replay_line *line, size_t k)
{
    const struct weir_replay_node *node = &line->nodes[k];
    if (!is_beside(line, k))
        return node->queued < (node->of.room ? node->of.room : 1);
    return line->nodes[k - 1].asked || node->at_work + node->queued < node->of.workers;
}

static bool give(struct weir_replay_line *line, size_t k)
{
    if (k + 1 == line->n) {
        line->left++;
        return true;
    }
    if (!has_room(line, k + 1))
        return false;
    if (line->nodes[k].asked)
        line->nodes[k].asked--;
    line->nodes[k + 1].queued++;
    return true;
}

/* One that keeps the order gives none before the next in it. */
static bool deliver(struct weir_replay_line *line, size_t k)
{
    struct weir_replay_node *node = &line->nodes[k];
    uint32_t *link = node->of.ordered ? link_of(line, &node->done, node->given) : &node->done.first;
    uint32_t number = *link;
    if (number == WEIR_REPLAY_NONE)
        return false;
    struct weir_replay_job *job = job_of(line, number);
    for (; job->out; job->out--)
        if (!give(line, k))
            return false;
    unlink_at(line, &node->done, link);
    node->given++;
    node->at_work--;
    node->asked = 0;
    job->next = line->free;
    line->free = number;
    return true;
}

static bool may_begin(const struct weir_replay_line *line, size_t k)
{
    const struct weir_replay_node *node = &line->nodes[k];
    if (node->at_work == node->of.workers || (k && !node->queued))
        return false;
    if (!node->of.asks)
        return true;
    const struct weir_replay_node *next = &line->nodes[k + 1];
    return next->at_work + next->queued < next->of.workers;
}

static bool begin(struct weir_replay_line *line, size_t k)
{
    struct weir_replay_node *node = &line->nodes[k];
    uint32_t number = line->free;
    if (number == WEIR_REPLAY_NONE || !may_begin(line, k))
        return false;
    struct weir_replay_job *job = job_of(line, number);
    line->free = job->next;
    *job = (struct weir_replay_job){.node = (uint32_t)k, .number = node->begun++};
    weir_replay_draw(line, k, job);
    node->queued -= k != 0;
    node->at_work++;
    node->asked = node->of.asks;
    if (job->cpu_ns <= 0)
        wait_or_be_done(line, number);
    else if (may_have_thread(line, node))
        work(line, number);
    else
        append(line, &node->turn, number);
    return true;
}

/* Those nearer to the consumer are first. */
static bool take_turn(struct weir_replay_line *line, size_t k)
{
    struct weir_replay_node *node = &line->nodes[k];
    uint32_t number = node->turn.first;
    if (number == WEIR_REPLAY_NONE || !may_have_thread(line, node))
        return false;
    unlink_at(line, &node->turn, &node->turn.first);
    work(line, number);
    return true;
}

/* Items that ask for nothing pass in no time: so many of them, and it is no pipeline. */
enum { ROUNDS_MAX = 1 << 16 };
void weir_replay_begin(struct weir_replay_line *line)
{
    bool moved = true;
    for (size_t rounds = 0; moved && rounds < ROUNDS_MAX; rounds++) {
        moved = false;
        for (size_t k = line->n; k--;) {
            while (deliver(line, k))
                moved = true;
            moved |= take_turn(line, k);
            while (begin(line, k))
                moved = true;
        }
    }
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

static void end_work(struct weir_replay_line *line)
{
    uint32_t number = weir_replay_heap_take(&line->cpu, line->jobs);
    const struct weir_replay_node *node = &line->nodes[job_of(line, number)->node];
    if (!node->of.apart)
        line->works[node->of.task] = false;
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
        be_done(line, weir_replay_heap_take(&line->waits, line->jobs));
    weir_replay_begin(line);
    return true;
}
