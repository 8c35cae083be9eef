/* The filter takes what the directory yields: its entries. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static bool is_log(weir_dir_entry entry, void *suffix)
{
    size_t size = strlen(entry.name);
    size_t n = strlen(suffix);
    return size > n && !memcmp(entry.name + size - n, suffix, n);
}
WEIR_FILTER_FN(is_log_fn, is_log, weir_dir_entry)

bool count_logs(const char *directory, uint64_t *n, weir_error *error)
{
    static char suffix[] = ".log";
    weir_stream *logs = weir_filter(weir_read_dir(directory), &is_log_fn, suffix);
    return weir_await(weir_count(logs), n, error) == WEIR_READY;
}
