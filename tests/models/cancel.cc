/* Start against cancel: weir_worker_take() and weir_turn() of src/task/turn.c write whose a task is,
 * then look at `cancelled`; weir_task_tell() of src/task/task.c writes that, then looks
 * whose it is. One of them sees the other.
 *
 * mutants: inbox_release cancelled_acquire cancelled_relaxed cancelled_release inbox_acquire
 */
#include "model.h"

struct cancel : rl::test_suite<cancel, 2> {
    rl::atomic<int> inbox, cancelled;
    bool taker_saw, canceller_saw;

    void before()
    {
        inbox($).store(0, mo_relaxed);
        cancelled($).store(0, mo_relaxed);
    }

    void thread(unsigned who)
    {
        if (who == 0) {
            inbox($).store(1, order(mo_seq_cst, "inbox_release", mo_release));
            rl::memory_order as = order(mo_seq_cst, "cancelled_acquire", mo_acquire);
            taker_saw = cancelled($).load(is("cancelled_relaxed") ? mo_relaxed : as);
        } else {
            cancelled($).store(1, order(mo_seq_cst, "cancelled_release", mo_release));
            canceller_saw = inbox($).load(order(mo_seq_cst, "inbox_acquire", mo_acquire));
        }
    }

    void after() { RL_ASSERT(taker_saw || canceller_saw); }
};

int main(int argc, char **argv)
{
    return model<cancel>(argc, argv, 0);
}
