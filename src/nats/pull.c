/* Requests for messages, and what comes for them. The server sends no more than was asked for: what
 * may still come and what stands in the ring are together at most the ring, and at most the bytes
 * of two requests. */

#include <string.h>

#include "nats/link.h"
#include "nats/message.h"

enum { DRAIN_MS = 2000 };

#define EXPIRES_NS 10000000000ull /* the server ends a request that waited so long */
#define GIVEN_UP_NS 2000000000ull /* ... and had that long to say so */
#define REFUSED_NS 100000000ull

/* ---- asked ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t rest(uint64_t all, uint64_t used)
{
    return used < all ? (uint32_t)(all - used) : 0;
}

/* Messages of the largest request. */
static uint32_t most(const struct weir_nats_link *link)
{
    uint32_t allowed = link->allowed.messages;
    uint32_t n = least(link->fetch_max, weir_nats_open_max(link));
    return allowed ? least(n, allowed) : n;
}

/* Messages that one more request may ask for. */
static uint32_t room(const struct weir_nats_link *link)
{
    uint32_t held = link->tail - link->head;
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        held += link->asks[i].left;
    uint32_t n = least(most(link), rest(2 * (uint64_t)link->fetch_max, held));
    return least(n, rest(weir_nats_open_max(link), (uint64_t)link->receipts + held));
}

/* The largest message that the server takes fits, or it would never come; unless the consumer
 * allows less. */
static size_t bytes_of_request(const struct weir_nats_link *link)
{
    int64_t payload = natsConnection_GetMaxPayload(link->connection);
    size_t needed = (payload > 0 ? (size_t)payload : 0) + 4 * WEIR_NATS_SUBJECT_BYTES;
    size_t bytes = needed > link->fetch_bytes_max ? needed : link->fetch_bytes_max;
    size_t allowed = link->allowed.bytes;
    return allowed && allowed < bytes ? allowed : bytes;
}

static size_t bytes_held(const struct weir_nats_link *link)
{
    size_t held = link->queued_bytes;
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        held += link->asks[i].bytes_left;
    return held;
}

static uint64_t wait_ns(const struct weir_nats_link *link)
{
    uint64_t allowed_ns = link->allowed.wait_ns;
    return allowed_ns && allowed_ns < EXPIRES_NS ? allowed_ns : EXPIRES_NS;
}

/* Who acknowledges nothing gets nothing twice: another consumer is asked for, which begins behind
 * what was taken. */
static void begin_anew(struct weir_nats_link *link)
{
    link->stale = true;
    link->happened |= WEIR_NATS_REFUSED;
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        link->asks[i].left = 0, link->asks[i].bytes_left = 0;
}

/* The server did not even say that its time is over: it may not know the consumer any more. */
static void give_up(struct weir_nats_link *link)
{
    if (link->consumer)
        link->happened |= WEIR_NATS_REFUSED;
    else
        begin_anew(link);
}

/* Small ones would cost more than they bring. */
static bool may_ask(struct weir_nats_link *link, struct weir_nats_ask *ask, uint64_t now_ns)
{
    bool silent = ask->left;
    if (silent && now_ns < ask->until_ns)
        return false;
    ask->left = 0;
    ask->bytes_left = 0;
    if (silent) {
        give_up(link);
        return false;
    }
    if (ask->refused)
        ask->again_ns = now_ns + REFUSED_NS;
    ask->refused = false;
    return now_ns >= ask->again_ns && room(link) >= (most(link) + 3) / 4 &&
           bytes_held(link) <= bytes_of_request(link);
}

/* Another one; its number is what its answers end with. */
static void begin(struct weir_nats_link *link, struct weir_nats_ask *ask, uint64_t now_ns)
{
    ask->left = ask->wanted = room(link);
    ask->bytes_left = bytes_of_request(link);
    ask->until_ns = now_ns + wait_ns(link) + GIVEN_UP_NS;
    ask->number++;
}

