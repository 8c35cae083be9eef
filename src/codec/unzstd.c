/* unzstd: all frames, those that are skipped too, by libzstd. */

#ifdef WEIR_HAVE_ZSTD

#define ZSTD_STATIC_LINKING_ONLY /* memory of the caller's, and how much it takes */
#include <zstd.h>
#include <zstd_errors.h>

#include "codec/sized.h"
#include "codec/unpack.h"

enum {
    UNZSTD_MAGIC_BYTES = 4,
    UNZSTD_FIRST_BYTES = 5, /* that the library asks for */
    UNZSTD_BLOCK_HEADER_BYTES = 3
};

struct unzstd {
    weir_unpack unpack;
    weir_units units;
    ZSTD_DCtx *library;
    uint64_t window_max;
};

/* ---- what a frame begins with ---- */

static uint64_t unzstd_little_endian(const unsigned char *bytes, size_t n)
{
    uint64_t value = 0;
    while (n--)
        value = value << 8 | bytes[n];
    return value;
}

/* The frame header (RFC 8878 3.1.1.1): of its descriptor the sizes of what follows. */
struct header {
    bool single; /* one segment: the window is the content */
    size_t dictionary_n;
    size_t content_n;
};

static struct header header_of(unsigned char descriptor)
{
    static const size_t dictionary[] = {0, 1, 2, 4}, content[] = {0, 2, 4, 8};
    struct header made = {.single = descriptor & 0x20,
                          .dictionary_n = dictionary[descriptor & 3],
                          .content_n = content[descriptor >> 6]};
    if (made.single && !made.content_n)
        made.content_n = 1;
    return made;
}

static uint64_t window_of(const struct header *header, const unsigned char *fields)
{
    if (header->single) {
        uint64_t content = unzstd_little_endian(fields + header->dictionary_n, header->content_n);
        return header->content_n == 2 ? content + 256 : content;
    }
    uint64_t base = (uint64_t)1 << (10 + (fields[0] >> 3));
    return base + base / 8 * (fields[0] & 7);
}

static weir_head check_window(const struct unzstd *self, uint64_t window, weir_error *error)
{
    if (window <= self->window_max)
        return WEIR_HEAD_OURS;
    weir_error_set(error, WEIR_E_LIMIT, "a frame looks back %llu bytes, where %llu are allowed",
                   (unsigned long long)window, (unsigned long long)self->window_max);
    error->cure = "window_max, where the sender is trusted";
    return WEIR_HEAD_OTHER;
}

static weir_head unzstd_check_header(const struct unzstd *self, const unsigned char *bytes,
                                     size_t n, weir_error *error)
{
    if (n == UNZSTD_MAGIC_BYTES)
        return WEIR_HEAD_MORE;
    struct header header = header_of(bytes[UNZSTD_MAGIC_BYTES]);
    const unsigned char *fields = bytes + UNZSTD_MAGIC_BYTES + 1;
    size_t have = n - UNZSTD_MAGIC_BYTES - 1, window_n = header.single ? 0 : 1;
    if (have < window_n + header.dictionary_n + (header.single ? header.content_n : 0))
        return WEIR_HEAD_MORE;
    uint64_t dictionary = unzstd_little_endian(fields + window_n, header.dictionary_n);
    if (!dictionary)
        return check_window(self, window_of(&header, fields), error);
    weir_error_set(error, WEIR_E_CORRUPT, "a frame wants dictionary %llu, and there are none here",
                   (unsigned long long)dictionary)
        ->cure = "zstd -dc -D DICTIONARY, which takes one";
    return WEIR_HEAD_OTHER;
}

