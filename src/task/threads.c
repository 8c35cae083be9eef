/* The pool of threads, made at its first use. One lock holds it all together: a job is a matter of
 * microseconds at least. Threads are made as they are wanted and end when they were idle for long;
 * those that are left end with the process. */

#include "task/threads.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "core/stage.h"
#include "driver/driver.h"

enum { THREADS_MAX = 64, THREADS_NS_PER_S = 1000000000 };
#define THREADS_IDLE_NS (UINT64_C(10) * THREADS_NS_PER_S)

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more; /* jobs */
    struct weir_thread_job *first, *last;
    weir_blocking_options options;
    uint32_t threads;
    uint32_t running; /* the others wait for a job, or have just begun */
    uint64_t waiting;
    uint64_t discarded;
} threads_pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- how it begins ---- */

static void threads_begin(void)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&threads_pool.more, &clock);
    pthread_condattr_destroy(&clock);
}

/* In a process that was forked off. The threads are the parent's, and so is the line; whoever held
 * the lock is not here to give it back. */
static void threads_begin_anew(void)
{
    pthread_mutex_init(&threads_pool.lock, NULL);
    threads_pool.first = threads_pool.last = NULL;
    threads_pool.threads = threads_pool.running = 0;
    threads_pool.waiting = threads_pool.discarded = 0;
    threads_begin();
}

static void threads_set_defaults(void)
{
    threads_pool.options.threads_max =
        threads_pool.options.threads_max ? threads_pool.options.threads_max : THREADS_MAX;
    threads_pool.options.idle_ns =
        threads_pool.options.idle_ns ? threads_pool.options.idle_ns : THREADS_IDLE_NS;
}

static void begin_first(void)
{
    threads_begin();
    threads_set_defaults();
    pthread_atfork(NULL, NULL, threads_begin_anew);
}

static void threads_enter(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin_first);
    pthread_mutex_lock(&threads_pool.lock);
}

static void threads_leave(void)
{
    pthread_mutex_unlock(&threads_pool.lock);
}

/* ---- the line ---- */

static void threads_line_up(struct weir_thread_job *job)
{
    job->next = NULL;
    job->prev = threads_pool.last;
    if (threads_pool.last)
        threads_pool.last->next = job;
    else
        threads_pool.first = job;
    threads_pool.last = job;
    threads_pool.waiting++;
}

static void threads_take_out(struct weir_thread_job *job)
{
    if (job->prev)
        job->prev->next = job->next;
    else
        threads_pool.first = job->next;
    if (job->next)
        job->next->prev = job->prev;
    else
        threads_pool.last = job->prev;
    threads_pool.waiting--;
}

/* ---- a thread ---- */

/* The options may change meanwhile. */
static struct timespec idle_until(uint64_t since_ns)
{
    uint64_t for_ns = threads_pool.options.idle_ns;
    uint64_t ns = for_ns < INT64_MAX - since_ns ? since_ns + for_ns : INT64_MAX;
    return (struct timespec){(time_t)(ns / THREADS_NS_PER_S), (long)(ns % THREADS_NS_PER_S)};
}

/* NULL: the thread is one too many, or there was nothing to do for long. */
static struct weir_thread_job *next_job(void)
{
    uint64_t since_ns = weir_sys_posix.now_ns(&weir_sys_posix);
    int error = 0;
    while (!threads_pool.first && !error &&
           threads_pool.threads <= threads_pool.options.threads_max) {
        struct timespec until = idle_until(since_ns);
        error = pthread_cond_timedwait(&threads_pool.more, &threads_pool.lock, &until);
    }
    struct weir_thread_job *job =
        threads_pool.threads <= threads_pool.options.threads_max ? threads_pool.first : NULL;
    if (job)
        threads_take_out(job);
    return job;
}

