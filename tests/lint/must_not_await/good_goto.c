/* One label gives the lock back, for all who go there; the waits stand before it was taken. */
#include <pthread.h>

#include <weir.h>

struct account {
    pthread_mutex_t mutex;
    int64_t cents;
};

bool withdraw(struct account *account, weir_duplex client, weir_error *error)
{
    int64_t cents, left = -1;
    if (weir_await(weir_read_i64_be(client.reader), &cents, error) != WEIR_READY)
        return false;
    pthread_mutex_lock(&account->mutex);
    if (cents <= 0)
        goto out;
    if (account->cents < cents)
        goto out;
    account->cents -= cents;
    left = account->cents;
out:
    pthread_mutex_unlock(&account->mutex);
    return weir_await(weir_write_i64_be(client.writer, left), NULL, error) != WEIR_ERROR;
}
