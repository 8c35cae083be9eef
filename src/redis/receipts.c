/* Receipts, and what the server is told of them. */

#include "redis/receipts.h"

#include "weir/alloc.h"

#define MS_NS 1000000ull

static size_t bytes_of(uint32_t room)
{
    return sizeof(struct weir_redis_receipts) + room * sizeof(struct weir_redis_id);
}

struct weir_redis_receipts *weir_redis_receipts_new(uint32_t room)
{
    struct weir_redis_receipts *self = weir_allocate(bytes_of(room));
    if (self)
        *self = (struct weir_redis_receipts){.room = room};
    return self;
}

void weir_redis_receipts_drop(struct weir_redis_receipts *self)
{
    if (self)
        weir_release(self, bytes_of(self->room));
}

static void add_ids(struct weir_redis_link *link, const struct weir_redis_id *ids, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        weir_redis_id(link, ids[i].first, ids[i].second);
}

static bool ack(struct weir_redis_link *link, const weir_cx *cx, const struct weir_redis_group *of,
                uint32_t what, const struct weir_redis_id *ids, uint32_t n)
{
    weir_redis_ask(link, 3 + n);
    weir_redis_text(link, "XACK");
    weir_redis_text(link, of->key);
    weir_redis_text(link, of->group);
    add_ids(link, ids, n);
    return weir_redis_asks(link, cx, what, 0, 0);
}

static bool claim(struct weir_redis_link *link, const weir_cx *cx,
                  const struct weir_redis_group *of, uint32_t what, const struct weir_redis_id *ids,
                  uint32_t n, uint64_t idle_ns)
{
    weir_redis_ask(link, 8 + n);
    weir_redis_text(link, "XCLAIM");
    weir_redis_text(link, of->key);
    weir_redis_text(link, of->group);
    weir_redis_text(link, of->name);
    weir_redis_number(link, 0);
    add_ids(link, ids, n);
    weir_redis_text(link, "IDLE");
    weir_redis_number(link, idle_ns / MS_NS);
    weir_redis_text(link, "JUSTID");
    return weir_redis_asks(link, cx, what, 0, 0);
}

bool weir_redis_ack(struct weir_redis_link *link, const weir_cx *cx,
                    const struct weir_redis_group *of, uint32_t what,
                    const struct weir_redis_receipts *receipts)
{
    return ack(link, cx, of, what, receipts->ids, receipts->n);
}

bool weir_redis_claim(struct weir_redis_link *link, const weir_cx *cx,
                      const struct weir_redis_group *of, uint32_t what,
                      const struct weir_redis_receipts *receipts, uint32_t from, uint64_t idle_ns)
{
    return from >= receipts->n ||
           claim(link, cx, of, what, receipts->ids + from, receipts->n - from, idle_ns);
}

bool weir_redis_ack_one(struct weir_redis_link *link, const weir_cx *cx,
                        const struct weir_redis_group *of, uint32_t what, struct weir_redis_id id)
{
    return ack(link, cx, of, what, &id, 1);
}

bool weir_redis_claim_one(struct weir_redis_link *link, const weir_cx *cx,
                          const struct weir_redis_group *of, uint32_t what, struct weir_redis_id id,
                          uint64_t idle_ns)
{
    return claim(link, cx, of, what, &id, 1, idle_ns);
}
