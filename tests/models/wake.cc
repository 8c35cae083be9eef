/* The state word and the inbox: task_wake(), be_running(), weir_worker_settle_down(), src/task/inbox.c.
 * A wake writes the state also where it stays what it is: the turn
 * that follows sees what was done before it. Who pushed looks whether the worker sleeps, which said
 * so before it looked.
 *
 * mutants: wake_relaxed wake_without_write running_relaxed push_relaxed take_relaxed
 * mutants: raised_acquire sleeping_release
 */
#include "model.h"

enum { IDLE, READY, RUNNING, AGAIN };

struct wake : rl::test_suite<wake, 3> {
    rl::atomic<int> state, first, happened[2], sleeping;
    rl::var<int> next_ready;
    bool pushed[2], raised, seen[2];

    void before()
    {
        state($).store(IDLE, mo_relaxed);
        first($).store(0, mo_relaxed);
        sleeping($).store(0, mo_relaxed);
        raised = false;
        for (int i = 0; i < 2; i++) {
            happened[i]($).store(0, mo_relaxed);
            pushed[i] = seen[i] = false;
        }
    }

    static int woken(int state)
    {
        return state == IDLE ? READY : state == RUNNING ? AGAIN : state;
    }

    void push()
    {
        int none = 0;
        next_ready($) = 1;
        first($).compare_exchange_strong(none, 1, order(mo_seq_cst, "push_relaxed", mo_relaxed),
                                         mo_relaxed);
        if (sleeping($).load(order(mo_seq_cst, "raised_acquire", mo_acquire)))
            raised = true;
    }

    void wake_it(int who)
    {
        happened[who]($).store(1, mo_relaxed);
        int old = state($).load(mo_relaxed);
        do
            if (is("wake_without_write") && woken(old) == old)
                return;
        while (!state($).compare_exchange_weak(
            old, woken(old), order(mo_seq_cst, "wake_relaxed", mo_relaxed), mo_relaxed));
        pushed[who] = old == IDLE;
        if (pushed[who])
            push();
    }

    /* A turn: what it sees is what it consumes. */
    void turn()
    {
        int running;
        do {
            state($).exchange(RUNNING, order(mo_seq_cst, "running_relaxed", mo_relaxed));
            for (int i = 0; i < 2; i++)
                seen[i] |= happened[i]($).load(mo_relaxed);
            running = RUNNING;
        } while (!state($).compare_exchange_strong(running, IDLE, mo_seq_cst, mo_relaxed));
    }

    bool take()
    {
        if (!first($).exchange(0, order(mo_acquire, "take_relaxed", mo_relaxed)))
            return false;
        RL_ASSERT(next_ready($) == 1);
        turn();
        return true;
    }

    bool asleep; /* with nothing to do, as it found */

    void work()
    {
        asleep = false;
        if (take())
            return;
        sleeping($).store(1, order(mo_seq_cst, "sleeping_release", mo_release));
        if (first($).load(mo_seq_cst))
            take();
        else
            asleep = true;
    }

    void thread(unsigned who)
    {
        if (who == 2)
            work();
        else
            wake_it((int)who);
    }

    void after()
    {
        bool stands = first($).load(mo_relaxed);
        RL_ASSERT(!stands || !asleep || raised);
        if (!stands)
            RL_ASSERT(seen[0] && seen[1]);
    }
};

int main(int argc, char **argv)
{
    return model<wake>(argc, argv, 100000);
}
