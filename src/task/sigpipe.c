/* SIGPIPE is blocked on the runtime's thread while it runs, and only there. */

#include "task/sigpipe.h"

#include <time.h>

static bool pending(void)
{
    sigset_t set;
    return sigpending(&set) == 0 && sigismember(&set, SIGPIPE) == 1;
}

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

void weir_sigpipe_hold(struct weir_sigpipe *guard)
{
    sigset_t set;
    only_sigpipe(&set);
    guard->was_pending = pending();
    pthread_sigmask(SIG_BLOCK, &set, &guard->old);
}

void weir_sigpipe_let(const struct weir_sigpipe *guard)
{
    if (sigismember(&guard->old, SIGPIPE) == 1)
        return;
    if (!guard->was_pending && pending()) {
        sigset_t set;
        only_sigpipe(&set);
        sigtimedwait(&set, NULL, &(struct timespec){0, 0});
    }
    pthread_sigmask(SIG_SETMASK, &guard->old, NULL);
}
