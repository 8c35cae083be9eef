/* What the parts of the simulated network share. */
#ifndef WEIR_DRIVER_SIM_INSIDE_H
#define WEIR_DRIVER_SIM_INSIDE_H

#include <errno.h>
#include <string.h>

#include "core/timer.h"
#include "driver/sim_world.h"
#include "driver/sim_watch.h"
#include "weir/alloc.h"
#include "weir/implement.h"

enum {
    WORLD_MARKS = 16,         /* pieces of a connection that travel apart */
    WORLD_ADDRESSES = 4,      /* of a host */
    WORLD_DATAGRAMS = 64,     /* unread; more are lost */
    WORLD_FDS_MAX = 1000000,  /* of a host */
    WORLD_CAPACITY_BITS = 19, /* of a connection: below 2^18 */
    WORLD_OTHERS_MAX = 16,
    WORLD_TRIES = 60,         /* a second apart */
    WORLD_BACKLOG_MAX = 4096, /* connections that wait to be accepted */
};
#define WORLD_SECOND_NS 1000000000u

/* ---- addresses: of a socket, or of a path ---- */

/* What is 4 in 6 is 4. */
struct world_address {
    uint16_t family, port; /* 0: none */
    uint16_t path_n;
    unsigned char bytes[16];
    char path[108];
};

struct sockaddr;
int weir_world_address_read(struct world_address *out, const struct sockaddr *at, uint32_t n);
/* As a socket of that family says it; *n: its room, then its size. */
void weir_world_address_write(const struct world_address *address, int family, struct sockaddr *out,
                              uint32_t *n);
bool weir_world_address_parse(struct world_address *out, const char *text);
bool weir_world_address_is_any(const struct world_address *address);
bool weir_world_address_is_loopback(const struct world_address *address);
bool weir_world_address_same(const struct world_address *a,
                             const struct world_address *b); /* no port */

/* ---- what stands in the world ---- */

struct world_event {
    weir_timer timer;
    void (*fire)(struct world_event *event);
    bool set;
};

struct world_link {
    weir_host *from, *to;
    weir_link_options is;
    bool cut;
    struct world_link *next;
};

struct world_path {
    struct world_address at;
    struct world_socket *socket; /* NULL: whoever was bound there is gone */
    struct world_path *next;
};

struct weir_host {
    weir_world *world;
    struct weir_host_sys real;
    struct world_address addresses[WORLD_ADDRESSES];
    unsigned addresses_n;
    bool any, gone;
    unsigned fds, fds_max;
    int others[WORLD_OTHERS_MAX]; /* real descriptors that count as its own: eventfds */
    unsigned others_n;
    uint16_t port; /* the last one that was given */
    struct world_path *paths;
    weir_host *next;
};

struct weir_world {
    uint64_t random, now_ns, orders;
    weir_timer *events;
    weir_host *hosts;
    struct world_link *links;
    struct world_name *names;
    struct world_socket **slots; /* by descriptor */
    size_t slots_n, lowest_free;
    struct world_socket *sockets; /* all, also those that were not accepted */
    struct world_connection *connections;
    unsigned connections_n;
    struct world_flying *flying; /* datagrams */
    struct world_call *calls;
    struct weir_world_member *members;
    bool turning; /* one of them has its turn */
    size_t memory;
};

void *weir_world_allocate(weir_world *world, size_t n);
void weir_world_release(weir_world *world, void *block, size_t n);

void weir_world_event_set(weir_world *world, struct world_event *event, uint64_t due_ns);
void weir_world_event_clear(weir_world *world, struct world_event *event);
uint64_t weir_world_due(const weir_world *world, uint64_t delay_ns);

/* Never NULL. */
const struct world_link *weir_world_link_of(const weir_world *world, const weir_host *from,
                                            const weir_host *to);
bool weir_world_is_cut(const weir_world *world, const weir_host *from, const weir_host *to);
/* Delay and jitter of one packet. */
uint64_t weir_world_draw_delay(weir_world *world, const weir_host *from, const weir_host *to);
/* Whose address it is, seen from a host; NULL: nobody's. */
weir_host *weir_world_host_at(const weir_host *from, const struct world_address *address);
/* One in that many times. */
bool weir_world_chance(weir_world *world, unsigned one_in);
/* All of it, or less. */
size_t weir_world_piece(weir_world *world, size_t n);

/* ---- connections: two ways of bytes ---- */

struct world_mark {
    uint64_t end, due_ns; /* what was put before `end` arrives then */
    bool fin;
};

