/* The children of a task: weir_task_adopt() and weir_task_lose_child() of src/task/task.c, end() of
 * src/task/turn.c. It is over when its future is and the last child is. Each child has a reference
 * to its parent, counts itself off, wakes the parent if it was the last, and lets its reference go.
 *   - a parent ends: else its worker waits for ever, which is an invalid end state
 *   - no child is alive when it does
 *   - no child touches it after it may be freed
 *
 * A child may have a child of its own, on the worker of the third.
 *
 * mutants: unref_before_wake no_reference wake_before_count count_in_two end_early blind_settle
 * mutants: no_again last_is_not_told
 */
#define TASKS 2
#include "word.pml"

byte children[TASKS]; /* task 1 is a child of task 0 */
bool over[TASKS];
byte alive = 3;       /* those that may not outlive task 0 */
bool inbox[TASKS];    /* each task has a worker of its own here */

inline make_ready(t, at_home)
{
    d_step { touch(t); assert(!inbox[t]); inbox[t] = true }
}

inline tell(parent)
{
#ifdef wake_before_count
    wake(parent, false);
#endif
#ifdef count_in_two
    d_step { touch(parent); left = children[parent] - 1 }
    d_step { touch(parent); children[parent] = left }
#else
    d_step { touch(parent); children[parent]--; left = children[parent] }
#endif
#ifdef unref_before_wake
    unref(parent);
#endif
#ifndef wake_before_count
    if
#ifdef last_is_not_told
    :: left == 1 -> wake(parent, false)
#else
    :: left == 0 -> wake(parent, false)
#endif
    :: else
    fi;
#endif
#ifndef no_reference
#ifndef unref_before_wake
    unref(parent)
#endif
#endif
}

/* A task without children. */
proctype leaf(byte parent)
{
    byte left;
    mtype seen;
    alive--;
    tell(parent)
}

/* Its future is over after a turn or two; then it waits for its children. */
inline run_to_end(me)
{
    state[me] = RUNNING;
    do
    :: true ->
        if
        :: over[me] = true
        :: skip
        fi;
#ifdef end_early
        if
        :: over[me] -> break
        :: else
        fi;
#else
        if
        :: over[me] && children[me] == 0 -> break
        :: else
        fi;
#endif
        settle(me, again);
        if
        :: again
        :: !again && !over[me] -> wake(me, true); inbox[me]; inbox[me] = false /* its event */
        :: !again && over[me] -> inbox[me]; inbox[me] = false
        fi;
        state[me] = RUNNING
    od;
    state[me] = DONE
}

proctype middle()
{
    byte left;
    mtype seen;
    bool again;
#ifndef no_reference
    refs[1]++;
#endif
    children[1] = 1;
    run leaf(1);
    run_to_end(1);
    alive--;
    unref(1);
    tell(0)
}

active proctype root()
{
    mtype seen;
    bool again;
    atomic {
#ifndef no_reference
        refs[0] = 3;
#endif
        children[0] = 2
    }
    run leaf(0);
    run middle();
    run_to_end(0);
    assert(alive == 0);
    unref(0);
    _nr_pr == 1;
    assert(freed[0] && freed[1])
}
