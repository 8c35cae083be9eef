/* The link's life, and what is asked on it. */

#include "redis/link.h"

#include <string.h>

#include "weir/alloc.h"
#include "weir/implement.h"
#include "weir/ready.h"

enum { NUMBER_BYTES = 24, ID_BYTES = 48 };

/* ---- bytes ---- */

static bool has_room(struct weir_redis_bytes *self, size_t n)
{
    size_t used = self->end - self->begin;
    if (n <= self->room - self->end)
        return true;
    if (self->begin >= self->room / 2 && n <= self->room - used) {
        memmove(self->at, self->at + self->begin, used);
        self->begin = 0;
        self->end = used;
        return true;
    }
    size_t room = self->room ? self->room * 2 : 1024;
    while (room - self->end < n)
        room *= 2;
    char *at = weir_resize(self->at, self->room, room);
    if (!at)
        return false;
    self->at = at;
    self->room = room;
    return true;
}

static bool put(struct weir_redis_bytes *self, const void *bytes, size_t n)
{
    if (!has_room(self, n))
        return false;
    if (n)
        memcpy(self->at + self->end, bytes, n);
    self->end += n;
    return true;
}

/* "*3\r\n", "$5\r\n" */
static bool put_count(struct weir_redis_bytes *self, char kind, size_t n)
{
    char text[NUMBER_BYTES];
    size_t size = weir_format(text, sizeof text, "%c%zu\r\n", kind, n);
    return put(self, text, size);
}

static bool put_word(struct weir_redis_bytes *self, const void *bytes, size_t n)
{
    return put_count(self, '$', n) && put(self, bytes, n) && put(self, "\r\n", 2);
}

static void release_bytes(struct weir_redis_bytes *self)
{
    weir_release(self->at, self->room);
    *self = (struct weir_redis_bytes){0};
}

/* ---- the greeting ---- */

bool weir_redis_greet(struct weir_redis_link *self, uint32_t n, const char *const *words)
{
    self->last_greeting = self->greeting.end;
    bool fits = put_count(&self->greeting, '*', n);
    for (uint32_t i = 0; i < n && fits; i++)
        fits = put_word(&self->greeting, words[i], strlen(words[i]));
    self->greetings++;
    return fits;
}

void weir_redis_greet_instead(struct weir_redis_link *self, uint32_t n, const char *const *words)
{
    self->greeting.end = self->last_greeting;
    self->greetings--;
    weir_ignore(weir_redis_greet(self, n, words)); /* there is room */
}

/* It is known to serve only when it answers a PING. */
static bool begin_greeting(struct weir_redis_link *self, const weir_redis_at *at)
{
    const char *auth[3] = {"AUTH", at->user ? at->user : at->password, at->password};
    char number[NUMBER_BYTES];
    const char *select[] = {"SELECT", number}, *ping[] = {"PING"};
    weir_format(number, sizeof number, "%u", at->database);
    return (!at->password || weir_redis_greet(self, at->user ? 3 : 2, auth)) &&
           weir_redis_greet(self, 1, ping) && (!at->database || weir_redis_greet(self, 2, select));
}

/* ---- its life ---- */

/* The name that a certificate must have: without the port, and without brackets. */
static void name_host(char *host, const char *address)
{
    const char *colon = strrchr(address, ':');
    size_t n = colon ? (size_t)(colon - address) : strlen(address);
    bool brackets = n > 1 && address[0] == '[' && address[n - 1] == ']';
    memcpy(host, address + brackets, n - 2 * brackets);
    host[n - 2 * brackets] = '\0';
}

bool weir_redis_link_init(struct weir_redis_link *self, const weir_redis_at *at)
{
    const char *address = at->address ? at->address : "127.0.0.1:6379";
    size_t n = strlen(address) + 1;
    self->said_bytes = 2 * n;
    self->said = weir_allocate(self->said_bytes);
    if (!self->said)
        return false;
    memcpy(self->said, address, n);
    name_host(self->said + n, address);
    self->address = self->said;
    self->host = self->said + n;
    self->tls = weir_tls_context_ref(at->tls);
    return begin_greeting(self, at);
}

