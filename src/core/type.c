/* Item types: the ones every program needs, and those made of others. */

#include "weir/type.h"

#include <string.h>

#include "core/stage.h"

_Static_assert(sizeof(weir_line) == sizeof(weir_owned_line) &&
                   offsetof(weir_line, size) == offsetof(weir_owned_line, size),
               "an owned line may be read as a view of itself");

static void drop_stream(const weir_type *type, void *item)
{
    (void)type;
    weir_stream *stream;
    memcpy(&stream, item, sizeof stream);
    weir_stream_drop(stream);
}

weir_owned_line weir_owned_line_new(const char *data, size_t size)
{
    char *copy = weir_allocate(size + 1); /* an ending NUL is a courtesy to C */
    if (!copy)
        return (weir_owned_line){NULL, 0};
    if (size) /* an empty line may stand nowhere */
        memcpy(copy, data, size);
    copy[size] = '\0';
    return (weir_owned_line){copy, size};
}

void weir_owned_line_drop(weir_owned_line *line)
{
    if (line->data)
        weir_release(line->data, line->size + 1);
    *line = (weir_owned_line){NULL, 0};
}

static void drop_owned_line(const weir_type *type, void *item)
{
    (void)type;
    weir_owned_line_drop(item);
}

/* Both kinds of line begin with the same members. */
static bool own_line(const weir_type *type, void *out, const void *in)
{
    (void)type;
    const weir_line *line = in;
    weir_owned_line copy = weir_owned_line_new(line->data, line->size);
    *(weir_owned_line *)out = copy;
    return copy.data != NULL;
}

static bool same_line(const weir_type *type, const void *a, const void *b)
{
    (void)type;
    const weir_line *x = a, *y = b;
    return x->size == y->size && (!x->size || memcmp(x->data, y->data, x->size) == 0);
}

static void drop_vec_item(const weir_type *type, void *item)
{
    (void)type;
    weir_vec_drop(item);
}

const weir_type weir_type_i64 = WEIR_TYPE(int64_t);
const weir_type weir_type_u64 = WEIR_TYPE(uint64_t);
const weir_type weir_type_bool = WEIR_TYPE(bool);
const weir_type weir_type_unit = {.name = "unit", .size = 1, .align = 1, .detached = true};
const weir_type weir_type_stream = {.name = "weir_stream *",
                                    .size = sizeof(weir_stream *),
                                    .align = _Alignof(weir_stream *),
                                    .view = true, /* over what it was made of, perhaps */
                                    .drop = drop_stream};
const weir_type weir_type_owned_line = {.name = "weir_owned_line",
                                        .size = sizeof(weir_owned_line),
                                        .align = _Alignof(weir_owned_line),
                                        .drop = drop_owned_line,
                                        .clone = own_line,
                                        .same = same_line};
const weir_type weir_type_line = {.name = "weir_line",
                                  .size = sizeof(weir_line),
                                  .align = _Alignof(weir_line),
                                  .lent = true,
                                  .owned = &weir_type_owned_line,
                                  .own = own_line,
                                  .same = same_line};
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

/* ---- made descriptors: one for each combination, for the life of the program ----
 *
 * They are found by a hash of what they are made of, so that a program (or a binding) that makes
 * many pays for each once. */

enum { BUCKETS = 256 };

struct made_type {
    weir_type type;
    struct made_type *next;
};

static struct made_type *made_types[BUCKETS];

static struct made_type **type_bucket_of(const weir_type *wanted)
{
    uintptr_t hash = (uintptr_t)wanted->name * 31 + (uintptr_t)wanted->of[0];
    hash = hash * 31 + (uintptr_t)wanted->of[1];
    hash ^= hash >> 17;
    return &made_types[(hash ^ hash >> 7) % BUCKETS];
}

static bool is_made(const weir_type *type, const weir_type *wanted)
{
    return type->name == wanted->name && type->size == wanted->size &&
           type->align == wanted->align && type->lent == wanted->lent &&
           type->bound == wanted->bound && type->of[0] == wanted->of[0] &&
           type->of[1] == wanted->of[1] && type->own == wanted->own && type->owned == wanted->owned;
}

static struct made_type *type_find(const weir_type *wanted, struct made_type *from)
{
    for (; from; from = from->next)
        if (is_made(&from->type, wanted))
            return from;
    return NULL;
}

