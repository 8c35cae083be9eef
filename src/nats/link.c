/* The connection: what is shared, and how long it lives. */

#include "nats/link.h"

#include <string.h>
#include <time.h>

#include "weir/alloc.h"

enum { CLOSE_MS = 1000 };

#define OR(value, usual) ((value) ? (value) : (usual))

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *keep(char **at, const char *text)
{
    char *copy = text ? memcpy(*at, text, strlen(text) + 1) : NULL;
    *at += text_bytes(text);
    return copy;
}

static void keep_texts(struct weir_nats_link *self, const weir_nats_from *from, const char *server)
{
    char *at = (char *)(self + 1);
    self->at = keep(&at, server);
    self->credentials = keep(&at, from->credentials);
    self->stream = keep(&at, from->stream);
    self->consumer = keep(&at, from->consumer);
    self->create = keep(&at, from->create);
    self->dead = keep(&at, from->dead);
}

static void keep_limits(struct weir_nats_link *self, const weir_nats_from *from)
{
    self->ack_wait_ns = OR(from->ack_wait_ns, 10000000000ull);
    self->marks_max = OR(from->marks_max, 1024);
    self->receipts_max = OR(from->receipts_max, 65536);
    self->fetch_max = from->fetch_max;
    self->new_only = from->new_only;
    self->tries_max = from->tries_max;
    if (self->fetch_max > self->receipts_max)
        self->fetch_max = self->receipts_max;
    self->fetch_bytes_max = OR(from->fetch_bytes_max, (size_t)8 << 20);
    self->message_bytes_max = OR(from->message_bytes_max, (size_t)1 << 20);
}

static size_t ring_bytes(const struct weir_nats_link *self)
{
    return 2 * (size_t)self->fetch_max * sizeof *self->ring;
}

struct weir_nats_link *weir_nats_link_new(const weir_nats_from *from, natsMsgHandler on_message)
{
    const char *server = OR(from->at, "127.0.0.1:4222");
    size_t bytes = sizeof(struct weir_nats_link) + text_bytes(server) +
                   text_bytes(from->credentials) + text_bytes(from->stream) +
                   text_bytes(from->consumer) + text_bytes(from->create) + text_bytes(from->dead);
    struct weir_nats_link *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->bytes = bytes;
    self->users = self->refs = 1;
    keep_texts(self, from, server);
    keep_limits(self, from);
    self->on_message = on_message;
    self->ring = self->fetch_max ? weir_allocate(ring_bytes(self)) : NULL;
    if (self->fetch_max && !self->ring) {
        weir_release(self, bytes);
        return NULL;
    }
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        self->asks[i].link = self;
    self->grave.link = self;
    pthread_mutex_init(&self->lock, NULL);
    return self;
}

/* ---- links that are being closed, which the end of the program waits for a moment ---- */

enum { END_WAIT_S = 1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_closed = PTHREAD_COND_INITIALIZER;
static unsigned closing;

static void count_closing(unsigned more)
{
    pthread_mutex_lock(&lock);
    closing += more;
    if (!closing)
        pthread_cond_broadcast(&all_closed);
    pthread_mutex_unlock(&lock);
}

/* What was given back is still on its way: the server would wait for it until the ack wait is over.
 */
__attribute__((destructor)) static void wait_for_closing(void)
{
    struct timespec until;
    timespec_get(&until, TIME_UTC);
    until.tv_sec += END_WAIT_S;
    pthread_mutex_lock(&lock);
    while (closing && pthread_cond_timedwait(&all_closed, &lock, &until) == 0)
        ;
    pthread_mutex_unlock(&lock);
}

/* ---- how long it lives ---- */

/* cnats is done with it. */
void weir_nats_link_unref(struct weir_nats_link *self)
{
    if (__atomic_fetch_sub(&self->refs, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        natsSubscription_Destroy(self->asks[i].subscription);
    natsSubscription_Destroy(self->grave.subscription);
    natsConnection_Destroy(self->connection);
    weir_waker_cell_clear(&self->waiter);
    pthread_mutex_destroy(&self->lock);
    if (self->ring)
        weir_release(self->ring, ring_bytes(self));
    if (self->release)
        self->release(self);
    weir_release(self, self->bytes);
    count_closing(-1u);
}

void weir_nats_link_enter(struct weir_nats_link *self)
{
    __atomic_fetch_add(&self->users, 1, __ATOMIC_RELAXED);
}

/* What was acknowledged last may stand in the socket still, and is lost if something else comes
 * while it is closed: so the server has read it before. */
void weir_nats_link_close(struct weir_nats_link *self)
{
    pthread_mutex_lock(&self->lock);
    bool closes = self->gone && !self->closed && (self->cut || !self->coming);
    bool hears = self->up && !self->cut;
    self->closed |= closes;
    pthread_mutex_unlock(&self->lock);
    if (!closes)
        return;
    if (hears)
        (void)natsConnection_FlushTimeout(self->connection, CLOSE_MS);
    natsConnection_Close(self->connection);
}

void weir_nats_link_leave(struct weir_nats_link *self)
{
    if (__atomic_fetch_sub(&self->users, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    count_closing(1);
    weir_nats_ask_no_more(self);
    weir_nats_give_back(self);
    pthread_mutex_lock(&self->lock);
    self->gone = true;
    pthread_mutex_unlock(&self->lock);
    weir_nats_link_close(self);
    weir_nats_link_unref(self);
}
