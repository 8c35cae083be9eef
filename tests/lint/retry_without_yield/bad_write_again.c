/* Offers the same bytes again and again to a writer that has no room. */

#include "weir.h"

struct outbox {
    weir_writer *out;
    const char *text;
    size_t n, written;
};

weir_poll outbox_poll(struct outbox *self, weir_cx *cx)
{
    while (self->written < self->n) { // lint: retry_without_yield 5-10
        weir_poll got =
            weir_poll_write(self->out, cx, self->text + self->written, self->n - self->written);
        if (got.state == WEIR_ERROR)
            return got;
        self->written += got.n;
    }
    return (weir_poll){1, WEIR_READY};
}
