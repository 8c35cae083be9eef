/* words.h: the words of a pipeline, and where each stands in the line that messages show. */
#ifndef TOOL_WORDS_H
#define TOOL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Of a pipeline in a file: against data that is taken for one. A command line is as long as the
 * system allows. */
enum { WORDS_MAX = 65536, WORDS_FILE_BYTES_MAX = 1 << 20 };

struct word {
    char *text;
    size_t column; /* in `shown`, from 0 */
    size_t width;
    size_t line;  /* of the file, from 1 */
    bool quoted;  /* never a separator: in quotes in a file, or a backslash stood before it */
    bool escaped; /* that backslash */
};

struct words {
    struct word *at;
    size_t n;
    char *shown;        /* all words in one line, harmless for a terminal */
    const char *script; /* the file they stand in; NULL: the command line */
    size_t wrong_line;  /* where what is wrong with a text stands; 0: everywhere */
};

/* The words of a command line. A word \! or \+ is the ! or + itself, and no separator. */
void words_from_arguments(struct words *words, int n, char *const *arguments);

/* The words of a text: blanks and newlines part them, '...' and "..." hold them together, # at
 * the start of a word makes the rest of the line a comment, \! and \+ outside of quotes are as
 * above. A byte order mark in front is left out. NULL: fine; else what is wrong. */
const char *words_from_text(struct words *words, const char *text, size_t size);

/* The same for a file, whose path must stay; complains on stderr. */
bool words_from_file(struct words *words, const char *path);

/* "job.weir, line 3: ", for words of a file; line 0: none is known. */
void words_print_place(FILE *to, const struct words *words, size_t line);

void words_drop(struct words *words);

/* True for a word that is this separator and was not quoted. */
bool word_is(const struct word *word, const char *separator);

/* What to do about a word that nothing is known by where a separator sticks to it; NULL: none. */
const char *word_unstick(const char *text);

#endif
