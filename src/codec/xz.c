/* xz: one stream that holds all of the input, by liblzma. */

#ifdef WEIR_HAVE_LZMA

#include <lzma.h>

#include "codec/pack.h"
#include "codec/xz.h"

struct xz {
    lzma_stream library;
};

enum { XZ_LEVEL_DEFAULT = 6, XZ_LEVEL_MAX = 9 };

/* ---- options ---- */

static weir_xz_options xz_options_of(const void *given)
{
    weir_xz_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    return all;
}

static int preset_of(int level)
{
    return level == WEIR_LEVEL_0 ? 0 : level ? level : XZ_LEVEL_DEFAULT;
}

static uint32_t preset_with(const weir_xz_options *all)
{
    return (uint32_t)preset_of(all->level) | (all->extreme ? LZMA_PRESET_EXTREME : 0);
}

static bool xz_check(const weir_xz_options *all, weir_error *error)
{
    if (!weir_pack_level_is("xz", preset_of(all->level), 0, XZ_LEVEL_MAX,
                            "a level from 1 to 9, or WEIR_LEVEL_0", error))
        return false;
    if (all->threads > WEIR_XZ_THREADS_MAX) {
        weir_error_set(error, WEIR_E_ARGUMENT, "xz with %u threads", all->threads);
        error->cure = "at most 256";
        return false;
    }
    if (!all->threads || !all->flush_when_idle)
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "xz can not flush on threads");
    error->cure = "threads or flush_when_idle";
    return false;
}

static lzma_mt xz_on_threads(const weir_xz_options *all)
{
    return (lzma_mt){
        .threads = all->threads, .preset = preset_with(all), .check = LZMA_CHECK_CRC64};
}

static bool xz_init(void *state, const void *given, weir_error *error)
{
    struct xz *self = state;
    weir_xz_options all = xz_options_of(given);
    if (!xz_check(&all, error))
        return false;
    self->library = weir_xz_stream();
    lzma_mt how = xz_on_threads(&all);
    lzma_ret answer = all.threads ? lzma_stream_encoder_mt(&self->library, &how)
                                  : lzma_easy_encoder(&self->library, how.preset, how.check);
    if (answer == LZMA_OK)
        return true;
    lzma_end(&self->library);
    weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with xz");
    return false;
}

/* ---- the codec ---- */

/* An end or a flush comes alone: the library wants the same input with it until it is over. */
static lzma_action action_of(weir_input input, size_t in_n)
{
    if (input == WEIR_INPUT_IDLE)
        return LZMA_SYNC_FLUSH;
    return input == WEIR_INPUT_LAST && !in_n ? LZMA_FINISH : LZMA_RUN;
}

static weir_codec_state xz_step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct xz *self = state;
    lzma_action action = action_of(input, span->in_n);
    if (action == LZMA_RUN && !span->in_n)
        return WEIR_CODEC_MORE;
    lzma_ret answer = weir_xz_code(&self->library, span, action);
    if (answer == LZMA_STREAM_END)
        return action == LZMA_FINISH ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
    if (weir_xz_goes_on(answer))
        return WEIR_CODEC_MORE;
    if (answer == LZMA_MEM_ERROR)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with xz");
    else
        weir_error_set(error, WEIR_E_CORRUPT, "xz can not go on: error %d", (int)answer);
    return WEIR_CODEC_BAD;
}

static void xz_fini(void *state)
{
    struct xz *self = state;
    lzma_end(&self->library);
}

static size_t xz_memory_max(const void *given)
{
    weir_xz_options all = xz_options_of(given);
    lzma_mt how = xz_on_threads(&all);
    uint64_t bytes = all.threads ? lzma_stream_encoder_mt_memusage(&how)
                                 : lzma_easy_encoder_memusage(how.preset);
    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

const weir_codec weir_codec_xz = {.size = sizeof(weir_codec),
                                  .name = "xz",
                                  .state_size = sizeof(struct xz),
                                  .init = xz_init,
                                  .step = xz_step,
                                  .fini = xz_fini,
                                  .memory_max = xz_memory_max,
                                  .joins = true};
#endif
