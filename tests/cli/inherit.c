/* Runs a command with what a shell cannot give it, or gives it unasked.
 *
 *   inherit [block=SIGNAL | pending=SIGNAL | ignore=SIGNAL | default=SIGNAL |
 * alarm=MILLISECONDS]... COMMAND...
 *
 * pending: blocked, and sent already. SIGNAL is TERM and so on. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int number_of(const char *name)
{
    for (int i = 1; i < NSIG; i++)
        if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), name))
            return i;
    fprintf(stderr, "inherit: no such signal: %s\n", name);
    exit(2);
}

static void block(int number)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_BLOCK, &one, NULL);
}

static void set_alarm(long milliseconds)
{
    struct itimerval timer = {
        .it_value = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* False: the command begins here. */
static int take(char *word)
{
    char *value = strchr(word, '=');
    size_t n = value ? (size_t)(value - word) : 0;
    if (!n)
        return 0;
    value++;
    if (!strncmp(word, "block", n)) {
        block(number_of(value));
    } else if (!strncmp(word, "pending", n)) {
        block(number_of(value));
        raise(number_of(value));
    } else if (!strncmp(word, "ignore", n)) {
        signal(number_of(value), SIG_IGN);
    } else if (!strncmp(word, "default", n)) {
        signal(number_of(value), SIG_DFL);
    } else if (!strncmp(word, "alarm", n)) {
        set_alarm(strtol(value, NULL, 10));
    } else {
        return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    int i = 1;
    while (i < argc && take(argv[i]))
        i++;
    if (i < argc)
        execvp(argv[i], argv + i);
    fputs("inherit: no command that can be run\n", stderr);
    return 127;
}
