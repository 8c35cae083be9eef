/* In place of gzip and gunzip, for targets that have no zlib: the bytes pass as they are. So a test
 * of what stands around them runs, and one of the format itself does not. */

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
