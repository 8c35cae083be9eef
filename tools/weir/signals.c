/* Signals: flags, and calls that are safe in a handler. */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t stopped; /* the signal that came first */
static volatile sig_atomic_t times;
static volatile sig_atomic_t overdue; /* the first one came long ago */
static volatile sig_atomic_t table;

/* For what is in flight when the first one came; then again and again, for what is blocked. */
enum { DRAIN_SECONDS = 5, AT_ONCE_SECONDS = 1 };

enum reaction { STOP, STOP_AT_ONCE, SHOW_TABLE, IGNORE };

/* All that end a program by default, but for faults of its own and what nobody sends. */
static const struct {
    int number;
    enum reaction reaction;
} caught[] = {
    {SIGINT, STOP},
    {SIGTERM, STOP},
    {SIGHUP, STOP},
    {SIGQUIT, STOP_AT_ONCE},
    {SIGALRM, STOP_AT_ONCE}, /* a time limit of the caller's: alarms survive exec */
    {SIGVTALRM, STOP_AT_ONCE},
    {SIGPROF, STOP_AT_ONCE},
    {SIGXCPU, STOP_AT_ONCE},
    {SIGPOLL, STOP_AT_ONCE},
    {SIGUSR2, STOP_AT_ONCE},
    {SIGUSR1, SHOW_TABLE},
    {SIGPIPE, IGNORE}, /* the write says so */
    {SIGXFSZ, IGNORE},
};

static weir_rt *volatile runtime;
static bool pipe_kills;

/* Interrupts what is blocked in a system call, as a second signal would. */
static void on_alarm(int number)
{
    (void)number;
    overdue = 1;
    alarm(AT_ONCE_SECONDS);
}

/* From here on SIGALRM is ours, whatever was inherited: one that was pending is thrown away, and
 * where the handler returns to it is not blocked. */
static void set_alarm(unsigned seconds, void *interrupted)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    sigfillset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    sigdelset(&((ucontext_t *)interrupted)->uc_sigmask, SIGALRM);
    alarm(seconds);
}

static void stop(int number, bool at_once, void *interrupted)
{
    weir_rt *rt = runtime;

    if (times == 0) {
        stopped = number;
        set_alarm(at_once ? AT_ONCE_SECONDS : DRAIN_SECONDS, interrupted);
    }
    times += at_once ? 2 : 1;
    if (rt)
        weir_rt_stop(rt);
    if (times > 2 && overdue) { /* nothing has helped */
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void on_stop(int number, siginfo_t *info, void *interrupted)
{
    (void)info;
    stop(number, false, interrupted);
}

static void on_stop_at_once(int number, siginfo_t *info, void *interrupted)
{
    (void)info;
    stop(number, true, interrupted);
}

static void on_table(int number, siginfo_t *info, void *interrupted)
{
    (void)number, (void)info, (void)interrupted;
    table = 1;
}

/* False: it was ignored, and stays so. */
static bool install(int number, enum reaction reaction)
{
    static void (*const handlers[])(int, siginfo_t *, void *) = {
        [STOP] = on_stop, [STOP_AT_ONCE] = on_stop_at_once, [SHOW_TABLE] = on_table};
    struct sigaction action = {.sa_handler = SIG_IGN}, before;

    if (reaction != IGNORE) {
        action.sa_flags = SA_SIGINFO;
        action.sa_sigaction = handlers[reaction];
    }
    sigfillset(&action.sa_mask);
    if (sigaction(number, NULL, &before) || before.sa_handler == SIG_IGN)
        return false;
    return sigaction(number, &action, NULL) == 0;
}

void signals_install(void)
{
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        bool ours = install(caught[i].number, caught[i].reaction);
        if (caught[i].number == SIGPIPE)
            pipe_kills = ours;
    }
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