static natsStatus request(const struct weir_nats_link *link, const struct weir_nats_ask *wanted,
                          uint64_t expires_ns)
{
    char subject[WEIR_NATS_SUBJECT_BYTES], reply[96], body[128];
    weir_format(subject, sizeof subject, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", link->stream,
                weir_nats_consumer(link));
    weir_format(reply, sizeof reply, "%s.%llu", wanted->inbox, (unsigned long long)wanted->number);
    size_t n = weir_format(body, sizeof body, "{\"batch\":%u,\"max_bytes\":%zu,\"expires\":%llu}",
                           wanted->left, wanted->bytes_left, (unsigned long long)expires_ns);
    return natsConnection_PublishRequest(link->connection, subject, reply, body, (int)n);
}

void weir_nats_ask_more(struct weir_nats_link *link, uint64_t now_ns)
{
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++) {
        struct weir_nats_ask *ask = &link->asks[i];
        pthread_mutex_lock(&link->lock);
        bool asks = link->up && !link->leaving && !link->stale && may_ask(link, ask, now_ns);
        if (asks)
            begin(link, ask, now_ns);
        struct weir_nats_ask wanted = *ask; /* answers may come before it is out of here */
        uint64_t expires_ns = wait_ns(link);
        pthread_mutex_unlock(&link->lock);
        if (!asks || request(link, &wanted, expires_ns) == NATS_OK)
            continue;
        pthread_mutex_lock(&link->lock);
        ask->left = 0;
        pthread_mutex_unlock(&link->lock);
    }
}

/* False: there is no server to be told. */
static bool drain(const struct weir_nats_link *link)
{
    bool told = true;
    for (unsigned i = 0; i < WEIR_NATS_ASKS; i++)
        if (link->asks[i].subscription)
            told &= natsSubscription_DrainTimeout(link->asks[i].subscription, DRAIN_MS) == NATS_OK;
    return told;
}

/* Servers of 2.9 look for one who waits only after they have taken a message that came back off its
 * queue, and forget it until the ack wait is over if all who waited are gone. Whoever asks about
 * the consumer has those swept out before. */
static void sweep(const struct weir_nats_link *link)
{
    char subject[WEIR_NATS_SUBJECT_BYTES];
    if (!link->consumer)
        return;
    weir_format(subject, sizeof subject, "$JS.API.CONSUMER.INFO.%s.%s", link->stream,
                link->consumer);
    (void)natsConnection_PublishRequest(link->connection, subject, link->asks[0].inbox, "", 0);
}

void weir_nats_ask_no_more(struct weir_nats_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool known = link->leaving;
    link->leaving = true;
    bool up = link->up;
    pthread_mutex_unlock(&link->lock);
    if (known)
        return;
    bool told = up && drain(link);
    if (told)
        sweep(link);
    pthread_mutex_lock(&link->lock);
    link->cut |= !told;
    pthread_mutex_unlock(&link->lock);
}

uint64_t weir_nats_asked_until_ns(struct weir_nats_link *link, uint64_t now_ns)
{
    uint64_t until_ns = UINT64_MAX;
    pthread_mutex_lock(&link->lock);
    for (unsigned i = 0; i < WEIR_NATS_ASKS && !link->leaving; i++) {
        const struct weir_nats_ask *ask = &link->asks[i];
        uint64_t due_ns = ask->left ? ask->until_ns : ask->again_ns;
        if (due_ns > now_ns && due_ns < until_ns)
            until_ns = due_ns;
    }
    pthread_mutex_unlock(&link->lock);
    return until_ns;
}

/* ---- what comes, on cnats' thread ---- */

/* Receipts have room for so long a subject; a server has none that is longer. */
static bool is_message(const char *reply)
{
    return reply && strncmp(reply, "$JS.ACK.", 8) == 0 && strlen(reply) < WEIR_NATS_SUBJECT_BYTES;
}

static size_t bytes_of(const natsMsg *message)
{
    return (size_t)natsMsg_GetDataLength(message) + WEIR_NATS_MESSAGE_OVERHEAD;
}

/* Of the consumer that there is now, and not seen yet: its sequence; 0: it is neither. */
static uint64_t next_of(const struct weir_nats_link *link, natsMsg *message)
{
    weir_message about;
    const char *reply = natsMsg_GetReply(message), *name = strstr(reply, link->plain);
    weir_nats_message(message, &about);
    bool is_next = *link->plain && !link->stale && name && (uint64_t)about.offset > link->last;
    return is_next ? (uint64_t)about.offset : 0;
}

