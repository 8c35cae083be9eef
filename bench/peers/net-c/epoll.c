/* Echo and proxy by hand over epoll: one registration for life, edges, one buffer for all; a
 * connection has memory of its own only while its socket does not take what was read for it. */
#define _GNU_SOURCE
#include "tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER_BYTES = 1 << 16 };

struct connection {
    int fd;
    bool ended;            /* gave its end, which was passed on */
    struct connection *to; /* whom its bytes go to: itself in an echo */
    char *rest;            /* unsent bytes, from `at` on */
    size_t at, left;
    struct connection *next; /* of those to be freed */
};

static int epoll;
static char *buffer;
static struct connection *dead;

static struct connection *connection_new(int fd)
{
    struct connection *made = calloc(1, sizeof *made);
    made->fd = fd;
    made->to = made;
    return made;
}

static void watch(struct connection *of)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = of};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, of->fd, &event))
        die("epoll_ctl");
}

/* Freed after the turn: there may be events of it among those in hand. */
static void give_up(struct connection *end)
{
    if (end->fd < 0)
        return;
    close(end->fd);
    end->fd = -1;
    end->next = dead;
    dead = end;
    give_up(end->to);
}

static void free_dead(void)
{
    while (dead) {
        struct connection *next = dead->next;
        free(dead->rest);
        free(dead);
        dead = next;
    }
}

/* What the socket takes at once; -1 if it failed. */
static ssize_t send_some(struct connection *to, const char *bytes, size_t n)
{
    ssize_t sent = send(to->fd, bytes, n, MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

/* True if nothing is left. */
static bool send_rest(struct connection *to)
{
    if (!to->left)
        return true;
    ssize_t sent = send_some(to, to->rest + to->at, to->left);
    if (sent < 0) {
        give_up(to);
        return false;
    }
    to->at += (size_t)sent;
    to->left -= (size_t)sent;
    if (to->left)
        return false;
    free(to->rest);
    to->rest = NULL;
    return true;
}

static bool send_or_keep(struct connection *to, size_t n)
{
    ssize_t sent = send_some(to, buffer, n);
    if (sent < 0) {
        give_up(to);
        return false;
    }
    if ((size_t)sent == n)
        return true;
    to->at = 0;
    to->left = n - (size_t)sent;
    to->rest = malloc(to->left);
    memcpy(to->rest, buffer + sent, to->left);
    return false;
}

static void pass_end(struct connection *from)
{
    from->ended = true;
    if (from->to->ended)
        give_up(from);
    else
        shutdown(from->to->fd, SHUT_WR);
}

/* From a connection to the one it goes to, until there is nothing or no room. */
static void pump(struct connection *from)
{
    while (!from->ended && send_rest(from->to)) {
        ssize_t n = recv(from->fd, buffer, BUFFER_BYTES, 0);
        if (n > 0 && !send_or_keep(from->to, (size_t)n))
            return;
        if (n == 0)
            return pass_end(from);
        if (n < 0 && errno != EAGAIN)
            return give_up(from);
        if (n < BUFFER_BYTES) /* the next edge tells */
            return;
    }
}

static void accept_all(int listener, const char *target)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct connection *near = connection_new(fd);
        set_nodelay(fd);
        if (target) {
            struct connection *far = connection_new(connect_to(target));
            fcntl(far->fd, F_SETFL, O_NONBLOCK);
            near->to = far;
            far->to = near;
            watch(far);
        }
        watch(near);
    }
}

static void turn(int listener, const char *target)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
        struct connection *of = events[i].data.ptr;
        if (!of)
            accept_all(listener, target);
        else if (of->fd >= 0) {
            pump(of);
            if (of->left && of->to != of)
                pump(of->to);
        }
    }
    free_dead();
}

int main(int argc, char **argv)
{
    const char *target = target_of(argc, argv);
    int listener = listen_at(argv[2], SOCK_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    epoll = epoll_create1(0);
    buffer = malloc(BUFFER_BYTES);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
        die("epoll_ctl");
    for (;;)
        turn(listener, target);
}
