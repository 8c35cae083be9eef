/* A fiber that tries again after a while, and lets the thread sleep meanwhile. */
#include <stdio.h>
#include <unistd.h>

#include <weir.h>

struct ping {
    const char *address;
    int tries_max;
};

static bool answers(const char *address, weir_error *error)
{
    size_t n;
    char pong;
    weir_duplex peer = weir_dial(address, NULL);
    bool fine = weir_await_write(peer.writer, "?", 1, error) == WEIR_READY &&
                weir_await_read(peer.reader, &pong, 1, &n, error) == WEIR_READY;
    weir_duplex_drop(peer);
    return fine;
}

static bool ping(struct ping *self, int64_t *tries, weir_error *error)
{
    for (*tries = 0; *tries < self->tries_max; ++*tries) {
        if (answers(self->address, error))
            return true;
        if (error->code == WEIR_E_CANCELLED)
            return false;
        usleep(200 * 1000); // lint: blocking_in_async 9-15
    }
    sleep(1); // lint: blocking_in_async 5-10
    return false;
}
WEIR_FIBER_FN(ping_fn, ping, struct ping, int64_t)

weir_stream *ping_start(const char *address)
{
    return weir_go(&ping_fn, &(struct ping){address, 5}, NULL);
}
