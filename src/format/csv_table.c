/* The names of columns. Those of the file are copied once; those of further columns are made when a
 * record has such. */

#include "format/csv_table.h"

#include <string.h>

#include "format/csv_name.h"

enum { MADE_BYTES = 12, FIRST_ROOM = 16 }; /* "_1048575" and its NUL */

uint64_t weir_csv_table_id(void)
{
    static uint64_t latest;
    return __atomic_add_fetch(&latest, 1, __ATOMIC_RELAXED);
}

/* Names, and behind them room for one that is made for each. */
static size_t csv_table_block_bytes(size_t room)
{
    return room * (sizeof(weir_text) + MADE_BYTES);
}

static char *made_at(const weir_csv_table *table, size_t i)
{
    return (char *)table->names + table->room * sizeof(weir_text) + i * MADE_BYTES;
}

static void csv_table_make(weir_csv_table *table, size_t i)
{
    char *at = made_at(table, i);
    size_t n = weir_format(at, MADE_BYTES, table->numbered ? "%zu" : "_%zu", i);
    ((weir_text *)table->names)[i] = (weir_text){at, n};
}

/* The names that were made move with the block: all of them where columns are numbered, those
 * behind the header's elsewhere. */
static bool csv_table_grow(weir_csv_table *table, size_t n, size_t columns_max)
{
    size_t twice = table->room ? 2 * table->room : FIRST_ROOM;
    twice = twice < columns_max ? twice : columns_max;
    size_t room = n > twice ? n : twice;
    void *names = weir_allocate(csv_table_block_bytes(room));
    if (!names)
        return false;
    size_t named = table->numbered ? 0 : table->header.n;
    if (named)
        memcpy(names, table->names, named * sizeof(weir_text));
    weir_release(table->names, csv_table_block_bytes(table->room));
    table->names = names;
    table->room = room;
    table->header.names = names;
    for (size_t i = named; i < table->known; i++)
        csv_table_make(table, i);
    return true;
}

bool weir_csv_table_extend(weir_csv_table *table, size_t n, size_t columns_max)
{
    if (n <= table->known)
        return true;
    if (n > table->room && !csv_table_grow(table, n, columns_max))
        return false;
    for (; table->known < n; table->known++)
        csv_table_make(table, table->known);
    return true;
}

/* The first n names are the header's; they are numbered so far. */
static bool csv_table_begin(weir_csv_table *table, size_t n, size_t text_n, size_t columns_max)
{
    if (!weir_csv_table_extend(table, n, columns_max))
        return false;
    table->header.n = n;
    if (!text_n)
        return true;
    table->text = weir_allocate(text_n);
    table->text_n = table->text ? text_n : 0;
    return table->text;
}

static char *csv_table_put(weir_csv_table *table, size_t i, const char *data, size_t size, char *at)
{
    memcpy(at, data, size);
    ((weir_text *)table->names)[i] = (weir_text){at, size};
    return at + size;
}

bool weir_csv_table_take(weir_csv_table *table, const weir_row *row, size_t columns_max)
{
    size_t size = weir_row_text(row).size;
    if (table->numbered)
        return csv_table_begin(table, row->n, 0, columns_max);
    if (!csv_table_begin(table, row->n, size + 1, columns_max))
        return false;
    char *at = table->text;
    for (size_t i = 0; i < row->n; i++) {
        weir_text name = weir_row_at(row, i);
        at = csv_table_put(table, i, name.data, name.size, at);
    }
    return true;
}

bool weir_csv_table_name(weir_csv_table *table, const char *const *names, size_t n,
                         size_t columns_max)
{
    size_t size = 1;
    for (size_t i = 0; i < n; i++)
        size += strlen(names[i]);
    if (!csv_table_begin(table, n, size, columns_max))
        return false;
    char *at = table->text;
    for (size_t i = 0; i < n; i++)
        at = csv_table_put(table, i, names[i], strlen(names[i]), at);
    return true;
}

/* Puts the name into its place among those before it; false: one of them is the same. A slot holds
 * its number from 1; less than half of them are taken. */
static bool is_new(const weir_text *names, size_t i, uint32_t *slots, size_t slots_n)
{
    size_t at = weir_csv_hash(names[i]) & (slots_n - 1);
    for (; slots[at]; at = (at + 1) & (slots_n - 1))
        if (weir_csv_is_name(names[slots[at] - 1], names[i]))
            return false;
    slots[at] = (uint32_t)i + 1;
    return true;
}

