/* The workers of a runtime together: how many, how they begin and end. */

#include "task/workers.h"

#include <sched.h>
#include <semaphore.h>
#include <string.h>

#include "core/system_text.h"
#include "task/runtimes.h"
#include "task/threads.h"
#include "task/turn.h"
#include "weir/alloc.h"

/* ---- who there is ---- */

static uint32_t usable_cores(void)
{
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable))
        return 1;
    return (uint32_t)CPU_COUNT(&usable);
}

static bool is_simulated(const weir_rt *rt)
{
    return rt->worker.drawn;
}

/* As many as are asked for; else as the process may use, if no other runtime has so many: they
 * would only stand in each other's way. In a simulation one. */
uint32_t weir_workers_max(weir_rt *rt)
{
    uint32_t asked = rt->options.workers;
    bool spreads = !asked && !is_simulated(rt) && weir_rt_may_spread(rt);
    uint32_t n = asked ? asked : spreads ? usable_cores() : 1;
    return n < WEIR_WORKERS_MAX ? n : WEIR_WORKERS_MAX;
}

void weir_workers_init(weir_rt *rt)
{
    struct weir_workers *workers = &rt->workers;
    atomic_init(&workers->n, 1);
    workers->spread = rt->options.workers > 1;
    atomic_init(&workers->left, rt->options.tasks_max);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_mutex_init(&workers->failing, NULL);
}

/* ---- a thread ---- */

void weir_workers_break(const weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    if (workers->max <= 1)
        return;
    pthread_mutex_lock(&workers->failing);
    if (!atomic_load(&workers->broken))
        workers->why = worker->cx.error;
    atomic_store(&workers->broken, true);
    pthread_mutex_unlock(&workers->failing);
    weir_workers_interrupt(worker->rt);
}

/* What a thread and who makes it tell each other. A driver has to be made by the thread that waits
 * in it. */
struct birth {
    weir_worker *worker;
    weir_error *error;
    sem_t over;
    bool works;
};

static bool be_born(struct birth *birth)
{
    weir_worker *worker = birth->worker;
    birth->works = weir_worker_begin(worker, worker->rt, birth->error);
    bool works = birth->works;
    sem_post(&birth->over); /* birth is gone by then */
    return works;
}

static void *workers_serve(void *arg)
{
    weir_worker *worker = ((struct birth *)arg)->worker;
    if (!be_born(arg))
        return NULL;
    weir_worker *outer = weir_worker_enter(worker);
    weir_worker_serve(worker);
    weir_worker_wind_up(worker);
    weir_worker_close(worker);
    weir_worker_leave(worker, outer);
    atomic_fetch_sub(&worker->rt->workers.serving, 1);
    weir_interrupt_raise(worker->rt->worker.inbox->interrupt_fd);
    return NULL;
}

static bool no_thread(const weir_worker *worker, int number, weir_error *error)
{
    weir_error_set(error, WEIR_E_SYSTEM, "no thread for worker %u of a runtime: %s",
                   worker->index + 1, weir_errno_text(number));
    error->number = number;
    error->cure = "fewer workers, or a higher limit of threads (ulimit -u)";
    return false;
}

static bool workers_start(weir_worker *worker, weir_error *error)
{
    struct birth birth = {.worker = worker, .error = error};
    sem_init(&birth.over, 0, 0);
    int number = weir_thread_make(&worker->pthread, NULL, workers_serve, &birth);
    while (!number && sem_wait(&birth.over))
        ;
    sem_destroy(&birth.over);
    if (number)
        return no_thread(worker, number, error);
    if (!birth.works)
        pthread_join(worker->pthread, NULL);
    else
        atomic_fetch_add(&worker->rt->workers.serving, 1);
    return birth.works;
}

/* ---- how they begin ---- */

static bool workers_fail_memory(weir_error *error)
{
    weir_error_set(error, WEIR_E_MEMORY, "no memory for the workers of a runtime");
    return false;
}

static bool make_ring(weir_worker *worker)
{
    worker->ring = weir_allocate(sizeof *worker->ring);
    if (worker->ring)
        memset(worker->ring, 0, sizeof *worker->ring);
    return worker->ring;
}

