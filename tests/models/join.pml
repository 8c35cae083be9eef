/* The join word of a task, src/task/join.h: new, the waker of who awaits it, OVER, DETACHED. Who
 * polls the handle puts its waker there; the end of the task exchanges OVER for what stood there, the handle's drop
 * DETACHED; who comes second disposes of the task.
 *   - who awaits is woken: else it waits for ever, which is an invalid end state
 *   - the result is made, then taken or dropped, once
 *   - nothing is touched after the task was freed; each waker that was put there is let go, once
 *
 * mutants: touch_after_over blind_store blind_drop wake_before_over result_after_over
 * mutants: unref_before_wake forget_old_waker second_forgets
 */
/* 0: new; 1 and 2 are wakers */
#define OVER 3
#define DETACHED 4

byte word;
bool freed, made, disposed;
byte refs[3]; /* of each waker: 1 and 2 */
bool woken[3], waker_freed[3];

#define is_waker(w) (w == 1 || w == 2)
#define touch assert(!freed)

inline dispose()
{
    d_step {
        touch;
        assert(made && !disposed);
        disposed = true;
        freed = true
    }
}

inline unref(w)
{
    d_step {
        assert(!waker_freed[w] && refs[w]);
        refs[w]--;
        waker_freed[w] = !refs[w]
    }
}

inline wake(w)
{
    d_step { assert(!waker_freed[w]); woken[w] = true }
}

/* Its worker, at the end. */
proctype task()
{
    byte old;
#ifndef result_after_over
    d_step { touch; made = true }
#endif
#ifdef wake_before_over
    old = word;
    if
    :: is_waker(old) -> wake(old)
    :: else
    fi;
#endif
    atomic { touch; old = word; word = OVER }
#ifdef result_after_over
    made = true;
#endif
#ifdef touch_after_over
    touch;
#endif
    if
    :: is_waker(old) ->
#ifdef unref_before_wake
        unref(old);
        wake(old)
#else
#ifndef wake_before_over
        wake(old);
#endif
        unref(old)
#endif
    :: old == DETACHED ->
#ifndef second_forgets
        dispose()
#endif
    :: else
    fi
}

/* It may be polled by two, one after the other, and be dropped at any moment. */
proctype handle()
{
    byte seen, mine, polls;
    do
    :: polls < 3 ->
        polls++;
        if
        :: mine = 1
        :: mine = 2
        fi;
        d_step { touch; seen = word }
        do
        :: seen == OVER -> dispose(); goto gone
        :: else ->
            d_step { assert(!waker_freed[mine]); refs[mine]++; woken[mine] = false }
#ifdef blind_store
            atomic { touch; word = mine }
#else
            atomic {
                touch;
                if
                :: word == seen -> word = mine
                :: else -> goto lost
                fi
            }
#endif
            if
            :: is_waker(seen) ->
#ifndef forget_old_waker
                unref(seen)
#else
                skip
#endif
            :: else
            fi;
            break;
lost:
            unref(mine);
            d_step { touch; seen = word }
        od;
        if
        :: woken[mine] /* that it will be: nothing else goes on here */
        :: polls < 3   /* polled without having been woken, or by somebody else */
        fi
    :: break
    od;
#ifdef blind_drop
    seen = word;
    word = DETACHED;
#else
    atomic { touch; seen = word; word = DETACHED }
#endif
    if
    :: seen == OVER -> dispose()
    :: is_waker(seen) -> unref(seen)
    :: else
    fi;
gone:
    unref(1);
    unref(2)
}

init
{
    atomic {
        refs[1] = 1; /* of who may poll: they are alive as long as the handle is */
        refs[2] = 1;
        run task();
        run handle()
    }
    _nr_pr == 1;
    assert(freed && disposed && waker_freed[1] && waker_freed[2])
}
