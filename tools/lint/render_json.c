/* JSON, one finding a line. */
#include "render.h"

static void put_key(FILE *to, const char *name)
{
    fprintf(to, ",\"%s\":", name);
}

static void put_text(FILE *to, const char *name, const char *text)
{
    put_key(to, name);
    render_quoted(to, text);
}

static void put_notes(FILE *to, const struct finding *finding)
{
    put_key(to, "notes");
    putc('[', to);
    for (size_t i = 0; i < finding->notes_n; i++) {
        const struct note *note = &finding->notes[i];
        fputs(i ? ",{\"file\":" : "{\"file\":", to);
        render_quoted(to, note->at.file);
        fprintf(to, ",\"line\":%u,\"column\":%u", note->at.line, note->at.column);
        put_text(to, "text", note->text);
        putc('}', to);
    }
    putc(']', to);
}

static void put_fix(FILE *to, const struct finding *finding)
{
    put_key(to, "fix");
    if (!finding->edits_n) {
        fputs("null", to);
        return;
    }
    fputs("{\"edits\":[", to);
    for (size_t i = 0; i < finding->edits_n; i++) {
        const struct edit *edit = &finding->edits[i];
        fputs(i ? ",{\"file\":" : "{\"file\":", to);
        render_quoted(to, edit->file);
        fprintf(to, ",\"from\":%zu,\"to\":%zu", edit->from, edit->to);
        put_text(to, "text", edit->text);
        putc('}', to);
    }
    fputs("]}", to);
}

static void show(FILE *to, const struct finding *finding, const char *allowed)
{
    (void)allowed;
    fprintf(to, "{\"rule\":\"%s\",\"level\":\"%s\"", finding->rule->name, render_level(finding));
    put_text(to, "file", finding->at.file);
    fprintf(to, ",\"line\":%u,\"column\":%u,\"end_column\":%u", finding->at.line,
            finding->at.column, finding->at.end_column);
    put_text(to, "message", finding->message);
    put_text(to, "reason", finding->reason);
    put_notes(to, finding);
    put_text(to, "help", finding->help);
    put_fix(to, finding);
    fputs("}\n", to);
}

const struct renderer render_json = {.show = show};
