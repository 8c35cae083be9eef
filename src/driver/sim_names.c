/* Names of the simulated network. Who asks waits, so the world's time passes meanwhile. */

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "driver/sim_inside.h"

struct world_name {
    struct world_name *next;
    struct world_address addresses[WORLD_ADDRESSES];
    unsigned n;
    uint64_t delay_ns;
    int error;
    char text[64];
};

/* What is handed out; the list begins with it. */
struct answer {
    struct addrinfo info; /* first */
    struct sockaddr_storage at;
};

static bool take_addresses(struct world_name *name, const char *text)
{
    char one[64];
    for (size_t n; text[strspn(text, " ")]; text += n) {
        text += strspn(text, " ");
        n = strcspn(text, " ");
        if (n >= sizeof one || name->n == WORLD_ADDRESSES)
            return false;
        memcpy(one, text, n);
        one[n] = 0;
        if (!weir_world_address_parse(&name->addresses[name->n++], one))
            return false;
    }
    return true;
}

bool weir_world_name(weir_world *world, const char *text, const char *addresses, uint64_t delay_ns,
                     int error)
{
    struct world_name *name = weir_world_allocate(world, sizeof *name);
    if (!name)
        return false;
    *name = (struct world_name){.next = world->names, .delay_ns = delay_ns, .error = error};
    size_t n = strlen(text);
    if (n >= sizeof name->text || !take_addresses(name, addresses)) {
        weir_world_release(world, name, sizeof *name);
        return false;
    }
    memcpy(name->text, text, n);
    world->names = name;
    return true;
}

void weir_world_names_drop(weir_world *world)
{
    for (struct world_name *name; (name = world->names);) {
        world->names = name->next;
        weir_world_release(world, name, sizeof *name);
    }
}

static weir_host *sim_names_host_of(const weir_sys *sys)
{
    return WEIR_CONTAINER(sys, struct weir_host_sys, sys)->host;
}

/* Addresses of that name; *room is where those stand that are in no table. */
static const struct world_name *sim_names_look_up(const weir_world *world, const char *text,
                                                  struct world_name *room, bool numeric)
{
    *room = (struct world_name){.n = 1};
    if (!text)
        text = "127.0.0.1";
    if (weir_world_address_parse(&room->addresses[0], text))
        return room;
    if (numeric)
        return NULL;
    for (const struct world_name *name = world->names; name; name = name->next)
        if (strcmp(name->text, text) == 0)
            return name;
    if (strcmp(text, "localhost") != 0)
        return NULL;
    room->n = 2;
    weir_world_address_parse(&room->addresses[0], "127.0.0.1");
    weir_world_address_parse(&room->addresses[1], "::1");
    return room;
}

static bool read_port(const char *text, uint16_t *out)
{
    char *end = NULL;
    unsigned long port = text ? strtoul(text, &end, 10) : 0;
    *out = (uint16_t)port;
    return port < 65536 && (!text || (*text && !*end));
}

static struct addrinfo *sim_names_make(weir_world *world, struct world_address at, uint16_t port,
                                       const struct addrinfo *hints)
{
    struct answer *answer = weir_world_allocate(world, sizeof *answer);
    if (!answer)
        return NULL;
    uint32_t n = sizeof answer->at;
    bool maps = hints && hints->ai_family == AF_INET6 && at.family == AF_INET;
    int family = maps ? AF_INET6 : at.family;
    *answer = (struct answer){.info.ai_family = family,
                              .info.ai_socktype =
                                  hints && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM,
                              .info.ai_protocol = hints ? hints->ai_protocol : 0};
    at.port = port;
    answer->info.ai_addr = (struct sockaddr *)(void *)&answer->at;
    weir_world_address_write(&at, family, answer->info.ai_addr, &n);
    answer->info.ai_addrlen = n;
    return &answer->info;
}

static void names_free(const weir_sys *sys, struct addrinfo *list)
{
    while (list) {
        struct addrinfo *next = list->ai_next;
        weir_world_release(sim_names_host_of(sys)->world, list, sizeof(struct answer));
        list = next;
    }
}

static bool sim_names_wanted(const struct world_address *at, const struct addrinfo *hints)
{
    int family = hints ? hints->ai_family : AF_UNSPEC;
    return family == AF_UNSPEC || family == at->family ||
           (family == AF_INET6 && hints->ai_flags & AI_V4MAPPED);
}

static int names_resolve(const weir_sys *sys, const char *text, const char *port,
                         const struct addrinfo *hints, struct addrinfo **out)
{
    weir_world *world = sim_names_host_of(sys)->world;
    struct world_name room;
    uint16_t number;
    const struct world_name *name =
        sim_names_look_up(world, text, &room, hints && hints->ai_flags & AI_NUMERICHOST);
    if (!name)
        return EAI_NONAME;
    world->now_ns += name->delay_ns;
    if (name->error)
        return name->error;
    if (!read_port(port, &number))
        return EAI_SERVICE;
    *out = NULL;
    struct addrinfo **link = out;
    for (unsigned i = 0; i < name->n; i++) {
        if (!sim_names_wanted(&name->addresses[i], hints))
            continue;
        *link = sim_names_make(world, name->addresses[i], number, hints);
        if (!*link) {
            names_free(sys, *out);
            return EAI_MEMORY;
        }
        link = &(*link)->ai_next;
    }
    return *out ? 0 : EAI_NONAME;
}

void weir_world_names_fill(weir_sys *sys)
{
    sys->resolve = names_resolve;
    sys->resolve_free = names_free;
}
