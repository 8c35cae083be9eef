/* Arguments of a stage: values, key=value, -flags and words, each known to the catalogue. */
#include "pipeline/arguments.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/elsewhere.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"

static const struct span nothing = {0, 0};

bool weir_pl_arguments_number(const char *text, bool units, uint64_t *out)
{
    uint64_t value = 0;
    unsigned shift = 0;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return false;
    if (units && *text)
        shift = *text == 'K' ? 10 : *text == 'M' ? 20 : *text == 'G' ? 30 : 0;
    if (shift)
        text++;
    *out = value << shift;
    return !*text && *out >> shift == value;
}

bool weir_pl_arguments_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    size_t digits = strspn(text, "0123456789");
    char number[24];

    if (!digits || digits >= sizeof number)
        return false;
    memcpy(number, text, digits);
    number[digits] = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(text + digits, units[i].unit))
            return weir_pl_arguments_number(number, false, ns) &&
                   !__builtin_mul_overflow(*ns, units[i].ns, ns);
    return false;
}

static bool refuse(const struct words *words, size_t word, const struct entry *entry,
                   const char *message, const char *a, const char *b)
{
    char hint[160];

    snprintf(hint, sizeof hint, "usage: %s", entry->usage);
    weir_pl_note_set(words, (struct span){word, word + 1}, nothing, hint, message, a, b);
    return false;
}

/* The spec of this kind whose name is the first n bytes of text; ARGS_MAX: none. */
static size_t find(const struct entry *entry, enum arg_kind kind, const char *text, size_t n)
{
    for (size_t i = 0; i < weir_pl_entry_args(entry); i++)
        if (entry->args[i].kind == kind && strlen(entry->args[i].name) == n &&
            !memcmp(entry->args[i].name, text, n))
            return i;
    return ARGS_MAX;
}

/* The value that is called so in small letters: text=TEXT says the same as TEXT. */
static size_t find_value(const struct entry *entry, const char *text, size_t n)
{
    for (size_t i = 0; i < weir_pl_entry_args(entry); i++) {
        const struct arg_spec *spec = &entry->args[i];
        size_t same = 0;
        if (spec->kind != ARG_VALUE)
            continue;
        while (same < n && tolower((unsigned char)spec->name[same]) == text[same])
            same++;
        if (same == n && !spec->name[n])
            return i;
    }
    return ARGS_MAX;
}

/* The first value that was not given yet. */
static size_t next_value(const struct node *node)
{
    for (size_t i = 0; i < weir_pl_entry_args(node->entry); i++)
        if (node->entry->args[i].kind == ARG_VALUE && !node->args[i].given)
            return i;
    return ARGS_MAX;
}

/* The word that may have been meant: keys and words alone, since a value's name is never written
 * and one letter is near to every other. */
static void put_unknown_hint(const struct node *node, const char *text, char *out, size_t size)
{
    char name[64];
    struct suggestion near = {.word = name};
    const char *unstick = weir_pl_word_unstick(text);

    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "="), text);
    for (size_t i = 0; i < weir_pl_entry_args(node->entry); i++)
        if (node->entry->args[i].kind == ARG_KEY || node->entry->args[i].kind == ARG_WORD)
            weir_pl_suggest(&near, node->entry->args[i].name);
    bool adds = !strcmp(text, "-a") && find(node->entry, ARG_WORD, "append", 6) != ARGS_MAX;
    const char *stage = node->entry->name ? node->entry->name : "";
    const char *known = weir_pl_elsewhere_option(stage, text);
    if (unstick || known)
        snprintf(out, size, "%s", unstick ? unstick : known);
    else if (adds)
        snprintf(out, size, "did you mean 'append'?");
    else if (near.best[0])
        snprintf(out, size, "did you mean '%s'?", near.best);
    else if (node->entry == &weir_pl_entry_glob)
        snprintf(out, size, "glob 'PATTERN' in quotes, or the shell puts names in its place");
    else
        snprintf(out, size, "usage: %s", node->entry->usage);
}

/* A word that is given a value. */
static bool is_word(const struct entry *entry, const char *text)
{
    size_t n = strcspn(text, "=");
    return text[n] && find(entry, ARG_WORD, text, n) != ARGS_MAX;
}

static bool refuse_value(const struct words *words, size_t word, const char *text)
{
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "="), text);
    weir_pl_note_set(words, (struct span){word, word + 1}, nothing, name, "%s takes no value: '%s'",
                     name, text);
    return false;
}

static bool refuse_unknown(const struct node *node, const struct words *words, size_t word,
                           const char *text, bool only_values)
{
    const char *called = node->entry->name     ? node->entry->name
                         : node->entry->scheme ? node->entry->scheme
                         : node->path          ? "a file"
                                               : "'-'";
    bool option = !only_values && (strchr(text, '=') || *text == '-');
    char hint[300];

    if (option && is_word(node->entry, text))
        return refuse_value(words, word, text);
    put_unknown_hint(node, text, hint, sizeof hint);
    weir_pl_note_set(words, (struct span){word, word + 1}, nothing, hint,
                     option ? "%s has no option '%s'" : "%s does not take '%s'", called, text);
    return false;
}

