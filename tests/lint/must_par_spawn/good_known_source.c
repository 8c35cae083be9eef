/* The source is marked too: sequential_loops would speak here, so its suppression covers the loop.
 */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    char path[200];
};

WEIR_MUST_PAR_SPAWN("jobs are independent") weir_stream *jobs_of(const char *spool);

bool run_spool(const char *spool, weir_error *error)
{
    /* weir-lint: allow(sequential_loops) the disk is an old one, and slower with two readers */
    weir_for_try (struct job, job, jobs_of(spool), *error) {
        weir_stream *copy = weir_copy(weir_file_reader(job.path), weir_null_writer());
        if (weir_await(copy, NULL, error) == WEIR_ERROR)
            return false;
    }
    return error->code == WEIR_OK;
}
