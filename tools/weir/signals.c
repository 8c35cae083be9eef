/* Signals: flags, and one call that is safe in a handler. */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t stopped; /* the signal that came first */
static volatile sig_atomic_t times;
static volatile sig_atomic_t overdue; /* the first one came long ago */
static volatile sig_atomic_t table;

enum { DRAIN_SECONDS = 5 }; /* for what is in flight when the first one came */

static weir_rt *volatile runtime;
static bool pipe_kills;

static void on_stop(int number)
{
    if (times == 0) {
        stopped = number;
        alarm(DRAIN_SECONDS);
    }
    times++;
    weir_rt *rt = runtime;
    if (rt)
        weir_rt_stop(rt);
    if (times > 2) { /* nothing has helped */
        signal(number, SIG_DFL);
        raise(number);
    }
}

/* Interrupts what is blocked in a system call, as a second signal would. */
static void on_alarm(int number)
{
    (void)number;
    overdue = 1;
    alarm(1);
}

static void on_table(int number)
{
    (void)number;
    table = 1;
}

/* False: it was ignored, and stays so. */
static bool install(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, before;

    sigfillset(&action.sa_mask);
    if (sigaction(number, NULL, &before) || before.sa_handler == SIG_IGN)
        return false;
    return sigaction(number, &action, NULL) == 0;
}

void signals_install(void)
{
    install(SIGINT, on_stop);
    install(SIGTERM, on_stop);
    install(SIGHUP, on_stop);
    install(SIGALRM, on_alarm);
    install(SIGUSR1, on_table);
    pipe_kills = install(SIGPIPE, SIG_IGN);
}

void signals_runtime(weir_rt *rt)
{
    runtime = rt;
    if (rt && times)
        weir_rt_stop(rt);
}

int signals_stopped(void)
{
    return stopped;
}

bool signals_abort(void)
{
    return times > 1 || overdue;
}

bool signals_table(void)
{
    bool asked = table;
    table = 0;
    return asked;
}

bool signals_pipe_kills(void)
{
    return pipe_kills;
}

void signals_die(int number)
{
    sigset_t one;

    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    exit(128 + number);
}
