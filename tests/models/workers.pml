/* Parking, as src/task/workers_sleep.c has it, and wait() of src/task/worker_loop.c. Each step of
 * another thread can fall between two lines here. Whoever includes this defines WORKERS; its
 * workers have `byte me, i, asleep_seen; bool found, searched`. */

byte ring[WORKERS], line;
bool inbox[WORKERS];
bool sleeping[WORKERS], called[WORKERS], raised[WORKERS];
byte asleep, searching;

/* call(), call_one() */
inline call_one()
{
    if
    :: asleep_seen && !searching ->
        i = 0;
        do
        :: i == WORKERS -> break
        :: else ->
            if
            :: sleeping[i] ->
                if
                :: atomic { !called[i] -> called[i] = true } raised[i] = true; break
                :: atomic { called[i] -> i++ }
                fi
            :: !sleeping[i] -> i++
            fi
        od;
        i = 0
    :: else
    fi;
    asleep_seen = 0
}

inline put(where)
{
#ifdef look_before_put
    asleep_seen = asleep;
    where++;
#else
    where++;
    asleep_seen = asleep;
#endif
    call_one()
}

inline take(where)
{
    if
    :: found
    :: else ->
        atomic {
            if
            :: where -> where--; found = true
            :: else
            fi
        }
    fi
}

inline look(where)
{
    if
    :: found
    :: else -> found = where > 0
    fi
}

/* weir_workers_have_any() */
inline have_any()
{
    found = false;
#ifndef recheck_without_line
    look(line);
#endif
#ifndef recheck_without_rings
    look(ring[0]);
    look(ring[1]);
#if WORKERS > 2
    look(ring[2]);
#endif
#endif
}

/* weir_workers_find() */
inline find()
{
    found = false;
    take(ring[me]);
    if
    :: found
    :: else ->
        take(line);
        take(ring[(me + 1) % WORKERS]);
#if WORKERS > 2
        take(ring[(me + 2) % WORKERS]);
#endif
        if
        :: found ->
            have_any();
#ifndef nobody_called_on
            if
            :: found -> asleep_seen = asleep; call_one()
            :: else
            fi;
#endif
            found = true
        :: else
        fi
    fi
}

inline has_work()
{
    have_any();
#ifndef recheck_without_inbox
    look(inbox[me])
#endif
}

inline sleep()
{
#ifndef sleeping_after_look
#ifndef called_stays
    called[me] = false;
#endif
    sleeping[me] = true;
#endif
#ifdef count_after_look
    has_work();
    asleep++;
#else
    asleep++;
    has_work();
#endif
#ifdef sleeping_after_look
    called[me] = false;
    sleeping[me] = true;
#endif
#ifdef no_recheck
    found = false;
#endif
    if
    :: found -> raised[me] = false
    :: else ->
#ifdef clear_before_wait
        raised[me] = false;
#endif
end_asleep:
        raised[me];
        raised[me] = false
    fi;
    sleeping[me] = false;
#ifdef called_stays
    called[me] = false;
#endif
    asleep--
}

/* wait(): the search before it may find something, or nothing, whatever stands there. */
inline search_and_sleep()
{
    searching++;
    if
    :: found = true
    :: found = false
    fi;
#ifdef searcher_sleeps_at_once
    if
    :: found -> searching--
    :: else -> raised[me]; raised[me] = false; searching--
    fi
#else
    searching--;
    if
    :: found -> raised[me] = false /* it looks at the driver without a wait */
    :: else -> sleep()
    fi
#endif
}

/* weir_workers_pass_on(): it was called, or the reason why nobody was, and has something else to do. */
inline pass_on()
{
#ifndef keeps_the_call
    if
    :: searched && found ->
        have_any();
        if
        :: found -> asleep_seen = asleep; call_one()
        :: else
        fi;
        found = true
    :: else
    fi;
#endif
    searched = false
}
