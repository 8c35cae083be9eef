/* The last service times of a row. */

#include "inspect/services.h"

#include <string.h>

#include "weir/alloc.h"

static uint64_t services_word_of(uint64_t cpu_ns, uint64_t wait_ns)
{
    weir_service service = {cpu_ns < UINT32_MAX ? (uint32_t)cpu_ns : UINT32_MAX,
                            wait_ns < UINT32_MAX ? (uint32_t)wait_ns : UINT32_MAX};
    uint64_t word;
    memcpy(&word, &service, sizeof word);
    return word;
}

static struct weir_services *services_of(struct weir_account_row *row)
{
    if (WEIR_LIKELY(row->services != NULL))
        return row->services;
    struct weir_services *services = weir_allocate(sizeof *services);
    if (!services)
        return NULL;
    memset(services, 0, sizeof *services);
    __atomic_store_n(&row->services, services, __ATOMIC_RELEASE);
    return services;
}

void weir_services_add(struct weir_account_row *row, uint64_t cpu_ns, uint64_t wait_ns)
{
    struct weir_services *services = services_of(row);
    if (!services)
        return;
    __atomic_store_n(&services->last[services->n % WEIR_INSPECT_SERVICES],
                     services_word_of(cpu_ns, wait_ns), __ATOMIC_RELAXED);
    __atomic_store_n(&services->n, services->n + 1, __ATOMIC_RELEASE);
}

/* Whose place another one took meanwhile comes out as that. */
size_t weir_services_read(const struct weir_account_row *row, weir_service *out, size_t n)
{
    const struct weir_services *services = __atomic_load_n(&row->services, __ATOMIC_ACQUIRE);
    uint64_t there = services ? __atomic_load_n(&services->n, __ATOMIC_ACQUIRE) : 0;
    uint64_t kept = there < WEIR_INSPECT_SERVICES ? there : WEIR_INSPECT_SERVICES;
    n = n < kept ? n : (size_t)kept;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)((there - n + i) % WEIR_INSPECT_SERVICES);
        uint64_t word = __atomic_load_n(&services->last[at], __ATOMIC_RELAXED);
        memcpy(&out[i], &word, sizeof word);
    }
    return n;
}

void weir_services_free(struct weir_accounts *accounts)
{
    for (uint64_t i = 0; i < accounts->n; i++)
        weir_release(accounts->rows[i].services, sizeof *accounts->rows[i].services);
}
