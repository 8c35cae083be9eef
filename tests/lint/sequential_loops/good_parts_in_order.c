/* The parts of a backup must come one after the other: nothing says that they are independent. */
#include <stdio.h>

#include <weir.h>

bool join_parts(const char *path, int64_t parts, weir_writer *out, weir_error *error)
{
    weir_for_try (int64_t, nth, weir_range(0, parts), *error) {
        char name[4096];
        snprintf(name, sizeof name, "%s.%03lld", path, (long long)nth);
        weir_reader *in = weir_file_reader(name);
        if (weir_await(weir_copy(in, weir_writer_by_ref(out)), NULL, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
