/* What the tests of datagrams share: sockets that are bound, and what comes to them. */
#ifndef WEIR_TESTS_UDP_H
#define WEIR_TESTS_UDP_H

#include "net.h"

#include <netinet/in.h>

/* One socket, with its stream. */
struct end {
    weir_udp_socket *socket;
    weir_stream *in;
    char address[WEIR_ADDRESS_BYTES]; /* where it stands, once it is bound */
    weir_endpoint at;
};

static inline void end_on_listening(const char *address, void *arg)
{
    struct end *end = arg;
    snprintf(end->address, sizeof end->address, "%s", address);
    assert_true(weir_endpoint_parse(&end->at, address));
}

static inline void end_make(struct end *end, const char *address, weir_udp_options options)
{
    *end = (struct end){.socket = NULL};
    options.size = sizeof options;
    options.on_listening = end_on_listening;
    options.arg = end;
    end->socket = weir_udp(address, &options);
    end->in = weir_datagrams(end->socket);
}

/* It is bound when it is asked for something first; nothing is there, and nothing is lost. */
static inline weir_state end_open(weir_rt *rt, struct end *end, const char *address,
                                  weir_udp_options options, weir_error *error)
{
    uint64_t n;
    end_make(end, address, options);
    weir_stream *one = weir_take(weir_by_ref(end->in), 1);
    return weir_rt_run(rt, weir_timeout(weir_count(one), NET_MS), &n, error);
}

static inline void end_close(struct end *end)
{
    weir_drop(end->in);
    weir_udp_unref(end->socket);
}

static inline weir_state end_send(weir_rt *rt, const struct end *from, const weir_endpoint *to,
                                  const void *bytes, size_t n, weir_error *error)
{
    uint64_t sent = 0;
    weir_state state = weir_rt_run(rt, weir_send_to(from->socket, to, bytes, n), &sent, error);
    assert_true(state != WEIR_READY || sent == n);
    return state;
}

#endif
