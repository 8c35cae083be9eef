/* The beginning of the program that prints the binary interface; tests/abi.sh puts its main behind
 * it, made of the headers. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

#define STRUCT(T) printf("%s: %zu bytes, aligned to %zu\n", #T, sizeof(T), _Alignof(T))
#define MEMBER(T, m) printf("%s.%s at %zu, %zu bytes\n", #T, #m, offsetof(T, m), sizeof((T){0}.m))
#define VALUE(name) printf("%s = %lld\n", #name, (long long)(name))

/* The first bit of a bit field, and how many it has. */
static inline void bits(const char *name, const void *all_set, size_t size)
{
    const unsigned char *bytes = all_set;
    int first = -1, n = 0;
    for (size_t i = 0; i < 8 * size; i++)
        if (bytes[i / 8] >> i % 8 & 1) {
            first = first < 0 ? (int)i : first;
            n++;
        }
    printf("%s at bit %d, %d bits\n", name, first, n);
}

#define BITS(T, m)                                                                                 \
    do {                                                                                           \
        T one;                                                                                     \
        memset(&one, 0, sizeof one);                                                               \
        one.m--;                                                                                   \
        bits(#T "." #m, &one, sizeof one);                                                         \
    } while (0)
