/* unbrotli: one stream, by libbrotlidec. The library gives what it has decoded when it wants input,
 * and drops it when it fails: how much of that comes before an error depends on how the input was
 * cut. */

#ifdef WEIR_HAVE_BROTLI

#include <brotli/decode.h>

#include "codec/sized.h"
#include "codec/unpack.h"

struct unbrotli {
    weir_unpack unpack;
    BrotliDecoderState *library;
};

static bool unbrotli_frame(weir_unpack *unpack, weir_error *error)
{
    (void)unpack, (void)error;
    return true;
}

static bool is_memory(BrotliDecoderErrorCode code)
{
    return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
           code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

static weir_codec_state unbrotli_fails(const struct unbrotli *self, weir_error *error)
{
    BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(self->library);
    if (is_memory(code))
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress brotli data");
    else if (code == BROTLI_DECODER_ERROR_FORMAT_WINDOW_BITS)
        weir_error_set(error, WEIR_E_CORRUPT,
                       "no brotli data, or of a window above the 16 MiB of RFC 7932")
            ->cure = "brotli -dc, which knows large windows";
    else
        weir_error_set(error, WEIR_E_CORRUPT, "bad brotli data: %s",
                       BrotliDecoderErrorString(code));
    return WEIR_CODEC_BAD;
}

static weir_codec_state unbrotli_step(weir_unpack *unpack, weir_span *span, weir_error *error)
{
    struct unbrotli *self = (struct unbrotli *)unpack;
    BrotliDecoderResult got = BrotliDecoderDecompressStream(self->library, &span->in_n, &span->in,
                                                            &span->out_n, &span->out, NULL);
    if (got == BROTLI_DECODER_RESULT_ERROR)
        return unbrotli_fails(self, error);
    return got == BROTLI_DECODER_RESULT_SUCCESS ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static const weir_unpack_format unbrotli_format = {
    .name = "brotli", .frame = "stream", .begin = unbrotli_frame, .step = unbrotli_step};

static bool unbrotli_init(void *state, const void *options, weir_error *error)
{
    struct unbrotli *self = state;
    weir_unpack_begin(&self->unpack, &unbrotli_format, options);
    self->library = BrotliDecoderCreateInstance(weir_sized_take_for, weir_sized_give_for, NULL);
    if (self->library)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress brotli data");
    return false;
}

static void unbrotli_fini(void *state)
{
    struct unbrotli *self = state;
    BrotliDecoderDestroyInstance(self->library);
}

/* The largest window of the format, which grows by being copied, and the tables of as many trees as
 * there may be. */
static size_t unbrotli_memory_max(const void *options)
{
    enum { WINDOW_BYTES = 16 << 20, TABLES_BYTES = 4 << 20 };
    (void)options;
    return WINDOW_BYTES + WINDOW_BYTES / 2 + TABLES_BYTES;
}

const weir_codec weir_codec_unbrotli = {.size = sizeof(weir_codec),
                                        .name = "unbrotli",
                                        .state_size = sizeof(struct unbrotli),
                                        .init = unbrotli_init,
                                        .step = weir_unpack_step,
                                        .fini = unbrotli_fini,
                                        .memory_max = unbrotli_memory_max};
#endif
