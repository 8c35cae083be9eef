/* A codec of your own, bytes to bytes: lines that end with \r\n become lines that end with \n. */

#include <stdio.h>

#include "weir.h"

/* What is remembered from one piece to the next. */
struct my_codec {
    bool has_return; /* a \r came, and it is not known yet what stands behind it */
};

static void put(weir_span *span, unsigned char byte)
{
    *span->out++ = byte;
    span->out_n--;
}

/* One byte at most is used, and one made. */
static void one(struct my_codec *self, weir_span *span)
{
    if (self->has_return) { /* what stands behind it decides */
        self->has_return = false;
        if (!span->in_n || *span->in != '\n')
            put(span, '\r');
        return;
    }
    self->has_return = *span->in == '\r';
    if (!self->has_return)
        put(span, *span->in);
    span->in++;
    span->in_n--;
}

static weir_codec_state step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct my_codec *self = state;
    bool last = input == WEIR_INPUT_LAST;
    (void)error; /* nothing is wrong here */
    while (span->out_n && (span->in_n || (last && self->has_return)))
        one(self, span);
    return last && !span->in_n && !self->has_return ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static const weir_codec my_codec = {.size = sizeof my_codec,
                                    .name = "my_codec",
                                    .state_size = sizeof(struct my_codec),
                                    .step = step};

/* One byte at a time: what it makes must be the same. */
static weir_reader *in_pieces(const char *text, size_t n)
{
    weir_reader *all = weir_memory_reader("", 0);
    for (size_t i = 0; i < n; i++)
        all = weir_chain_reader(all, weir_memory_reader(text + i, 1));
    return all;
}

int main(void)
{
    static const char text[] = "one\r\ntwo\r\r\nthree\rfour\r\n\r\n";
    weir_error error;
    weir_reader *at_once = weir_memory_reader(text, sizeof text - 1);
    weir_reader *both[] = {at_once, in_pieces(text, sizeof text - 1)};
    for (int i = 0; i < 2; i++) {
        weir_reader *hex = weir_hex(weir_codec_reader(both[i], &my_codec, NULL), NULL);
        weir_reader *made = weir_chain_reader(hex, weir_memory_reader("\n", 1));
        if (weir_run(weir_copy(made, weir_stdout_writer()), NULL, &error) != WEIR_READY)
            return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    }
    return 0;
}
