/* decompress: looks at the first bytes, and puts the decoder that they name over its source. */

#include <string.h>

#include "bytes/lent.h"
#include "weir/codec.h"
#include "weir/read.h"
#include "weir/compress.h"

/* ---- formats ---- */

enum { DECOMPRESS_HEAD_BYTES = 10, LAYERS_MAX = 2, DECOMPRESS_ARENA_BYTES = 8 << 10 };

struct format {
    const char *suffix;
    const weir_codec *codec;
    /* They begin so; NULL: it has no sign of its own, and goes by the suffix. */
    bool (*is)(const unsigned char *bytes, size_t n);
};

static bool decompress_begins(const unsigned char *bytes, size_t n, const char *sign, size_t sign_n)
{
    return n >= sign_n && memcmp(bytes, sign, sign_n) == 0;
}

static bool is_gzip(const unsigned char *bytes, size_t n)
{
    return decompress_begins(bytes, n, "\x1f\x8b\x08", 3);
}

static bool is_zstd(const unsigned char *bytes, size_t n)
{
    bool skipped =
        n >= 4 && (bytes[0] & 0xf0) == 0x50 && decompress_begins(bytes + 1, 3, "\x2a\x4d\x18", 3);
    return skipped || decompress_begins(bytes, n, "\x28\xb5\x2f\xfd", 4);
}

/* The legacy format too: unlz4 refuses it by its name, which beats passing it as it stands. */
static bool is_lz4(const unsigned char *bytes, size_t n)
{
    return decompress_begins(bytes, n, "\x04\x22\x4d\x18", 4) ||
           decompress_begins(bytes, n, "\x02\x21\x4c\x18", 4);
}

static bool is_xz(const unsigned char *bytes, size_t n)
{
    return decompress_begins(bytes, n,
                             "\xfd"
                             "7zXZ\0",
                             6);
}

/* A level, and the sign of a block or of an end: "BZh" alone begins many a text. */
static bool is_bzip2(const unsigned char *bytes, size_t n)
{
    bool level = n >= DECOMPRESS_HEAD_BYTES && bytes[3] >= '1' && bytes[3] <= '9' &&
                 decompress_begins(bytes, 3, "BZh", 3);
    return level && (decompress_begins(bytes + 4, 6, "1AY&SY", 6) ||
                     decompress_begins(bytes + 4, 6, "\x17rE8P\x90", 6));
}

static const struct format formats[] = {
    {".gz", &weir_codec_gunzip, is_gzip},    {".zst", &weir_codec_unzstd, is_zstd},
    {".lz4", &weir_codec_unlz4, is_lz4},     {".xz", &weir_codec_unxz, is_xz},
    {".bz2", &weir_codec_unbzip2, is_bzip2}, {".br", &weir_codec_unbrotli, NULL},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const struct format *format_of_name(const char *name, size_t n)
{
    for (size_t i = 0; i < FORMATS; i++) {
        size_t suffix_n = strlen(formats[i].suffix);
        if (n > suffix_n && !memcmp(name + n - suffix_n, formats[i].suffix, suffix_n))
            return &formats[i];
    }
    return NULL;
}

static const struct format *format_of_bytes(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].is && formats[i].is(bytes, n))
            return &formats[i];
    return NULL;
}

static size_t without_suffix(const char *name, size_t n)
{
    const struct format *format = format_of_name(name, n);
    return format ? n - strlen(format->suffix) : n;
}

size_t weir_uncompressed_name(const char *name)
{
    size_t n = strlen(name);
    for (unsigned layer = 0; layer < LAYERS_MAX; layer++)
        n = without_suffix(name, n);
    return n;
}

/* ---- the reader ---- */

struct decompress {
    weir_reader reader;
    weir_reader *source;
    weir_reader *now; /* whose bytes are given: the source's, or those of decoders over it, which
                         are a chain of their own */
    const char *name; /* what is left of it */
    size_t name_n;
    unsigned layers;
    bool decided;
    uint64_t told;        /* up to this offset of ours `now` knows what was consumed */
    uint64_t start;       /* the source's offset in the beginning */
    weir_held_error held; /* it came behind bytes that were looked at */
};

static struct decompress *decompress_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct decompress, reader);
}

static void decompress_tell(struct decompress *self)
{
    weir_consume(self->now, (size_t)(self->reader.offset - self->told));
    self->told = self->reader.offset;
}

static void decompress_lend(struct decompress *self)
{
    weir_reader *reader = &self->reader;
    const weir_reader *now = self->now;
    decompress_tell(self);
    reader->base = now->base;
    reader->begin = now->begin;
    reader->end = now->end;
    reader->block = now->block;
    reader->stage.padded = now->stage.padded;
}

/* Bytes say better than a name what they are. */
static const struct format *next_format(const struct decompress *self, const unsigned char *bytes,
                                        size_t n)
{
    const struct format *format = format_of_bytes(bytes, n);
    return format || !self->name ? format : format_of_name(self->name, self->name_n);
}

