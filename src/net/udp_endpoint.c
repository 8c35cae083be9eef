/* Where datagrams come from and go to, and datagrams as items. */

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "core/stage.h"
#include "net/udp.h"

_Static_assert(sizeof(((weir_endpoint *)0)->at) >= sizeof(struct sockaddr_un),
               "every address fits");

static const unsigned char udp_endpoint_four_in_six[12] = {[10] = 0xff, [11] = 0xff};

static const struct sockaddr *address_of(const weir_endpoint *endpoint)
{
    return (const struct sockaddr *)endpoint->at;
}

/* ---- forms ---- */

static void make_four(weir_endpoint *endpoint)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four = {.sin_family = AF_INET};
    memcpy(&six, endpoint->at, sizeof six);
    if (memcmp(&six.sin6_addr, udp_endpoint_four_in_six, sizeof udp_endpoint_four_in_six) != 0)
        return;
    four.sin_port = six.sin6_port;
    memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, 4);
    *endpoint = (weir_endpoint){.n = sizeof four};
    memcpy(endpoint->at, &four, sizeof four);
}

static void make_six(struct weir_address *at)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    memcpy(&four, &at->at, sizeof four);
    six.sin6_port = four.sin_port;
    memcpy(&six.sin6_addr, udp_endpoint_four_in_six, sizeof udp_endpoint_four_in_six);
    memcpy(six.sin6_addr.s6_addr + 12, &four.sin_addr, 4);
    memcpy(&at->at, &six, sizeof six);
    at->n = sizeof six;
}

void weir_endpoint_settle(weir_endpoint *endpoint, uint32_t n)
{
    bool named = n > offsetof(struct sockaddr_un, sun_path);
    endpoint->n = !named ? 0 : n < sizeof endpoint->at ? n : sizeof endpoint->at;
    if (named && address_of(endpoint)->sa_family == AF_INET6)
        make_four(endpoint);
}

void weir_endpoint_fit(struct weir_address *out, const weir_endpoint *endpoint, int family)
{
    size_t n = endpoint->n < sizeof endpoint->at ? endpoint->n : sizeof endpoint->at;
    *out = (struct weir_address){.n = (socklen_t)n};
    memcpy(&out->at, endpoint->at, n);
    if (family == AF_INET6 && out->at.ss_family == AF_INET)
        make_six(out);
}

void weir_endpoint_from(weir_endpoint *out, const struct weir_address *at)
{
    *out = (weir_endpoint){.n = 0};
    memcpy(out->at, &at->at, at->n < sizeof out->at ? at->n : sizeof out->at);
    weir_endpoint_settle(out, at->n);
}

/* ---- for users ---- */

bool weir_endpoint_parse(weir_endpoint *out, const char *address)
{
    struct weir_address at;
    if (!weir_address_parse(&at, address))
        return false;
    weir_endpoint_from(out, &at);
    return true;
}

const char *weir_endpoint_text(const weir_endpoint *endpoint, char out[WEIR_ADDRESS_BYTES])
{
    if (endpoint->n)
        weir_address_text(address_of(endpoint), endpoint->n, out);
    else
        weir_format(out, WEIR_ADDRESS_BYTES, "unnamed");
    return out;
}

bool weir_endpoint_same(const weir_endpoint *a, const weir_endpoint *b)
{
    return a->n == b->n && memcmp(a->at, b->at, a->n) == 0;
}

/* ---- items ---- */

_Static_assert(sizeof(weir_datagram) == sizeof(weir_owned_datagram) &&
                   offsetof(weir_datagram, truncated) == offsetof(weir_owned_datagram, truncated),
               "an owned datagram may be read as a view of itself");

void weir_owned_datagram_drop(weir_owned_datagram *datagram)
{
    if (datagram->data)
        weir_release(datagram->data, datagram->n + 1);
    *datagram = (weir_owned_datagram){.data = NULL};
}

static void drop_owned(const weir_type *type, void *item)
{
    (void)type;
    weir_owned_datagram_drop(item);
}

/* Both kinds have the same members. */
static bool udp_endpoint_own(const weir_type *type, void *out, const void *in)
{
    (void)type;
    const weir_datagram *from = in;
    weir_owned_datagram *to = out;
    char *data = weir_allocate(from->n + 1);
    *to = (weir_owned_datagram){data, from->n, from->from, from->truncated};
    if (!data)
        return false;
    if (from->n)
        memcpy(data, from->data, from->n);
    data[from->n] = '\0';
    return true;
}

static bool udp_endpoint_same(const weir_type *type, const void *a, const void *b)
{
    (void)type;
    const weir_datagram *x = a, *y = b;
    return x->n == y->n && x->truncated == y->truncated && weir_endpoint_same(&x->from, &y->from) &&
           (!x->n || memcmp(x->data, y->data, x->n) == 0);
}

const weir_type weir_type_owned_datagram = {.name = "weir_owned_datagram",
                                            .size = sizeof(weir_owned_datagram),
                                            .align = _Alignof(weir_owned_datagram),
                                            .drop = drop_owned,
                                            .clone = udp_endpoint_own,
                                            .same = udp_endpoint_same};
const weir_type weir_type_datagram = {.name = "weir_datagram",
                                      .size = sizeof(weir_datagram),
                                      .align = _Alignof(weir_datagram),
                                      .lent = true,
                                      .owned = &weir_type_owned_datagram,
                                      .own = udp_endpoint_own,
                                      .same = udp_endpoint_same};
