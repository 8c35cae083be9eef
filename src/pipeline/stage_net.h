/* stage_net.h: connections, for chains and for the commands that have many of them. */
#ifndef PIPELINE_STAGE_NET_H
#define PIPELINE_STAGE_NET_H

#include "pipeline/pipeline.h"

enum { NET_MAX_DEFAULT = 1000 }; /* connections at once, where max= says nothing */

/* What an address of relay's or serve's asks for. */
bool weir_pl_net_listens(const struct node *node);
uint32_t weir_pl_net_max(const struct node *node);
uint32_t weir_pl_net_peer_max(const struct node *node); /* 0: any number */
weir_duplex weir_pl_net_dial(const struct node *node);
weir_stream *weir_pl_net_incoming(struct node *node);

/* How many connections peer-max= refused, if any. */
void weir_pl_net_tell_refused(const struct node *node);

/* How long the peer may be still, after all was sent to it, before nobody waits for its end. */
uint64_t weir_pl_net_linger_ns(const struct node *node);

/* stage_listen.c: one connection, of whoever comes first. */
void weir_pl_listen_build(struct flow *flow, struct node *node);
weir_writer *weir_pl_listen_writer(struct node *node);

/* stage_talk.c: gives what the copy gives, and holds the other halves of the chain's connections
 * until then: what the peer of the sink says is read and dropped, so that neither side waits for
 * ever, and when all was sent its end is waited for. */
weir_stream *weir_pl_talk_build(weir_stream *copy WEIR_TAKES, struct chain *chain WEIR_KEEPS);

#endif
