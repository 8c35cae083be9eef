/* What has no room now is kept, and offered when the task was woken. */

#include "weir.h"

struct outbox {
    weir_writer *out;
    const char *text;
    size_t n, written;
};

weir_poll outbox_poll(struct outbox *self, weir_cx *cx)
{
    while (self->written < self->n) {
        weir_poll got =
            weir_poll_write(self->out, cx, self->text + self->written, self->n - self->written);
        if (got.state != WEIR_READY)
            return got;
        self->written += got.n;
    }
    return (weir_poll){1, WEIR_READY};
}
