/* A cache under a lock that helpers take, or a try, and that one of two ways does not give back. */
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
    }
    // lint-next: must_not_await 17-33
    if (loud && weir_await_write(out, "used\n", 5, error) != WEIR_READY)
        return false;
    return weir_await_flush(out, error) == WEIR_READY; // lint: must_not_await 12-28
}

bool by_helpers(struct cache *cache, weir_writer *out, weir_error *error)
{
    cache_enter(cache);
    bool well = weir_await_flush(out, error) == WEIR_READY; // lint: must_not_await 17-33
    cache_leave(cache);
    return well;
}

bool by_try(struct cache *cache, weir_writer *out, weir_error *error)
{
    int busy = pthread_mutex_trylock(&cache->mutex);
    if (busy)
        return weir_await(weir_sleep(1000), NULL, error) == WEIR_READY;
    weir_state got = weir_await_flush(out, error); // lint: must_not_await 22-38
    UNLOCK(cache);
    return got == WEIR_READY;
}

bool of_array(struct cache *cache, size_t i, weir_writer *out, weir_error *error)
{
    pthread_mutex_lock(&cache->shards[i % SHARDS]);
    weir_state got = weir_await_flush(out, error); // lint: must_not_await 22-38
    pthread_mutex_unlock(&cache->shards[i % SHARDS]);
    return got == WEIR_READY;
}
