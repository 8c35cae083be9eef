/* Behind the wait only its size is asked for, and a member of the same name is used. */
#include <string.h>

#include <weir.h>

struct frame {
    weir_reader *in;
    unsigned char bytes[16];
    size_t n;
    int64_t frames;
};

static weir_poll frames(struct frame *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    unsigned char head[16];
    size_t n;
    weir_co_begin(co);
    for (;;) {
        memset(head, 0, sizeof head);
        n = head[0];
        self->n = n;
        weir_co_poll(co, got, weir_poll_read(self->in, co->cx, self->bytes, sizeof head));
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        self->n += got.n;
        self->frames += self->n == sizeof head;
    }
    weir_co_return(co, out, self->frames);
    weir_co_end(co);
}
WEIR_CO_FN(frames_fn, frames, struct frame, int64_t)

weir_stream *count_frames(weir_reader *in)
{
    return weir_co_future(&frames_fn, &(struct frame){.in = in});
}