/* False: the function forked, and this is the child: nothing here is its business. */
static bool threads_run(struct weir_thread_job *job)
{
    atomic_store_explicit(&job->state, WEIR_THREAD_JOB_RUNNING, memory_order_relaxed);
    threads_pool.running++;
    threads_leave();
    job->run(job);
    if (weir_job_is_lost(job))
        return false;
    threads_enter();
    bool given_up = job->given_up;
    threads_pool.running--;
    threads_pool.discarded += given_up;
    atomic_store_explicit(&job->state, WEIR_THREAD_JOB_DONE, memory_order_release);
    threads_leave();
    job->over(job, given_up);
    threads_enter();
    return true;
}

static void *threads_work(void *arg)
{
    (void)arg;
    threads_enter();
    for (struct weir_thread_job *job; (job = next_job());)
        if (!threads_run(job))
            return NULL;
    threads_pool.threads--;
    threads_leave();
    return NULL;
}

int weir_thread_make(pthread_t *thread, const pthread_attr_t *how, void *(*entry)(void *arg),
                     void *arg)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    const weir_sys *sys = &weir_sys_posix;
    sigset_t others, before;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&others, own[i]);
    sys->signal_mask(sys, SIG_SETMASK, &others, &before);
    int error = pthread_create(thread, how, entry, arg);
    sys->signal_mask(sys, SIG_SETMASK, &before, NULL);
    return error;
}

static int make_thread(void)
{
    pthread_attr_t how;
    pthread_t thread;
    pthread_attr_init(&how);
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    if (threads_pool.options.stack_bytes)
        pthread_attr_setstacksize(&how, threads_pool.options.stack_bytes);
    int error = weir_thread_make(&thread, &how, threads_work, NULL);
    pthread_attr_destroy(&how);
    threads_pool.threads += !error;
    return error;
}

/* As many as there are jobs that nobody is free for. 0, or why there are fewer. */
static int make_threads(void)
{
    int error = 0;
    uint64_t idle = threads_pool.threads - threads_pool.running;
    uint64_t more = threads_pool.waiting > idle ? threads_pool.waiting - idle : 0;
    for (; more && !error && threads_pool.threads < threads_pool.options.threads_max; more--)
        error = make_thread();
    return error;
}

/* ---- jobs ---- */

int weir_job_submit(struct weir_thread_job *job)
{
    threads_enter();
    job->forks = weir_forks();
    atomic_store_explicit(&job->state, WEIR_THREAD_JOB_WAITING, memory_order_relaxed);
    threads_line_up(job);
    pthread_cond_signal(&threads_pool.more);
    int error = make_threads();
    bool hopeless = error && !threads_pool.threads;
    if (hopeless) {
        threads_take_out(job);
        atomic_store_explicit(&job->state, WEIR_THREAD_JOB_NEW, memory_order_relaxed);
    }
    threads_leave();
    return hopeless ? error : 0;
}

enum weir_thread_job_state weir_job_give_up(struct weir_thread_job *job)
{
    threads_enter();
    enum weir_thread_job_state state = atomic_load_explicit(&job->state, memory_order_acquire);
    if (state == WEIR_THREAD_JOB_WAITING && !weir_job_is_lost(job))
        threads_take_out(job);
    job->given_up = true;
    threads_leave();
    return state;
}

bool weir_job_is_lost(const struct weir_thread_job *job)
{
    return atomic_load_explicit(&job->state, memory_order_relaxed) != WEIR_THREAD_JOB_NEW &&
           job->forks != weir_forks();
}

/* ---- what is said of it ---- */

enum { THREADS_FIRST_OPTIONS_BYTES = sizeof(weir_blocking_options) };

void weir_blocking_set(const weir_blocking_options *options)
{
    threads_enter();
    weir_options_take(&threads_pool.options, sizeof threads_pool.options, options,
                      THREADS_FIRST_OPTIONS_BYTES);
    threads_set_defaults();
    pthread_cond_broadcast(&threads_pool.more);
    make_threads();
    threads_leave();
}

void weir_blocking_look(weir_blocking_stats *out)
{
    threads_enter();
    weir_blocking_stats now = {sizeof now, threads_pool.threads, threads_pool.running,
                               threads_pool.waiting, threads_pool.discarded};
    threads_leave();
    size_t size = out->size && out->size < sizeof now ? out->size : sizeof now;
    now.size = (uint32_t)size;
    memcpy(out, &now, size);
}
