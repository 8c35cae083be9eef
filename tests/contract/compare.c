/* Do two traces say the same, as far as a row promises? */

#include <stdlib.h>
#include <string.h>

#include "laws.h"

enum { WORDS_MAX = 512 };

struct words {
    char text[TRACE_BYTES];
    char *at[WORDS_MAX];
    size_t n;
};

/* Words are parted by spaces outside [ ]. */
static void split(struct words *words, const char *text)
{
    int depth = 0;
    words->n = 0;
    strncpy(words->text, text, TRACE_BYTES - 1);
    words->text[TRACE_BYTES - 1] = '\0';
    char *from = words->text;
    for (char *at = words->text;; at++) {
        bool last = !*at;
        depth += (*at == '[') - (*at == ']');
        if (!last && (*at != ' ' || depth))
            continue;
        *at = '\0';
        if (*from && words->n < WORDS_MAX)
            words->at[words->n++] = from;
        from = at + 1;
        if (last)
            return;
    }
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Which input a word came from: the second gives numbers from 100 on. */
static int side_of(const char *word)
{
    while (*word == '!' || *word == '\'')
        word++;
    return *word == '$' ? 2 : llabs(atoll(word)) >= 100;
}

/* Stable: brings each side's words together. */
static void by_side(struct words *words)
{
    char *sorted[WORDS_MAX];
    size_t n = 0;
    for (int side = 0; side <= 2; side++)
        for (size_t i = 0; i < words->n; i++)
            if (side_of(words->at[i]) == side)
                sorted[n++] = words->at[i];
    memcpy(words->at, sorted, n * sizeof *sorted);
}

/* Brings the errors to the end, in any order. */
static void errors_last(struct words *words)
{
    char *sorted[WORDS_MAX];
    size_t n = 0, items;
    for (size_t i = 0; i < words->n; i++)
        if (words->at[i][0] != '!')
            sorted[n++] = words->at[i];
    items = n;
    for (size_t i = 0; i < words->n; i++)
        if (words->at[i][0] == '!')
            sorted[n++] = words->at[i];
    memcpy(words->at, sorted, n * sizeof *sorted);
    qsort(words->at + items, n - items, sizeof *words->at, compare_words);
}

static void arrange(struct words *words, const struct row *row)
{
    /* fatal for the stage or not: that depends on whether another input is left */
    for (size_t i = 0; i < words->n && row->flags & OWN_ERRORS; i++)
        words->at[i] += !strncmp(words->at[i], "!!", 2);
    if (row->flags & ANY_ORDER)
        qsort(words->at, words->n, sizeof *words->at, compare_words);
    else if (row->flags & ANY_SIDE)
        by_side(words);
    else if (row->flags & OVERTAKES)
        errors_last(words);
}

bool same_trace(const struct row *row, const char *a, const char *b)
{
    static struct words left, right;
    if (!strcmp(a, b))
        return true;
    if (!(row->flags & (ANY_ORDER | ANY_SIDE | OVERTAKES | OWN_ERRORS)))
        return false;
    split(&left, a);
    split(&right, b);
    arrange(&left, row);
    arrange(&right, row);
    if (left.n != right.n)
        return false;
    for (size_t i = 0; i < left.n; i++)
        if (strcmp(left.at[i], right.at[i]))
            return false;
    return true;
}

bool holds_words(const char *whole, const char *part)
{
    static struct words some, all;
    split(&some, part);
    split(&all, whole);
    for (size_t i = 0; i < some.n; i++) {
        size_t j = 0;
        while (j < all.n && (!all.at[j] || strcmp(some.at[i], all.at[j])))
            j++;
        if (j == all.n)
            return false;
        all.at[j] = NULL;
    }
    return true;
}

/* Each word of part is found in whole, in order as far as that is promised. */
bool prefix_trace(const struct row *row, const char *part, const char *whole)
{
    if (!(row->flags & (ANY_ORDER | ANY_SIDE)))
        return !strncmp(part, whole, strlen(part));
    return holds_words(whole, part);
}

void without_errors(char *out, const char *text)
{
    static struct words words;
    split(&words, text);
    *out = '\0';
    for (size_t i = 0; i < words.n; i++) {
        if (words.at[i][0] == '!')
            continue;
        if (*out)
            strcat(out, " ");
        strcat(out, words.at[i]);
    }
}

void words_of(char *out, const char *text, unsigned side)
{
    static struct words words;
    split(&words, text);
    *out = '\0';
    for (size_t i = 0; i < words.n; i++) {
        if (words.at[i][0] == '$' || (side < 2 && side_of(words.at[i]) != (int)side))
            continue;
        strcat(strcat(out, *out ? " " : ""), words.at[i]);
    }
}

/* A line is written with quotes. */
static bool is_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    text += *text == '\'';
    return !strncmp(text, word, n) && (!text[n] || text[n] == '\'');
}

unsigned count_word(const char *text, const char *word)
{
    static struct words words;
    unsigned n = 0;
    split(&words, text);
    for (size_t i = 0; i < words.n; i++)
        n += is_word(words.at[i], word);
    return n;
}
