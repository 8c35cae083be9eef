/* The source is marked too: sequential_loops would speak here, so its suppression covers the loop.
 */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
};

WEIR_MUST_PAR_SPAWN("jobs are independent") weir_stream *jobs_of(const char *spool);

bool run_spool(const char *spool, weir_writer *log, weir_error *error)
{
    /* weir-lint: allow(sequential_loops) the log must have the jobs in their order */
    weir_for_try (struct job, job, jobs_of(spool), *error) {
        if (weir_await(weir_write_u64_be(log, job.id), NULL, error) == WEIR_ERROR)
            return false;
    }
    return error->code == WEIR_OK;
}
