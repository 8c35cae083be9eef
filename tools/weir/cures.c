/* The library's cures name functions and options of C: this is what is typed instead. */
#include "cures.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *library, *command;
} cures[] = {
    {"seventeen times the largest item as memory", "sort mem=BYTES, seventeen times the largest"},
    {"weir_gunzip() or weir_inflate(), the others that hold deflate",
     "gunzip or inflate, the others that hold deflate"},
    {"window_max, where the sender is trusted", "unzstd window=BYTES, if the sender is trusted"},
    {"another ratio_max, where the sender is trusted", "ratio=N, if the sender is trusted"},
    {"memory_max, where the sender is trusted", "unxz memory=BYTES, if the sender is trusted"},
    {"a larger limit, or a value on each line (weir_ndjson)",
     "from json max=BYTES; or a value on each line: from ndjson"},
    {"a larger marks_max and receipts_max of the source, or fewer items",
     "a larger open=N at the source and its consumer, or a take of fewer"},
    {"weir_ndjson(), which takes an empty input for no values",
     "from ndjson, which takes an empty input for no records"},
    {"a whole value on each line, or weir_json_doc() for one over several",
     "a whole value on each line; one over several: from json"},
    {"one value on each line, and weir_ndjson()", "one value on each line: from ndjson"},
    {"blanks, where lines are meant to be there",
     "leave strict out, if lines are meant to be there"},
    {"weir_file_reader(), which waits for what is to come",
     "leave 'tail' out: the file waits itself for what is to come"},
    {"weir_tls_how.host = a name of the certificate", "a name of the certificate, in the address"},
    {"a field authorization: Basic ...",
     "http-get header='Authorization: Basic ...', which says it"},
    {"options.redirects_max", "follow=N, with a larger one"},
    {"options.redirects_local = true, if it may", "the address that it leads to, if it may"},
    {"options.head_bytes_max, options.headers_max",
     "less in front of the body: only weir_http_get() in C takes more (head_bytes_max)"},
    {"fewer stages, or a task between them", "fewer stages"},
    {"a larger columns_max, if such records are meant",
     "fewer fields: only weir_csv() in C takes more (columns_max)"},
    {"a larger width", "unframe width=N, with a larger one"},
    {"lazy quotes, if it is a part of the text",
     "from csv lazy-quotes, if it is a part of the text"},
    {"lazy quotes, if quotes within fields are not doubled",
     "from csv lazy-quotes, if quotes within fields are not doubled"},
    {"the columns, if they are known: .header, or columns=",
     "to csv columns=NAMES, if they are known"},
    {"objects, or weir_to_ndjson(), which writes any value",
     "objects; any value is written by: to ndjson"},
};

/* Of a stage whose limit is max=BYTES. */
static bool has_max(const struct node *node)
{
    for (size_t i = 0; node && i < weir_pl_entry_args(node->entry); i++)
        if (node->entry->args[i].type == ARG_BYTES && !strcmp(node->entry->args[i].name, "max"))
            return node->entry->name; /* an address has none, nor a word to put behind it */
    return false;
}

/* "a larger limit, if such lines are meant to be there"; or none, of a limit that is named. */
static bool put_larger(const struct node *node, const weir_error *error, char *out, size_t size)
{
    static const char larger[] = "a larger limit, ";
    const char *cure = error->cure ? error->cure : "";
    size_t n = sizeof larger - 1;

    if (!has_max(node) || (*cure ? strncmp(cure, larger, n) : !strstr(error->message, "bytes_max")))
        return false;
    snprintf(out, size, "%s%s%s max=BYTES", *cure ? cure + n : "", *cure ? ": " : "",
             node->entry->name);
    return true;
}

/* What looked at the name was told by it that the bytes are compressed. */
static bool put_renamed(const struct node *node, const weir_error *error, char *out, size_t size)
{
    const char *name = node && node->entry->name ? node->entry->name : "";

    if (!error->cure || strcmp(error->cure, "leave it out, if this is not compressed") ||
        (strcmp(name, "open") && strcmp(name, "decompress")))
        return false;
    return snprintf(out, size, "a name without its suffix, if this is not compressed");
}

/* Of one record behind others that is wrong in itself, whoever gave no word for such. */
static bool put_skip(const struct node *node, const weir_error *error, char *out, size_t size)
{
    static const char look[] = "a look at what stands there";
    const char *cure = error->cure ? error->cure : look;

    if (error->record == WEIR_NOWHERE || error->record < 2 || error->code != WEIR_E_CORRUPT ||
        strcmp(cure, look))
        return false;
    for (size_t i = 0; node && i < weir_pl_entry_args(node->entry); i++)
        if (!strcmp(node->entry->args[i].name, "on-error") && !node->args[i].given)
            return snprintf(out, size, "on-error=skip leaves out such records");
    return false;
}

bool cures_find(const struct node *node, const weir_error *error, char *out, size_t size)
{
    const char *cure = error->cure ? error->cure : "";

    for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
        if (!strcmp(cures[i].library, cure)) {
            snprintf(out, size, "%s", cures[i].command);
            return true;
        }
    if (put_skip(node, error, out, size) || put_renamed(node, error, out, size))
        return true;
    return error->code == WEIR_E_LIMIT && put_larger(node, error, out, size);
}
