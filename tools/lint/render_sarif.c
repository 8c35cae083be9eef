/* SARIF 2.1.0, one document: what code hosts and CI take. Columns are counted in characters there,
 * here in bytes. */
#include <string.h>

#include "pipeline/utf8.h"
#include "render.h"

static void put_text(FILE *to, const char *text)
{
    fputs("{\"text\":", to);
    render_quoted(to, text);
    putc('}', to);
}

static void put_rule(FILE *to, const struct rule *rule)
{
    fprintf(to, "{\"id\":\"%s\",\"shortDescription\":", rule->name);
    put_text(to, rule->does);
    fputs(",\"fullDescription\":", to);
    put_text(to, rule->explain);
    fprintf(to,
            ",\"defaultConfiguration\":{\"enabled\":%s,\"level\":\"%s\"},"
            "\"properties\":{\"group\":\"%s\"}}",
            rule->group == GROUP_PEDANTIC ? "false" : "true",
            rule->level == LEVEL_ERROR ? "error" : "warning", rule_group_name(rule->group));
}

static bool another;

static void begin(FILE *to)
{
    another = false;
    fputs("{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
          "sarif-schema-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{"
          "\"name\":\"weir lint\",\"version\":\"" WEIR_VERSION "\",\"rules\":[",
          to);
    for (size_t i = 0; rules[i]; i++) {
        fputs(i ? ",\n" : "\n", to);
        put_rule(to, rules[i]);
    }
    fputs("]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[", to);
}

static void end(FILE *to)
{
    fputs("\n]}]}\n", to);
}

/* ---- places ---- */

/* As a URI: relative to where the lint runs, or file://. */
static void put_uri(FILE *to, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";

    fputs(*path == '/' ? "\"file://" : "\"", to);
    for (; *path; path++)
        if (strchr(plain, *path))
            putc(*path, to);
        else
            fprintf(to, "%%%02X", (unsigned char)*path);
    putc('"', to);
}

/* The character that byte `column` of a line belongs to, from 1. */
static size_t character(const struct place *at, unsigned column)
{
    size_t n = 0, characters = 1;
    const char *line = render_line(at->file, at->line, &n);

    if (!line)
        return column ? column : 1;
    for (size_t i = 0; i < n && i + 1 < column;) {
        uint32_t code;
        size_t bytes = weir_pl_utf8_read(line + i, &code);
        i += bytes ? bytes : 1;
        characters++;
    }
    return characters;
}

static void put_artifact(FILE *to, const char *file)
{
    fputs("\"artifactLocation\":{\"uri\":", to);
    put_uri(to, file);
    putc('}', to);
}

static void put_location(FILE *to, const struct place *at)
{
    fputs("\"physicalLocation\":{", to);
    put_artifact(to, at->file);
    if (at->line) {
        fprintf(to, ",\"region\":{\"startLine\":%u,\"startColumn\":%zu", at->line,
                character(at, at->column));
        if (at->end_column > at->column)
            fprintf(to, ",\"endColumn\":%zu", character(at, at->end_column));
        putc('}', to);
    }
    putc('}', to);
}

/* ---- a result ---- */

/* Notes of no place are part of the message. */
static void put_message(FILE *to, const struct finding *finding)
{
    const char *text = finding->message;

    if (finding->label)
        text = unit_text("%s: %s", text, finding->label);
    for (size_t i = 0; i < finding->notes_n; i++)
        if (!finding->notes[i].at.file)
            text = unit_text("%s\nnote: %s", text, finding->notes[i].text);
    if (finding->help)
        text = unit_text("%s\nhelp: %s", text, finding->help);
    put_text(to, text);
}

static void put_related(FILE *to, const struct finding *finding)
{
    bool more = false;

    fputs(",\"relatedLocations\":[", to);
    for (size_t i = 0; i < finding->notes_n; i++) {
        const struct note *note = &finding->notes[i];
        if (!note->at.file)
            continue;
        fputs(more ? ",{" : "{", to);
        more = true;
        put_location(to, &note->at);
        fputs(",\"message\":", to);
        put_text(to, note->text);
        putc('}', to);
    }
    putc(']', to);
}

/* The edits from `first` on that are of the same file. */
static size_t put_change(FILE *to, const struct finding *finding, size_t first)
{
    const char *file = finding->edits[first].file;
    size_t i = first;

    putc('{', to);
    put_artifact(to, file);
    fputs(",\"replacements\":[", to);
    for (; i < finding->edits_n && !strcmp(finding->edits[i].file, file); i++) {
        const struct edit *edit = &finding->edits[i];
        fprintf(to, "%s{\"deletedRegion\":{\"byteOffset\":%zu,\"byteLength\":%zu}",
                i > first ? "," : "", edit->from, edit->to - edit->from);
        fputs(",\"insertedContent\":", to);
        put_text(to, edit->text);
        putc('}', to);
    }
    fputs("]}", to);
    return i;
}

static void put_fixes(FILE *to, const struct finding *finding)
{
    if (!finding->edits_n)
        return;
    fputs(",\"fixes\":[{\"description\":", to);
    put_text(to, finding->help ? finding->help : finding->message);
    fputs(",\"artifactChanges\":[", to);
    for (size_t i = 0; i < finding->edits_n;) {
        if (i)
            putc(',', to);
        i = put_change(to, finding, i);
    }
    fputs("]}]", to);
}

static void show(FILE *to, const struct finding *finding, const char *allowed)
{
    fprintf(to, "%s\n{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\",\"message\":",
            another ? "," : "", finding->rule->name, rule_index(finding->rule),
            render_level(finding));
    another = true;
    put_message(to, finding);
    fputs(",\"locations\":[{", to);
    put_location(to, &finding->at);
    fputs("}]", to);
    put_related(to, finding);
    put_fixes(to, finding);
    fputs(",\"suppressions\":[", to);
    if (allowed) {
        fputs("{\"kind\":\"inSource\",\"justification\":", to);
        render_quoted(to, allowed);
        putc('}', to);
    }
    fputs("]}", to);
}

const struct renderer render_sarif = {
    .begin = begin, .show = show, .end = end, .shows_allowed = true};
