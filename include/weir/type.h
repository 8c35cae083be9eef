/* weir/type.h: what an item is. Every stream carries one descriptor; constructors compare them.
 * Descriptors live as long as the program: items, and composite types made of them, may outlive
 * the chain they came from. Two descriptors of one name and size are the same type: a name that two
 * files use for different structs must differ. */
#ifndef WEIR_TYPE_H
#define WEIR_TYPE_H

#include "weir/base.h"

WEIR_BEGIN_C

struct weir_record_ops; /* how an item shows its fields, for stages that know no C type */

struct weir_type {
    const char *name; /* as the user would write it: "int64_t", "weir_line" */
    size_t size;
    size_t align;
    /* An item is a view, or holds one: valid until the next poll of the edge it came over. */
    unsigned lent : 1;
    /* It may hold a pointer into somebody else's memory: with a source that lends, it is lent. */
    unsigned view : 1;
    /* It holds no pointer into what it was made of: numbers, and what says so. */
    unsigned detached : 1;
    /* It belongs to the worker that made it, as what holds a connection does: parallel stages
     * (weir/par.h) keep it there. */
    unsigned bound : 1;
    /* Releases what one item owns; NULL: it owns nothing. */
    void (*drop)(const weir_type *type, void *item);
    /* For a lent type: its owned twin, and the copy that weir_own() makes. */
    const weir_type *owned;
    bool (*own)(const weir_type *type, void *out, const void *in);
    /* For pair, indexed, result, option and chunk: what they are made of. */
    const weir_type *of[2];
    /* All optional. A second item like the first; false: no memory. NULL: copying the bytes does,
     * unless there is a drop. */
    bool (*clone)(const weir_type *type, void *out, const void *in);
    bool (*same)(const weir_type *type, const void *a, const void *b);
    uint64_t (*hash)(const weir_type *type, const void *item);
    int (*compare)(const weir_type *type, const void *a, const void *b); /* < 0, 0, > 0 */
    /* As text, with the rules of snprintf. */
    size_t (*format)(const weir_type *type, const void *item, char *out, size_t size);
    const struct weir_record_ops *record;
    const void *reserved[3];
};

/* True in a constant expression for the arithmetic types: what is made of a view, and is a number,
 * is no view. */
#define WEIR_IS_NUMBER_(T)                                                                         \
    _Generic(*(T *)0, bool : 1, char : 1, signed char : 1, unsigned char : 1, short : 1,           \
             unsigned short : 1, int : 1, unsigned : 1, long : 1, unsigned long : 1,               \
             long long : 1, unsigned long long : 1, float : 1, double : 1, long double : 1,        \
             default : 0)

