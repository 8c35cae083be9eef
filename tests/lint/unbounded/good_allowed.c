/* None is meant: the source is a file of this program's own, and its size is known. */
#include <weir.h>

weir_stream *settings(weir_reader *own, weir_vec *out)
{
    /* weir-lint: allow(unbounded) the file was written by this program, and is small */
    return weir_read_to_end(own, out, SIZE_MAX);
}
