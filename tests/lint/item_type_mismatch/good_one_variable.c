/* One variable holds streams of different types one after the other, and each is used as it is. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

bool list(const char *directory, const char *pattern)
{
    weir_error error;
    weir_stream *names = weir_read_dir(directory);
    weir_for_try (weir_dir_entry, entry, names, error)
        puts(entry.name);
    if (error.code != WEIR_OK)
        return false;
    names = weir_glob(pattern);
    weir_for_try (weir_line, path, names, error)
        printf("%.*s\n", (int)path.size, path.data);
    if (error.code != WEIR_OK)
        return false;
    names = weir_own(weir_glob(pattern));
    weir_for_try (weir_owned_line, path, names, error) {
        puts(path.data);
        weir_owned_line_drop(&path);
    }
    return error.code == WEIR_OK;
}
