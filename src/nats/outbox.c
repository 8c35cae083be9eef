/* What was published: kept until it is stored. */

#include "nats/outbox.h"

#include <string.h>

#include "nats/message.h"
#include "weir/alloc.h"

#define ANSWER_NS 5000000000ull     /* then it is asked again */
#define NOBODY_NS 250000000ull      /* ... where nobody stores it */
#define NOBODY_MAX_NS 5000000000ull /* a server that starts has no streams at first */

static struct weir_nats_outbox *outbox_of(const struct weir_nats_link *link)
{
    return link->outbox;
}

static struct weir_nats_sent *sent_at(struct weir_nats_outbox *self, uint64_t number)
{
    return &self->sent[number % self->room];
}

static size_t bytes_of(uint32_t room)
{
    return sizeof(struct weir_nats_outbox) + room * sizeof(struct weir_nats_sent);
}

static void release(struct weir_nats_link *link)
{
    struct weir_nats_outbox *self = outbox_of(link);
    for (uint64_t i = self->first; i < self->next; i++)
        natsMsg_Destroy(sent_at(self, i)->message);
    weir_release(self, bytes_of(self->room));
}

struct weir_nats_outbox *weir_nats_outbox_new(struct weir_nats_link *link, uint32_t room,
                                              uint64_t silent_max_ns)
{
    struct weir_nats_outbox *self = weir_allocate(bytes_of(room));
    if (!self)
        return NULL;
    memset(self, 0, bytes_of(room));
    self->room = room;
    self->silent_max_ns = silent_max_ns;
    self->nobody_max_ns = silent_max_ns < NOBODY_MAX_NS ? silent_max_ns : NOBODY_MAX_NS;
    link->outbox = self;
    link->release = release;
    return self;
}

/* ---- what the stream answers, on cnats' thread ---- */

/* {"stream":"S","seq":7}, or {"error":{"code":400,"description":"..."}}; without a body nobody was
 * there. */
static enum weir_nats_answer meaning_of(const natsMsg *message)
{
    if (!natsMsg_GetDataLength(message))
        return WEIR_NATS_NOBODY;
    if (!weir_nats_says_no(message))
        return WEIR_NATS_STORED;
    bool later = strstr(weir_nats_text(message), "\"code\":503");
    return later ? WEIR_NATS_NOBODY : WEIR_NATS_WRONG;
}

static void note_wrong(struct weir_nats_outbox *self, const natsMsg *message)
{
    static const char name[] = "\"description\":\"";
    const char *words = strstr(weir_nats_text(message), name);
    weir_format(self->wrong, sizeof self->wrong, "%s", words ? words + sizeof name - 1 : "refused");
    char *end = strchr(self->wrong, '"');
    if (end)
        *end = '\0';
}

void weir_nats_on_stored(natsConnection *connection, natsSubscription *subscription,
                         natsMsg *message, void *closure)
{
    struct weir_nats_link *link = ((struct weir_nats_ask *)closure)->link;
    struct weir_nats_outbox *self = outbox_of(link);
    uint64_t number = weir_nats_last_number(natsMsg_GetSubject(message));
    (void)connection;
    (void)subscription;
    pthread_mutex_lock(&link->lock);
    if (number >= self->first && number < self->next &&
        sent_at(self, number)->answer != WEIR_NATS_STORED) {
        enum weir_nats_answer answer = meaning_of(message);
        sent_at(self, number)->answer = answer;
        if (weir_nats_says_no(message))
            note_wrong(self, message);
    }
    pthread_mutex_unlock(&link->lock);
    natsMsg_Destroy(message);
    weir_waker_cell_wake(&link->waiter);
}

/* ---- on the worker ---- */

void weir_nats_outbox_reply(const struct weir_nats_link *link, char *out, size_t size)
{
    weir_format(out, size, "%s.%llu", link->asks[0].inbox,
                (unsigned long long)outbox_of(link)->next);
}

