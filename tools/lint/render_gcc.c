/* As compilers say it: what editors and CI understand without being told. */
#include "../weir/print.h"
#include "render.h"

static void show_place(FILE *to, const struct place *at)
{
    text_print(to, at->file);
    fprintf(to, ":%u:%u: ", at->line, at->column);
}

static void show_note(FILE *to, const struct place *at, const char *text)
{
    show_place(to, at);
    fputs("note: ", to);
    text_print(to, text);
    putc('\n', to);
}

static void show(FILE *to, const struct finding *finding, const char *allowed)
{
    (void)allowed;
    show_place(to, &finding->at);
    fprintf(to, "%s: ", render_level(finding));
    text_print(to, finding->message);
    fprintf(to, " [%s]\n", finding->rule->name);
    if (finding->label)
        show_note(to, &finding->at, finding->label);
    for (size_t i = 0; i < finding->notes_n; i++) {
        const struct note *note = &finding->notes[i];
        show_note(to, note->at.file ? &note->at : &finding->at, note->text);
    }
    if (finding->help)
        show_note(to, &finding->at, unit_text("help: %s", finding->help));
}

const struct renderer render_gcc = {.show = show};
