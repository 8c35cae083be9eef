/* A pool of connections. Each is counted at its host from the moment that somebody may make it;
 * who comes when all are in use stands in a queue, and is served in order: one host's being busy
 * keeps nobody waiting for another one. */

#include <string.h>

#include "core/stage.h"
#include "http/client_h2.h"
#include "weir/alloc.h"

enum { HOST_MAX = 6, ALL_MAX = 64 };
#define CLIENT_POOL_IDLE_NS 30000000000ull

/* Connections to it are alike: one may be used for what another was made for. */
struct weir_http_host {
    struct weir_http_host *next;
    unsigned refs; /* seats and links that rest */
    unsigned open; /* connections, and rights to make one */
    bool secure;
    struct weir_http_link *shared; /* of HTTP/2: in use, and open for more; NULL: none */
    struct weir_http_way way;
    size_t size;
    char address[];
};

struct weir_http_client {
    unsigned refs;
    weir_http_pool_options options;
    const weir_worker *worker; /* whose it is, while anything is open */
    struct weir_http_host *hosts;
    struct weir_http_link *first, *last; /* that rest; the longest first */
    struct weir_http_seat *first_seat, *last_seat;
    unsigned open, idle;
};

/* ---- hosts ---- */

static bool is_way_to(const struct weir_http_host *self, const struct weir_url *url,
                      const struct weir_http_way *way)
{
    bool same_way = self->way.dial == way->dial && self->way.arg == way->arg;
    bool same_tls = !url->secure || self->way.tls == way->tls;
    return self->secure == url->secure && same_way && same_tls &&
           !strcmp(self->address, url->dialled);
}

static struct weir_http_host *host_new(const struct weir_url *url, const struct weir_http_way *way)
{
    size_t n = strlen(url->dialled) + 1, size = sizeof(struct weir_http_host) + n;
    struct weir_http_host *self = weir_allocate(size);
    if (!self)
        return NULL;
    memset(self, 0, size);
    self->size = size;
    self->secure = url->secure;
    self->way = *way;
    self->way.tls = url->secure ? weir_tls_context_ref(way->tls) : NULL;
    memcpy(self->address, url->dialled, n);
    return self;
}

static struct weir_http_host *host_take(weir_http_client *client, const struct weir_url *url,
                                        const struct weir_http_way *way)
{
    struct weir_http_host *host = client->hosts;
    while (host && !is_way_to(host, url, way))
        host = host->next;
    if (!host) {
        host = host_new(url, way);
        if (!host)
            return NULL;
        host->next = client->hosts;
        client->hosts = host;
    }
    host->refs++;
    return host;
}

static void host_let_go(weir_http_client *client, struct weir_http_host *host)
{
    if (--host->refs)
        return;
    struct weir_http_host **at = &client->hosts;
    while (*at != host)
        at = &(*at)->next;
    *at = host->next;
    weir_tls_context_unref(host->way.tls);
    weir_release(host, host->size);
}

static void count_closed(weir_http_client *client, struct weir_http_host *host)
{
    host->open--;
    client->open--;
    host_let_go(client, host);
}

/* ---- those that rest ---- */

static void client_pool_rest(weir_http_client *client, struct weir_http_link *link)
{
    link->client = client;
    link->next = NULL;
    link->prev = client->last;
    *(client->last ? &client->last->next : &client->first) = link;
    client->last = link;
    client->idle++;
}

static void rise(weir_http_client *client, struct weir_http_link *link)
{
    *(link->prev ? &link->prev->next : &client->first) = link->next;
    *(link->next ? &link->next->prev : &client->last) = link->prev;
    link->client = NULL;
    client->idle--;
    weir_timer_stop(&link->idle);
}

static void close_resting(weir_http_client *client, struct weir_http_link *link)
{
    rise(client, link);
    count_closed(client, link->host);
    weir_http_link_close(link, NULL);
}

/* The one that rests there for the shortest time: the peer has the least reason to have closed it.
 */
static struct weir_http_link *take_resting(weir_http_client *client,
                                           const struct weir_http_host *host)
{
    struct weir_http_link *link = client->last;
    while (link && (link->host != host || (link->h2 && !weir_http2c_is_open(link))))
        link = link->prev;
    if (!link)
        return NULL;
    rise(client, link);
    host_let_go(client, link->host); /* its seat holds it */
    link->host = NULL;
    return link;
}

