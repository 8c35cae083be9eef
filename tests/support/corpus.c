/* A reader of well-formed JSON lines; what is not aborts. */

#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grown(void *old, size_t size)
{
    void *grown = realloc(old, size);
    if (!grown)
        abort();
    return grown;
}

static const char *pass_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *read_value(const char *at, struct corpus_value *out);

static unsigned hex4(const char *at)
{
    char digits[5] = {at[0], at[1], at[2], at[3], '\0'};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* A code point is a byte, or, where it is none, the bytes of UTF-8. */
static size_t put_point(unsigned code, char *out)
{
    if (code < 256) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* How many bytes it is; *at moves on. */
static size_t read_char(const char **at, char *out)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    *out = *(*at)++;
    if (*out != '\\')
        return 1;
    char escape = *(*at)++;
    if (escape == 'u') {
        *at += 4;
        return put_point(hex4(*at - 4), out);
    }
    *out = meant[strchr(plain, escape) - plain];
    return 1;
}

static const char *read_bytes(const char *at, char **bytes, size_t *n)
{
    *bytes = grown(NULL, strlen(at) + 1);
    *n = 0;
    for (at++; *at != '"';)
        *n += read_char(&at, *bytes + *n);
    (*bytes)[*n] = '\0';
    return at + 1;
}

/* A list or an object, up to its closing bracket. */
static const char *read_parts(const char *at, struct corpus_value *out)
{
    char close = *at == '[' ? ']' : '}';
    size_t name_n;
    for (at = pass_blanks(at + 1); *at != close; at = pass_blanks(at + (*at == ','))) {
        struct corpus_value part = {0};
        if (close == '}')
            at = pass_blanks(pass_blanks(read_bytes(at, &part.name, &name_n)) + 1);
        at = pass_blanks(read_value(at, &part));
        out->parts = grown(out->parts, (out->n + 1) * sizeof part);
        out->parts[out->n++] = part;
    }
    return at + 1;
}

static const char *read_word(const char *at, struct corpus_value *out)
{
    out->kind = *at == 'n' ? CORPUS_NULL : CORPUS_BOOL;
    out->truth = *at == 't';
    return at + (*at == 'f' ? 5 : 4);
}

static const char *read_value(const char *at, struct corpus_value *out)
{
    char *end;
    switch (*at) {
    case '"':
        out->kind = CORPUS_BYTES;
        return read_bytes(at, &out->bytes, &out->n);
    case '[':
    case '{':
        out->kind = *at == '[' ? CORPUS_LIST : CORPUS_OBJECT;
        return read_parts(at, out);
    case 'n':
    case 't':
    case 'f':
        return read_word(at, out);
    default:
        out->kind = CORPUS_NUMBER;
        out->whole = strtoll(at, NULL, 10);
        out->number = strtod(at, &end);
        if (end == at)
            abort();
        return end;
    }
}

static void drop(struct corpus_value *value)
{
    for (size_t i = 0; i < value->n && value->parts; i++)
        drop(&value->parts[i]);
    free(value->parts);
    free(value->bytes);
    free(value->name);
}

void corpus_for_each(const char *name, void (*fn)(const struct corpus_value *test, void *arg),
                     void *arg)
{
    char path[512], *line = NULL;
    size_t room = 0;
    snprintf(path, sizeof path, "%s/%s", WEIR_TESTS_CORPORA, name);
    FILE *file = fopen(path, "r");
    if (!file)
        abort();
    while (getline(&line, &room, file) > 0) {
        struct corpus_value test = {0};
        read_value(pass_blanks(line), &test);
        fn(&test, arg);
        drop(&test);
    }
    free(line);
    fclose(file);
}

const struct corpus_value *corpus_get(const struct corpus_value *object, const char *name)
{
    for (size_t i = 0; i < object->n && object->parts; i++)
        if (object->parts[i].name && strcmp(object->parts[i].name, name) == 0)
            return &object->parts[i];
    return NULL;
}

bool corpus_is(const struct corpus_value *object, const char *name)
{
    const struct corpus_value *value = corpus_get(object, name);
    return value && value->kind == CORPUS_BOOL && value->truth;
}
