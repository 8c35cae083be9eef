/* Words: from the command line or from a file, with the column of each in the line shown. */
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "memory.h"
#include "report.h"
#include "text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes the text of a word, and the backslash from a separator. */
static void word_take(struct word *word, const char *text, size_t n)
{
    word->escaped =
        !word->quoted && n == 2 && text[0] == '\\' && (text[1] == '!' || text[1] == '+');
    word->quoted |= word->escaped;
    word->text = memory_text(text + word->escaped, n - word->escaped);
}

/* As a shell would need it: in quotes when nothing is seen of it or it holds a blank or a quote;
 * and where quotes make it no separator. */
static char *word_shown(const struct word *word)
{
    const char *text = word->escaped ? word->text[0] == '!' ? "\\!" : "\\+" : word->text;
    bool separates = !strcmp(text, "!") || !strcmp(text, "+");
    char *harmless = text_harmless(text);
    size_t size = strlen(harmless);
    char *quoted = memory_zeroed(size + 3, 1);

    if (columns(harmless) && !(separates && word->quoted) &&
        !strpbrk(text, " \t\n\"'\\|&;<>()$`*?#"))
        memcpy(quoted, harmless, size);
    else
        snprintf(quoted, size + 3, strchr(text, '\'') ? "\"%s\"" : "'%s'", harmless);
    free(harmless);
    return quoted;
}

static void words_show(struct words *words)
{
    size_t size = 1, used = 0, column = 0;

    words->shown = memory_zeroed(1, 1);
    for (size_t i = 0; i < words->n; i++) {
        struct word *word = &words->at[i];
        char *shown = word_shown(word);
        size_t n = strlen(shown);
        if (used + n + 2 > size) {
            char *larger = memory_zeroed((used + n + 2) * 2, 1);
            memcpy(larger, words->shown, used);
            free(words->shown);
            words->shown = larger;
            size = (used + n + 2) * 2;
        }
        if (i) {
            words->shown[used++] = ' ';
            column++;
        }
        memcpy(words->shown + used, shown, n);
        used += n;
        word->column = column;
        word->width = columns(shown);
        column += word->width;
        free(shown);
    }
}

void words_from_arguments(struct words *words, int n, char *const *arguments)
{
    memset(words, 0, sizeof *words);
    words->n = n > 0 ? (size_t)n : 0;
    words->at = memory_zeroed(words->n + 1, sizeof *words->at);
    for (size_t i = 0; i < words->n; i++)
        word_take(&words->at[i], arguments[i], strlen(arguments[i]));
    words_show(words);
}

/* One word from *at on, put together in `text`; false: a quote in it is never closed. */
static bool word_read(struct word *word, const char **at, const char *end, char *text)
{
    size_t n = 0;
    char quote = 0;

    for (; *at < end && (quote || !is_blank(**at)); ++*at) {
        char c = **at;
        if (quote ? c == quote : c == '\'' || c == '"') {
            quote = quote ? 0 : c;
            word->quoted = true;
        } else {
            text[n++] = c;
        }
    }
    word_take(word, text, n);
    return !quote;
}

/* How many lines end there: with LF, CR LF, or CR. */
static size_t line_ends(const char *text, const char *end)
{
    size_t n = 0;

    for (; text < end; text++)
        n += *text == '\n' || (*text == '\r' && text[1] != '\n');
    return n;
}

/* What can be seen at once, before there are words. */
static const char *not_a_text(const char *text, size_t size, size_t *line)
{
    if (size >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
        return "it is UTF-16, and must be UTF-8";
    const char *nul = memchr(text, 0, size);
    *line = nul ? 1 + line_ends(text, nul) : 0;
    return nul ? "it holds a NUL byte" : NULL;
}

/* NULL: there was room, and it has an end. */
static const char *word_add(struct words *words, const char **at, const char *end, char *room)
{
    if (words->n == WORDS_MAX)
        return "it has more than 65536 words";
    return word_read(&words->at[words->n++], at, end, room) ? NULL : "a quote is not closed";
}

const char *words_from_text(struct words *words, const char *text, size_t size)
{
    const char *end = text + size, *counted = text;
    size_t line = 1, wrong_line = 0;
    const char *wrong = not_a_text(text, size, &wrong_line);

    memset(words, 0, sizeof *words);
    if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* as some editors put it there */
        text += 3;
    words->at = memory_zeroed(size / 2 + 2, sizeof *words->at);
    char *room = memory_zeroed(size + 1, 1);
    while (!wrong && text < end) {
        if (is_blank(*text)) {
            text++;
        } else if (*text == '#') {
            while (text < end && *text != '\n' && *text != '\r')
                text++;
        } else {
            line += line_ends(counted, text);
            counted = text;
            wrong = word_add(words, &text, end, room);
            words->at[words->n - 1].line = line;
            wrong_line = line;
        }
    }
    words->wrong_line = wrong ? wrong_line : 0;
    free(room);
    words_show(words);
    return wrong;
}

bool words_from_file(struct words *words, const char *path)
{
    char *text = memory_zeroed(WORDS_FILE_BYTES_MAX + 1, 1);
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(text, 1, WORDS_FILE_BYTES_MAX + 1, file) : 0;
    const char *wrong = NULL;

    memset(words, 0, sizeof *words);
    if (!file || ferror(file))
        wrong = report_reason(errno);
    else if (size > WORDS_FILE_BYTES_MAX)
        wrong = "it is longer than 1 MiB";
    else
        wrong = words_from_text(words, text, size);
    if (file)
        fclose(file);
    free(text);
    words->script = path;
    if (wrong) {
        fputs("weir: ", stderr);
        words_print_place(stderr, words, words->wrong_line);
        fprintf(stderr, "%s\n", wrong);
        words_drop(words);
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

void words_drop(struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        free(words->at[i].text);
    free(words->at);
    free(words->shown);
    memset(words, 0, sizeof *words);
}

bool word_is(const struct word *word, const char *separator)
{
    return !word->quoted && !strcmp(word->text, separator);
}

const char *word_unstick(const char *text)
{
    if (text[0] == '+' && text[1])
        return "put a blank behind the '+'";
    return strchr(text, '!') && text[1] ? "put blanks around the '!'" : NULL;
}
