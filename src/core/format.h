#ifndef WEIR_CORE_FORMAT_H
#define WEIR_CORE_FORMAT_H

#include <stdarg.h>

#include "weir/error.h"

size_t weir_format_list(char *out, size_t size, const char *format, va_list list);

#endif
