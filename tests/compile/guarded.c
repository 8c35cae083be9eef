/* weir/async_guard.h: what clang -Wthread-safety says of functions that run in tasks. Each #ifdef
 * is a program that it warns of, in the words behind it; without any of them it is silent, and so
 * is gcc. Run by guarded.sh. */

#include <netdb.h>
#include <unistd.h>

#include "weir.h"

#include "weir/async_guard.h"

struct request {
    weir_duplex peer;
    uint64_t until_ns;
};

WEIR_NOT_ASYNC void rebuild_index(void);

WEIR_ASYNC static bool wait_for(struct request *request, weir_error *error)
{
    return weir_await(weir_sleep(request->until_ns), NULL, error) != WEIR_ERROR;
}

/* The good twin of SLEEPS, and a body that is called in the task and calls there. */
WEIR_ASYNC static bool answer(struct request *request, int64_t *out, weir_error *error)
{
    *out = 0;
    return wait_for(request, error);
}
WEIR_FIBER_FN(answer_fn, answer, struct request, int64_t)

WEIR_TRY_PAR_FN(serve, weir_duplex, peer, void *, arg, error)
{
    struct request request = {peer, 1000};
    (void)arg;
    return wait_for(&request, error);
}

WEIR_CREW_FN(work, int64_t, jobs, void *, arg)
{
    (void)arg;
    weir_for_await (int64_t, job, jobs)
        weir_await(weir_sleep((uint64_t)job), NULL, NULL);
}

/* Outside of tasks all may block. */
int main(void)
{
    struct request request = {{0}, 1};
    weir_error error;
    weir_drop(weir_fiber(&answer_fn, &request, NULL));
    weir_drop(weir_par_for_each(weir_incoming(":0", NULL), &serve, NULL, 8, NULL));
    weir_drop(weir_crew(weir_range(0, 1), &work, NULL, 2, NULL));
    weir_rt *rt = weir_rt_new(NULL, &error);
    rebuild_index();
    sleep(1);
    weir_rt_drop(rt);
    return 0;
}

#ifdef SLEEPS /* cannot call function 'sleep' while role 'weir_async' is held */
WEIR_ASYNC void f(void)
{
    sleep(1);
}
#endif

#ifdef LOOKS_UP /* cannot call function 'getaddrinfo' while role 'weir_async' is held */
WEIR_PAR_FN(look_up, weir_duplex, peer, const char *, host)
{
    struct addrinfo *all = NULL;
    (void)peer;
    (void)getaddrinfo(host, "80", NULL, &all);
}
const weir_par_fn *f(void)
{
    return &look_up;
}
#endif

#ifdef SENDS /* cannot call function 'weir_send_blocking' while role 'weir_async' is held */
WEIR_ASYNC bool f(weir_sender *tx)
{
    int64_t item = 0;
    return weir_send_blocking(tx, &item) == WEIR_SENT;
}
#endif

#ifdef OWN_THAT_BLOCKS /* cannot call function 'rebuild_index' while role 'weir_async' is held */
WEIR_ASYNC void f(void)
{
    rebuild_index();
}
#endif

#ifdef CALLED_OUTSIDE /* calling function 'wait_for' requires holding role 'weir_async' */
bool f(struct request *request)
{
    return wait_for(request, NULL);
}
#endif
