/* inflate and unzlib: one stream of raw deflate (RFC 1951), and the same with zlib's header and
 * checksum around it (RFC 1950). */

#include <zlib.h>

#include "codec/deflate.h"
#include "codec/unpack.h"

enum inflate_part { PART_HEADER, INFLATE_PART_BODY, INFLATE_PART_TRAILER };
enum { HEADER_BYTES = 2, TRAILER_BYTES = 4, DICTIONARY = 0x20 };

struct inflate {
    weir_unpack unpack;
    const weir_inflater *inflate;
    void *inflater;
    bool wrapped; /* by zlib's header and trailer */
    enum inflate_part part;
    unsigned char field[WEIR_INFLATE_SPARE]; /* bytes of the header or the trailer, n so far */
    size_t n;
    uint32_t adler;
};

static bool inflate_frame(weir_unpack *unpack, weir_error *error)
{
    struct inflate *self = (struct inflate *)unpack;
    (void)error;
    self->part = self->wrapped ? PART_HEADER : INFLATE_PART_BODY;
    self->n = 0;
    self->adler = 1;
    return true;
}

static weir_codec_state inflate_wrong(weir_error *error, uint64_t byte)
{
    error->byte = byte;
    return WEIR_CODEC_BAD;
}

/* ---- zlib's header and trailer ---- */

static weir_codec_state inflate_check_header(struct inflate *self, weir_error *error)
{
    unsigned method = self->field[0], flags = self->field[1];
    self->part = INFLATE_PART_BODY;
    self->n = 0;
    if ((method & 15) != Z_DEFLATED || method >> 4 > 7 || (method << 8 | flags) % 31)
        weir_error_set(error, WEIR_E_CORRUPT, "this is no zlib data: it begins with %x%x %x%x",
                       method >> 4, method & 15, flags >> 4, flags & 15)
            ->cure = "weir_gunzip() or weir_inflate(), the others that hold deflate";
    else if (flags & DICTIONARY)
        weir_error_set(error, WEIR_E_CORRUPT, "it wants a dictionary, and there are none here")
            ->cure = "what wrote it, and has the dictionary";
    else
        return WEIR_CODEC_MORE;
    return inflate_wrong(error, self->unpack.frame_at);
}

/* `end`: where the trailer ends; what else of it was taken is not zlib's. */
static weir_codec_state inflate_check_trailer(struct inflate *self, uint64_t end, weir_error *error)
{
    uint32_t stored = (uint32_t)self->field[0] << 24 | (uint32_t)self->field[1] << 16 |
                      (uint32_t)self->field[2] << 8 | self->field[3];
    if (stored != self->adler) {
        weir_error_set(error, WEIR_E_CORRUPT, "checksum %x is stored, %x was found", stored,
                       self->adler);
        return inflate_wrong(error, end - TRAILER_BYTES);
    }
    if (self->n == TRAILER_BYTES)
        return WEIR_CODEC_DONE;
    weir_error_set(error, WEIR_E_CORRUPT, "garbage behind the last stream");
    return inflate_wrong(error, end);
}

/* `at`: where the next byte of the input stands. */
static weir_codec_state field_byte(struct inflate *self, weir_span *span, uint64_t at,
                                   weir_error *error)
{
    self->field[self->n++] = *span->in;
    weir_span_move(span, 1, 0);
    if (self->part == PART_HEADER)
        return self->n == HEADER_BYTES ? inflate_check_header(self, error) : WEIR_CODEC_MORE;
    return self->n == TRAILER_BYTES ? inflate_check_trailer(self, at + 1, error) : WEIR_CODEC_MORE;
}

/* ---- the body ---- */

/* Bytes behind the body that the inflater had taken already. */
static weir_codec_state inflate_end_body(struct inflate *self, uint64_t at, weir_error *error)
{
    self->part = INFLATE_PART_TRAILER;
    self->n = self->inflate->spare(self->inflater, self->field);
    if (self->wrapped)
        return self->n < TRAILER_BYTES
                   ? WEIR_CODEC_MORE
                   : inflate_check_trailer(self, at - self->n + TRAILER_BYTES, error);
    if (!self->n)
        return WEIR_CODEC_DONE;
    weir_error_set(error, WEIR_E_CORRUPT, "garbage behind the last stream");
    return inflate_wrong(error, at - self->n);
}

