/* kqueue, where there is one. */

#include "io/sys_kqueue.h"

#include "io/sys_outcome.h"

#ifdef WEIR_HAVE_KQUEUE

#include <fcntl.h>
#include <sys/event.h>
#include <time.h>

#define KQUEUE_NS_PER_S 1000000000u

/* No child of a fork has it, so nothing can come between the two calls. */
int weir_kqueue_open(const weir_sys *sys)
{
    (void)sys;
    int64_t fd = outcome(kqueue());
    if (fd >= 0)
        (void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    return (int)fd;
}

int weir_kqueue_ask(const weir_sys *sys, int queue, const struct kevent *changes, int changes_n,
                    struct kevent *events, int events_n, uint64_t timeout_ns)
{
    (void)sys;
    struct timespec limit = {.tv_sec = (time_t)(timeout_ns / KQUEUE_NS_PER_S),
                             .tv_nsec = (long)(timeout_ns % KQUEUE_NS_PER_S)};
    return (int)outcome(kevent(queue, changes, changes_n, events, events_n, &limit));
}

#else

int weir_kqueue_open(const weir_sys *sys)
{
    (void)sys;
    return -ENOSYS;
}

int weir_kqueue_ask(const weir_sys *sys, int queue, const struct kevent *changes, int changes_n,
                    struct kevent *events, int events_n, uint64_t timeout_ns)
{
    (void)sys, (void)queue, (void)changes, (void)changes_n, (void)events, (void)events_n;
    (void)timeout_ns;
    return -ENOSYS;
}

#endif
