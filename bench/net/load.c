/* The load that servers are measured with, from one thread, to ports of this machine. Each prints a
 * line a figure: its name, a tab, a number. PID is the server's, of which /proc tells what it used.
 *
 *   load echo PORT CONNECTIONS BYTES DEPTH SECONDS PID   each connection sends DEPTH messages,
 * waits for their answers, and so on load count PORT CONNECTIONS BYTES REQUESTS           that many
 * in all, one by one load sink PORT                                       takes what comes, until
 * it is killed load blast PORT SECONDS PID                          sends as fast as it can load
 * churn PORT CONNECTIONS SECONDS PID              connects, one message, a reset: so many at once
 *   load idle PORT CONNECTIONS PID                       one message each, then nothing
 *   load stall PORT CONNECTIONS                          peers that send and never read; how long
 * the echo of a new connection takes beside them
 */
#include "load.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

int number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || end == text || value < 0 || value > 1 << 30) {
        fprintf(stderr, "load: '%s' is no number that it takes\n", text);
        exit(2);
    }
    return (int)value;
}

void print_figure(const char *name, double value)
{
    printf("%s\t%.3f\n", name, value);
}

double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- what /proc says ---- */

static double first_number(const char *path)
{
    double value = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%lf", &value) != 1)
        value = 0;
    fclose(file);
    return value;
}

double cpu_ns(int pid)
{
    char path[300];
    double sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = pid ? opendir(path) : NULL;
    if (!tasks)
        return 0;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task->d_name);
        sum += first_number(path);
    }
    closedir(tasks);
    return sum;
}

/* smaps_rollup is exact; the counters of `status` lag behind by some pages a thread. */
double resident_bytes(int pid)
{
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        die(path);
    while (fgets(line, sizeof line, file) && sscanf(line, "Rss: %lf", &kib) != 1)
        ;
    fclose(file);
    return kib * 1024;
}

/* ---- connections ---- */

static struct sockaddr_in local_address(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int new_socket(int flags)
{
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (fd < 0)
        die("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

/* Before it is connected: what is told the peer follows from it. */
static void set_room(int fd, int bytes)
{
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int dial_with_room(int port, int bytes)
{
    struct sockaddr_in to = local_address(port);
    for (double end = now_s() + READY_MS / 1e3;;) {
        int fd = new_socket(0);
        if (bytes)
            set_room(fd, bytes);
        if (!connect(fd, (struct sockaddr *)&to, sizeof to))
            return fd;
        if (errno != ECONNREFUSED || now_s() > end)
            die("connect");
        close(fd);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

int dial(int port)
{
    return dial_with_room(port, 0);
}

int dial_at_once(int port)
{
    struct sockaddr_in to = local_address(port);
    int fd = new_socket(SOCK_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
        die("connect");
    return fd;
}

void set_nonblocking(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK))
        die("fcntl");
}

bool exchange(int fd, int timeout_ms)
{
    char message[MESSAGE_BYTES] = "a message";
    if (send(fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message)
        return false;
    for (size_t got = 0; got < sizeof message;) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        if (poll(&readable, 1, timeout_ms) != 1)
            return false;
        ssize_t n = recv(fd, message, sizeof message - got, 0);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

/* ---- the parts ---- */

static const struct {
    const char *name;
    int arguments;
    load_part *run;
} parts[] = {
    {"echo", 6, load_echo},   {"count", 4, load_count}, {"sink", 1, load_sink},
    {"blast", 3, load_blast}, {"churn", 4, load_churn}, {"idle", 3, load_idle},
    {"stall", 2, load_stall},
};

static void raise_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    raise_limit();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (argc > 1 && !strcmp(argv[1], parts[i].name) && argc == parts[i].arguments + 2)
            return parts[i].run(argc - 1, argv + 1);
    fprintf(stderr, "usage: load echo|count|sink|blast|churn|idle|stall PORT ...: see load.c\n");
    return 2;
}
