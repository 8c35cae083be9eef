/* The library's choice of kernels, taken out of its hands: a program linked with this file and the
 * static library runs the baseline's on every processor, so that its instructions can be compared
 * from machine to machine. The linker then leaves the library's own core/cpu.c where it is. */

#include "weir/fn.h"

int weir_cpu_level(void)
{
    return WEIR_CPU_BASE;
}
