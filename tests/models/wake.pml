/* The state word and the inbox: task_wake() of src/task/task.c, weir_worker_settle_down() and
 * weir_worker_end() of src/task/turn.c, wait() of src/task/worker_loop.c, all of src/task/inbox.c.
 *
 * Three threads wake two tasks of one worker, which sleeps when nothing is ready. One task wakes
 * itself once; the other one may be ended by its worker at any time.
 *   - each wake is followed by a turn that sees what was done before it: else the worker sleeps for
 *     ever, which is an invalid end state
 *   - no task stands in a queue twice, nor in the queue and in the inbox
 *   - no task and no inbox is touched after its last reference went
 *
 * mutants: no_again blind_settle ready_twice no_recheck raise_first no_reference unref_first
 * mutants: take_in_two no_keep
 */
#define TASKS 2
#include "word.pml"

#define CLOSED 254

byte next[TASKS] = NONE; /* next_ready: one link for both */
bool queued[TASKS];
byte happened[TASKS]; /* what is done before a wake, and not yet seen */
byte wanted[TASKS];
bool keeps[TASKS];

byte first = NONE; /* of the inbox */
byte inbox_refs = 1;
bool inbox_freed, sleeping, raised;

byte ready_first = NONE, ready_last = NONE;

#define touch_inbox assert(!inbox_freed)

inline drop_waker(t)
{
    d_step {
        touch(t);
        refs[t]--;
        if
        :: refs[t] == 0 ->
            freed[t] = true;
            if
            :: keeps[t] -> inbox_refs--
            :: else
            fi;
            if
            :: inbox_refs == 0 -> inbox_freed = true
            :: else
            fi
        :: else
        fi
    }
}

inline ready_push(t)
{
    d_step {
        touch(t);
        assert(!queued[t]);
        queued[t] = true;
        next[t] = NONE;
        if
        :: ready_last != NONE -> next[ready_last] = t
        :: else -> ready_first = t
        fi;
        ready_last = t
    }
}

/* weir_inbox_push() */
inline inbox_push(t)
{
#ifndef no_reference
    d_step { touch(t); refs[t]++ }
#endif
    d_step { assert(!queued[t]); queued[t] = true }
    d_step { touch_inbox; old = first }
#ifdef raise_first
    slept = sleeping;
#endif
    do
    :: old == CLOSED -> drop_waker(t); break
    :: else ->
        d_step { touch(t); next[t] = old }
        atomic {
            touch_inbox;
            if
            :: first == old -> first = t; break
            :: else -> old = first
            fi
        }
    od;
#ifdef raise_first
    if
    :: old == NONE && slept -> raised = true
    :: else
    fi
#else
    if
    :: old == NONE ->
        d_step { touch_inbox; slept = sleeping }
        if
        :: slept -> touch_inbox; raised = true
        :: else
        fi
    :: else
    fi
#endif
}

inline make_ready(t, at_home)
{
    if
    :: at_home -> ready_push(t)
    :: else -> inbox_push(t)
    fi
}

proctype waker(byte t)
{
    mtype seen;
    byte old;
    bool slept;
    happened[t]++;
    wake(t, false);
    drop_waker(t)
}

/* weir_inbox_take(): emptied at once, reversed, each into the queue. */
inline inbox_take()
{
#ifdef take_in_two
    list = first;
    if
    :: list != NONE -> first = NONE
    :: else
    fi;
#else
    d_step { list = first; first = NONE }
#endif
    oldest = NONE;
    do
    :: list == NONE -> break
    :: else -> 
        d_step {
            touch(list);
            after = next[list];
            next[list] = oldest;
            oldest = list;
            list = after
        }
    od;
    do
    :: oldest == NONE -> break
    :: else ->
        d_step { touch(oldest); after = next[oldest]; queued[oldest] = false }
#ifdef unref_first
        drop_waker(oldest);
#endif
        d_step { touch(oldest); seen = state[oldest] }
        if
        :: seen == READY -> ready_push(oldest)
        :: else
        fi;
#ifndef unref_first
        drop_waker(oldest);
#endif
        oldest = after
    od
}

inline ready_take()
{
    d_step {
        task = ready_first;
        ready_first = next[task];
        queued[task] = false;
        if
        :: ready_first == NONE -> ready_last = NONE
        :: else
        fi
    }
}

/* let_go(): the waker's last reference may be somebody else's. */
inline let_go(t)
{
#ifndef no_keep
    d_step {
        if
        :: refs[t] != 1 -> keeps[t] = true; inbox_refs++
        :: else
        fi
    }
#endif
    live--;
    drop_waker(t)
}

/* weir_worker_end(): it leaves the queue, where it stands there and not in the inbox. */
inline end_task(t)
{
    d_step {
        if
        :: (state[t] == READY || state[t] == AGAIN) && ready_first == t ->
            ready_first = next[t];
            queued[t] = false;
            if
            :: ready_last == t -> ready_last = NONE
            :: else
            fi
        :: (state[t] == READY || state[t] == AGAIN) && ready_first != t && ready_last == t ->
            ready_last = ready_first;
            next[ready_first] = NONE;
            queued[t] = false
        :: else
        fi
    }
    state[t] = DONE;
    let_go(t)
}

active proctype worker()
{
    mtype seen;
    byte list, oldest, after, task, old;
    byte live = TASKS, had[TASKS];
    bool slept, again, yielded, ended;

    d_step {
        wanted[0] = 2;
        wanted[1] = 1;
        refs[0] = 3;
        refs[1] = 2;
        ready_first = 0;
        next[0] = 1;
        ready_last = 1;
        queued[0] = true;
        queued[1] = true
    }
    run waker(0);
    run waker(0);
    run waker(1);
    do
    :: live == 0 -> break
    :: else ->
        inbox_take();
        do
        :: ready_first == NONE -> break
        :: else ->
            ready_take();
            state[task] = RUNNING;
            d_step { had[task] = had[task] + happened[task]; happened[task] = 0 }
            if
            :: had[task] == wanted[task] -> state[task] = DONE; let_go(task)
            :: else ->
                if
                :: task == 0 && !yielded -> yielded = true; wake(0, true)
                :: task != 0 || yielded
                fi;
                settle(task, again);
                if
                :: again -> ready_push(task)
                :: else
                fi
            fi
        od;
        if
        :: !ended && state[1] != DONE -> ended = true; end_task(1)
        :: true
        fi;
        if
        :: live ->
            sleeping = true;
            if
#ifdef no_recheck
            :: raised -> raised = false
#else
            :: first == NONE -> raised; raised = false
            :: first != NONE
#endif
            fi;
            sleeping = false
        :: else
        fi
    od;
    /* weir_inbox_close(), and the worker's reference */
    atomic { list = first; first = CLOSED }
    do
    :: list == NONE -> break
    :: else -> d_step { touch(list); after = next[list] } drop_waker(list); list = after
    od;
    atomic {
        inbox_refs--;
        if
        :: inbox_refs == 0 -> inbox_freed = true
        :: else
        fi
    }
    /* Nothing stays behind: all wakers are gone, so are all tasks. */
    _nr_pr == 1;
    assert(freed[0] && freed[1] && inbox_freed)
}
