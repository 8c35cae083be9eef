/* Start against cancel: weir_worker_take() and weir_turn() of src/task/turn.c, and
 * weir_task_tell() of src/task/task.c. A task that nobody has polled stands in a ring,
 * where any worker may take it. Who takes it writes whose it is, then looks whether it was
 * cancelled, and looks again at the end of each turn; who cancels it says so, then looks whose it
 * is, and wakes it where it is somebody's.
 *   - a cancelled task ends: else its worker waits for ever, which is an invalid end state
 *   - it ends once
 *   - what was cancelled before anybody took it is never polled
 *
 * mutants: flag_read_first home_read_first no_look no_look_at_the_end told_elsewhere no_again
 */
#define TASKS 1
#include "word.pml"

#define WORKERS 2

byte home = NONE;
bool in_ring = true, cancelled, cancel_is_over;
bool inbox[WORKERS];
byte ends;

inline make_ready(t, at_home)
{
#ifdef told_elsewhere
    inbox[0] = true
#else
    inbox[where] = true
#endif
}

proctype canceller()
{
    byte where;
    mtype seen;
#ifdef home_read_first
    where = home;
    cancelled = true;
#else
    cancelled = true;
    where = home;
#endif
    if
    :: where != NONE -> wake(0, false)
    :: else
    fi;
    cancel_is_over = true
}

inline look()
{
    if
    :: cancelled -> ends++; break
    :: else
    fi
}

proctype worker(byte me)
{
    bool again, too_late;
    if
    :: atomic { in_ring -> in_ring = false; too_late = cancel_is_over }
#ifdef flag_read_first
        do
        :: look(); home = me; break
        od;
#else
        home = me;
#endif
        do
        :: !ends ->
#ifndef no_look
#ifndef flag_read_first
            look();
#endif
#endif
            state[0] = RUNNING;
            assert(!too_late); /* it is polled */
#ifndef flag_read_first
#ifndef no_look_at_the_end
            look();
#endif
#endif
            settle(0, again);
            if
            :: again
            :: else -> inbox[me]; inbox[me] = false
            fi
        :: ends -> break
        od
    :: !in_ring
    fi
}

init
{
    atomic {
        run worker(0);
        run worker(1);
        run canceller()
    }
    _nr_pr == 1;
    assert(ends == 1)
}
