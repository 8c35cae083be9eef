/* A sink of the program's own that must be sealed, as its declarations say, and is not. */

#include <string.h>

#include "weir.h"

WEIR_MUST_FINISH
weir_writer *archive_writer(const char *path);
bool archive_seal(weir_writer *archive WEIR_FINISHES, weir_error *error);

bool archive_note(const char *path, const char *note, weir_error *error)
{
    weir_writer *archive = archive_writer(path);
    if (weir_await_write(archive, note, strlen(note), error) != WEIR_READY) {
        weir_drop(archive);
        return false;
    }
    weir_drop(archive); // lint: unfinished_sink 5-14
    return true;
}
