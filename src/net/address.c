/* Addresses as text, and as the kernel wants them. */

#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "core/format.h"

static bool numeric_v4(struct weir_address *out, const char *host, unsigned port)
{
    struct sockaddr_in *at = (struct sockaddr_in *)&out->at;
    if (inet_pton(AF_INET, host, &at->sin_addr) != 1)
        return false;
    at->sin_family = AF_INET;
    at->sin_port = htons((uint16_t)port);
    out->n = sizeof *at;
    return true;
}

/* With a zone: fe80::1%eth0. */
static bool numeric_v6(struct weir_address *out, const char *host, unsigned port)
{
    struct sockaddr_in6 *at = (struct sockaddr_in6 *)&out->at;
    char text[INET6_ADDRSTRLEN];
    size_t n = strcspn(host, "%");
    if (n >= sizeof text)
        return false;
    memcpy(text, host, n);
    text[n] = 0;
    if (inet_pton(AF_INET6, text, &at->sin6_addr) != 1)
        return false;
    at->sin6_scope_id = host[n] ? if_nametoindex(host + n + 1) : 0;
    at->sin6_family = AF_INET6;
    at->sin6_port = htons((uint16_t)port);
    out->n = sizeof *at;
    return true;
}

bool weir_address_numeric(struct weir_address *out, const char *host, unsigned port)
{
    memset(out, 0, sizeof *out);
    if (!host[0])
        return numeric_v6(out, "::", port);
    return numeric_v4(out, host, port) || numeric_v6(out, host, port);
}

bool weir_address_unix(struct weir_address *out, const char *path)
{
    struct sockaddr_un *at = (struct sockaddr_un *)&out->at;
    size_t n = strlen(path);
    memset(out, 0, sizeof *out);
    if (!n || n >= sizeof at->sun_path)
        return false;
    at->sun_family = AF_UNIX;
    memcpy(at->sun_path, path, n + 1);
    out->n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
    return true;
}

const char *weir_address_path(const char *address)
{
    return strncmp(address, "unix:", 5) ? NULL : address + 5;
}

static bool parse_port(const char *text, unsigned *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || value > 65535)
        return false;
    *port = (unsigned)value;
    return true;
}

bool weir_address_split(const char *address, char host[WEIR_ADDRESS_BYTES], unsigned *port)
{
    const char *colon = strrchr(address, ':');
    if (!colon || !parse_port(colon + 1, port))
        return false;
    size_t n = (size_t)(colon - address);
    bool bracketed = n >= 2 && address[0] == '[' && address[n - 1] == ']';
    if (!bracketed && memchr(address, ':', n))
        return false; /* of an IPv6 address without brackets nobody knows where it ends */
    address += bracketed;
    n -= bracketed ? 2 : 0;
    if (n >= WEIR_ADDRESS_BYTES)
        return false;
    memcpy(host, address, n);
    host[n] = 0;
    return true;
}

bool weir_address_parse(struct weir_address *out, const char *address)
{
    char host[WEIR_ADDRESS_BYTES];
    unsigned port;
    const char *path = weir_address_path(address);
    if (path)
        return weir_address_unix(out, path);
    return weir_address_split(address, host, &port) &&
           weir_address_numeric(out, strcmp(host, "localhost") ? host : "127.0.0.1", port);
}

static void text_of_unix(const struct sockaddr *at, socklen_t n, char out[WEIR_ADDRESS_BYTES])
{
    const struct sockaddr_un *path = (const struct sockaddr_un *)(const void *)at;
    char text[sizeof path->sun_path + 1] = "";
    size_t begin = offsetof(struct sockaddr_un, sun_path), room = sizeof path->sun_path;
    if (n > begin) /* a path as long as may be has no NUL */
        memcpy(text, path->sun_path, n - begin < room ? n - begin : room);
    weir_format(out, WEIR_ADDRESS_BYTES, "unix:%s", text);
}

void weir_address_text(const struct sockaddr *at, socklen_t n, char out[WEIR_ADDRESS_BYTES])
{
    char host[INET6_ADDRSTRLEN] = "";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)at;
    if (at->sa_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        weir_format(out, WEIR_ADDRESS_BYTES, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
    } else if (at->sa_family == AF_INET6) {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        if (mapped)
            inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, host, sizeof host);
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        weir_format(out, WEIR_ADDRESS_BYTES, mapped ? "%s:%u" : "[%s]:%u", host,
                    (unsigned)ntohs(v6->sin6_port));
    } else if (at->sa_family == AF_UNIX) {
        text_of_unix(at, n, out);
    } else {
        weir_format(out, WEIR_ADDRESS_BYTES, "a peer");
    }
}
