/* broker_load.h: what libraries of brokers do for the command. */
#ifndef TOOL_BROKER_LOAD_H
#define TOOL_BROKER_LOAD_H

#include "pipeline/note.h"
#include "pipeline/broker.h"

/* Before anything else is asked of it. false: `why` says what is missing. */
bool broker_load(const struct host *host, const struct broker *broker, char *why, size_t size);

#endif
