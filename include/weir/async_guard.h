/* weir/async_guard.h: clang says where a function that runs in a task blocks its thread, at compile
 * time and without the lint. Include it behind the other headers, and compile with -Wthread-safety:
 *
 *     WEIR_ASYNC static void answer(struct request *request)
 *     {
 *         sleep(1);       cannot call function 'sleep' while role 'weir_async' is held
 *     }
 *
 * WEIR_ASYNC stands on functions that wait: those of WEIR_FIBER_FN and WEIR_GENERATOR_FN, and what
 * they call. The bodies of WEIR_PAR_FN, WEIR_CREW_FN and their like have it of themselves. Who
 * calls one has to be one: "calling function 'answer' requires holding role 'weir_async'".
 *
 * What blocks is the C library's list below; a function of your own says WEIR_NOT_ASYNC. Calls that
 * block or not as their descriptor is (read, connect) are not in it. To gcc, and to C++, all of
 * this is nothing. */
#ifndef WEIR_ASYNC_GUARD_H
#define WEIR_ASYNC_GUARD_H

#include "weir/channel.h"
#include "weir/executor.h"
#include "weir/fiber.h"
#include "weir/run.h"

#if defined(__clang__) && !defined(__cplusplus)

#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct __attribute__((capability("role"))) weir_async_role {
    char none;
};
extern struct weir_async_role weir_async; /* there is none: it is only spoken of */

#define WEIR_ASYNC __attribute__((requires_capability(weir_async)))
#define WEIR_NOT_ASYNC __attribute__((locks_excluded(weir_async)))

#undef WEIR_IN_TASK_
#define WEIR_IN_TASK_ WEIR_ASYNC
#undef WEIR_TO_TASK_
#define WEIR_TO_TASK_ __attribute__((no_thread_safety_analysis))

extern unsigned sleep(unsigned) WEIR_NOT_ASYNC;
extern int pause(void) WEIR_NOT_ASYNC;
extern pid_t wait(int *) WEIR_NOT_ASYNC;
extern pid_t waitpid(pid_t, int *, int) WEIR_NOT_ASYNC;
extern int system(const char *) WEIR_NOT_ASYNC;
extern int getchar(void) WEIR_NOT_ASYNC;
extern int pthread_join(pthread_t, void **) WEIR_NOT_ASYNC;
extern int pthread_cond_wait(pthread_cond_t *restrict, pthread_mutex_t *restrict) WEIR_NOT_ASYNC;
extern int sem_wait(sem_t *) WEIR_NOT_ASYNC;
#ifdef _POSIX_C_SOURCE
extern int nanosleep(const struct timespec *, struct timespec *) WEIR_NOT_ASYNC;
extern int clock_nanosleep(clockid_t, int, const struct timespec *,
                           struct timespec *) WEIR_NOT_ASYNC;
extern int pclose(FILE *) WEIR_NOT_ASYNC;
extern int getaddrinfo(const char *restrict, const char *restrict, const struct addrinfo *restrict,
                       struct addrinfo **restrict) WEIR_NOT_ASYNC;
extern int getnameinfo(const struct sockaddr *restrict, socklen_t, char *restrict, socklen_t,
                       char *restrict, socklen_t, int) WEIR_NOT_ASYNC;
#endif
#ifdef _DEFAULT_SOURCE
extern int usleep(useconds_t) WEIR_NOT_ASYNC;
extern struct hostent *gethostbyname(const char *) WEIR_NOT_ASYNC;
#endif

extern weir_sent weir_send_blocking(weir_sender *tx, const void *item) WEIR_NOT_ASYNC;
extern void weir_rt_drop(weir_rt *rt) WEIR_NOT_ASYNC;
extern bool weir_worker_turn(weir_worker *worker, uint64_t timeout_ns) WEIR_NOT_ASYNC;
extern void weir_thread_end(void) WEIR_NOT_ASYNC;

#else

#define WEIR_ASYNC
#define WEIR_NOT_ASYNC

#endif

#endif
