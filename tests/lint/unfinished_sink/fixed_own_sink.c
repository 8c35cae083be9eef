/* The archive is sealed before it is dropped. */

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
    bool sealed = archive_seal(archive, error);
    weir_drop(archive);
    return sealed;
}
