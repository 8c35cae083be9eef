/* The report is written and dropped: without a close the file never gets its name. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

bool write_report(const char *path, uint64_t clients, weir_error *error)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%llu clients\n", (unsigned long long)clients);
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, text, (size_t)n, error) == WEIR_READY;
    weir_drop(out); // lint: unfinished_sink 5-14
    return well;
}
