/* help_words.h: words that are no stage's name, but an argument or an option of one. */
#ifndef TOOL_HELP_WORDS_H
#define TOOL_HELP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Where such a word belongs, as a hint of at most size bytes. false: nowhere. */
bool help_word(const char *word, char *out, size_t size);

#endif
