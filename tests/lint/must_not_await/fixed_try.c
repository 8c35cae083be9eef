/* It waits where another one has it, and holds nothing meanwhile. */
#include <errno.h>
#include <pthread.h>

#include <weir.h>

struct totals {
    pthread_mutex_t mutex;
    weir_lock lock;
};

bool totals_flush(struct totals *totals)
{
    if (pthread_mutex_trylock(&totals->mutex) == EBUSY)
        return weir_pause();
    pthread_mutex_unlock(&totals->mutex);
    return true;
}

bool totals_write(struct totals *totals)
{
    int how = pthread_mutex_trylock(&totals->mutex);
    if (how != EBUSY)
        pthread_mutex_unlock(&totals->mutex);
    else
        weir_ignore(weir_pause());
    return !how;
}

void totals_wait(struct totals *totals)
{
    if (weir_lock_try(&totals->lock) == true)
        weir_lock_give(&totals->lock);
    weir_ignore(weir_pause());
}