/* ---- the queue ---- */

static void enqueue(weir_http_client *client, struct weir_http_seat *seat)
{
    seat->queued = true;
    seat->next = NULL;
    seat->prev = client->last_seat;
    *(client->last_seat ? &client->last_seat->next : &client->first_seat) = seat;
    client->last_seat = seat;
}

static void unqueue(weir_http_client *client, struct weir_http_seat *seat)
{
    *(seat->prev ? &seat->prev->next : &client->first_seat) = seat->next;
    *(seat->next ? &seat->next->prev : &client->last_seat) = seat->prev;
    seat->queued = false;
}

/* Where all are open, one that rests somewhere else makes room. */
static bool may_open(weir_http_client *client, const struct weir_http_host *host)
{
    if (host->open >= client->options.host_max)
        return false;
    if (client->open >= client->options.all_max && client->first)
        close_resting(client, client->first);
    return client->open < client->options.all_max;
}

/* Its peer takes another request beside those that are under way. */
static bool client_pool_join(struct weir_http_seat *seat)
{
    struct weir_http_link *link = seat->host->shared;
    if (!link || !weir_http2c_is_open(link))
        return false;
    link->users++;
    seat->link = link;
    seat->shared = true;
    return true;
}

static bool grant(weir_http_client *client, struct weir_http_seat *seat)
{
    if (client_pool_join(seat)) {
        seat->granted = true;
        return true;
    }
    seat->link = take_resting(client, seat->host);
    if (!seat->link) {
        if (!may_open(client, seat->host))
            return false;
        seat->host->open++;
        client->open++;
    }
    seat->granted = true;
    return true;
}

static void client_pool_serve(weir_http_client *client)
{
    for (struct weir_http_seat *seat = client->first_seat, *next; seat; seat = next) {
        next = seat->next;
        if (!grant(client, seat))
            continue;
        unqueue(client, seat);
        weir_waker_slot_wake(&seat->waker);
    }
}

/* ---- seats ---- */

static bool client_pool_fail_elsewhere(weir_cx *cx)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "the client belongs to the worker that used it first");
    cx->error.cure = "a loop with WEIR_PAR_OPTIONS(.local = true), or a client for each worker";
    return false;
}

bool weir_http_seat_take(struct weir_http_seat *self, weir_cx *cx, weir_http_client *client,
                         const struct weir_url *url, const struct weir_http_way *way)
{
    *self = (struct weir_http_seat){.granted = !client};
    if (!client)
        return true;
    if (client->open && client->worker != cx->worker)
        return client_pool_fail_elsewhere(cx);
    client->worker = cx->worker;
    self->host = host_take(client, url, way);
    if (!self->host) {
        weir_fail(cx, WEIR_E_MEMORY, "no memory for a connection");
        return false;
    }
    self->client = weir_http_client_ref(client);
    enqueue(client, self);
    client_pool_serve(client);
    return true;
}

weir_poll weir_http_seat_poll(struct weir_http_seat *self, weir_cx *cx)
{
    if (self->granted)
        return (weir_poll){0, WEIR_READY};
    return weir_wait(cx, &self->waker, WEIR_WAIT_PEER);
}

/* Its client sees what is free now. */
static void clear(struct weir_http_seat *self)
{
    weir_http_client *client = self->client;
    weir_waker_slot_clear(&self->waker);
    *self = (struct weir_http_seat){0};
    client_pool_serve(client);
    weir_http_client_unref(client);
}

/* The count of connections that was the seat's is the link's from now on. Where another one was
 * there first this is nobody else's. */
void weir_http_seat_share(struct weir_http_seat *self, struct weir_http_link *link)
{
    struct weir_http_host *host = self->host;
    if (!self->client || (host->shared && weir_http2c_is_open(host->shared)))
        return;
    host->shared = link;
    host->refs++;
    link->host = host;
    link->users = 1;
    self->shared = true;
    client_pool_serve(self->client);
}

/* True: nobody uses it any more, and it is the caller's. */
static bool client_pool_part(struct weir_http_link *link)
{
    struct weir_http_host *host = link->host;
    if (--link->users)
        return false;
    if (host->shared == link)
        host->shared = NULL;
    return true;
}

