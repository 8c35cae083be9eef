/* The stream is one of two kinds: what it yields is not known where it is counted or drained. */

#include <stdio.h>

#include "weir.h"

static void count_one(uint64_t *n, uint64_t item, void *arg)
{
    (void)item, (void)arg;
    ++*n;
}
WEIR_FOLD_FN(count_one_fn, count_one, uint64_t, uint64_t)

static uint64_t size_of(weir_line line, void *arg)
{
    (void)arg;
    return line.size;
}
WEIR_MAP_FN(size_of_fn, size_of, weir_line, uint64_t)

bool count_any(const char *path, bool as_sizes, uint64_t *n, weir_error *error)
{
    uint64_t zero = 0;
    weir_stream *items = weir_lines(weir_file_reader(path), 4096);
    if (as_sizes)
        items = weir_map(items, &size_of_fn, NULL);
    weir_stream *counted =
        as_sizes ? weir_fold(items, &count_one_fn, &zero, NULL) : weir_count(items);
    return weir_await(counted, n, error) == WEIR_READY;
}
