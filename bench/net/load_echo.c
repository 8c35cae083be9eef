/* load echo, load count: requests and their answers. */
#include "load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Latencies in halves of a microsecond, the last place for all longer ones. */
enum { PLACES = 1 << 17, EVENTS = 512, WARM_UP_MS = 300 };

struct connection {
    int fd;
    size_t sent, got;
    double start_s;
};

struct load {
    int epoll, depth;
    size_t connections, bytes; /* of all messages that are sent at once */
    char *out, *in;
    long requests, left; /* answered; still to be sent, where they are counted */
    unsigned latencies[PLACES];
    struct connection all[];
};

static void note_latency(struct load *load, double seconds)
{
    double place = seconds * 2e6;
    load->latencies[place < PLACES - 1 ? (size_t)place : PLACES - 1]++;
}

static double latency_us(const struct load *load, double part)
{
    double all = 0, below = 0;
    for (size_t i = 0; i < PLACES; i++)
        all += load->latencies[i];
    for (size_t i = 0; i < PLACES; i++)
        if ((below += load->latencies[i]) >= all * part)
            return (double)i / 2;
    return PLACES / 2.0;
}

/* What the socket takes of the messages. */
static void send_more(struct load *load, struct connection *to)
{
    ssize_t n = send(to->fd, load->out, load->bytes - to->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        die("send");
    to->sent += n > 0 ? (size_t)n : 0;
}

static void begin(struct load *load, struct connection *with)
{
    with->sent = with->got = 0;
    if (load->left < load->depth)
        return;
    load->left -= load->depth;
    with->start_s = now_s();
    send_more(load, with);
}

/* True if there may be more to take: edges tell it once. */
static bool receive(struct load *load, struct connection *from)
{
    size_t wanted = load->bytes - from->got;
    ssize_t n = recv(from->fd, load->in, wanted, 0);
    if (n == 0) {
        fprintf(stderr, "load: the server closed a connection\n");
        exit(1);
    }
    if (n < 0 && errno != EAGAIN)
        die("recv");
    if (n < 0)
        return false;
    from->got += (size_t)n;
    if (from->got < load->bytes)
        return true;
    note_latency(load, now_s() - from->start_s);
    load->requests += load->depth;
    begin(load, from);
    return false;
}

static void go_on(struct load *load, struct connection *with)
{
    do
        if (with->sent && with->sent < load->bytes)
            send_more(load, with);
    while (receive(load, with));
}

static void turn(struct load *load)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(load->epoll, events, EVENTS, 100);
    for (int i = 0; i < n; i++)
        go_on(load, events[i].data.ptr);
}

static struct load *load_new(int port, int connections, int message_bytes, int depth, long requests)
{
    size_t n = (size_t)connections, bytes = (size_t)message_bytes * (size_t)depth;
    struct load *load = calloc(1, sizeof *load + n * sizeof *load->all);
    *load = (struct load){.epoll = epoll_create1(0),
                          .depth = depth,
                          .connections = n,
                          .bytes = bytes,
                          .out = calloc(1, bytes),
                          .in = malloc(bytes),
                          .left = requests};
    for (struct connection *each = load->all; each < load->all + n; each++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = each};
        each->fd = dial(port);
        set_nonblocking(each->fd);
        if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, each->fd, &event))
            die("epoll_ctl");
    }
    return load;
}

static void begin_all(struct load *load)
{
    for (size_t i = 0; i < load->connections; i++)
        begin(load, &load->all[i]);
}

static void run_for(struct load *load, double seconds)
{
    for (double end = now_s() + seconds; now_s() < end;)
        turn(load);
}

int load_echo(int argc, char **argv)
{
    struct load *load =
        load_new(number(argv[1]), number(argv[2]), number(argv[3]), number(argv[4]), LONG_MAX);
    int pid = number(argv[argc - 1]);
    begin_all(load);
    run_for(load, WARM_UP_MS / 1e3);
    load->requests = 0;
    memset(load->latencies, 0, sizeof load->latencies);
    double start_s = now_s(), start_ns = cpu_ns(pid);
    run_for(load, atof(argv[5]));
    double seconds = now_s() - start_s, used_ns = cpu_ns(pid) - start_ns;
    double requests = (double)load->requests;
    print_figure("requests", requests);
    print_figure("requests_s", requests / seconds);
    print_figure("cpu_ns", used_ns / requests);
    print_figure("p50_us", latency_us(load, 0.5));
    print_figure("p99_us", latency_us(load, 0.99));
    return 0;
}

int load_count(int argc, char **argv)
{
    long requests = number(argv[argc - 1]);
    struct load *load = load_new(number(argv[1]), number(argv[2]), number(argv[3]), 1, requests);
    begin_all(load);
    while (load->requests < requests)
        turn(load);
    print_figure("requests", (double)load->requests);
    return 0;
}
