/* Payments of one account are independent for the bank and not for this program, which says so. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("payments are independent") payment {
    uint64_t from, to, cents;
};

bool book(weir_stream *payments, weir_writer *ledger, weir_error *error)
{
    /* weir-lint: allow(must_par_spawn) the ledger has one page, and it is written in order */
    weir_for_try (struct payment, one, payments, *error)
        if (weir_await_write(ledger, &one, sizeof one, error) != WEIR_READY)
            return false;
    return error->code == WEIR_OK;
}
