/* Set before a branch that waits and then leaves; who uses it did not wait. */
#include <weir.h>

struct lines {
    weir_stream *source;
    weir_line line;
    weir_writer *log;
    int64_t longest;
    bool failed;
};

static weir_poll longest(struct lines *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    int64_t size;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->source, &self->line);
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        size = (int64_t)self->line.size;
        if (size > 4096) {
            weir_co_poll(co, got, weir_poll_flush(self->log, co->cx));
            self->failed = got.state == WEIR_ERROR;
            break;
        }
        if (size > self->longest)
            self->longest = size;
    }
    weir_co_return(co, out, self->longest);
    weir_co_end(co);
}
WEIR_CO_FN(longest_fn, longest, struct lines, int64_t, .detached = true)

weir_stream *longest_line(weir_stream *source, weir_writer *log)
{
    return weir_co_future(&longest_fn, &(struct lines){.source = source, .log = log});
}
