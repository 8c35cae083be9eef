/* A codec of one's own: in "3a2b." each character stands behind a digit that says how often it
 * comes, and a dot is the end; it becomes "aaabb". It is explained in docs/guide/08-own-codec.md.
 */

#include <stdio.h>
#include <string.h>

#include "weir.h"

/* 1. State: what must be known when the next piece comes. It is zero at the beginning. */
struct counts {
    unsigned count, owed;    /* a digit whose character did not come yet; what is to be written */
    unsigned char character; /* ... of this */
};

static bool counts_init(void *state, const void *options, weir_error *error)
{
    (void)state, (void)options, (void)error;
    return true;
}

/* 2. One byte in. BAD: it was not used, so that the error stands at its place. */
static weir_codec_state counts_take(struct counts *self, unsigned char byte, weir_error *error)
{
    if (self->count) {
        *self = (struct counts){.owed = self->count, .character = byte};
        return WEIR_CODEC_MORE;
    }
    if (byte == '.')
        return WEIR_CODEC_DONE;
    if (byte < '1' || byte > '9')
        return weir_error_set(error, WEIR_E_CORRUPT, "'%c' where 1 to 9 should stand", byte),
               WEIR_CODEC_BAD;
    self->count = byte - '0';
    return WEIR_CODEC_MORE;
}

/* 3. Out, as far as there is room. */
static void counts_give(struct counts *self, weir_span *span)
{
    unsigned n = self->owed < span->out_n ? self->owed : (unsigned)span->out_n;
    memset(span->out, self->character, n);
    span->out += n;
    span->out_n -= n;
    self->owed -= n;
}

/* 4. Step: goes on until there is no room or no input, and says which by what it leaves. */
static weir_codec_state counts_step(void *state, weir_span *span, weir_input input,
                                    weir_error *error)
{
    struct counts *self = state;
    weir_codec_state got = WEIR_CODEC_MORE;
    for (;;) {
        counts_give(self, span);
        if (self->owed || !span->in_n || got == WEIR_CODEC_DONE)
            break;
        got = counts_take(self, *span->in, error);
        if (got == WEIR_CODEC_BAD)
            return got;
        span->in++;
        span->in_n--;
    }
    if (got == WEIR_CODEC_DONE || self->owed || input != WEIR_INPUT_LAST)
        return got;
    weir_error_set(error, WEIR_E_TRUNCATED, "the text ends before its dot");
    return WEIR_CODEC_BAD;
}

static const weir_codec counts = {.size = sizeof counts,
                                  .name = "counts",
                                  .state_size = sizeof(struct counts),
                                  .init = counts_init,
                                  .step = counts_step};

/* In two pieces; how they are cut must make no difference. */
static void show(const char *first, const char *second)
{
    weir_reader *source = weir_chain_reader(weir_memory_reader(first, strlen(first)),
                                            weir_memory_reader(second, strlen(second)));
    weir_reader *text = weir_codec_reader(source, &counts, NULL);
    char bytes[64];
    size_t n;
    weir_error error;
    while (weir_await_read(text, bytes, sizeof bytes, &n, &error) == WEIR_READY)
        printf("%.*s", (int)n, bytes);
    printf("\n%s%s", error.code == WEIR_OK ? "" : WEIR_ERROR_TEXT(&error),
           error.code == WEIR_OK ? "" : "\n");
    weir_drop(text);
}

/* The hardest way: a byte at a time, and room for one. A codec needs no reader to be tried. */
static void show_in_drops(const char *text)
{
    struct counts state = {0};
    weir_codec_state got = WEIR_CODEC_MORE;
    weir_error error;
    for (size_t left = strlen(text); got == WEIR_CODEC_MORE;) {
        unsigned char out;
        weir_span span = {(const unsigned char *)text, left > 0, &out, 1};
        size_t in_n = span.in_n;
        got = counts_step(&state, &span, left ? WEIR_INPUT_MORE : WEIR_INPUT_LAST, &error);
        text += in_n - span.in_n;
        left -= in_n - span.in_n;
        if (!span.out_n)
            putchar(out);
    }
    printf("\n");
}

int main(void)
{
    show("3a2", "b.");
    show("3", "a2b.and what follows");
    show_in_drops("3a2b9c.");
    show("3a2b", "x1c.");
    show("3a", "2");
    return 0;
}
