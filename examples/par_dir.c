/* Counts the lines of every file of a directory: a task a file, eight at once, each file in
 * sequence. The names come in the directory's order, whichever file is read first.
 *
 *     par_dir DIRECTORY
 *
 * Prints: lines and name of each file, and how many lines there are in all. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

enum { FILES_AT_ONCE = 8 };

struct counted {
    char name[WEIR_ENTRY_NAME_BYTES];
    uint64_t lines;
};

/* Runs on any worker, and waits for its file. */
static bool count(weir_dir_entry entry, struct counted *out, void *directory, weir_error *error)
{
    char path[4096 + WEIR_ENTRY_NAME_BYTES];
    snprintf(path, sizeof path, "%s/%s", (const char *)directory, entry.name);
    memcpy(out->name, entry.name, sizeof out->name);
    weir_stream *lines = weir_lines(weir_file_reader(path), WEIR_LINE_MAX_DEFAULT);
    return weir_await(weir_count(lines), &out->lines, error) == WEIR_READY;
}
WEIR_PAR_MAP_FN(count_fn, count, weir_dir_entry, struct counted)

static bool is_file(weir_dir_entry entry, void *arg)
{
    (void)arg;
    return entry.kind == WEIR_ENTRY_FILE;
}
WEIR_FILTER_FN(is_file_fn, is_file, weir_dir_entry)

int main(int argc, char **argv)
{
    uint64_t all = 0;
    weir_error error;
    if (argc != 2)
        return fprintf(stderr, "usage: par_dir DIRECTORY\n"), 2;

    weir_stream *files = weir_filter(weir_read_dir(argv[1]), &is_file_fn, NULL);
    weir_stream *counts = weir_par_map(files, &count_fn, argv[1], FILES_AT_ONCE, NULL);

    /* A file that cannot be read is one error in its place, and the others follow. */
    weir_for_try (struct counted, file, weir_skip_errors(counts, UINT64_MAX, NULL), error) {
        printf("%8llu %s\n", (unsigned long long)file.lines, file.name);
        all += file.lines;
    }
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%8llu in all\n", (unsigned long long)all);
    weir_thread_end();
    return 0;
}
