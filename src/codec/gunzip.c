/* gunzip: all members of a gzip file (RFC 1952), one after the other. Every byte of the format
 * but the compressed blocks is looked at here, one by one, so how the input is cut makes no
 * difference. */

#include <string.h>

#include "codec/deflate.h"
#include "codec/unpack.h"

enum {
    FIELD_BYTES_MAX = 64 << 10, /* a name or comment */
    STEP_MEMBERS = 32 /* a member costs far more than its 20 bytes: a step ends after some */
};

enum flag {
    FLAG_HCRC = 2,
    FLAG_EXTRA = 4,
    FLAG_NAME = 8,
    FLAG_COMMENT = 16,
    FLAGS_RESERVED = 0xe0
};

/* The parts of a member in their order, and what may stand behind the last. */
enum gunzip_part {
    PART_FIXED,
    PART_EXTRA_SIZE,
    PART_EXTRA,
    PART_NAME,
    PART_COMMENT,
    PART_HCRC,
    GUNZIP_PART_BODY,
    GUNZIP_PART_TRAILER,
    PART_PADDING
};

struct gunzip {
    const weir_inflater *inflate;
    void *inflater;
    enum gunzip_part part;
    unsigned char field[10]; /* the bytes of a part of fixed size */
    uint32_t n;              /* bytes of this part so far */
    uint32_t flags;
    uint32_t extra_bytes;
    uint32_t header_crc;
    uint32_t crc;
    uint32_t length; /* of what the member holds, modulo 2^32 */
    uint64_t at;     /* where the next byte of the input stands */
    uint64_t member_at;
    uint64_t members;
    unsigned step_members; /* that ended in this step */
    bool one;              /* member is wanted, and no more is looked at */
};

static weir_codec_state gunzip_bad(weir_error *error, uint64_t byte)
{
    error->byte = byte;
    weir_unpack_advise(error);
    return WEIR_CODEC_BAD;
}

static uint32_t gunzip_little_endian(const unsigned char *bytes, unsigned n)
{
    uint32_t value = 0;
    while (n--)
        value = value << 8 | bytes[n];
    return value;
}

/* ---- the header ---- */

static bool gunzip_is_there(const struct gunzip *self, enum gunzip_part part)
{
    switch (part) {
    case PART_EXTRA_SIZE:
        return self->flags & FLAG_EXTRA;
    case PART_EXTRA:
        return self->extra_bytes > 0;
    case PART_NAME:
        return self->flags & FLAG_NAME;
    case PART_COMMENT:
        return self->flags & FLAG_COMMENT;
    case PART_HCRC:
        return self->flags & FLAG_HCRC;
    default:
        return true;
    }
}

static weir_codec_state next_part(struct gunzip *self)
{
    self->n = 0;
    do
        self->part++;
    while (!gunzip_is_there(self, self->part));
    return WEIR_CODEC_MORE;
}

static weir_codec_state not_a_member(const struct gunzip *self, weir_error *error)
{
    if (self->members) {
        weir_error_set(error, WEIR_E_CORRUPT, "garbage behind the last member");
    } else {
        weir_error_set(error, WEIR_E_CORRUPT, "this is no gzip data: it does not begin with 1f 8b");
        weir_unpack_advise_other(error);
    }
    return gunzip_bad(error, self->member_at);
}

static weir_codec_state fixed_byte(struct gunzip *self, unsigned char byte, weir_error *error)
{
    uint64_t at = self->at - 1;
    switch (self->n) {
    case 1:
    case 2:
        return byte == (self->n == 1 ? 0x1f : 0x8b) ? WEIR_CODEC_MORE : not_a_member(self, error);
    case 3:
        if (byte == 8)
            return WEIR_CODEC_MORE;
        weir_error_set(error, WEIR_E_CORRUPT, "compression method %u, where only 8 is known", byte);
        return gunzip_bad(error, at);
    case 4:
        self->flags = byte;
        if (!(byte & FLAGS_RESERVED))
            return WEIR_CODEC_MORE;
        weir_error_set(error, WEIR_E_CORRUPT, "header flags %x hold reserved bits", byte);
        return gunzip_bad(error, at);
    default:
        return self->n == 10 ? next_part(self) : WEIR_CODEC_MORE;
    }
}

static weir_codec_state text_byte(struct gunzip *self, unsigned char byte, weir_error *error)
{
    if (!byte)
        return next_part(self);
    if (self->n <= FIELD_BYTES_MAX)
        return WEIR_CODEC_MORE;
    weir_error_set(error, WEIR_E_LIMIT, "a %s in the header is longer than %d bytes",
                   self->part == PART_NAME ? "name" : "comment", FIELD_BYTES_MAX);
    return gunzip_bad(error, self->at - 1);
}

