/* weir/digest.h: what bytes come to by a hash, while they pass.
 *
 *     weir_digest digest;
 *     weir_copy(weir_hash(weir_file_reader("big.iso"), WEIR_SHA256, &digest), sink);
 *     ...                                          when the copy is over:
 *     printf("%s  big.iso\n", digest.text); */
#ifndef WEIR_DIGEST_H
#define WEIR_DIGEST_H

#include "weir/reader.h"

WEIR_BEGIN_C

typedef enum weir_hash_kind {
    WEIR_SHA256 = 1, /* nobody finds two inputs with one digest */
    WEIR_XXH3,       /* 64 bits, as fast as memory: against damage, not against people */
    WEIR_CRC32       /* gzip's and zip's: 32 bits, against damage */
} weir_hash_kind;

enum { WEIR_DIGEST_BYTES_MAX = 64 };

/* What a digest came to: all zero but for its kind until END came. */
typedef struct weir_digest {
    weir_hash_kind kind;
    bool done;                                 /* END came: it stands */
    uint32_t n;                                /* bytes of it */
    uint64_t number;                           /* of xxh3 and crc32; else 0 */
    uint64_t bytes;                            /* how many were hashed */
    unsigned char data[WEIR_DIGEST_BYTES_MAX]; /* the highest byte first */
    char text[2 * WEIR_DIGEST_BYTES_MAX + 1];  /* in hex: as sha256sum, xxhsum -H3, gzip -lv */
} weir_digest;

/* Passes the bytes on as they stand, in the same block, and has their digest in *out when END came;
 * where an error came before, or it was dropped, it is not there (done).
 * Shape: what is in hand is hashed, up to 256 KiB at once, before it may be seen; the kernel moves
 * nothing past it. Holds a few hundred bytes.
 * Errors: those of the source, at the source's place. ARGUMENT: no such kind, or one that this
 * library was built without: sha256 (-Dtls), xxh3 (-Dxxhash). MEMORY: OpenSSL has none left.
 * Owns: the source; *out stays the caller's and must be there until it is dropped.
 * Source: Go's io.TeeReader with a hash, Node's crypto streams, sha256sum.
 *
 * Example:
 *     weir_digest digest;
 *     p(weir_copy(weir_hash(text("hello"), WEIR_CRC32, &digest), weir_null_writer())); // -> 5
 *     p((const char *)digest.text); // -> 3610a686
 */
WEIR_NEW weir_reader *weir_hash(weir_reader *source WEIR_TAKES, weir_hash_kind kind,
                                weir_digest *out WEIR_KEEPS);

/* "sha256"; NULL: there is no such kind.
 *
 * Example:
 *     p(weir_hash_name(WEIR_SHA256)); // -> sha256
 */
WEIR_API const char *weir_hash_name(weir_hash_kind kind);

/* This library was built with it.
 *
 * Example:
 *     p(weir_hash_is_there(WEIR_CRC32)); // -> true
 */
WEIR_API bool weir_hash_is_there(weir_hash_kind kind);

WEIR_END_C

#endif
