/* Raw inflate and deflate, by whichever library. gunzip.c and gzip.c do the rest of the format. */
#ifndef WEIR_CODEC_DEFLATE_H
#define WEIR_CODEC_DEFLATE_H

#include "weir/codec.h"

enum { WEIR_INFLATE_SPARE = 8 };

typedef struct weir_inflater {
    void *(*start)(void); /* NULL: no memory */
    void (*stop)(void *state);
    void (*reset)(void *state); /* for the next member */
    /* BAD: *what says why; span->in stands where it was noticed. */
    weir_codec_state (*step)(void *state, weir_span *span, const char **what);
    /* After DONE or BAD: bytes behind the place that were taken off span->in already, at most
     * WEIR_INFLATE_SPARE. Returns how many. */
    size_t (*spare)(const void *state, unsigned char *out);
    uint32_t (*crc)(uint32_t crc, const unsigned char *bytes, size_t n);
    size_t memory_max; /* of what start and step allocate */
} weir_inflater;

extern const weir_inflater weir_inflate_zlib;
#ifdef WEIR_HAVE_ISAL
extern const weir_inflater weir_inflate_isal;
#endif

/* What stands around the blocks. */
typedef enum weir_wrap { WEIR_WRAP_GZIP, WEIR_WRAP_ZLIB, WEIR_WRAP_NONE } weir_wrap;

/* A whole member is made: header, blocks, trailer. */
typedef struct weir_deflater {
    void *(*start)(int level, weir_wrap wrap); /* NULL: no memory */
    void (*stop)(void *state);
    /* IDLE: after it all bytes that were given can be inflated, unless out is full: then it wants
     * to be called so again. DONE: LAST was said, all of in is used and the trailer is written.
     * BAD: it can not go on. */
    weir_codec_state (*step)(void *state, weir_span *span, weir_input input);
    size_t memory_max;
} weir_deflater;

extern const weir_deflater weir_deflate_zlib;
#ifdef WEIR_HAVE_ISAL
extern const weir_deflater weir_deflate_isal;
#endif

/* Blocks of a member that are made apart from each other: raw deflate. */
typedef struct weir_deflate_block {
    void *(*start)(int level); /* NULL: no memory. One state makes any number of blocks */
    void (*stop)(void *state);
    /* All n (> 0) bytes, flushed: the block ends with a byte, and another may follow. The `before`
     * bytes in front of them stand in front of the block too. How much it took of out; 0: it does
     * not fit, or the deflater can not go on. */
    size_t (*pack)(void *state, const unsigned char *in, size_t n, size_t before,
                   unsigned char *out, size_t out_n);
    uint32_t (*crc)(uint32_t crc, const unsigned char *bytes, size_t n);
    size_t memory_max; /* of a state */
} weir_deflate_block;

extern const weir_deflate_block weir_deflate_block_zlib;
#ifdef WEIR_HAVE_ISAL
extern const weir_deflate_block weir_deflate_block_isal;
#endif

/* The same codec by zlib alone, also where ISA-L is built in: for tests to compare. */
extern const weir_codec weir_codec_gunzip_zlib;

/* What weir_codec_gzip's init does, with a given deflater: for tests to deceive it. */
bool weir_gzip_begin(void *state, const weir_deflater *deflate, int level, weir_error *error);

#endif
