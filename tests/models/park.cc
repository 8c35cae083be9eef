/* Parking: weir_workers_sleep() of src/task/workers_sleep.c says that a worker sleeps, counts it,
 * and looks at everything again; who put something somewhere looks at that behind it:
 * weir_inbox_push() at the worker, call_one() behind a fence at the count. Each finds the other,
 * whoever is first.
 *
 * mutants: no_fence sleeping_release asleep_late inbox_acquire push_release raise_acquire
 * mutants: look_acquire
 */
#include "model.h"

struct park : rl::test_suite<park, 4> {
    rl::atomic<int> sleeping, asleep, inbox, waiting, end;
    bool saw_inbox, saw_line, saw_ring, called_inbox, called_line, called_ring;

    void before()
    {
        for (rl::atomic<int> *word : {&sleeping, &asleep, &inbox, &waiting, &end})
            (*word)($).store(0, mo_relaxed);
    }

    bool call_one()
    {
        if (!is("no_fence"))
            rl::atomic_thread_fence(mo_seq_cst, $);
        return asleep($).load(mo_relaxed) && sleeping($).load(mo_seq_cst);
    }

    /* To C11 a seq_cst load sees what stands before another thread's fence that came earlier; the
     * checker knows that of two fences alone. */
    int look(const rl::atomic<int> &word)
    {
        if (is("look_acquire"))
            return word($).load(mo_acquire);
        rl::atomic_thread_fence(mo_seq_cst, $);
        return word($).load(mo_seq_cst);
    }

    void sleep()
    {
        sleeping($).store(1, order(mo_seq_cst, "sleeping_release", mo_release));
        saw_inbox = inbox($).load(order(mo_seq_cst, "inbox_acquire", mo_acquire));
        if (!is("asleep_late"))
            asleep($).fetch_add(1, mo_seq_cst);
        saw_line = look(waiting);
        saw_ring = look(end);
        if (is("asleep_late"))
            asleep($).fetch_add(1, mo_seq_cst);
    }

    void thread(unsigned who)
    {
        switch (who) {
        case 0:
            sleep();
            break;
        case 1:
            end($).store(1, mo_release);
            called_ring = call_one();
            break;
        case 2:
            waiting($).store(1, mo_seq_cst);
            called_line = call_one();
            break;
        default:
            inbox($).fetch_add(1, order(mo_seq_cst, "push_release", mo_release));
            called_inbox = sleeping($).load(order(mo_seq_cst, "raise_acquire", mo_acquire));
        }
    }

    void after()
    {
        RL_ASSERT(saw_inbox || called_inbox);
        RL_ASSERT(saw_line || called_line);
        RL_ASSERT(saw_ring || called_ring);
    }
};

int main(int argc, char **argv)
{
    return model<park>(argc, argv, 100000);
}
