/* The handlers of signals that a function dies of: they say in whose turn it was, and leave the
 * rest as it would have been. SIGSEGV is overflow.c's, which asks here where it was no stack's end.
 */

#include "task/crash.h"

#include <signal.h>
#include <string.h>

#include "core/format.h"
#include "core/system_text.h"
#include "task/fiber.h"
#include "task/overflow.h"
#include "task/worker.h"

enum { CRASH_TEXT_BYTES = 512, CRASH_PLACE_BYTES = 256, CRASH_STANDARD_ERROR = 2 };

static bool crash_runs(const weir_worker *worker)
{
    return worker && (worker->entered || worker->cx.polling);
}

/* The function that ran, as far as anybody knows: the fiber's, else what the task is. A thread that
 * polls for itself is task 0. */
static const char *function_here(const weir_task *task)
{
    if (weir_yielder_here->cx)
        return WEIR_CONTAINER(weir_yielder_here, struct weir_fiber, yielder)->name;
    return task->future ? weir_stage_name(&task->future->stage) : "its thread";
}

/* Where the task was spawned, as far as anybody knows. */
static const char *crash_place_of(const weir_task *task, char *out)
{
    const weir_site *place = task->place;
    out[0] = '\0';
    if (place)
        weir_format(out, CRASH_PLACE_BYTES, ", spawned at %s:%u, in %s", weir_site_file(place),
                    place->line, place->function);
    return out;
}

void weir_crash_tell(int number)
{
    char text[CRASH_TEXT_BYTES];
    const weir_worker *worker = weir_worker_here;
    const weir_task *task = crash_runs(worker) ? weir_task_of(&worker->cx) : NULL;
    if (!task)
        return;
    char place[CRASH_PLACE_BYTES];
    size_t n = weir_format(text, sizeof text, "weir: SIG%s in task %llu of worker %u, in '%s'%s\n",
                           weir_signal_name(number), (unsigned long long)task->number,
                           worker->index + 1, function_here(task), crash_place_of(task, place));
    n = n < sizeof text ? n : sizeof text - 1;
    weir_sys_posix.write(&weir_sys_posix, CRASH_STANDARD_ERROR, text, n);
}

/* A fault happens again when this returns, and the program dies of it; what somebody sent does not.
 */
static void crash_handle(int number, siginfo_t *info, void *unused)
{
    (void)unused;
    if (info->si_code > 0)
        weir_crash_tell(number);
    signal(number, SIG_DFL);
    if (info->si_code <= 0)
        raise(number);
}

static void crash_watch(int number)
{
    struct sigaction before, ours;
    if (sigaction(number, NULL, &before) || before.sa_flags & SA_SIGINFO ||
        before.sa_handler != SIG_DFL)
        return;
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = crash_handle;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    sigaction(number, &ours, NULL);
}

/* Each time: the program's own handlers may be gone by now. */
void weir_crash_watch(void)
{
    static const int numbers[] = {SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        crash_watch(numbers[i]);
    weir_fiber_begins();
}
