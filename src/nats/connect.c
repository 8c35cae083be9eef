/* The connection: what cnats tells of it, and how it is made. */

#include <string.h>

#include "nats/link.h"

/* ---- what cnats tells, on threads of its own ---- */

static void happen(struct weir_nats_link *self, bool up, unsigned what)
{
    pthread_mutex_lock(&self->lock);
    self->up = up;
    self->heard = true;
    self->happened |= what;
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        self->asks[i].left = 0; /* requests are forgotten with the connection */
    pthread_mutex_unlock(&self->lock);
    weir_waker_cell_wake(&self->waiter);
}

static void on_lost(natsConnection *connection, void *link)
{
    (void)connection;
    happen(link, false, WEIR_NATS_LOST);
    weir_nats_forget_buried(link);
}

static void on_back(natsConnection *connection, void *link)
{
    (void)connection;
    happen(link, true, WEIR_NATS_BACK);
}

static void on_closed(natsConnection *connection, void *link)
{
    (void)connection;
    happen(link, false, WEIR_NATS_OVER);
    weir_nats_forget_buried(link);
    weir_nats_link_unref(link);
}

/* Of what cnats would print. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *link)
{
    (void)connection;
    (void)subscription;
    (void)status;
    (void)link;
}

/* Nothing comes any more for a subscription. */
static void on_complete(void *closure)
{
    struct weir_nats_link *self = closure;
    pthread_mutex_lock(&self->lock);
    self->coming--;
    pthread_mutex_unlock(&self->lock);
    weir_waker_cell_wake(&self->waiter);
    weir_nats_link_close(self);
    weir_nats_link_unref(self);
}

/* ---- the first look makes it ---- */

enum {
    CONNECT_MS = 2000,
    RECONNECT_MS = 100,
    RECONNECT_BYTES = 1 << 20,
    PING_MS = 10000,
    PINGS_MAX = 2,   /* without an answer: the server is lost */
    WRITE_MS = 2000, /* a socket that takes nothing for so long is given up: a worker waits */
    SERVERS_MAX = 16
};

/* Names without a scheme, with commas between. */
static natsStatus set_servers(const struct weir_nats_link *self, natsOptions *options)
{
    char text[1024], *rest = text;
    const char *servers[SERVERS_MAX];
    int n = 0;
    if (weir_format(text, sizeof text, "%s", self->at) >= sizeof text)
        return NATS_INVALID_ARG;
    for (char *one; n < SERVERS_MAX && (one = strtok_r(rest, ",", &rest));)
        servers[n++] = one;
    return natsOptions_SetServers(options, servers, n);
}

static natsStatus set_options(struct weir_nats_link *self, natsOptions *options)
{
    natsStatus status[] = {
        set_servers(self, options),
        natsOptions_SetTimeout(options, CONNECT_MS),
        natsOptions_SetMaxReconnect(options, -1),
        natsOptions_SetReconnectWait(options, RECONNECT_MS),
        natsOptions_SetReconnectBufSize(options, RECONNECT_BYTES),
        natsOptions_SetPingInterval(options, PING_MS),
        natsOptions_SetMaxPingsOut(options, PINGS_MAX),
        natsOptions_SetWriteDeadline(options, WRITE_MS),
        natsOptions_UseGlobalMessageDelivery(options, true),
        natsOptions_SetDisconnectedCB(options, on_lost, self),
        natsOptions_SetReconnectedCB(options, on_back, self),
        natsOptions_SetClosedCB(options, on_closed, self),
        natsOptions_SetErrorHandler(options, on_error, self),
        self->credentials
            ? natsOptions_SetUserCredentialsFromFiles(options, self->credentials, NULL)
            : NATS_OK,
    };
    for (size_t i = 0; i < sizeof status / sizeof *status; i++)
        if (status[i] != NATS_OK)
            return status[i];
    return NATS_OK;
}

static natsStatus name_inbox(struct weir_nats_ask *ask)
{
    natsInbox *inbox = NULL;
    natsStatus status = natsInbox_Create(&inbox);
    if (status == NATS_OK)
        weir_format(ask->inbox, sizeof ask->inbox, "%s", inbox);
    natsInbox_Destroy(inbox);
    return status;
}

