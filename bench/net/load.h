/* bench/net/load.h: what the parts of the load generator share. A part takes its arguments from its
 * name on, prints a line a figure, `name<TAB>number`, and gives what the program ends with. */
#ifndef BENCH_NET_LOAD_H
#define BENCH_NET_LOAD_H

#include <stdbool.h>
#include <stddef.h>

typedef int load_part(int argc, char **argv);

/* load_echo.c: requests and their answers, for some time or for some number */
load_part load_echo, load_count;

/* load_bulk.c: one-way, through a proxy */
load_part load_sink, load_blast;

/* load_many.c: connections that come and go, stand idle, or never read */
load_part load_churn, load_idle, load_stall;

/* load.c: the rest */
enum { MESSAGE_BYTES = 64, READY_MS = 20000 };

/* A connection to a port of this machine. One that refuses is asked again for READY_MS: a server
 * that was just started, under valgrind perhaps. */
int dial(int port);
/* The same, of which the kernel keeps few bytes each way. */
int dial_with_room(int port, int bytes);
/* The same, asked once, without waiting for it: EINPROGRESS is no failure. */
int dial_at_once(int port);
void set_nonblocking(int fd);

/* Sends a message and takes its answer, both whole; false if the peer ends or takes too long. */
bool exchange(int fd, int timeout_ms);

double now_s(void);
/* Nanoseconds of the processor that all threads of a process have used; 0 for process 0. */
double cpu_ns(int pid);
/* Bytes of a process that stand in memory. */
double resident_bytes(int pid);

void print_figure(const char *name, double value);
int number(const char *text);
_Noreturn void die(const char *what);

#endif
