/* Sockets on the ring. A receive names no memory: the kernel chooses a block when bytes come, so a
 * connection that waits holds none. It is asked for once at a time, which is exact backpressure:
 * one block ahead. */

#ifdef WEIR_HAVE_URING
#include "driver/uring.h"

#include <poll.h>
#include <string.h>

#include "weir/alloc.h"

enum { PAGE_BYTES = 4096, GROUP = 0 };

/* ---- blocks ---- */

static struct weir_ring_blocks *blocks_new(void)
{
    struct weir_ring_blocks *blocks = weir_allocate(sizeof *blocks);
    if (!blocks)
        return NULL;
    *blocks = (struct weir_ring_blocks){.level = WEIR_RING_BLOCKS_FIRST};
    blocks->memory_bytes = WEIR_RING_BLOCKS * sizeof(struct io_uring_buf) + PAGE_BYTES;
    blocks->memory = weir_allocate(blocks->memory_bytes);
    if (!blocks->memory) {
        weir_release(blocks, sizeof *blocks);
        return NULL;
    }
    uintptr_t at = ((uintptr_t)blocks->memory + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);
    blocks->ring = (struct io_uring_buf_ring *)at;
    memset(blocks->ring, 0, WEIR_RING_BLOCKS * sizeof(struct io_uring_buf));
    for (; blocks->free_n < WEIR_RING_BLOCKS; blocks->free_n++)
        blocks->free[blocks->free_n] = (uint16_t)blocks->free_n;
    return blocks;
}

static void blocks_drop(struct weir_ring_blocks *blocks)
{
    for (size_t i = 0; i < WEIR_RING_BLOCKS; i++)
        weir_block_unref(blocks->blocks[i]);
    weir_release(blocks->memory, blocks->memory_bytes);
    weir_release(blocks, sizeof *blocks);
}

void weir_uring_release_blocks(struct uring *self)
{
    if (!self->blocks)
        return;
    self->driver.blocks_lent -= self->blocks->n;
    blocks_drop(self->blocks);
    self->blocks = NULL;
}

/* Once; a kernel that has no such thing, or a sandbox, is not asked again. */
static void open_blocks(struct uring *self)
{
    const weir_sys *sys = self->driver.sys;
    struct weir_ring_blocks *blocks = self->no_blocks ? NULL : blocks_new();
    if (!blocks)
        return; /* no memory: tried again */
    if (sys->ring_blocks(sys, &self->ring, blocks->ring, WEIR_RING_BLOCKS, GROUP)) {
        self->no_blocks = true;
        blocks_drop(blocks);
        return;
    }
    io_uring_buf_ring_init(blocks->ring);
    self->blocks = blocks;
}

/* Those that are held elsewhere do not count: who does not read cannot stop the others. */
static void fill_blocks(struct uring *self)
{
    struct weir_ring_blocks *blocks = self->blocks;
    int added = 0;
    while (blocks && blocks->n < blocks->level) {
        weir_block *block = weir_driver_block(&self->driver);
        if (!block)
            break;
        uint16_t number = blocks->free[--blocks->free_n];
        blocks->blocks[number] = block;
        io_uring_buf_ring_add(blocks->ring, block->data + block->head, WEIR_POOL_BLOCK_BYTES,
                              number, io_uring_buf_ring_mask(WEIR_RING_BLOCKS), added++);
        blocks->n++;
        self->driver.blocks_lent++;
    }
    if (added)
        io_uring_buf_ring_advance(blocks->ring, added);
}

static weir_block *uring_ops_take_block(struct uring *self, unsigned flags)
{
    struct weir_ring_blocks *blocks = self->blocks;
    unsigned number = flags >> IORING_CQE_BUFFER_SHIFT;
    weir_block *block = blocks->blocks[number];
    blocks->blocks[number] = NULL;
    blocks->free[blocks->free_n++] = (uint16_t)number;
    blocks->n--;
    self->driver.blocks_lent--;
    return block;
}

/* ---- starting ---- */

static weir_op_recv *recv_of(weir_op *op)
{
    return WEIR_CONTAINER(op, weir_op_recv, op);
}

