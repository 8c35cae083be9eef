/* xxh3, 64 bits, by libxxhash's header alone: nothing is linked. */

#ifdef WEIR_HAVE_XXHASH
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "codec/hash.h"

static bool xxh3_begin(void *state)
{
    return XXH3_64bits_reset(state) == XXH_OK;
}

static bool xxh3_add(void *state, const unsigned char *bytes, size_t n)
{
    return XXH3_64bits_update(state, bytes, n) == XXH_OK;
}

static bool xxh3_end(void *state, unsigned char *out)
{
    weir_hash_put(XXH3_64bits_digest(state), 8, out);
    return true;
}

const weir_hash_ops weir_hash_xxh3 = {.bytes = 8,
                                      .is_number = true,
                                      .state_size = sizeof(XXH3_state_t),
                                      .begin = xxh3_begin,
                                      .add = xxh3_add,
                                      .end = xxh3_end};
#endif
