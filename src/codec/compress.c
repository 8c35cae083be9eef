/* The compressors and decompressors as readers. */

#include "codec/pack.h"

/* Of what a peer sent, the limits are others where nothing was said. */
static weir_decompress_options limits(const weir_reader *source,
                                      const weir_decompress_options *given)
{
    weir_decompress_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    bool remote = source->stage.remote;
    if (!all.ratio_max)
        all.ratio_max = remote ? WEIR_RATIO_REMOTE : WEIR_RATIO_ANY;
    if (!all.window_max)
        all.window_max = remote ? WEIR_WINDOW_REMOTE : WEIR_WINDOW_MAX;
    return all;
}

static weir_reader *decompressed(weir_reader *source, const weir_codec *codec,
                                 const weir_decompress_options *given)
{
    weir_decompress_options all = limits(source, given);
    uint32_t ratio_max = all.ratio_max == WEIR_RATIO_ANY ? 0 : all.ratio_max;
    return weir_codec_reader(source, codec,
                             &WEIR_CODEC_OPTIONS(.for_codec = &all, .for_codec_size = sizeof all,
                                                 .ratio_max = ratio_max));
}

weir_reader *weir_gunzip(weir_reader *source)
{
    return decompressed(source, &weir_codec_gunzip, NULL);
}

weir_reader *weir_gunzip_with(weir_reader *source, const weir_decompress_options *options)
{
    return decompressed(source, &weir_codec_gunzip, options);
}

#define COMPRESSED_(name, type, flush)                                                             \
    weir_reader *weir_##name(weir_reader *source, const type *options)                             \
    {                                                                                              \
        type all;                                                                                  \
        weir_options_take(&all, sizeof all, options, sizeof all);                                  \
        return weir_codec_reader(source, &weir_codec_##name,                                       \
                                 &WEIR_CODEC_OPTIONS(.for_codec = &all,                            \
                                                     .for_codec_size = sizeof all,                 \
                                                     .flush_when_idle = flush));                   \
    }

#define DECOMPRESSED_(name)                                                                        \
    weir_reader *weir_##name(weir_reader *source, const weir_decompress_options *options)          \
    {                                                                                              \
        return decompressed(source, &weir_codec_##name, options);                                  \
    }

COMPRESSED_(zstd, weir_zstd_options, all.flush_when_idle)
DECOMPRESSED_(unzstd)

COMPRESSED_(lz4, weir_lz4_options, all.flush_when_idle)
DECOMPRESSED_(unlz4)

COMPRESSED_(brotli, weir_brotli_options, all.flush_when_idle)
DECOMPRESSED_(unbrotli)

COMPRESSED_(xz, weir_xz_options, all.flush_when_idle)
DECOMPRESSED_(unxz)

COMPRESSED_(bzip2, weir_bzip2_options, false)
DECOMPRESSED_(unbzip2)

COMPRESSED_(deflate, weir_deflate_options, all.flush_when_idle)
DECOMPRESSED_(inflate)

COMPRESSED_(zlib, weir_deflate_options, all.flush_when_idle)
DECOMPRESSED_(unzlib)
