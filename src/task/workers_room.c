/* How many tasks there may be: of what is left of tasks_max each worker holds some, so that most
 * spawns touch nothing that is shared. */

#include "task/workers.h"

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
