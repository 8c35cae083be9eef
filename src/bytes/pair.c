/* pair: ends in memory. A direction is a road: a block that the writer puts bytes into, which goes
 * to the reader as it is when that asks; the next bytes begin another one. So what the reader has
 * in hand takes no room from the writer, and a writer that waits is woken by a fill: as with
 * sockets, two sides that each write before they read do not wait for each other's consume. */

#include <string.h>
#include <sys/uio.h>

#include "weir/duplex.h"

struct road {
    weir_block *block; /* bytes that nobody asked for yet, from `at` on; NULL: none */
    size_t at;
    size_t n;
    size_t bytes_max;
    uint64_t written;
    weir_error *why; /* the writer gave up with it */
    bool ended;      /* no more will be written */
    bool broken;     /* ... since the writer gave up */
    bool deserted;   /* nobody reads any more */
    weir_waker_slot reader;
    weir_waker_slot leaver; /* waits for the end, whatever stands before it */
    weir_waker_slot writer;
};

/* A half's arena: the header, the half, and a few stages over it. */
enum { PAIR_PLACE_BYTES = 640 };
struct pair_place {
    _Alignas(WEIR_ALIGN) unsigned char bytes[PAIR_PLACE_BYTES];
    struct pair *pair;
};

/* All of it, in one allocation; the last half that is dropped lets it go. */
struct pair {
    size_t size;
    size_t halves;
    struct road roads[2];
    struct pair_place places[];
};

struct end_reader {
    weir_reader reader;
    struct road *road;
    const void *end; /* which of the two; NULL: of a road alone */
};

struct end_writer {
    weir_writer writer;
    struct road *road;
    const void *end;
};

static struct road *road_to(const weir_reader *reader)
{
    return ((const struct end_reader *)reader)->road;
}

static struct road *road_of(const weir_writer *writer)
{
    return ((const struct end_writer *)writer)->road;
}

/* ---- reading ---- */

static void pair_empty(struct road *road)
{
    road->block = NULL;
    road->at = road->n = 0;
}

