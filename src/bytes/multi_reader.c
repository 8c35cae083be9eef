/* multi_reader: several readers, one after the other. */

#include "weir/read.h"

/* Halves of halves, so that no byte passes more than a few of them. */
static weir_reader *multi_reader_join(weir_reader *const *readers, size_t n)
{
    if (n == 1)
        return readers[0];
    weir_reader *first = multi_reader_join(readers, n / 2);
    return weir_chain_reader(first, multi_reader_join(readers + n / 2, n - n / 2));
}

weir_reader *weir_multi_reader(weir_reader *const *readers, size_t n)
{
    return n ? multi_reader_join(readers, n) : weir_empty_reader();
}
