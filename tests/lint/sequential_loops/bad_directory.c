/* A walk through a directory that reads one file after the other, with early ways out. */
#include <stdio.h>

#include <weir.h>

static bool is_log(weir_dir_entry entry, void *arg)
{
    (void)arg;
    return entry.kind == WEIR_ENTRY_FILE && entry.name[0] != '.';
}
WEIR_FILTER_FN(is_log_fn, is_log, weir_dir_entry)

static bool lines_of(const char *directory, const char *name, uint64_t *n, weir_error *error)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    weir_stream *lines = weir_lines(weir_open(path), WEIR_LINE_MAX_DEFAULT);
    return weir_await(weir_count(lines), n, error) == WEIR_READY;
}

bool count_logs(const char *directory, uint64_t lines_max, uint64_t *lines, weir_error *error)
{
    *lines = 0;
    weir_stream *logs = weir_filter(weir_read_dir(directory), &is_log_fn, NULL);
    weir_for_try (weir_dir_entry, log, logs, *error) { // lint: sequential_loops 5-17
        uint64_t n;
        if (!lines_of(directory, log.name, &n, error))
            return false;
        *lines += n;
        if (*lines > lines_max)
            break;
    }
    return error->code == WEIR_OK;
}
