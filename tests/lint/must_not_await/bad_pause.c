/* A long walk that is polite to others, with the lock in its hand that they want. */
#include <pthread.h>

#include <weir.h>

struct node {
    struct node *next;
    uint64_t expires;
};

static pthread_mutex_t nodes_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct node *nodes;

size_t sweep(uint64_t now)
{
    size_t n = 0;
    bool on = true;
    pthread_mutex_lock(&nodes_mutex);
    for (struct node **at = &nodes; on && *at;) {
        if ((*at)->expires > now) {
            at = &(*at)->next;
            continue;
        }
        *at = (*at)->next;
        if (++n % 100 == 0)
            on = weir_pause(); // lint: must_not_await 18-28
    }
    pthread_mutex_unlock(&nodes_mutex);
    return n;
}
