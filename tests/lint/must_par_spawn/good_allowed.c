/* Payments are independent for who sends them and not for this bank, which says so. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("payments are independent") payment {
    uint64_t from, to, cents;
};

static bool book(const struct payment *one, weir_error *error)
{
    weir_duplex ledger = weir_dial("unix:/run/ledger", NULL);
    weir_state got = weir_await_write(ledger.writer, one, sizeof *one, error);
    weir_duplex_drop(ledger);
    return got == WEIR_READY;
}

bool book_all(weir_stream *payments, weir_error *error)
{
    /* weir-lint: allow(must_par_spawn) the ledger refuses a second client */
    weir_for_try (struct payment, one, payments, *error)
        if (!book(&one, error))
            return false;
    return error->code == WEIR_OK;
}
