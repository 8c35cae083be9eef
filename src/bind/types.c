/* Types by name: those that every program has, and those that bindings make. */

#include <string.h>

#include "core/stage.h"
#include "weir/bind.h"

/* Found again by its name, for the life of the program: items may outlive whoever made it. */
struct named {
    weir_type type;
    struct named *next;
    void (*drop)(void *item, void *arg);
    void *arg;
    char name[];
};

static struct named *made;

static void drop_item(const weir_type *type, void *item)
{
    const struct named *self = WEIR_CONTAINER(type, struct named, type);
    self->drop(item, self->arg);
}

static struct named *find_from(struct named *from, const char *name)
{
    while (from && strcmp(from->name, name) != 0)
        from = from->next;
    return from;
}

static struct named *first_made(void)
{
    return __atomic_load_n(&made, __ATOMIC_ACQUIRE);
}

static const weir_type *find_built_in(const char *name)
{
    static const weir_type *const all[] = {
        &weir_type_i64,  &weir_type_u64,        &weir_type_bool,   &weir_type_unit,
        &weir_type_line, &weir_type_owned_line, &weir_type_stream, &weir_type_vec,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i]->name, name))
            return all[i];
    return NULL;
}

const weir_type *weir_type_named(const char *name)
{
    const weir_type *type = find_built_in(name);
    const struct named *found = type ? NULL : find_from(first_made(), name);
    return found ? &found->type : type;
}

static struct named *named_new(const char *name, const weir_type *like,
                               void (*drop)(void *item, void *arg), void *arg)
{
    size_t name_bytes = strlen(name) + 1;
    struct named *self = weir_allocate(sizeof *self + name_bytes);
    if (!self)
        return NULL;
    *self = (struct named){.type = *like, .drop = drop, .arg = arg};
    memcpy(self->name, name, name_bytes);
    self->type.name = self->name;
    self->type.drop = drop ? drop_item : NULL;
    return self;
}

/* Two threads may make the same one at once: the second finds the first's and lets its own go. */
static const struct named *enlist(struct named *self)
{
    self->next = first_made();
    do {
        const struct named *other = find_from(self->next, self->name);
        if (other) {
            weir_release(self, sizeof *self + strlen(self->name) + 1);
            return other;
        }
    } while (!__atomic_compare_exchange_n(&made, &self->next, self, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    return self;
}

static bool is_size(size_t size, size_t align)
{
    return size && align && !(align & (align - 1)) && size % align == 0;
}

const weir_type *weir_type_make(const char *name, size_t size, size_t align,
                                void (*drop)(void *item, void *arg), void *arg)
{
    weir_type like = {.size = size, .align = align, .detached = true};
    if (!is_size(size, align) || find_built_in(name))
        return NULL;
    const struct named *found = find_from(first_made(), name);
    if (!found) {
        struct named *self = named_new(name, &like, drop, arg);
        found = self ? enlist(self) : NULL;
    }
    bool same = found && found->type.size == size && found->type.align == align &&
                found->drop == drop && found->arg == arg;
    return same ? &found->type : NULL;
}

const weir_type *weir_stream_type(const weir_stream *stream)
{
    return stream->type;
}

const char *weir_type_name(const weir_type *type)
{
    return type->name;
}

size_t weir_type_size(const weir_type *type)
{
    return type->size;
}
