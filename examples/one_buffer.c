/* A thousand connections, one buffer. Each task waits until its connection can be read, and only
 * then takes a buffer: the one that all of them share. So what waits holds none.
 *
 * Prints: how many bytes came over how many connections, and through how many buffers. */

#include <inttypes.h>
#include <stdio.h>

#include "weir.h"

enum { CONNECTIONS = 1000, MESSAGES = 3 };

struct server {
    unsigned char buffer[4096]; /* of whoever reads right now */
    uint64_t bytes;
    unsigned ended;
};

/* One connection: what its task is while it waits. */
struct connection {
    struct server *server;
    weir_duplex near, far;
};

/* Wait, then read what is there, until it would block. */
static weir_poll serve(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct connection *self = arg;
    struct server *server = self->server;
    (void)demand;
    for (;;) {
        weir_poll got = weir_poll_ready(self->near.reader, cx);
        if (got.state != WEIR_READY)
            return got;
        int64_t n;
        WEIR_CONTINUE_ON_BLOCK(
            n, weir_try_read(self->near.reader, server->buffer, sizeof server->buffer));
        if (n < 0) /* the next fill says what it is */
            return weir_poll_fill(self->near.reader, cx, 1);
        if (!n)
            break;
        server->bytes += (uint64_t)n;
    }
    server->ended++;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* The clients: each says hello, some more often, and leaves. */
static weir_poll say_hello(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct connection *connections = arg;
    static unsigned round;
    (void)demand;
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        weir_writer *writer = connections[i].far.writer;
        if (round == MESSAGES)
            weir_ignore(weir_poll_close(writer, cx));
        else if (round <= i % MESSAGES)
            (void)weir_try_write(writer, "hello", 5);
    }
    if (round++ < MESSAGES)
        return weir_wait_turn(cx); /* the others have a turn */
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

int main(void)
{
    static struct connection connections[CONNECTIONS];
    static struct server server;
    weir_error error = {0};
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        weir_duplex ends[2];
        weir_duplex_pair(64, ends);
        connections[i] = (struct connection){&server, ends[0], ends[1]};
        if (!weir_rt_spawn(rt, weir_future_fn(&weir_type_unit, serve, &connections[i])))
            return 1;
    }
    weir_stream *clients = weir_future_fn(&weir_type_unit, say_hello, connections);
    weir_state state = weir_rt_run(rt, clients, NULL, &error);
    while (state == WEIR_READY && server.ended < CONNECTIONS)
        state = weir_rt_run(rt, weir_sleep(0), NULL, &error);
    if (state != WEIR_READY)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        weir_duplex_drop(connections[i].near);
        weir_duplex_drop(connections[i].far);
    }
    weir_rt_drop(rt);
    printf("%" PRIu64 " bytes over %u connections through 1 buffer\n", server.bytes, server.ended);
    return state != WEIR_READY;
}
