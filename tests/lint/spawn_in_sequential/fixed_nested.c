/* The copy is waited for where it stands. */

#include "weir.h"

bool send_file(const char *path, weir_writer *out, weir_error *error)
{
    weir_writer *far = weir_writer_by_ref(out);
    return weir_await(weir_copy(weir_file_reader(path), far), NULL, error) == WEIR_READY;
}
