/* unxz: all streams and the padding between them, by liblzma. */

#ifdef WEIR_HAVE_LZMA

#include <lzma.h>

#include "codec/sized.h"
#include "codec/unpack.h"
#include "codec/xz.h"

struct unxz {
    weir_unpack unpack;
    lzma_stream library;
    uint64_t memory_max;
};

enum { UNXZ_MAGIC_BYTES = 6 };

static bool unxz_begins(const unsigned char *bytes, size_t n, const char *magic, size_t magic_n)
{
    for (size_t i = 0; i < n && i < magic_n; i++)
        if (bytes[i] != (unsigned char)magic[i])
            return false;
    return true;
}

static weir_head another_format(const char *name, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "this is %s data, and no xz data", name);
    error->cure = "its own command";
    return WEIR_HEAD_OTHER;
}

/* What people take for xz is named. */
static weir_head unxz_head(weir_unpack *unpack, const unsigned char *bytes, size_t n,
                           weir_error *error)
{
    bool is_first = !unpack->frames;
    if (unxz_begins(bytes, n, "\xfd\x37\x7a\x58\x5a\0", UNXZ_MAGIC_BYTES))
        return n < UNXZ_MAGIC_BYTES ? WEIR_HEAD_MORE : WEIR_HEAD_OURS;
    if (is_first && unxz_begins(bytes, n, "\x5d\0\0", 3))
        return n < 3 ? WEIR_HEAD_MORE : another_format("lzma-alone (.lzma)", error);
    if (is_first && unxz_begins(bytes, n, "LZIP", 4))
        return n < 4 ? WEIR_HEAD_MORE : another_format("lzip (.lz)", error);
    return WEIR_HEAD_OTHER;
}

static bool unxz_frame(weir_unpack *unpack, weir_error *error)
{
    struct unxz *self = (struct unxz *)unpack;
    if (lzma_stream_decoder(&self->library, self->memory_max, 0) == LZMA_OK)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress xz data");
    return false;
}

static weir_codec_state unxz_fails(const struct unxz *self, lzma_ret answer, weir_error *error)
{
    switch (answer) {
    case LZMA_MEM_ERROR:
        weir_error_set(error, WEIR_E_MEMORY, "no memory to decompress xz data");
        break;
    case LZMA_MEMLIMIT_ERROR:
        weir_error_set(error, WEIR_E_LIMIT, "a stream asks for %llu bytes, where %llu are allowed",
                       (unsigned long long)lzma_memusage(&self->library),
                       (unsigned long long)self->memory_max);
        error->cure = "memory_max, where the sender is trusted";
        break;
    case LZMA_OPTIONS_ERROR:
        weir_error_set(error, WEIR_E_CORRUPT, "bad xz data, or of a kind that is not known");
        break;
    default:
        weir_error_set(error, WEIR_E_CORRUPT, "bad xz data");
        break;
    }
    return WEIR_CODEC_BAD;
}

static weir_codec_state unxz_step(weir_unpack *unpack, weir_span *span, weir_error *error)
{
    struct unxz *self = (struct unxz *)unpack;
    lzma_ret answer = weir_xz_code(&self->library, span, LZMA_RUN);
    if (answer == LZMA_STREAM_END)
        return WEIR_CODEC_DONE;
    return weir_xz_goes_on(answer) ? WEIR_CODEC_MORE : unxz_fails(self, answer, error);
}

static const weir_unpack_format unxz_format = {.name = "xz",
                                               .frame = "stream",
                                               .magic = "fd 37 7a 58 5a 00",
                                               .head = unxz_head,
                                               .begin = unxz_frame,
                                               .step = unxz_step,
                                               .padding = 4};

static bool unxz_init(void *state, const void *options, weir_error *error)
{
    struct unxz *self = state;
    (void)error;
    self->memory_max = weir_unpack_begin(&self->unpack, &unxz_format, options).memory_max;
    self->library = weir_xz_stream();
    return true;
}

static void unxz_fini(void *state)
{
    struct unxz *self = state;
    lzma_end(&self->library);
}

static size_t unxz_memory_max(const void *options)
{
    enum { BESIDES_BYTES = 64 << 10 }; /* what is there before a limit can be looked at */
    uint64_t bytes = weir_unpack_options(options).memory_max + BESIDES_BYTES;
    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

const weir_codec weir_codec_unxz = {.size = sizeof(weir_codec),
                                    .name = "unxz",
                                    .state_size = sizeof(struct unxz),
                                    .init = unxz_init,
                                    .step = weir_unpack_step,
                                    .fini = unxz_fini,
                                    .memory_max = unxz_memory_max};
#endif
