/* What is written is waited for. */

#include <string.h>

#include "weir.h"

bool write_report(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well =
        weir_await(weir_write_all(out, text, strlen(text), NULL), NULL, error) == WEIR_READY &&
        weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
