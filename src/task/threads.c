/* The pool of threads, made at its first use. One lock holds it all together: a job is a matter of
 * microseconds at least. Threads are made as they are wanted and end when they were idle for long;
 * those that are left end with the process. */

#include "task/threads.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "core/stage.h"
#include "driver/driver.h"

enum { THREADS_MAX = 64, NS_PER_S = 1000000000 };
#define IDLE_NS (UINT64_C(10) * NS_PER_S)

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more; /* jobs */
    struct weir_thread_job *first, *last;
    weir_blocking_options options;
    uint32_t threads;
    uint32_t running; /* the others wait for a job, or have just begun */
    uint64_t waiting;
    uint64_t discarded;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- how it begins ---- */

static void begin(void)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&pool.more, &clock);
    pthread_condattr_destroy(&clock);
}

/* In a process that was forked off. The threads are the parent's, and so is the line; whoever held
 * the lock is not here to give it back. */
static void begin_anew(void)
{
    pthread_mutex_init(&pool.lock, NULL);
    pool.first = pool.last = NULL;
    pool.threads = pool.running = 0;
    pool.waiting = pool.discarded = 0;
    begin();
}

static void set_defaults(void)
{
    pool.options.threads_max = pool.options.threads_max ? pool.options.threads_max : THREADS_MAX;
    pool.options.idle_ns = pool.options.idle_ns ? pool.options.idle_ns : IDLE_NS;
}

static void begin_first(void)
{
    begin();
    set_defaults();
    pthread_atfork(NULL, NULL, begin_anew);
}

static void enter(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin_first);
    pthread_mutex_lock(&pool.lock);
}

static void leave(void)
{
    pthread_mutex_unlock(&pool.lock);
}

/* ---- the line ---- */

static void line_up(struct weir_thread_job *job)
{
    job->next = NULL;
    job->prev = pool.last;
    if (pool.last)
        pool.last->next = job;
    else
        pool.first = job;
    pool.last = job;
    pool.waiting++;
}

static void take_out(struct weir_thread_job *job)
{
    if (job->prev)
        job->prev->next = job->next;
    else
        pool.first = job->next;
    if (job->next)
        job->next->prev = job->prev;
    else
        pool.last = job->prev;
    pool.waiting--;
}

/* ---- a thread ---- */

/* The options may change meanwhile. */
static struct timespec idle_until(uint64_t since_ns)
{
    uint64_t for_ns = pool.options.idle_ns;
    uint64_t ns = for_ns < INT64_MAX - since_ns ? since_ns + for_ns : INT64_MAX;
    return (struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

/* NULL: the thread is one too many, or there was nothing to do for long. */
static struct weir_thread_job *next_job(void)
{
    uint64_t since_ns = weir_sys_posix.now_ns(&weir_sys_posix);
    int error = 0;
    while (!pool.first && !error && pool.threads <= pool.options.threads_max) {
        struct timespec until = idle_until(since_ns);
        error = pthread_cond_timedwait(&pool.more, &pool.lock, &until);
    }
    struct weir_thread_job *job = pool.threads <= pool.options.threads_max ? pool.first : NULL;
    if (job)
        take_out(job);
    return job;
}

/* False: the function forked, and this is the child: nothing here is its business. */
static bool run(struct weir_thread_job *job)
{
    atomic_store_explicit(&job->state, WEIR_THREAD_JOB_RUNNING, memory_order_relaxed);
    pool.running++;
    leave();
    job->run(job);
    if (weir_job_is_lost(job))
        return false;
    enter();
    bool given_up = job->given_up;
    pool.running--;
    pool.discarded += given_up;
    atomic_store_explicit(&job->state, WEIR_THREAD_JOB_DONE, memory_order_release);
    leave();
    job->over(job, given_up);
    enter();
    return true;
}

static void *work(void *arg)
{
    (void)arg;
    enter();
    for (struct weir_thread_job *job; (job = next_job());)
        if (!run(job))
            return NULL;
    pool.threads--;
    leave();
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
    if (pool.options.stack_bytes)
        pthread_attr_setstacksize(&how, pool.options.stack_bytes);
    int error = weir_thread_make(&thread, &how, work, NULL);
    pthread_attr_destroy(&how);
    pool.threads += !error;
    return error;
}

/* As many as there are jobs that nobody is free for. 0, or why there are fewer. */
static int make_threads(void)
{
    int error = 0;
    uint64_t idle = pool.threads - pool.running;
    uint64_t more = pool.waiting > idle ? pool.waiting - idle : 0;
    for (; more && !error && pool.threads < pool.options.threads_max; more--)
        error = make_thread();
    return error;
}

/* ---- jobs ---- */

int weir_job_submit(struct weir_thread_job *job)
{
    enter();
    job->forks = weir_forks();
    atomic_store_explicit(&job->state, WEIR_THREAD_JOB_WAITING, memory_order_relaxed);
    line_up(job);
    pthread_cond_signal(&pool.more);
    int error = make_threads();
    bool hopeless = error && !pool.threads;
    if (hopeless) {
        take_out(job);
        atomic_store_explicit(&job->state, WEIR_THREAD_JOB_NEW, memory_order_relaxed);
    }
    leave();
    return hopeless ? error : 0;
}

enum weir_thread_job_state weir_job_give_up(struct weir_thread_job *job)
{
    enter();
    enum weir_thread_job_state state = atomic_load_explicit(&job->state, memory_order_acquire);
    if (state == WEIR_THREAD_JOB_WAITING && !weir_job_is_lost(job))
        take_out(job);
    job->given_up = true;
    leave();
    return state;
}

bool weir_job_is_lost(const struct weir_thread_job *job)
{
    return atomic_load_explicit(&job->state, memory_order_relaxed) != WEIR_THREAD_JOB_NEW &&
           job->forks != weir_forks();
}

/* ---- what is said of it ---- */

enum { FIRST_OPTIONS_BYTES = sizeof(weir_blocking_options) };

void weir_blocking_set(const weir_blocking_options *options)
{
    enter();
    weir_options_take(&pool.options, sizeof pool.options, options, FIRST_OPTIONS_BYTES);
    set_defaults();
    pthread_cond_broadcast(&pool.more);
    make_threads();
    leave();
}

void weir_blocking_look(weir_blocking_stats *out)
{
    enter();
    weir_blocking_stats now = {sizeof now, pool.threads, pool.running, pool.waiting,
                               pool.discarded};
    leave();
    size_t size = out->size && out->size < sizeof now ? out->size : sizeof now;
    now.size = (uint32_t)size;
    memcpy(out, &now, size);
}
