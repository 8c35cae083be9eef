/* What nobody is to try again: kept on a subject, if one was named, and given up. */

#include <string.h>

#include "nats/message.h"
#include "nats/source.h"

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
                       enum beside beside)
{
    natsMsg *made = NULL;
    natsStatus status = natsMsg_Create(&made, link->dead, NULL, natsMsg_GetData(message),
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

/* A message may be as large as the server takes without what is said beside it. */
static bool is_kept(const struct weir_nats_link *link, natsMsg *message, const char *reason)
{
    natsStatus status = NATS_MAX_PAYLOAD;
    for (enum beside i = ALL_HEADERS; status == NATS_MAX_PAYLOAD && i <= NOTHING; i++)
        status = keep(link, message, reason, i);
    return status == NATS_OK;
}

/* In this order on one connection. What could not be kept is not ended: it comes again behind the
 * ack wait. */
void weir_nats_bury(struct weir_nats_link *link, natsMsg *message, const char *reason)
{
    if (!link->dead || is_kept(link, message, reason))
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
