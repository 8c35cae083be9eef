/* Names of other programs, and words of the shell. */
#include "pipeline/elsewhere.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/catalogue.h"

/* What the same thing is called elsewhere. */
static const struct {
    const char *elsewhere;
    const char *here;
} names[] = {
    {"ungzip", "gunzip"},    {"zcat", "open"},      {"zcat", "gunzip"},    {"zstdcat", "unzstd"},
    {"lz4cat", "unlz4"},     {"xzcat", "unxz"},     {"bzcat", "unbzip2"},  {"bunzip2", "unbzip2"},
    {"lzma", "xz"},          {"unzip", "gunzip"},   {"pigz", "gzip"},      {"compress", "gzip"},
    {"wc", "count"},         {"filter", "grep"},    {"fgrep", "grep"},     {"match", "grep"},
    {"limit", "take"},       {"first", "take"},     {"drop", "skip"},      {"shuf", "sample"},
    {"sha256sum", "sha256"}, {"xxhsum", "xxh3"},    {"cksum", "crc32"},    {"xxd", "hex"},
    {"dedup", "uniq"},       {"discard", "null"},   {"deframe", "frame"},  {"frames", "frame"},
    {"follow", "tail"},      {"pv", "meter"},       {"pace", "throttle"},  {"mbuffer", "buffer"},
    {"find", "glob"},        {"inotify", "watch"},  {"xargs", "exec"},     {"parallel", "par"},
    {"jot", "seq"},          {"range", "seq"},      {"interval", "every"}, {"repeat", "every"},
    {"urandom", "random"},   {"chunks", "batch"},   {"grouped", "batch"},  {"flatten", "unbatch"},
    {"run", "exec"},         {"pipe", "exec"},      {"keep-order", "par"}, {"select", "where"},
    {"cut", "pick"},         {"fields", "pick"},    {"put", "set"},        {"order", "sort"},
    {"summary", "stats"},    {"parse", "from"},     {"tofile", "save"},    {"curl", "http-get"},
    {"wget", "http-get"},    {"fetch", "http-get"}, {"gzcat", "open"},     {"gzcat", "gunzip"},
    {"zstdcat", "open"},     {"lz4cat", "open"},    {"xzcat", "open"},     {"bzcat", "open"},
    {"egrep", "grep"},       {"rg", "grep"},        {"od", "hex"},         {"hexdump", "hex"},
    {"ls", "glob"},          {"less", "print"},     {"more", "print"},
};

/* What is written otherwise here. */
static const struct {
    const char *word, *hint;
} words_of_shells[] = {
    {"append", "it stands behind a file: ! ./FILE append"},
    {"overwrite", "a file at the end is replaced: ! ./FILE"},
    {">", "a file at the end is written: ! ./FILE"},
    {">>", "'append' adds to a file: ! ./FILE append"},
    {"|", "'!' stands between stages"},
    {"cat", "leave it out: a file is a source itself"},
    {"sponge", "leave it out: a file is replaced when all of it is there"},
    {"stdin", "- in front is standard input"},
    {"stdout", "- at the end is standard output"},
    {"nc", "tcp:HOST:PORT is a source, and a sink"},
    {"netcat", "tcp:HOST:PORT is a source, and a sink"},
    {"socat", "tcp:HOST:PORT and unix:PATH are sources, and sinks"},
    {"csv", "'from csv' reads it, 'to csv' writes it"},
    {"tsv", "'from tsv' reads it, 'to tsv' writes it"},
    {"json", "'from json' reads it, 'to json' writes it"},
    {"ndjson", "'from ndjson' reads it, 'to ndjson' writes it"},
    {"group", "pick FIELD ! sort FIELD ! uniq count: how often each value is there"},
};

/* For what they do there is no stage. */
static const char *const programs[] = {
    "awk", "b2sum",  "column",  "comm",    "echo",  "fold",    "gawk", "iconv",  "join",
    "jq",  "md5sum", "nl",      "openssl", "paste", "perl",    "psql", "python", "python3",
    "rev", "sed",    "sha1sum", "sqlite3", "ssh",   "strings", "tac",  "tar",    "tr",
};

static bool fits(const char *name, enum stands stands)
{
    const struct entry *entry = weir_pl_catalogue_find(name);

    return entry && (stands == STANDS_ANYWHERE ||
                     (stands == STANDS_IN_FRONT) == (entry->takes == FLOW_NOTHING));
}

const char *weir_pl_elsewhere_name(const char *word, enum stands stands)
{
    const char *found = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].elsewhere, word))
            continue;
        if (fits(names[i].here, stands))
            return names[i].here;
        found = found ? found : names[i].here;
    }
    return found;
}

bool weir_pl_elsewhere_hint(const char *word, enum stands stands, char *out, size_t size)
{
    for (size_t i = 0; i < sizeof words_of_shells / sizeof *words_of_shells; i++)
        if (!strcmp(words_of_shells[i].word, word)) {
            snprintf(out, size, "%s", words_of_shells[i].hint);
            return true;
        }
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (!strcmp(programs[i], word)) {
            snprintf(out, size,
                     stands == STANDS_IN_FRONT
                         ? "exec:'%s ...' runs it"
                         : "exec '%s ...' runs it, over bytes: 'to lines' makes them of lines",
                     word);
            return true;
        }
    return false;
}

/* Options of the program that a stage has its name from. */
static const struct {
    const char *stage, *options, *hint;
} options[] = {
    {"tail", " -f -F --follow ", "leave it out: it follows, over a rotation too"},
    {"tail", " -n ", "lines=N behind the file"},
    {"tail", " -c ", "bytes=N behind the file"},
    {"grep", " -c --count ", "! count behind it"},
    {"grep", " -m ", "! head N behind it"},
    {"grep", " -i -E -P -o -w -x -A -B -C -n ",
     "exec 'grep ...' knows it, over bytes: 'to lines' makes them of lines"},
    {"uniq", " -c --count ", "uniq count"},
    {"gzip", " -1 -2 -3 -4 -5 -6 -7 -8 -9 1 2 3 4 5 6 7 8 9 ", "gzip level=N"},
    {"gzip", " -d -dc --decompress ", "gunzip"},
    {"zstd", " -d -dc --decompress ", "unzstd"},
    {"xz", " -d -dc --decompress ", "unxz"},
    {"base64", " -d --decode ", "unbase64"},
    {"head", " -n --lines ", "head N"},
    {"where", " and && ", "another one behind it: ! where FIELD OP VALUE"},
    {"sort", " desc DESC reverse -r ", "sort -FIELD, or 'descending' for all of them"},
    {"sort", " asc ASC ascending ", "leave it out"},
};

const char *weir_pl_elsewhere_option(const char *stage, const char *text)
{
    char one[16];

    snprintf(one, sizeof one, " %.12s ", text);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strlen(text) <= 12 && !strcmp(options[i].stage, stage) &&
            strstr(options[i].options, one))
            return options[i].hint;
    return NULL;
}
