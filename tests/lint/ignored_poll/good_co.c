/* The macros of weir/co.h put the answer into a variable, which is asked where it matters. */
#include <weir.h>

struct relay {
    weir_reader *in;
    weir_writer *out;
    unsigned char byte;
    int64_t bytes;
};

static weir_poll relay(struct relay *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_poll(co, got, weir_poll_read(self->in, co->cx, &self->byte, 1));
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_READY)
            weir_co_poll(co, got, weir_poll_write(self->out, co->cx, &self->byte, 1));
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        self->bytes += got.n;
    }
    weir_co_poll(co, got, weir_poll_close(self->out, co->cx));
    weir_co_return(co, out, got.state == WEIR_END ? self->bytes : -1);
    weir_co_end(co);
}
WEIR_CO_FN(relay_fn, relay, struct relay, int64_t)

weir_stream *relay_bytes(weir_reader *in, weir_writer *out)
{
    return weir_co_future(&relay_fn, &(struct relay){.in = in, .out = out});
}
