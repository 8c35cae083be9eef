/* A pipeline in a file, or on the command line. */
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "print.h"
#include "report.h"
#include "pipeline/suggest.h"
#include "pipeline/text.h"

void words_from_command(struct words *words, int n, char *const *arguments)
{
    size_t count = n > 0 ? (size_t)n : 0;

    if (!weir_pl_words_from_arguments(words, &report_host, count, (const char *const *)arguments))
        memory_end();
}

/* What to try where the file could not be read; "": nothing is known. */
static void put_read_hint(int number, const char *path, char *out, size_t size)
{
    struct suggestion near = {.word = ""};

    out[0] = 0;
    if (number == ENOENT)
        weir_pl_suggest_file(&near, path);
    if (near.best[0])
        snprintf(out, size, "did you mean '%s'?", near.best);
    else if (number == ENOENT || number == ENOTDIR)
        snprintf(out, size, "look whether the path is right");
    else if (number == EISDIR)
        snprintf(out, size, "the name of a file in it");
}

static void print_wrong(const struct words *words, const char *wrong, const char *hint)
{
    fputs("weir: ", stderr);
    words_print_place(stderr, words, words->wrong_line);
    fprintf(stderr, "%s\n", wrong);
    if (*hint) {
        fputs("  ", stderr);
        text_print(stderr, hint);
        fputc('\n', stderr);
    }
}

bool words_from_file(struct words *words, const char *path)
{
    char *text = memory_zeroed(WORDS_FILE_BYTES_MAX + 1, 1), hint[512] = "";
    bool piped = !strcmp(path, "-");
    FILE *file = piped ? stdin : fopen(path, "re");
    size_t size = file ? fread(text, 1, WORDS_FILE_BYTES_MAX + 1, file) : 0;
    int number = !file || ferror(file) ? errno : 0;
    const char *wrong = NULL;

    memset(words, 0, sizeof *words);
    if (number)
        wrong = weir_pl_text_reason(number);
    else if (size > WORDS_FILE_BYTES_MAX)
        wrong = "it is longer than 1 MiB";
    else
        wrong = weir_pl_words_from_text(words, &report_host, text, size);
    if (wrong == weir_pl_words_no_memory)
        memory_end();
    if (file && !piped)
        fclose(file);
    free(text);
    words->script = piped ? "standard input" : path;
    if (wrong) {
        put_read_hint(number, path, hint, sizeof hint);
        print_wrong(words, wrong, *hint ? hint : weir_pl_words_hint(wrong));
        weir_pl_words_drop(words);
    }
    return !wrong;
}

void words_print_place(FILE *to, const struct words *words, size_t line)
{
    if (!words->script)
        return;
    text_print(to, words->script);
    if (line)
        fprintf(to, ", line %zu", line);
    fputs(": ", to);
}
