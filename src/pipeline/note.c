/* Notes: one cause, one place, one hint. */
#include "pipeline/note.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/columns.h"

enum { NOTE_BYTES = 1024 };

/* What is too long is cut, and says so. */
static void put_message(char out[NOTE_BYTES + 4], const char *format, va_list args)
{
    if (vsnprintf(out, NOTE_BYTES, format, args) < NOTE_BYTES)
        return;
    memcpy(out + weir_pl_columns_cut(out, SIZE_MAX, NOTE_BYTES - 4), "...", 4);
}

static void tell(const struct words *words, const struct note *note)
{
    words->host->tell(words->host, words, note);
}

void weir_pl_note_set(const struct words *words, struct span at, struct span other,
                      const char *hint, const char *format, ...)
{
    char message[NOTE_BYTES + 4];
    va_list args;

    va_start(args, format);
    put_message(message, format, args);
    va_end(args);
    tell(words, &(struct note){NOTE_AT, at, other, message, hint ? hint : ""});
}

void weir_pl_note_plain(const struct words *words, const char *hint, const char *format, ...)
{
    char message[NOTE_BYTES + 4];
    va_list args;

    va_start(args, format);
    put_message(message, format, args);
    va_end(args);
    tell(words, &(struct note){.kind = NOTE_PLAIN, .message = message, .hint = hint ? hint : ""});
}

void weir_pl_note_result(const struct words *words, const char *line)
{
    tell(words, &(struct note){.kind = NOTE_RESULT, .message = line, .hint = ""});
}

bool weir_pl_note_no_memory(const struct words *words)
{
    tell(words, &(struct note){.kind = NOTE_NO_MEMORY, .message = "no memory", .hint = ""});
    return false;
}
