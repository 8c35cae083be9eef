/* Arguments of a stage: values, key=value, -flags and words, each known to the catalogue. */
#include "arguments.h"

#include <stdio.h>
#include <string.h>

#include "report.h"
#include "suggest.h"

static const struct span nothing = {0, 0};

bool arguments_number(const char *text, bool units, uint64_t *out)
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

static bool refuse(const struct words *words, size_t word, const struct entry *entry,
                   const char *message, const char *a, const char *b)
{
    char hint[160];

    snprintf(hint, sizeof hint, "usage: %s", entry->usage);
    report_usage(words, (struct span){word, word + 1}, nothing, hint, message, a, b);
    return false;
}

/* The spec of this kind whose name is the first n bytes of text; ARGS_MAX: none. */
static size_t find(const struct entry *entry, enum arg_kind kind, const char *text, size_t n)
{
    for (size_t i = 0; i < entry_args(entry); i++)
        if (entry->args[i].kind == kind && strlen(entry->args[i].name) == n &&
            !memcmp(entry->args[i].name, text, n))
            return i;
    return ARGS_MAX;
}

/* The first value that was not given yet. */
static size_t next_value(const struct node *node)
{
    for (size_t i = 0; i < entry_args(node->entry); i++)
        if (node->entry->args[i].kind == ARG_VALUE && !node->args[i].given)
            return i;
    return ARGS_MAX;
}

static bool refuse_unknown(const struct node *node, const struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    const char *equals = strchr(text, '=');
    char name[64], hint[300];
    struct suggestion near = {.word = name};
    const char *called = node->entry->name ? node->entry->name : node->path ? "a file" : "'-'";

    snprintf(name, sizeof name, "%.*s", (int)(equals ? equals - text : 60), text);
    for (size_t i = 0; i < entry_args(node->entry); i++)
        suggest(&near, node->entry->args[i].name);
    if (near.best[0])
        snprintf(hint, sizeof hint, "did you mean '%s'?", near.best);
    else
        snprintf(hint, sizeof hint, "usage: %s", node->entry->usage);
    report_usage(words, (struct span){word, word + 1}, nothing, hint,
                 equals || *text == '-' ? "%s has no option '%s'" : "%s does not take '%s'", called,
                 text);
    return false;
}

/* Puts a value where its spec wants it. */
static bool take_value(struct node *node, const struct words *words, size_t i, size_t word,
                       const char *text)
{
    const struct entry *entry = node->entry;
    const struct arg_spec *spec = &entry->args[i];
    struct arg *arg = &node->args[i];

    if (arg->given)
        return refuse(words, word, entry, "'%s' is given twice", spec->name, NULL);
    *arg = (struct arg){.given = true, .word = word, .text = text};
    if (spec->type == ARG_CHOICE && strcmp(text, spec->choice))
        return refuse(words, word, entry, "this can only be '%s', not '%s'", spec->choice, text);
    if (spec->type != ARG_NUMBER && spec->type != ARG_BYTES)
        return true;
    if (!arguments_number(text, spec->type == ARG_BYTES, &arg->number))
        return refuse(words, word, entry,
                      spec->type == ARG_BYTES ? "'%s' is not a number of bytes: 4096, 64K, 1M"
                                              : "'%s' is not a whole number",
                      text, NULL);
    if (arg->number < spec->min || arg->number > spec->max) {
        char bounds[64];
        snprintf(bounds, sizeof bounds, "%llu to %llu", (unsigned long long)spec->min,
                 (unsigned long long)spec->max);
        return refuse(words, word, entry, "%s is outside %s", text, bounds);
    }
    return true;
}

static bool take_word(struct node *node, const struct words *words, size_t word, bool only_values)
{
    const char *text = words->at[word].text;
    const char *equals = strchr(text, '=');
    size_t i = ARGS_MAX;

    if (!only_values && equals &&
        (i = find(node->entry, ARG_KEY, text, (size_t)(equals - text))) < ARGS_MAX)
        return take_value(node, words, i, word, equals + 1);
    if (!only_values && text[0] == '-' && text[1]) {
        i = find(node->entry, ARG_FLAG, text + 1, strlen(text + 1));
        if (i == ARGS_MAX)
            return refuse_unknown(node, words, word);
        return take_value(node, words, i, word, text);
    }
    if (!only_values && (i = find(node->entry, ARG_WORD, text, strlen(text))) < ARGS_MAX)
        return take_value(node, words, i, word, text);
    if ((i = next_value(node)) == ARGS_MAX)
        return refuse_unknown(node, words, word);
    return take_value(node, words, i, word, text);
}

bool arguments_parse(struct node *node, const struct words *words)
{
    bool only_values = false;

    for (size_t word = node->first + 1; word < node->end; word++) {
        if (!only_values && !words->at[word].quoted && !strcmp(words->at[word].text, "--"))
            only_values = true;
        else if (!take_word(node, words, word, only_values))
            return false;
    }
    for (size_t i = 0; i < entry_args(node->entry); i++)
        if (node->entry->args[i].required && !node->args[i].given)
            return refuse(words, node->first, node->entry, "'%s' needs %s", node->entry->name,
                          node->entry->args[i].name);
    return true;
}
