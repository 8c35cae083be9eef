/* unlz4: all frames, those that are skipped too, by liblz4. */

#ifdef WEIR_HAVE_LZ4

#define LZ4F_STATIC_LINKING_ONLY /* memory of the caller's */
#include <lz4frame.h>

#include "codec/sized.h"
#include "codec/unpack.h"

enum { UNLZ4_MAGIC_BYTES = 4, UNLZ4_FIRST_BYTES = 7, UNLZ4_BLOCK_HEADER_BYTES = 4 };

struct unlz4 {
    weir_unpack unpack;
    weir_units units;
    LZ4F_dctx *library;
};

/* ---- what a frame begins with ---- */

static bool unlz4_begins(const unsigned char *bytes, size_t n, const char *magic)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != (unsigned char)magic[i])
            return false;
    return true;
}

static weir_head unlz4_head(weir_unpack *unpack, const unsigned char *bytes, size_t n,
                            weir_error *error)
{
    bool skipped = (bytes[0] & 0xf0) == 0x50 && unlz4_begins(bytes + 1, n - 1, "\x2a\x4d\x18");
    bool legacy = unlz4_begins(bytes, n, "\x02\x21\x4c\x18");
    if (!skipped && !legacy && !unlz4_begins(bytes, n, "\x04\x22\x4d\x18"))
        return WEIR_HEAD_OTHER;
    if (n < UNLZ4_MAGIC_BYTES)
        return WEIR_HEAD_MORE;
    unpack->skips = skipped;
    if (!legacy)
        return WEIR_HEAD_OURS;
    weir_error_set(error, WEIR_E_CORRUPT, "this is lz4 data of the legacy format");
    error->cure = "lz4 -dc, which knows it";
    return WEIR_HEAD_OTHER;
}

/* ---- a frame ---- */

static bool unlz4_frame(weir_unpack *unpack, weir_error *error)
{
    struct unlz4 *self = (struct unlz4 *)unpack;
    (void)error;
    self->units = (weir_units){.at = unpack->frame_at, .left = UNLZ4_FIRST_BYTES};
    return true;
}

static weir_codec_state unlz4_fails(const struct unlz4 *self, size_t answer, weir_error *error)
{
    if (LZ4F_getErrorCode(answer) == LZ4F_ERROR_allocation_failed)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress lz4 data");
    else
        weir_error_set(error, WEIR_E_CORRUPT, "bad lz4 data: %s", LZ4F_getErrorName(answer));
    error->byte = self->units.at;
    return WEIR_CODEC_BAD;
}

static weir_codec_state unlz4_step(weir_unpack *unpack, weir_span *span, weir_error *error)
{
    struct unlz4 *self = (struct unlz4 *)unpack;
    size_t used = weir_units_offer(&self->units, span->in_n), made = span->out_n;
    size_t hint = LZ4F_decompress(self->library, span->out, &made, span->in, &used, NULL);
    if (LZ4F_isError(hint))
        return unlz4_fails(self, hint, error);
    weir_span_move(span, used, made);
    weir_units_used(&self->units, used, hint, UNLZ4_BLOCK_HEADER_BYTES);
    return hint ? WEIR_CODEC_MORE : WEIR_CODEC_DONE;
}

static const weir_unpack_format unlz4_format = {.name = "lz4",
                                                .frame = "frame",
                                                .magic = "04 22 4d 18",
                                                .head = unlz4_head,
                                                .begin = unlz4_frame,
                                                .step = unlz4_step};

/* ---- the codec ---- */

static LZ4F_dctx *unlz4_library_new(void)
{
#ifdef WEIR_LZ4_MEMORY
    return LZ4F_createDecompressionContext_advanced(
        (LZ4F_CustomMem){weir_sized_take_for, NULL, weir_sized_give_for, NULL}, LZ4F_VERSION);
#else
    LZ4F_dctx *library = NULL;
    return LZ4F_isError(LZ4F_createDecompressionContext(&library, LZ4F_VERSION)) ? NULL : library;
#endif
}

static bool unlz4_init(void *state, const void *options, weir_error *error)
{
    struct unlz4 *self = state;
    weir_unpack_begin(&self->unpack, &unlz4_format, options);
    self->library = unlz4_library_new();
    if (self->library)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress lz4 data");
    return false;
}

static void unlz4_fini(void *state)
{
    struct unlz4 *self = state;
    LZ4F_freeDecompressionContext(self->library);
}

/* A block on either side, the largest there are, and of the one the two windows that blocks may
 * refer to. */
static size_t unlz4_memory_max(const void *options)
{
    (void)options;
    return 2 * ((size_t)4 << 20) + (128 << 10) + (16 << 10);
}

const weir_codec weir_codec_unlz4 = {.size = sizeof(weir_codec),
                                     .name = "unlz4",
                                     .state_size = sizeof(struct unlz4),
                                     .init = unlz4_init,
                                     .step = weir_unpack_step,
                                     .fini = unlz4_fini,
                                     .memory_max = unlz4_memory_max};
#endif
