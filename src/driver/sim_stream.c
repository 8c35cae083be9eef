/* The bytes of a connection of the simulated network: two ways, each a ring that holds what is
 * under way and what is unread. Bytes come in order, in drawn pieces, after the link's delay; an
 * end comes behind them, a reset takes along what it may. */

#include <poll.h>
#include <sys/socket.h>

#include "driver/sim_inside.h"

/* ---- what is under way ---- */

static struct world_mark *first_mark(struct world_way *way)
{
    return &way->marks[way->first];
}

static struct world_mark *last_mark(struct world_way *way)
{
    return &way->marks[(way->first + way->n - 1) % WORLD_MARKS];
}

static unsigned toward(const struct world_way *way)
{
    return way == &way->of->ways[1];
}

static weir_host *from_of(const struct world_way *way)
{
    return way->of->hosts[!toward(way)];
}

static weir_host *to_of(const struct world_way *way)
{
    return way->of->hosts[toward(way)];
}

static void await_first(struct world_way *way)
{
    weir_world *world = way->of->world;
    uint64_t due_ns = first_mark(way)->due_ns;
    weir_world_event_set(world, &way->arrival, due_ns > world->now_ns ? due_ns : world->now_ns);
}

/* When n bytes that are put now arrive. */
static uint64_t arrival_ns(struct world_way *way, size_t n)
{
    weir_world *world = way->of->world;
    const weir_link_options *is = &weir_world_link_of(world, from_of(way), to_of(way))->is;
    uint64_t begin = way->free_ns > world->now_ns ? way->free_ns : world->now_ns;
    if (is->bytes_per_second)
        begin += (uint64_t)n * WORLD_SECOND_NS / is->bytes_per_second;
    way->free_ns = begin;
    uint64_t due_ns = begin + weir_world_draw_delay(world, from_of(way), to_of(way));
    return way->last_due_ns = due_ns > way->last_due_ns ? due_ns : way->last_due_ns;
}

/* What does not fit apart travels with the last one. */
static void sim_stream_send_mark(struct world_way *way, size_t n, bool fin)
{
    struct world_mark mark = {way->put, arrival_ns(way, n), fin};
    if (way->n == WORLD_MARKS)
        *last_mark(way) = mark;
    else
        way->marks[(way->first + way->n++) % WORLD_MARKS] = mark;
    if (!way->arrival.set)
        await_first(way);
}

static void drop_marks(struct world_way *way)
{
    weir_world_event_clear(way->of->world, &way->arrival);
    way->n = 0;
    way->put = way->arrived;
}

/* ---- how an end breaks ---- */

/* Nothing goes from it any more, and what is under way to it is lost. */
static void break_end(struct world_connection *connection, unsigned end, int error)
{
    struct world_socket *socket = connection->ends[end];
    drop_marks(&connection->ways[end]);
    if (!socket)
        return;
    connection->ends[end] = NULL;
    socket->state = WORLD_BROKEN;
    socket->error = error;
    weir_world_socket_changed(socket);
}

static void reset_arrives(struct world_event *event)
{
    struct world_way *way = WEIR_CONTAINER(event, struct world_way, reset);
    struct world_connection *connection = way->of;
    weir_world *world = connection->world;
    if (weir_world_is_cut(world, from_of(way), to_of(way))) {
        if (way->reset_tries++ < WORLD_TRIES)
            weir_world_event_set(world, event, weir_world_due(world, WORLD_SECOND_NS));
        return;
    }
    if (!way->whole && weir_world_chance(world, 2))
        way->taken = way->arrived; /* some kernels forget what was not read */
    drop_marks(&connection->ways[!toward(way)]);
    break_end(connection, toward(way), way->ended ? EPIPE : ECONNRESET);
}

/* It comes behind what is under way. */
void weir_world_connection_reset(struct world_connection *connection, unsigned end)
{
    struct world_way *way = &connection->ways[end];
    if (!way->reset.set)
        weir_world_event_set(connection->world, &way->reset, arrival_ns(way, 0));
}

/* ---- arriving ---- */

/* Held by a partition. */
static void sim_stream_hold(struct world_way *way)
{
    weir_world *world = way->of->world;
    unsigned sender = !toward(way);
    way->held_ns = way->held_ns ? way->held_ns : world->now_ns;
    uint64_t over_ns = way->held_ns + WORLD_TRIES * (uint64_t)WORLD_SECOND_NS;
    if (world->now_ns < over_ns) {
        weir_world_event_set(world, &way->arrival, over_ns);
        return;
    }
    drop_marks(way);
    break_end(way->of, sender, ETIMEDOUT);
}

void weir_world_connection_heal(struct world_connection *connection)
{
    for (unsigned i = 0; i < 2; i++) {
        struct world_way *way = &connection->ways[i];
        weir_world *world = connection->world;
        if (!way->held_ns)
            continue;
        way->held_ns = 0;
        weir_world_event_clear(world, &way->arrival);
        if (way->n)
            weir_world_event_set(
                world, &way->arrival,
                weir_world_due(world, weir_world_draw_delay(world, from_of(way), to_of(way))));
    }
}

