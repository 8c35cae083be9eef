/* words.h: the words of a pipeline, and where each stands in the line that messages show. */
#ifndef PIPELINE_WORDS_H
#define PIPELINE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Of a pipeline in a file: against data that is taken for one. A command line is as long as the
 * system allows. */
enum { WORDS_MAX = 65536, WORDS_FILE_BYTES_MAX = 1 << 20 };

struct word {
    char *text;
    size_t column; /* in `shown`, from 0 */
    size_t width;
    size_t line;        /* of the file, from 1 */
    size_t first, size; /* its bytes in the text; of the words of a command line: 0 */
    bool quoted;        /* never a separator: in quotes in a file, or a backslash stood before it */
    bool escaped;       /* that backslash */
};

struct host;

struct words {
    const struct host *host; /* who is told what is wrong (note.h) */
    struct word *at;
    size_t n;
    char *shown;                    /* all words in one line, harmless for a terminal */
    const char *script;             /* the file they stand in; NULL: the command line */
    size_t wrong_line;              /* where what is wrong with a text stands; 0: everywhere */
    size_t wrong_first, wrong_size; /* ... its bytes; size 0: everywhere */
};

/* The words of a command line. A word \! or \+ is the ! or + itself, and no separator. false: no
 * memory; what there is goes with weir_pl_words_drop(). */
bool weir_pl_words_from_arguments(struct words *words, const struct host *host, size_t n,
                                  const char *const *arguments);

/* The words of a text: blanks and newlines part them, '...' and "..." hold them together, # at
 * the start of a word makes the rest of the line a comment, \! and \+ outside of quotes are as
 * above. A byte order mark in front is left out. NULL: fine; else what is wrong,
 * weir_pl_words_no_memory among it, and words->wrong_line is where. */
const char *weir_pl_words_from_text(struct words *words, const struct host *host, const char *text,
                                    size_t size);
extern const char weir_pl_words_no_memory[];

/* What to try where that is wrong with a text; "": nothing is known. */
const char *weir_pl_words_hint(const char *wrong);

void weir_pl_words_drop(struct words *words);

/* True for a word that is this separator and was not quoted. */
bool weir_pl_word_is(const struct word *word, const char *separator);

/* What to do about a word that nothing is known by where a separator sticks to it; NULL: none. */
const char *weir_pl_word_unstick(const char *text);

#endif
