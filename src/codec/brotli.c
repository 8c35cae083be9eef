/* brotli: one stream that holds all of the input, by libbrotlienc. At the fastest levels what it
 * makes depends on how the input is cut, so that is done here, always the same way. */

#ifdef WEIR_HAVE_BROTLI

#include <brotli/encode.h>
#include <setjmp.h>
#include <string.h>

#include "codec/pack.h"

enum { BROTLI_PIECE_BYTES = 256 << 10, SIZE_HINT = 1 << 20 };

/* Debian's library ends the program where it is given no memory. So it is left where it stands, and
 * its blocks, which are kept in a list, are let go without it. */
struct brotli_block {
    _Alignas(WEIR_ALIGN) struct brotli_block *next;
    struct brotli_block **to_me; /* what points at this one */
    size_t bytes;
};

struct brotli {
    BrotliEncoderState *library; /* NULL: there was no memory */
    struct brotli_block *blocks;
    jmp_buf no_memory;
    bool busy; /* a piece is being compressed, [at, n) of it are not taken yet: */
    BrotliEncoderOperation how;
    size_t at, n;
    bool unflushed; /* bytes came since the last flush */
    unsigned char piece[BROTLI_PIECE_BYTES];
};

/* ---- options ---- */

static weir_brotli_options brotli_options_of(const void *given)
{
    weir_brotli_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    if (!all.window_log)
        all.window_log = BROTLI_DEFAULT_WINDOW;
    return all;
}

static int quality_of(int level)
{
    return level == WEIR_LEVEL_0 ? 0 : level ? level : BROTLI_DEFAULT_QUALITY;
}

static bool brotli_check(const weir_brotli_options *all, weir_error *error)
{
    if (!weir_pack_level_is("brotli", quality_of(all->level), BROTLI_MIN_QUALITY,
                            BROTLI_MAX_QUALITY, "a level from 1 to 11, or WEIR_LEVEL_0", error))
        return false;
    if (all->window_log >= BROTLI_MIN_WINDOW_BITS && all->window_log <= BROTLI_MAX_WINDOW_BITS)
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "brotli has no window of 2^%u bytes", all->window_log);
    error->cure = "a window_log from 10 to 24";
    return false;
}

/* ---- memory ---- */

static void *brotli_take(void *arg, size_t n)
{
    struct brotli *self = arg;
    size_t bytes;
    bool fits = !__builtin_add_overflow(n, sizeof(struct brotli_block), &bytes);
    struct brotli_block *block = fits ? weir_allocate(bytes) : NULL;
    if (!block)
        longjmp(self->no_memory, 1);
    *block = (struct brotli_block){.next = self->blocks, .to_me = &self->blocks, .bytes = bytes};
    if (block->next)
        block->next->to_me = &block->next;
    self->blocks = block;
    return block + 1;
}

static void brotli_give(void *arg, void *taken)
{
    (void)arg;
    if (!taken)
        return;
    struct brotli_block *block = (struct brotli_block *)taken - 1;
    *block->to_me = block->next;
    if (block->next)
        block->next->to_me = block->to_me;
    weir_release(block, block->bytes);
}

static bool brotli_leave(struct brotli *self, weir_error *error)
{
    while (self->blocks)
        brotli_give(self, self->blocks + 1);
    self->library = NULL;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to compress with brotli");
    return false;
}

/* ---- the library ---- */

static bool brotli_set(BrotliEncoderState *library, BrotliEncoderParameter parameter,
                       uint32_t value)
{
    return BrotliEncoderSetParameter(library, parameter, value);
}

static bool brotli_init(void *state, const void *given, weir_error *error)
{
    struct brotli *self = state;
    weir_brotli_options all = brotli_options_of(given);
    if (!brotli_check(&all, error))
        return false;
    if (setjmp(self->no_memory))
        return brotli_leave(self, error);
    self->library = BrotliEncoderCreateInstance(brotli_take, brotli_give, self);
    return (self->library &&
            brotli_set(self->library, BROTLI_PARAM_QUALITY, (uint32_t)quality_of(all.level)) &&
            brotli_set(self->library, BROTLI_PARAM_LGWIN, all.window_log) &&
            brotli_set(self->library, BROTLI_PARAM_SIZE_HINT, SIZE_HINT)) ||
           brotli_leave(self, error);
}

/* ---- the codec ---- */

static void brotli_gather(struct brotli *self, weir_span *span)
{
    size_t n = BROTLI_PIECE_BYTES - self->n;
    n = n < span->in_n ? n : span->in_n;
    if (n)
        memcpy(self->piece + self->n, span->in, n);
    self->n += n;
    self->unflushed |= n > 0;
    weir_span_move(span, n, 0);
}

/* False: the piece is not for the library yet. */
static bool brotli_is_due(struct brotli *self, const weir_span *span, weir_input input)
{
    if (input == WEIR_INPUT_LAST && !span->in_n && self->n < BROTLI_PIECE_BYTES)
        self->how = BROTLI_OPERATION_FINISH;
    else if (input == WEIR_INPUT_IDLE && self->unflushed)
        self->how = BROTLI_OPERATION_FLUSH;
    else if (self->n == BROTLI_PIECE_BYTES)
        self->how = BROTLI_OPERATION_PROCESS;
    else
        return false;
    self->at = 0;
    return self->busy = true;
}

static bool brotli_work(struct brotli *self, weir_span *span, weir_error *error)
{
    if (setjmp(self->no_memory))
        return brotli_leave(self, error);
    const unsigned char *in = self->piece + self->at;
    size_t in_n = self->n - self->at;
    if (!BrotliEncoderCompressStream(self->library, self->how, &in_n, &in, &span->out_n, &span->out,
                                     NULL))
        return brotli_leave(self, error);
    self->at = self->n - in_n;
    if (in_n || BrotliEncoderHasMoreOutput(self->library))
        return true;
    self->busy = false;
    self->n = 0;
    self->unflushed &= self->how == BROTLI_OPERATION_PROCESS;
    return true;
}

static weir_codec_state brotli_step(void *state, weir_span *span, weir_input input,
                                    weir_error *error)
{
    struct brotli *self = state;
    while (span->out_n) {
        if (!self->busy)
            brotli_gather(self, span);
        if (!self->busy && !brotli_is_due(self, span, input))
            return WEIR_CODEC_MORE;
        if (!brotli_work(self, span, error))
            return WEIR_CODEC_BAD;
        if (!self->busy && BrotliEncoderIsFinished(self->library))
            return WEIR_CODEC_DONE;
    }
    return WEIR_CODEC_MORE;
}

static void brotli_fini(void *state)
{
    struct brotli *self = state;
    if (self->library)
        BrotliEncoderDestroyInstance(self->library);
}

/* The window and what is added to it, the tables of the quality, and what a block is made of. */
static size_t brotli_memory_max(const void *given)
{
    weir_brotli_options all = brotli_options_of(given);
    int quality = quality_of(all.level);
    size_t window = (size_t)1 << (all.window_log > 18 ? all.window_log : 18);
    size_t tables = quality < 2    ? (size_t)4 << 20
                    : quality < 5  ? (size_t)8 << 20
                    : quality < 10 ? (size_t)1 << (quality + 16)
                                   : 8 * window;
    return 3 * window + tables + ((size_t)36 << 20);
}

const weir_codec weir_codec_brotli = {.size = sizeof(weir_codec),
                                      .name = "brotli",
                                      .state_size = sizeof(struct brotli),
                                      .init = brotli_init,
                                      .step = brotli_step,
                                      .fini = brotli_fini,
                                      .memory_max = brotli_memory_max};
#endif
