/* The simulated network itself: its clock and events, what is drawn, hosts and links. */

#include "core/draw.h"
#include "driver/driver.h"
#include "driver/sim_inside.h"

enum { NEAR_NS = 20000, FAR_NS = 200000, SIM_WORLD_FIRST_NS = 1000000000 };

/* ---- memory, counted: the program under test has the rest ---- */

void *weir_world_allocate(weir_world *world, size_t n)
{
    void *block = weir_allocate(n);
    if (block)
        world->memory += n;
    return block;
}

void weir_world_release(weir_world *world, void *block, size_t n)
{
    if (block)
        world->memory -= n;
    weir_release(block, n);
}

size_t weir_world_memory(const weir_world *world)
{
    return world->memory;
}

/* ---- what is drawn ---- */

uint64_t weir_world_random(weir_world *world)
{
    return weir_draw(&world->random);
}

uint64_t weir_world_draw(weir_world *world, uint64_t limit)
{
    return weir_world_random(world) % limit;
}

bool weir_world_chance(weir_world *world, unsigned one_in)
{
    return weir_world_draw(world, one_in) == 0;
}

size_t weir_world_piece(weir_world *world, size_t n)
{
    return n > 1 && weir_world_chance(world, 4) ? 1 + weir_world_draw(world, n) : n;
}

/* ---- events ---- */

void weir_world_event_set(weir_world *world, struct world_event *event, uint64_t due_ns)
{
    weir_world_event_clear(world, event);
    event->timer.due_ns = due_ns;
    event->timer.order = world->orders++;
    event->set = true;
    weir_timer_heap_add(&world->events, &event->timer);
}

void weir_world_event_clear(weir_world *world, struct world_event *event)
{
    if (event->set)
        weir_timer_heap_remove(&world->events, &event->timer);
    event->set = false;
}

uint64_t weir_world_due(const weir_world *world, uint64_t delay_ns)
{
    return world->now_ns + delay_ns;
}

uint64_t weir_world_now_ns(const weir_world *world)
{
    return world->now_ns;
}

int64_t weir_world_unix_ns(const weir_world *world)
{
    return 1767225600000000000 + (int64_t)world->now_ns;
}

uint64_t weir_world_due_ns(const weir_world *world)
{
    return world->events ? world->events->due_ns : WEIR_FOREVER;
}

bool weir_world_step(weir_world *world, uint64_t until_ns)
{
    uint64_t due_ns = weir_world_due_ns(world);
    if (due_ns == WEIR_FOREVER || due_ns > until_ns) {
        if (until_ns != WEIR_FOREVER && until_ns > world->now_ns)
            world->now_ns = until_ns;
        return false;
    }
    struct world_event *event = WEIR_CONTAINER(world->events, struct world_event, timer);
    weir_world_event_clear(world, event);
    if (due_ns > world->now_ns)
        world->now_ns = due_ns;
    event->fire(event);
    return true;
}

uint64_t weir_world_look_ns(weir_world *world)
{
    return world->now_ns += WEIR_SIM_LOOK_NS;
}

/* ---- members ---- */

void weir_world_join(weir_world *world, struct weir_world_member *member)
{
    member->next = world->members;
    member->link = &world->members;
    if (member->next)
        member->next->link = &member->next;
    world->members = member;
}

void weir_world_leave(struct weir_world_member *member)
{
    *member->link = member->next;
    if (member->next)
        member->next->link = member->link;
}

bool weir_world_is_empty(const weir_world *world)
{
    return !world->members || !world->members->next;
}

/* The one that is due first; of those that are due now, one is drawn. NULL: none ever. */
static struct weir_world_member *
sim_world_next_member(weir_world *world, const struct weir_world_member *who, uint64_t *due_ns)
{
    struct weir_world_member *next = NULL;
    unsigned n = 0;
    *due_ns = WEIR_FOREVER;
    for (struct weir_world_member *each = world->members; each; each = each->next) {
        uint64_t its_ns = each == who ? WEIR_FOREVER : each->due_ns(each);
        its_ns = its_ns > world->now_ns || its_ns == WEIR_FOREVER ? its_ns : world->now_ns;
        if (its_ns == WEIR_FOREVER || its_ns > *due_ns)
            continue;
        n = its_ns < *due_ns ? 1 : n + 1;
        *due_ns = its_ns;
        if (n == 1 || weir_world_chance(world, n))
            next = each;
    }
    return next;
}

