/* table: what stands under a key. Chained, with one block an entry, so that values never move. */

#include "core/table.h"

#include <string.h>

enum { BUCKETS_FIRST = 8 };

struct weir_entry {
    struct weir_entry *chain; /* in its bucket */
    struct weir_entry *before;
    struct weir_entry *behind;
    uint64_t hash;
    _Alignas(WEIR_ALIGN) unsigned char bytes[]; /* the value, then the key */
};

static size_t key_at(const struct weir_table *table)
{
    return table->value_size;
}

static size_t entry_size(const struct weir_table *table)
{
    size_t size;
    bool fits = !__builtin_add_overflow(table->value_size, table->key_size, &size) &&
                !__builtin_add_overflow(size, sizeof(struct weir_entry), &size);
    return fits ? size : SIZE_MAX;
}

static struct weir_entry *table_entry_of(const void *value)
{
    return (struct weir_entry *)(uintptr_t)((const char *)value -
                                            offsetof(struct weir_entry, bytes));
}

/* ---- hashing: eight bytes a step, each mixed into all that came before ---- */

static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static uint64_t table_hash_of(const struct weir_table *table, const void *key)
{
    const unsigned char *at = key;
    uint64_t hash = table->seed, word = 0;
    size_t left = table->key_size;
    for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mix(hash ^ word) + table->seed;
    }
    word = 0;
    if (left)
        memcpy(&word, at, left);
    return mix(hash ^ word);
}

/* A number, mostly: without a call. */
static bool same_key(const struct weir_table *table, const unsigned char *a, const void *b)
{
    uint64_t x, y;
    if (table->key_size != sizeof x)
        return memcmp(a, b, table->key_size) == 0;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x == y;
}

static struct weir_entry **table_bucket_of(const struct weir_table *table, uint64_t hash)
{
    return &table->buckets[hash & (table->buckets_n - 1)];
}

/* ---- the table ---- */

void weir_table_init(struct weir_table *table, size_t key_size, size_t value_size, size_t max,
                     uint64_t seed)
{
    uint64_t place = (uint64_t)(uintptr_t)table ^ (uint64_t)(uintptr_t)weir_alloc_get() << 17;
    *table = (struct weir_table){.key_size = key_size, .value_size = value_size, .max = max};
    table->seed = seed ? seed : mix(place);
}

void weir_table_fini(struct weir_table *table)
{
    size_t size = entry_size(table);
    for (struct weir_entry *entry; (entry = table->first);) {
        table->first = entry->behind;
        weir_release(entry, size);
    }
    weir_release(table->buckets, table->buckets_n * sizeof *table->buckets);
    table->last = NULL;
    table->buckets = NULL;
    table->buckets_n = table->n = 0;
}

void *weir_table_find(const struct weir_table *table, const void *key)
{
    if (!table->n)
        return NULL;
    uint64_t hash = table_hash_of(table, key);
    struct weir_entry *entry = *table_bucket_of(table, hash);
    while (entry && (entry->hash != hash || !same_key(table, entry->bytes + key_at(table), key)))
        entry = entry->chain;
    return entry ? entry->bytes : NULL;
}

/* Twice as many buckets as before. Without memory for them chains grow instead; false: there is
 * none even for the first. */
static bool table_grow(struct weir_table *table)
{
    size_t n = table->buckets_n ? table->buckets_n * 2 : BUCKETS_FIRST;
    struct weir_entry **old = table->buckets;
    struct weir_entry **buckets = weir_allocate(n * sizeof(struct weir_entry *));
    if (!buckets)
        return old != NULL;
    memset(buckets, 0, n * sizeof(struct weir_entry *));
    weir_release(old, table->buckets_n * sizeof(struct weir_entry *));
    table->buckets = buckets;
    table->buckets_n = n;
    for (struct weir_entry *entry = table->first; entry; entry = entry->behind) {
        struct weir_entry **bucket = table_bucket_of(table, entry->hash);
        entry->chain = *bucket;
        *bucket = entry;
    }
    return true;
}

static void table_put_last(struct weir_table *table, struct weir_entry *entry)
{
    entry->before = table->last;
    if (table->last)
        table->last->behind = entry;
    else
        table->first = entry;
    table->last = entry;
    table->n++;
}

void *weir_table_add(struct weir_table *table, const void *key)
{
    size_t size = entry_size(table);
    if (table->n >= table->max || size == SIZE_MAX)
        return NULL;
    if (table->n == table->buckets_n && !table_grow(table))
        return NULL;
    struct weir_entry *entry = weir_allocate(size);
    if (!entry)
        return NULL;
    memset(entry, 0, size);
    memcpy(entry->bytes + key_at(table), key, table->key_size);
    entry->hash = table_hash_of(table, key);
    struct weir_entry **bucket = table_bucket_of(table, entry->hash);
    entry->chain = *bucket;
    *bucket = entry;
    table_put_last(table, entry);
    return entry->bytes;
}

void weir_table_remove(struct weir_table *table, void *value)
{
    struct weir_entry *entry = table_entry_of(value), **at = table_bucket_of(table, entry->hash);
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    if (entry->before)
        entry->before->behind = entry->behind;
    else
        table->first = entry->behind;
    if (entry->behind)
        entry->behind->before = entry->before;
    else
        table->last = entry->before;
    table->n--;
    weir_release(entry, entry_size(table));
}

const void *weir_table_key(const struct weir_table *table, const void *value)
{
    return (const unsigned char *)value + key_at(table);
}

void *weir_table_next(const struct weir_table *table, const void *value)
{
    struct weir_entry *entry = value ? table_entry_of(value)->behind : table->first;
    return entry ? entry->bytes : NULL;
}

/* While it grows both arrays are there: as many buckets as entries, rounded up, and half as many.
 */
size_t weir_table_memory_max(const struct weir_table *table)
{
    size_t buckets = BUCKETS_FIRST, bytes, all;
    while (buckets < table->max && buckets <= SIZE_MAX / 4 / sizeof(struct weir_entry *))
        buckets *= 2;
    bool fits =
        !__builtin_mul_overflow(buckets + buckets / 2, sizeof(struct weir_entry *), &bytes) &&
        !__builtin_mul_overflow(table->max, entry_size(table), &all) &&
        !__builtin_add_overflow(bytes, all, &bytes);
    return fits ? bytes : SIZE_MAX;
}
