/* uv_read_start, uv_write and their callbacks: from standard input to standard output, as fast as
 * the slower of the two. */

#include <stdio.h>

#include "weir.h"

int main(void)
{
    uint64_t n;
    weir_error error;
    weir_stream *copy = weir_copy(weir_stdin_reader(), weir_stdout_writer());
    if (weir_run(copy, &n, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu bytes\n", (unsigned long long)n);
    return 0;
}