static bool turn_member(weir_world *world, struct weir_world_member *member, uint64_t due_ns)
{
    world->now_ns = due_ns > world->now_ns ? due_ns : world->now_ns;
    world->turning = true;
    member->turn(member);
    world->turning = false;
    return true;
}

/* Nobody is turned inside of another one's turn. */
bool weir_world_go_on(weir_world *world, const struct weir_world_member *who, uint64_t until_ns)
{
    uint64_t turn_ns = WEIR_FOREVER, event_ns = weir_world_due_ns(world);
    struct weir_world_member *member =
        world->turning ? NULL : sim_world_next_member(world, who, &turn_ns);
    event_ns = event_ns > world->now_ns ? event_ns : world->now_ns;
    bool turns = member && turn_ns <= until_ns &&
                 (turn_ns < event_ns || (turn_ns == event_ns && weir_world_chance(world, 2)));
    return turns ? turn_member(world, member, turn_ns) : weir_world_step(world, until_ns);
}

void weir_world_run(weir_world *world, uint64_t until_ns)
{
    while (weir_world_go_on(world, NULL, until_ns)) {
    }
}

struct world_call {
    struct world_event event; /* first */
    weir_world *world;
    void (*fn)(void *arg);
    void *arg;
    struct world_call *next, **link;
};

static void call_drop(struct world_call *call)
{
    weir_world_event_clear(call->world, &call->event);
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    weir_world_release(call->world, call, sizeof *call);
}

static void call_fire(struct world_event *event)
{
    struct world_call *call = (struct world_call *)event;
    void (*fn)(void *) = call->fn;
    void *arg = call->arg;
    call_drop(call);
    fn(arg);
}

bool weir_world_after(weir_world *world, uint64_t ns, void (*fn)(void *arg), void *arg)
{
    struct world_call *call = weir_world_allocate(world, sizeof *call);
    if (!call)
        return false;
    *call = (struct world_call){.event.fire = call_fire,
                                .world = world,
                                .fn = fn,
                                .arg = arg,
                                .next = world->calls,
                                .link = &world->calls};
    if (call->next)
        call->next->link = &call->next;
    world->calls = call;
    weir_world_event_set(world, &call->event, weir_world_due(world, ns));
    return true;
}

/* ---- hosts ---- */

weir_host *weir_world_host(weir_world *world, const char *address)
{
    struct world_address at = {0};
    bool any = strcmp(address, "*") == 0;
    if (!any && !weir_world_address_parse(&at, address))
        return NULL;
    weir_host *host = weir_world_allocate(world, sizeof *host);
    if (!host)
        return NULL;
    *host = (weir_host){.world = world,
                        .addresses[0] = at,
                        .addresses_n = !any,
                        .any = any,
                        .fds_max = WORLD_FDS_MAX,
                        .port = (uint16_t)(32768 + weir_world_draw(world, 16384)),
                        .next = world->hosts};
    weir_host_sys_init(&host->real, host, NULL);
    world->hosts = host;
    return host;
}

const weir_sys *weir_host_sys(weir_host *host)
{
    return &host->real.sys;
}

weir_world *weir_host_world(weir_host *host)
{
    return host->world;
}

void weir_host_fds_max(weir_host *host, unsigned max)
{
    host->fds_max = max;
}

unsigned weir_host_fds(const weir_host *host)
{
    return host->fds;
}

void weir_host_vanish(weir_host *host)
{
    host->gone = true;
    for (struct world_connection *each = host->world->connections; each; each = each->next)
        if (each->hosts[0] == host || each->hosts[1] == host)
            weir_world_connection_cut(each);
}

static bool has_address(const weir_host *host, const struct world_address *address)
{
    for (unsigned i = 0; i < host->addresses_n; i++)
        if (weir_world_address_same(&host->addresses[i], address))
            return true;
    return false;
}

weir_host *weir_world_host_at(const weir_host *from, const struct world_address *address)
{
    weir_host *found = NULL;
    for (weir_host *host = from->world->hosts; host; host = host->next) {
        bool own = host == from &&
                   (weir_world_address_is_loopback(address) || weir_world_address_is_any(address));
        if (own || has_address(host, address))
            return host;
        if (host->any && !weir_world_address_is_loopback(address))
            found = host;
    }
    return found;
}

/* ---- links ---- */

static struct world_link *find_link(const weir_world *world, const weir_host *from,
                                    const weir_host *to)
{
    struct world_link *link = world->links;
    while (link && (link->from != from || link->to != to))
        link = link->next;
    return link;
}

