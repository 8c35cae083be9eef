/* The files are joined in the order of the directory, and the line says so behind its code. */
#include <stdio.h>

#include <weir.h>

static bool is_file(weir_dir_entry entry, void *arg)
{
    (void)arg;
    return entry.kind == WEIR_ENTRY_FILE;
}
WEIR_FILTER_FN(is_file_fn, is_file, weir_dir_entry)

bool join_files(const char *directory, weir_writer *out, weir_error *error)
{
    weir_stream *all = weir_filter(weir_read_dir(directory), &is_file_fn, NULL);
    weir_for_try (weir_dir_entry, f, all, *error) { // weir-lint: allow(sequential_loops) in order
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", directory, f.name);
        weir_reader *in = weir_file_reader(path);
        if (weir_await(weir_copy(in, weir_writer_by_ref(out)), NULL, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
