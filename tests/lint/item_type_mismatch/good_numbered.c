/* Composite types: the struct that enumerate gives holds the item that the loop wants. */

#include <stdio.h>

#include "weir.h"

WEIR_INDEXED(weir_line, numbered)

bool print_numbered(weir_reader *reader)
{
    weir_error error;
    weir_stream *lines = weir_enumerate(weir_take(weir_lines(reader, 4096), 1000));
    weir_for_try (struct numbered, line, lines, error)
        printf("%llu %.*s\n", (unsigned long long)line.index, (int)line.item.size, line.item.data);
    return error.code == WEIR_OK;
}
