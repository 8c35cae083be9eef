/* What the tests of connections share: a port nobody has, an echo that is served, bytes that are
 * known. */
#ifndef WEIR_TESTS_NET_H
#define WEIR_TESTS_NET_H

#include "../driver/rig.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>

enum { NET_MS = 1000000 };

/* An address that is free now. */
static inline const char *net_address(void)
{
    static char text[64];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    close(fd);
    snprintf(text, sizeof text, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    return text;
}

static inline unsigned char net_byte(size_t at)
{
    return (unsigned char)(at * 31 + (at >> 8) * 17 + (at >> 16));
}

static inline unsigned char *net_bytes(size_t n)
{
    unsigned char *bytes = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = net_byte(i);
    return bytes;
}

static inline weir_stream *net_answer(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_copy(near.reader, near.writer);
}
WEIR_THEN_FN(net_echo_fn, net_answer, weir_duplex, uint64_t, .from = &weir_type_duplex)

/* A runtime that serves an address; a moment passes until it listens. */
static inline weir_rt *net_serve(const char *driver, const char *address, const weir_then_fn *fn,
                                 void *arg, const weir_serve_options *options)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .seed = 7}, &error);
    assert_non_null(rt);
    assert_true(weir_rt_spawn(rt, weir_serve(weir_incoming(address, NULL), fn, arg, options)));
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
    return rt;
}

/* All that comes back for n bytes that are sent, at once. */
static inline weir_state net_exchange(weir_rt *rt, weir_duplex far, const void *bytes, size_t n,
                                      weir_vec *out, weir_error *error)
{
    return weir_rt_run(rt,
                       weir_join(weir_copy(weir_memory_reader(bytes, n), far.writer),
                                 weir_copy(far.reader, weir_memory_writer(out, n + 1))),
                       NULL, error);
}

/* ---- a server on a thread of its own, and plain sockets to it ---- */

struct net_server {
    pthread_t thread;
    weir_rt_options how;
    weir_rt *rt; /* made and dropped by the thread */
    weir_serve_options options;
    const weir_then_fn *handler;
    void *arg;
    const char *address;
    uint32_t listeners, peer_max;
    uint64_t refused; /* by peer_max */
    /* What is run, where that is not weir_serve(); gives no item. */
    weir_stream *(*run)(weir_stream *incoming, struct net_server *server);
    char listening[WEIR_ADDRESS_BYTES]; /* where it does; port 0 was asked for */
    sem_t ready, stopped;
    weir_state state;
    weir_served served;
    weir_error error;
    weir_error last; /* that on_error was told */
    _Atomic unsigned errors;
};

static inline void net_on_listening(const char *address, void *arg)
{
    struct net_server *server = arg;
    snprintf(server->listening, sizeof server->listening, "%s", address);
    sem_post(&server->ready);
}

static inline void net_on_error(const weir_error *error, void *arg)
{
    struct net_server *server = arg;
    server->last = *error;
    server->errors++;
}

static inline void *net_server_run(void *arg)
{
    struct net_server *server = arg;
    weir_listen_options listen = {.size = sizeof listen,
                                  .on_listening = net_on_listening,
                                  .arg = server,
                                  .listeners = server->listeners,
                                  .peer_max = server->peer_max,
                                  .peer_refused = &server->refused};
    server->options.on_error = net_on_error;
    server->options.arg = server;
    server->rt = weir_rt_new(&server->how, &server->error);
    assert_non_null(server->rt);
    weir_stream *incoming = weir_incoming(server->address, &listen);
    weir_stream *all = server->run
                           ? server->run(incoming, server)
                           : weir_serve(incoming, server->handler, server->arg, &server->options);
    server->state =
        weir_rt_run(server->rt, all, server->run ? NULL : &server->served, &server->error);
    sem_post(&server->ready); /* where it never listened */
    sem_wait(&server->stopped);
    weir_rt_drop(server->rt);
    return NULL;
}

static inline void net_server_start(struct net_server *server, const weir_rt_options *rt,
                                    const weir_then_fn *handler, void *arg)
{
    server->how = *rt;
    server->handler = handler;
    server->arg = arg;
    server->address = server->address ? server->address : "127.0.0.1:0";
    sem_init(&server->ready, 0, 0);
    sem_init(&server->stopped, 0, 0);
    pthread_create(&server->thread, NULL, net_server_run, server);
    sem_wait(&server->ready);
    if (!server->listening[0])
        fail_msg("%s", server->error.message);
}

static inline void net_server_stop(struct net_server *server)
{
    weir_rt_stop(server->rt);
    sem_post(&server->stopped);
    pthread_join(server->thread, NULL);
    sem_destroy(&server->ready);
    sem_destroy(&server->stopped);
}

/* Where nobody else of this machine dials: what counts who comes listens there. A dialler of
 * another process, that looks whether a port is closed, may find this one's behind 127.0.0.1. */
static inline const char *net_own_address(void)
{
    static char text[64];
    unsigned own = (unsigned)getpid();
    snprintf(text, sizeof text, "127.%u.%u.%u:0", 1 + own / 62500 % 250, 1 + own / 250 % 250,
             1 + own % 250);
    return text;
}

/* Where somebody listens, as a plain socket wants it. */
static inline struct sockaddr_in net_sockaddr(const char *address)
{
    char host[64];
    const char *port = strrchr(address, ':');
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port + 1))};
    snprintf(host, sizeof host, "%.*s", (int)(port - address), address);
    assert_int_equal(inet_pton(AF_INET, host, &at.sin_addr), 1);
    return at;
}

/* A plain socket, that waits. With a time limit of its own a call would not go on after the kernel
 * interrupted it to end a ring of this thread: EINTR. */
static inline int net_plain(const char *address)
{
    struct sockaddr_in at = net_sockaddr(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail_msg("connect to %s: %s", address, strerror(errno));
    return fd;
}

/* All until the end, or a negative errno; what came is counted in *got. */
static inline int net_drain(int fd, size_t *got)
{
    char bytes[65536];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0 || (n < 0 && errno == EINTR))
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal((unsigned char)bytes[i], net_byte((*got)++));
    return n < 0 ? -errno : 0;
}

#endif
