/* A poll function closes it over several polls; its state has it meanwhile. */

#include "weir.h"

struct save {
    weir_writer *out;
    const char *text;
    size_t n, written;
};

weir_poll save_poll(struct save *self, weir_cx *cx)
{
    weir_writer *out = self->out;
    if (self->written < self->n) {
        weir_poll got = weir_poll_write_all(out, cx, self->text, self->n, &self->written);
        if (got.state != WEIR_READY)
            return got;
    }
    return weir_poll_close(out, cx);
}
