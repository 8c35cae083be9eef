/* The workers of a runtime together. */

#include "task/workers.h"

#include <sched.h>
#include <semaphore.h>
#include <string.h>

#include "task/runtimes.h"
#include "task/threads.h"
#include "task/turn.h"
#include "weir/alloc.h"

enum { LOOKS = 200 }; /* for work before a worker sleeps: some microseconds */

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

static void *serve(void *arg)
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
                   worker->index + 1, strerrordesc_np(number));
    error->number = number;
    error->cure = "fewer workers, or a higher limit of threads (ulimit -u)";
    return false;
}

static bool start(weir_worker *worker, weir_error *error)
{
    struct birth birth = {.worker = worker, .error = error};
    sem_init(&birth.over, 0, 0);
    int number = weir_thread_make(&worker->pthread, NULL, serve, &birth);
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

static bool fail_memory(weir_error *error)
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

static void discard(weir_worker *worker)
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
        return fail_memory(error);
    rt->workers.others[n - 1] = worker;
    bool begun = is_simulated(rt) ? weir_worker_begin(worker, rt, error) : start(worker, error);
    if (begun)
        atomic_store_explicit(&rt->workers.n, n + 1, memory_order_release);
    else
        discard(worker);
    return begun;
}

/* For all of them; what there is of it stays for who asks again. */
static bool make_room(weir_rt *rt, uint32_t max)
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
    if (max > 1 && !make_room(rt, max))
        return fail_memory(error);
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

/* ---- tasks that nobody has polled yet ---- */

static void line_up(struct weir_workers *workers, weir_task *task)
{
    pthread_mutex_lock(&workers->lock);
    weir_ready_push(&workers->line, task);
    atomic_store(&workers->waiting, workers->line.n);
    pthread_mutex_unlock(&workers->lock);
}

static weir_task *take_from_line(struct weir_workers *workers)
{
    if (!atomic_load_explicit(&workers->waiting, memory_order_relaxed))
        return NULL;
    pthread_mutex_lock(&workers->lock);
    weir_task *task = weir_ready_take(&workers->line, 0);
    atomic_store(&workers->waiting, workers->line.n);
    pthread_mutex_unlock(&workers->lock);
    return task;
}

static bool call(weir_worker *worker)
{
    if (!atomic_load(&worker->inbox->sleeping) || atomic_exchange(&worker->called, true))
        return false;
    weir_interrupt_raise(worker->inbox->interrupt_fd);
    return true;
}

/* One more worker for new work, unless one looks for some already. */
static void call_one(weir_rt *rt)
{
    struct weir_workers *workers = &rt->workers;
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&workers->asleep, memory_order_relaxed) ||
        atomic_load_explicit(&workers->searching, memory_order_relaxed))
        return;
    uint32_t n = weir_workers_n(workers);
    for (uint32_t i = 1; i <= n; i++) /* the first one last: its thread may be busy elsewhere */
        if (call(weir_workers_nth(rt, i % n)))
            return;
}

void weir_workers_put(weir_rt *rt, weir_task *task)
{
    weir_worker *here = weir_worker_here;
    if (!here || here->rt != rt || !here->ring || !weir_ring_push(here->ring, task))
        line_up(&rt->workers, task);
    call_one(rt);
}

static uint32_t placed(const weir_worker *worker)
{
    return atomic_load_explicit(&worker->placed, memory_order_relaxed);
}

/* The first one has nobody who polls for it while its thread is busy with something else. */
static bool is_served(const weir_worker *worker)
{
    return worker->index || worker == weir_worker_here ||
           __atomic_load_n(&worker->entered, __ATOMIC_RELAXED);
}

/* In a simulation any of them. */
static weir_worker *idlest(weir_rt *rt)
{
    weir_worker *here = weir_worker_here, *best = here && here->rt == rt ? here : &rt->worker;
    uint32_t n = weir_workers_n(&rt->workers);
    if (is_simulated(rt))
        return weir_workers_nth(rt, (uint32_t)(best->sys->random(best->sys) % n));
    for (uint32_t i = 0; i < n; i++) {
        weir_worker *each = weir_workers_nth(rt, i);
        if (placed(each) < placed(best) && is_served(each))
            best = each;
    }
    return best;
}

void weir_workers_place(weir_rt *rt, weir_task *task)
{
    weir_worker *worker = idlest(rt);
    atomic_fetch_add_explicit(&worker->placed, 1, memory_order_relaxed);
    task->placed = true;
    task->arrives = true;
    atomic_store(&task->inbox, worker->inbox);
    if (weir_inbox_push(worker->inbox, task))
        return;
    task->placed = task->arrives = false; /* it is gone already: so is the runtime, soon */
    atomic_store(&task->inbox, NULL);
    line_up(&rt->workers, task);
    call_one(rt);
}

static weir_task *take_from_ring(const weir_worker *worker)
{
    return worker->ring ? weir_ring_take(worker->ring) : NULL;
}

/* Whom to look at first: another one each time, or as the seed says. */
static uint32_t first_victim(weir_worker *worker, uint32_t n)
{
    if (worker->drawn)
        return (uint32_t)(worker->sys->random(worker->sys) % n);
    return worker->index + 1;
}