static bool read_integer(const char *text, uint64_t *number)
{
    bool negative = *text == '-';
    uint64_t size = 0;

    if (!weir_pl_arguments_number(text + negative, false, &size) ||
        size > (uint64_t)INT64_MAX + negative)
        return false;
    *number = negative ? -size : size;
    return true;
}

/* NULL: it is what the spec wants, and *number holds it. */
static const char *read_number(const struct arg_spec *spec, const char *text, uint64_t *number)
{
    switch (spec->type) {
    case ARG_NUMBER:
        return weir_pl_arguments_number(text, false, number) ? NULL : "'%s' is not a whole number";
    case ARG_BYTES:
        return weir_pl_arguments_number(text, true, number)
                   ? NULL
                   : "'%s' is not a number of bytes: 4096, 64K, 1M";
    case ARG_TIME:
        return weir_pl_arguments_time(text, number) ? NULL
                                                    : "'%s' is not a time: 500ms, 10s, 5m, 1h";
    case ARG_INTEGER:
        return read_integer(text, number) ? NULL : "'%s' is not a whole number";
    default:
        return NULL;
    }
}

/* One of the words that the spec names. */
static bool is_choice(const char *choices, const char *text)
{
    size_t n = strlen(text);

    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (n && strcspn(at, "|") == n && !memcmp(at, text, n))
            return true;
    }
    return false;
}

/* Why it could not be read: it is one, and too large. */
static bool is_too_large(enum arg_type type, const char *text)
{
    const char *units = type == ARG_BYTES ? "K|M|G" : type == ARG_TIME ? "ms|s|m|h" : NULL;
    text += type == ARG_INTEGER && *text == '-';
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    return digits && (is_choice(units, unit) || (!*unit && type != ARG_TIME));
}

static bool refuse_size(const struct node *node, const struct words *words, size_t word,
                        const struct arg_spec *spec, const char *shown)
{
    char bounds[64];

    if (spec->type == ARG_TIME) /* as many ns as 64 bits hold */
        snprintf(bounds, sizeof bounds, "1ms to 5124095h");
    else if (spec->type == ARG_INTEGER)
        snprintf(bounds, sizeof bounds, "%lld to %lld", (long long)INT64_MIN, (long long)INT64_MAX);
    else
        snprintf(bounds, sizeof bounds, "%llu to %llu", (unsigned long long)spec->min,
                 (unsigned long long)spec->max);
    return refuse(words, word, node->entry, "%s is outside %s", shown, bounds);
}

/* The nearest of several words, or all of them. */
static bool refuse_of_many(const struct words *words, size_t word, const char *choices,
                           const char *text, const char *shown)
{
    char all[160], hint[200];
    struct suggestion near = {.word = text};

    snprintf(all, sizeof all, "%s", choices);
    for (char *end, *at = all; at; at = end) {
        end = strchr(at, '|');
        if (end)
            *end++ = 0;
        weir_pl_suggest(&near, at);
    }
    size_t n = 0;
    for (const char *at = choices; *at && n + 3 < sizeof all; at++) {
        all[n++] = *at == '|' ? ',' : *at;
        if (*at == '|')
            all[n++] = ' ';
    }
    all[n] = 0;
    snprintf(hint, sizeof hint, *near.best ? "did you mean '%s'?" : "one of %s",
             *near.best ? near.best : all);
    weir_pl_note_set(words, (struct span){word, word + 1}, nothing, hint, "'%s' is none of %s",
                     shown, all);
    return false;
}

static bool refuse_choice(const struct node *node, const struct words *words, size_t word,
                          const char *choices, const char *text, const char *shown)
{
    char first[32];
    const char *bar = strchr(choices, '|');

    if (!bar)
        return refuse(words, word, node->entry, "this can only be '%s', not '%s'", choices, shown);
    if (strchr(bar + 1, '|'))
        return refuse_of_many(words, word, choices, text, shown);
    snprintf(first, sizeof first, "%.*s", (int)(bar - choices), choices);
    weir_pl_note_set(words, (struct span){word, word + 1}, nothing, "one of the two",
                     "this can only be '%s' or '%s', not '%s'", first, bar + 1, shown);
    return false;
}

enum { SHOWN_BYTES = 120 };

/* Of an address the word holds all its options: this one is named. */
static const char *show(const struct entry *entry, const struct arg_spec *spec, const char *text,
                        char out[SHOWN_BYTES])
{
    if (!entry->scheme || spec->kind != ARG_KEY)
        return text;
    snprintf(out, SHOWN_BYTES, "%s=%s", spec->name, text);
    return out;
}

