/* Asks for a flush after each line, and never has it done. */

#include <stdio.h>

#include "weir.h"

bool follow(weir_reader *in, weir_writer *out, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        if (weir_await_write(out, line.data, line.size, error) != WEIR_READY)
            return false;
        weir_flush(out); // lint: dropped_lazy 9-19
    }
    return error->code == WEIR_OK;
}
