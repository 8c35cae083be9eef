/* Spawned and waited for in one expression. */

#include "weir.h"

bool send_file(const char *path, weir_writer *out, weir_error *error)
{
    weir_writer *far = weir_writer_by_ref(out);
    // lint-next: spawn_in_sequential 23-33
    return weir_await(weir_spawn(weir_copy(weir_file_reader(path), far)), NULL, error) ==
           WEIR_READY;
}
