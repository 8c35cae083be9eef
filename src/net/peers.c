/* peers: how many connections an address has. A row stands in the table while there is one, so that
 * it never has more rows than there are connections. */

#include "net/peers.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "core/table.h"

struct weir_peers {
    pthread_mutex_t lock; /* connections are closed on all workers */
    struct weir_table counts;
    uint32_t max;
    bool dropped;
};

struct weir_peer_count {
    struct weir_peers *all;
    uint32_t n;
};

/* Compared byte by byte. */
struct key {
    uint16_t family;
    unsigned char host[16];
};

struct weir_peers *weir_peers_new(const weir_sys *sys, uint32_t max)
{
    struct weir_peers *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    *self = (struct weir_peers){.max = max};
    pthread_mutex_init(&self->lock, NULL);
    weir_table_init(&self->counts, sizeof(struct key), sizeof(struct weir_peer_count), SIZE_MAX,
                    sys->random(sys));
    return self;
}

/* NULL: as many as it may, or no memory. */
static struct weir_peer_count *peers_count_of(struct weir_peers *self, const struct key *key)
{
    struct weir_peer_count *count = weir_table_find(&self->counts, key);
    if (!count && (count = weir_table_add(&self->counts, key)))
        count->all = self;
    if (!count || count->n == self->max)
        return NULL;
    count->n++;
    return count;
}

bool weir_peers_enter(struct weir_peers *self, const weir_sys *sys, int fd,
                      struct weir_peer_count **out)
{
    struct weir_peer peer = {0};
    struct key key = {0};
    weir_socket_note_peer(sys, fd, &peer);
    *out = NULL;
    if (!peer.family)
        return true;
    key.family = peer.family;
    memcpy(key.host, peer.host, sizeof key.host);
    pthread_mutex_lock(&self->lock);
    *out = peers_count_of(self, &key);
    pthread_mutex_unlock(&self->lock);
    return *out;
}

/* Whoever is the last one frees it. */
static void unlock(struct weir_peers *self)
{
    bool over = self->dropped && !self->counts.n;
    pthread_mutex_unlock(&self->lock);
    if (!over)
        return;
    weir_table_fini(&self->counts);
    pthread_mutex_destroy(&self->lock);
    weir_release(self, sizeof *self);
}

void weir_peers_leave(struct weir_peer_count *count)
{
    if (!count)
        return;
    struct weir_peers *self = count->all;
    pthread_mutex_lock(&self->lock);
    if (--count->n == 0)
        weir_table_remove(&self->counts, count);
    unlock(self);
}

void weir_peers_drop(struct weir_peers *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->dropped = true;
    unlock(self);
}
