/* A pointer to a marked type, and a struct that has one as a member, are other types. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
};

struct step {
    struct job job;
    uint32_t nth;
};

bool replay(weir_stream *steps, weir_writer *journal, weir_error *error)
{
    weir_for_try (struct step, step, steps, *error) {
        if (weir_await(weir_write_u64_be(journal, step.job.id), NULL, error) == WEIR_ERROR)
            return false;
        if (weir_await(weir_write_u32_be(journal, step.nth), NULL, error) == WEIR_ERROR)
            return false;
    }
    return error->code == WEIR_OK;
}
