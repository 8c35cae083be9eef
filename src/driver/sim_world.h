/* A simulated network: hosts with addresses, links between them, and what befalls these, on a clock
 * that jumps. What is drawn comes from one seed, so every run can be had again. One thread's.
 *
 * Each host has a table of system calls whose sockets are the world's: their descriptors begin at
 * 2^20, all others are of the table below. Calls never wait, but poll() with a timeout, which lets
 * the world's time pass. */
#ifndef WEIR_DRIVER_SIM_WORLD_H
#define WEIR_DRIVER_SIM_WORLD_H

#include "weir/sim.h"
#include "weir/sys.h"

typedef struct weir_world weir_world;
typedef struct weir_host weir_host;

enum { WEIR_WORLD_FD_FIRST = 1 << 20 };

static inline bool weir_world_has_fd(int fd)
{
    return fd >= WEIR_WORLD_FD_FIRST;
}

/* NULL: no memory. */
weir_world *weir_world_new(uint64_t seed);
/* What is still open is let go without a word to anybody. NULL: nothing. */
void weir_world_drop(weir_world *world);

/* ---- hosts ---- */

/* A host that has this numeric address, and its own loopback. "*": any address that no other host
 * has is its own. NULL: no memory, or no address. */
weir_host *weir_world_host(weir_world *world, const char *address);
/* Its sockets; files are the real ones. */
const weir_sys *weir_host_sys(weir_host *host);
weir_world *weir_host_world(weir_host *host);
/* As weir_host_sys() over another table than the real one. It stands in *room. */
struct weir_host_sys {
    weir_sys sys; /* first */
    weir_host *host;
};
void weir_host_sys_init(struct weir_host_sys *room, weir_host *host, const weir_sys *base);
/* Sockets that may be open there; it is 1000000 at first. */
void weir_host_fds_max(weir_host *host, unsigned max);
unsigned weir_host_fds(const weir_host *host);
/* It is gone: nothing comes from it or arrives there, ever again. Nobody is told. */
void weir_host_vanish(weir_host *host);

/* ---- links: what one host's packets to another one meet ---- */

typedef struct weir_link_options {
    uint64_t delay_ns;         /* 0: 20 us within a host, 200 us between two */
    uint64_t jitter_ns;        /* up to that much more, drawn; 0: as much as the delay */
    uint64_t bytes_per_second; /* of a connection; 0: no bound */
    uint32_t capacity; /* bytes of a connection under way or unread; 0: drawn, 1 to 256 KiB */
    uint32_t lost_per_million, doubled_per_million, late_per_million; /* datagrams */
    bool whole;   /* nothing is delivered, received or sent in drawn pieces */
    bool refuses; /* who wants to connect is refused */
} weir_link_options;

/* Both directions, or one. false: no memory. */
bool weir_world_link(weir_world *world, weir_host *a, weir_host *b, const weir_link_options *is);
bool weir_world_link_way(weir_world *world, weir_host *from, weir_host *to,
                         const weir_link_options *is);
/* Nothing arrives, in either direction, until it is healed. Who sent something, or wants to
 * connect, has ETIMEDOUT after 60 seconds. */
void weir_world_partition(weir_world *world, weir_host *a, weir_host *b);
void weir_world_heal(weir_world *world, weir_host *a, weir_host *b);
/* Every connection between the two is reset, at both ends. How many. */
unsigned weir_world_reset(weir_world *world, weir_host *a, weir_host *b);

/* ---- names ---- */

/* A name, its numeric addresses (with spaces between), how long it takes to find them, and the
 * EAI_* that comes then (0: none). false: no memory, or no address. Others are EAI_NONAME, but for
 * "localhost" and numeric ones. */
bool weir_world_name(weir_world *world, const char *name, const char *addresses, uint64_t delay_ns,
                     int error);

/* ---- time ---- */

uint64_t weir_world_now_ns(const weir_world *world);
/* Its wall clock: each world begins with the year 2026. */
int64_t weir_world_unix_ns(const weir_world *world);
/* The next event; WEIR_FOREVER of driver.h: there is none. */
uint64_t weir_world_due_ns(const weir_world *world);
/* Jumps to the next event, if it is due by then, and lets it happen. false: to that time, if it is
 * not for ever. */
bool weir_world_step(weir_world *world, uint64_t until_ns);
/* As a look at a clock: it is a little later then. */
uint64_t weir_world_look_ns(weir_world *world);
/* Lets everything happen, and all runtimes there have their turns, until that time, or until
 * nothing is left to happen. */
void weir_world_run(weir_world *world, uint64_t until_ns);
/* Calls it once, in that many ns. false: no memory. */
bool weir_world_after(weir_world *world, uint64_t ns, void (*fn)(void *arg), void *arg);

/* The next number drawn from the seed; below limit (> 0). */
uint64_t weir_world_random(weir_world *world);
uint64_t weir_world_draw(weir_world *world, uint64_t limit);

/* ---- who stands in it: runtimes, turned in drawn order ---- */

struct weir_world_member {
    uint64_t (*due_ns)(struct weir_world_member *member); /* it has something to do then */
    void (*turn)(struct weir_world_member *member);       /* does it; waits for nothing */
    struct weir_world_member *next, **link;
};

void weir_world_join(weir_world *world, struct weir_world_member *member);
void weir_world_leave(struct weir_world_member *member);
/* At most one stands in it. */
bool weir_world_is_empty(const weir_world *world);
/* The next thing that happens, if it is due by then: an event, or the turn of another member than
 * this one. false: there is none, and it is that time now (if that is not for ever). */
bool weir_world_go_on(weir_world *world, const struct weir_world_member *who, uint64_t until_ns);

/* What it has allocated; what the program under test has is the rest. */
size_t weir_world_memory(const weir_world *world);
/* Connections that at least one end has open. */
unsigned weir_world_connections(const weir_world *world);

#endif
