/* A lock that was tried, where the answer is compared with what says that another one has it. */
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
        return false;
    bool on = weir_pause(); // lint: must_not_await 15-25
    pthread_mutex_unlock(&totals->mutex);
    return on;
}

bool totals_write(struct totals *totals)
{
    int how = pthread_mutex_trylock(&totals->mutex);
    if (how != EBUSY) {
        weir_ignore(weir_pause()); // lint: must_not_await 21-31
        pthread_mutex_unlock(&totals->mutex);
    }
    return !how;
}

void totals_wait(struct totals *totals)
{
    if (weir_lock_try(&totals->lock) == true) {
        weir_ignore(weir_pause()); // lint: must_not_await 21-31
        weir_lock_give(&totals->lock);
    }
}
