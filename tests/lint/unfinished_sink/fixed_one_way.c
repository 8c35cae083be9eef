/* Every way that says that all went well has closed the file. */

#include "weir.h"

struct entry {
    const struct entry *next;
    char text[32];
};

int save(const char *path, const struct entry *entry, int kind, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, entry->text, sizeof entry->text, error) != WEIR_READY) {
        weir_drop(out);
        return -1;
    }
    switch (kind) {
    case 0:
        if (weir_await_close(out, error) != WEIR_END)
            break;
        weir_drop(out);
        return 0;
    case 1:
        if (weir_await_close(out, error) != WEIR_END)
            break;
        weir_drop(out);
        return 0;
    default:
        if (weir_await(weir_close(out), NULL, error) == WEIR_ERROR)
            break;
        weir_drop(out);
        return 0;
    }
    weir_drop(out);
    return -1;
}
