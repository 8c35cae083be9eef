/* How often this process came out of a fork. Cheaper than asking for its id, which is a system
 * call: runs of a runtime are compared with it. */

#include <pthread.h>
#include <stdatomic.h>

#include "driver/driver.h"

static _Atomic unsigned forks;
static pthread_once_t watched = PTHREAD_ONCE_INIT;

static void forks_count(void)
{
    atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

static void forks_watch(void)
{
    pthread_atfork(NULL, NULL, forks_count);
}

unsigned weir_forks(void)
{
    pthread_once(&watched, forks_watch);
    return atomic_load_explicit(&forks, memory_order_relaxed);
}
