/* What the programs share that measure brokers: each is a rig, started by bench/brokers.sh.
 *
 *   NAME publish ADDRESS STREAM N     N messages of 100 bytes
 *   NAME copy ADDRESS STREAM FILE N   what is kept of them goes into a file, which is synced before
 * they are acknowledged; ends when all N are settled NAME idle ADDRESS STREAM SECONDS  waits where
 * nothing comes
 */
#ifndef BENCH_BROKERS_RIG_H
#define BENCH_BROKERS_RIG_H

#include "weir.h"

struct rig {
    const char *name;
    bool (*prepare)(const char *at, const char *stream); /* before it is published; NULL: nothing */
    weir_stream *(*publish)(weir_stream *lines, const char *at, const char *stream);
    weir_stream *(*read)(const char *at, const char *stream, uint32_t page); /* 0: the usual */
    uint32_t marks; /* of a sync; 0: the usual */
    bool whole;     /* messages are kept as they are; unsaid, their first words */
};

int rig_main(int argc, char **argv, const struct rig *rig);

#endif