static weir_codec_state gunzip_check_header(struct gunzip *self, weir_error *error)
{
    uint32_t stored = gunzip_little_endian(self->field, 2);
    if (stored == (self->header_crc & 0xffff))
        return next_part(self);
    weir_error_set(error, WEIR_E_CORRUPT, "header checksum %x is stored, %x was found", stored,
                   (unsigned)(self->header_crc & 0xffff));
    return gunzip_bad(error, self->at - 2);
}

static weir_codec_state header_byte(struct gunzip *self, unsigned char byte, weir_error *error)
{
    if (self->n < sizeof self->field)
        self->field[self->n] = byte;
    self->n++;
    self->at++;
    if (self->part != PART_HCRC)
        self->header_crc = self->inflate->crc(self->header_crc, &byte, 1);
    switch (self->part) {
    case PART_FIXED:
        return fixed_byte(self, byte, error);
    case PART_EXTRA_SIZE:
        self->extra_bytes = gunzip_little_endian(self->field, 2);
        return self->n == 2 ? next_part(self) : WEIR_CODEC_MORE;
    case PART_EXTRA:
        return self->n == self->extra_bytes ? next_part(self) : WEIR_CODEC_MORE;
    case PART_HCRC:
        return self->n == 2 ? gunzip_check_header(self, error) : WEIR_CODEC_MORE;
    default:
        return text_byte(self, byte, error);
    }
}

/* ---- body and trailer ---- */

/* Bytes behind the body that the inflater had taken already: they belong to the trailer, which is
 * as long as they can be. */
static weir_codec_state gunzip_end_body(struct gunzip *self)
{
    next_part(self);
    self->n = (uint32_t)self->inflate->spare(self->inflater, self->field);
    return WEIR_CODEC_MORE;
}

static weir_codec_state bad_body(const struct gunzip *self, const char *what, weir_error *error)
{
    unsigned char spare[WEIR_INFLATE_SPARE];
    if (what)
        weir_error_set(error, WEIR_E_CORRUPT, "%s", what);
    else
        weir_error_set(error, WEIR_E_MEMORY, "no memory to inflate");
    return gunzip_bad(error, self->at - self->inflate->spare(self->inflater, spare));
}

static weir_codec_state gunzip_body(struct gunzip *self, weir_span *span, weir_error *error)
{
    const unsigned char *out = span->out;
    size_t in_n = span->in_n;
    const char *what = NULL;
    weir_codec_state state = self->inflate->step(self->inflater, span, &what);
    size_t made = (size_t)(span->out - out);
    self->at += in_n - span->in_n;
    self->crc = self->inflate->crc(self->crc, out, made);
    self->length += (uint32_t)made;
    bool stuck = state == WEIR_CODEC_MORE && !made && in_n && in_n == span->in_n;
    if (state == WEIR_CODEC_BAD || stuck)
        return bad_body(self, stuck ? "the inflater can not go on" : what, error);
    return state == WEIR_CODEC_DONE ? gunzip_end_body(self) : WEIR_CODEC_MORE;
}

static void gunzip_begin_member(struct gunzip *self)
{
    self->part = PART_FIXED;
    self->n = 0;
    self->extra_bytes = 0;
    self->header_crc = 0;
    self->crc = 0;
    self->length = 0;
    self->member_at = self->at;
    self->inflate->reset(self->inflater);
}

