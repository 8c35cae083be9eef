/* The files are read in parallel already; the loop writes what came of them to the one output. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct counted {
    char name[WEIR_ENTRY_NAME_BYTES];
    uint64_t bytes;
};

static bool count(weir_dir_entry entry, struct counted *out, void *arg, weir_error *error)
{
    (void)arg;
    memcpy(out->name, entry.name, sizeof out->name);
    weir_stream *copy = weir_copy(weir_file_reader(entry.name), weir_null_writer());
    return weir_await(copy, &out->bytes, error) == WEIR_READY;
}
WEIR_PAR_MAP_FN(count_fn, count, weir_dir_entry, struct counted)

bool print_sizes(weir_writer *out, weir_error *error)
{
    weir_stream *files = weir_par_map(weir_read_dir("."), &count_fn, NULL, 8, NULL);
    weir_for_try (struct counted, file, weir_skip_errors(files, 100, NULL), *error) {
        char line[WEIR_ENTRY_NAME_BYTES + 32];
        int n =
            snprintf(line, sizeof line, "%8llu %s\n", (unsigned long long)file.bytes, file.name);
        if (weir_await_write(out, line, (size_t)n, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
