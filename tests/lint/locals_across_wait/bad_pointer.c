/* The reader's bytes are looked at before the wait and used behind it, by a pointer that is lost.
 */
#include <weir.h>

struct shout {
    weir_reader *in;
    weir_writer *out;
    char upper;
    int64_t bytes;
};

static weir_poll shout(struct shout *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    const unsigned char *bytes;
    size_t n;
    weir_co_begin(co);
    for (;;) {
        weir_co_poll(co, got, weir_poll_fill(self->in, co->cx, 1));
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        bytes = weir_peek(self->in, &n);
        self->upper = (char)(*bytes & 0xdf);
        weir_co_poll(co, got, weir_poll_write(self->out, co->cx, &self->upper, 1));
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
        if (*bytes == '\n') // lint: locals_across_wait 14-19
            self->bytes++;
        weir_consume(self->in, 1);
    }
    weir_co_return(co, out, self->bytes);
    weir_co_end(co);
}
WEIR_CO_FN(shout_fn, shout, struct shout, int64_t)

weir_stream *shout_lines(weir_reader *in, weir_writer *out)
{
    return weir_co_future(&shout_fn, &(struct shout){.in = in, .out = out});
}
