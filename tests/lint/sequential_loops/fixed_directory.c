/* Eight files are read at once, and the loop adds up what came of them. */
#include <stdio.h>

#include <weir.h>

static bool is_log(weir_dir_entry entry, void *arg)
{
    (void)arg;
    return entry.kind == WEIR_ENTRY_FILE && entry.name[0] != '.';
}
WEIR_FILTER_FN(is_log_fn, is_log, weir_dir_entry)

static bool lines_of(weir_dir_entry log, uint64_t *n, void *directory, weir_error *error)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", (const char *)directory, log.name);
    weir_stream *lines = weir_lines(weir_open(path), WEIR_LINE_MAX_DEFAULT);
    return weir_await(weir_count(lines), n, error) == WEIR_READY;
}
WEIR_PAR_MAP_FN(lines_of_fn, lines_of, weir_dir_entry, uint64_t)

bool count_logs(char *directory, uint64_t lines_max, uint64_t *lines, weir_error *error)
{
    *lines = 0;
    weir_stream *logs = weir_filter(weir_read_dir(directory), &is_log_fn, NULL);
    logs = weir_par_map_unordered(logs, &lines_of_fn, directory, 8, NULL);
    weir_for_try (uint64_t, n, logs, *error) {
        *lines += n;
        if (*lines > lines_max)
            break;
    }
    return error->code == WEIR_OK;
}
