/* lock: a mutex for moments; checking builds count those that are held. */

#include "task/lock.h"

#include <pthread.h>

#include "task/relax.h"

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(weir_lock), "it stands in there, all zero bytes");
_Static_assert(_Alignof(pthread_mutex_t) <= _Alignof(weir_lock), "and where that may stand");

enum { SPINS_MAX = 100, LOCK_TEXT_BYTES = 400 };

__thread struct weir_held weir_held_here;

void weir_held_misuse(void)
{
    char text[LOCK_TEXT_BYTES];
    const weir_site *site = &weir_held_here.first;
    weir_format(text, sizeof text,
                "waits while it holds the weir_lock that it took at %s:%u: a weir_mutex may be "
                "held over a wait",
                site->file, site->line);
    weir_misuse(site->function, text);
}

static pthread_mutex_t *lock_mutex_of(weir_lock *lock)
{
    return (pthread_mutex_t *)(void *)lock;
}

static void lock_note(weir_site site)
{
    if (WEIR_CHECKS && !weir_held_here.n++)
        weir_held_here.first = site;
}

/* Who holds it is most often done in less time than it takes to sleep. */
void weir_lock_take_at(weir_lock *lock, weir_site site)
{
    pthread_mutex_t *mutex = lock_mutex_of(lock);
    for (int i = 0; pthread_mutex_trylock(mutex) != 0; i++) {
        if (i == SPINS_MAX) {
            pthread_mutex_lock(mutex);
            break;
        }
        weir_relax();
    }
    lock_note(site);
}

bool weir_lock_try_at(weir_lock *lock, weir_site site)
{
    if (pthread_mutex_trylock(lock_mutex_of(lock)) != 0)
        return false;
    lock_note(site);
    return true;
}

void weir_lock_give(weir_lock *lock)
{
    if (WEIR_CHECKS && weir_held_here.n)
        weir_held_here.n--;
    pthread_mutex_unlock(lock_mutex_of(lock));
}
