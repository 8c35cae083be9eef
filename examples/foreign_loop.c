/* A worker in somebody else's loop: poll() waits for the program's own descriptor and for the
 * worker's, and whoever has something to do does it. */

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "weir.h"

enum { MS_NS = 1000 * 1000 };

/* What shall run beside the program's own events, and the flag that says it is over. */
static bool count(bool **over, int64_t *n, weir_error *error)
{
    for (*n = 0; *n < 3; ++*n)
        if (weir_await(weir_sleep(MS_NS), NULL, error) != WEIR_READY)
            break;
    printf("weir: %lld times a millisecond\n", (long long)*n);
    **over = true;
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(count_fn, count, bool *, int64_t)

/* How long poll() may wait, rounded up. */
static int timeout_ms(weir_worker *worker)
{
    uint64_t ns = weir_worker_timeout_ns(worker), ms = ns / MS_NS + (ns % MS_NS != 0);
    return ns == UINT64_MAX ? -1 : ms < INT_MAX ? (int)ms : INT_MAX;
}

static bool turn(weir_worker *worker, int own)
{
    struct pollfd fds[] = {{.fd = weir_worker_fd(worker), .events = POLLIN},
                           {.fd = own, .events = POLLIN}};
    char byte;
    if (poll(fds, 2, timeout_ms(worker)) < 0)
        return false;
    if (fds[1].revents && read(own, &byte, 1) == 1)
        printf("the loop: its own event\n");
    return weir_worker_turn(worker, 0); /* never waits */
}

int main(void)
{
    int ends[2];
    if (pipe(ends) || write(ends[1], "!", 1) != 1)
        return perror("pipe"), 1;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;

    bool over = false, *flag = &over;
    weir_worker *worker = weir_rt_worker(rt);
    weir_stream *task = weir_worker_spawn(worker, weir_fiber(&count_fn, &flag, NULL));
    while (!over && turn(worker, ends[0]))
        ;
    weir_drop(task);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
    return !over;
}