static weir_codec_state gunzip_end_member(struct gunzip *self)
{
    self->members++;
    self->step_members++;
    gunzip_begin_member(self);
    return self->one ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static weir_codec_state gunzip_check_trailer(struct gunzip *self, weir_error *error)
{
    uint32_t crc = gunzip_little_endian(self->field, 4);
    uint32_t length = gunzip_little_endian(self->field + 4, 4);
    if (crc != self->crc) {
        weir_error_set(error, WEIR_E_CORRUPT, "checksum %x is stored, %x was found", crc,
                       self->crc);
        return gunzip_bad(error, self->at - 8);
    }
    if (length != self->length) {
        weir_error_set(error, WEIR_E_CORRUPT, "length %u is stored, %u was found", length,
                       self->length);
        return gunzip_bad(error, self->at - 4);
    }
    return gunzip_end_member(self);
}

static weir_codec_state trailer_byte(struct gunzip *self, unsigned char byte, weir_error *error)
{
    self->field[self->n++] = byte;
    self->at++;
    return self->n == 8 ? gunzip_check_trailer(self, error) : WEIR_CODEC_MORE;
}

static weir_codec_state padding_byte(struct gunzip *self, unsigned char byte, weir_error *error)
{
    self->member_at = self->at++;
    return byte ? not_a_member(self, error) : WEIR_CODEC_MORE;
}

static weir_codec_state one_byte(struct gunzip *self, weir_span *span, weir_error *error)
{
    unsigned char byte = *span->in;
    span->in++;
    span->in_n--;
    if (self->part == PART_FIXED && !self->n && !byte && self->members)
        self->part = PART_PADDING;
    switch (self->part) {
    case PART_PADDING:
        return padding_byte(self, byte, error);
    case GUNZIP_PART_TRAILER:
        return trailer_byte(self, byte, error);
    default:
        return header_byte(self, byte, error);
    }
}

/* ---- the codec ---- */

static weir_codec_state gunzip_end_of_input(const struct gunzip *self, weir_error *error)
{
    bool between = self->part == PART_FIXED && !self->n;
    if (self->part == PART_PADDING || (between && self->members))
        return WEIR_CODEC_DONE;
    if (between) {
        weir_error_set(error, WEIR_E_TRUNCATED, "the input is empty, and no gzip data");
        weir_unpack_advise_other(error);
    } else {
        weir_error_set(error, WEIR_E_TRUNCATED,
                       "the input ends inside a member, which begins at byte %llu",
                       (unsigned long long)self->member_at);
    }
    return gunzip_bad(error, self->at);
}

static weir_codec_state gunzip_step(void *state, weir_span *span, weir_input input,
                                    weir_error *error)
{
    struct gunzip *self = state;
    bool last = input == WEIR_INPUT_LAST;
    weir_codec_state got = WEIR_CODEC_MORE;
    self->step_members = 0;
    while (got == WEIR_CODEC_MORE && self->step_members < STEP_MEMBERS) {
        if (self->part == GUNZIP_PART_TRAILER && self->n == 8) { /* all of it was spare */
            got = gunzip_check_trailer(self, error);
        } else if (self->part == GUNZIP_PART_BODY) {
            if (!span->out_n)
                return WEIR_CODEC_MORE;
            got = gunzip_body(self, span, error);
            if (got == WEIR_CODEC_MORE && self->part == GUNZIP_PART_BODY && span->out_n &&
                !span->in_n)
                return last ? gunzip_end_of_input(self, error) : WEIR_CODEC_MORE;
        } else if (!span->in_n) {
            return last ? gunzip_end_of_input(self, error) : WEIR_CODEC_MORE;
        } else {
            got = one_byte(self, span, error);
        }
    }
    return got;
}

static bool codec_gunzip_init(struct gunzip *self, const weir_inflater *inflate,
                              const void *options, weir_error *error)
{
    self->inflate = inflate;
    self->one = weir_unpack_options(options).one;
    self->inflater = inflate->start();
    if (self->inflater)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to inflate");
    return false;
}

#ifdef WEIR_HAVE_ISAL
static const weir_inflater *const gunzip_fastest = &weir_inflate_isal;
#else
static const weir_inflater *const gunzip_fastest = &weir_inflate_zlib;
#endif

static bool gunzip_init(void *state, const void *options, weir_error *error)
{
    return codec_gunzip_init(state, gunzip_fastest, options, error);
}

static size_t gunzip_memory_max(const void *options)
{
    (void)options;
    return gunzip_fastest->memory_max;
}

static bool gunzip_zlib_init(void *state, const void *options, weir_error *error)
{
    return codec_gunzip_init(state, &weir_inflate_zlib, options, error);
}

static size_t gunzip_zlib_memory_max(const void *options)
{
    (void)options;
    return weir_inflate_zlib.memory_max;
}

static void gunzip_fini(void *state)
{
    struct gunzip *self = state;
    self->inflate->stop(self->inflater);
}

#define WEIR_GUNZIP_(init_, memory_max_)                                                           \
    {                                                                                              \
        .size = sizeof(weir_codec), .name = "gunzip", .state_size = sizeof(struct gunzip),         \
        .init = init_, .step = gunzip_step, .fini = gunzip_fini, .memory_max = memory_max_         \
    }

const weir_codec weir_codec_gunzip = WEIR_GUNZIP_(gunzip_init, gunzip_memory_max);
const weir_codec weir_codec_gunzip_zlib = WEIR_GUNZIP_(gunzip_zlib_init, gunzip_zlib_memory_max);
