/* The last service times of a row. Its worker adds, anybody reads: each is one word. */
#ifndef WEIR_INSPECT_SERVICES_H
#define WEIR_INSPECT_SERVICES_H

#include "inspect/accounts.h"

struct weir_services {
    uint64_t n; /* in all */
    uint64_t last[WEIR_INSPECT_SERVICES];
};

/* With no memory for them: nothing. */
void weir_services_add(struct weir_account_row *row, uint64_t cpu_ns, uint64_t wait_ns);

/* The last n of them at most, oldest first. */
size_t weir_services_read(const struct weir_account_row *row, weir_service *out, size_t n);

void weir_services_free(struct weir_accounts *accounts);

#endif
