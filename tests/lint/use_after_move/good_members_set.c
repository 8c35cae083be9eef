/* Each member of what was dropped is given another value, and a variable one by its address. */
#include <weir.h>

void use_again(weir_duplex old, weir_reader *reader, weir_writer *writer)
{
    weir_duplex_drop(old);
    old.reader = reader;
    old.writer = writer;
    weir_duplex_drop(old);
}

uint64_t count_both(weir_stream *first, weir_stream *second, weir_error *error)
{
    weir_stream *now = first, **at = &now;
    uint64_t n = 0, m = 0;
    weir_ignore(weir_run(weir_count(now), &n, error));
    *at = second;
    weir_ignore(weir_run(weir_count(now), &m, error));
    return n + m;
}
