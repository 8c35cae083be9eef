/* Locals that are set again behind the wait before they are used, by hand and by a call. */
#include <weir.h>

struct count {
    weir_reader *in;
    int64_t newlines;
};

static weir_poll count_newlines(struct count *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    const unsigned char *bytes = NULL;
    size_t n = 0;
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
        for (size_t i = 0; i < n; i++)
            self->newlines += bytes[i] == '\n';
        weir_consume(self->in, n);
    }
    weir_co_return(co, out, self->newlines);
    weir_co_end(co);
}
WEIR_CO_FN(count_newlines_fn, count_newlines, struct count, int64_t)

weir_stream *newlines(weir_reader *in)
{
    return weir_co_future(&count_newlines_fn, &(struct count){.in = in});
}