bool weir_csv_table_unclear(const weir_csv_table *table, size_t *i)
{
    const weir_text *names = table->header.names;
    size_t slots_n = weir_csv_slots_for(table->header.n);
    uint32_t *slots = weir_allocate(slots_n * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0, slots_n * sizeof *slots);
    *i = 0;
    while (*i < table->header.n && names[*i].size && is_new(names, *i, slots, slots_n))
        ++*i;
    weir_release(slots, slots_n * sizeof *slots);
    return true;
}

/* ---- doubled names ---- */

struct numbering {
    const weir_text *names;
    size_t n;
    uint32_t *slots; /* by hash, the first name of it, from 1 */
    size_t slots_n;
    uint32_t *next; /* one a name: the number to try for the next one like it */
};

static uint32_t *csv_table_slot_of(const struct numbering *self, weir_text name)
{
    size_t at = weir_csv_hash(name) & (self->slots_n - 1);
    while (self->slots[at] && !weir_csv_is_name(self->names[self->slots[at] - 1], name))
        at = (at + 1) & (self->slots_n - 1);
    return &self->slots[at];
}

enum { SUFFIX_BYTES = 10 }; /* "_1048577" and its NUL, or more */

/* Puts the names into their slots. Returns the bytes that those need which are doubled. */
static size_t find_doubled(struct numbering *self)
{
    size_t bytes = 0;
    for (size_t i = 0; i < self->n; i++) {
        uint32_t *slot = csv_table_slot_of(self, self->names[i]);
        bytes += *slot ? self->names[i].size + SUFFIX_BYTES : 0;
        *slot = *slot ? *slot : (uint32_t)i + 1;
    }
    return bytes;
}

/* The next name like that which no column has. */
static weir_text next_like(struct numbering *self, size_t first, char *at)
{
    weir_text base = self->names[first], name;
    if (base.size)
        memcpy(at, base.data, base.size);
    do {
        size_t number = 2 + (size_t)self->next[first]++;
        size_t n = weir_format(at + base.size, SUFFIX_BYTES, "_%zu", number);
        name = (weir_text){at, base.size + n};
    } while (*csv_table_slot_of(self, name));
    return name;
}

static void rename_doubled(struct numbering *self, char *at)
{
    for (size_t i = 0; i < self->n; i++) {
        size_t first = *csv_table_slot_of(self, self->names[i]) - 1;
        if (first == i)
            continue;
        weir_text name = next_like(self, first, at);
        at += name.size;
        ((weir_text *)(uintptr_t)self->names)[i] = name;
        *csv_table_slot_of(self, name) = (uint32_t)i + 1;
    }
}

/* Each name takes one slot at most, those of doubled ones included. */
static size_t numbering_bytes(size_t n)
{
    return (weir_csv_slots_for(n) + n) * sizeof(uint32_t);
}

bool weir_csv_table_number(weir_csv_table *table)
{
    size_t n = table->header.n, bytes = numbering_bytes(n);
    uint32_t *block = weir_allocate(bytes);
    if (!block)
        return false;
    memset(block, 0, bytes);
    struct numbering self = {table->names, n, block, weir_csv_slots_for(n),
                             block + weir_csv_slots_for(n)};
    table->numbered_n = find_doubled(&self);
    table->numbered_text = table->numbered_n ? weir_allocate(table->numbered_n) : NULL;
    bool fine = table->numbered_text || !table->numbered_n;
    if (table->numbered_text)
        rename_doubled(&self, table->numbered_text);
    else
        table->numbered_n = 0;
    weir_release(block, bytes);
    return fine;
}

bool weir_csv_table_scratch(weir_csv_table *table, size_t n)
{
    if (n <= table->scratch_n)
        return true;
    size_t room = (n + n / 4 + 4095) & ~(size_t)4095;
    weir_release(table->scratch, table->scratch_n);
    table->scratch = weir_allocate(room);
    table->scratch_n = table->scratch ? room : 0;
    return table->scratch;
}

void weir_csv_table_fini(weir_csv_table *table)
{
    weir_release(table->names, csv_table_block_bytes(table->room));
    weir_release(table->text, table->text_n);
    weir_release(table->numbered_text, table->numbered_n);
    weir_release(table->scratch, table->scratch_n);
}

size_t weir_csv_table_memory_max(size_t record_bytes_max, size_t columns_max, size_t in_hand_max)
{
    size_t names = 2 * csv_table_block_bytes(columns_max > FIRST_ROOM ? columns_max : FIRST_ROOM);
    size_t slots = numbering_bytes(columns_max);
    size_t numbered = record_bytes_max + columns_max * SUFFIX_BYTES;
    return names + slots + numbered + record_bytes_max + 1 + in_hand_max + in_hand_max / 4 + 4096;
}
