/* uniq(1), which compares each line with a copy of the one before. */
#include <stdio.h>
#include <string.h>
#include <weir.h>

enum { LINE_MAX_BYTES = 4096 };

size_t count_repeated(weir_reader *in, weir_error *error)
{
    char previous[LINE_MAX_BYTES];
    size_t repeated = 0, size = 0;
    weir_for_try (weir_line, line, weir_lines(in, LINE_MAX_BYTES), *error) {
        if (line.size && size == line.size && !memcmp(previous, line.data, line.size))
            repeated++;
        memcpy(previous, line.data, line.size);
        size = line.size;
    }
    return repeated;
}
