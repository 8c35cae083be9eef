/* Given away on one side, used on the other: of a conditional, of ||, of an if. */

#include <stdio.h>

#include "weir.h"

weir_stream *open_log(const char *path, bool packed, bool numbered)
{
    weir_reader *file = weir_file_reader(path);
    weir_reader *text = packed ? weir_gunzip(file) : file;
    weir_stream *lines = weir_lines(text, 4096);
    if (numbered)
        return weir_enumerate(lines);
    else
        return lines;
}

bool finish(weir_stream *work, bool wanted, weir_error *error)
{
    if (wanted)
        return weir_await(work, NULL, error) == WEIR_READY;
    weir_drop(work);
    return true;
}

void maybe_drop(weir_stream *stream, bool keep)
{
    if (!keep)
        weir_drop(stream);
    if (keep)
        weir_drop(weir_spawn(stream));
}