static size_t size_of(const natsMsg *message)
{
    return (size_t)natsMsg_GetDataLength(message) + WEIR_NATS_MESSAGE_OVERHEAD;
}

natsStatus weir_nats_outbox_put(struct weir_nats_link *link, natsMsg *message, uint64_t now_ns)
{
    struct weir_nats_outbox *self = outbox_of(link);
    struct weir_nats_sent sent = {
        .message = message, .again_ns = now_ns + ANSWER_NS, .since_ns = now_ns};
    pthread_mutex_lock(&link->lock);
    *sent_at(self, self->next++) = sent;
    pthread_mutex_unlock(&link->lock);
    self->bytes += size_of(message);
    return natsConnection_PublishMsg(link->connection, message);
}

/* It may have been stored: the stream knows its id. */
static void publish_again(struct weir_nats_link *link, struct weir_nats_sent *sent, uint64_t now_ns)
{
    sent->again_ns = now_ns + (sent->nobody_ns ? NOBODY_NS : ANSWER_NS);
    (void)natsConnection_PublishMsg(link->connection, sent->message);
}

/* NONE: it is waited for. */
static enum weir_nats_answer look_at(struct weir_nats_link *link, struct weir_nats_sent *sent,
                                     uint64_t now_ns, bool again)
{
    enum weir_nats_answer answer = sent->answer;
    if (again) { /* of the connection before nobody can say more */
        sent->since_ns = now_ns;
        sent->nobody_ns = 0;
    }
    if (answer == WEIR_NATS_NOBODY) {
        sent->answer = WEIR_NATS_NONE;
        sent->nobody_ns = sent->nobody_ns ? sent->nobody_ns : now_ns;
        if (now_ns - sent->nobody_ns >= outbox_of(link)->nobody_max_ns)
            return WEIR_NATS_NOBODY;
        sent->again_ns = now_ns + NOBODY_NS;
        answer = WEIR_NATS_NONE;
    }
    bool silent = link->up && now_ns - sent->since_ns >= outbox_of(link)->silent_max_ns;
    if (answer == WEIR_NATS_NONE && silent)
        return sent->nobody_ns ? WEIR_NATS_NOBODY : WEIR_NATS_SILENT;
    if (answer == WEIR_NATS_NONE && (again || now_ns >= sent->again_ns))
        publish_again(link, sent, now_ns);
    return answer;
}

static void let_go(struct weir_nats_outbox *self)
{
    struct weir_nats_sent *sent = sent_at(self, self->first++);
    self->bytes -= size_of(sent->message);
    natsMsg_Destroy(sent->message);
}

enum weir_nats_answer weir_nats_outbox_look(struct weir_nats_link *link, uint64_t now_ns, bool all)
{
    struct weir_nats_outbox *self = outbox_of(link);
    enum weir_nats_answer answer = WEIR_NATS_STORED;
    pthread_mutex_lock(&link->lock);
    for (uint64_t i = self->first; i < self->next; i++) {
        answer = look_at(link, sent_at(self, i), now_ns, all);
        if (answer > WEIR_NATS_STORED)
            break;
        if (answer == WEIR_NATS_STORED && i == self->first)
            let_go(self);
    }
    pthread_mutex_unlock(&link->lock);
    return answer;
}

bool weir_nats_outbox_has_news(struct weir_nats_outbox *self)
{
    if (self->first != self->next && sent_at(self, self->first)->answer != WEIR_NATS_NONE)
        return true;
    for (uint64_t i = self->first; i < self->next; i++)
        if (sent_at(self, i)->answer > WEIR_NATS_STORED)
            return true;
    return false;
}

uint64_t weir_nats_outbox_again_ns(const struct weir_nats_link *link)
{
    struct weir_nats_outbox *self = outbox_of(link);
    uint64_t again_ns = UINT64_MAX;
    for (uint64_t i = self->first; i < self->next; i++)
        if (sent_at(self, i)->again_ns < again_ns)
            again_ns = sent_at(self, i)->again_ns;
    return again_ns;
}