static weir_codec_state inflate_fails(const struct inflate *self, const char *what, uint64_t at,
                                      weir_error *error)
{
    unsigned char spare[WEIR_INFLATE_SPARE];
    if (what)
        weir_error_set(error, WEIR_E_CORRUPT, "%s", what);
    else
        weir_error_set(error, WEIR_E_MEMORY, "no memory to inflate");
    return inflate_wrong(error, at - self->inflate->spare(self->inflater, spare));
}

static weir_codec_state inflate_body(struct inflate *self, weir_span *span, weir_error *error)
{
    const unsigned char *out = span->out;
    size_t in_n = span->in_n;
    const char *what = NULL;
    weir_codec_state got = self->inflate->step(self->inflater, span, &what);
    uint64_t at = self->unpack.at + (in_n - span->in_n);
    if (self->wrapped)
        self->adler = (uint32_t)adler32_z(self->adler, out, (size_t)(span->out - out));
    if (got == WEIR_CODEC_BAD)
        return inflate_fails(self, what, at, error);
    return got == WEIR_CODEC_DONE ? inflate_end_body(self, at, error) : WEIR_CODEC_MORE;
}

static weir_codec_state inflate_step(weir_unpack *unpack, weir_span *span, weir_error *error)
{
    struct inflate *self = (struct inflate *)unpack;
    if (self->part == INFLATE_PART_BODY)
        return inflate_body(self, span, error);
    return span->in_n ? field_byte(self, span, unpack->at, error) : WEIR_CODEC_MORE;
}

/* ---- the codecs ---- */

static const weir_unpack_format raw = {
    .name = "deflate", .frame = "stream", .begin = inflate_frame, .step = inflate_step};
static const weir_unpack_format zlib = {
    .name = "zlib", .frame = "stream", .begin = inflate_frame, .step = inflate_step};

#ifdef WEIR_HAVE_ISAL
static const weir_inflater *const inflate_fastest = &weir_inflate_isal;
#else
static const weir_inflater *const inflate_fastest = &weir_inflate_zlib;
#endif

/* Where what follows must stay in the source, by the one that takes nothing of it. */
static bool inflate_begin(struct inflate *self, const weir_unpack_format *format,
                          const void *options, weir_error *error)
{
    bool one = weir_unpack_begin(&self->unpack, format, options).one;
    self->wrapped = format == &zlib;
    self->inflate = one ? &weir_inflate_zlib : inflate_fastest;
    self->inflater = self->inflate->start();
    if (!self->inflater)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to inflate");
    return self->inflater;
}

static bool inflate_init(void *state, const void *options, weir_error *error)
{
    return inflate_begin(state, &raw, options, error);
}

static bool unzlib_init(void *state, const void *options, weir_error *error)
{
    return inflate_begin(state, &zlib, options, error);
}

static void inflate_fini(void *state)
{
    struct inflate *self = state;
    self->inflate->stop(self->inflater);
}

static size_t inflate_memory_max(const void *options)
{
    return weir_unpack_options(options).one ? weir_inflate_zlib.memory_max
                                            : inflate_fastest->memory_max;
}

#define WEIR_INFLATE_(name_, init_)                                                                \
    {                                                                                              \
        .size = sizeof(weir_codec), .name = name_, .state_size = sizeof(struct inflate),           \
        .init = init_, .step = weir_unpack_step, .fini = inflate_fini,                             \
        .memory_max = inflate_memory_max                                                           \
    }

const weir_codec weir_codec_inflate = WEIR_INFLATE_("inflate", inflate_init);
const weir_codec weir_codec_unzlib = WEIR_INFLATE_("unzlib", unzlib_init);
