/* What all drivers do with operations on sockets. */

#include "driver/op.h"

#include "driver/driver.h"
#include "weir/alloc.h"
#include "weir/implement.h"

void weir_op_start(weir_driver *driver, weir_op *op)
{
    op->busy = true;
    op->stopped = false;
    driver->outstanding++;
    if (driver->gone || !weir_driver_is_ours(driver))
        weir_op_finish(driver, op, (weir_got){.result = -ECANCELED});
    else
        driver->ops->start(driver, op);
}

void weir_op_stop(weir_driver *driver, weir_op *op)
{
    if (!op->busy || op->stopped || driver->gone)
        return; /* one that is gone has stopped all, or lost them to the kernel */
    op->stopped = true;
    driver->ops->stop(driver, op);
}

/* What it should have been received into, where nothing was. */
static void drop_into(weir_op *op)
{
    weir_op_recv *recv = WEIR_CONTAINER(op, weir_op_recv, op);
    weir_block_unref(recv->into);
    recv->into = NULL;
}

void weir_op_finish(weir_driver *driver, weir_op *op, weir_got got)
{
    if (op->kind == WEIR_OP_RECV)
        drop_into(op);
    if (!got.more) {
        op->busy = false;
        driver->outstanding--;
    }
    op->done(op, got);
}

/* ---- sends ---- */

weir_op_send *weir_op_send_new(weir_driver *driver)
{
    weir_op_send *send = driver->sends;
    if (send) {
        driver->sends = (weir_op_send *)send->op.next;
        driver->sends_n--;
    } else {
        send = weir_allocate(sizeof *send);
    }
    if (!send)
        return NULL;
    send->op = (weir_op){.kind = WEIR_OP_SEND};
    send->n = send->bytes = send->held = send->sent = 0;
    send->message = (struct msghdr){.msg_iov = send->parts};
    return send;
}

void weir_op_send_free(weir_driver *driver, weir_op_send *send)
{
    for (uint32_t i = 0; i < send->n; i++)
        weir_block_unref(send->blocks[i]);
    if (driver->gone || driver->sends_n == WEIR_SENDS_FREE_MAX) {
        weir_release(send, sizeof *send);
        return;
    }
    send->op.next = (weir_op *)driver->sends;
    driver->sends = send;
    driver->sends_n++;
}

void weir_op_send_add(weir_op_send *send, weir_block *block, const void *bytes, size_t n)
{
    send->blocks[send->n] = weir_block_ref(block);
    send->parts[send->n] = (struct iovec){(void *)(uintptr_t)bytes, n};
    send->n++;
    send->message.msg_iovlen++;
    send->bytes += (uint32_t)n;
    send->held += block->size;
}

bool weir_op_send_advance(weir_op_send *send, size_t n)
{
    struct msghdr *message = &send->message;
    send->sent += (uint32_t)n;
    while (message->msg_iovlen && n >= message->msg_iov->iov_len) {
        n -= message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    if (!message->msg_iovlen)
        return false;
    message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + n;
    message->msg_iov->iov_len -= n;
    return true;
}
