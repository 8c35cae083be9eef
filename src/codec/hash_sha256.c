/* sha256, by OpenSSL, which uses what the processor has for it. */

#ifdef WEIR_HAVE_OPENSSL
#include <openssl/evp.h>

#include "codec/hash.h"

static bool sha256_begin(void *state)
{
    EVP_MD_CTX **context = state;
    *context = EVP_MD_CTX_new();
    return *context && EVP_DigestInit_ex(*context, EVP_sha256(), NULL) == 1;
}

static bool sha256_add(void *state, const unsigned char *bytes, size_t n)
{
    EVP_MD_CTX **context = state;
    return EVP_DigestUpdate(*context, bytes, n) == 1;
}

static bool sha256_end(void *state, unsigned char *out)
{
    EVP_MD_CTX **context = state;
    return EVP_DigestFinal_ex(*context, out, NULL) == 1;
}

static void sha256_drop(void *state)
{
    EVP_MD_CTX **context = state;
    EVP_MD_CTX_free(*context);
}

const weir_hash_ops weir_hash_sha256 = {.bytes = 32,
                                        .state_size = sizeof(EVP_MD_CTX *),
                                        .begin = sha256_begin,
                                        .add = sha256_add,
                                        .end = sha256_end,
                                        .drop = sha256_drop};
#endif
