/* The last future that is run closes the writer. */

#include <string.h>

#include "weir.h"

bool write_greeting(const char *path, const char *name, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, &WEIR_FILE_OPTIONS(.append = true));
    weir_state got = weir_run(weir_printf(out, "hello %s\n", name), NULL, error);
    if (got == WEIR_READY)
        got = weir_run(weir_write_all(out, "bye\n", 4, NULL), NULL, error);
    if (got == WEIR_READY)
        got = weir_run(weir_close(out), NULL, error);
    weir_drop(out);
    return got == WEIR_READY;
}
