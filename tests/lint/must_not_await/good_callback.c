/* Under the lock a function of the caller's is called: whether it waits, nobody can see here. */
#include <weir.h>

struct subscribers {
    weir_lock lock;
    void (*call[4])(void *arg, uint64_t event);
    void *arg[4];
    size_t n;
};

bool publish(struct subscribers *all, uint64_t event)
{
    weir_locked (&all->lock)
        for (size_t i = 0; i < all->n; i++)
            all->call[i](all->arg[i], event);
    return weir_pause();
}
