/* A pipeline in a file, or on the command line. */
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "print.h"
#include "report.h"
#include "pipeline/text.h"

void words_from_command(struct words *words, int n, char *const *arguments)
{
    size_t count = n > 0 ? (size_t)n : 0;

    if (!weir_pl_words_from_arguments(words, &report_host, count, (const char *const *)arguments))
        memory_end();
}

bool words_from_file(struct words *words, const char *path)
{
    char *text = memory_zeroed(WORDS_FILE_BYTES_MAX + 1, 1);
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(text, 1, WORDS_FILE_BYTES_MAX + 1, file) : 0;
    const char *wrong = NULL;

    memset(words, 0, sizeof *words);
    if (!file || ferror(file))
        wrong = weir_pl_text_reason(errno);
    else if (size > WORDS_FILE_BYTES_MAX)
        wrong = "it is longer than 1 MiB";
    else
        wrong = weir_pl_words_from_text(words, &report_host, text, size);
    if (wrong == weir_pl_words_no_memory)
        memory_end();
    if (file)
        fclose(file);
    free(text);
    words->script = path;
    if (wrong) {
        fputs("weir: ", stderr);
        words_print_place(stderr, words, words->wrong_line);
        fprintf(stderr, "%s\n", wrong);
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
