/* zcat access.log.gz | grep ERROR | wc -l */

#include <stdio.h>

#include "weir.h"

int main(void)
{
    weir_reader *log = weir_gunzip(weir_file_reader("access.log.gz"));
    weir_stream *errors = weir_lines_matching(log, WEIR_LINE_MAX_DEFAULT, "ERROR", 5);
    uint64_t n;
    weir_error error;
    if (weir_run(weir_count(errors), &n, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu\n", (unsigned long long)n);
    return 0;
}
