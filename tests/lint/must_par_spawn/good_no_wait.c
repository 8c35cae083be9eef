/* The body only sums and sorts into an array: no wait, so nothing would be gained. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id, cost;
};

static void insert(struct job *sorted, size_t n, struct job job)
{
    for (; n && sorted[n - 1].cost > job.cost; n--)
        sorted[n] = sorted[n - 1];
    sorted[n] = job;
}

size_t cheapest(weir_stream *queue, struct job *sorted, size_t max, weir_error *error)
{
    size_t n = 0;
    weir_for_try (struct job, job, queue, *error) {
        insert(sorted, n++, job);
        if (n == max)
            break;
    }
    return n;
}
