/* One stream in two places of a call: both would drop it. */
#include <weir.h>

weir_stream *lines_twice(weir_reader *from)
{
    weir_stream *lines = weir_lines(from, 4096);
    return weir_chain(lines, lines); // lint: use_after_move 30-35
}

weir_stream *both(weir_reader *from, weir_writer *to)
{
    weir_stream *copy = weir_copy(from, to);
    return weir_join(copy, copy); // lint: use_after_move 28-32
}
