/* Out of a loop, and out of two at once: each drops its stream on the way. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

bool contains(weir_stream *paths, const char *word, weir_error *error)
{
    bool found = false;
    size_t size = strlen(word);
    weir_for_try (weir_owned_line, path, weir_own(paths), *error) {
        weir_for_await (weir_line, line, weir_lines(weir_file_reader(path.data), 4096)) {
            if (line.size != size || memcmp(line.data, word, size) != 0)
                continue;
            found = true;
            weir_owned_line_drop(&path);
            goto out;
        }
        weir_owned_line_drop(&path);
    }
    if (error->code != WEIR_OK)
        goto failed;
out:
    return found;
failed:
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    return false;
}
