/* Compresses a file. The result has its name only when it is complete and on the disk: until then
 * there is none, or the old one. */

#include <stdio.h>

#include "weir.h"

int main(int argc, char **argv)
{
    if (argc != 3)
        return fprintf(stderr, "usage: gzip_file FILE FILE.gz\n"), 2;

    weir_reader *packed = weir_gzip(weir_file_reader(argv[1]), WEIR_GZIP_LEVEL_DEFAULT);
    weir_writer *file = weir_file_writer(argv[2], NULL);
    weir_error error;
    if (weir_run(weir_copy(packed, file), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
