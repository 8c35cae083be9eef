/* Addresses of the simulated network: what sockaddr says, without its forms. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "driver/sim_inside.h"

static const unsigned char sim_address_four_in_six[12] = {[10] = 0xff, 0xff};

/* What is 4 in 6 is 4. */
static void take_six(struct world_address *out, const struct in6_addr *at)
{
    out->family = AF_INET6;
    memcpy(out->bytes, at, 16);
    if (memcmp(at, sim_address_four_in_six, sizeof sim_address_four_in_six) != 0)
        return;
    out->family = AF_INET;
    memcpy(out->bytes, at->s6_addr + 12, 4);
    memset(out->bytes + 4, 0, 12);
}

static int read_path(struct world_address *out, const struct sockaddr_un *at, uint32_t n)
{
    size_t room = n - offsetof(struct sockaddr_un, sun_path);
    room = room < sizeof out->path ? room : sizeof out->path;
    out->family = AF_UNIX;
    out->path_n = (uint16_t)(room && !at->sun_path[0] ? room : strnlen(at->sun_path, room));
    memcpy(out->path, at->sun_path, out->path_n);
    return 0;
}

int weir_world_address_read(struct world_address *out, const struct sockaddr *at, uint32_t n)
{
    *out = (struct world_address){0};
    if (n < sizeof at->sa_family)
        return -EINVAL;
    if (at->sa_family == AF_UNIX)
        return read_path(out, (const struct sockaddr_un *)(const void *)at, n);
    if (at->sa_family == AF_INET && n >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)at;
        out->family = AF_INET;
        out->port = ntohs(four->sin_port);
        memcpy(out->bytes, &four->sin_addr, 4);
        return 0;
    }
    if (at->sa_family == AF_INET6 && n >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)at;
        take_six(out, &six->sin6_addr);
        out->port = ntohs(six->sin6_port);
        return 0;
    }
    return at->sa_family == AF_INET || at->sa_family == AF_INET6 ? -EINVAL : -EAFNOSUPPORT;
}

static void sim_address_give(struct sockaddr *out, uint32_t *n, const void *at, size_t size)
{
    memcpy(out, at, *n < size ? *n : size);
    *n = (uint32_t)size;
}

static void write_six(const struct world_address *address, struct sockaddr *out, uint32_t *n)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
    memcpy(&six.sin6_addr, address->bytes, 16);
    if (address->family == AF_INET) {
        memcpy(&six.sin6_addr, sim_address_four_in_six, 12);
        memcpy(six.sin6_addr.s6_addr + 12, address->bytes, 4);
    }
    sim_address_give(out, n, &six, sizeof six);
}

void weir_world_address_write(const struct world_address *address, int family, struct sockaddr *out,
                              uint32_t *n)
{
    if (family == AF_UNIX) {
        struct sockaddr_un path = {.sun_family = AF_UNIX};
        size_t size = offsetof(struct sockaddr_un, sun_path) + address->path_n;
        bool named = address->path[0] && size < sizeof path; /* its NUL, where there is room */
        memcpy(path.sun_path, address->path, address->path_n);
        sim_address_give(out, n, &path, size + named);
        return;
    }
    if (family == AF_INET6) {
        write_six(address, out, n);
        return;
    }
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(address->port)};
    memcpy(&four.sin_addr, address->bytes, 4);
    sim_address_give(out, n, &four, sizeof four);
}

bool weir_world_address_parse(struct world_address *out, const char *text)
{
    struct in6_addr six;
    *out = (struct world_address){.family = AF_INET};
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        return true;
    if (inet_pton(AF_INET6, text, &six) != 1)
        return false;
    take_six(out, &six);
    return true;
}

bool weir_world_address_is_any(const struct world_address *address)
{
    static const unsigned char any[16];
    return address->family != AF_UNIX && memcmp(address->bytes, any, sizeof any) == 0;
}

bool weir_world_address_is_loopback(const struct world_address *address)
{
    static const unsigned char six[16] = {[15] = 1};
    return address->family == AF_INET ? address->bytes[0] == 127
                                      : memcmp(address->bytes, six, sizeof six) == 0;
}

bool weir_world_address_same(const struct world_address *a, const struct world_address *b)
{
    if (a->family != b->family)
        return false;
    if (a->family == AF_UNIX)
        return a->path_n == b->path_n && memcmp(a->path, b->path, a->path_n) == 0;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
