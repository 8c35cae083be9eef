/* What a sleep gives is nothing, and fits in any variable; a typedef is the type it stands for. */

#include <stdio.h>

#include "weir.h"

typedef weir_dir_entry file_entry;
typedef weir_line text;

bool watch(const char *directory, int rounds)
{
    weir_error error;
    int done;
    while (rounds-- > 0) {
        weir_for_try (file_entry, file, weir_read_dir(directory), error)
            puts(file.name);
        if (error.code != WEIR_OK ||
            weir_await(weir_sleep(1000000000), &done, &error) == WEIR_ERROR)
            return false;
    }
    weir_for_try (text, path, weir_skip(weir_glob("/tmp/watch.*"), 1), error)
        printf("%.*s\n", (int)path.size, path.data);
    return error.code == WEIR_OK;
}
