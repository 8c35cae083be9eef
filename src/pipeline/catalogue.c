/* The catalogue: the list itself, and finding names in it, also misspelt ones. */
#include "pipeline/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/added.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"

const struct entry *const weir_pl_catalogue[] = {
    &weir_pl_entry_open,     &weir_pl_entry_merge,
    &weir_pl_entry_tail,     &weir_pl_entry_glob,
    &weir_pl_entry_watch,    &weir_pl_entry_seq,
    &weir_pl_entry_random,   &weir_pl_entry_zero,
    &weir_pl_entry_every,    &weir_pl_entry_gzip,
    &weir_pl_entry_gunzip,   &weir_pl_entry_decompress,
    &weir_pl_entry_base64,   &weir_pl_entry_unbase64,
    &weir_pl_entry_hex,      &weir_pl_entry_unhex,
    &weir_pl_entry_sha256,   &weir_pl_entry_xxh3,
    &weir_pl_entry_crc32,    &weir_pl_entry_zstd,
    &weir_pl_entry_unzstd,   &weir_pl_entry_lz4,
    &weir_pl_entry_unlz4,    &weir_pl_entry_brotli,
    &weir_pl_entry_unbrotli, &weir_pl_entry_xz,
    &weir_pl_entry_unxz,     &weir_pl_entry_bzip2,
    &weir_pl_entry_unbzip2,  &weir_pl_entry_deflate,
    &weir_pl_entry_inflate,  &weir_pl_entry_zlib,
    &weir_pl_entry_unzlib,   &weir_pl_entry_rate,
    &weir_pl_entry_buffer,   &weir_pl_entry_meter,
    &weir_pl_entry_timeout,  &weir_pl_entry_tee,
    &weir_pl_entry_lines,    &weir_pl_entry_frame,
    &weir_pl_entry_unframe,  &weir_pl_entry_split,
    &weir_pl_entry_grep,     &weir_pl_entry_take,
    &weir_pl_entry_skip,     &weir_pl_entry_head,
    &weir_pl_entry_last,     &weir_pl_entry_sample,
    &weir_pl_entry_throttle, &weir_pl_entry_uniq,
    &weir_pl_entry_batch,    &weir_pl_entry_unbatch,
    &weir_pl_entry_exec,     &weir_pl_entry_par,
    &weir_pl_entry_http_get, &weir_pl_entry_retry,
    &weir_pl_entry_dead,     &weir_pl_entry_count,
    &weir_pl_entry_from,     &weir_pl_entry_to,
    &weir_pl_entry_where,    &weir_pl_entry_pick,
    &weir_pl_entry_set,      &weir_pl_entry_rename,
    &weir_pl_entry_sort,     &weir_pl_entry_stats,
    &weir_pl_entry_save,     &weir_pl_entry_print,
    &weir_pl_entry_null,     NULL,
};

const struct entry *weir_pl_catalogue_at(size_t i)
{
    size_t ours = sizeof weir_pl_catalogue / sizeof *weir_pl_catalogue - 1;
    const struct entry *added = NULL;

    if (i < ours)
        return weir_pl_catalogue[i];
    do
        added = weir_pl_added_next(added);
    while (added && i-- > ours);
    return added;
}

const struct entry *weir_pl_catalogue_find(const char *name)
{
    for (const struct entry *const *entry = weir_pl_catalogue; *entry; entry++)
        if (!strcmp((*entry)->name, name))
            return *entry;
    for (const struct entry *added = NULL; (added = weir_pl_added_next(added));)
        if (!strcmp(added->name, name))
            return added;
    return NULL;
}

const char *weir_pl_catalogue_suggest(const char *name, enum stands stands, char *out)
{
    struct suggestion suggestion = {.word = name};
    const char *here = weir_pl_elsewhere_name(name, stands);
    const struct entry *entry;

    for (size_t i = 0; !here && (entry = weir_pl_catalogue_at(i)); i++)
        if (stands != STANDS_BEHIND || entry->takes != FLOW_NOTHING)
            weir_pl_suggest(&suggestion, entry->name);
    snprintf(out, 64, "%.63s", here ? here : suggestion.best);
    return out;
}

const char *weir_pl_flow_name(unsigned type)
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

unsigned weir_pl_catalogue_same(const struct node *node, unsigned taken)
{
    (void)node;
    return taken;
}

size_t weir_pl_entry_args(const struct entry *entry)
{
    size_t n = 0;
    while (n < ARGS_MAX && entry->args[n].name)
        n++;
    return n;
}
