/* What nobody is to try again: kept on a subject, if one was named, and given up. */

#include "nats/message.h"
#include "nats/link.h"

/* As it came, with the reason. */
static void keep(const struct weir_nats_link *link, natsMsg *message, const char *reason)
{
    natsMsg *made = NULL;
    if (natsMsg_Create(&made, link->dead, NULL, natsMsg_GetData(message),
                       natsMsg_GetDataLength(message)) != NATS_OK)
        return;
    (void)natsMsgHeader_Set(made, "Weir-Subject", natsMsg_GetSubject(message));
    if (reason)
        (void)natsMsgHeader_Set(made, "Weir-Reason", reason);
    (void)natsConnection_PublishMsg(link->connection, made);
    natsMsg_Destroy(made);
}

/* In this order on one connection. */
void weir_nats_bury(struct weir_nats_link *link, natsMsg *message, const char *reason)
{
    if (link->dead)
        keep(link, message, reason);
    weir_nats_say(link, natsMsg_GetReply(message), "+TERM");
}

/* True: it was given more often than it may be, and is gone. */
static bool is_tried_enough(struct weir_nats_link *link, natsMsg *message, uint32_t tries)
{
    char reason[80];
    if (!link->tries_max || tries <= link->tries_max)
        return false;
    weir_format(reason, sizeof reason, "was given %u times, and never acknowledged", tries - 1);
    weir_nats_bury(link, message, reason);
    natsMsg_Destroy(message);
    return true;
}

natsMsg *weir_nats_take_next(struct weir_nats_link *link, uint64_t *due, weir_message *out)
{
    natsMsg *message;
    while ((message = weir_nats_take(link, due))) {
        weir_nats_message(message, out);
        if (!is_tried_enough(link, message, out->tries))
            break;
    }
    return message;
}