static void pair_give_block_back(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

/* The block itself. */
static void pair_take_all(weir_reader *reader, struct road *road)
{
    weir_reader_release(reader);
    reader->base = road->block->data;
    reader->begin = road->at;
    reader->end = road->at + road->n;
    reader->block = road->block;
    reader->give_back = pair_give_block_back;
    pair_empty(road);
}

static void pair_passed(struct road *road, size_t n)
{
    road->at += n;
    road->n -= n;
    if (road->n)
        return;
    weir_block_unref(road->block);
    pair_empty(road);
}

/* Behind what is in hand, which is too little. */
static bool pair_take_some(weir_reader *reader, struct road *road)
{
    size_t n = road->n < WEIR_BLOCK_BYTES ? road->n : WEIR_BLOCK_BYTES;
    unsigned char *to = weir_reader_room(reader, n);
    if (!to)
        return false;
    memcpy(to, road->block->data + road->at, n);
    reader->end += n;
    pair_passed(road, n);
    return true;
}

static bool pair_take(weir_reader *reader, struct road *road)
{
    if (reader->begin == reader->end)
        pair_take_all(reader, road);
    else if (!pair_take_some(reader, road))
        return false;
    weir_waker_slot_wake(&road->writer);
    return true;
}

static weir_poll pair_tell_end(const weir_reader *reader, const struct road *road, weir_cx *cx)
{
    if (!road->broken)
        return (weir_poll){0, WEIR_END};
    if (!road->why)
        return weir_fail_at(cx, reader, WEIR_E_CLOSED,
                            "the other side gave up after it had written %llu bytes",
                            (unsigned long long)road->written);
    cx->error = *road->why;
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll end_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct road *road = road_to(reader);
    if (road->n && !pair_take(reader, road))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes more", road->n);
    if (road->n || reader->end - reader->begin >= min)
        return (weir_poll){0, WEIR_READY};
    if (road->ended)
        return pair_tell_end(reader, road, cx);
    if (reader->begin == reader->end)
        weir_reader_release(reader);
    return weir_wait(cx, &road->reader, WEIR_WAIT_ITEM);
}

static weir_poll end_poll_ready(weir_reader *reader, weir_cx *cx)
{
    struct road *road = road_to(reader);
    if (road->n || road->ended)
        return (weir_poll){0, WEIR_READY};
    weir_reader_release(reader);
    return weir_wait(cx, &road->reader, WEIR_WAIT_ITEM);
}

static weir_poll end_poll_hup(weir_reader *reader, weir_cx *cx)
{
    struct road *road = road_to(reader);
    return road->ended ? (weir_poll){0, WEIR_READY} : weir_wait(cx, &road->leaver, WEIR_WAIT_PEER);
}

static int64_t end_try_read(weir_reader *reader, void *out, size_t n)
{
    struct road *road = road_to(reader);
    if (!road->n)
        return road->broken ? -1 : road->ended ? 0 : WEIR_WOULD_BLOCK;
    n = n < road->n ? n : road->n;
    memcpy(out, road->block->data + road->at, n);
    pair_passed(road, n);
    weir_waker_slot_wake(&road->writer);
    return (int64_t)n;
}

static weir_hint end_size_hint(const weir_reader *reader)
{
    const struct road *road = road_to(reader);
    return (weir_hint){road->n, road->ended ? road->n : WEIR_HINT_UNKNOWN};
}

static size_t end_readable(const weir_reader *reader)
{
    return road_to(reader)->n;
}

static size_t block_max(const struct road *road)
{
    return sizeof(weir_block) + road->bytes_max + WEIR_PADDING_BYTES;
}

static size_t end_reader_memory_max(const weir_reader *reader)
{
    const struct road *road = road_to(reader);
    return block_max(road) + weir_reader_room_max(reader, road->bytes_max);
}

static const void *pair_reader_half_of(const weir_reader *reader)
{
    return ((const struct end_reader *)reader)->end;
}

static void end_reader_fini(weir_reader *reader)
{
    struct road *road = road_to(reader);
    road->deserted = true;
    weir_block_unref(road->block);
    pair_empty(road);
    weir_waker_slot_clear(&road->reader);
    weir_waker_slot_clear(&road->leaver);
    weir_waker_slot_wake(&road->writer);
}

static const weir_reader_ops end_reader_ops = {.size = sizeof end_reader_ops,
                                               .name = "pair",
                                               .poll_fill = end_poll_fill,
                                               .fini = end_reader_fini,
                                               .size_hint = end_size_hint,
                                               .memory_max = end_reader_memory_max,
                                               .poll_ready = end_poll_ready,
                                               .try_read = end_try_read,
                                               .poll_hup = end_poll_hup,
                                               .half_of = pair_reader_half_of,
                                               .readable = end_readable};

/* ---- writing ---- */

/* Where more bytes go; NULL: no memory. */
static unsigned char *room_behind(struct road *road)
{
    if (!road->block)
        road->block = weir_block_new(0, road->bytes_max);
    if (!road->block)
        return NULL;
    if (road->at)
        memmove(road->block->data, road->block->data + road->at, road->n);
    road->at = 0;
    return road->block->data + road->n;
}

/* How many bytes were taken; 0: no memory. There is room. */
static size_t pair_put(struct road *road, const struct iovec *pieces, size_t n)
{
    unsigned char *to = room_behind(road);
    size_t before = road->n;
    for (size_t i = 0; to && i < n; i++) {
        size_t room = road->bytes_max - road->n;
        size_t more = pieces[i].iov_len < room ? pieces[i].iov_len : room;
        if (more)
            memcpy(road->block->data + road->n, pieces[i].iov_base, more);
        road->n += more;
    }
    road->written += road->n - before;
    if (road->n != before)
        weir_waker_slot_wake(&road->reader);
    return road->n - before;
}

static weir_poll end_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct road *road = road_of(writer);
    if (road->n < road->bytes_max || road->deserted)
        return (weir_poll){0, WEIR_READY};
    return weir_wait(cx, &road->writer, WEIR_WAIT_ROOM);
}

static weir_poll end_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                 size_t n)
{
    struct road *road = road_of(writer);
    if (road->deserted)
        return weir_fail(cx, WEIR_E_CLOSED, "nobody reads any more: the other side was dropped");
    if (road->n == road->bytes_max)
        return weir_wait(cx, &road->writer, WEIR_WAIT_ROOM);
    size_t taken = pair_put(road, pieces, n);
    if (!taken)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", block_max(road));
    return (weir_poll){(uint32_t)taken, WEIR_READY};
}

static struct iovec piece_of(const void *bytes, size_t n)
{
    return (struct iovec){(void *)(uintptr_t)bytes, n};
}

static weir_poll end_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct iovec piece = piece_of(bytes, n);
    return end_poll_writev(writer, cx, &piece, 1);
}

static int64_t end_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    struct road *road = road_of(writer);
    struct iovec piece = piece_of(bytes, n);
    if (road->deserted)
        return -1;
    if (road->n == road->bytes_max)
        return WEIR_WOULD_BLOCK;
    size_t taken = pair_put(road, &piece, 1);
    return taken ? (int64_t)taken : -1;
}

static void end_road(struct road *road, bool broken)
{
    if (road->ended)
        return;
    road->ended = true;
    road->broken = broken;
    weir_waker_slot_wake(&road->reader);
    weir_waker_slot_wake(&road->leaver);
}

static weir_poll end_poll_close(weir_writer *writer, weir_cx *cx)
{
    (void)cx;
    end_road(road_of(writer), false);
    return (weir_poll){0, WEIR_END};
}

static void end_writer_fini(weir_writer *writer)
{
    struct road *road = road_of(writer);
    end_road(road, writer->stage.ending);
    weir_waker_slot_clear(&road->writer);
}