/* Numbers of one size and sign are one type, whatever they are called. */
#define WEIR_BY_SIZE_(T, sign_)                                                                    \
    (sizeof(T) == 1   ? sign_##8_t                                                                 \
     : sizeof(T) == 2 ? sign_##16_t                                                                \
     : sizeof(T) == 4 ? sign_##32_t                                                                \
                      : sign_##64_t)
#define WEIR_NAME_(T, text_)                                                                       \
    _Generic(*(T *)0, bool                                                                         \
             : "bool", signed char                                                                 \
             : "int8_t", unsigned char                                                             \
             : "uint8_t", short                                                                    \
             : "int16_t", unsigned short                                                           \
             : "uint16_t", int                                                                     \
             : "int32_t", unsigned                                                                 \
             : "uint32_t", long                                                                    \
             : sizeof(long) == 8 ? "int64_t" : "int32_t", unsigned long                            \
             : sizeof(long) == 8 ? "uint64_t" : "uint32_t", long long                              \
             : "int64_t", unsigned long long                                                       \
             : "uint64_t", default                                                                 \
             : text_)

/* A descriptor for a plain C type that owns nothing. T is expanded before it becomes a name, so
 * that a type that is a macro (bool) has one name wherever it is said. */
#define WEIR_TYPE(T) WEIR_TYPE_(T, )
#define WEIR_TYPE_(T, ...)                                                                         \
    {                                                                                              \
        .name = WEIR_NAME_(T, #T), .size = sizeof(T), .align = _Alignof(T),                        \
        .detached = WEIR_IS_NUMBER_(T), __VA_ARGS__                                                \
    }

/* The same for a type that owns what drop_(void *item) releases, as a struct with an owned line:
 * what holds something and says no drop leaks it. */
#define WEIR_TYPE_OWNING(T, drop_) WEIR_TYPE_(T, .drop = (drop_))

/* The same for a struct with pointers into what it is made of (a row of fields of a line). */
#define WEIR_TYPE_VIEW(T) WEIR_TYPE_(T, .view = true)

/* A reader and a writer that belong together (weir/duplex.h). Dropping one drops both. */
typedef struct weir_duplex {
    weir_reader *reader;
    weir_writer *writer;
} weir_duplex;
WEIR_API extern const weir_type weir_type_duplex;

WEIR_API extern const weir_type weir_type_i64;        /* int64_t */
WEIR_API extern const weir_type weir_type_u64;        /* uint64_t */
WEIR_API extern const weir_type weir_type_bool;       /* bool */
WEIR_API extern const weir_type weir_type_unit;       /* nothing, one byte wide: "it is done" */
WEIR_API extern const weir_type weir_type_stream;     /* weir_stream *, owned */
WEIR_API extern const weir_type weir_type_line;       /* weir_line, lent */
WEIR_API extern const weir_type weir_type_owned_line; /* weir_owned_line */
WEIR_API extern const weir_type weir_type_vec;        /* weir_vec, owned: what collect gives */

/* A run of bytes, without its newline; what `lines` yields, a view. May hold NUL bytes. */
typedef struct weir_line {
    const char *data;
    size_t size;
} weir_line;

/* The same, with bytes of its own (and a NUL behind them); what weir_own() makes of a line. */
typedef struct weir_owned_line {
    char *data;
    size_t size;
} weir_owned_line;

/* A view of an owned line, valid as long as that is.
 *
 * Example:
 *     weir_owned_line line = weir_owned_line_new("hello", 5);
 *     p(weir_line_of(line)); // -> hello
 *     weir_owned_line_drop(&line);
 */
static inline weir_line weir_line_of(weir_owned_line line)
{
    weir_line view = {line.data, line.size};
    return view;
}

/* A copy. data NULL: no memory.
 *
 * Example:
 *     weir_owned_line line = weir_owned_line_new("hello", 4);
 *     p(line.data); // -> hell
 *     weir_owned_line_drop(&line);
 */
WEIR_API weir_owned_line weir_owned_line_new(const char *data, size_t size) WEIR_MUST_USE;
WEIR_API void weir_owned_line_drop(weir_owned_line *line);

/* Items side by side in one allocation; what `chunks` and `collect` give.
 * Owns: the items and the array; weir_vec_drop() releases both. */
typedef struct weir_vec {
    void *items;
    size_t n;
    size_t room;
    const weir_type *of;
} weir_vec;

/* Drops each item and releases the array; the vec is empty then, and may be used again.
 *
 * Example:
 *     weir_vec vec = {0};
 *     p(weir_extend(weir_range(0, 3), &vec, 10)); // -> done
 *     weir_vec_drop(&vec);
 *     p(vec.n); // -> 0
 */
WEIR_API void weir_vec_drop(weir_vec *vec);

/* Composite types are made once per combination and live as long as the program.
 *   pair     { A first; B second; }          from zip
 *   indexed  { uint64_t index; T item; }      from enumerate
 *   result   { weir_error *error; T item; }   from results; error NULL: the item counts
 *   option   { bool some; T item; }           from notify_close; some false: there is no item
 *   chunk    weir_vec of T                   from chunks
 * They are laid out as the C struct with those members would be. NULL: no memory.
 *
 * Example:
 *     p(weir_type_pair(&weir_type_i64, &weir_type_bool)->size); // -> 16
 *     p(weir_type_chunk(&weir_type_i64)->name); // -> chunk
 */
WEIR_API const weir_type *weir_type_pair(const weir_type *first, const weir_type *second);
WEIR_API const weir_type *weir_type_indexed(const weir_type *item);
WEIR_API const weir_type *weir_type_result(const weir_type *item);
WEIR_API const weir_type *weir_type_option(const weir_type *item);
WEIR_API const weir_type *weir_type_chunk(const weir_type *item);

/* The struct that a function takes such an item as, and its name as a type:
 *
 *     WEIR_PAIR(int64_t, double, reading)       struct reading { int64_t first; double second; }
 *     WEIR_MAP_FN(mean_fn, mean, struct reading, double, .from = &reading_type)
 *
 * A function that names its parameter's descriptor so is refused where the members are others. */
#define WEIR_PAIR(A, B, tag)                                                                       \
    struct tag {                                                                                   \
        A first;                                                                                   \
        B second;                                                                                  \
    };                                                                                             \
    WEIR_COMPOSITE_(tag, "pair", WEIR_TYPE(A), WEIR_TYPE(B))
#define WEIR_INDEXED(T, tag)                                                                       \
    struct tag {                                                                                   \
        uint64_t index;                                                                            \
        T item;                                                                                    \
    };                                                                                             \
    WEIR_COMPOSITE_(tag, "indexed", WEIR_TYPE(uint64_t), WEIR_TYPE(T))
#define WEIR_RESULT(T, tag)                                                                        \
    struct tag {                                                                                   \
        weir_error *error;                                                                         \
        T item;                                                                                    \
    };                                                                                             \
    WEIR_COMPOSITE_(tag, "result", WEIR_TYPE(weir_error *), WEIR_TYPE(T))
#define WEIR_OPTION(T, tag)                                                                        \
    struct tag {                                                                                   \
        bool some;                                                                                 \
        T item;                                                                                    \
    };                                                                                             \
    WEIR_COMPOSITE_(tag, "option", WEIR_TYPE(bool), WEIR_TYPE(T))
#define WEIR_UNUSED_ __attribute__((unused)) /* of what a header says and a file may need */
#define WEIR_COMPOSITE_(tag, name_, ...)                                                           \
    static const weir_type tag##_members[2] WEIR_UNUSED_ = {__VA_ARGS__};                          \
    static const weir_type tag##_type WEIR_UNUSED_ = {                                             \
        .name = name_,                                                                             \
        .size = sizeof(struct tag),                                                                \
        .align = _Alignof(struct tag),                                                             \
        .of = {&tag##_members[0], &tag##_members[1]}};

/* Where the second member of a pair, indexed, result or option stands.
 *
 * Example:
 *     p(weir_type_second_offset(weir_type_pair(&weir_type_bool, &weir_type_i64))); // -> 8
 */
WEIR_API size_t weir_type_second_offset(const weir_type *type);

/* True when an item of one can be used as the other: the same descriptor; the same name, size and
 * alignment; composites of one name whose members fit; or a composite (given) and a plain struct
 * (wanted) of its size and alignment, whose members are not known.
 *
 * Example:
 *     p(weir_type_fits(&weir_type_i64, &weir_type_i64)); // -> true
 *     p(weir_type_fits(&weir_type_i64, &weir_type_u64)); // -> false
 */
WEIR_API bool weir_type_fits(const weir_type *given, const weir_type *wanted);

/* What a function that takes items of `source` really yields: what it makes of lent items is lent
 * too, and of bound ones bound, unless it is a number, owns what it holds (drop) or says .detached.
 * NULL: no memory.
 *
 * Example:
 *     p(weir_type_seen_through(&weir_type_line, &weir_type_i64)->name); // -> int64_t
 */
WEIR_API const weir_type *weir_type_seen_through(const weir_type *source, const weir_type *made);

/* Releases n items that lie side by side.
 *
 * Example:
 *     weir_vec vec;
 *     p(answer(weir_await(weir_collect(weir_own(lines("a\nb\n")), 9), &vec, NULL))); // -> READY
 *     weir_type_drop_items(vec.of, vec.items, vec.n);
 *     vec.n = 0;
 *     weir_vec_drop(&vec);
 */
WEIR_API void weir_type_drop_items(const weir_type *type, void *items, size_t n);

WEIR_END_C

#endif
