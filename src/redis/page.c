/* Pages: entries of a stream as messages. */

#include "redis/page.h"

#include <string.h>

#include "weir/alloc.h"

enum { KEPT_BYTES = 256 << 10 };

static uint64_t number_at(const char **at, const char *end)
{
    uint64_t number = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        number = number * 10 + (uint64_t)(**at - '0');
    return number;
}

struct weir_redis_id weir_redis_read_id(weir_line text)
{
    const char *at = text.data, *end = at + text.size;
    struct weir_redis_id id = {.first = number_at(&at, end)};
    at += at < end;
    id.second = number_at(&at, end);
    return id;
}

/* ---- taken ---- */

/* Entries are pairs of an id and its fields; of a deleted one there is no pair, or no fields. */
static void read_entries(struct weir_redis_page *self, uint32_t list, uint32_t max)
{
    const struct weir_resp_reply *reply = &self->reply;
    uint32_t n = weir_resp_at(reply, list).n, at = list + 1, behind;
    for (; n && self->n < max && weir_resp_is_whole(reply, at, &behind); n--, at = behind) {
        struct weir_resp_part entry = weir_resp_at(reply, at), fields = weir_resp_at(reply, at + 2);
        if (entry.kind != WEIR_RESP_ARRAY || entry.n != 2)
            continue;
        bool there = fields.kind == WEIR_RESP_ARRAY;
        self->receipts->ids[self->n] = weir_redis_read_id(weir_resp_text(reply, at + 1));
        self->entries[self->n] = (struct weir_redis_entry){there ? at + 2 : 0, 1};
        self->receipts->n = ++self->n;
    }
}

bool weir_redis_page_take(struct weir_redis_page *self, struct weir_resp_reply *from, uint32_t list,
                          uint32_t max)
{
    uint32_t n = weir_resp_at(from, list).n;
    self->n = self->at = self->unknown = 0;
    if (weir_resp_at(from, list).kind != WEIR_RESP_ARRAY || !n)
        return true;
    self->receipts = weir_redis_receipts_new(n < max ? n : max);
    if (!self->receipts)
        return false;
    struct weir_resp_reply old = self->reply;
    self->reply = *from;
    *from = old;
    from->n = 0;
    from->used = 0;
    read_entries(self, list, max);
    return true;
}

void weir_redis_page_clear(struct weir_redis_page *self)
{
    size_t bytes = self->reply.bytes_room + self->reply.room * sizeof *self->reply.parts;
    if (bytes > KEPT_BYTES)
        weir_resp_reply_drop(&self->reply);
    self->n = self->at = self->unknown = 0;
}

/* ---- given ---- */

static bool is_called(weir_line name, const char *what)
{
    return name.size == strlen(what) && !memcmp(name.data, what, name.size);
}

/* The first field is the value where none is called so. */
static uint32_t value_of(const struct weir_resp_reply *reply, uint32_t fields)
{
    uint32_t n = weir_resp_at(reply, fields).n;
    for (uint32_t i = 0; i + 1 < n; i += 2)
        if (is_called(weir_resp_text(reply, fields + 1 + i), "value"))
            return i;
    return 0;
}

static void add_header(weir_message *out, weir_header *headers, weir_line name, weir_line value)
{
    if (out->n_headers < WEIR_REDIS_HEADERS_MAX)
        headers[out->n_headers] = (weir_header){name.data, value.data};
    out->n_headers++;
}

bool weir_redis_page_message(const struct weir_redis_page *self, uint32_t i, weir_message *out,
                             weir_header *headers)
{
    const struct weir_resp_reply *reply = &self->reply;
    struct weir_redis_id id = self->receipts->ids[i];
    uint32_t fields = self->entries[i].fields, n = weir_resp_at(reply, fields).n;
    uint32_t value = value_of(reply, fields);
    size_t bytes = 0;
    *out = (weir_message){.value = {"", 0},
                          .partition = -1,
                          .tries = self->entries[i].tries,
                          .offset = (int64_t)id.first,
                          .sub_offset = id.second,
                          .time_ns = (int64_t)(id.first * 1000000),
                          .headers = headers};
    for (uint32_t k = 0; k + 1 < n; k += 2) {
        weir_line name = weir_resp_text(reply, fields + 1 + k);
        weir_line text = weir_resp_text(reply, fields + 2 + k);
        if (k == value)
            out->value = text;
        else if (!out->key.data && is_called(name, "key"))
            out->key = text;
        else {
            add_header(out, headers, name, text);
            bytes += name.size + text.size;
        }
    }
    return out->n_headers <= WEIR_REDIS_HEADERS_MAX && bytes <= WEIR_REDIS_HEADERS_BYTES_MAX;
}
