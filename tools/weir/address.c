/* Addresses: what a scheme means, and how the rest of the word is taken apart. */
#include "address.h"

#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "report.h"

/* Only file: is built. */
static const char *const schemes[] = {"file:",  "tcp:",  "tcp-listen:", "unix:", "tls:", "http:",
                                      "https:", "exec:", "kafka:",      "nats:", NULL};

static const char *scheme_of(const char *text)
{
    for (const char *const *scheme = schemes; *scheme; scheme++)
        if (!strncmp(text, *scheme, strlen(*scheme)))
            return *scheme;
    return NULL;
}

bool address_looks_like(const char *text)
{
    return strpbrk(text, "/.") || scheme_of(text);
}

static void refuse(const struct words *words, size_t word, const char *hint, const char *message,
                   const char *scheme)
{
    report_usage(words, (struct span){word, word + 1}, (struct span){0, 0}, hint, message, scheme);
}

const char *address_path(const struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    const char *scheme = scheme_of(text);
    char hint[300];

    if (!scheme)
        return text;
    if (strcmp(scheme, "file:")) {
        int n = (int)columns_cut(text, SIZE_MAX, 200);
        snprintf(hint, sizeof hint, "a file of that name is written ./%.*s", n, text);
        refuse(words, word, hint, "this version knows no '%s' addresses", scheme);
        return NULL;
    }
    if (text[5])
        return text + 5;
    refuse(words, word, "a path follows: file:PATH", "'%s' names no file", scheme);
    return NULL;
}
