/* A map function looks names up, two calls deep: the whole worker waits for the name server. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <weir.h>

struct host {
    char name[64];
    char address[INET6_ADDRSTRLEN];
};

static int first_address(const char *name, char *out, size_t size)
{
    struct addrinfo *found, wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_STREAM;
    int code = getaddrinfo(name, NULL, &wanted, &found); // lint: blocking_in_async 16-27
    if (code)
        return code;
    code = getnameinfo(found->ai_addr, found->ai_addrlen, out, (socklen_t)size, NULL, 0,
                       NI_NUMERICHOST);
    freeaddrinfo(found);
    return code;
}

static bool resolve(struct host *host, weir_error *error)
{
    int code = first_address(host->name, host->address, sizeof host->address);
    if (code)
        return weir_error_set(error, WEIR_E_USER, "%s: %s", host->name, gai_strerror(code)), false;
    return true;
}

static bool with_address(struct host host, struct host *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = host;
    return resolve(out, error);
}
WEIR_TRY_MAP_FN(with_address_fn, with_address, struct host, struct host)

weir_stream *with_addresses(weir_stream *hosts)
{
    return weir_map(hosts, &with_address_fn, NULL);
}