static weir_worker *worker_new(weir_rt *rt, uint32_t index)
{
    weir_worker *worker = weir_allocate(sizeof *worker);
    if (!worker)
        return NULL;
    memset(worker, 0, sizeof *worker);
    worker->rt = rt;
    worker->index = index;
    if (make_ring(worker))
        return worker;
    weir_release(worker, sizeof *worker);
    return NULL;
}

static void workers_discard(weir_worker *worker)
{
    weir_worker_close(worker);
    weir_worker_free(worker);
    weir_release(worker, sizeof *worker);
}

/* Others see the count when all of it is there; its thread is among those that look. */
static bool add_worker(weir_rt *rt, weir_error *error)
{
    uint32_t n = weir_workers_n(&rt->workers);
    weir_worker *worker = worker_new(rt, n);
    if (!worker)
        return workers_fail_memory(error);
    rt->workers.others[n - 1] = worker;
    bool begun =
        is_simulated(rt) ? weir_worker_begin(worker, rt, error) : workers_start(worker, error);
    if (begun)
        atomic_store_explicit(&rt->workers.n, n + 1, memory_order_release);
    else
        workers_discard(worker);
    return begun;
}

/* For all of them; what there is of it stays for who asks again. */
static bool workers_make_room(weir_rt *rt, uint32_t max)
{
    struct weir_workers *workers = &rt->workers;
    size_t bytes = (max - 1) * sizeof *workers->others;
    if (!rt->worker.ring && !make_ring(&rt->worker))
        return false;
    workers->others = weir_allocate(bytes);
    return workers->others;
}

bool weir_workers_begin(weir_rt *rt, weir_error *error)
{
    struct weir_workers *workers = &rt->workers;
    if (workers->max)
        return true;
    uint32_t max = weir_workers_max(rt);
    if (max > 1 && !workers_make_room(rt, max))
        return workers_fail_memory(error);
    workers->max = max;
    for (uint32_t i = 1; i < max; i++)
        if (!add_worker(rt, error))
            return false;
    return true;
}

/* ---- how they end ---- */

static void wind_up_simulated(weir_rt *rt)
{
    for (uint32_t i = 1; i < weir_workers_n(&rt->workers); i++)
        weir_worker_wind_up(weir_workers_nth(rt, i));
    for (uint32_t i = 1; i < weir_workers_n(&rt->workers); i++)
        weir_worker_close(weir_workers_nth(rt, i));
}

/* Nobody polled them, and nobody will. */
static void end_new_tasks(weir_rt *rt)
{
    weir_worker *first = &rt->worker;
    for (weir_task *task; (task = weir_workers_find(first));)
        weir_ready_push(&first->ready, task);
}

/* In a process that was forked off: the others' threads are not here, and whoever of them held the
 * lock will not give it back. */
static void leave_to_parent(struct weir_workers *workers)
{
    atomic_store(&workers->n, 1);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_mutex_init(&workers->failing, NULL);
}

void weir_workers_end(weir_rt *rt)
{
    struct weir_workers *workers = &rt->workers;
    if (rt->worker.driver && !weir_driver_is_ours(rt->worker.driver))
        leave_to_parent(workers);
    uint32_t n = weir_workers_n(workers);
    if (n == 1) {
        end_new_tasks(rt);
        return;
    }
    atomic_store(&workers->ending, true);
    weir_workers_interrupt(rt);
    weir_worker_wind_up(&rt->worker);
    if (is_simulated(rt))
        wind_up_simulated(rt);
    for (uint32_t i = 1; i < n && !is_simulated(rt); i++)
        pthread_join(weir_workers_nth(rt, i)->pthread, NULL);
    end_new_tasks(rt);
}

void weir_workers_free(weir_rt *rt)
{
    struct weir_workers *workers = &rt->workers;
    uint32_t n = weir_workers_n(workers);
    for (uint32_t i = 0; i < n; i++)
        weir_worker_free(weir_workers_nth(rt, i));
    for (uint32_t i = 1; i < n; i++)
        weir_release(workers->others[i - 1], sizeof **workers->others);
    if (workers->others)
        weir_release(workers->others, (workers->max - 1) * sizeof *workers->others);
    pthread_mutex_destroy(&workers->lock);
    pthread_mutex_destroy(&workers->failing);
}
