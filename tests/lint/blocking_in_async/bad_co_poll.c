/* A function without a stack asks an old device by poll(2), with a second to wait each time. */
#include <poll.h>
#include <stdio.h>

#include <weir.h>

struct device {
    int fd;
    weir_writer *log;
    char text[32];
    size_t size, sent;
    int64_t readings;
};

static bool readable(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    return poll(&wanted, 1, 1000) > 0 && (wanted.revents & POLLIN); // lint: blocking_in_async 12-16
}

static weir_poll watch_device(struct device *self, weir_co *co, int64_t *out)
{
    weir_poll got = {0, WEIR_READY};
    weir_co_begin(co);
    while (self->readings < 100) {
        if (!readable(self->fd)) {
            weir_co_wait_turn(co);
            continue;
        }
        self->readings++;
        self->size = (size_t)snprintf(self->text, sizeof self->text, "%d\n", self->fd);
        for (self->sent = 0; self->sent < self->size; self->sent += got.n) {
            weir_co_poll(co, got,
                         weir_poll_write(self->log, co->cx, self->text + self->sent,
                                         self->size - self->sent));
            if (got.state == WEIR_ERROR)
                weir_co_pass(co);
        }
    }
    weir_co_return(co, out, self->readings);
    weir_co_end(co);
}
WEIR_CO_FN(watch_device_fn, watch_device, struct device, int64_t)

weir_stream *device_watch(int fd, weir_writer *log)
{
    return weir_co_future(&watch_device_fn, &(struct device){.fd = fd, .log = log});
}
