/* zstd: one frame that holds all of the input, by libzstd. */

#ifdef WEIR_HAVE_ZSTD

#define ZSTD_STATIC_LINKING_ONLY /* memory of the caller's, and how much it takes */
#include <zstd.h>
#include <zstd_errors.h>

#include "codec/pack.h"
#include "codec/sized.h"

struct zstd {
    ZSTD_CCtx *library;
};

enum { ZSTD_FIRST_LAYOUT_BYTES = sizeof(weir_zstd_options) };

static weir_zstd_options zstd_options_of(const void *given)
{
    weir_zstd_options all;
    weir_options_take(&all, sizeof all, given, ZSTD_FIRST_LAYOUT_BYTES);
    return all;
}

static ZSTD_CCtx *zstd_library_new(void)
{
#ifdef WEIR_ZSTD_MEMORY
    return ZSTD_createCCtx_advanced(
        (ZSTD_customMem){weir_sized_take_for, weir_sized_give_for, NULL});
#else
    return ZSTD_createCCtx();
#endif
}

static bool zstd_check(const weir_zstd_options *all, weir_error *error)
{
    ZSTD_bounds window = ZSTD_cParam_getBounds(ZSTD_c_windowLog);
    bool is_window = !all->window_log || ((int64_t)all->window_log >= window.lowerBound &&
                                          (int64_t)all->window_log <= window.upperBound);
    if (!weir_pack_level_is("zstd", all->level, ZSTD_minCLevel(), ZSTD_maxCLevel(),
                            "a level from 1 to 22, or a negative one", error))
        return false;
    if (all->threads > WEIR_ZSTD_THREADS_MAX) {
        weir_error_set(error, WEIR_E_ARGUMENT, "zstd with %u threads", all->threads);
        error->cure = "at most 256";
        return false;
    }
    if (!is_window) {
        weir_error_set(error, WEIR_E_ARGUMENT, "zstd has no window of 2^%u bytes", all->window_log);
        error->cure = "a window_log from 10 to 31";
    }
    return is_window;
}

static bool zstd_set(ZSTD_CCtx *library, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(library, parameter, value));
}

static bool zstd_set_all(ZSTD_CCtx *library, const weir_zstd_options *all)
{
    return zstd_set(library, ZSTD_c_compressionLevel, all->level) &&
           zstd_set(library, ZSTD_c_windowLog, (int)all->window_log) &&
           zstd_set(library, ZSTD_c_checksumFlag, !all->no_checksum) &&
           (!all->threads || zstd_set(library, ZSTD_c_nbWorkers, (int)all->threads));
}

static bool zstd_init(void *state, const void *given, weir_error *error)
{
    struct zstd *self = state;
    weir_zstd_options all = zstd_options_of(given);
    if (!zstd_check(&all, error))
        return false;
    self->library = zstd_library_new();
    if (!self->library) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with zstd");
        return false;
    }
    if (zstd_set_all(self->library, &all))
        return true;
    ZSTD_freeCCtx(self->library);
    weir_error_set(error, WEIR_E_ARGUMENT, "this libzstd was built without threads");
    error->cure = "threads = 0";
    return false;
}

static weir_codec_state zstd_fails(size_t answer, weir_error *error)
{
    if (ZSTD_getErrorCode(answer) == ZSTD_error_memory_allocation)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with zstd");
    else
        weir_error_set(error, WEIR_E_CORRUPT, "zstd can not go on: %s", ZSTD_getErrorName(answer));
    return WEIR_CODEC_BAD;
}

/* Given an end together with the input zstd would write its length, and pick its tables by it: so
 * the end comes alone, always. */
static ZSTD_EndDirective directive_of(weir_input input, size_t in_n)
{
    if (input == WEIR_INPUT_IDLE)
        return ZSTD_e_flush;
    return input == WEIR_INPUT_LAST && !in_n ? ZSTD_e_end : ZSTD_e_continue;
}

static weir_codec_state zstd_step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct zstd *self = state;
    ZSTD_inBuffer in = {span->in, span->in_n, 0};
    ZSTD_outBuffer out = {span->out, span->out_n, 0};
    ZSTD_EndDirective how = directive_of(input, span->in_n);
    if (how == ZSTD_e_continue && !span->in_n)
        return WEIR_CODEC_MORE;
    size_t left = ZSTD_compressStream2(self->library, &out, &in, how);
    if (ZSTD_isError(left))
        return zstd_fails(left, error);
    weir_span_move(span, in.pos, out.pos);
    return how == ZSTD_e_end && !left ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static void zstd_fini(void *state)
{
    struct zstd *self = state;
    ZSTD_freeCCtx(self->library);
}

#ifdef WEIR_ZSTD_MEMORY
/* What zstd's threads hold: a ring of jobs, a result for each that may be under way, and a state
 * each. A job is four windows, 1 MiB at least. */
static size_t threads_memory(const weir_zstd_options *all, ZSTD_compressionParameters how)
{
    size_t window = (size_t)1 << how.windowLog;
    size_t job = window << 2 > (size_t)1 << 20 ? window << 2 : (size_t)1 << 20;
    size_t n = all->threads;
    return (n + 3) * (job + window) + (2 * n + 3) * ZSTD_compressBound(job) +
           (n + 1) * ZSTD_estimateCCtxSize_usingCParams(how);
}

static size_t zstd_memory_max(const void *given)
{
    enum { BESIDES_BYTES = 64 << 10 };
    weir_zstd_options all = zstd_options_of(given);
    ZSTD_compressionParameters how = ZSTD_getCParams(all.level, 0, 0);
    if (all.window_log)
        how.windowLog = all.window_log;
    size_t bytes = ZSTD_estimateCStreamSize_usingCParams(how) + BESIDES_BYTES;
    return all.threads ? bytes + threads_memory(&all, how) : bytes;
}
#else
/* The largest there are, by level, as zstd's table of them has it. */
static size_t zstd_memory_max(const void *given)
{
    weir_zstd_options all = zstd_options_of(given);
    size_t bytes = (size_t)(all.level < 10 ? 32 : all.level < 20 ? 128 : 1024) << 20;
    bytes += all.window_log ? (size_t)8 << all.window_log : 0;
    return bytes * (1 + 8 * (size_t)all.threads);
}
#endif

const weir_codec weir_codec_zstd = {.size = sizeof(weir_codec),
                                    .name = "zstd",
                                    .state_size = sizeof(struct zstd),
                                    .init = zstd_init,
                                    .step = zstd_step,
                                    .fini = zstd_fini,
                                    .memory_max = zstd_memory_max,
                                    .joins = true};
#endif
