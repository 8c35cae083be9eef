/* A channel whose sender all of a test share, and those who send into it. */
#ifndef WEIR_TESTS_SENDERS_H
#define WEIR_TESTS_SENDERS_H

#include "party.h"
#include "weir/channel.h"

static weir_sender *tx;
static inline weir_stream *channel(size_t capacity)
{
    return weir_channel(&weir_type_i64, capacity, &tx);
}

static inline weir_stream *channel_of_tracked(size_t capacity)
{
    return weir_channel(&tracked_type, capacity, &tx);
}

static inline weir_sent try_number(int64_t number)
{
    return weir_try_send(tx, &number);
}

static inline struct party *sending(int64_t number)
{
    return party_of(weir_send(tx, &number));
}

static inline struct party *sending_tracked(int64_t number)
{
    struct tracked item = tracked_make(number);
    return party_of(weir_send(tx, &item));
}

#endif
