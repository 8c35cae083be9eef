/* Findings are built piece by piece; what does not fit is left out. */
#include "finding.h"

#include "unit.h"

void finding_note(struct finding *finding, struct place at, const char *format, ...)
{
    va_list args;

    if (finding->notes_n == FINDING_NOTES_MAX)
        return;
    va_start(args, format);
    finding->notes[finding->notes_n++] =
        (struct note){.at = at, .text = unit_text_of(format, args)};
    va_end(args);
}

void finding_draw(struct finding *finding, struct place at, const char *format, ...)
{
    va_list args;

    if (finding->notes_n == FINDING_NOTES_MAX)
        return;
    va_start(args, format);
    finding->notes[finding->notes_n++] =
        (struct note){.at = at, .text = unit_text_of(format, args), .drawn = true};
    va_end(args);
}

/* Half a cure is none: with one edit too many it has no file, and is not written. */
void finding_edit(struct finding *finding, const char *file, size_t from, size_t to,
                  const char *format, ...)
{
    va_list args;

    if (finding->edits_n == FINDING_EDITS_MAX) {
        finding->edits[0].file = NULL;
        return;
    }
    va_start(args, format);
    finding->edits[finding->edits_n++] = (struct edit){file, from, to, unit_text_of(format, args)};
    va_end(args);
}
