/* weir/frames.h: frames that say how long they are, and the way back. */
#ifndef WEIR_FRAMES_H
#define WEIR_FRAMES_H

#include "weir/reader.h"

WEIR_BEGIN_C

/* The longest frame where nobody says better. */
#define WEIR_FRAME_BYTES_MAX_DEFAULT ((size_t)8 << 20)

enum {
    WEIR_FRAME_WIDTH_MAX = 8,   /* bytes of a length */
    WEIR_FRAME_OFFSET_MAX = 255 /* bytes before it */
};

/* A frame: `offset` bytes, a length of `width` bytes, and length + adjustment bytes. */
typedef struct weir_frames_options {
    uint32_t size;      /* set by WEIR_FRAMES_OPTIONS(); 0: the first layout */
    uint32_t width;     /* 1 to 8; 0: 4 */
    bool little_endian; /* else the first byte of a length counts most */
    bool keep_header;   /* the items begin with what stands before their bytes; else without */
    uint32_t offset;    /* at most WEIR_FRAME_OFFSET_MAX */
    int64_t adjustment; /* bytes that a length does not count; below 0: that it counts besides */
    size_t frame_bytes_max; /* behind the length; 0: 8 MiB */
} weir_frames_options;

/* WEIR_FRAMES_OPTIONS(.width = 2): such options, the size set. */
#define WEIR_FRAMES_OPTIONS(...)                                                                   \
    ((weir_frames_options){.size = sizeof(weir_frames_options), __VA_ARGS__})

/* The frames of a reader, each a lent weir_line: valid until the next poll. options NULL: lengths
 * of 4 bytes, big endian.
 * Shape: as weir_decode(): a length that lies takes no memory.
 * Errors: all fatal, with byte and record, for nobody knows where the next frame begins. LIMIT for
 * a frame over frame_bytes_max, before it is in the buffer; CORRUPT where length + adjustment is
 * below 0; TRUNCATED where the input ends inside of a frame. ARGUMENT for options that cannot be.
 * Source: tokio_util LengthDelimitedCodec. Its num_skip is keep_header, and a length counts the
 * bytes behind the header there as here, so keeping the header needs no adjustment.
 *
 * Example:
 *     weir_reader *framed = weir_memory_reader("\0\2hi\0\0\0\1x", 9);
 *     p(weir_frames(framed, &WEIR_FRAMES_OPTIONS(.width = 2))); // -> hi '' x
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_frames(weir_reader *source WEIR_TAKES,
                                  const weir_frames_options *options);

/* The way back: the length of each weir_line or weir_owned_line, less the adjustment, and its
 * bytes.
 * Shape: as weir_encode().
 * Errors: LIMIT, not fatal, with its record, for a line over frame_bytes_max, or whose length has
 * no room in `width` bytes or is below 0: the next one follows. ARGUMENT for an offset or
 * keep_header: what stands before a length is not known here; lines that have their header go
 * through weir_into_reader().
 *
 * Example:
 *     weir_reader *framed = weir_to_frames(lines("hi\n\nx"), &WEIR_FRAMES_OPTIONS(.width = 1));
 *     p(weir_hex(framed, NULL)); // -> 026869000178
 */
WEIR_NEW weir_reader *weir_to_frames(weir_stream *source WEIR_TAKES,
                                     const weir_frames_options *options);

WEIR_END_C

#endif
