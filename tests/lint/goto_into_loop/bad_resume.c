/* A reader that was left in the middle goes on in the middle: over the loop's own beginning. */
#include <stdio.h>

#include <weir.h>

struct progress {
    uint64_t line;
    bool resumed;
};

bool load(const char *path, struct progress *progress, weir_error *error)
{
    if (progress->resumed)
        goto counted; // lint: goto_into_loop 9-13
    progress->line = 0;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(path), 4096), *error) {
        if (!line.size)
            continue;
    counted:
        progress->line++;
    }
    return error->code == WEIR_OK;
}
