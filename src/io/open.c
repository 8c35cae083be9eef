/* open: a file, decompressed where it is compressed. */

#include "weir/codec.h"
#include "weir/file.h"

weir_reader *weir_open(const char *path)
{
    return weir_decompress(weir_file_reader(path), path);
}
