/* Words that are no stage's name, but stand behind one: whose they are. */
#include "help_words.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/address.h"
#include "pipeline/catalogue.h"

enum { NAMED_MAX = 3 }; /* of those that have a word */

/* Those that have it, as they are called. */
struct owners {
    const char *names[NAMED_MAX]; /* NULL: a file that is written */
    const char *usage;            /* of the first */
    size_t n;
};

/* One of `first|second`. */
static bool is_choice(const char *choice, const char *word, size_t letters)
{
    for (size_t n; *choice; choice += n + (choice[n] == '|')) {
        n = strcspn(choice, "|");
        if (n == letters && !strncmp(choice, word, n))
            return true;
    }
    return false;
}

static bool has_word(const struct entry *entry, const char *word, size_t n)
{
    for (size_t i = 0; i < weir_pl_entry_args(entry); i++) {
        const struct arg_spec *spec = &entry->args[i];
        bool named = spec->kind != ARG_VALUE && strlen(spec->name) == n;
        if (named && !strncmp(spec->name, word, n))
            return true;
        if (spec->type == ARG_CHOICE && is_choice(spec->choice, word, n))
            return true;
    }
    return false;
}

/* The two sides of an address count once. */
static void note(struct owners *owners, const struct entry *entry, const char *name,
                 const char *word)
{
    const char *bare = word + (word[0] == '-');
    size_t last = owners->n < NAMED_MAX ? owners->n : NAMED_MAX;

    if (!has_word(entry, bare, strcspn(bare, "=")))
        return;
    if (last && owners->names[last - 1] && !strcmp(owners->names[last - 1], name))
        return;
    if (!owners->n)
        owners->usage = entry->usage;
    if (owners->n < NAMED_MAX)
        owners->names[owners->n] = name;
    owners->n++;
}

static struct owners owners_of(const char *word)
{
    struct owners owners = {.n = 0};

    note(&owners, &weir_pl_entry_file_sink, NULL, word);
    for (const struct entry *const *entry = weir_pl_catalogue; *entry; entry++)
        note(&owners, *entry, (*entry)->name, word);
    for (size_t i = 0; weir_pl_address_entry(i); i++) {
        note(&owners, weir_pl_address_entry(i), weir_pl_address_entry(i)->scheme, word);
        note(&owners, weir_pl_address_sink(i), weir_pl_address_entry(i)->scheme, word);
    }
    return owners;
}

static void add(char *out, size_t size, const char *before, const char *text, const char *behind)
{
    size_t n = strlen(out);
    snprintf(out + n, size - n, "%s%s%s", before, text, behind);
}

static void add_name(char *out, size_t size, const char *before, const char *name)
{
    add(out, size, before, name ? "'" : "", name ? name : "a file at the end");
    add(out, size, name ? "'" : "", "", "");
}

static void add_names(char *out, size_t size, const struct owners *owners)
{
    for (size_t i = 0; i < owners->n && i < NAMED_MAX; i++)
        add_name(out, size, !i ? "" : i + 1 == owners->n ? " and " : ", ", owners->names[i]);
    if (owners->n <= NAMED_MAX)
        return;
    char more[32];
    snprintf(more, sizeof more, "%zu", owners->n - NAMED_MAX);
    add(out, size, " and ", more, " more");
}

bool help_word(const char *word, char *out, size_t size)
{
    struct owners owners = owners_of(word);

    if (!strcmp(word, "file") || !strcmp(word, "FILE")) {
        snprintf(out, size, "a file is read where it comes first, and written at the end: %s",
                 weir_pl_entry_file_sink.usage);
        return true;
    }
    if (!owners.n)
        return false;
    snprintf(out, size, "it stands behind ");
    add_names(out, size, &owners);
    if (owners.n == 1 || !owners.names[0])
        add(out, size, ": ", owners.usage, "");
    else
        add(out, size, ": 'weir help ", owners.names[0], "'");
    return true;
}
