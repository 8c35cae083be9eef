/* weir/decode.h: a format of your own. A decoder says what stands at the beginning of some bytes,
 * an encoder what bytes an item is; neither knows of reads, waits and buffers. One adapter each
 * makes a stage of it, with limits, places and no copies. examples/my_frame.c is a whole protocol.
 */
#ifndef WEIR_DECODE_H
#define WEIR_DECODE_H

#include "weir/reader.h"

WEIR_BEGIN_C

/* What a decoder found at the beginning of the bytes. */
typedef enum weir_found {
    WEIR_FOUND_ITEM, /* *out was made of the first n bytes, and may point into them */
    /* At least n must be in hand; not above what is: one more. 0, behind items of this poll: these
     * must be gone first, since they hold memory of the state. */
    WEIR_FOUND_NEED,
    WEIR_FOUND_SKIP, /* the first n hold nothing */
    WEIR_FOUND_BAD   /* error was set. n > 0: go on behind them; 0: nobody knows how to go on */
} weir_found;

typedef struct weir_decoded {
    weir_found found;
    size_t n;
} weir_decoded;

/* Says what stands at the beginning of some bytes. Write it with designated initialisers: members
 * may be added behind the last. What it answers follows from the bytes alone, not from how many of
 * them came at once: so every split of an input gives the same items. */
typedef struct weir_decoder {
    uint32_t size;    /* sizeof(weir_decoder); 0: the first layout, which is this one */
    const char *name; /* what the stage is called; static text */
    /* What it makes. It is taken for lent, unless it is a number, owns what it holds (drop), or
     * says detached. */
    const weir_type *type;
    size_t state_size; /* zeroed before init */
    /* Looks at n bytes, at most frame_bytes_max, behind which WEIR_PADDING_BYTES more may be read.
     * last: nothing comes behind them. After a NEED it is shown the same bytes and more; what it
     * searched may stand in its state. n is 0 only when the input is over and all of it was used:
     * an ITEM of 0 bytes is then what the state still held, a NEED says that it holds nothing.
     * error->byte may be set, counted from the first of these bytes, and record, line, column,
     * cure; the rest is filled in. */
    weir_decoded (*decode)(void *state, const unsigned char *bytes, size_t n, bool last, void *out,
                           weir_error *error);
    /* Optional. false: error was set. */
    bool (*init)(void *state, const void *options, weir_error *error);
    void (*fini)(void *state); /* optional; not after an init that failed */
    /* Optional. Several items at once: up to demand (>= 1) side by side in out; how many, and in
     * *used the bytes that they and what is skipped take. It is called before decode, and stops
     * before whatever it cannot tell: 0 of 0 bytes, and decode is asked. */
    size_t (*decode_many)(void *state, const unsigned char *bytes, size_t n, void *out,
                          size_t demand, size_t *used);
    /* Optional. The most that it allocates besides the state; options as for init. */
    size_t (*memory_max)(const void *options);
    /* Optional. The items that were given are gone: memory of the state that they pointed to may be
     * used again. What it remembers of the bytes it copies now: they may move. */
    void (*release)(void *state);
} weir_decoder;

/* The items of a reader, lent from its buffer: valid until the next poll.
 * Shape: gives the frames in hand, up to the demand; never fills after lending; asks the reader for
 * what a frame lacks, at most WEIR_DECODE_AHEAD_BYTES more than came, so that a length that lies
 * takes no memory.
 * Units: frame_bytes_max: 1 to WEIR_MIN_MAX bytes.
 * Errors: behind the items before them, each with file, byte and record. The decoder's own: after a
 * BAD of n > 0 bytes the next record follows. Fatal: LIMIT for a frame over frame_bytes_max, before
 * it is in the buffer; TRUNCATED where the input ends inside of one; CORRUPT when the decoder
 * breaks its contract (ITEM or SKIP of no bytes, twice): checking builds end the program instead.
 * What init says is told at the first poll. weir_rejected() has the bytes of a frame that was
 * BAD.
 * Owns: the options are used by this call alone: they may be gone afterwards.
 * Source: tokio_util FramedRead and Decoder. One answer a call, and the end is a flag: there is no
 * decode_eof, and a bad frame is an item of its own, not the end.
 *
 * Example:
 *     p(weir_decode(text("420715"), &pairs, NULL, 2)); // -> 42 7 15
 *     p(weir_decode(text("42071"), &pairs, NULL, 2)); // -> 42 7 !TRUNCATED
 */
WEIR_LENDS
WEIR_NEW weir_stream *weir_decode(weir_reader *source WEIR_TAKES,
                                  const weir_decoder *decoder WEIR_KEEPS, const void *options,
                                  size_t frame_bytes_max);

enum { WEIR_DECODE_AHEAD_BYTES = 64 << 10 };

/* Says what bytes an item is. Write it with designated initialisers: members may be added behind
 * the last. */
typedef struct weir_encoder {
    uint32_t size;    /* sizeof(weir_encoder); 0: the first layout, which is this one */
    const char *name; /* what the stage is called; static text */
    const weir_type *type;
    size_t state_size; /* zeroed before init */
    /* Writes the item into out, and returns the bytes it takes. More than size: nothing counts, it
     * is called again with that room. 0: error was set; if it was not, the item takes no bytes. */
    size_t (*encode)(void *state, const void *item, unsigned char *out, size_t size,
                     weir_error *error);
    /* Optional. false: error was set. */
    bool (*init)(void *state, const void *options, weir_error *error);
    void (*fini)(void *state); /* optional; not after an init that failed */
    /* Optional. What stands behind the last item; as encode. */
    size_t (*end)(void *state, unsigned char *out, size_t size);
    /* Optional. The most that it allocates besides the state; options as for init. */
    size_t (*memory_max)(const void *options);
} weir_encoder;

/* The bytes of each item, one after the other.
 * Shape: gathers items in a block of 64 KiB, which grows for one that is larger; holds no block
 * while it waits for the first.
 * Units: frame_bytes_max: 1 to WEIR_MIN_MAX bytes.
 * Errors: behind the bytes of the items before them. An item that could not be encoded, or is over
 * frame_bytes_max (LIMIT), is one error with its record, not fatal: the next one follows.
 * Owns: the options are used by this call alone.
 * Source: tokio_util FramedWrite and Encoder, as a reader: weir_copy() brings it into a writer.
 *
 * Example:
 *     p(weir_encode(numbers(42, 7, 15), &to_pairs, NULL, 2)); // -> 420715
 *     p(weir_encode(numbers(42, 107, 15), &to_pairs, NULL, 2)); // -> 42 !USER
 */
WEIR_NEW weir_reader *weir_encode(weir_stream *source WEIR_TAKES,
                                  const weir_encoder *encoder WEIR_KEEPS, const void *options,
                                  size_t frame_bytes_max);

/* The same, the bytes of each item as an item: weir_forward() writes them, and what stands between
 * items keeps its place, as marks do (weir/mark.h).
 * Shape: lent from a block of 64 KiB, which grows for an item that is larger; what stands behind
 * the last item is one more.
 *
 * Example:
 *     p(weir_encode_each(numbers(42, 107, 15), &to_pairs, NULL, 2)); // -> 42 !USER 15
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_encode_each(weir_stream *source WEIR_TAKES,
                                       const weir_encoder *encoder WEIR_KEEPS, const void *options,
                                       size_t frame_bytes_max);

WEIR_END_C

#endif
