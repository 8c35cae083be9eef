/* The runtime that a thread makes for itself when it waits or spawns first. It ends with it. */

#include "task/thread.h"

#include <pthread.h>

#include "task/waiter.h"
#include "task/worker.h"

static _Thread_local weir_rt *thread_own;
/* Of the process that this one was forked off from. Loops may stand on it yet. */
static _Thread_local weir_rt *inherited;

static bool is_used(const weir_rt *rt)
{
    return rt && (rt->worker.cx.polling || weir_sleeper_is_used(rt->worker.sleeper));
}

static void drop_inherited(void)
{
    if (inherited && !is_used(inherited)) {
        weir_rt_drop(inherited);
        inherited = NULL;
    }
}

static void set_aside(void)
{
    weir_worker_here = thread_own ? &thread_own->worker : NULL;
    if (!thread_own || weir_driver_is_ours(thread_own->worker.driver))
        return;
    drop_inherited();
    weir_worker_here = NULL;
    inherited = inherited ? inherited : thread_own;
    thread_own = NULL;
}

static void drop_own(void *rt)
{
    drop_inherited();
    if (weir_worker_here == &((weir_rt *)rt)->worker)
        weir_worker_here = NULL;
    thread_own = NULL;
    weir_rt_drop(rt);
}

static pthread_key_t key;
static int key_error;

static void thread_make_key(void)
{
    key_error = pthread_key_create(&key, drop_own);
}

/* Dropped when the thread ends. False: it could not be arranged. */
static bool thread_keep(weir_rt *rt)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, thread_make_key);
    return !key_error && !pthread_setspecific(key, rt);
}

static weir_worker *make_own(weir_error *error)
{
    weir_rt *rt = weir_rt_new(NULL, error);
    if (!rt)
        return NULL;
    if (!thread_keep(rt)) {
        weir_rt_drop(rt);
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a thread's runtime");
        return NULL;
    }
    thread_own = rt;
    return weir_worker_here = &rt->worker;
}

weir_worker *weir_thread_worker(weir_error *error)
{
    weir_worker *here = weir_worker_here;
    if (WEIR_LIKELY(here && weir_driver_is_ours(here->driver)))
        return here;
    if (here)
        set_aside();
    return weir_worker_here ? weir_worker_here : make_own(error);
}

void weir_thread_end(void)
{
    if (is_used(thread_own))
        weir_misuse("weir_thread_end", "was called inside of a loop or a poll of its thread");
    while (thread_own) { /* what is dropped may make another */
        pthread_setspecific(key, NULL);
        drop_own(thread_own);
    }
    drop_inherited();
}

/* The main thread does not end: what nobody took is told when the program does. */
__attribute__((destructor)) static void tell_at_exit(void)
{
    if (thread_own)
        weir_sleeper_tell(thread_own->worker.sleeper);
}
