/* Room for more messages. A librdkafka before 2.2 whose queue was full looks whether there is room
 * once a second, so what a queue holds would be all that comes in one; a later one is told how
 * often it looks (fetch.queue.backoff.ms). */

#include <string.h>

#include "kafka/link.h"

enum { CREST_LEAST = 256, SECRET_BYTES = 512, LOOKS_ITSELF = 0x02020000 };

bool weir_kafka_looks_for_room(void)
{
    return rd_kafka_version() >= LOOKS_ITSELF;
}

/* Empty where there is none. False: it does not fit. */
static bool get(rd_kafka_t *rk, const char *name, char out[static SECRET_BYTES])
{
    size_t bytes = SECRET_BYTES;
    if (rd_kafka_conf_get(rd_kafka_conf(rk), name, out, &bytes) != RD_KAFKA_CONF_OK)
        out[0] = '\0';
    return bytes <= SECRET_BYTES;
}

/* Each thread of a broker goes once round its loop: who says a name and a password anew, also the
 * same or none, has that done, and it is the one call that does nothing else. */
static void wake_brokers(rd_kafka_t *rk)
{
    char name[SECRET_BYTES], password[SECRET_BYTES];
    if (get(rk, "sasl.username", name) && get(rk, "sasl.password", password))
        rd_kafka_error_destroy(rd_kafka_sasl_set_credentials(rk, name, password));
    explicit_bzero(password, sizeof password);
}

/* When it is half empty, there is still something while more is on its way. */
void weir_kafka_note_room(struct weir_kafka_link *link, size_t queued)
{
    if (queued > link->crest)
        link->crest = queued;
    if (link->crest < CREST_LEAST || queued > link->crest / 2)
        return;
    link->crest = queued;
    if (!weir_kafka_looks_for_room())
        wake_brokers(link->client.rk);
}
