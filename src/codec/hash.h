/* A hash: a function of bytes that come in pieces. digest.c makes a reader of it. */
#ifndef WEIR_CODEC_HASH_H
#define WEIR_CODEC_HASH_H

#include "weir/digest.h"

typedef struct weir_hash_ops {
    size_t bytes;      /* of the digest */
    bool is_number;    /* it is one of 64 bits or less */
    size_t state_size; /* aligned to 64; zeroed before begin */
    /* false of each: no memory. After begin, end is called once, or drop. */
    bool (*begin)(void *state);
    bool (*add)(void *state, const unsigned char *bytes, size_t n);
    bool (*end)(void *state, unsigned char *out); /* the highest byte first */
    void (*drop)(void *state);                    /* optional; also of one that began nothing */
} weir_hash_ops;

extern const weir_hash_ops weir_hash_crc32;
#ifdef WEIR_HAVE_OPENSSL
extern const weir_hash_ops weir_hash_sha256;
#endif
#ifdef WEIR_HAVE_XXHASH
extern const weir_hash_ops weir_hash_xxh3;
#endif

static inline void weir_hash_put(uint64_t number, size_t n, unsigned char *out)
{
    for (size_t i = n; i--; number >>= 8)
        out[i] = (unsigned char)number;
}

#endif
