/* lz4: one frame that holds all of the input, in blocks that know nothing of each other, by liblz4.
 * What it makes depends on how the input is cut into blocks, so that is done here. */

#ifdef WEIR_HAVE_LZ4

#define LZ4F_STATIC_LINKING_ONLY /* memory of the caller's */
#include <lz4frame.h>
#include <string.h>

#include "codec/pack.h"
#include "codec/sized.h"

enum { LEVEL_MIN = -65536, LZ4_LEVEL_MAX = 12, HC_BYTES = 300 << 10 };

struct lz4 {
    LZ4F_cctx *library;
    LZ4F_preferences_t how;
    size_t block; /* bytes of one */
    size_t room;  /* that one may take when it is packed */
    bool begun, ended;
    unsigned char *in; /* of the next block, n so far */
    size_t n;
    unsigned char *out; /* what was made, [at, made) of it still to be given */
    size_t at, made;
};

/* ---- options ---- */

static weir_lz4_options lz4_options_of(const void *given)
{
    weir_lz4_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    if (!all.block_bytes)
        all.block_bytes = 256 << 10;
    return all;
}

/* 0: there are no such blocks. */
static LZ4F_blockSizeID_t lz4_block_of(uint32_t bytes)
{
    static const uint32_t sizes[] = {64 << 10, 256 << 10, 1 << 20, 4 << 20};
    for (int i = 0; i < 4; i++)
        if (sizes[i] == bytes)
            return (LZ4F_blockSizeID_t)(LZ4F_max64KB + i);
    return LZ4F_default;
}

static bool lz4_check(const weir_lz4_options *all, weir_error *error)
{
    if (!weir_pack_level_is("lz4", all->level, LEVEL_MIN, LZ4_LEVEL_MAX,
                            "a level from 1 to 12, or a negative one", error))
        return false;
    if (lz4_block_of(all->block_bytes))
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "lz4 has no blocks of %u bytes", all->block_bytes);
    error->cure = "64 KiB, 256 KiB, 1 MiB or 4 MiB";
    return false;
}

/* Each call makes a block of what it is given, and keeps nothing back. */
static LZ4F_preferences_t preferences_of(const weir_lz4_options *all)
{
    LZ4F_preferences_t how = {.compressionLevel = all->level, .autoFlush = 1};
    how.frameInfo.blockSizeID = lz4_block_of(all->block_bytes);
    how.frameInfo.blockMode = LZ4F_blockIndependent;
    how.frameInfo.contentChecksumFlag =
        all->no_checksum ? LZ4F_noContentChecksum : LZ4F_contentChecksumEnabled;
    return how;
}

/* ---- the codec ---- */

static LZ4F_cctx *lz4_library_new(void)
{
#ifdef WEIR_LZ4_MEMORY
    return LZ4F_createCompressionContext_advanced(
        (LZ4F_CustomMem){weir_sized_take_for, NULL, weir_sized_give_for, NULL}, LZ4F_VERSION);
#else
    LZ4F_cctx *library = NULL;
    return LZ4F_isError(LZ4F_createCompressionContext(&library, LZ4F_VERSION)) ? NULL : library;
#endif
}

static void lz4_fini(void *state)
{
    struct lz4 *self = state;
    if (self->library)
        LZ4F_freeCompressionContext(self->library);
    weir_release(self->in, self->block);
    weir_release(self->out, self->room);
}

static bool lz4_init(void *state, const void *given, weir_error *error)
{
    struct lz4 *self = state;
    weir_lz4_options all = lz4_options_of(given);
    if (!lz4_check(&all, error))
        return false;
    self->how = preferences_of(&all);
    self->block = all.block_bytes;
    self->room = LZ4F_compressBound(self->block, &self->how);
    self->library = lz4_library_new();
    self->in = weir_allocate(self->block);
    self->out = weir_allocate(self->room);
    if (self->library && self->in && self->out)
        return true;
    lz4_fini(self);
    weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with lz4");
    return false;
}

