/* pipeline(createReadStream, createGzip, createWriteStream): the file is there when it is whole. */

#include <stdio.h>

#include "weir.h"

static void pack(const char *from, const char *to)
{
    weir_error error;
    weir_reader *packed = weir_gzip(weir_file_reader(from), WEIR_GZIP_LEVEL_DEFAULT);
    if (weir_run(weir_copy(packed, weir_file_writer(to, NULL)), NULL, &error) == WEIR_READY)
        printf("%s is there\n", to);
    else
        printf("%s\n", WEIR_ERROR_TEXT(&error));
}

int main(void)
{
    pack("access.log", "packed.gz");
    pack("missing.log", "missing.gz");
    return 0;
}