static weir_head unzstd_head(weir_unpack *unpack, const unsigned char *bytes, size_t n,
                             weir_error *error)
{
    static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    const struct unzstd *self = (const struct unzstd *)unpack;
    unsigned char last = bytes[n - 1];
    bool skipped = (bytes[0] & 0xf0) == 0x50;
    if (n == 1)
        return skipped || last == magic[0] ? WEIR_HEAD_MORE : WEIR_HEAD_OTHER;
    if (skipped) {
        if (n < UNZSTD_MAGIC_BYTES)
            return last == (n == 2 ? 0x2a : 0x4d) ? WEIR_HEAD_MORE : WEIR_HEAD_OTHER;
        unpack->skips = true;
        return last == 0x18 ? WEIR_HEAD_OURS : WEIR_HEAD_OTHER;
    }
    if (n <= UNZSTD_MAGIC_BYTES && last != magic[n - 1])
        return WEIR_HEAD_OTHER;
    return n < UNZSTD_MAGIC_BYTES ? WEIR_HEAD_MORE : unzstd_check_header(self, bytes, n, error);
}

/* ---- a frame ---- */

static bool unzstd_frame(weir_unpack *unpack, weir_error *error)
{
    struct unzstd *self = (struct unzstd *)unpack;
    (void)error;
    self->units = (weir_units){.at = unpack->frame_at, .left = UNZSTD_FIRST_BYTES};
    return true;
}

static weir_codec_state unzstd_fails(const struct unzstd *self, size_t answer, weir_error *error)
{
    if (ZSTD_getErrorCode(answer) == ZSTD_error_memory_allocation)
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress zstd data");
    else
        weir_error_set(error, WEIR_E_CORRUPT, "bad zstd data: %s", ZSTD_getErrorName(answer));
    error->byte = self->units.at;
    return WEIR_CODEC_BAD;
}

static weir_codec_state unzstd_step(weir_unpack *unpack, weir_span *span, weir_error *error)
{
    struct unzstd *self = (struct unzstd *)unpack;
    ZSTD_inBuffer in = {span->in, weir_units_offer(&self->units, span->in_n), 0};
    ZSTD_outBuffer out = {span->out, span->out_n, 0};
    size_t hint = ZSTD_decompressStream(self->library, &out, &in);
    if (ZSTD_isError(hint))
        return unzstd_fails(self, hint, error);
    weir_span_move(span, in.pos, out.pos);
    weir_units_used(&self->units, in.pos, hint, UNZSTD_BLOCK_HEADER_BYTES);
    return hint ? WEIR_CODEC_MORE : WEIR_CODEC_DONE;
}

static const weir_unpack_format unzstd_format = {.name = "zstd",
                                                 .frame = "frame",
                                                 .magic = "28 b5 2f fd",
                                                 .head = unzstd_head,
                                                 .begin = unzstd_frame,
                                                 .step = unzstd_step};

/* ---- the codec ---- */

static ZSTD_DCtx *unzstd_library_new(void)
{
#ifdef WEIR_ZSTD_MEMORY
    return ZSTD_createDCtx_advanced(
        (ZSTD_customMem){weir_sized_take_for, weir_sized_give_for, NULL});
#else
    return ZSTD_createDCtx();
#endif
}

static bool unzstd_init(void *state, const void *options, weir_error *error)
{
    struct unzstd *self = state;
    self->window_max = weir_unpack_begin(&self->unpack, &unzstd_format, options).window_max;
    self->library = unzstd_library_new();
    if (!self->library) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress zstd data");
        return false;
    }
    /* Ours is looked at before, and has a number. */
    ZSTD_DCtx_setParameter(self->library, ZSTD_d_windowLogMax,
                           ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
    return true;
}

static void unzstd_fini(void *state)
{
    struct unzstd *self = state;
    ZSTD_freeDCtx(self->library);
}

/* Its tables, a window twice where one runs into the next, and a block on either side. */
static size_t unzstd_memory_max(const void *options)
{
    enum { TABLES_BYTES = 192 << 10, BLOCK_BYTES = 128 << 10 };
    uint64_t bytes = weir_unpack_options(options).window_max + TABLES_BYTES + 3 * BLOCK_BYTES;
    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

const weir_codec weir_codec_unzstd = {.size = sizeof(weir_codec),
                                      .name = "unzstd",
                                      .state_size = sizeof(struct unzstd),
                                      .init = unzstd_init,
                                      .step = weir_unpack_step,
                                      .fini = unzstd_fini,
                                      .memory_max = unzstd_memory_max};
#endif
