/* How par_map scales, on the simulated clock. */
#ifndef WEIR_TESTS_SIM_SCALE_H
#define WEIR_TESTS_SIM_SCALE_H

/* Prints items a virtual second for bodies of 20 ns, 1 us and 1 ms, and how near that is to as many
 * workers that never wait. Answers 0. */
int scale_table(void);

#endif
