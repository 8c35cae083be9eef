/* Which errors of a move are the other side's: the kernel says them once, so they must be kept. The
 * others are of the call itself, and what comes next meets them again. */
#ifndef WEIR_IO_PEER_ERROR_H
#define WEIR_IO_PEER_ERROR_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool weir_is_peer_error(int64_t error)
{
    return error == -EPIPE || error == -ECONNRESET || error == -ETIMEDOUT ||
           error == -EHOSTUNREACH || error == -ENETUNREACH || error == -ENETDOWN;
}

#endif
