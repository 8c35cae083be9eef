/* unbzip2: all streams, one after the other, by libbz2. */

#ifdef WEIR_HAVE_BZIP2

#include "codec/bzip2.h"

enum { UNBZIP2_MAGIC_BYTES = 4 };

struct unbzip2 {
    weir_unpack unpack;
    bz_stream library;
    bool begun; /* the library has memory */
};

static weir_head unbzip2_head(weir_unpack *unpack, const unsigned char *bytes, size_t n,
                              weir_error *error)
{
    unsigned char last = bytes[n - 1];
    (void)unpack, (void)error;
    if (n == UNBZIP2_MAGIC_BYTES)
        return last >= '1' && last <= '9' ? WEIR_HEAD_OURS : WEIR_HEAD_OTHER;
    return last == (unsigned char)"BZh"[n - 1] ? WEIR_HEAD_MORE : WEIR_HEAD_OTHER;
}

static void unbzip2_fini(void *state)
{
    struct unbzip2 *self = state;
    if (self->begun)
        BZ2_bzDecompressEnd(&self->library);
    self->begun = false;
}

static bool unbzip2_frame(weir_unpack *unpack, weir_error *error)
{
    struct unbzip2 *self = (struct unbzip2 *)unpack;
    unbzip2_fini(self);
    self->library = weir_bzip2_stream();
    self->begun = BZ2_bzDecompressInit(&self->library, 0, 0) == BZ_OK;
    if (!self->begun)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress bzip2 data");
    return self->begun;
}

static weir_codec_state unbzip2_step(weir_unpack *unpack, weir_span *span, weir_error *error)
{
    struct unbzip2 *self = (struct unbzip2 *)unpack;
    weir_bzip2_offer(&self->library, span);
    int answer = BZ2_bzDecompress(&self->library);
    weir_bzip2_take_back(&self->library, span);
    if (answer == BZ_STREAM_END)
        return WEIR_CODEC_DONE;
    if (answer == BZ_OK)
        return WEIR_CODEC_MORE;
    if (answer == BZ_MEM_ERROR)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress bzip2 data");
    else
        weir_error_set(error, WEIR_E_CORRUPT, "bad bzip2 data, or its checksum does not fit");
    return WEIR_CODEC_BAD;
}

static const weir_unpack_format unbzip2_format = {.name = "bzip2",
                                                  .frame = "stream",
                                                  .magic = "42 5a 68 and a digit",
                                                  .head = unbzip2_head,
                                                  .begin = unbzip2_frame,
                                                  .step = unbzip2_step};

static bool unbzip2_init(void *state, const void *options, weir_error *error)
{
    struct unbzip2 *self = state;
    (void)error;
    weir_unpack_begin(&self->unpack, &unbzip2_format, options);
    return true;
}

/* As its manual has it, for the largest block. */
static size_t unbzip2_memory_max(const void *options)
{
    (void)options;
    return (100 << 10) + 4 * (size_t)900000;
}

const weir_codec weir_codec_unbzip2 = {.size = sizeof(weir_codec),
                                       .name = "unbzip2",
                                       .state_size = sizeof(struct unbzip2),
                                       .init = unbzip2_init,
                                       .step = weir_unpack_step,
                                       .fini = unbzip2_fini,
                                       .memory_max = unbzip2_memory_max};
#endif
