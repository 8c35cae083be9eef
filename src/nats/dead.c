/* What nobody is to try again: kept on a subject, if one was named, and given up. */

#include <string.h>

#include "nats/message.h"
#include "nats/source.h"
#include "weir/alloc.h"

/* Those that it came with, but for what the server put there. */
static natsStatus add_headers(natsMsg *from, natsMsg *to)
{
    weir_header headers[WEIR_NATS_HEADERS_MAX];
    int n = weir_nats_headers(from, headers, WEIR_NATS_HEADERS_MAX);
    natsStatus status = NATS_OK;
    for (int i = 0; i < n && status == NATS_OK; i++)
        if (strncmp(headers[i].name, "Nats-", 5) != 0)
            status = natsMsgHeader_Add(to, headers[i].name, headers[i].value);
    return status;
}

static natsStatus add_reason(const natsMsg *from, natsMsg *to, const char *reason)
{
    natsStatus status = natsMsgHeader_Set(to, "Weir-Subject", natsMsg_GetSubject(from));
    if (status == NATS_OK && reason)
        status = natsMsgHeader_Set(to, "Weir-Reason", reason);
    return status;
}

/* What is said beside its bytes; each is less than the one before. */
enum beside { ALL_HEADERS, THE_REASON, NOTHING };

static natsStatus keep(const struct weir_nats_link *link, natsMsg *message, const char *reason,
                       const char *answer, enum beside beside)
{
    natsMsg *made = NULL;
    natsStatus status = natsMsg_Create(&made, link->dead, answer, natsMsg_GetData(message),
                                       natsMsg_GetDataLength(message));
    if (status == NATS_OK && beside == ALL_HEADERS)
        status = add_headers(message, made);
    if (status == NATS_OK && beside != NOTHING)
        status = add_reason(message, made, reason);
    if (status == NATS_OK)
        status = natsConnection_PublishMsg(link->connection, made);
    natsMsg_Destroy(made);
    return status;
}

/* A message may be as large as the server takes without what is said beside it. answer: the subject
 * of one; NULL: none is waited for. */
static bool is_kept(const struct weir_nats_link *link, natsMsg *message, const char *reason,
                    const char *answer)
{
    natsStatus status = NATS_MAX_PAYLOAD;
    for (enum beside i = ALL_HEADERS; status == NATS_MAX_PAYLOAD && i <= NOTHING; i++)
        status = keep(link, message, reason, answer, i);
    return status == NATS_OK;
}

/* ---- what a stream says of them ---- */

/* It stands among those that wait, as an open message and a user of the link. NULL: no memory. */
static struct weir_nats_buried *enter_grave(struct weir_nats_link *link, natsMsg *message)
{
    const char *subject = natsMsg_GetReply(message);
    size_t n = strlen(subject) + 1;
    struct weir_nats_buried *self = weir_allocate(sizeof *self + n);
    if (!self)
        return NULL;
    self->bytes = sizeof *self + n;
    memcpy(self->subject, subject, n);
    weir_nats_link_enter(link);
    pthread_mutex_lock(&link->lock);
    self->number = ++link->grave.number;
    self->next = link->buried;
    link->buried = self;
    link->receipts++;
    pthread_mutex_unlock(&link->lock);
    return self;
}

/* NULL: it is forgotten already. number 0: any. */
static struct weir_nats_buried *leave_grave(struct weir_nats_link *link, uint64_t number)
{
    struct weir_nats_buried *found = NULL;
    pthread_mutex_lock(&link->lock);
    for (struct weir_nats_buried **at = &link->buried; *at; at = &(*at)->next)
        if (!number || (*at)->number == number) {
            found = *at;
            *at = found->next;
            link->receipts--;
            break;
        }
    pthread_mutex_unlock(&link->lock);
    return found;
}

static void forget(struct weir_nats_link *link, struct weir_nats_buried *self)
{
    weir_release(self, self->bytes);
    weir_waker_cell_wake(&link->waiter); /* it may wait for room */
    weir_nats_link_leave(link);
}

/* Without a body nobody was there. */
static bool says_stored(const natsMsg *message)
{
    return natsMsg_GetDataLength(message) && !weir_nats_says_no(message);
}

void weir_nats_on_buried(natsConnection *connection, natsSubscription *subscription,
                         natsMsg *message, void *ask)
{
    struct weir_nats_link *link = ((struct weir_nats_ask *)ask)->link;
    uint64_t number = weir_nats_last_number(natsMsg_GetSubject(message));
    struct weir_nats_buried *one = number ? leave_grave(link, number) : NULL;
    (void)connection;
    (void)subscription;
    if (one && says_stored(message))
        weir_nats_say(link, one->subject, "+TERM");
    natsMsg_Destroy(message);
    if (one)
        forget(link, one);
}

void weir_nats_forget_buried(struct weir_nats_link *link)
{
    for (struct weir_nats_buried *one; (one = leave_grave(link, 0));)
        forget(link, one);
}

static void bury_and_wait(struct weir_nats_link *link, natsMsg *message, const char *reason)
{
    char answer[96];
    struct weir_nats_buried *one = enter_grave(link, message);
    if (!one)
        return;
    uint64_t number = one->number; /* the answer may come before it is out of here */
    weir_format(answer, sizeof answer, "%s.%llu", link->grave.inbox, (unsigned long long)number);
    if (!is_kept(link, message, reason, answer) && (one = leave_grave(link, number)))
        forget(link, one);
}

/* Where nobody answers, in this order on one connection. What could not be kept is not ended: it
 * comes again behind the ack wait. */
void weir_nats_bury(struct weir_nats_link *link, natsMsg *message, const char *reason)
{
    pthread_mutex_lock(&link->lock);
    bool waits = link->dead && link->graves_answer;
    pthread_mutex_unlock(&link->lock);
    if (waits)
        bury_and_wait(link, message, reason);
    else if (!link->dead || is_kept(link, message, reason, NULL))
        weir_nats_say(link, natsMsg_GetReply(message), "+TERM");
}

void weir_nats_bury_large(struct weir_nats_link *link, natsMsg *message)
{
    char reason[160];
    weir_message about;
    weir_nats_message(message, &about);
    weir_format(reason, sizeof reason,
                "message %llu of stream '%s' has %zu bytes, or its headers are over a limit",
                (unsigned long long)about.offset, link->stream, about.value.size);
    weir_nats_bury(link, message, reason);
}

/* Without a subject for it somebody is to hear of it. */
static void give_up(struct weir_nats_source *self, natsMsg *message, uint32_t tries)
{
    char reason[80];
    weir_format(reason, sizeof reason, "was given %u times, and never acknowledged", tries - 1);
    weir_nats_bury(self->link, message, reason);
    if (self->link->dead)
        natsMsg_Destroy(message);
    else
        self->gone = message;
}

natsMsg *weir_nats_take_next(struct weir_nats_source *self, uint64_t *due, weir_message *out)
{
    natsMsg *message;
    while (!self->gone && (message = weir_nats_take(self->link, due))) {
        weir_nats_message(message, out);
        if (!weir_nats_is_tried_enough(self, out->tries))
            return message;
        give_up(self, message, out->tries);
    }
    return NULL;
}
