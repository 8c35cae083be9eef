/* A hundred nodes under the mutex, then a turn for the others without it. */
#include <pthread.h>

#include <weir.h>

struct node {
    struct node *next;
    uint64_t expires;
};

static pthread_mutex_t nodes_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct node *nodes;

static size_t sweep_some(uint64_t now, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&nodes_mutex);
    for (struct node **at = &nodes; n < max && *at;) {
        if ((*at)->expires > now) {
            at = &(*at)->next;
            continue;
        }
        *at = (*at)->next;
        n++;
    }
    pthread_mutex_unlock(&nodes_mutex);
    return n;
}

size_t sweep(uint64_t now)
{
    size_t n, all = 0;
    do {
        n = sweep_some(now, 100);
        all += n;
    } while (n == 100 && weir_pause());
    return all;
}
