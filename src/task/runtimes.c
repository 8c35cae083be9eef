/* Which runtimes there are: for who holds a handle of a task on another one, which may be dropped
 * by its thread at any time. */

#include "task/runtimes.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    weir_rt *first;
    uint64_t made;
    void (*opened)(weir_rt *rt); /* weir_rt_on_open() */
    void (*closing)(weir_rt *rt);
    weir_rt *spread; /* has a worker for each processor, though nobody asked for them */
} runtimes = {.lock = PTHREAD_MUTEX_INITIALIZER, .given_back = PTHREAD_COND_INITIALIZER};

/* ---- forks: the list is whole in both processes, and the other threads are not there ---- */

static void runtimes_enter(void)
{
    pthread_mutex_lock(&runtimes.lock);
}

static void runtimes_leave(void)
{
    pthread_mutex_unlock(&runtimes.lock);
}

static void runtimes_begin_anew(void)
{
    pthread_mutex_init(&runtimes.lock, NULL);
    pthread_cond_init(&runtimes.given_back, NULL);
    runtimes.spread = NULL;
    bool told = false;
    for (weir_rt *rt = runtimes.first; rt; rt = rt->next) {
        told |= rt->told;
        rt->borrowed = 0;
        rt->told = false;
    }
    if (told) /* who listened has no threads here; who waits for the first one goes on waiting */
        runtimes.opened = runtimes.closing = NULL;
}

static void runtimes_watch(void)
{
    pthread_atfork(runtimes_enter, runtimes_leave, runtimes_begin_anew);
}

void weir_rt_watch_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, runtimes_watch);
}

/* ---- who is told of them ---- */

static void tell_opened(weir_rt *rt)
{
    rt->told = runtimes.opened && !rt->closes;
    if (rt->told)
        runtimes.opened(rt);
}

void weir_rt_on_open(void (*opened)(weir_rt *rt), void (*closing)(weir_rt *rt))
{
    runtimes_enter();
    runtimes.opened = opened;
    runtimes.closing = closing;
    for (weir_rt *rt = runtimes.first; rt; rt = rt->next)
        tell_opened(rt);
    runtimes_leave();
}

void weir_rt_close(weir_rt *rt)
{
    runtimes_enter();
    rt->closes = true;
    if (rt->told && runtimes.closing)
        runtimes.closing(rt);
    rt->told = false;
    runtimes_leave();
}

/* ---- the list ---- */

_Thread_local bool weir_rt_unlisted;

void weir_rt_enlist(weir_rt *rt)
{
    if (weir_rt_unlisted)
        return;
    weir_rt_watch_forks();
    runtimes_enter();
    rt->number = ++runtimes.made;
    rt->next = runtimes.first;
    rt->at = &runtimes.first;
    if (rt->next)
        rt->next->at = &rt->next;
    runtimes.first = rt;
    tell_opened(rt);
    runtimes_leave();
}

/* Its place is others' too: who leaves before it in the list changes that. */
static void leave_list(weir_rt *rt)
{
    if (!rt->at)
        return;
    *rt->at = rt->next;
    if (rt->next)
        rt->next->at = rt->at;
}

void weir_rt_delist(weir_rt *rt)
{
    runtimes_enter();
    leave_list(rt);
    if (runtimes.spread == rt)
        runtimes.spread = NULL;
    while (rt->borrowed)
        pthread_cond_wait(&runtimes.given_back, &runtimes.lock);
    runtimes_leave();
}

bool weir_rt_borrow(weir_rt *rt)
{
    runtimes_enter();
    weir_rt *found = runtimes.first;
    while (found && found != rt)
        found = found->next;
    if (found)
        found->borrowed++;
    runtimes_leave();
    return found;
}

size_t weir_rt_borrow_all(weir_rt **out, size_t n)
{
    size_t found = 0;
    runtimes_enter();
    for (weir_rt *rt = runtimes.first; rt && found < n; rt = rt->next) {
        rt->borrowed++;
        out[found++] = rt;
    }
    runtimes_leave();
    return found;
}

void weir_rt_give_back(weir_rt *rt)
{
    runtimes_enter();
    rt->borrowed--;
    pthread_cond_broadcast(&runtimes.given_back);
    runtimes_leave();
}

bool weir_rt_may_spread(weir_rt *rt)
{
    runtimes_enter();
    if (!runtimes.spread)
        runtimes.spread = rt;
    bool may = runtimes.spread == rt;
    runtimes_leave();
    return may;
}