static weir_task *steal(weir_worker *worker)
{
    uint32_t n = weir_workers_n(&worker->rt->workers);
    if (n == 1)
        return NULL;
    uint32_t first = first_victim(worker, n);
    for (uint32_t i = 0; i < n; i++) {
        weir_task *task = take_from_ring(weir_workers_nth(worker->rt, (first + i) % n));
        if (!task)
            continue;
        weir_driver_charge(worker->driver, WEIR_SIM_STEAL_NS);
        return task;
    }
    return NULL;
}

void weir_workers_take_own(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    if (worker->index || workers->spread)
        return;
    for (weir_task *task; (task = take_from_line(workers));) {
        weir_worker_take(worker, task);
        weir_ready_push(&worker->ready, task);
    }
}

bool weir_workers_have_any(weir_rt *rt)
{
    if (atomic_load(&rt->workers.waiting))
        return true;
    for (uint32_t i = 0; i < weir_workers_n(&rt->workers); i++) {
        struct weir_ring *ring = weir_workers_nth(rt, i)->ring;
        if (ring && weir_ring_has_any(ring))
            return true;
    }
    return false;
}

void weir_workers_pass_on(weir_rt *rt)
{
    if (weir_workers_have_any(rt))
        call_one(rt);
}

weir_task *weir_workers_find(weir_worker *worker)
{
    weir_task *task = take_from_ring(worker);
    if (task) {
        weir_worker_take(worker, task);
        return task;
    }
    task = take_from_line(&worker->rt->workers);
    if (!task)
        task = steal(worker);
    if (!task)
        return NULL;
    weir_worker_take(worker, task);
    weir_workers_pass_on(worker->rt);
    return task;
}

/* ---- how many ---- */

/* Of what is left of tasks_max each worker holds some, so that most spawns touch nothing that is
 * shared. */
enum { ROOM_AT_ONCE = 64 };

static uint64_t take_left(struct weir_workers *workers, uint64_t wanted)
{
    uint64_t left = atomic_load_explicit(&workers->left, memory_order_relaxed);
    uint64_t taken;
    do
        taken = left < wanted ? left : wanted;
    while (!atomic_compare_exchange_weak(&workers->left, &left, left - taken));
    return taken;
}

static weir_worker *own_worker(weir_rt *rt)
{
    weir_worker *here = weir_worker_here;
    if (here && here->rt == rt)
        return here;
    return weir_worker_thread(&rt->worker) == weir_thread_here() ? &rt->worker : NULL;
}

bool weir_workers_have_room(weir_rt *rt)
{
    weir_worker *own = own_worker(rt);
    if (own && !own->room)
        own->room = take_left(&rt->workers, ROOM_AT_ONCE);
    if (!own)
        return take_left(&rt->workers, 1);
    bool has = own->room;
    own->room -= has;
    return has;
}

void weir_worker_give_room(weir_worker *worker)
{
    if (++worker->room < 2 * ROOM_AT_ONCE)
        return;
    worker->room -= ROOM_AT_ONCE;
    atomic_fetch_add_explicit(&worker->rt->workers.left, ROOM_AT_ONCE, memory_order_relaxed);
}

void weir_workers_give_room(weir_rt *rt)
{
    weir_worker *own = own_worker(rt);
    if (own)
        weir_worker_give_room(own);
    else
        atomic_fetch_add_explicit(&rt->workers.left, 1, memory_order_relaxed);
}

/* ---- sleep ---- */

static bool has_work(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    return atomic_load(&worker->inbox->first) || weir_workers_have_any(worker->rt) ||
           (atomic_load(&workers->ending) && !worker->winding_up) || atomic_load(&workers->broken);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

bool weir_workers_search(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    if (weir_workers_n(workers) == 1 || worker->drawn)
        return false;
    atomic_fetch_add(&workers->searching, 1);
    bool found = false;
    for (int i = 0; i < LOOKS && !found; i++) {
        found = has_work(worker);
        relax();
    }
    atomic_fetch_sub(&workers->searching, 1);
    return found;
}

bool weir_workers_sleep(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    /* A call that came late, when it had risen already, is none to this sleep. */
    atomic_store_explicit(&worker->called, false, memory_order_relaxed);
    bool woken = weir_inbox_sleep(worker->inbox);
    if (!worker->asleep) {
        worker->asleep = true;
        atomic_fetch_add(&workers->asleep, 1);
    }
    return woken || has_work(worker);
}

void weir_workers_rouse(weir_worker *worker)
{
    weir_inbox_rouse(worker->inbox);
    worker->searched = true;
    if (!worker->asleep)
        return;
    worker->asleep = false;
    atomic_fetch_sub_explicit(&worker->rt->workers.asleep, 1, memory_order_relaxed);
}

void weir_workers_interrupt(weir_rt *rt)
{
    for (uint32_t i = 0; i < weir_workers_n(&rt->workers); i++)
        weir_interrupt_raise(weir_workers_nth(rt, i)->inbox->interrupt_fd);
}
