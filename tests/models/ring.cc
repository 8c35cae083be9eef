/* The ring of tasks that nobody has polled: its owner pushes, and takes from the same end as the
 * thieves do, first in, first out. weir_ring_push() and weir_ring_take() of src/task/ring.h, with
 * two places.
 *   - each task is taken once, and whoever took it sees what was written before it was pushed
 *
 * mutants: push_relaxed end_relaxed read_after_claim claim_in_two one_too_many
 */
#include "model.h"

enum { PLACES = 2, TASKS = 5 };

struct ring : rl::test_suite<ring, 3> {
    rl::atomic<long> first, end;
    rl::atomic<int> tasks[PLACES];
    rl::var<int> written[TASKS];
    int taken[TASKS];

    void before()
    {
        first($).store(0, mo_relaxed);
        end($).store(0, mo_relaxed);
        for (int i = 0; i < PLACES; i++)
            tasks[i]($).store(-1, mo_relaxed);
        for (int i = 0; i < TASKS; i++)
            taken[i] = 0;
    }

    bool push(int task)
    {
        long at = end($).load(mo_relaxed);
        long from = first($).load(mo_acquire);
        if (at - from >= PLACES + is("one_too_many"))
            return false;
        tasks[at % PLACES]($).store(task, mo_relaxed);
        end($).store(at + 1, order(mo_release, "push_relaxed", mo_relaxed));
        return true;
    }

    bool claim(long &at)
    {
        if (!is("claim_in_two"))
            return first($).compare_exchange_weak(at, at + 1, mo_seq_cst, mo_seq_cst);
        if (first($).load(mo_acquire) != at)
            return false;
        first($).store(at + 1, mo_release);
        return true;
    }

    int take()
    {
        long at = first($).load(mo_acquire);
        while (at < end($).load(order(mo_acquire, "end_relaxed", mo_relaxed))) {
            int task = tasks[at % PLACES]($).load(mo_relaxed);
            long mine = at;
            if (claim(at))
                return is("read_after_claim") ? tasks[mine % PLACES]($).load(mo_relaxed) : task;
        }
        return -1;
    }

    bool take_one()
    {
        int task = take();
        if (task < 0)
            return false;
        RL_ASSERT(written[task]($) == task);
        written[task]($) = -1; /* it is polled: it belongs to who took it */
        taken[task]++;
        return true;
    }

    void thread(unsigned who)
    {
        if (who) {
            take_one();
            take_one();
            return;
        }
        for (int task = 0; task < TASKS; task++) {
            written[task]($) = task;
            while (!push(task))
                take_one();
        }
        while (take_one())
            ;
    }

    void after()
    {
        for (int i = 0; i < TASKS; i++)
            RL_ASSERT(taken[i] == 1);
    }
};

int main(int argc, char **argv)
{
    return model<ring>(argc, argv, 100000);
}
