/* A lock that is given back, or was taken, under a condition that is asked again, or that a flag
 * remembers; a lock that could not be taken; a guard that is dropped before its block ends. */
#include <pthread.h>
#include <weir.h>

struct cache {
    pthread_mutex_t mutex;
    size_t used;
};

struct WEIR_MUST_NOT_AWAIT("the cache stands still meanwhile") guard {
    struct cache *cache;
};

static struct guard guard_of(struct cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    return (struct guard){cache};
}

static void guard_drop(struct guard *guard)
{
    if (guard->cache)
        pthread_mutex_unlock(&guard->cache->mutex);
    guard->cache = NULL;
}

bool asked_again(struct cache *cache, bool wait, weir_writer *out, weir_error *error)
{
    pthread_mutex_lock(&cache->mutex);
    if (wait)
        pthread_mutex_unlock(&cache->mutex);
    else
        cache->used++;
    if (wait && weir_await_flush(out, error) != WEIR_READY)
        return false;
    if (!wait)
        pthread_mutex_unlock(&cache->mutex);
    return true;
}

bool by_flag(struct cache *cache, weir_writer *out, weir_error *error)
{
    bool held = true;
    pthread_mutex_lock(&cache->mutex);
    if (cache->used > 3) {
        pthread_mutex_unlock(&cache->mutex);
        held = false;
    } else {
        cache->used++;
    }
    if (held)
        pthread_mutex_unlock(&cache->mutex);
    return weir_await_flush(out, error) == WEIR_READY;
}

bool not_taken(struct cache *cache, weir_error *error)
{
    int failed = pthread_mutex_lock(&cache->mutex);
    if (failed != 0)
        return weir_await(weir_sleep(1000), NULL, error) == WEIR_READY;
    cache->used++;
    pthread_mutex_unlock(&cache->mutex);
    return true;
}

bool guarded(struct cache *cache, weir_writer *out, weir_error *error)
{
    struct guard guard __attribute__((cleanup(guard_drop))) = guard_of(cache);
    cache->used++;
    guard_drop(&guard);
    return weir_await_flush(out, error) == WEIR_READY;
}

bool by_pointer(struct cache *cache, int (*give)(pthread_mutex_t *), weir_writer *out,
                weir_error *error)
{
    pthread_mutex_lock(&cache->mutex);
    cache->used++;
    if (give(&cache->mutex))
        return false;
    return weir_await_flush(out, error) == WEIR_READY;
}
