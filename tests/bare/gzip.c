/* In place of gzip and gunzip, for targets that have no zlib: the bytes pass as they are. So a test
 * of what stands around them runs, and one of the format itself does not. */

#include <stdlib.h>
#include <zlib.h>

#include "codec/deflate.h"
#include "weir.h"

static weir_poll pass_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_reader *source = (weir_reader *)reader->stage.source;
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    return got;
}

static bool pass_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve((weir_reader *)reader->stage.source, bytes);
}

static const weir_reader_ops gzip_ops = {
    .size = sizeof gzip_ops, .name = "gzip", .poll_fill = pass_poll_fill, .reserve = pass_reserve};
static const weir_reader_ops gunzip_ops = {.size = sizeof gunzip_ops,
                                           .name = "gunzip",
                                           .poll_fill = pass_poll_fill,
                                           .reserve = pass_reserve};

weir_reader *weir_gzip(weir_reader *source, int level)
{
    (void)level;
    return weir_reader_over(source, sizeof(weir_reader), &gzip_ops);
}

weir_reader *weir_gunzip(weir_reader *source)
{
    return weir_reader_over(source, sizeof(weir_reader), &gunzip_ops);
}

/* ---- what is linked, and called by no test ---- */

static bool begin_none(void *state, const void *options, weir_error *error)
{
    (void)state, (void)options;
    weir_error_set(error, WEIR_E_ARGUMENT, "no gzip here");
    return false;
}

static weir_codec_state step_none(void *state, weir_span *span, weir_input input, weir_error *error)
{
    (void)state, (void)span, (void)input, (void)error;
    abort();
}

const weir_codec weir_codec_gunzip = {.size = sizeof(weir_codec),
                                      .name = "gunzip",
                                      .state_size = 1,
                                      .init = begin_none,
                                      .step = step_none};
const weir_inflater weir_inflate_zlib;

#pragma GCC diagnostic ignored "-Wunused-parameter"
#define NONE(name, ...)                                                                            \
    int ZEXPORT name(__VA_ARGS__)                                                                  \
    {                                                                                              \
        abort();                                                                                   \
    }
NONE(deflate, z_streamp stream, int flush)
NONE(deflateEnd, z_streamp stream)
NONE(deflateInit2_, z_streamp stream, int level, int method, int window, int memory, int strategy,
     const char *version, int size)
NONE(inflate, z_streamp stream, int flush)
NONE(inflateEnd, z_streamp stream)
NONE(inflateInit2_, z_streamp stream, int window, const char *version, int size)
NONE(inflateReset, z_streamp stream)
