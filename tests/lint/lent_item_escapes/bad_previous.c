/* uniq(1), which compares each line with the one before: that one is lent, and gone by then. */
#include <stdio.h>
#include <string.h>
#include <weir.h>

size_t count_repeated(weir_reader *in, weir_error *error)
{
    weir_line previous = {0};
    size_t repeated = 0;
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        if (line.size && previous.size == line.size && !memcmp(previous.data, line.data, line.size))
            repeated++;
        previous = line; // lint: lent_item_escapes 20-24
    }
    return repeated;
}
