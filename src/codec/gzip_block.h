/* A gzip member in blocks that can be compressed apart from each other, in any order and on any
 * thread: head, the blocks in order, end. The same input in the same blocks gives the same bytes.
 */
#ifndef WEIR_CODEC_GZIP_BLOCK_H
#define WEIR_CODEC_GZIP_BLOCK_H

#include "codec/deflate.h"

/* A block, as pigz has it, and what it may refer to of those before it. */
enum { WEIR_GZIP_BLOCK_BYTES = 128 << 10, WEIR_GZIP_BEFORE_BYTES = 32 << 10 };
/* What a block becomes at most: what can not be compressed is stored, with some bytes for each
 * 16 KiB. */
enum { WEIR_GZIP_PACKED_BYTES = WEIR_GZIP_BLOCK_BYTES + (4 << 10) };
enum { WEIR_GZIP_HEAD_BYTES = 10, WEIR_GZIP_END_BYTES = 10 };

struct weir_gzip_block {
    const unsigned char *in;
    size_t n;      /* > 0 */
    size_t before; /* bytes that stand in front of `in`: the end of what came before it */
    unsigned char *out;
    size_t out_n;
    size_t made; /* by weir_gzip_block_pack(), as the next; 0: it failed */
    uint32_t crc;
};

/* The fastest there is for a level as zlib has it, or the default. */
const weir_deflate_block *weir_gzip_block_deflate(int level);

/* `deflater` is one that deflate->start() made, and nobody uses meanwhile. */
void weir_gzip_block_pack(const weir_deflate_block *deflate, void *deflater,
                          struct weir_gzip_block *block);

/* What is known of the blocks so far. All zero bytes: there was none. */
struct weir_gzip_sum {
    uint32_t crc;
    uint32_t length; /* as the format has it: of 32 bits */
};
void weir_gzip_sum_add(struct weir_gzip_sum *sum, const struct weir_gzip_block *block);

void weir_gzip_head(unsigned char out[WEIR_GZIP_HEAD_BYTES], int level);
void weir_gzip_end(unsigned char out[WEIR_GZIP_END_BYTES], const struct weir_gzip_sum *sum);

#endif
