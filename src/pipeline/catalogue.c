/* The catalogue: the list itself, and finding names in it, also misspelt ones. */
#include "pipeline/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/added.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"

const struct entry *const catalogue[] = {
    &entry_open,    &entry_merge,      &entry_tail,   &entry_glob,     &entry_watch,
    &entry_seq,     &entry_random,     &entry_zero,   &entry_every,    &entry_gzip,
    &entry_gunzip,  &entry_decompress, &entry_base64, &entry_unbase64, &entry_hex,
    &entry_unhex,   &entry_sha256,     &entry_xxh3,   &entry_crc32,    &entry_zstd,
    &entry_unzstd,  &entry_lz4,        &entry_unlz4,  &entry_brotli,   &entry_unbrotli,
    &entry_xz,      &entry_unxz,       &entry_bzip2,  &entry_unbzip2,  &entry_deflate,
    &entry_inflate, &entry_zlib,       &entry_unzlib, &entry_rate,     &entry_buffer,
    &entry_meter,   &entry_timeout,    &entry_tee,    &entry_lines,    &entry_frame,
    &entry_unframe, &entry_split,      &entry_grep,   &entry_take,     &entry_skip,
    &entry_head,    &entry_last,       &entry_sample, &entry_throttle, &entry_uniq,
    &entry_batch,   &entry_unbatch,    &entry_exec,   &entry_par,      &entry_http_get,
    &entry_retry,   &entry_dead,       &entry_count,  &entry_from,     &entry_to,
    &entry_where,   &entry_pick,       &entry_set,    &entry_rename,   &entry_sort,
    &entry_stats,   &entry_save,       &entry_print,  &entry_null,     NULL,
};

/* What the same thing is called elsewhere. */
static const struct {
    const char *elsewhere;
    const char *here;
} other_names[] = {
    {"decompress", "gunzip"}, {"inflate", "gunzip"},  {"ungzip", "gunzip"},  {"zcat", "open"},
    {"zcat", "gunzip"},       {"zstdcat", "unzstd"},  {"lz4cat", "unlz4"},   {"xzcat", "unxz"},
    {"bzcat", "unbzip2"},     {"bunzip2", "unbzip2"}, {"lzma", "xz"},        {"unzip", "gunzip"},
    {"pigz", "gzip"},         {"compress", "gzip"},   {"wc", "count"},       {"filter", "grep"},
    {"fgrep", "grep"},        {"match", "grep"},      {"limit", "take"},     {"first", "take"},
    {"drop", "skip"},         {"split", "lines"},     {"shuf", "sample"},    {"tail -n", "last"},
    {"sha256sum", "sha256"},  {"xxhsum", "xxh3"},     {"cksum", "crc32"},    {"xxd", "hex"},
    {"dedup", "uniq"},        {"discard", "null"},    {"deframe", "frame"},  {"frames", "frame"},
    {"follow", "tail"},       {"pv", "meter"},        {"pace", "throttle"},  {"mbuffer", "buffer"},
    {"find", "glob"},         {"inotify", "watch"},   {"xargs", "exec"},     {"parallel", "par"},
    {"jot", "seq"},           {"range", "seq"},       {"interval", "every"}, {"repeat", "every"},
    {"urandom", "random"},    {"chunks", "batch"},    {"group", "batch"},    {"flatten", "unbatch"},
    {"run", "exec"},          {"pipe", "exec"},       {"keep-order", "par"}, {"select", "where"},
    {"cut", "pick"},          {"fields", "pick"},     {"put", "set"},        {"order", "sort"},
    {"summary", "stats"},     {"parse", "from"},      {"tofile", "save"},    {"curl", "http-get"},
    {"wget", "http-get"},     {"fetch", "http-get"},
};

const struct entry *catalogue_at(size_t i)
{
    size_t ours = sizeof catalogue / sizeof *catalogue - 1;
    const struct entry *added = NULL;

    if (i < ours)
        return catalogue[i];
    do
        added = added_next(added);
    while (added && i-- > ours);
    return added;
}

const struct entry *catalogue_find(const char *name)
{
    for (const struct entry *const *entry = catalogue; *entry; entry++)
        if (!strcmp((*entry)->name, name))
            return *entry;
    for (const struct entry *added = NULL; (added = added_next(added));)
        if (!strcmp(added->name, name))
            return added;
    return NULL;
}

const char *catalogue_suggest(const char *name, char *out)
{
    struct suggestion suggestion = {.word = name};

    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (!strcmp(other_names[i].elsewhere, name)) {
            snprintf(out, 64, "%s", other_names[i].here);
            return out;
        }
    for (const struct entry *const *entry = catalogue; *entry; entry++)
        suggest(&suggestion, (*entry)->name);
    for (const struct entry *added = NULL; (added = added_next(added));)
        suggest(&suggestion, added->name);
    snprintf(out, 64, "%.63s", suggestion.best);
    return out;
}

const char *flow_name(unsigned type)
{
    switch (type) {
    case FLOW_NOTHING:
        return "nothing";
    case FLOW_BYTES:
        return "bytes";
    case FLOW_LINES:
        return "lines";
    case FLOW_BATCHES:
        return "batches";
    case FLOW_RESULTS:
        return "results";
    case FLOW_RECORDS:
        return "records";
    case FLOW_MESSAGES:
        return "messages";
    case FLOW_BYTES | FLOW_MESSAGES: /* of these the values */
        return "bytes";
    case FLOW_ITEMS | FLOW_RECORDS | FLOW_MESSAGES:
        return "lines or messages";
    case FLOW_LINES | FLOW_RECORDS:
        return "lines or records";
    case FLOW_BYTES | FLOW_RECORDS:
        return "bytes or records";
    case FLOW_BYTES | FLOW_RESULTS:
        return "bytes or results";
    case FLOW_LINES | FLOW_BATCHES:
        return "lines or batches";
    case FLOW_LINES | FLOW_RESULTS:
        return "lines or results";
    case FLOW_BATCHES | FLOW_RESULTS:
        return "batches or results";
    case FLOW_LINES | FLOW_BATCHES | FLOW_RECORDS:
        return "lines, batches or records";
    case FLOW_BYTES | FLOW_LINES | FLOW_BATCHES | FLOW_RECORDS:
        return "bytes, lines, batches or records";
    case FLOW_ITEMS:
    case FLOW_EACH:
        return "items";
    default:
        return "bytes or items";
    }
}

unsigned catalogue_same(const struct node *node, unsigned taken)
{
    (void)node;
    return taken;
}

size_t entry_args(const struct entry *entry)
{
    size_t n = 0;
    while (n < ARGS_MAX && entry->args[n].name)
        n++;
    return n;
}