/* In fini nobody can wait: what the socket takes now is all that goes. */
static void say_last(struct weir_redis_link *self)
{
    size_t left = self->bytes.end - self->bytes.begin - self->sent;
    while (self->up && left) {
        const char *from = self->bytes.at + self->bytes.begin + self->sent;
        int64_t n = weir_try_write(self->io.writer, from, left);
        if (n <= 0)
            return;
        self->sent += (size_t)n;
        left -= (size_t)n;
    }
}

void weir_redis_link_end(struct weir_redis_link *self)
{
    if (self->dialled) {
        say_last(self);
        weir_duplex_drop(self->io);
    }
    weir_resp_end(&self->resp);
    weir_resp_reply_drop(&self->cut);
    weir_tls_context_unref(self->tls);
    release_bytes(&self->greeting);
    release_bytes(&self->bytes);
    weir_release(self->asked, self->room * sizeof *self->asked);
    weir_release(self->said, self->said_bytes);
}

size_t weir_redis_link_memory_max(size_t asked_bytes, uint32_t asked_max)
{
    size_t reply = 3 * (size_t)WEIR_REDIS_REPLY_BYTES_MAX; /* hiredis' bytes, texts, parts */
    return 3 * reply + 2 * asked_bytes + 2 * (size_t)asked_max * sizeof(struct weir_redis_asked);
}

/* ---- asking ---- */

void weir_redis_ask(struct weir_redis_link *self, uint32_t n)
{
    self->made = self->bytes.end - self->bytes.begin;
    self->failed = !put_count(&self->bytes, '*', n);
}

void weir_redis_word(struct weir_redis_link *self, const void *bytes, size_t n)
{
    self->failed = self->failed || !put_word(&self->bytes, bytes, n);
}

void weir_redis_text(struct weir_redis_link *self, const char *text)
{
    weir_redis_word(self, text, strlen(text));
}

void weir_redis_number(struct weir_redis_link *self, uint64_t number)
{
    char text[NUMBER_BYTES];
    weir_redis_word(self, text, weir_format(text, sizeof text, "%llu", (unsigned long long)number));
}

void weir_redis_id(struct weir_redis_link *self, uint64_t first, uint64_t second)
{
    char text[ID_BYTES];
    size_t n = weir_format(text, sizeof text, "%llu-%llu", (unsigned long long)first,
                           (unsigned long long)second);
    weir_redis_word(self, text, n);
}

static bool has_asked(struct weir_redis_link *self)
{
    if (self->n < self->room)
        return true;
    uint32_t room = self->room ? self->room * 2 : 16;
    struct weir_redis_asked *asked = weir_allocate(room * sizeof *asked);
    if (!asked)
        return false;
    for (uint32_t i = 0; i < self->n; i++)
        asked[i] = self->asked[(self->head + i) % self->room];
    weir_release(self->asked, self->room * sizeof *asked);
    self->asked = asked;
    self->room = room;
    self->head = 0;
    return true;
}

bool weir_redis_asks(struct weir_redis_link *self, const weir_cx *cx, uint32_t what, uint64_t first,
                     uint64_t second)
{
    size_t bytes = self->bytes.end - self->bytes.begin - self->made;
    if (self->failed || bytes > UINT32_MAX || !has_asked(self)) {
        self->bytes.end = self->bytes.begin + self->made;
        self->starved = true;
        return false;
    }
    if (!weir_redis_unheard(self))
        self->heard_ns = cx->now_ns;
    self->asked[(self->head + self->n++) % self->room] =
        (struct weir_redis_asked){what, (uint32_t)bytes, first, second};
    return true;
}

void weir_redis_let_go(struct weir_redis_link *self)
{
    uint32_t bytes = self->asked[self->head].bytes;
    self->head = (self->head + 1) % self->room;
    self->n--;
    self->heard--;
    self->heard_bytes -= bytes;
    self->bytes.begin += bytes;
    self->sent -= bytes;
    if (self->bytes.begin == self->bytes.end)
        self->bytes.begin = self->bytes.end = 0;
}
