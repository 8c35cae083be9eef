/* The handler of SIGSEGV: it says which fiber needs a larger stack, and leaves the rest as it would
 * have been. */

#include "task/overflow.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "task/crash.h"
#include "weir/error.h"
#include "weir/sys.h"

enum { HANDLER_BYTES = 64 << 10, OVERFLOW_STANDARD_ERROR = 2 };

static weir_overflow_hit *is_hit;
static bool installed;
static pthread_key_t overflow_ends;
static bool has_key;

static _Thread_local struct {
    bool watched;
    void *stack; /* what the handler runs on, where we made it */
} here;

static void overflow_say(const char *name, size_t stack_bytes)
{
    char text[256];
    size_t n = weir_format(text, sizeof text,
                           "weir: misuse: %s runs over its stack of %zu bytes: "
                           "give it more with .stack_bytes\n",
                           name, stack_bytes);
    n = n < sizeof text ? n : sizeof text - 1;
    weir_sys_posix.write(&weir_sys_posix, OVERFLOW_STANDARD_ERROR, text, n);
}

/* Whatever it was, it happens again when this returns, with the handler that was there before: none
 * (a signal that somebody sent would not). */
static void overflow_handle(int number, siginfo_t *info, void *unused)
{
    const char *name;
    size_t stack_bytes;
    (void)unused;
    if (info->si_code > 0 && is_hit(info->si_addr, &name, &stack_bytes))
        overflow_say(name, stack_bytes);
    else if (info->si_code > 0)
        weir_crash_tell(number);
    signal(number, SIG_DFL);
    if (info->si_code <= 0)
        raise(number);
}

/* ---- the stack that the handler runs on ---- */

static void overflow_thread_ends(void *stack)
{
    static const stack_t none = {.ss_flags = SS_DISABLE};
    here.watched = false;
    sigaltstack(&none, NULL);
    munmap(stack, HANDLER_BYTES);
}

static bool has_alternate_stack(void)
{
    stack_t now;
    return !sigaltstack(NULL, &now) && !(now.ss_flags & SS_DISABLE);
}

static void make_alternate_stack(void)
{
    void *at = mmap(NULL, HANDLER_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return;
    stack_t stack = {.ss_sp = at, .ss_size = HANDLER_BYTES};
    if (sigaltstack(&stack, NULL) || !has_key || pthread_setspecific(overflow_ends, at))
        return; /* it stays until the program ends */
    here.stack = at;
}

/* ---- once ---- */

static void overflow_install(void)
{
    struct sigaction before, ours;
    installed = !sigaction(SIGSEGV, NULL, &before) && before.sa_sigaction == overflow_handle;
    if (installed || before.sa_flags & SA_SIGINFO || before.sa_handler != SIG_DFL)
        return;
    has_key = has_key || !pthread_key_create(&overflow_ends, overflow_thread_ends);
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = overflow_handle;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    installed = !sigaction(SIGSEGV, &ours, NULL);
}

/* A thread that comes later looks again: the program's own handler may be gone by then. */
void weir_overflow_watch(weir_overflow_hit *hit)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (here.watched)
        return;
    here.watched = true;
    pthread_mutex_lock(&lock);
    is_hit = hit;
    overflow_install();
    bool ours = installed;
    pthread_mutex_unlock(&lock);
    if (ours && !has_alternate_stack())
        make_alternate_stack();
}
