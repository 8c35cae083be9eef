/* What the tests of moves share: a table of calls that counts them and fails some, a server that
 * takes all, peers that do what they like. */
#ifndef WEIR_TESTS_MOVING_H
#define WEIR_TESTS_MOVING_H

#include "net.h"

enum { MOST_BYTES = 5 << 20 };

static const size_t sizes[] = {0, 1, 4096, 65537, 262144, 1 << 20, MOST_BYTES};

/* ---- a table that counts, and fails what it is told to ---- */

struct moving {
    weir_sys sys;
    unsigned sendfiles, splices, sends, pipes;
    uint64_t spliced; /* bytes */
    unsigned fail_at; /* of the moves, this one; 0: none */
    unsigned fail_n;  /* and so many after it */
    int error;        /* 0: it is cut short instead */
};

static struct moving moving;

#define BASE moving.sys.base

static inline bool fails(void)
{
    unsigned at = moving.sendfiles + moving.splices;
    return moving.fail_at && at >= moving.fail_at && at - moving.fail_at < moving.fail_n;
}

static inline int64_t count_sendfile(const weir_sys *sys, int to, int from, uint64_t offset,
                                     size_t n)
{
    (void)sys;
    moving.sendfiles++;
    if (fails() && moving.error)
        return moving.error;
    return BASE->sendfile(BASE, to, from, offset, fails() ? 1 : n);
}

static inline int64_t count_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    moving.splices++;
    if (fails() && moving.error)
        return moving.error;
    int64_t done = BASE->splice(BASE, from, offset, to, fails() ? 1 : n);
    moving.spliced += done > 0 ? (uint64_t)done : 0;
    return done;
}

static inline int64_t count_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message,
                                    int flags)
{
    (void)sys;
    moving.sends++;
    return BASE->sendmsg(BASE, fd, message, flags);
}

static inline int count_pipe(const weir_sys *sys, int fds[2], int flags)
{
    (void)sys;
    moving.pipes++;
    return BASE->pipe(BASE, fds, flags);
}

static inline void make_table(unsigned fail_at, unsigned fail_n, int error)
{
    moving = (struct moving){.fail_at = fail_at, .fail_n = fail_n, .error = error};
    weir_sys_wrap(&moving.sys, NULL);
    moving.sys.sendfile = count_sendfile;
    moving.sys.splice = count_splice;
    moving.sys.sendmsg = count_sendmsg;
    moving.sys.pipe = count_pipe;
}

/* ---- a server that takes, on the same runtime ---- */

static const char *driver;
static unsigned char *bytes;
static weir_vec came; /* that the server was sent */

static inline weir_stream *take_all(weir_duplex near, void *arg)
{
    (void)arg;
    weir_drop(near.writer);
    return weir_copy(near.reader, weir_memory_writer(&came, MOST_BYTES + 1));
}
WEIR_THEN_FN(take_fn, take_all, weir_duplex, uint64_t, .from = &weir_type_duplex)

static inline weir_rt *serve(const char *address, const weir_then_fn *fn)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &moving.sys}, &error);
    assert_non_null(rt);
    assert_true(weir_rt_spawn(rt, weir_serve(weir_incoming(address, NULL), fn, NULL, NULL)));
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
    return rt;
}

/* Until the server has all, or a while has passed. */
static inline void let_it_come(weir_rt *rt, size_t n)
{
    weir_error error;
    for (unsigned i = 0; i < 2000 && came.n < n; i++)
        assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
}

static inline void check_came(size_t n)
{
    assert_int_equal(came.n, n);
    if (n)
        assert_memory_equal(came.items, bytes, n);
    weir_vec_drop(&came);
    came = (weir_vec){0};
}

/* ---- plain peers, who do what they like ---- */

struct peer {
    int listener;
    pthread_t thread;
    size_t reads; /* that many bytes, and then it goes with a reset */
    bool hard;    /* of a source: it goes with one, too */
    bool any;     /* what comes is not looked at */
    size_t got;
    int error; /* that it read; 0: the end */
};

static inline void *peer_run(void *arg)
{
    struct peer *peer = arg;
    struct linger hard = {.l_onoff = 1};
    int fd = accept(peer->listener, NULL, NULL);
    char some[4096];
    while (peer->got < peer->reads) {
        ssize_t n = recv(fd, some, sizeof some, 0);
        assert_true(n > 0);
        peer->got += (size_t)n;
    }
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    return NULL;
}

static inline const char *peer_listen(struct peer *peer)
{
    const char *address = net_address();
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    peer->listener = socket(AF_INET, SOCK_STREAM, 0);
    int little = 64 << 10; /* else the kernel takes all of it by and by */
    setsockopt(peer->listener, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    assert_int_equal(bind(peer->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(peer->listener, 8), 0);
    return address;
}

static inline bool is_real(void)
{
    return strcmp(driver, "sim") != 0;
}

static inline void *drain_run(void *arg)
{
    struct peer *peer = arg;
    int fd = accept(peer->listener, NULL, NULL);
    char some[65536];
    ssize_t n = 0;
    while (peer->any && (n = recv(fd, some, sizeof some, 0)) > 0)
        ;
    peer->error = !peer->any ? net_drain(fd, &peer->got) : n ? -errno : 0;
    close(fd);
    return NULL;
}

#endif
