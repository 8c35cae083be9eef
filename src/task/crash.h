/* A function that crashes is named, with its task and worker, before the program dies of it. */
#ifndef WEIR_TASK_CRASH_H
#define WEIR_TASK_CRASH_H

/* Called by each thread that gets a worker of its own; leaves alone what has a handler already. */
void weir_crash_watch(void);

/* In a handler: in whose turn it was; nothing where it was in nobody's. */
void weir_crash_tell(int number);

#endif