/* What comes for a request that was given up may be too much: it goes back. */
static bool put(struct weir_nats_ask *ask, natsMsg *message)
{
    struct weir_nats_link *link = ask->link;
    uint32_t size = 2 * link->fetch_max;
    size_t bytes = bytes_of(message);
    uint64_t next = link->consumer ? 0 : next_of(link, message);
    if (link->leaving || (!link->consumer && !next))
        return false;
    if (link->tail - link->head == size) {
        if (next)
            begin_anew(link);
        return false;
    }
    link->last = next;
    link->ring[link->tail++ % size] = (struct weir_nats_queued){message, link->tick + 2};
    link->queued_bytes += bytes;
    if (ask->left)
        ask->left--;
    ask->bytes_left = ask->left && bytes < ask->bytes_left ? ask->bytes_left - bytes : 0;
    return true;
}

static unsigned meaning_of(const struct weir_nats_ask *ask, const char *code, const char *words)
{
    if (!strcmp(code, "503"))
        return WEIR_NATS_REFUSED;
    if (!strcmp(code, "400"))
        return WEIR_NATS_DELETED;
    if (strcmp(code, "409") != 0)
        return 0;
    if (strstr(words, "Exceeded MaxRequest")) /* the next look finds what it allows */
        return WEIR_NATS_REFUSED;
    bool small = ask->refused && ask->link->allowed.bytes; /* for the message that is next */
    bool over = strstr(words, "Consumer Deleted") || strstr(words, "push based") ||
                (small && strstr(words, "Message Size Exceeds MaxBytes"));
    return over ? WEIR_NATS_DELETED : 0;
}

/* A request is over: nothing was there in its time, or the server says why not. */
static void note_status(struct weir_nats_ask *ask, natsMsg *message)
{
    struct weir_nats_link *link = ask->link;
    const char *code = "", *words = "";
    (void)natsMsgHeader_Get(message, "Status", &code);
    (void)natsMsgHeader_Get(message, "Description", &words);
    if (!code || !*code || !strcmp(code, "100"))
        return;
    pthread_mutex_lock(&link->lock);
    if (weir_nats_last_number(natsMsg_GetSubject(message)) == ask->number) {
        ask->refused = !strcmp(code, "409") && ask->left == ask->wanted;
        ask->left = 0;
        ask->bytes_left = 0;
        link->happened |= meaning_of(ask, code, words ? words : "");
        weir_format(link->refusal, sizeof link->refusal, "%s", words && *words ? words : code);
    }
    pthread_mutex_unlock(&link->lock);
}

static void refuse(struct weir_nats_link *link, natsMsg *message)
{
    if (link->consumer)
        weir_nats_say(link, natsMsg_GetReply(message), "-NAK");
    natsMsg_Destroy(message);
}

void weir_nats_on_message(natsConnection *connection, natsSubscription *subscription,
                          natsMsg *message, void *closure)
{
    struct weir_nats_ask *ask = closure;
    struct weir_nats_link *link = ask->link;
    const char *reply = natsMsg_GetReply(message);
    (void)connection;
    (void)subscription;
    if (is_message(reply)) {
        pthread_mutex_lock(&link->lock);
        bool kept = put(ask, message);
        pthread_mutex_unlock(&link->lock);
        if (!kept)
            refuse(link, message);
    } else {
        note_status(ask, message);
        natsMsg_Destroy(message);
    }
    weir_waker_cell_wake(&link->waiter);
}

/* ---- the ring, on the worker ---- */

natsMsg *weir_nats_take(struct weir_nats_link *link, uint64_t *due)
{
    natsMsg *message = NULL;
    pthread_mutex_lock(&link->lock);
    if (link->head != link->tail) {
        const struct weir_nats_queued *first = &link->ring[link->head++ % (2 * link->fetch_max)];
        message = first->message;
        *due = first->due;
        link->queued_bytes -= bytes_of(message);
    }
    pthread_mutex_unlock(&link->lock);
    return message;
}

void weir_nats_give_back(struct weir_nats_link *link)
{
    uint64_t due;
    for (natsMsg *message; (message = weir_nats_take(link, &due));)
        refuse(link, message);
}
