/* A channel as both of its sides see it: a ring of items behind a lock, senders in a line.
 *
 * Room that becomes free goes to the first in the line at once: its item is moved into the ring out
 * of its future. So while anybody stands in the line there is no room, and nobody overtakes. */
#ifndef WEIR_TASK_CHANNEL_H
#define WEIR_TASK_CHANNEL_H

#include "task/waiters.h"
#include "weir/channel.h"

/* A sender is the channel; how many there are is counted. */
struct weir_sender {
    struct weir_shared shared; /* first */
    const weir_type *type;
    char *items;       /* the ring */
    weir_mark **marks; /* what stands in place of an item; NULL: none can, or none does */
    size_t capacity;
    size_t first, n;
    size_t reserved; /* room that permits have */
    size_t senders;  /* unfinished sends and permits are some */
    size_t starved;  /* ... that send no more before a mark that came out is settled */
    bool closed;     /* nobody may begin to send any more */
    bool gone;       /* the receiver is dropped */
    struct weir_waiters line;
    struct weir_waiters watchers; /* of its closing */
    weir_waker_slot receiver;
};

/* All under the lock. */

static inline bool weir_channel_has_room(const weir_sender *channel)
{
    return channel->n + channel->reserved < channel->capacity;
}

/* Nothing will come any more. */
static inline bool weir_channel_is_over(const weir_sender *channel)
{
    return !channel->n && !channel->reserved && (channel->closed || !channel->senders);
}

/* There is room: an item goes into the ring, and the receiver is to be woken. */
void weir_channel_put(weir_sender *channel, const void *item, struct weir_waking *waking);

/* ... and a mark does; its room was kept. */
void weir_channel_put_mark(weir_sender *channel, weir_mark *mark WEIR_TAKES,
                           struct weir_waking *waking);

/* Room goes to those who stand in the line; may give the lock back meanwhile. */
void weir_channel_refill(weir_sender *channel, struct weir_waking *waking);

/* Room that was kept is somebody else's. */
void weir_channel_give_back(weir_sender *channel, struct weir_waking *waking);

#endif
