/* One stream in two places of a call: lent in the first, or two that were made. */
#include <weir.h>

weir_stream *lines_in_parts(weir_reader *from)
{
    weir_stream *lines = weir_lines(from, 4096);
    return weir_chain(weir_take(weir_by_ref(lines), 1), lines);
}

weir_stream *both(weir_duplex near, weir_duplex far)
{
    weir_stream *copy = weir_copy(near.reader, far.writer);
    return weir_join(copy, weir_copy(far.reader, near.writer));
}
