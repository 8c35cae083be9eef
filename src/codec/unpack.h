/* What the decompressors have in common: frames one after the other, what may stand between them,
 * and where things are wrong. A decompressor knows one frame. */
#ifndef WEIR_CODEC_UNPACK_H
#define WEIR_CODEC_UNPACK_H

#include "weir/compress.h"

typedef struct weir_unpack weir_unpack;

typedef enum weir_head {
    WEIR_HEAD_MORE, /* it may be one: one byte more is wanted */
    WEIR_HEAD_OURS,
    WEIR_HEAD_OTHER /* error was set, or else it is none of ours */
} weir_head;

typedef struct weir_unpack_format {
    const char *name;  /* "zstd" */
    const char *frame; /* what a frame is called */
    const char *magic; /* what one begins with, for people; NULL: nothing, and only one comes */
    /* Looks at the first bytes of a frame, one more each time. With magic. */
    weir_head (*head)(weir_unpack *self, const unsigned char *bytes, size_t n, weir_error *error);
    /* A frame begins, the first one too. */
    bool (*begin)(weir_unpack *self, weir_error *error);
    /* As a codec's step, inside of a frame; DONE: the frame is over. BAD: error was set; its byte
     * is where span->in stands, unless it says another. */
    weir_codec_state (*step)(weir_unpack *self, weir_span *span, weir_error *error);
    unsigned padding; /* zeros between frames, in multiples of it; 0: none */
} weir_unpack_format;

enum { WEIR_HEAD_BYTES = 20 };

/* The beginning of a decompressor's state. */
struct weir_unpack {
    const weir_unpack_format *format;
    unsigned char head[WEIR_HEAD_BYTES];
    unsigned head_n;
    unsigned head_at; /* of these, the ones that the format took */
    bool inside;      /* of a frame, behind what tells that it is one */
    bool skips;       /* set by the format's head: the frame holds nothing */
    bool one;
    uint64_t at; /* where the next byte of the input stands */
    uint64_t frame_at;
    uint64_t frames;
    uint64_t zeros; /* behind the last frame */
    unsigned step_frames;
};

/* A codec's step, and the beginning of its init. */
weir_codec_state weir_unpack_step(void *state, weir_span *span, weir_input input,
                                  weir_error *error);
weir_decompress_options weir_unpack_begin(weir_unpack *self, const weir_unpack_format *format,
                                          const void *options);

/* The options as they were given, with the defaults of a file where nothing was said. */
weir_decompress_options weir_unpack_options(const void *given);

/* Where a library is fed unit by unit (a header, a block), as it asks for them: what is wrong is
 * where its unit begins, however the input was cut, and what came out before has been taken. */
typedef struct weir_units {
    uint64_t at; /* of the unit */
    size_t left; /* bytes of it */
    size_t used; /* bytes of it that the library has */
} weir_units;

static inline size_t weir_units_offer(const weir_units *self, size_t n)
{
    return self->left < n ? self->left : n;
}

/* hint: what the library asks for next, in which the `header` bytes of the unit after that may be
 * included: these come by themselves. So few bytes come one by one: what fails with the last of a
 * unit has then given all before it. */
void weir_units_used(weir_units *self, size_t n, size_t hint, size_t header);

/* What to try against damaged bytes, where nobody knew better. */
static inline void weir_unpack_advise(weir_error *error)
{
    if (error->cure)
        return;
    if (error->code == WEIR_E_TRUNCATED)
        error->cure = "a whole copy of it, if there is one";
    else if (error->code == WEIR_E_CORRUPT)
        error->cure = "another copy of it, if there is one";
}

/* ... and where it may never have been compressed. */
static inline void weir_unpack_advise_other(weir_error *error)
{
    error->cure = "leave it out, if this is not compressed";
}

static inline void weir_span_move(weir_span *span, size_t used, size_t made)
{
    span->in += used;
    span->in_n -= used;
    span->out += made;
    span->out_n -= made;
}

#endif
