/* What a user builds: how many lines of a compressed log have ERROR. */
#include <inttypes.h>
#include <stdio.h>
#include <weir.h>

int main(int argc, char **argv)
{
    (void)argc;
    weir_reader *log = weir_gunzip(weir_file_reader(argv[1]));
    weir_stream *errors = weir_lines_matching(log, WEIR_LINE_MAX_DEFAULT, "ERROR", 5);
    weir_error error;
    uint64_t n;

    if (weir_run(weir_count(errors), &n, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%" PRIu64 "\n", n);
}
