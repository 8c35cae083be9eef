/* A miss leaves the cache, fetches, and enters it again with what came. */
#include <string.h>

#include <weir.h>

struct entry {
    char name[64];
    unsigned char body[4096];
    size_t size;
};

struct cache {
    struct entry entries[16];
    size_t next;
};

void cache_enter(struct cache *cache WEIR_HOLDS("the cache is shared by all clients"));
void cache_leave(struct cache *cache WEIR_RELEASES);

static struct entry *find(struct cache *cache, const char *name)
{
    for (size_t i = 0; i < 16; i++)
        if (strcmp(cache->entries[i].name, name) == 0)
            return &cache->entries[i];
    return NULL;
}

static bool fetch(struct entry *entry, const char *name, weir_error *error)
{
    weir_reader *file = weir_file_reader(name);
    weir_state got = weir_await_read(file, entry->body, sizeof entry->body, &entry->size, error);
    weir_drop(file);
    return got == WEIR_READY;
}

size_t cache_get(struct cache *cache, const char *name, unsigned char *out, weir_error *error)
{
    struct entry fetched = {"", {0}, 0};
    cache_enter(cache);
    struct entry *entry = find(cache, name);
    if (entry) {
        fetched.size = entry->size;
        memcpy(out, entry->body, entry->size);
        cache_leave(cache);
        return fetched.size;
    }
    cache_leave(cache);
    if (!fetch(&fetched, name, error))
        return 0;
    cache_enter(cache);
    cache->entries[cache->next++ % 16] = fetched;
    cache_leave(cache);
    memcpy(out, fetched.body, fetched.size);
    return fetched.size;
}
