/* The codecs that this build lacks: each says so, and how to have it. */

#include "weir/compress.h"

#define NONE_(codec, what, library, feature, package)                                              \
    static bool codec##_init(void *state, const void *options, weir_error *error)                  \
    {                                                                                              \
        (void)state, (void)options;                                                                \
        weir_error_set(error, WEIR_E_ARGUMENT, "no " what ": built without " library);             \
        error->cure = "a library that was built with -D" feature "=enabled (" package ")";         \
        return false;                                                                              \
    }                                                                                              \
    const weir_codec weir_codec_##codec = {.size = sizeof(weir_codec),                             \
                                           .name = #codec,                                         \
                                           .state_size = 1,                                        \
                                           .init = codec##_init,                                   \
                                           .step = compress_none_never,                            \
                                           .joins = true};

#define BOTH_(codec, library, feature, package)                                                    \
    NONE_(codec, #codec, library, feature, package)                                                \
    NONE_(un##codec, #codec, library, feature, package)

#if !defined(WEIR_HAVE_ZSTD) || !defined(WEIR_HAVE_LZ4) || !defined(WEIR_HAVE_BROTLI) ||           \
    !defined(WEIR_HAVE_LZMA) || !defined(WEIR_HAVE_BZIP2)
/* No codec is asked whose init failed. */
static weir_codec_state compress_none_never(void *state, weir_span *span, weir_input input,
                                            weir_error *error)
{
    (void)state, (void)span, (void)input, (void)error;
    return WEIR_CODEC_BAD;
}
#endif

#ifndef WEIR_HAVE_ZSTD
BOTH_(zstd, "libzstd", "zstd", "libzstd-dev")
#endif

#ifndef WEIR_HAVE_LZ4
BOTH_(lz4, "liblz4", "lz4", "liblz4-dev")
#endif

#ifndef WEIR_HAVE_BROTLI
BOTH_(brotli, "libbrotlienc and libbrotlidec", "brotli", "libbrotli-dev")
#endif

#ifndef WEIR_HAVE_LZMA
BOTH_(xz, "liblzma", "lzma", "liblzma-dev")
#endif

#ifndef WEIR_HAVE_BZIP2
BOTH_(bzip2, "libbz2", "bzip2", "libbz2-dev")
#endif
