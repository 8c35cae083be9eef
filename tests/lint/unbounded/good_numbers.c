/* Limits that are numbers, however large, constants of an enum, and sizes that are computed. */
#include <weir.h>

enum { ROWS_MAX = 1 << 20 };

weir_stream *rows(weir_stream *source, size_t columns)
{
    return weir_collect(source, ROWS_MAX / columns);
}

weir_stream *all_of(weir_stream *futures, const weir_type *type)
{
    return weir_buffer_unordered(futures, type, 1000000);
}

bool read_all(weir_reader *in, weir_vec *out, weir_error *error)
{
    return weir_await(weir_read_to_end(in, out, SIZE_MAX / 1024), NULL, error) != WEIR_ERROR;
}
