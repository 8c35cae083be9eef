/* A small table of what stands under a key: the bytes of a plain value. What keyed stages and
 * keyed sets are made of. Values stay where they are until they are removed, and are gone through
 * in the order in which they were added. It never holds more than its maximum. */
#ifndef WEIR_CORE_TABLE_H
#define WEIR_CORE_TABLE_H

#include "weir/alloc.h"

struct weir_entry;

/* Made by weir_table_init(). Needs no memory before the first add. */
struct weir_table {
    size_t key_size;
    size_t value_size;
    size_t max; /* entries */
    size_t n;
    uint64_t seed;
    struct weir_entry **buckets;
    size_t buckets_n;         /* 0, or a power of two */
    struct weir_entry *first; /* as they were added */
    struct weir_entry *last;
};

/* Nobody who chooses keys can choose those that collide without knowing the seed. 0: one is made of
 * where things stand in memory. */
void weir_table_init(struct weir_table *table, size_t key_size, size_t value_size, size_t max,
                     uint64_t seed);

/* Releases all entries; what values own is the caller's to drop before. */
void weir_table_fini(struct weir_table *table);

/* The value under the key; NULL: there is none. */
void *weir_table_find(const struct weir_table *table, const void *key);

/* A zeroed value, aligned to WEIR_ALIGN, under a key that is not there yet. NULL: no memory, or n
 * is max. */
void *weir_table_add(struct weir_table *table, const void *key) WEIR_MUST_USE;

/* Of a value that find, add or next gave, which is gone then. */
void weir_table_remove(struct weir_table *table, void *value);
const void *weir_table_key(const struct weir_table *table, const void *value);

/* The value that was added next after this one; NULL: the first. NULL answered: there is none. */
void *weir_table_next(const struct weir_table *table, const void *value);

/* The most that such a table takes. Units: bytes. */
size_t weir_table_memory_max(const struct weir_table *table);

#endif
