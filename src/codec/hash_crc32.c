/* crc32, by what gunzip checks its members with. */

#include "codec/deflate.h"
#include "codec/hash.h"

static bool crc32_begin(void *state)
{
    (void)state;
    return true;
}

static bool crc32_add(void *state, const unsigned char *bytes, size_t n)
{
    uint32_t *crc = state;
#ifdef WEIR_HAVE_ISAL
    *crc = weir_inflate_isal.crc(*crc, bytes, n);
#else
    *crc = weir_inflate_zlib.crc(*crc, bytes, n);
#endif
    return true;
}

static bool crc32_end(void *state, unsigned char *out)
{
    weir_hash_put(*(uint32_t *)state, 4, out);
    return true;
}

const weir_hash_ops weir_hash_crc32 = {.bytes = 4,
                                       .is_number = true,
                                       .state_size = sizeof(uint32_t),
                                       .begin = crc32_begin,
                                       .add = crc32_add,
                                       .end = crc32_end};
