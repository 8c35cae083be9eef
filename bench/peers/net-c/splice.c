/* A proxy by hand that copies nothing: splice through a pipe each way, one connection at a time. */
#define _GNU_SOURCE
#include "tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20 };

struct way {
    int from, to, pipe[2];
    size_t held;
    bool ended, passed; /* gave its end; that was passed on */
};

static struct way way_new(int from, int to)
{
    struct way way = {.from = from, .to = to};
    if (pipe2(way.pipe, O_NONBLOCK))
        die("pipe");
    fcntl(way.pipe[1], F_SETPIPE_SZ, PIPE_BYTES);
    return way;
}

static void way_close(struct way *way)
{
    close(way->pipe[0]);
    close(way->pipe[1]);
}

/* -1: a failure; 0: not now, or the end. */
static ssize_t move(int from, int to, size_t n)
{
    ssize_t moved = splice(from, NULL, to, NULL, n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved == 0)
        errno = 0;
    return moved < 0 && errno == EAGAIN ? 0 : moved;
}

/* True if bytes moved; `failed` if they cannot any more. */
static bool go(struct way *way, bool *failed)
{
    ssize_t in = 0, out = 0;
    if (!way->ended) {
        in = move(way->from, way->pipe[1], PIPE_BYTES);
        way->ended = in == 0 && !errno;
    }
    way->held += in > 0 ? (size_t)in : 0;
    if (way->held)
        out = move(way->pipe[0], way->to, way->held);
    way->held -= out > 0 ? (size_t)out : 0;
    if (way->ended && !way->held && !way->passed) {
        shutdown(way->to, SHUT_WR);
        way->passed = true;
    }
    *failed |= in < 0 || out < 0;
    return in > 0 || out > 0;
}

/* A pipe that is half full is emptied before more is read. */
static short wanted(const struct way *out, const struct way *in)
{
    bool reads = !out->ended && out->held < PIPE_BYTES / 2;
    return (short)((reads ? POLLIN : 0) | (in->held ? POLLOUT : 0));
}

static void relay(int near, int far)
{
    struct way there = way_new(near, far), back = way_new(far, near);
    bool failed = false;
    while (!failed && !(there.passed && back.passed)) {
        bool moved = go(&there, &failed);
        moved |= go(&back, &failed);
        struct pollfd both[] = {{near, wanted(&there, &back), 0}, {far, wanted(&back, &there), 0}};
        if (!moved && !failed && !(there.passed && back.passed))
            poll(both, 2, -1);
    }
    way_close(&there);
    way_close(&back);
}

int main(int argc, char **argv)
{
    const char *target = target_of(argc, argv);
    if (!target) {
        fprintf(stderr, "splice: it is a proxy alone\n");
        return 2;
    }
    for (int listener = listen_at(argv[2], 0);;) {
        int near = accept4(listener, NULL, NULL, SOCK_NONBLOCK), far = connect_to(target);
        if (near < 0)
            die("accept");
        fcntl(far, F_SETFL, O_NONBLOCK);
        relay(near, far);
        close(near);
        close(far);
    }
}