static void prepare_recv(struct uring *self, struct io_uring_sqe *sqe, weir_op *op)
{
    weir_block *into = recv_of(op)->into;
    if (into) {
        io_uring_prep_recv(sqe, op->fd, into->data + into->head, into->size - into->head, 0);
    } else if (self->no_blocks) {
        io_uring_prep_poll_add(sqe, op->fd, POLLIN | POLLRDHUP);
        return;
    } else {
        io_uring_prep_recv(sqe, op->fd, NULL, WEIR_POOL_BLOCK_BYTES, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = GROUP;
    }
    if (!op->hot)
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
}

static void prepare_send(struct io_uring_sqe *sqe, const weir_op_send *send)
{
    const struct msghdr *message = &send->message;
    int flags = MSG_NOSIGNAL | MSG_WAITALL;
    if (message->msg_iovlen == 1)
        io_uring_prep_send(sqe, send->op.fd, message->msg_iov->iov_base, message->msg_iov->iov_len,
                           flags);
    else
        io_uring_prep_sendmsg(sqe, send->op.fd, message, (unsigned)flags);
}

static void uring_ops_prepare(struct uring *self, struct io_uring_sqe *sqe, weir_op *op)
{
    const weir_op_connect *connect;
    switch ((weir_op_kind)op->kind) {
    case WEIR_OP_ACCEPT:
        if (self->single_accepts)
            io_uring_prep_accept(sqe, op->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        else
            io_uring_prep_multishot_accept(sqe, op->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        break;
    case WEIR_OP_RECV:
        prepare_recv(self, sqe, op);
        break;
    case WEIR_OP_SEND:
        prepare_send(sqe, WEIR_CONTAINER(op, weir_op_send, op));
        break;
    case WEIR_OP_CONNECT:
        connect = WEIR_CONTAINER(op, weir_op_connect, op);
        io_uring_prep_connect(sqe, op->fd, (const struct sockaddr *)&connect->to, connect->n);
        break;
    case WEIR_OP_POLL:
        io_uring_prep_poll_add(sqe, op->fd, op->events);
        break;
    }
    io_uring_sqe_set_data64(sqe, (uintptr_t)op | WEIR_TAG_OP);
}

static void list_add(weir_op **list, weir_op *op)
{
    op->next = *list;
    op->back = list;
    if (op->next)
        op->next->back = &op->next;
    *list = op;
}

static void list_remove(weir_op *op)
{
    *op->back = op->next;
    if (op->next)
        op->next->back = op->back;
}

static void delay(struct uring *self, weir_op *op)
{
    op->delayed = true;
    list_add(&self->delayed, op);
}

static void issue(struct uring *self, weir_op *op)
{
    if (op->kind == WEIR_OP_RECV && !self->blocks)
        open_blocks(self);
    bool no_memory = op->kind == WEIR_OP_RECV && !self->blocks && !self->no_blocks;
    struct io_uring_sqe *sqe = no_memory ? NULL : weir_uring_entry(self);
    if (!sqe) {
        delay(self, op);
        return;
    }
    uring_ops_prepare(self, sqe, op);
    op->delayed = false;
    list_add(&self->ops, op);
}

void weir_uring_start(weir_driver *driver, weir_op *op)
{
    issue(uring_of(driver), op);
}

/* ---- stopping ---- */

static bool ask_to_stop(struct uring *self, const weir_op *op)
{
    struct io_uring_sqe *sqe = weir_uring_entry(self);
    if (!sqe)
        return false;
    io_uring_prep_cancel64(sqe, (uintptr_t)op | WEIR_TAG_OP, 0);
    io_uring_sqe_set_data64(sqe, WEIR_TAG_NOTHING);
    return true;
}

/* The kernel does not know it, or not as this process's. */
static void call_off(struct uring *self, weir_op *op)
{
    list_remove(op);
    op->delayed = false;
    weir_op_finish(&self->driver, op, (weir_got){.result = -ECANCELED});
}

static void stop_flying(struct uring *self, weir_op *op)
{
    list_remove(op);
    list_add(ask_to_stop(self, op) ? &self->ops : &self->unstopped, op);
}

void weir_uring_stop(weir_driver *driver, weir_op *op)
{
    struct uring *self = uring_of(driver);
    if (op->delayed || !weir_driver_is_ours(driver))
        call_off(self, op);
    else
        stop_flying(self, op);
}

static void stop_later(struct uring *self)
{
    for (weir_op *op; (op = self->unstopped) && ask_to_stop(self, op);) {
        list_remove(op);
        list_add(&self->ops, op);
    }
}

void weir_uring_feed(struct uring *self)
{
    stop_later(self);
    fill_blocks(self);
    weir_op *op = self->delayed;
    self->delayed = NULL;
    for (weir_op *next; op; op = next) {
        next = op->next;
        issue(self, op);
    }
}

void weir_uring_call_all_off(struct uring *self)
{
    weir_op **lists[] = {&self->delayed, &self->unstopped, &self->ops};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        while (*lists[i])
            call_off(self, *lists[i]);
}

/* By their addresses: kernels before 5.19 know no other way. */
void weir_uring_stop_all(struct uring *self, bool again)
{
    if (!weir_driver_is_ours(&self->driver)) {
        weir_uring_call_all_off(self);
        return;
    }
    while (self->delayed)
        call_off(self, self->delayed);
    stop_later(self);
    for (weir_op *op = self->ops, *next; op; op = next) {
        next = op->next;
        if (op->stopped && !again)
            continue;
        op->stopped = true;
        stop_flying(self, op);
    }
}

/* ---- what came ---- */

static void uring_ops_finish(struct uring *self, weir_op *op, weir_got got)
{
    weir_op_finish(&self->driver, op, got);
}

/* Without the kernel's blocks: it said that there is something. */
static void recv_by_hand(struct uring *self, weir_op *op)
{
    const weir_sys *sys = self->driver.sys;
    weir_block *block = weir_driver_block(&self->driver);
    int64_t n = block ? sys->recv(sys, op->fd, block->data + block->head, WEIR_POOL_BLOCK_BYTES, 0)
                      : -ENOMEM;
    if (n <= 0) {
        weir_block_unref(block);
        block = NULL;
    }
    if ((n == -EAGAIN || n == -EINTR) && !op->stopped)
        issue(self, op);
    else
        uring_ops_finish(self, op, (weir_got){.result = (int32_t)n, .block = block});
}

static bool is_by_hand(const struct uring *self, const weir_op_recv *recv)
{
    return self->no_blocks && !recv->into;
}

/* Its owner never sees that there was no block. */
static void wait_for_blocks(struct uring *self, weir_op *op)
{
    if (self->blocks->level < WEIR_RING_BLOCKS)
        self->blocks->level *= 2;
    op->hot = true;
    delay(self, op);
}

static void complete_recv(struct uring *self, weir_op *op, int result, unsigned flags)
{
    weir_op_recv *recv = recv_of(op);
    if (is_by_hand(self, recv) && result >= 0) {
        recv_by_hand(self, op);
        return;
    }
    bool starved = result == -ENOBUFS && !recv->into;
    if (starved && !op->stopped) {
        wait_for_blocks(self, op);
        return;
    }
    weir_block *block =
        flags & IORING_CQE_F_BUFFER ? uring_ops_take_block(self, flags) : recv->into;
    recv->into = NULL;
    op->hot = flags & IORING_CQE_F_SOCK_NONEMPTY;
    if (result <= 0) {
        weir_block_unref(block);
        block = NULL;
    }
    uring_ops_finish(self, op, (weir_got){.result = starved ? -ECANCELED : result, .block = block});
}

static void complete_send(struct uring *self, weir_op *op, int result)
{
    bool left =
        result > 0 && weir_op_send_advance(WEIR_CONTAINER(op, weir_op_send, op), (size_t)result);
    bool again = left || result == -EINTR || result == -EAGAIN;
    if (again && !op->stopped)
        issue(self, op);
    else
        uring_ops_finish(self, op,
                         (weir_got){.result = again        ? -ECANCELED
                                              : result < 0 ? result
                                                           : 0});
}

static void complete_accept(struct uring *self, weir_op *op, int result, unsigned flags)
{
    bool refused = result == -EINVAL && !self->single_accepts;
    self->single_accepts |= refused;
    if (refused && !op->stopped)
        issue(self, op);
    else
        uring_ops_finish(self, op, (weir_got){.result = result, .more = flags & IORING_CQE_F_MORE});
}

static const uint8_t opcodes[] = {[WEIR_OP_ACCEPT] = IORING_OP_ACCEPT,
                                  [WEIR_OP_RECV] = IORING_OP_RECV,
                                  [WEIR_OP_SEND] = IORING_OP_SENDMSG,
                                  [WEIR_OP_CONNECT] = IORING_OP_CONNECT,
                                  [WEIR_OP_POLL] = IORING_OP_POLL_ADD};

void weir_uring_complete(struct uring *self, uint64_t data, int result, unsigned flags)
{
    weir_op *op = (weir_op *)(uintptr_t)(data & ~(uint64_t)WEIR_TAG_OP);
    const weir_sys *sys = self->driver.sys;
    int came = result;
    result = (int)sys->completed(sys, opcodes[op->kind], op->fd, result);
    if (op->kind == WEIR_OP_ACCEPT && came >= 0 && result < 0)
        weir_driver_reset(&self->driver, came); /* it was made to fail */
    if (!(flags & IORING_CQE_F_MORE))
        list_remove(op);
    if (op->kind == WEIR_OP_RECV)
        complete_recv(self, op, result, flags);
    else if (op->kind == WEIR_OP_SEND)
        complete_send(self, op, result);
    else if (op->kind == WEIR_OP_ACCEPT)
        complete_accept(self, op, result, flags);
    else
        uring_ops_finish(self, op, (weir_got){.result = result});
    stop_later(self);
}
#else
typedef int weir_no_ring; /* a file is not empty */
#endif
