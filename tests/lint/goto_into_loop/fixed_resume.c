/* What is to be done first is done before the loop. */
#include <stdio.h>

#include <weir.h>

struct progress {
    uint64_t line;
    bool resumed;
};

bool load(const char *path, struct progress *progress, weir_error *error)
{
    if (progress->resumed)
        progress->line++;
    else
        progress->line = 0;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(path), 4096), *error) {
        if (!line.size)
            continue;
        progress->line++;
    }
    return error->code == WEIR_OK;
}
