/* Writes a report as if weir_write_all() wrote: it makes a future, and nobody runs it. */

#include <string.h>

#include "weir.h"

bool write_report(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_write_all(out, text, strlen(text), NULL); // lint: dropped_lazy 5-19
    bool well = weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
