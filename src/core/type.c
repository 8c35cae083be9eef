/* Item types: the ones every program needs, and those made of others. */

#include "weir/type.h"

#include <string.h>

#include "core/stage.h"

static void drop_stream(const weir_type *type, void *item)
{
    (void)type;
    weir_stream *stream;
    memcpy(&stream, item, sizeof stream);
    weir_stream_drop(stream);
}

static void drop_owned_line(const weir_type *type, void *item)
{
    (void)type;
    weir_line *line = item;
    weir_release((void *)(uintptr_t)line->data, line->size + 1);
}

static bool own_line(const weir_type *type, void *out, const void *in)
{
    (void)type;
    const weir_line *lent = in;
    char *copy = weir_allocate(lent->size + 1); /* an ending NUL is a courtesy to C */
    if (!copy)
        return false;
    if (lent->size) /* an empty line may stand nowhere */
        memcpy(copy, lent->data, lent->size);
    copy[lent->size] = '\0';
    *(weir_line *)out = (weir_line){copy, lent->size};
    return true;
}

static void drop_vec_item(const weir_type *type, void *item)
{
    (void)type;
    weir_vec_drop(item);
}

const weir_type weir_type_i64 = WEIR_TYPE(int64_t);
const weir_type weir_type_u64 = WEIR_TYPE(uint64_t);
const weir_type weir_type_bool = WEIR_TYPE(bool);
const weir_type weir_type_unit = {.name = "unit", .size = 1, .align = 1};
const weir_type weir_type_stream = {.name = "weir_stream *",
                                    .size = sizeof(weir_stream *),
                                    .align = _Alignof(weir_stream *),
                                    .drop = drop_stream};
const weir_type weir_type_line_owned = {.name = "weir_line",
                                        .size = sizeof(weir_line),
                                        .align = _Alignof(weir_line),
                                        .drop = drop_owned_line};
const weir_type weir_type_line = {.name = "weir_line",
                                  .size = sizeof(weir_line),
                                  .align = _Alignof(weir_line),
                                  .lent = true,
                                  .owned = &weir_type_line_owned,
                                  .own = own_line};
const weir_type weir_type_vec = {.name = "weir_vec",
                                 .size = sizeof(weir_vec),
                                 .align = _Alignof(weir_vec),
                                 .drop = drop_vec_item};

void weir_type_drop_items(const weir_type *type, void *items, size_t n)
{
    if (!type->drop)
        return;
    for (size_t i = 0; i < n; i++)
        type->drop(type, (char *)items + i * type->size);
}

void weir_vec_drop(weir_vec *vec)
{
    if (!vec->items)
        return;
    weir_type_drop_items(vec->of, vec->items, vec->n);
    weir_release(vec->items, vec->room * vec->of->size);
    *vec = (weir_vec){0};
}

/* ---- composites: one descriptor for each combination, linked for ever ---- */

struct made_type {
    weir_type type;
    struct made_type *next;
};

static struct made_type *made_types;

static struct made_type *find(const weir_type *wanted, struct made_type *from)
{
    for (; from; from = from->next)
        if (from->type.name == wanted->name && from->type.of[0] == wanted->of[0] &&
            from->type.of[1] == wanted->of[1])
            return from;
    return NULL;
}

/* Two threads may make the same one at once: the second finds the first's and lets its own go. */
static const weir_type *intern(const weir_type *wanted)
{
    struct made_type *head = __atomic_load_n(&made_types, __ATOMIC_ACQUIRE);
    struct made_type *found = find(wanted, head);
    if (found)
        return &found->type;
    struct made_type *made = weir_allocate(sizeof *made);
    if (!made)
        return NULL;
    made->type = *wanted;
    made->next = head;
    while (!__atomic_compare_exchange_n(&made_types, &made->next, made, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
        found = find(wanted, made->next);
        if (found) {
            weir_release(made, sizeof *made);
            return &found->type;
        }
    }
    return &made->type;
}

static size_t round_up(size_t n, size_t align)
{
    return (n + align - 1) / align * align;
}

size_t weir_type_second_offset(const weir_type *type)
{
    return round_up(type->of[0]->size, type->of[1]->align);
}

static void drop_pair(const weir_type *type, void *item)
{
    weir_type_drop_items(type->of[0], item, 1);
    weir_type_drop_items(type->of[1], (char *)item + weir_type_second_offset(type), 1);
}

/* A result with an error has no item to drop. */
static void drop_result(const weir_type *type, void *item)
{
    weir_error *error;
    memcpy(&error, item, sizeof error);
    if (error)
        weir_release(error, sizeof *error);
    else
        weir_type_drop_items(type->of[1], (char *)item + weir_type_second_offset(type), 1);
}

static const weir_type *two_members(const char *name, const weir_type *first,
                                    const weir_type *second,
                                    void (*drop)(const weir_type *type, void *item))
{
    weir_type wanted = {.name = name, .of = {first, second}, .drop = drop};
    wanted.align = first->align > second->align ? first->align : second->align;
    wanted.size = round_up(weir_type_second_offset(&wanted) + second->size, wanted.align);
    wanted.lent = first->lent || second->lent;
    return intern(&wanted);
}

const weir_type *weir_type_pair(const weir_type *first, const weir_type *second)
{
    static const char name[] = "pair";
    bool owning = first->drop || second->drop;
    return two_members(name, first, second, owning ? drop_pair : NULL);
}

const weir_type *weir_type_indexed(const weir_type *item)
{
    static const char name[] = "indexed";
    return two_members(name, &weir_type_u64, item, item->drop ? drop_pair : NULL);
}

const weir_type *weir_type_result(const weir_type *item)
{
    static const char name[] = "result";
    static const weir_type error_pointer = WEIR_TYPE(weir_error *);
    return two_members(name, &error_pointer, item, drop_result);
}

const weir_type *weir_type_chunk(const weir_type *item)
{
    static const char name[] = "chunk";
    weir_type wanted = weir_type_vec;
    wanted.name = name;
    wanted.of[0] = item;
    return intern(&wanted);
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool weir_type_fits(const weir_type *given, const weir_type *wanted)
{
    if (given == wanted)
        return true;
    if (given->size != wanted->size)
        return false;
    if (given->of[0])
        return !wanted->of[0] ? given->align == wanted->align
                              : given->name == wanted->name && given->of[0] == wanted->of[0] &&
                                    given->of[1] == wanted->of[1];
    return same_text(given->name, wanted->name);
}

bool weir_type_alike(const weir_type *a, const weir_type *b)
{
    return weir_type_fits(a, b) && a->lent == b->lent && a->drop == b->drop;
}

const weir_type *weir_type_seen_through(const weir_type *source, const weir_type *made)
{
    return source->lent && !made->drop && weir_type_fits(source, made) ? source : made;
}