/* ---- blocks ---- */

static bool lz4_takes(struct lz4 *self, size_t made, weir_error *error)
{
    if (!LZ4F_isError(made)) {
        self->at = 0;
        self->made = made;
        return true;
    }
    if (LZ4F_getErrorCode(made) == LZ4F_ERROR_allocation_failed)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with lz4");
    else
        weir_error_set(error, WEIR_E_CORRUPT, "lz4 can not go on: %s", LZ4F_getErrorName(made));
    return false;
}

static bool lz4_begin(struct lz4 *self, weir_error *error)
{
    self->begun = true;
    return lz4_takes(self, LZ4F_compressBegin(self->library, self->out, self->room, &self->how),
                     error);
}

static bool lz4_end(struct lz4 *self, weir_error *error)
{
    self->ended = true;
    return lz4_takes(self, LZ4F_compressEnd(self->library, self->out, self->room, NULL), error);
}

static bool pack(struct lz4 *self, const unsigned char *in, size_t n, weir_error *error)
{
    return lz4_takes(self, LZ4F_compressUpdate(self->library, self->out, self->room, in, n, NULL),
                     error);
}

static bool pack_gathered(struct lz4 *self, weir_error *error)
{
    size_t n = self->n;
    self->n = 0;
    return pack(self, self->in, n, error);
}

static void lz4_gather(struct lz4 *self, weir_span *span)
{
    size_t n = self->block - self->n;
    n = n < span->in_n ? n : span->in_n;
    if (n)
        memcpy(self->in + self->n, span->in, n);
    self->n += n;
    weir_span_move(span, n, 0);
}

static void lz4_give(struct lz4 *self, weir_span *span)
{
    size_t n = self->made - self->at;
    n = n < span->out_n ? n : span->out_n;
    if (n)
        memcpy(span->out, self->out + self->at, n);
    self->at += n;
    weir_span_move(span, 0, n);
}

/* With nothing left to be given: makes the next of the output. False: it failed, or, without an
 * error, there is nothing to make. */
static bool lz4_make(struct lz4 *self, weir_span *span, weir_input input, weir_error *error)
{
    if (!self->begun)
        return lz4_begin(self, error);
    if (!self->n && span->in_n >= self->block) { /* it stands there as a whole */
        const unsigned char *in = span->in;
        weir_span_move(span, self->block, 0);
        return pack(self, in, self->block, error);
    }
    lz4_gather(self, span);
    bool due = self->n == self->block || (self->n && input != WEIR_INPUT_MORE && !span->in_n);
    if (due)
        return pack_gathered(self, error);
    return input == WEIR_INPUT_LAST && !span->in_n && lz4_end(self, error);
}

static weir_codec_state lz4_step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct lz4 *self = state;
    error->code = WEIR_OK; /* what stands there is of another time */
    for (;;) {
        lz4_give(self, span);
        if (self->at < self->made)
            return WEIR_CODEC_MORE;
        if (self->ended)
            return WEIR_CODEC_DONE;
        if (!lz4_make(self, span, input, error))
            return error->code == WEIR_OK ? WEIR_CODEC_MORE : WEIR_CODEC_BAD;
    }
}

static size_t lz4_memory_max(const void *given)
{
    weir_lz4_options all = lz4_options_of(given);
    LZ4F_preferences_t how = preferences_of(&all);
    return all.block_bytes + LZ4F_compressBound(all.block_bytes, &how) + HC_BYTES;
}

const weir_codec weir_codec_lz4 = {.size = sizeof(weir_codec),
                                   .name = "lz4",
                                   .state_size = sizeof(struct lz4),
                                   .init = lz4_init,
                                   .step = lz4_step,
                                   .fini = lz4_fini,
                                   .memory_max = lz4_memory_max,
                                   .joins = true};
#endif
