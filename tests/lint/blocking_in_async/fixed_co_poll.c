/* The device is a reader: the runtime tells when there is something to read. */
#include <stdio.h>

#include <weir.h>

struct device {
    weir_reader *in;
    weir_writer *log;
    char text[32];
    size_t size, sent;
    int64_t readings;
};

static weir_poll watch_device(struct device *self, weir_co *co, int64_t *out)
{
    weir_poll got = {0, WEIR_READY};
    weir_co_begin(co);
    while (self->readings < 100) {
        weir_co_poll(co, got, weir_poll_fill(self->in, co->cx, 1));
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        weir_consume(self->in, 1);
        self->readings++;
        self->size = (size_t)snprintf(self->text, sizeof self->text, "%d\n", (int)self->readings);
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

weir_stream *device_watch(weir_reader *in, weir_writer *log)
{
    return weir_co_future(&watch_device_fn, &(struct device){.in = in, .log = log});
}
