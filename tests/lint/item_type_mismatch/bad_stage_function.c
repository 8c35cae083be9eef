/* A filter of text lines stands over the entries of a directory. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static bool is_log(weir_line name, void *suffix)
{
    size_t n = strlen(suffix);
    return name.size > n && !memcmp(name.data + name.size - n, suffix, n);
}
WEIR_FILTER_FN(is_log_fn, is_log, weir_line)

bool count_logs(const char *directory, uint64_t *n, weir_error *error)
{
    static char suffix[] = ".log";
    // lint-next: item_type_mismatch 25-36
    weir_stream *logs = weir_filter(weir_read_dir(directory), &is_log_fn, suffix);
    return weir_await(weir_count(logs), n, error) == WEIR_READY;
}