static void arrives_at_nobody(struct world_way *way)
{
    bool bytes = way->put > way->arrived;
    drop_marks(way);
    if (bytes)
        weir_world_connection_reset(way->of, !toward(way));
}

/* A piece of the first mark, or all of it. */
static void arrive(struct world_way *way, struct world_socket *socket)
{
    struct world_mark *mark = first_mark(way);
    size_t n = mark->end - way->arrived;
    way->arrived += way->whole ? n : weir_world_piece(way->of->world, n);
    if (socket->shut_read)
        way->taken = way->arrived;
    if (way->arrived < mark->end) {
        mark->due_ns = weir_world_due(way->of->world, 1 + weir_world_draw(way->of->world, 10000));
        return;
    }
    way->ended |= mark->fin;
    way->first = (way->first + 1) % WORLD_MARKS;
    way->n--;
}

static uint64_t sim_stream_room_of(const struct world_way *way)
{
    return way->size - (way->put - way->taken);
}

/* Where nothing fits TCP asks from time to time whether that is still so; nobody answers in a
 * partition. */
static void ask_for_room(struct world_way *way)
{
    weir_world *world = way->of->world;
    if (!way->n && !way->arrival.set && !sim_stream_room_of(way) && way->of->ends[!toward(way)])
        weir_world_event_set(world, &way->arrival, weir_world_due(world, WORLD_SECOND_NS));
}

void weir_world_connection_cut(struct world_connection *connection)
{
    ask_for_room(&connection->ways[0]);
    ask_for_room(&connection->ways[1]);
}

static void mark_arrives(struct world_event *event)
{
    struct world_way *way = WEIR_CONTAINER(event, struct world_way, arrival);
    struct world_socket *socket = way->of->ends[toward(way)];
    if (weir_world_is_cut(way->of->world, from_of(way), to_of(way))) {
        sim_stream_hold(way);
        return;
    }
    if (!way->n)
        return; /* it was a question */
    if (!socket) {
        arrives_at_nobody(way);
        return;
    }
    arrive(way, socket);
    if (way->n)
        await_first(way);
    weir_world_socket_changed(socket);
}

/* ---- life ---- */

static bool begin_way(struct world_connection *connection, unsigned end)
{
    struct world_way *way = &connection->ways[end];
    weir_world *world = connection->world;
    const weir_link_options *is =
        &weir_world_link_of(world, connection->hosts[!end], connection->hosts[end])->is;
    uint64_t drawn = (uint64_t)1 << weir_world_draw(world, WORLD_CAPACITY_BITS);
    *way = (struct world_way){.of = connection,
                              .whole = is->whole,
                              .arrival.fire = mark_arrives,
                              .reset.fire = reset_arrives,
                              .size = is->capacity};
    if (!way->size)
        way->size = (uint32_t)(1 + weir_world_draw(world, drawn));
    way->ring = weir_world_allocate(world, way->size);
    return way->ring;
}

static void free_connection(struct world_connection *connection)
{
    weir_world *world = connection->world;
    for (unsigned i = 0; i < 2; i++) {
        struct world_way *way = &connection->ways[i];
        weir_world_event_clear(world, &way->arrival);
        weir_world_event_clear(world, &way->reset);
        weir_world_release(world, way->ring, way->ring ? way->size : 0);
    }
    if (connection->prev)
        connection->prev->next = connection->next;
    else
        world->connections = connection->next;
    if (connection->next)
        connection->next->prev = connection->prev;
    world->connections_n--;
    weir_world_release(world, connection, sizeof *connection);
}

struct world_connection *weir_world_connection_new(struct world_socket *from,
                                                   struct world_socket *to)
{
    weir_world *world = from->host->world;
    struct world_connection *connection = weir_world_allocate(world, sizeof *connection);
    if (!connection)
        return NULL;
    *connection = (struct world_connection){
        .world = world, .hosts = {from->host, to->host}, .next = world->connections};
    if (connection->next)
        connection->next->prev = connection;
    world->connections = connection;
    world->connections_n++;
    if (!begin_way(connection, 0) || !begin_way(connection, 1)) {
        free_connection(connection);
        return NULL;
    }
    connection->holders = 2;
    connection->ends[0] = from;
    connection->ends[1] = to;
    from->connection = to->connection = connection;
    to->end = 1;
    return connection;
}

static struct world_way *way_in(const struct world_socket *socket)
{
    return &socket->connection->ways[socket->end];
}

static struct world_way *way_out(const struct world_socket *socket)
{
    return &socket->connection->ways[!socket->end];
}

bool weir_world_connection_has_unread(const struct world_socket *socket)
{
    return socket->connection && way_in(socket)->arrived > way_in(socket)->taken;
}

