/* SIGPIPE, held back around a write and taken away when the write raised it. */

#include "io/sigpipe.h"

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

static bool is_pending(const weir_sys *sys)
{
    sigset_t set;
    return sys->signals_pending(sys, &set) == 0 && sigismember(&set, SIGPIPE) == 1;
}

void weir_sigpipe_hold(struct weir_sigpipe *guard, const weir_sys *sys)
{
    sigset_t set, old;
    only_sigpipe(&set);
    sigemptyset(&old);
    int error = sys->signal_mask(sys, SIG_BLOCK, &set, &old);
    guard->sys = sys;
    guard->held = !error && sigismember(&old, SIGPIPE) == 0;
    guard->ours = guard->held || !is_pending(sys); /* what is not blocked cannot be pending */
}

void weir_sigpipe_let(const struct weir_sigpipe *guard, bool raised)
{
    const weir_sys *sys = guard->sys;
    sigset_t set;
    only_sigpipe(&set);
    if (raised && guard->ours)
        sys->signal_take(sys, &set);
    if (guard->held)
        sys->signal_mask(sys, SIG_UNBLOCK, &set, NULL);
}
