/* What the tests of connections share: a port nobody has, an echo that is served, bytes that are
 * known. */
#ifndef WEIR_TESTS_NET_H
#define WEIR_TESTS_NET_H

#include "../driver/rig.h"

#include <arpa/inet.h>
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

#endif
