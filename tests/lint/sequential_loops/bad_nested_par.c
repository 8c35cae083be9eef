/* Lines are counted in parallel, and files one after the other: the loop that is parallel is
 * another one. The source stands behind a function of the program. */
#include <weir.h>

static void note_line(weir_owned_line line, void *arg)
{
    __atomic_add_fetch((size_t *)arg, line.size, __ATOMIC_RELAXED);
    weir_owned_line_drop(&line);
}
WEIR_EACH_FN(note_line_fn, note_line, weir_owned_line)

static weir_stream *logs_of(const char *folder)
{
    if (!folder)
        return NULL;
    return weir_take(weir_read_dir(folder), 1000);
}

static bool count_bytes(const weir_dir_entry *entry, size_t *bytes, weir_error *error)
{
    weir_stream *lines = weir_own(weir_lines(weir_open(entry->name), 4096));
    return weir_await(weir_par_for_each(lines, &note_line_fn, bytes, 8, NULL), NULL, error) !=
           WEIR_ERROR;
}

size_t count_all(const char *folder, bool all, weir_error *error)
{
    weir_stream *entries = all ? logs_of(folder) : weir_read_dir(".");
    size_t bytes = 0;
    weir_for_await (weir_dir_entry, entry, entries) { // lint: sequential_loops 5-19
        if (!count_bytes(&entry, &bytes, error))
            break;
    }
    return bytes;
}