static struct world_link *make_link(weir_world *world, weir_host *from, weir_host *to)
{
    struct world_link *link = find_link(world, from, to);
    if (link)
        return link;
    link = weir_world_allocate(world, sizeof *link);
    if (!link)
        return NULL;
    *link = (struct world_link){.from = from, .to = to, .next = world->links};
    return world->links = link;
}

const struct world_link *weir_world_link_of(const weir_world *world, const weir_host *from,
                                            const weir_host *to)
{
    static const struct world_link plain;
    const struct world_link *link = find_link(world, from, to);
    return link ? link : &plain;
}

bool weir_world_is_cut(const weir_world *world, const weir_host *from, const weir_host *to)
{
    return from->gone || to->gone || weir_world_link_of(world, from, to)->cut;
}

uint64_t weir_world_draw_delay(weir_world *world, const weir_host *from, const weir_host *to)
{
    const weir_link_options *is = &weir_world_link_of(world, from, to)->is;
    uint64_t delay = is->delay_ns ? is->delay_ns : from == to ? NEAR_NS : FAR_NS;
    return delay + weir_world_draw(world, 1 + (is->jitter_ns ? is->jitter_ns : delay));
}

bool weir_world_link_way(weir_world *world, weir_host *from, weir_host *to,
                         const weir_link_options *is)
{
    struct world_link *link = make_link(world, from, to);
    if (link)
        link->is = *is;
    return link;
}

bool weir_world_link(weir_world *world, weir_host *a, weir_host *b, const weir_link_options *is)
{
    return weir_world_link_way(world, a, b, is) && weir_world_link_way(world, b, a, is);
}

static void sim_world_cut(weir_world *world, weir_host *from, weir_host *to, bool is_cut)
{
    struct world_link *link = make_link(world, from, to);
    if (link)
        link->cut = is_cut;
}

static bool sim_world_is_between(const struct world_connection *connection, const weir_host *a,
                                 const weir_host *b)
{
    return (connection->hosts[0] == a && connection->hosts[1] == b) ||
           (connection->hosts[0] == b && connection->hosts[1] == a);
}

void weir_world_partition(weir_world *world, weir_host *a, weir_host *b)
{
    sim_world_cut(world, a, b, true);
    sim_world_cut(world, b, a, true);
    for (struct world_connection *each = world->connections; each; each = each->next)
        if (sim_world_is_between(each, a, b))
            weir_world_connection_cut(each);
}

void weir_world_heal(weir_world *world, weir_host *a, weir_host *b)
{
    sim_world_cut(world, a, b, false);
    sim_world_cut(world, b, a, false);
    for (struct world_connection *each = world->connections; each; each = each->next)
        if (sim_world_is_between(each, a, b))
            weir_world_connection_heal(each);
}

unsigned weir_world_reset(weir_world *world, weir_host *a, weir_host *b)
{
    unsigned n = 0;
    for (struct world_connection *each = world->connections; each; each = each->next) {
        if (!sim_world_is_between(each, a, b))
            continue;
        n++;
        weir_world_connection_reset(each, 0);
        weir_world_connection_reset(each, 1);
    }
    return n;
}

unsigned weir_world_connections(const weir_world *world)
{
    return world->connections_n;
}

/* ---- its life ---- */

weir_world *weir_world_new(uint64_t seed)
{
    weir_world *world = weir_allocate(sizeof *world);
    if (world)
        *world =
            (weir_world){.random = seed, .now_ns = SIM_WORLD_FIRST_NS, .memory = sizeof *world};
    return world;
}

static void drop_hosts(weir_world *world)
{
    for (weir_host *host; (host = world->hosts);) {
        world->hosts = host->next;
        for (struct world_path *path; (path = host->paths);) {
            host->paths = path->next;
            weir_world_release(world, path, sizeof *path);
        }
        weir_world_release(world, host, sizeof *host);
    }
    for (struct world_link *link; (link = world->links);) {
        world->links = link->next;
        weir_world_release(world, link, sizeof *link);
    }
}

void weir_world_drop(weir_world *world)
{
    if (!world)
        return;
    for (size_t i = 0; i < world->slots_n; i++) /* others wait in the queues of these */
        if (world->slots[i])
            weir_world_socket_free(world->slots[i]);
    while (world->calls)
        call_drop(world->calls);
    weir_world_flying_drop(world);
    weir_world_names_drop(world);
    drop_hosts(world);
    weir_world_release(world, world->slots, world->slots_n * sizeof(struct world_socket *));
    weir_release(world, sizeof *world);
}
