/* What the forms share. */
#include "render.h"

#include <stdlib.h>
#include <string.h>

#include "../weir/memory.h"
#include "pipeline/utf8.h"
#include "text_file.h"

const char *render_level(const struct finding *finding)
{
    return finding->rule->level == LEVEL_ERROR ? "error" : "warning";
}

static void put_character(FILE *to, const char *text, size_t n, uint32_t code)
{
    if (!n)
        fputs("\\ufffd", to);
    else if (code == '"' || code == '\\')
        fprintf(to, "\\%c", (int)code);
    else if (code == '\n')
        fputs("\\n", to);
    else if (code == '\t')
        fputs("\\t", to);
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        fprintf(to, "\\u%04x", code);
    else
        fwrite(text, 1, n, to);
}

void render_quoted(FILE *to, const char *text)
{
    if (!text) {
        fputs("null", to);
        return;
    }
    putc('"', to);
    while (*text) {
        uint32_t code = 0;
        size_t n = weir_pl_utf8_read(text, &code);
        put_character(to, text, n, code);
        text += n ? n : 1;
    }
    putc('"', to);
}

const char *render_line(const char *file, unsigned line, size_t *n)
{
    static struct text_file last;
    static char *path;

    if (!file)
        return NULL;
    if (!path || strcmp(path, file)) {
        text_file_drop(&last);
        free(path);
        path = memory_text(file, strlen(file));
        last = text_file_read(path);
    }
    return text_file_line(&last, line, n);
}
