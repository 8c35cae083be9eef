/* address.h: words that say where something stands outside: paths, and SCHEME:REST. */
#ifndef TOOL_ADDRESS_H
#define TOOL_ADDRESS_H

#include "pipeline.h"

/* A word with a / or a . in it, or one that begins with a scheme. */
bool address_looks_like(const char *text);

/* The path that the word is, or that stands behind file:. NULL: it complained. */
const char *address_path(const struct words *words, size_t word);

#endif
