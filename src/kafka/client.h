/* What a source and a sink have in common: a handle of librdkafka, what it says, and its end.
 *
 * librdkafka's threads put what happens into queues. They wake the worker when a queue was empty;
 * so whoever waits has taken everything out before. */
#ifndef WEIR_KAFKA_CLIENT_H
#define WEIR_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "weir/implement.h"

/* Something to be told, once. */
struct weir_kafka_news {
    bool is; /* there is some */
    bool fatal;
    weir_code code;
    uint64_t record;
    const char *cure;
    char text[240];
};

struct weir_kafka_client {
    weir_waker_cell waiter;
    rd_kafka_conf_t *conf; /* until it begins */
    rd_kafka_t *rk;        /* NULL: it did not begin */
    rd_kafka_queue_t *queue;
    const char *at;
    struct weir_kafka_news news;
    char why[160];       /* what was said of a connection last; empty: nothing, or it is over */
    bool heard;          /* of a broker */
    bool tls_fails;      /* that was what `why` says */
    bool failed;         /* something fatal was noted */
    bool lost;           /* no broker is there, which was told */
    uint64_t lost_at_ns; /* ... since when */
    uint64_t now_ns;     /* of the latest poll */

    /* At the end, on a thread of its own, or where none can be made on the caller's: whatever is
     * left to do before the handle goes, and after. false: it must not go, and stays for ever. */
    bool (*finish)(struct weir_kafka_client *self);
    void (*release)(struct weir_kafka_client *self);
    uint64_t drain_ns; /* how long that may take, as the end of the program sees it */
};

/* An option and its value; the last has no name. */
struct weir_kafka_setting {
    const char *name, *value;
};

/* What is usual here (NULL: nothing is), which a user may say otherwise; what we need; and what a
 * user adds. false: why stands in *news, and there is no conf. */
bool weir_kafka_configure(struct weir_kafka_client *self, const struct weir_kafka_setting *usual,
                          const struct weir_kafka_setting *ours, const char *const *theirs);

/* Makes the handle. false: why stands in news. */
bool weir_kafka_begin(struct weir_kafka_client *self, rd_kafka_type_t type);

/* Wakes the worker when something stands in this queue; NULL: no queue of it does any more. */
void weir_kafka_listen(struct weir_kafka_client *self, rd_kafka_queue_t *queue);

/* For good: nobody polls it any more. `finish` and `release` follow. */
void weir_kafka_end(struct weir_kafka_client *self);

/* What is not told yet gives way only to what is fatal. False: it does not, and this is not told.
 */
WEIR_PRINTF(4, 5)
bool weir_kafka_note(struct weir_kafka_client *self, weir_code code, bool fatal, const char *format,
                     ...);

/* What an error says about connections and permissions; nothing else is told of. */
void weir_kafka_note_error(struct weir_kafka_client *self, rd_kafka_resp_err_t code,
                           const char *says);

/* Something came from a broker. */
void weir_kafka_note_life(struct weir_kafka_client *self);

/* READY: there is nothing to tell. */
weir_poll weir_kafka_tell(struct weir_kafka_client *self, weir_cx *cx);

#endif
