/* Lines are counted in parallel, and files one after the other: here files are, and each line by
 * line. The source stands behind a function of the program. */
#include <weir.h>

static weir_stream *logs_of(const char *folder)
{
    if (!folder)
        return NULL;
    return weir_take(weir_read_dir(folder), 1000);
}

WEIR_PAR_FN(count_bytes, weir_dir_entry, entry, size_t *, bytes)
{
    weir_for_await (weir_line, line, weir_lines(weir_open(entry.name), 4096))
        __atomic_add_fetch(bytes, line.size, __ATOMIC_RELAXED);
}

size_t count_all(const char *folder, bool all, weir_error *error)
{
    weir_stream *entries = all ? logs_of(folder) : weir_read_dir(".");
    size_t bytes = 0;
    weir_ignore(
        weir_await(weir_par_for_each(entries, &count_bytes, &bytes, 64, NULL), NULL, error));
    return bytes;
}
