/* A cache under a lock that helpers take, or a try, and that every way gives back before it waits.
 */
#include <pthread.h>
#include <weir.h>

#define LOCK(x) pthread_mutex_lock(&(x)->mutex)
#define UNLOCK(x) pthread_mutex_unlock(&(x)->mutex)

enum { SHARDS = 8 };

struct cache {
    pthread_mutex_t mutex;
    pthread_mutex_t shards[SHARDS];
    size_t used;
};

static void cache_enter(struct cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
}

static void cache_leave(struct cache *cache)
{
    UNLOCK(cache);
}

bool one_of_two(struct cache *cache, size_t n, bool loud, weir_writer *out, weir_error *error)
{
    LOCK(cache);
    if (cache->used > n) {
        cache->used -= n;
        UNLOCK(cache);
    } else {
        cache->used = 0;
        UNLOCK(cache);
    }
    if (loud && weir_await_write(out, "used\n", 5, error) != WEIR_READY)
        return false;
    return weir_await_flush(out, error) == WEIR_READY;
}

bool by_helpers(struct cache *cache, weir_writer *out, weir_error *error)
{
    cache_enter(cache);
    cache->used++;
    cache_leave(cache);
    return weir_await_flush(out, error) == WEIR_READY;
}

bool by_try(struct cache *cache, weir_writer *out, weir_error *error)
{
    int busy = pthread_mutex_trylock(&cache->mutex);
    if (busy)
        return weir_await(weir_sleep(1000), NULL, error) == WEIR_READY;
    UNLOCK(cache);
    return weir_await_flush(out, error) == WEIR_READY;
}

bool of_array(struct cache *cache, size_t i, weir_writer *out, weir_error *error)
{
    pthread_mutex_lock(&cache->shards[i % SHARDS]);
    pthread_mutex_unlock(&cache->shards[i % SHARDS]);
    return weir_await_flush(out, error) == WEIR_READY;
}