/* Two threads may make the same one at once: the second finds the first's and lets its own go. */
static const weir_type *intern(const weir_type *wanted)
{
    struct made_type **bucket = type_bucket_of(wanted);
    struct made_type *head = __atomic_load_n(bucket, __ATOMIC_ACQUIRE);
    struct made_type *found = type_find(wanted, head);
    if (found)
        return &found->type;
    struct made_type *made = weir_allocate(sizeof *made);
    if (!made)
        return NULL;
    made->type = *wanted;
    made->next = head;
    while (!__atomic_compare_exchange_n(bucket, &made->next, made, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
        found = type_find(wanted, made->next);
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
static void type_drop_result(const weir_type *type, void *item)
{
    weir_error *error;
    memcpy(&error, item, sizeof error);
    if (error)
        weir_error_drop(error);
    else
        weir_type_drop_items(type->of[1], (char *)item + weir_type_second_offset(type), 1);
}

static void drop_option(const weir_type *type, void *item)
{
    if (*(bool *)item)
        weir_type_drop_items(type->of[1], (char *)item + weir_type_second_offset(type), 1);
}

static const weir_type *two_members(const char *name, const weir_type *first,
                                    const weir_type *second,
                                    void (*drop)(const weir_type *type, void *item))
{
    if (!first || !second)
        return NULL;
    weir_type wanted = {.name = name, .of = {first, second}, .drop = drop};
    wanted.align = first->align > second->align ? first->align : second->align;
    wanted.size = round_up(weir_type_second_offset(&wanted) + second->size, wanted.align);
    wanted.lent = first->lent || second->lent;
    wanted.view = first->view || second->view;
    wanted.detached = first->detached && second->detached;
    wanted.bound = first->bound || second->bound;
    return intern(&wanted);
}

const weir_type *weir_type_pair(const weir_type *first, const weir_type *second)
{
    static const char name[] = "pair";
    bool owning = first && second && (first->drop || second->drop);
    return two_members(name, first, second, owning ? drop_pair : NULL);
}

const weir_type *weir_type_indexed(const weir_type *item)
{
    static const char name[] = "indexed";
    return two_members(name, &weir_type_u64, item, item && item->drop ? drop_pair : NULL);
}

const weir_type *weir_type_result(const weir_type *item)
{
    static const char name[] = "result";
    static const weir_type error_pointer = WEIR_TYPE(weir_error *);
    return two_members(name, &error_pointer, item, type_drop_result);
}

const weir_type *weir_type_option(const weir_type *item)
{
    static const char name[] = "option";
    return two_members(name, &weir_type_bool, item, item && item->drop ? drop_option : NULL);
}

const weir_type *weir_type_chunk(const weir_type *item)
{
    static const char name[] = "chunk";
    weir_type wanted = weir_type_vec;
    wanted.name = name;
    wanted.of[0] = item;
    wanted.bound = item && item->bound;
    return item ? intern(&wanted) : NULL;
}

static bool type_same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Composites of one name whose members fit, wherever the name stands. */
static bool composites_fit(const weir_type *given, const weir_type *wanted)
{
    for (int i = 0; i < 2; i++) {
        const weir_type *a = given->of[i], *b = wanted->of[i];
        if (a != b && (!a || !b || !weir_type_fits(a, b)))
            return false;
    }
    return type_same_text(given->name, wanted->name);
}

bool weir_type_fits(const weir_type *given, const weir_type *wanted)
{
    if (given == wanted)
        return true;
    if (given->size != wanted->size || given->align != wanted->align)
        return false;
    if (given->of[0])
        return !wanted->of[0] || composites_fit(given, wanted);
    return !wanted->of[0] && type_same_text(given->name, wanted->name);
}

bool weir_type_same_kind(const weir_type *a, const weir_type *b)
{
    return a->of[0] && b->of[0] && type_same_text(a->name, b->name);
}

bool weir_type_alike(const weir_type *given, const weir_type *wanted)
{
    bool bound = given->bound && !wanted->bound;
    return weir_type_fits(given, wanted) && given->lent == wanted->lent && !bound &&
           given->drop == wanted->drop;
}

bool weir_type_twins(const weir_type *a, const weir_type *b)
{
    return (a->owned && weir_type_fits(a->owned, b)) || (b->owned && weir_type_fits(b->owned, a));
}

bool weir_type_clings(const weir_type *made, bool detached)
{
    bool held = made->view || !(made->detached || made->drop);
    return made->lent || (held && !detached);
}

/* The twin of a type: the same, but a view, or bound, as what it is made of. */
static const weir_type *twin(const weir_type *source, const weir_type *made)
{
    weir_type wanted = *made;
    wanted.lent |= source->lent;
    wanted.bound |= source->bound;
    return made->lent == wanted.lent && made->bound == wanted.bound ? made : intern(&wanted);
}

const weir_type *weir_type_made_of(const weir_type *source, const weir_type *made, bool detached)
{
    bool holds = (source->lent || source->bound) && weir_type_clings(made, detached);
    return holds ? twin(source, made) : made;
}

const weir_type *weir_type_seen_through(const weir_type *source, const weir_type *made)
{
    return weir_type_made_of(source, made, false);
}