/* From here on something may come. */
static natsStatus watch(struct weir_nats_ask *ask)
{
    struct weir_nats_link *self = ask->link;
    __atomic_fetch_add(&self->refs, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&self->lock);
    self->coming++;
    pthread_mutex_unlock(&self->lock);
    natsStatus status = natsSubscription_SetOnCompleteCB(ask->subscription, on_complete, self);
    if (status != NATS_OK)
        on_complete(self);
    return status;
}

static natsStatus subscribe(struct weir_nats_ask *ask)
{
    struct weir_nats_link *self = ask->link;
    char subject[sizeof ask->inbox + 2];
    natsStatus status = name_inbox(ask);
    weir_format(subject, sizeof subject, "%s.*", ask->inbox);
    if (status == NATS_OK)
        status = natsConnection_Subscribe(&ask->subscription, self->connection, subject,
                                          self->on_message, ask);
    if (status == NATS_OK)
        status = watch(ask);
    if (status == NATS_OK) /* the requests limit it */
        return natsSubscription_SetPendingLimits(ask->subscription, -1, -1);
    natsSubscription_Destroy(ask->subscription);
    ask->subscription = NULL;
    return status;
}

/* As long as the connection: what a stream says of the dead comes also behind a stop. */
static void on_grave_complete(void *link)
{
    weir_nats_link_unref(link);
}

static natsStatus subscribe_grave(struct weir_nats_link *self)
{
    char subject[sizeof self->grave.inbox + 2];
    natsSubscription *made = NULL;
    natsStatus status = name_inbox(&self->grave);
    weir_format(subject, sizeof subject, "%s.*", self->grave.inbox);
    if (status == NATS_OK)
        status = natsConnection_Subscribe(&made, self->connection, subject, weir_nats_on_buried,
                                          &self->grave);
    if (status != NATS_OK)
        return status;
    __atomic_fetch_add(&self->refs, 1, __ATOMIC_RELAXED);
    status = natsSubscription_SetOnCompleteCB(made, on_grave_complete, self);
    if (status == NATS_OK) {
        self->grave.subscription = made;
        return NATS_OK;
    }
    natsSubscription_Destroy(made);
    weir_nats_link_unref(self);
    return status;
}

/* Those that there are not yet, where the look before failed at one. */
static natsStatus subscribe_all(struct weir_nats_link *self)
{
    natsStatus status = NATS_OK;
    unsigned n = self->ring ? WEIR_NATS_ASKS : 1; /* of a sink: its acknowledgements */
    for (unsigned i = 0; i < n && status == NATS_OK; i++)
        if (!self->asks[i].subscription)
            status = subscribe(&self->asks[i]);
    if (status == NATS_OK && self->dead && !self->grave.subscription)
        status = subscribe_grave(self);
    pthread_mutex_lock(&self->lock);
    if (!self->heard) /* later a status would be ahead of what cnats is still to tell */
        self->up = natsConnection_Status(self->connection) == NATS_CONN_STATUS_CONNECTED;
    pthread_mutex_unlock(&self->lock);
    return status;
}

/* A server that is not there yet is tried again by the next look: cnats, told to do so by itself
 * (SetRetryOnFailedConnect), gives up for good where one dies while it greets. */
static natsStatus begin(struct weir_nats_link *self, natsOptions *options)
{
    __atomic_fetch_add(&self->refs, 1, __ATOMIC_RELAXED); /* on_closed */
    natsStatus status = natsConnection_Connect(&self->connection, options);
    if (self->connection)
        return NATS_OK;
    weir_nats_link_unref(self);
    return status == NATS_NO_SERVER ? NATS_OK : status;
}

static natsStatus connect_once(struct weir_nats_link *self)
{
    natsOptions *options = NULL;
    natsStatus status = natsOptions_Create(&options);
    if (status == NATS_OK)
        status = set_options(self, options);
    if (status == NATS_OK)
        status = begin(self, options);
    natsOptions_Destroy(options);
    return status;
}

natsStatus weir_nats_connect(struct weir_nats_link *self)
{
    natsStatus status = self->connection ? NATS_OK : connect_once(self);
    return self->connection ? subscribe_all(self) : status;
}
