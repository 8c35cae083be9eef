/* Words: from the command line or from a file, with the column of each in the line shown. */
#include "pipeline/words.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/columns.h"
#include "pipeline/room.h"
#include "pipeline/text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes the text of a word, and the backslash from a separator. false: no memory. */
static bool word_take(struct word *word, const char *text, size_t n)
{
    word->escaped =
        !word->quoted && n == 2 && text[0] == '\\' && (text[1] == '!' || text[1] == '+');
    word->quoted |= word->escaped;
    word->text = weir_pl_room_text(text + word->escaped, n - word->escaped);
    return word->text;
}

/* As a shell would need it: in quotes when nothing is seen of it or it holds a blank or a quote;
 * and where quotes make it no separator. NULL: no memory. */
static char *word_shown(const struct word *word)
{
    const char *text = word->escaped ? word->text[0] == '!' ? "\\!" : "\\+" : word->text;
    bool separates = !strcmp(text, "!") || !strcmp(text, "+");
    char *harmless = weir_pl_text_harmless(text);
    size_t size = harmless ? strlen(harmless) : 0;
    char *quoted = harmless ? weir_pl_room_zeroed(size + 3, 1) : NULL;

    if (!quoted) {
        weir_pl_room_free(harmless);
        return NULL;
    }
    if (weir_pl_columns(harmless) && !(separates && word->quoted) &&
        !strpbrk(text, " \t\n\"'\\|&;<>()$`*?#"))
        memcpy(quoted, harmless, size);
    else
        snprintf(quoted, size + 3, strchr(text, '\'') ? "\"%s\"" : "'%s'", harmless);
    weir_pl_room_free(harmless);
    return quoted;
}

/* The line as far as it was put together. */
struct line {
    char *text;
    size_t size, used, column;
};

static bool line_grow(struct line *line, size_t need)
{
    if (need <= line->size)
        return true;
    char *larger = weir_pl_room_zeroed(need * 2, 1);
    if (!larger)
        return false;
    if (line->used)
        memcpy(larger, line->text, line->used);
    weir_pl_room_free(line->text);
    line->text = larger;
    line->size = need * 2;
    return true;
}

/* With a blank before it and a NUL behind. */
static bool line_add(struct line *line, struct word *word)
{
    char *shown = word_shown(word);
    size_t n = shown ? strlen(shown) : 0;
    bool fits = shown && line_grow(line, line->used + n + 2);

    if (fits) {
        if (line->used) {
            line->text[line->used++] = ' ';
            line->column++;
        }
        memcpy(line->text + line->used, shown, n);
        line->used += n;
        word->column = line->column;
        word->width = weir_pl_columns(shown);
        line->column += word->width;
    }
    weir_pl_room_free(shown);
    return fits;
}

/* false: no memory. */
static bool words_show(struct words *words)
{
    struct line line = {.text = weir_pl_room_zeroed(1, 1), .size = 1};
    bool fits = line.text;

    for (size_t i = 0; i < words->n && fits; i++)
        fits = line_add(&line, &words->at[i]);
    words->shown = line.text;
    return fits;
}

bool weir_pl_words_from_arguments(struct words *words, const struct host *host, size_t n,
                                  const char *const *arguments)
{
    *words = (struct words){.host = host, .at = weir_pl_room_zeroed(n + 1, sizeof *words->at)};
    bool fits = words->at;
    for (size_t i = 0; i < n && fits; i++) {
        words->n++;
        fits = word_take(&words->at[i], arguments[i], strlen(arguments[i]));
    }
    return fits && words_show(words);
}

const char weir_pl_words_no_memory[] = "there is no memory for its words";
static const char words_not_closed[] = "a quote is not closed";
static const char words_utf16[] = "it is UTF-16, and must be UTF-8";

const char *weir_pl_words_hint(const char *wrong)
{
    return wrong == words_not_closed ? "a second one behind it; within \"...\" a ' is a letter"
           : wrong == words_utf16    ? "iconv -f UTF-16 -t UTF-8 makes it that"
                                     : "";
}

/* One word from *at on, put together in `text`. NULL: it is one. */
static const char *word_read(struct word *word, const char **at, const char *end, char *text)
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
    if (!word_take(word, text, n))
        return weir_pl_words_no_memory;
    return quote ? words_not_closed : NULL;
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
static const char *not_a_text(struct words *words, const char *text, size_t size)
{
    if (size >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
        words->wrong_size = 2;
        return words_utf16;
    }
    const char *nul = memchr(text, 0, size);
    if (!nul)
        return NULL;
    words->wrong_line = 1 + line_ends(text, nul);
    words->wrong_first = (size_t)(nul - text);
    words->wrong_size = 1;
    return "it holds a NUL byte";
}

/* NULL: there was room, and it has an end. */
static const char *word_add(struct words *words, const char **at, const char *end, char *room)
{
    if (words->n == WORDS_MAX)
        return "it has more than 65536 words";
    return word_read(&words->at[words->n++], at, end, room);
}

/* The last one stands where something may be wrong. */
static void word_place(struct words *words)
{
    struct word *word = &words->at[words->n - 1];

    word->line = words->wrong_line;
    word->first = words->wrong_first;
    word->size = words->wrong_size;
}

/* All of them, each with its line and its place in the text, which begins at `begin`. */
static const char *words_read(struct words *words, const char *begin, const char *text,
                              const char *end, char *room)
{
    const char *counted = begin, *wrong = NULL;
    size_t line = 1;

    while (!wrong && text < end) {
        if (is_blank(*text)) {
            text++;
        } else if (*text == '#') {
            while (text < end && *text != '\n' && *text != '\r')
                text++;
        } else {
            const char *first = text;
            line += line_ends(counted, text);
            counted = text;
            wrong = word_add(words, &text, end, room);
            words->wrong_line = line;
            words->wrong_first = (size_t)(first - begin);
            words->wrong_size = text > first ? (size_t)(text - first) : 1; /* 1: one too many */
            if (text > first)
                word_place(words);
        }
    }
    return wrong;
}

const char *weir_pl_words_from_text(struct words *words, const struct host *host, const char *text,
                                    size_t size)
{
    text = size ? text : "";
    const char *begin = text, *end = text + size;

    *words = (struct words){.host = host};
    const char *wrong = not_a_text(words, text, size);
    if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* as some editors put it there */
        text += 3;
    words->at = weir_pl_room_zeroed(size / 2 + 2, sizeof *words->at);
    char *room = weir_pl_room_zeroed(size + 1, 1);
    if (!wrong && words->at && room)
        wrong = words_read(words, begin, text, end, room);
    bool fits = words->at && room && (wrong == weir_pl_words_no_memory || words_show(words));
    weir_pl_room_free(room);
    if (!wrong)
        words->wrong_line = words->wrong_first = words->wrong_size = 0;
    return fits ? wrong : weir_pl_words_no_memory;
}

void weir_pl_words_drop(struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        weir_pl_room_free(words->at[i].text);
    weir_pl_room_free(words->at);
    weir_pl_room_free(words->shown);
    memset(words, 0, sizeof *words);
}

bool weir_pl_word_is(const struct word *word, const char *separator)
{
    return !word->quoted && !strcmp(word->text, separator);
}

const char *weir_pl_word_unstick(const char *text)
{
    if (text[0] == '+' && text[1])
        return "put a blank behind the '+'";
    if (strstr(text, " ! "))
        return "no quotes around all of it: each word is one";
    return strchr(text, '!') && text[1] ? "put blanks around the '!'" : NULL;
}
