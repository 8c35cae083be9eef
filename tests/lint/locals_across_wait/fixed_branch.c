/* The length is added before the wait. */
#include <weir.h>

struct dialog {
    weir_stream *lines;
    weir_line line;
    weir_writer *out;
    bool asks;
    int64_t total;
};

static weir_poll dialog(struct dialog *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->lines, &self->line);
        if (got.state == WEIR_END)
            weir_co_return(co, out, self->total);
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        self->total += (int64_t)self->line.size;
        if (self->asks)
            weir_co_poll(co, got, weir_poll_write(self->out, co->cx, "?", 1));
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
    }
    weir_co_end(co);
}
WEIR_CO_FN(dialog_fn, dialog, struct dialog, int64_t, .detached = true)

weir_stream *dialog_start(weir_stream *lines, weir_writer *out)
{
    return weir_co_future(&dialog_fn, &(struct dialog){.lines = lines, .out = out, .asks = true});
}
