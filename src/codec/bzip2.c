/* bzip2: one stream that holds all of the input, by libbz2. */

#ifdef WEIR_HAVE_BZIP2

#include "codec/bzip2.h"
#include "codec/pack.h"

struct bzip2 {
    bz_stream library;
};

enum { BZIP2_LEVEL_DEFAULT = 9, BZIP2_BLOCK_BYTES = 100000 }; /* a block's, times the level */

static weir_bzip2_options bzip2_options_of(const void *given)
{
    weir_bzip2_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    if (!all.level)
        all.level = BZIP2_LEVEL_DEFAULT;
    return all;
}

static bool bzip2_init(void *state, const void *given, weir_error *error)
{
    struct bzip2 *self = state;
    weir_bzip2_options all = bzip2_options_of(given);
    if (!weir_pack_level_is("bzip2", all.level, 1, 9, "a level from 1 to 9", error))
        return false;
    self->library = weir_bzip2_stream();
    if (BZ2_bzCompressInit(&self->library, all.level, 0, 0) == BZ_OK)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with bzip2");
    return false;
}

/* The end comes alone: the library wants the same input with it until it is over. */
static weir_codec_state bzip2_step(void *state, weir_span *span, weir_input input,
                                   weir_error *error)
{
    struct bzip2 *self = state;
    int action = input == WEIR_INPUT_LAST && !span->in_n ? BZ_FINISH : BZ_RUN;
    if (action == BZ_RUN && !span->in_n)
        return WEIR_CODEC_MORE;
    weir_bzip2_offer(&self->library, span);
    int answer = BZ2_bzCompress(&self->library, action);
    weir_bzip2_take_back(&self->library, span);
    if (answer == BZ_STREAM_END)
        return WEIR_CODEC_DONE;
    if (answer == BZ_RUN_OK || answer == BZ_FINISH_OK)
        return WEIR_CODEC_MORE;
    weir_error_set(error, WEIR_E_CORRUPT, "bzip2 can not go on: error %d", answer);
    return WEIR_CODEC_BAD;
}

static void bzip2_fini(void *state)
{
    struct bzip2 *self = state;
    BZ2_bzCompressEnd(&self->library);
}

/* As its manual has it. */
static size_t bzip2_memory_max(const void *given)
{
    enum { TABLES_BYTES = 400 << 10 };
    return TABLES_BYTES + 8 * (size_t)BZIP2_BLOCK_BYTES * (size_t)bzip2_options_of(given).level;
}

const weir_codec weir_codec_bzip2 = {.size = sizeof(weir_codec),
                                     .name = "bzip2",
                                     .state_size = sizeof(struct bzip2),
                                     .init = bzip2_init,
                                     .step = bzip2_step,
                                     .fini = bzip2_fini,
                                     .memory_max = bzip2_memory_max,
                                     .joins = true};
#endif
