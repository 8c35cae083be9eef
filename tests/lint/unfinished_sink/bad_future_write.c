/* The same with futures: the last one that is run is a write. */

#include <string.h>

#include "weir.h"

bool write_greeting(const char *path, const char *name, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, &WEIR_FILE_OPTIONS(.append = true));
    weir_state got = weir_run(weir_printf(out, "hello %s\n", name), NULL, error);
    if (got == WEIR_READY)
        got = weir_run(weir_write_all(out, "bye\n", 4, NULL), NULL, error);
    weir_drop(out); // lint: unfinished_sink 5-14
    return got == WEIR_READY;
}