/* Toward one end. Positions count from its beginning: taken <= arrived <= put. */
struct world_way {
    struct world_connection *of;
    unsigned char *ring;
    uint32_t size;
    uint64_t put, arrived, taken;
    struct world_mark marks[WORLD_MARKS];
    unsigned first, n;
    struct world_event arrival; /* of the first mark */
    struct world_event reset;   /* of a RST */
    unsigned reset_tries;
    uint64_t free_ns; /* when the link has sent all before */
    uint64_t last_due_ns;
    uint64_t held_ns;    /* since when a partition holds it; 0: none does */
    bool fin_put, ended; /* the end was said; it arrived */
    bool whole;
};

struct world_connection {
    weir_world *world;
    weir_host *hosts[2];
    unsigned holders;             /* sockets that are open, or may still read what is there */
    struct world_socket *ends[2]; /* NULL: closed, or broken */
    struct world_way ways[2];     /* toward that end */
    struct world_connection *next, *prev;
};

enum world_state {
    WORLD_IDLE,
    WORLD_LISTENING,
    WORLD_CONNECTING,
    WORLD_CONNECTED,
    WORLD_BROKEN /* a reset, a refusal */
};

struct world_socket {
    weir_host *host;
    int fd; /* -1: waits to be accepted */
    int family, type;
    enum world_state state;
    struct world_address own, peer; /* family 0: none */
    int error;                      /* SO_ERROR, told once */
    int reuse_address, reuse_port, only6, keep_alive, no_delay, unused;
    bool linger;
    int linger_s;
    bool shut_read, shut_write;
    struct world_connection *connection;
    unsigned end;               /* which one it is */
    struct world_event shaking; /* hands, while it connects */
    uint64_t shaking_until_ns;
    struct weir_world_watch *watches;
    /* listening */
    struct world_socket *waiting, **waiting_last; /* to be accepted */
    unsigned waiting_n, backlog;
    struct world_socket *next_waiting;
    /* datagrams */
    struct world_flying *unread, **unread_last;
    unsigned unread_n;
    struct world_socket *next, *prev;
};

/* NULL: no memory. */
struct world_socket *weir_world_socket_new(weir_host *host, int family, int type);
void weir_world_socket_free(struct world_socket *socket);
/* Its descriptor, or a negative errno. */
int weir_world_socket_open(struct world_socket *socket);
/* NULL: EBADF. */
struct world_socket *weir_world_socket_at(const weir_host *host, int fd);
/* What poll() says. */
unsigned weir_world_socket_ready(const struct world_socket *socket);
/* Something of that may be new. */
void weir_world_socket_changed(struct world_socket *socket);
/* Told once. */
int weir_world_socket_take_error(struct world_socket *socket);
/* The socket that is bound there and listens (or takes datagrams). NULL: none. */
struct world_socket *weir_world_socket_bound(const weir_host *host, int type,
                                             const struct world_address *at, bool listening);
/* Binds it to some port, if it is not bound. 0 or a negative errno. */
int weir_world_socket_bind(struct world_socket *socket, const struct world_address *at);
int weir_world_socket_bind_any(struct world_socket *socket, const struct world_address *like);

/* Both ends are connected. NULL: no memory. */
struct world_connection *weir_world_connection_new(struct world_socket *from,
                                                   struct world_socket *to);
/* This end is closed, or given up. aborts: it sends a reset. */
void weir_world_connection_leave(struct world_socket *socket, bool aborts);
/* A reset goes to that end. */
void weir_world_connection_reset(struct world_connection *connection, unsigned end);
/* A partition begins; it is over. */
void weir_world_connection_cut(struct world_connection *connection);
void weir_world_connection_heal(struct world_connection *connection);
bool weir_world_connection_has_unread(const struct world_socket *socket);

int64_t weir_world_stream_receive(struct world_socket *socket, void *out, size_t n, bool peek);
int64_t weir_world_stream_send(struct world_socket *socket, const void *bytes, size_t n);
void weir_world_stream_end(struct world_socket *socket);
unsigned weir_world_stream_ready(const struct world_socket *socket);
int64_t weir_world_stream_readable(const struct world_socket *socket);

int weir_world_connect(struct world_socket *socket, const struct world_address *to);
int weir_world_accept(struct world_socket *socket);
void weir_world_listener_close(struct world_socket *socket);

struct msghdr;
int64_t weir_world_datagram_receive(struct world_socket *socket, struct msghdr *message, int flags);
int64_t weir_world_datagram_send(struct world_socket *socket, const struct msghdr *message);
void weir_world_datagrams_drop(struct world_socket *socket);
void weir_world_flying_drop(weir_world *world);

void weir_world_names_drop(weir_world *world);
void weir_world_names_fill(weir_sys *sys);

#endif
