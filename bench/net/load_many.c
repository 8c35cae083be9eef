/* load churn, load idle, load stall: many connections. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void wait_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* ---- connect, one message, a reset ---- */

enum { EVENTS = 128, WARM_UP_MS = 300 };

struct churn {
    int epoll, port, open, most;
    double done;
};

static void watch(int epoll, int how, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, how, fd, &event))
        die("epoll_ctl");
}

/* Reset, not closed in turn: else this machine would keep the ports of all of them for a minute. */
static void open_more(struct churn *churn)
{
    struct linger reset = {.l_onoff = 1};
    for (; churn->open < churn->most; churn->open++) {
        int fd = dial_at_once(churn->port);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        watch(churn->epoll, EPOLL_CTL_ADD, fd, EPOLLOUT);
    }
}

/* Connected: the message is sent. Readable: its answer is there, whole as it is that short. */
static void step(struct churn *churn, const struct epoll_event *event)
{
    char message[MESSAGE_BYTES] = "a message";
    int fd = event->data.fd;
    if (event->events & EPOLLOUT) {
        if (send(fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message)
            die("send");
        watch(churn->epoll, EPOLL_CTL_MOD, fd, EPOLLIN);
        return;
    }
    if (recv(fd, message, sizeof message, 0) != sizeof message)
        die("recv");
    close(fd);
    churn->open--;
    churn->done++;
}

static void churn_for(struct churn *churn, double seconds)
{
    struct epoll_event events[EVENTS];
    for (double end = now_s() + seconds; now_s() < end;) {
        open_more(churn);
        int n = epoll_wait(churn->epoll, events, EVENTS, 100);
        for (int i = 0; i < n; i++)
            step(churn, &events[i]);
    }
}

int load_churn(int argc, char **argv)
{
    int pid = number(argv[argc - 1]);
    struct churn churn = {
        .epoll = epoll_create1(0), .port = number(argv[1]), .most = number(argv[2])};
    close(dial(churn.port));
    churn_for(&churn, WARM_UP_MS / 1e3);
    churn.done = 0;
    double start_s = now_s(), start_ns = cpu_ns(pid);
    churn_for(&churn, atof(argv[3]));
    double seconds = now_s() - start_s, used_ns = cpu_ns(pid) - start_ns;
    print_figure("cpu_ns", used_ns / churn.done);
    print_figure("connections_s", churn.done / seconds);
    return 0;
}

/* ---- idle ---- */

/* What a server gives back only after some time is not held by its connections. */
enum { SETTLE_MS = 2500, ANSWER_MS = 20000 };

/* One comes and goes before: what the first connection touches is not what one more costs. */
int load_idle(int argc, char **argv)
{
    int pid = number(argv[argc - 1]), port = number(argv[1]), n = number(argv[2]);
    int first = dial(port);
    if (!exchange(first, ANSWER_MS))
        die("the first exchange");
    close(first);
    wait_ms(100);
    double before = resident_bytes(pid);
    for (int i = 0; i < n; i++)
        if (!exchange(dial(port), ANSWER_MS))
            die("exchange");
    wait_ms(SETTLE_MS);
    print_figure("bytes", (resident_bytes(pid) - before) / n);
    return 0;
}

/* ---- peers that never read ---- */

enum { PIECE = 1 << 16, QUIET_MS = 300, PUSH_MS = 30000, TRIES = 5, GIVEN_UP_MS = 3000 };

static double push(const int *peers, int n, const char *piece)
{
    double bytes = 0;
    for (int i = 0; i < n; i++) {
        ssize_t sent = send(peers[i], piece, PIECE, MSG_NOSIGNAL);
        bytes += sent > 0 ? (double)sent : 0;
    }
    return bytes;
}

/* Until nothing more is taken from anybody for a while, or they were at it long enough. */
static double push_all(const int *peers, int n)
{
    char *piece = calloc(1, PIECE);
    double bytes = 0, taken, quiet_s = now_s();
    for (double end = now_s() + PUSH_MS / 1e3; now_s() < end;) {
        bytes += taken = push(peers, n, piece);
        if (taken > 0)
            quiet_s = now_s();
        else if (now_s() - quiet_s > QUIET_MS / 1e3)
            break;
        else
            wait_ms(1);
    }
    free(piece);
    return bytes;
}

/* The echo of a connection that comes now, in milliseconds; those that give up took the longest. */
static double new_echo_ms(int port)
{
    double start_s = now_s();
    int fd = dial(port);
    bool answered = exchange(fd, GIVEN_UP_MS);
    close(fd);
    return answered ? (now_s() - start_s) * 1e3 : GIVEN_UP_MS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int load_stall(int argc, char **argv)
{
    int port = number(argv[1]), n = number(argv[argc - 1]);
    int *peers = calloc((size_t)n, sizeof *peers);
    for (int i = 0; i < n; i++)
        set_nonblocking(peers[i] = dial_with_room(port, PIECE));
    print_figure("pushed_mb", push_all(peers, n) / 1e6);
    double ms[TRIES];
    for (int i = 0; i < TRIES; i++)
        ms[i] = new_echo_ms(port);
    qsort(ms, TRIES, sizeof *ms, by_value);
    print_figure("echo_ms", ms[TRIES / 2] < GIVEN_UP_MS ? ms[TRIES / 2] : -1);
    free(peers);
    return 0;
}