/* Puts a value where its spec wants it. */
static bool take_value(struct node *node, const struct words *words, size_t i, size_t word,
                       const char *text)
{
    const struct entry *entry = node->entry;
    const struct arg_spec *spec = &entry->args[i];
    struct arg *arg = &node->args[i];

    if (arg->given && !spec->many)
        return refuse(words, word, entry, "'%s%s' is given twice",
                      spec->kind == ARG_FLAG ? "-" : "", spec->name);
    *arg = (struct arg){.given = true, .word = word, .text = text};
    if (!weir_pl_allow_reach(words, word, spec->reach))
        return false;
    char room[SHOWN_BYTES];
    const char *shown = show(entry, spec, text, room);
    if (spec->type == ARG_CHOICE && !is_choice(spec->choice, text))
        return refuse_choice(node, words, word, spec->choice, text, shown);
    const char *wrong = read_number(spec, text, &arg->number);
    if (wrong && is_too_large(spec->type, text))
        return refuse_size(node, words, word, spec, shown);
    if (wrong)
        return refuse(words, word, entry, wrong, shown, NULL);
    if (spec->type == ARG_TIME && !arg->number)
        return refuse(words, word, entry, "'%s' is no time at all", shown, NULL);
    bool bounded = spec->type == ARG_NUMBER || spec->type == ARG_BYTES;
    if (bounded && (arg->number < spec->min || arg->number > spec->max))
        return refuse_size(node, words, word, spec, shown);
    return true;
}

static bool takes_integers(const struct entry *entry)
{
    return entry->args[0].name && entry->args[0].type == ARG_INTEGER;
}

static bool take_text(struct node *node, const struct words *words, size_t word, const char *text,
                      bool only_values)
{
    const char *equals = strchr(text, '=');
    size_t i = ARGS_MAX;

    if (!only_values && equals) {
        i = find(node->entry, ARG_KEY, text, (size_t)(equals - text));
        i = i < ARGS_MAX ? i : find_value(node->entry, text, (size_t)(equals - text));
        if (i < ARGS_MAX)
            return take_value(node, words, i, word, equals + 1);
    }
    bool negative =
        text[0] == '-' && text[1] >= '0' && text[1] <= '9' && takes_integers(node->entry);
    if (!only_values && text[0] == '-' && text[1] && !negative && !node->entry->loose) {
        i = find(node->entry, ARG_FLAG, text + 1, strlen(text + 1));
        if (i == ARGS_MAX)
            return refuse_unknown(node, words, word, text, only_values);
        return take_value(node, words, i, word, text);
    }
    if (!only_values && (i = find(node->entry, ARG_WORD, text, strlen(text))) < ARGS_MAX)
        return take_value(node, words, i, word, text);
    if ((i = next_value(node)) == ARGS_MAX)
        return refuse_unknown(node, words, word, text, only_values);
    return take_value(node, words, i, word, text);
}

bool weir_pl_arguments_option(struct node *node, const struct words *words, const char *text)
{
    return (node->entry->option && node->entry->option(node, words, text)) ||
           take_text(node, words, node->first, text, false);
}

/* A text is wanted and a separator came: it may be the text. */
static bool refuse_missing(const struct node *node, const struct words *words,
                           const struct arg_spec *spec)
{
    const char *name = node->entry->name;
    char key[16] = "", hint[160];
    const char *other = strchr(spec->name, '|');

    if (!strcmp(spec->name, "OP")) { /* no separator is one, and '>' may have been the shell's */
        weir_pl_note_set(words, (struct span){node->first, node->end}, nothing,
                         "as in 'where age gt 30': a > without quotes is the shell's",
                         "'%s' needs %s", name, spec->name);
        return false;
    }
    if (spec->type != ARG_TEXT || node->end == words->n || node->entry->verbatim)
        return refuse(words, node->first, node->entry, "'%s' needs %s", name, spec->name);
    const char *separator = words->at[node->end].text;
    for (size_t i = 0; spec->name[i] && i + 1 < sizeof key; i++)
        key[i] = (char)tolower((unsigned char)spec->name[i]);
    snprintf(hint, sizeof hint, "for '%s' itself: %s %s=%s", separator, name, key, separator);
    if (other) /* a name, or an address: none is called so */
        snprintf(hint, sizeof hint, "%s %.*s", name, (int)(other - spec->name), spec->name);
    weir_pl_note_set(words, (struct span){node->first, node->first + 1}, nothing, hint,
                     "'%s' needs %s, and '%s' stands between stages", name, spec->name, separator);
    return false;
}

static bool refuse_lacking(const struct node *node, const struct words *words)
{
    char hint[96];

    snprintf(hint, sizeof hint, "built without %s", node->entry->lacks);
    weir_pl_note_set(words, (struct span){node->first, node->first + 1}, nothing, hint,
                     "'%s' is not in this build", node->entry->name);
    return false;
}

bool weir_pl_arguments_parse(struct node *node, const struct words *words)
{
    bool only_values = node->entry->verbatim;

    if (node->entry->lacks)
        return refuse_lacking(node, words);
    for (size_t word = node->first + 1; word < node->end; word++) {
        if (!only_values && !words->at[word].quoted && !strcmp(words->at[word].text, "--"))
            only_values = true;
        else if (!take_text(node, words, word, words->at[word].text, only_values))
            return false;
    }
    for (size_t i = 0; i < weir_pl_entry_args(node->entry); i++)
        if (node->entry->args[i].required && !node->args[i].given)
            return refuse_missing(node, words, &node->entry->args[i]);
    return true;
}
