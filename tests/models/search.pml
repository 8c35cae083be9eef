/* Who searches is a reason to call nobody, and so is one who was called before:
 * weir_workers_search(), weir_workers_pass_on(), weir_workers_find() of src/task/workers_tasks.c.
 * Of three workers one spawns two tasks and then runs until both are taken, one sleeps, and one is
 * woken for a task of its own, which runs as long.
 *   - the one that sleeps is called in the end
 *
 * mutants: keeps_the_call nobody_called_on called_stays no_recheck
 */
#define WORKERS 3
#include "workers.pml"

#define nothing_left (ring[0] + ring[1] + ring[2] + line == 0)

proctype busy()
{
    byte i, asleep_seen;
    put(ring[0]);
    put(ring[0]);
    nothing_left
}

proctype worker(byte me)
{
    byte i, asleep_seen;
    bool found, searched;
    if
    :: me == 2 -> sleep()
    :: else
    fi;
    do
    :: true ->
        found = false;
        take(inbox[me]);
        pass_on();
        if
        :: found -> found = false; nothing_left; raised[me] = false
        :: else ->
            find();
            if
            :: found -> found = false; raised[me] = false
            :: else -> search_and_sleep(); searched = true
            fi
        fi
    od
}

proctype waker()
{
    inbox[1] = true;
    if
    :: sleeping[1] -> raised[1] = true
    :: !sleeping[1]
    fi
}

init
{
    atomic {
        run busy();
        run worker(1);
        run worker(2);
        run waker()
    }
    timeout;
    assert(nothing_left)
}
