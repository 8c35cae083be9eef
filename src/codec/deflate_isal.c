/* ISA-L as inflater and deflater, where the library was built with it. */

#ifdef WEIR_HAVE_ISAL

#include <isa-l.h>
#include <string.h>

#include "codec/deflate.h"

static uint32_t least32(size_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* ---- inflate ----
 *
 * ISA-L's fast loop notices bad data late: bytes that mean nothing may have come out, how many
 * depends on how the input was cut. Its careful loop, which it takes when it is given one byte at
 * a time, does not. So where the fast one fails the step is taken back and made again, carefully:
 * the outcome is that of zlib, however the input is cut. But for a block whose codes have gaps,
 * which zlib refuses: ISA-L goes on until bits come that have no meaning. */

enum { CAREFUL_BYTES = 64 }; /* less than this is not worth a copy of the state */

struct inflater {
    struct inflate_state z;
    struct inflate_state before; /* the step that is being made */
    bool failed;                 /* bad data, behind what is still to be given out */
};

static void *deflate_isal_inflate_start(void)
{
    struct inflater *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    isal_inflate_init(&self->z);
    return self;
}

static void deflate_isal_inflate_stop(void *state)
{
    weir_release(state, sizeof(struct inflater));
}

static void deflate_isal_inflate_reset(void *state)
{
    struct inflater *self = state;
    isal_inflate_reset(&self->z);
    self->failed = false;
}

static int inflate_some(struct inflate_state *z, weir_span *span, size_t in_n)
{
    z->next_in = (unsigned char *)(uintptr_t)span->in;
    z->avail_in = (uint32_t)in_n;
    z->next_out = span->out;
    z->avail_out = least32(span->out_n);
    int answer = isal_inflate(z);
    span->in_n -= (size_t)(z->next_in - span->in);
    span->in = z->next_in;
    span->out_n -= (size_t)(z->next_out - span->out);
    span->out = z->next_out;
    return answer;
}

static bool deflate_isal_is_over(const struct inflate_state *z, int answer)
{
    return answer < 0 || z->block_state == ISAL_BLOCK_FINISH;
}

static int inflate_carefully(struct inflate_state *z, weir_span *span)
{
    int answer;
    do
        answer = inflate_some(z, span, span->in_n ? 1 : 0);
    while (!deflate_isal_is_over(z, answer) && span->in_n && span->out_n);
    return answer;
}

/* The state is kept without what is not in use of its buffer. So that must be the last member:
 * only what the alignment asks for may stand behind it. */
_Static_assert(sizeof(struct inflate_state) - offsetof(struct inflate_state, tmp_out_buffer) -
                       sizeof((struct inflate_state *)0)->tmp_out_buffer <
                   _Alignof(struct inflate_state),
               "tmp_out_buffer is the last member of struct inflate_state");

static void deflate_isal_keep(struct inflater *self)
{
    size_t used = (size_t)self->z.tmp_out_valid;
    memcpy(&self->before, &self->z, offsetof(struct inflate_state, tmp_out_buffer) + used);
}

static void deflate_isal_take_back(struct inflater *self)
{
    size_t used = (size_t)self->before.tmp_out_valid;
    memcpy(&self->z, &self->before, offsetof(struct inflate_state, tmp_out_buffer) + used);
}

static int inflate_step_or_again(struct inflater *self, weir_span *span)
{
    if (span->in_n < CAREFUL_BYTES)
        return inflate_carefully(&self->z, span);
    weir_span again = *span;
    deflate_isal_keep(self);
    int answer = inflate_some(&self->z, span, least32(span->in_n));
    if (answer >= 0)
        return answer;
    deflate_isal_take_back(self);
    *span = again;
    return inflate_carefully(&self->z, span);
}

/* After bad data: what was decoded before it and found no room. True: all of it is out. */
static bool deflate_isal_drain(struct inflate_state *z, weir_span *span)
{
    size_t n = (size_t)(z->tmp_out_valid - z->tmp_out_processed);
    n = n < span->out_n ? n : span->out_n;
    memcpy(span->out, z->tmp_out_buffer + z->tmp_out_processed, n);
    z->tmp_out_processed += (int32_t)n;
    span->out += n;
    span->out_n -= n;
    return z->tmp_out_processed == z->tmp_out_valid;
}

static weir_codec_state deflate_isal_inflate_step(void *state, weir_span *span, const char **what)
{
    struct inflater *self = state;
    if (!self->failed) {
        self->failed = inflate_step_or_again(self, span) < 0;
        if (!self->failed)
            return self->z.block_state == ISAL_BLOCK_FINISH ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
    }
    if (!deflate_isal_drain(&self->z, span))
        return WEIR_CODEC_MORE;
    *what = "bad deflate data";
    return WEIR_CODEC_BAD;
}

/* What it holds in its bit buffer, without the rest of the byte it stands in. */
static size_t deflate_isal_inflate_spare(const void *state, unsigned char *out)
{
    const struct inflate_state *z = &((const struct inflater *)state)->z;
    size_t n = z->read_in_length > 0 ? (size_t)z->read_in_length / 8 : 0;
    uint64_t bits = z->read_in >> (z->read_in_length & 7);
    n = n < WEIR_INFLATE_SPARE ? n : WEIR_INFLATE_SPARE;
    memcpy(out, &bits, n);
    return n;
}

static uint32_t isal_crc(uint32_t crc, const unsigned char *bytes, size_t n)
{
    return crc32_gzip_refl(crc, bytes, n);
}

const weir_inflater weir_inflate_isal = {deflate_isal_inflate_start, deflate_isal_inflate_stop,
                                         deflate_isal_inflate_reset, deflate_isal_inflate_step,
                                         deflate_isal_inflate_spare, isal_crc,
                                         sizeof(struct inflater)};

/* ---- deflate ----
 *
 * ISA-L's loop for levels 1 and 2 files the third byte of all that it compresses under a hash of
 * its own state's address: the same bytes in would give other bytes out now and then. It does not
 * where it has one byte to do at first and leaves the loop. It keeps back what it looks ahead at,
 * so the first step is one byte longer than that; what is shorter as a whole is done by level 3,
 * which has another loop. */

enum { LEVEL = 2, LEVEL_OF_SHORT = 3, LEVEL_BYTES = ISAL_DEF_LVL2_DEFAULT }; /* 2: as igzip */
enum { LOOK_AHEAD_BYTES = 288, FIRST_STEP_BYTES = LOOK_AHEAD_BYTES + 1 };

_Static_assert((int)LEVEL_BYTES >= (int)ISAL_DEF_LVL3_SMALL, "room for either level");

struct deflater {
    struct isal_zstream z;
    unsigned char level[LEVEL_BYTES];
};

static void *deflate_isal_start(int level, weir_wrap wrap)
{
    static const uint16_t flags[] = {IGZIP_GZIP, IGZIP_ZLIB, IGZIP_DEFLATE};
    struct deflater *self = weir_allocate(sizeof *self);
    (void)level;
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    isal_deflate_init(&self->z);
    self->z.level_buf = self->level;
    self->z.level_buf_size = LEVEL_BYTES;
    self->z.gzip_flag = flags[wrap];
    return self;
}

static void deflate_isal_stop(void *state)
{
    weir_release(state, sizeof(struct deflater));
}

static int deflate_some(struct isal_zstream *z, weir_span *span, size_t in_n, weir_input input)
{
    z->next_in = (unsigned char *)(uintptr_t)span->in;
    z->avail_in = least32(in_n);
    z->next_out = span->out;
    z->avail_out = least32(span->out_n);
    z->end_of_stream = input == WEIR_INPUT_LAST;
    z->flush = input == WEIR_INPUT_IDLE ? SYNC_FLUSH : NO_FLUSH;
    int answer = isal_deflate(z);
    span->in_n -= (size_t)(z->next_in - span->in);
    span->in = z->next_in;
    span->out_n -= (size_t)(z->next_out - span->out);
    span->out = z->next_out;
    return answer;
}

static int deflate_first(struct isal_zstream *z, weir_span *span)
{
    bool is_short = span->in_n < FIRST_STEP_BYTES;
    z->level = is_short ? LEVEL_OF_SHORT : LEVEL;
    return is_short ? COMP_OK : deflate_some(z, span, FIRST_STEP_BYTES, WEIR_INPUT_MORE);
}

static weir_codec_state deflate_isal_step(void *state, weir_span *span, weir_input input)
{
    struct isal_zstream *z = &((struct deflater *)state)->z;
    int answer = z->level ? COMP_OK : deflate_first(z, span);
    if (answer == COMP_OK)
        answer = deflate_some(z, span, span->in_n, input);
    if (answer != COMP_OK)
        return WEIR_CODEC_BAD;
    return z->internal_state.state == ZSTATE_END ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

const weir_deflater weir_deflate_isal = {deflate_isal_start, deflate_isal_stop, deflate_isal_step,
                                         sizeof(struct deflater)};

/* ---- blocks ----
 *
 * What has a dictionary has a history, and begins in the loop's middle: the same bytes always. */

static int deflate_isal_begin_block(struct isal_zstream *z, weir_span *span, size_t before)
{
    isal_deflate_reset(z);
    z->gzip_flag = IGZIP_DEFLATE;
    if (!before)
        return deflate_first(z, span);
    z->level = LEVEL;
    return isal_deflate_set_dict(z, (unsigned char *)(uintptr_t)span->in - before,
                                 (uint32_t)before);
}

static bool is_flushed(const struct isal_zstream *z, const weir_span *span)
{
    return !span->in_n && z->internal_state.state == ZSTATE_NEW_HDR;
}

static size_t deflate_isal_block_pack(void *state, const unsigned char *in, size_t n, size_t before,
                                      unsigned char *out, size_t out_n)
{
    struct isal_zstream *z = &((struct deflater *)state)->z;
    weir_span span = {in, n, out, out_n}, last;
    int answer = deflate_isal_begin_block(z, &span, before);
    bool moves = true;
    do {
        last = span;
        if (answer == COMP_OK)
            answer = deflate_some(z, &span, span.in_n, WEIR_INPUT_IDLE);
        moves = span.in != last.in || span.out != last.out;
    } while (answer == COMP_OK && moves && !is_flushed(z, &span));
    return answer == COMP_OK && is_flushed(z, &span) ? out_n - span.out_n : 0;
}

static void *deflate_isal_block_start(int level)
{
    return deflate_isal_start(level, WEIR_WRAP_NONE);
}

const weir_deflate_block weir_deflate_block_isal = {deflate_isal_block_start, deflate_isal_stop,
                                                    deflate_isal_block_pack, isal_crc,
                                                    sizeof(struct deflater)};

#endif
