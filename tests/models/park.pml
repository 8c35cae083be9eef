/* Parking: src/task/workers_sleep.c, and src/task/worker_loop.c around it. A worker that finds
 * nothing searches for a while, says that it sleeps, counts itself among those asleep, looks at
 * everything again, and waits. Who puts a task somewhere looks at the count behind it, and calls
 * one that sleeps, unless somebody searches.
 *   - a worker does not sleep while a task stands that it could take: at the end, when all sleep or
 *     run a task that is long, none is left
 *
 * mutants: no_recheck count_after_look sleeping_after_look look_before_put recheck_without_inbox
 * mutants: recheck_without_line recheck_without_rings searcher_sleeps_at_once called_stays
 * mutants: clear_before_wait
 */
#define WORKERS 2
#include "workers.pml"

byte to_spawn = 1;
bool one_is_long;

/* A task may spawn another one, and one of them runs until somebody took that one. */
inline work()
{
    if
    :: atomic { to_spawn -> to_spawn-- }
        put(ring[me]);
        if
        :: atomic { !one_is_long -> one_is_long = true } ring[me] == 0
        :: true
        fi
    :: true
    fi
}

proctype worker(byte me)
{
    byte i, asleep_seen;
    bool found, searched;
    do
    :: true ->
        found = false;
        take(inbox[me]);
        pass_on();
        if
        :: found -> found = false; raised[me] = false
        :: else ->
            find();
            if
            :: found -> found = false; work(); raised[me] = false /* as below */
            :: else -> search_and_sleep(); searched = true
            fi
        fi
    od
}

/* A thread of the program's own, which spawns; and one that wakes a task of worker 0. */
proctype spawner()
{
    byte i, asleep_seen;
    put(line)
}

proctype waker()
{
    inbox[0] = true;
    if
    :: sleeping[0] -> raised[0] = true
    :: !sleeping[0]
    fi
}

init
{
    atomic {
        run worker(0);
        run worker(1);
        run spawner();
        run waker()
    }
    timeout;
    assert(!ring[0] && !ring[1] && !line && !inbox[0])
}
