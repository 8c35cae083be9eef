/* gzip in blocks. */

#include "codec/gzip_block.h"

#include <string.h>
#include <zlib.h>

const weir_deflate_block *weir_gzip_block_deflate(int level)
{
#ifdef WEIR_HAVE_ISAL
    if (level == WEIR_GZIP_LEVEL_DEFAULT)
        return &weir_deflate_block_isal;
#endif
    (void)level;
    return &weir_deflate_block_zlib;
}

void weir_gzip_block_pack(const weir_deflate_block *deflate, void *deflater,
                          struct weir_gzip_block *block)
{
    block->made =
        deflate->pack(deflater, block->in, block->n, block->before, block->out, block->out_n);
    block->crc = deflate->crc(0, block->in, block->n);
}

void weir_gzip_sum_add(struct weir_gzip_sum *sum, const struct weir_gzip_block *block)
{
    sum->crc = (uint32_t)crc32_combine(sum->crc, block->crc, (z_off_t)block->n);
    sum->length += (uint32_t)block->n;
}

/* ---- around the blocks ---- */

static void put_little_endian(unsigned char out[4], uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (unsigned char)(number >> 8 * i);
}

/* No name, no time; the slowest, the fastest or another, on Unix: as zlib writes it. */
void weir_gzip_head(unsigned char out[WEIR_GZIP_HEAD_BYTES], int level)
{
    static const unsigned char head[WEIR_GZIP_HEAD_BYTES] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    memcpy(out, head, sizeof head);
    out[8] = level == 9 ? 2 : level == 0 || level == 1 ? 4 : 0;
}

/* An empty block of fixed codes says that it was the last. */
void weir_gzip_end(unsigned char out[WEIR_GZIP_END_BYTES], const struct weir_gzip_sum *sum)
{
    out[0] = 3;
    out[1] = 0;
    put_little_endian(out + 2, sum->crc);
    put_little_endian(out + 6, sum->length);
}
