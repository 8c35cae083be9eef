/* The writer is closed and dropped where it was opened. */

#include <string.h>

#include "weir.h"

bool touch(const char *path, const char *stamp, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, stamp, strlen(stamp), error) == WEIR_READY &&
                weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