/* A reset may overtake what was sent. */
static void abort_way(struct world_way *way)
{
    if (weir_world_chance(way->of->world, 2))
        drop_marks(way);
    for (unsigned i = 0; i < way->n; i++)
        way->marks[(way->first + i) % WORLD_MARKS].fin = false;
    weir_world_connection_reset(way->of, toward(way));
}

static void end_way(struct world_way *way)
{
    if (way->fin_put)
        return;
    way->fin_put = true;
    sim_stream_send_mark(way, 0, true);
}

void weir_world_connection_leave(struct world_socket *socket, bool aborts)
{
    struct world_connection *connection = socket->connection;
    struct world_way *out = way_out(socket);
    bool alive = connection->ends[socket->end] == socket;
    connection->ends[socket->end] = NULL;
    socket->connection = NULL;
    if (!--connection->holders)
        free_connection(connection);
    else if (alive && aborts)
        abort_way(out);
    else if (alive)
        end_way(out);
}

/* ---- calls ---- */

void weir_world_stream_end(struct world_socket *socket)
{
    socket->shut_write = true;
    if (socket->state == WORLD_CONNECTED)
        end_way(way_out(socket));
    weir_world_socket_changed(socket);
}

unsigned weir_world_stream_ready(const struct world_socket *socket)
{
    const struct world_way *in = way_in(socket);
    unsigned ready = 0;
    if (in->arrived > in->taken || in->ended || socket->shut_read)
        ready |= POLLIN | POLLRDNORM;
    if (in->ended || socket->shut_read)
        ready |= POLLRDHUP;
    if (in->ended && socket->shut_write)
        ready |= POLLHUP;
    if (socket->shut_write || sim_stream_room_of(way_out(socket)))
        ready |= POLLOUT | POLLWRNORM;
    return ready;
}

static void sim_stream_put_bytes(struct world_way *way, const void *bytes, size_t n)
{
    size_t at = way->put % way->size, first = way->size - at < n ? way->size - at : n;
    memcpy(way->ring + at, bytes, first);
    memcpy(way->ring, (const unsigned char *)bytes + first, n - first);
    way->put += n;
}

static int why_not(const struct world_socket *socket)
{
    switch (socket->state) {
    case WORLD_CONNECTED:
        return socket->shut_write ? -EPIPE : 0;
    case WORLD_BROKEN:
        return -EPIPE;
    case WORLD_CONNECTING:
        return -EAGAIN;
    default:
        return -ENOTCONN;
    }
}

int64_t weir_world_stream_send(struct world_socket *socket, const void *bytes, size_t n)
{
    if (socket->error)
        return -weir_world_socket_take_error(socket);
    int error = why_not(socket);
    if (error || !n)
        return error;
    struct world_way *way = way_out(socket);
    uint64_t room = sim_stream_room_of(way);
    if (!room && weir_world_is_cut(way->of->world, from_of(way), to_of(way)))
        ask_for_room(way);
    if (!room)
        return -EAGAIN;
    n = n < room ? n : room;
    n = way->whole ? n : weir_world_piece(way->of->world, n);
    sim_stream_put_bytes(way, bytes, n);
    sim_stream_send_mark(way, n, false);
    return (int64_t)n;
}

static size_t sim_stream_take_bytes(struct world_way *way, void *out, size_t n, bool peek)
{
    uint64_t there = way->arrived - way->taken;
    n = n < there ? n : there;
    n = way->whole ? n : weir_world_piece(way->of->world, n);
    size_t at = way->taken % way->size, first = way->size - at < n ? way->size - at : n;
    memcpy(out, way->ring + at, first);
    memcpy((unsigned char *)out + first, way->ring, n - first);
    if (!peek)
        way->taken += n;
    return n;
}

static int64_t receive_nothing(struct world_socket *socket)
{
    if (socket->error)
        return -weir_world_socket_take_error(socket);
    if (socket->state == WORLD_IDLE || socket->state == WORLD_LISTENING)
        return -ENOTCONN;
    if (socket->state == WORLD_BROKEN || socket->shut_read)
        return 0;
    return socket->state == WORLD_CONNECTED && way_in(socket)->ended ? 0 : -EAGAIN;
}

int64_t weir_world_stream_receive(struct world_socket *socket, void *out, size_t n, bool peek)
{
    if (!n)
        return 0;
    bool shakes = socket->state == WORLD_CONNECTING;
    if (!socket->connection || shakes || way_in(socket)->arrived == way_in(socket)->taken)
        return receive_nothing(socket);
    n = sim_stream_take_bytes(way_in(socket), out, n, peek);
    struct world_socket *other = socket->connection->ends[!socket->end];
    if (other && !peek)
        weir_world_socket_changed(other);
    return (int64_t)n;
}

int64_t weir_world_stream_readable(const struct world_socket *socket)
{
    return socket->connection ? (int64_t)(way_in(socket)->arrived - way_in(socket)->taken) : 0;
}
