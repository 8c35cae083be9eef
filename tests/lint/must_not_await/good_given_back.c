/* On every path to the wait the lock was given back: by both branches, and by each case. */
#include <weir.h>

enum verb { GET, PUT, DELETE };

struct store {
    weir_lock lock;
    int64_t value;
    uint64_t writes;
};

static int64_t apply(struct store *store, enum verb verb, int64_t value)
{
    int64_t before;
    weir_lock_take(&store->lock);
    before = store->value;
    switch (verb) {
    case GET:
        weir_lock_give(&store->lock);
        break;
    case PUT:
        store->value = value;
        store->writes++;
        weir_lock_give(&store->lock);
        break;
    default:
        store->value = 0;
        weir_lock_give(&store->lock);
        return before;
    }
    return before;
}

bool store_do(struct store *store, enum verb verb, weir_duplex client, weir_error *error)
{
    int64_t value = 0;
    weir_lock_take(&store->lock);
    if (store->writes > 1000) {
        store->writes = 0;
        weir_lock_give(&store->lock);
    } else {
        value = store->value;
        weir_lock_give(&store->lock);
    }
    if (verb == PUT && weir_await(weir_read_i64_be(client.reader), &value, error) != WEIR_READY)
        return false;
    value = apply(store, verb, value);
    return weir_await(weir_write_i64_be(client.writer, value), NULL, error) != WEIR_ERROR;
}
