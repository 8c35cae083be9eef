/* The copy is given the writer by reference, so that there is something left to close. */

#include <string.h>

#include "weir.h"

bool append_footer(const char *from, const char *to, const char *footer, weir_error *error)
{
    weir_writer *out = weir_file_writer(to, NULL);
    weir_stream *copy = weir_copy(weir_file_reader(from), weir_writer_by_ref(out));
    bool well = weir_await(copy, NULL, error) == WEIR_READY &&
                weir_await_write(out, footer, strlen(footer), error) == WEIR_READY &&
                weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
