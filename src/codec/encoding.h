/* An encoder at work: the items that it was given, how many of them came out, and what went wrong.
 * What encode and encode_each share: one gathers what it writes, the other gives it item by item.
 */
#ifndef WEIR_CODEC_ENCODING_H
#define WEIR_CODEC_ENCODING_H

#include "stream/taken.h"
#include "weir/decode.h"

struct weir_encoding {
    weir_stream *source;
    const weir_encoder *encoder;
    void *state;
    size_t frame_bytes_max;
    size_t memory_max; /* the encoder's own */
    struct weir_taken taken;
    uint64_t records; /* items that were encoded or are errors */
    uint32_t demand;
    bool begun;           /* init was called */
    bool ended;           /* the source is over */
    bool closed;          /* ... and so is what stands behind the last item */
    weir_held_error held; /* it comes behind what was encoded */
};

/* A stage of an encoder has its state behind itself. */
#define WEIR_STATE_BEHIND(stage_) ((sizeof(stage_) + WEIR_ALIGN - 1) / WEIR_ALIGN * WEIR_ALIGN)

/* NULL: it is begun. Else why not, with the stage's name as its one text and a number. */
const weir_error *weir_encoding_begin(struct weir_encoding *self, weir_stream *source,
                                      const weir_encoder *encoder, void *state, const void *options,
                                      size_t frame_bytes_max);
void weir_encoding_fini(struct weir_encoding *self);

/* Something is to be written: an item, or what stands behind the last one. */
static inline bool weir_encoding_has_more(const struct weir_encoding *self)
{
    return self->taken.n || (self->ended && !self->closed);
}

/* Writes that into out, if it has room. Returns what it takes; more than room: nothing counts. */
size_t weir_encoding_ask(struct weir_encoding *self, unsigned char *out, size_t room);

/* It is passed, for there was room for n bytes of it, or there never will be. False: it came to an
 * error, which is held. */
bool weir_encoding_pass(struct weir_encoding *self, size_t n);

/* Asks the source. */
weir_poll weir_encoding_take(struct weir_encoding *self, weir_cx *cx, size_t demand);

#endif
