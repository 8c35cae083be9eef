/* Echo and proxy by hand over io_uring: multishot accept, one-shot receives into buffers that are
 * chosen when bytes arrive, sends that go with the next wait. A connection holds a buffer that is
 * being sent and one that waits for it. */
#define _GNU_SOURCE
#include "tcp.h"

#include <errno.h>
#include <liburing.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ENTRIES = 4096, BUFFERS_BYTES = 1 << 24 };
enum kind { ACCEPT, RECEIVE, SEND, KINDS = 7 }; /* in the low bits of a pointer */

struct buffer {
    unsigned short id;
    unsigned at, left;
};

struct connection {
    int fd;
    bool receiving, sending, ended, failed, more;
    struct connection *to; /* whom its bytes go to: itself in an echo */
    struct buffer now;     /* being sent to this one */
    struct buffer held;    /* waits for that */
    struct connection *starved;
};

static struct io_uring ring;
static struct io_uring_buf_ring *provided;
static char *bytes;
static unsigned buffer_bytes = 1 << 14, buffers, returned;
static struct connection *starved;

static struct io_uring_sqe *entry(void)
{
    struct io_uring_sqe *sqe;
    while (!(sqe = io_uring_get_sqe(&ring)))
        io_uring_submit(&ring);
    return sqe;
}

/* The kernel sees it after the turn. */
static void give_back(unsigned short id)
{
    io_uring_buf_ring_add(provided, bytes + (size_t)id * buffer_bytes, buffer_bytes, id,
                          (int)buffers - 1, (int)returned++);
}

static void accept_more(int listener)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
    sqe->user_data = ACCEPT;
}

/* Asking first whether there is something is in vain where nothing has come for a while. */
static void receive(struct connection *from)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_recv(sqe, from->fd, NULL, buffer_bytes, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->ioprio = from->more ? 0 : IORING_RECVSEND_POLL_FIRST;
    sqe->user_data = (uintptr_t)from | RECEIVE;
    from->receiving = true;
}

static void send_now(struct connection *to)
{
    struct io_uring_sqe *sqe = entry();
    const char *from = bytes + (size_t)to->now.id * buffer_bytes + to->now.at;
    io_uring_prep_send(sqe, to->fd, from, to->now.left, MSG_NOSIGNAL | MSG_WAITALL);
    sqe->user_data = (uintptr_t)to | SEND;
    to->sending = true;
}

static bool busy(const struct connection *of)
{
    return of->receiving || of->sending;
}

static void free_one(struct connection *of)
{
    if (of->held.left)
        give_back(of->held.id);
    close(of->fd);
    free(of);
}

/* Both ends go together, when nothing of either is under way. */
static void free_idle(struct connection *end)
{
    struct connection *other = end->to;
    if (busy(end) || busy(other))
        return;
    free_one(end);
    if (other != end)
        free_one(other);
}

static void give_up(struct connection *end)
{
    end->failed = end->to->failed = true;
    shutdown(end->fd, SHUT_RDWR);
    shutdown(end->to->fd, SHUT_RDWR);
    free_idle(end);
}

/* After everything that came before it was sent. */
static void pass_end(struct connection *from)
{
    if (from->to->ended)
        give_up(from);
    else
        shutdown(from->to->fd, SHUT_WR);
}

static void received(struct connection *from, const struct io_uring_cqe *cqe)
{
    struct connection *to = from->to;
    struct buffer got = {(unsigned short)(cqe->flags >> IORING_CQE_BUFFER_SHIFT), 0,
                         cqe->res > 0 ? (unsigned)cqe->res : 0};
    from->receiving = false;
    from->more = cqe->flags & IORING_CQE_F_SOCK_NONEMPTY;
    if (cqe->res == -ENOBUFS && !from->failed) {
        from->receiving = true; /* as soon as a buffer comes back */
        from->starved = starved;
        starved = from;
        return;
    }
    if (from->failed || cqe->res < 0) {
        if (got.left)
            give_back(got.id);
        return give_up(from);
    }
    if (!got.left) {
        from->ended = true;
        if (!to->sending)
            pass_end(from);
    } else if (to->sending) {
        to->held = got;
    } else {
        to->now = got;
        send_now(to);
        receive(from);
    }
}

static void sent(struct connection *to, int result)
{
    to->sending = false;
    if (result > 0 && (unsigned)result < to->now.left && !to->failed) {
        to->now.at += (unsigned)result;
        to->now.left -= (unsigned)result;
        return send_now(to);
    }
    give_back(to->now.id);
    if (result < 0 || to->failed)
        return give_up(to);
    if (to->held.left) {
        to->now = to->held;
        to->held.left = 0;
        send_now(to);
        receive(to->to);
    } else if (to->to->ended) {
        pass_end(to->to);
    }
}

static struct connection *connection_new(int fd)
{
    struct connection *made = calloc(1, sizeof *made);
    made->fd = fd;
    made->to = made;
    set_nodelay(fd);
    return made;
}

static void accepted(int listener, const struct io_uring_cqe *cqe, const char *target)
{
    if (!(cqe->flags & IORING_CQE_F_MORE))
        accept_more(listener);
    if (cqe->res < 0)
        return;
    struct connection *near = connection_new(cqe->res);
    if (target) {
        struct connection *far = connection_new(connect_to(target));
        near->to = far;
        far->to = near;
        receive(far);
    }
    receive(near);
}

static void show_returned(void)
{
    if (!returned)
        return;
    io_uring_buf_ring_advance(provided, (int)returned);
    returned = 0;
    for (struct connection *next; starved; starved = next) {
        next = starved->starved;
        receive(starved);
    }
}

static void turn(int listener, const char *target)
{
    struct io_uring_cqe *cqe;
    unsigned head, n = 0;
    io_uring_submit_and_wait(&ring, 1);
    io_uring_for_each_cqe(&ring, head, cqe)
    {
        struct connection *of = (void *)(uintptr_t)(cqe->user_data & ~(uintptr_t)KINDS);
        n++;
        switch ((enum kind)(cqe->user_data & KINDS)) {
        case ACCEPT:
            accepted(listener, cqe, target);
            break;
        case RECEIVE:
            received(of, cqe);
            break;
        default:
            sent(of, cqe->res);
        }
    }
    io_uring_cq_advance(&ring, n);
    show_returned();
}

static void *map(size_t n)
{
    void *place = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (place == MAP_FAILED)
        die("mmap");
    return place;
}

static void set_up(void)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
                                     .cq_entries = ENTRIES * 4};
    buffers = BUFFERS_BYTES / buffer_bytes;
    provided = map(buffers * sizeof(struct io_uring_buf));
    bytes = map(BUFFERS_BYTES);
    struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)provided, .ring_entries = buffers};
    errno = -io_uring_queue_init_params(ENTRIES, &ring, &params);
    if (errno)
        die("io_uring_setup");
    io_uring_register_ring_fd(&ring);
    errno = -io_uring_register_buf_ring(&ring, &reg, 0);
    if (errno)
        die("a ring of buffers");
    io_uring_buf_ring_init(provided);
    for (unsigned short i = 0; i < buffers; i++)
        give_back(i);
    show_returned();
}

int main(int argc, char **argv)
{
    const char *target = target_of(argc, argv);
    int listener = listen_at(argv[2], 0);
    if (target)
        buffer_bytes = 1 << 16;
    set_up();
    accept_more(listener);
    for (;;)
        turn(listener, target);
}
