/* From the inner loop to a label of the outer one, which both stand in. */
#include <string.h>

#include <weir.h>

uint64_t count_files_with(weir_stream *paths, char byte, weir_error *error)
{
    uint64_t n = 0;
    weir_for_try (weir_owned_line, path, weir_own(paths), *error) {
        weir_for_await (weir_line, line, weir_lines(weir_file_reader(path.data), 4096)) {
            if (memchr(line.data, byte, line.size))
                goto found;
        }
        goto next;
    found:
        n++;
    next:
        weir_owned_line_drop(&path);
    }
    return n;
}
