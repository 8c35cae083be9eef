/* The join word, src/task/join.h: what each side wrote before its exchange is seen by who comes second.
 *
 * mutants: over_acquire over_release poll_relaxed store_acquire drop_acquire drop_release
 */
#include "model.h"

enum { NEW, WAKER, OVER, DETACHED };

struct join : rl::test_suite<join, 2> {
    rl::atomic<int> word;
    rl::var<int> result, block, waker; /* what the task wrote, the handle wrote, the waker is */
    bool waits, woken, disposed;

    void before()
    {
        word($).store(NEW, mo_relaxed);
        result($) = 0;
        waits = woken = disposed = false;
    }

    /* By who comes second: nobody else may be about to touch it. */
    void dispose()
    {
        RL_ASSERT(!disposed && result($) == 1);
        result($) = 0;
        block($) = 0;
        disposed = true;
    }

    void finish()
    {
        rl::memory_order as = order(mo_acq_rel, "over_acquire", mo_acquire);
        result($) = 1;
        int old = word($).exchange(OVER, is("over_release") ? mo_release : as);
        if (old == WAKER)
            woken = waker($) == 1;
        else if (old == DETACHED)
            dispose();
    }

    void poll()
    {
        int seen = word($).load(order(mo_acquire, "poll_relaxed", mo_relaxed));
        block($) = 1; /* the handle's part of it */
        waker($) = 1;
        rl::memory_order as = order(mo_acq_rel, "store_acquire", mo_acquire);
        waits = seen != OVER && word($).compare_exchange_strong(seen, WAKER, as, mo_acquire);
        if (!waits)
            dispose();
    }

    void drop()
    {
        rl::memory_order as = order(mo_acq_rel, "drop_acquire", mo_acquire);
        block($) = 1;
        if (word($).exchange(DETACHED, is("drop_release") ? mo_release : as) == OVER)
            dispose();
    }

    void thread(unsigned who)
    {
        if (who == 0)
            finish();
        else if (rl::rand(2))
            poll();
        else
            drop();
    }

    void after() { RL_ASSERT(waits ? woken && !disposed : disposed); }
};

int main(int argc, char **argv)
{
    return model<join>(argc, argv, 0);
}