static void leave_shared(struct weir_http_seat *self, struct weir_http_link *link)
{
    weir_http_client *client = self->client;
    if (client_pool_part(link)) {
        count_closed(client, link->host);
        weir_http_link_close(link, NULL);
    }
    host_let_go(client, self->host);
    clear(self);
}

void weir_http_seat_leave(struct weir_http_seat *self)
{
    weir_http_client *client = self->client;
    if (self->shared) {
        leave_shared(self, self->link);
        return;
    }
    if (self->link)
        weir_http_link_close(self->link, NULL);
    self->link = NULL;
    if (!client)
        return;
    if (self->queued) {
        unqueue(client, self);
        host_let_go(client, self->host);
    } else {
        count_closed(client, self->host);
    }
    clear(self);
}

/* It goes on to receive: what comes while it rests, its end too, is seen by who takes it next, who
 * would wait for it in vain if he began then. It is woken for the clock's sake alone. PENDING: it
 * may rest. */
static weir_poll set_idle(struct weir_http_link *link, weir_cx *cx, uint64_t idle_ns)
{
    weir_waker *outer = cx->waker;
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    cx->waker = &link->waker;
    weir_poll got = weir_poll_fill(link->io.reader, cx, 1);
    if (got.state == WEIR_READY && link->h2)
        got.state = WEIR_PENDING; /* its session has a use for it */
    if (got.state == WEIR_PENDING && cx->timers) {
        weir_timer_set(&link->idle, weir_after_ns(weir_clock_now_ns(cx), idle_ns));
        got = weir_timer_poll(cx, &link->idle);
    }
    cx->waker = outer;
    cx->wait_for = what;
    cx->waiting = waiting;
    return got;
}

void weir_http_seat_return(struct weir_http_seat *self, weir_cx *cx, struct weir_http_link *link)
{
    weir_http_client *client = self->client;
    if (self->shared && !client_pool_part(link)) {
        host_let_go(client, self->host);
        clear(self);
        return;
    }
    if (self->shared) { /* the count is the seat's again */
        host_let_go(client, link->host);
        self->shared = false;
        self->link = NULL;
    }
    if (!client || set_idle(link, cx, client->options.idle_ns).state != WEIR_PENDING) {
        weir_http_link_close(link, cx);
        weir_http_seat_leave(self);
        return;
    }
    link->host = self->host;
    client_pool_rest(client, link);
    clear(self);
}

void weir_http_link_expire(struct weir_http_link *link)
{
    weir_http_client *client = link->client;
    if (!client)
        return;
    close_resting(client, link);
    client_pool_serve(client);
}

/* ---- clients ---- */

weir_http_client *weir_http_client_new(const weir_http_pool_options *options)
{
    enum { FIRST = offsetof(weir_http_pool_options, tls) + sizeof(weir_tls_context *) };
    weir_http_client *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->refs = 1;
    weir_options_take(&self->options, sizeof self->options, options, FIRST);
    self->options.host_max += self->options.host_max ? 0 : HOST_MAX;
    self->options.all_max += self->options.all_max ? 0 : ALL_MAX;
    self->options.idle_ns += self->options.idle_ns ? 0 : CLIENT_POOL_IDLE_NS;
    weir_tls_context_ref(self->options.tls);
    return self;
}

weir_http_client *weir_http_client_ref(weir_http_client *client)
{
    client->refs++;
    return client;
}

/* Who waits, or has a connection in use, holds it. */
void weir_http_client_unref(weir_http_client *client)
{
    if (!client || --client->refs)
        return;
    while (client->first)
        close_resting(client, client->first);
    weir_tls_context_unref(client->options.tls);
    weir_release(client, sizeof *client);
}

size_t weir_http_client_open(const weir_http_client *client)
{
    return client->open;
}

size_t weir_http_client_idle(const weir_http_client *client)
{
    return client->idle;
}

weir_tls_context *weir_http_tls_usual(bool http2)
{
    static const char *const protocols[] = {"h2", "http/1.1", NULL};
    return weir_tls_client(&(weir_tls_options){.size = sizeof(weir_tls_options),
                                               .alpn = http2 ? protocols : protocols + 1});
}

weir_tls_context *weir_http_client_tls(weir_http_client *client)
{
    if (!client->options.tls)
        client->options.tls = weir_http_tls_usual(client->options.http2);
    return client->options.tls;
}