static size_t end_writer_memory_max(const weir_writer *writer)
{
    return block_max(road_of(writer)) + sizeof(struct pair) + sizeof(weir_error);
}

static const void *pair_writer_half_of(const weir_writer *writer)
{
    return ((const struct end_writer *)writer)->end;
}

static const weir_writer_ops end_writer_ops = {.size = sizeof end_writer_ops,
                                               .name = "pair",
                                               .poll_write = end_poll_write,
                                               .poll_close = end_poll_close,
                                               .fini = end_writer_fini,
                                               .memory_max = end_writer_memory_max,
                                               .poll_writev = end_poll_writev,
                                               .poll_room = end_poll_room,
                                               .try_write = end_try_write,
                                               .half_of = pair_writer_half_of};

/* Without memory for the error the other side learns that it was given up, and not why. */
void weir_close_with_error(weir_writer *writer, const weir_error *error)
{
    if (writer->ops == &end_writer_ops && !road_of(writer)->ended) {
        struct road *road = road_of(writer);
        road->why = weir_allocate(sizeof *road->why);
        if (road->why)
            *road->why = *error;
    }
    weir_duplex_abort((weir_duplex){.writer = writer});
}

/* ---- making ---- */

static void pair_let_go(void *bytes)
{
    struct pair *pair = WEIR_CONTAINER(bytes, struct pair_place, bytes)->pair;
    if (--pair->halves)
        return;
    for (size_t i = 0; i < 2; i++)
        weir_release(pair->roads[i].why, sizeof(weir_error));
    weir_release(pair, pair->size);
}

/* The place has room for the half, so that there is nothing that could fail. */
static weir_arena *arena_in(struct pair *pair)
{
    struct pair_place *place = &pair->places[pair->halves++];
    place->pair = pair;
    return weir_arena_at(place->bytes, sizeof place->bytes, pair_let_go);
}

static weir_reader *reader_from(struct pair *pair, struct road *road, const void *end)
{
    weir_reader *reader =
        weir_reader_in(arena_in(pair), sizeof(struct end_reader), &end_reader_ops);
    ((struct end_reader *)reader)->road = road;
    ((struct end_reader *)reader)->end = end;
    reader->stage.emptied = true;
    return reader;
}

static weir_writer *writer_onto(struct pair *pair, struct road *road, const void *end)
{
    weir_writer *writer =
        weir_writer_in(arena_in(pair), sizeof(struct end_writer), &end_writer_ops);
    ((struct end_writer *)writer)->road = road;
    ((struct end_writer *)writer)->end = end;
    return writer;
}

static struct pair *pair_new(size_t bytes_max, size_t halves)
{
    size_t size = sizeof(struct pair) + halves * sizeof(struct pair_place);
    struct pair *pair = weir_allocate(size);
    if (!pair)
        return NULL;
    memset(pair, 0, size);
    pair->size = size;
    pair->roads[0].bytes_max = pair->roads[1].bytes_max = bytes_max;
    return pair;
}

static bool pair_fits(size_t bytes_max)
{
    return bytes_max && bytes_max <= WEIR_MIN_MAX;
}

static weir_duplex pair_refused(size_t bytes_max, const char *name)
{
    static const char cure[] = "a limit from 1 to WEIR_MIN_MAX";
    static const char limit[] = "%s: the limit 'bytes_max' is %zu";
    static const char memory[] = "no memory for %s";
    if (pair_fits(bytes_max))
        return (weir_duplex){weir_reader_refused(WEIR_E_MEMORY, NULL, memory, name, NULL, 0),
                             weir_writer_refused(WEIR_E_MEMORY, NULL, memory, name, NULL, 0)};
    return (weir_duplex){weir_reader_refused(WEIR_E_ARGUMENT, cure, limit, name, NULL, bytes_max),
                         weir_writer_refused(WEIR_E_ARGUMENT, cure, limit, name, NULL, bytes_max)};
}

void weir_duplex_pair(size_t bytes_max, weir_duplex out[2])
{
    struct pair *pair = pair_fits(bytes_max) ? pair_new(bytes_max, 4) : NULL;
    for (size_t i = 0; i < 2; i++) {
        if (!pair) {
            out[i] = pair_refused(bytes_max, "duplex_pair");
            continue;
        }
        const void *end = &pair->roads[i];
        out[i].reader = reader_from(pair, &pair->roads[i], end);
        out[i].writer = writer_onto(pair, &pair->roads[1 - i], end);
    }
}

weir_duplex weir_byte_pipe(size_t bytes_max)
{
    struct pair *pair = pair_fits(bytes_max) ? pair_new(bytes_max, 2) : NULL;
    if (!pair)
        return pair_refused(bytes_max, "byte_pipe");
    return (weir_duplex){reader_from(pair, &pair->roads[0], NULL),
                         writer_onto(pair, &pair->roads[0], NULL)};
}
