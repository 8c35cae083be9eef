/* What is kept is no pointer: a size, a first byte, a difference, a number that was parsed. */
#include <stdlib.h>
#include <string.h>

#include <weir.h>

struct stats {
    size_t longest;
    char first;
    ptrdiff_t comma;
    long sum;
    bool empty;
    size_t sizes[16];
};

static uint64_t bytes;

bool stats_read(struct stats *stats, const char *path, weir_error *error)
{
    weir_for_await_indexed (i, weir_line, line, weir_lines(weir_file_reader(path), 4096)) {
        const char *comma = memchr(line.data, ',', line.size);
        bytes += line.size;
        stats->sizes[i % 16] = line.size;
        stats->empty = line.size == 0;
        if (line.size > stats->longest)
            stats->longest = line.size;
        if (!line.size)
            continue;
        stats->first = line.data[0];
        stats->comma = comma ? comma - line.data : -1;
        stats->sum += strtol(line.data, NULL, 10);
    }
    return !weir_take_error(error);
}
