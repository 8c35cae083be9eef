/* What a program that was killed may have left behind the last whole line of a file. */
#ifndef WEIR_IO_CUT_TORN_H
#define WEIR_IO_CUT_TORN_H

#include "weir/sys.h"

/* Cuts it off; 0 or a negative errno. Of what is no regular file nothing is cut. */
int weir_cut_torn(const weir_sys *sys, int fd);

#endif
