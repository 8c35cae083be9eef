/* flush: whether the server has read what was published; cnats waits for it, so on a thread of the
 * pool. */

#include "nats/link.h"
#include "weir/blocking.h"
#include "weir/type.h"

enum { FLUSH_MS = 5000 };

struct flush {
    struct weir_nats_link *link;
};

static void flush_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_nats_link_leave(((struct flush *)item)->link);
}

static const weir_type flush_type = WEIR_TYPE_OWNING(struct flush, flush_drop);

static bool do_flush(struct flush *self, unsigned char *out, weir_error *error)
{
    natsStatus status = natsConnection_FlushTimeout(self->link->connection, FLUSH_MS);
    *out = 0;
    if (status == NATS_OK)
        return true;
    weir_error_set(error, WEIR_E_CLOSED, "cannot flush: %s", natsStatus_GetText(status));
    return false;
}
WEIR_BLOCKING_FN(flush_fn, do_flush, struct flush, unsigned char, .state = &flush_type,
                 .of = &weir_type_unit, .name = "flush")

weir_stream *weir_nats_flush(struct weir_nats_link *link)
{
    struct flush self = {link};
    weir_nats_link_enter(link);
    return weir_spawn_blocking(&flush_fn, &self);
}

uint64_t weir_nats_lives(const struct weir_nats_link *link)
{
    natsStatistics *counts = NULL;
    uint64_t lives = UINT64_MAX;
    if (natsStatistics_Create(&counts) == NATS_OK &&
        natsConnection_GetStats(link->connection, counts) == NATS_OK)
        (void)natsStatistics_GetCounts(counts, NULL, NULL, NULL, NULL, &lives);
    natsStatistics_Destroy(counts);
    return lives;
}
