/* Each stage's result goes back into the variable. */

#include <stdio.h>

#include "weir.h"

static bool has_text(weir_line line, void *arg)
{
    (void)arg;
    return line.size != 0;
}
WEIR_FILTER_FN(has_text_fn, has_text, weir_line)

bool count(const char *path, uint64_t first, uint64_t last, uint64_t *n, weir_error *error)
{
    weir_stream *s = weir_lines(weir_file_reader(path), 4096);
    s = weir_skip(s, first);
    s = weir_filter(s, &has_text_fn, NULL);
    for (int i = 0; i < 3; i++)
        s = weir_take(s, last - first);
    weir_stream *counted = weir_count(s);
    s = weir_range(0, 3);
    weir_for_try (int64_t, i, s, *error)
        printf("%lld\n", (long long)i);
    return weir_await(counted, n, error) == WEIR_READY;
}