static bool add_layer(struct decompress *self, weir_cx *cx, const struct format *format)
{
    weir_reader *below = self->layers ? self->now : weir_reader_by_ref(self->source);
    self->now = weir_codec_reader(below, format->codec, NULL);
    self->layers++;
    if (self->name)
        self->name_n = without_suffix(self->name, self->name_n);
    if (weir_reader_reserve(self->now, self->reader.reserve))
        return true;
    weir_fail(cx, WEIR_E_MEMORY, "no room for %u bytes in one piece", self->reader.reserve);
    return false;
}

/* READY: it is known what is below. */
static weir_poll decompress_decide(struct decompress *self, weir_cx *cx)
{
    while (!self->decided && self->layers < LAYERS_MAX) {
        size_t n;
        weir_poll got = weir_poll_fill(self->now, cx, DECOMPRESS_HEAD_BYTES);
        const unsigned char *bytes = weir_peek(self->now, &n);
        if (got.state == WEIR_PENDING || (got.state == WEIR_ERROR && !n))
            return got;
        if (got.state == WEIR_ERROR)
            weir_held_error_keep(&self->held, cx);
        const struct format *format = next_format(self, bytes, n);
        self->decided = self->held.held || !format;
        if (!self->decided && !add_layer(self, cx, format))
            return (weir_poll){0, WEIR_ERROR};
    }
    self->decided = true;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll decompress_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct decompress *self = decompress_of(reader);
    weir_poll got = {0, WEIR_READY};
    decompress_tell(self);
    if (!self->decided)
        got = decompress_decide(self, cx);
    if (got.state != WEIR_READY)
        return (weir_poll){0, got.state};
    if (!self->held.held)
        got = weir_poll_fill(self->now, cx, min);
    decompress_lend(self);
    if (self->held.held && reader->end - reader->begin < min)
        return weir_held_error_give(&self->held, cx);
    return got;
}

static void decompress_fini(weir_reader *reader)
{
    struct decompress *self = decompress_of(reader);
    decompress_tell(self);
    if (self->now != self->source)
        weir_drop(self->now);
}

static bool decompress_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(decompress_of(reader)->now, bytes);
}

/* Of what was not compressed. */
static const char *decompress_place(const weir_reader *reader, uint64_t *byte)
{
    const struct decompress *self = decompress_of(reader);
    if (self->layers)
        return NULL;
    if (byte)
        *byte += self->start;
    return self->source->ops->place ? self->source->ops->place(self->source, byte) : NULL;
}

static size_t decoder_bytes(const weir_reader *reader, const weir_codec *codec)
{
    size_t more = codec->memory_max ? codec->memory_max(NULL) : 0;
    return codec->state_size + more + weir_reader_room_max(reader, WEIR_BLOCK_BYTES);
}

/* Before it is known what comes it may be any of them, twice, and the arena of that chain. */
static size_t decompress_memory_max(const weir_reader *reader)
{
    const struct decompress *self = decompress_of(reader);
    size_t most = 0;
    if (self->now != self->source)
        return weir_memory_max(self->now);
    for (size_t i = 0; i < FORMATS && !self->decided; i++) {
        size_t bytes = decoder_bytes(reader, formats[i].codec);
        most = bytes > most ? bytes : most;
    }
    return self->decided ? 0 : LAYERS_MAX * most + DECOMPRESS_ARENA_BYTES;
}

static const weir_reader_ops decompress_ops = {.size = sizeof decompress_ops,
                                               .name = "decompress",
                                               .poll_fill = decompress_poll_fill,
                                               .fini = decompress_fini,
                                               .reserve = decompress_reserve,
                                               .place = decompress_place,
                                               .memory_max = decompress_memory_max};

static bool keep_name(struct decompress *self, const char *name)
{
    if (!name)
        return true;
    self->name_n = strlen(name);
    char *copy = weir_arena_take(self->reader.stage.arena, self->name_n + 1, 1);
    if (copy)
        memcpy(copy, name, self->name_n);
    self->name = copy;
    return copy;
}

weir_reader *weir_decompress(weir_reader *source, const char *name)
{
    if (source->stage.remote)
        return weir_reader_refuse(
            &source->stage, WEIR_E_ARGUMENT, "weir_gunzip(), or another by its name",
            "decompress: of what a peer sent nothing is guessed", NULL, NULL, 0);
    weir_reader *reader = weir_reader_over(source, sizeof(struct decompress), &decompress_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct decompress *self = decompress_of(reader);
    self->source = self->now = source;
    self->start = source->offset;
    reader->reserve = source->reserve;
    if (keep_name(self, name) && weir_held_error_init(&self->held, reader->stage.arena))
        return reader;
    return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for decompress", NULL,
                              NULL, 0);
}
