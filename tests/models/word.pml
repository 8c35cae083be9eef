/* The state word of a task and its waker, as src/task/task.c has them. Each step of another
 * thread can fall between two lines here; an operation of C's <stdatomic.h> is one atomic step.
 * Whoever includes this defines TASKS, and make_ready(t, at_home) for a task that was idle. */

#define NONE 255

mtype = { IDLE, READY, RUNNING, AGAIN, DONE };

mtype state[TASKS] = READY;
byte refs[TASKS] = 1; /* of the waker: its worker's, and one more for each who may wake it */
bool freed[TASKS];

#define touch(t) assert(!freed[t])

inline unref(t)
{
    d_step {
        touch(t);
        refs[t]--;
        if
        :: refs[t] == 0 -> freed[t] = true
        :: else
        fi
    }
}

#ifdef no_again
#define woken(s) (s == IDLE -> READY : s)
#else
#define woken(s) (s == IDLE -> READY : (s == RUNNING -> AGAIN : s))
#endif

/* task_wake(). The caller has a reference, and a variable `mtype seen`. */
inline wake(t, at_home)
{
    d_step { touch(t); seen = state[t] }
    do
    :: seen == DONE -> break
    :: else ->
        atomic {
            touch(t);
            if
            :: state[t] == seen -> state[t] = woken(seen); break
            :: else -> seen = state[t]
            fi
        }
    od;
    if
    :: seen == IDLE -> make_ready(t, at_home)
#ifdef ready_twice
    :: seen == READY -> make_ready(t, at_home)
#endif
    :: else
    fi
}

/* weir_worker_settle_down(): it is idle, or `again` says that it was woken meanwhile. */
inline settle(t, again)
{
#ifdef blind_settle
    again = state[t] != RUNNING;
    if
    :: !again -> state[t] = IDLE
    :: else
    fi
#else
    d_step {
        touch(t);
        if
        :: state[t] == RUNNING -> state[t] = IDLE; again = false
        :: else -> again = true
        fi
    }
#endif
}
