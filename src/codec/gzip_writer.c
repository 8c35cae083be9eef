/* gzip and gunzip in front of a writer. */

#include "core/stage.h"
#include "weir/codec_writer.h"

weir_writer *weir_gzip_writer(weir_writer *below, const weir_gzip_options *given)
{
    enum { FIRST_BYTES = offsetof(weir_gzip_options, threads) + sizeof(uint32_t) };
    weir_gzip_options options;
    weir_options_take(&options, sizeof options, given, FIRST_BYTES);
    return weir_codec_writer(below, &weir_codec_gzip,
                             &WEIR_CODEC_OPTIONS(.flush_when_idle = options.flush_when_idle,
                                                 .for_codec = &options,
                                                 .for_codec_size = sizeof options));
}

weir_writer *weir_gunzip_writer(weir_writer *below)
{
    return weir_codec_writer(below, &weir_codec_gunzip, NULL);
}
