/* resolve: getaddrinfo on another thread. */

#include "net/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "core/format.h"
#include "core/system_text.h"
#include "driver/driver.h"
#include "weir/blocking.h"

struct name {
    const weir_sys *base;
    unsigned port;
    char host[WEIR_ADDRESS_BYTES];
};

/* The next one of a family, from `at` on. */
static const struct addrinfo *resolve_next_of(const struct addrinfo *at, int family)
{
    while (at && (at->ai_family != family || at->ai_addrlen > sizeof(struct sockaddr_storage)))
        at = at->ai_next;
    return at;
}

static void resolve_add(struct weir_addresses *out, const struct addrinfo *at)
{
    struct weir_address *address = &out->all[out->n++];
    memset(address, 0, sizeof *address);
    memcpy(&address->at, at->ai_addr, at->ai_addrlen);
    address->n = at->ai_addrlen;
}

/* The system's order within a family; its first family begins. */
static void resolve_interleave(struct weir_addresses *out, const struct addrinfo *list)
{
    int first = list->ai_family, second = first == AF_INET ? AF_INET6 : AF_INET;
    const struct addrinfo *a = resolve_next_of(list, first), *b = resolve_next_of(list, second);

    while ((a || b) && out->n < WEIR_ADDRESSES_MAX) {
        if (a)
            resolve_add(out, a);
        if (b && out->n < WEIR_ADDRESSES_MAX)
            resolve_add(out, b);
        a = a ? resolve_next_of(a->ai_next, first) : NULL;
        b = b ? resolve_next_of(b->ai_next, second) : NULL;
    }
}

static const char *resolve_cure_of(int code)
{
    return code == EAI_AGAIN ? "try again: the name server did not answer"
                             : "look at the name; `getent ahosts NAME` asks the same";
}

static bool resolve_look_up(struct name *name, struct weir_addresses *out, weir_error *error)
{
    weir_sys room;
    const weir_sys *sys = weir_sys_whole(&room, name->base);
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    char port[16];
    out->n = 0;
    weir_format(port, sizeof port, "%u", name->port);
    int code = sys->resolve(sys, name->host, port, &hints, &list);
    if (!code && list)
        resolve_interleave(out, list);
    if (list)
        sys->resolve_free(sys, list);
    if (!code && out->n)
        return true;
    int number = code == EAI_SYSTEM ? errno : 0;
    weir_error_set(error, WEIR_E_SYSTEM, "cannot find '%s': %s", name->host,
                   number ? weir_errno_text(number) : gai_strerror(code ? code : EAI_NONAME));
    error->number = number;
    error->cure = resolve_cure_of(code);
    return false;
}
WEIR_BLOCKING_FN(look_up_fn, resolve_look_up, struct name, struct weir_addresses)

/* A table that completes another stands in the driver, which may go before the thread is done. */
weir_stream *weir_resolve(const weir_driver *driver, const char *host, unsigned port)
{
    bool completed = driver->sys == &driver->whole;
    struct name name = {.base = completed ? driver->whole.base : driver->sys, .port = port};
    weir_format(name.host, sizeof name.host, "%s", host);
    return weir_spawn_blocking(&look_up_fn, &name);
}
