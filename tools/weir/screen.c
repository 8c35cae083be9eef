/* A terminal: its second screen without a cursor, keys that come one by one. */
#include "screen.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "memory.h"

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { STOPPING = sizeof stopping / sizeof *stopping };

static volatile sig_atomic_t stopped;
static bool drawn, typed, quits;
static sigset_t waiting; /* what is blocked while it waits: what was at first */
static struct termios before;

bool screen_can(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

bool screen_colours(void)
{
    const char *none = getenv("NO_COLOR");
    return screen_can() && !(none && *none);
}

struct screen_size screen_size(void)
{
    struct winsize window = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window))
        return (struct screen_size){0, 0};
    return (struct screen_size){window.ws_col, window.ws_row};
}

/* ---- signals: those that stop are let in only while it waits ---- */

static void on_stop(int number)
{
    stopped = number;
}

static void on_resize(int number)
{
    (void)number;
}

static void catch_it(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, was;

    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

/* Not held back where nothing is drawn: a write that nobody reads is ended too. */
static void catch_all(bool hold)
{
    sigset_t held;

    sigemptyset(&held);
    sigaddset(&held, SIGWINCH);
    for (int i = 0; i < STOPPING; i++) {
        sigaddset(&held, stopping[i]);
        catch_it(stopping[i], on_stop);
    }
    catch_it(SIGWINCH, on_resize);
    sigprocmask(SIG_BLOCK, hold ? &held : NULL, &waiting);
}

/* ---- the terminal ---- */

/* Keys come one by one, and are not shown; a stop by ^Z would leave it drawn upon. */
static void take_keys(void)
{
    struct termios raw;

    typed = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (!typed)
        return;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void screen_close(void)
{
    if (!drawn)
        return;
    drawn = false;
    fputs("\x1b[0m\x1b[?25h\x1b[?1049l", stdout);
    fflush(stdout);
    if (typed)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    typed = false;
}

static void close_at_end(void *arg)
{
    (void)arg;
    screen_close();
}

void screen_open(bool draw)
{
    catch_all(draw);
    drawn = draw;
    if (!draw)
        return;
    memory_on_end(close_at_end, NULL);
    take_keys();
    fputs("\x1b[?1049h\x1b[?25l", stdout);
}

void screen_show(const char *text, size_t most)
{
    fputs("\x1b[H", stdout);
    for (size_t i = 0; *text && (!most || i < most); i++) {
        size_t n = strcspn(text, "\n");
        fprintf(stdout, "%.*s\x1b[K\r\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
    fputs("\x1b[J", stdout);
    fflush(stdout);
}

/* ---- waiting ---- */

static void take_key(void)
{
    char key;

    if (read(STDIN_FILENO, &key, 1) != 1)
        typed = false; /* nobody is there to type */
    else if (key == 'q' || key == 'Q')
        quits = true;
}

bool screen_wait(int fd, int timeout_ms)
{
    struct pollfd ready[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = typed ? STDIN_FILENO : -1, .events = POLLIN}};
    struct timespec limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};

    if (ppoll(ready, 2, &limit, &waiting) <= 0)
        return false;
    if (ready[1].revents)
        take_key();
    return ready[0].revents != 0;
}

bool screen_quit(void)
{
    return quits;
}

int screen_stopped(void)
{
    return stopped;
}
