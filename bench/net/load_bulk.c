/* load sink, load blast: bytes one way, with a proxy between them. */
#include "load.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 1 << 18, WARM_UP_MS = 300 };

static int listen_at(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 64))
        die("listen");
    return fd;
}

/* MSG_TRUNC: the kernel throws the bytes away instead of copying them to us. */
int load_sink(int argc, char **argv)
{
    char *place = malloc(PIECE);
    int listener = listen_at(number(argv[argc - 1]));
    for (;;) {
        int from = accept(listener, NULL, NULL);
        if (from < 0)
            die("accept");
        while (recv(from, place, PIECE, MSG_TRUNC) > 0)
            ;
        close(from);
    }
}

static double send_for(int fd, const char *piece, double seconds)
{
    double bytes = 0;
    for (double end = now_s() + seconds; now_s() < end;) {
        ssize_t n = send(fd, piece, PIECE, MSG_NOSIGNAL);
        if (n < 0)
            die("send");
        bytes += (double)n;
    }
    return bytes;
}

int load_blast(int argc, char **argv)
{
    char *piece = calloc(1, PIECE);
    int pid = number(argv[argc - 1]), fd = dial(number(argv[1]));
    send_for(fd, piece, WARM_UP_MS / 1e3);
    double start_s = now_s(), start_ns = cpu_ns(pid);
    double bytes = send_for(fd, piece, atof(argv[2]));
    double seconds = now_s() - start_s, used_ns = cpu_ns(pid) - start_ns;
    print_figure("cpu_ns", used_ns / (bytes / 1024));
    print_figure("gb_s", bytes / seconds / 1e9);
    free(piece);
    return 0;
}
