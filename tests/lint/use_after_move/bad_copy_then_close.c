/* The copy closes and drops the writer that it was given; more is written to it here. */

#include <string.h>

#include "weir.h"

bool append_footer(const char *from, const char *to, const char *footer, weir_error *error)
{
    weir_writer *out = weir_file_writer(to, NULL);
    if (weir_await(weir_copy(weir_file_reader(from), out), NULL, error) != WEIR_READY)
        return false;
    // lint-next: use_after_move 26-29
    if (weir_await_write(out, footer, strlen(footer), error) != WEIR_READY)
        return false;
    return true;
}
