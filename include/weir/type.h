/* weir/type.h: what an item is. Every stream carries one descriptor; constructors compare them.
 * Descriptors live as long as the program: items, and composite types made of them, may outlive
 * the chain they came from. Where items are kept in memory of their own (chunks, collect,
 * buffered), their alignment is malloc's: 16 at most. */
#ifndef WEIR_TYPE_H
#define WEIR_TYPE_H

#include "weir/base.h"

struct weir_type {
    const char *name; /* as the user would write it: "int64_t", "line" */
    size_t size;
    size_t align;
    /* Releases what one item owns; NULL: it owns nothing. */
    void (*drop)(const weir_type *type, void *item);
    /* A view that is valid until the next poll of the edge it came over. */
    bool lent;
    /* For a lent type: its owned twin, and the copy that weir_own() makes. */
    const weir_type *owned;
    bool (*own)(const weir_type *type, void *out, const void *in);
    /* For pair, indexed, result and chunk: what they are made of. */
    const weir_type *of[2];
};

/* A descriptor for a plain C type that owns nothing. T is expanded before it becomes a name, so
 * that a type that is a macro (bool) has one name wherever it is said. */
#define WEIR_TYPE(T) WEIR_TYPE_(T)
#define WEIR_TYPE_(T)                                                                              \
    {                                                                                              \
        .name = #T, .size = sizeof(T), .align = _Alignof(T)                                        \
    }

WEIR_API extern const weir_type weir_type_i64;        /* int64_t */
WEIR_API extern const weir_type weir_type_u64;        /* uint64_t */
WEIR_API extern const weir_type weir_type_bool;       /* bool */
WEIR_API extern const weir_type weir_type_unit;       /* nothing, one byte wide: "it is done" */
WEIR_API extern const weir_type weir_type_stream;     /* weir_stream *, owned */
WEIR_API extern const weir_type weir_type_line;       /* weir_line, lent */
WEIR_API extern const weir_type weir_type_line_owned; /* weir_line, owned */
WEIR_API extern const weir_type weir_type_vec;        /* weir_vec, owned: what collect gives */

/* A run of bytes, without its newline; what `lines` yields. May hold NUL bytes. */
typedef struct weir_line {
    const char *data;
    size_t size;
} weir_line;

/* Items side by side in one allocation; what `chunks` and `collect` give.
 * Owns: the items and the array; weir_vec_drop() releases both. */
typedef struct weir_vec {
    void *items;
    size_t n;
    size_t room;
    const weir_type *of;
} weir_vec;

WEIR_API void weir_vec_drop(weir_vec *vec);

/* Composite types are made once per combination and live as long as the program.
 *   pair     { A first; B second; }          from zip
 *   indexed  { uint64_t index; T item; }      from enumerate
 *   result   { weir_error *error; T item; }   from results; error NULL: the item counts
 *   chunk    weir_vec of T                   from chunks
 * They are laid out as the C struct with those members would be. NULL: no memory. */
WEIR_API const weir_type *weir_type_pair(const weir_type *first, const weir_type *second);
WEIR_API const weir_type *weir_type_indexed(const weir_type *item);
WEIR_API const weir_type *weir_type_result(const weir_type *item);
WEIR_API const weir_type *weir_type_chunk(const weir_type *item);

/* Where the second member of a pair, indexed or result stands. */
WEIR_API size_t weir_type_second_offset(const weir_type *type);

/* True when an item of one can be used as the other: the same descriptor, the same name and
 * size, or a composite (given) and a plain struct (wanted) of the same size and alignment. */
WEIR_API bool weir_type_fits(const weir_type *given, const weir_type *wanted);

/* Releases n items that lie side by side. */
WEIR_API void weir_type_drop_items(const weir_type *type, void *items, size_t n);

#endif
