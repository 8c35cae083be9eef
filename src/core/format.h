#ifndef WEIR_CORE_FORMAT_H
#define WEIR_CORE_FORMAT_H

#include <stdarg.h>

#include "weir/error.h"

size_t weir_format_list(char *out, size_t size, const char *format, va_list list);

/* A time as people say it, for a %s: "2 h", "90 s", "1.5 s", "250 ms". Whole hours and minutes,
 * else three decimals of the largest unit that fits. It lives as long as the block it is said in.
 */
enum { WEIR_TIME_TEXT_BYTES = 32 };
#define WEIR_TIME_TEXT(ns) weir_time_text((ns), (char[WEIR_TIME_TEXT_BYTES]){""})
const char *weir_time_text(uint64_t ns, char *out);

/* A file of the program as people say it: without the way there from where it was compiled. */
const char *weir_site_file(const weir_site *site);

#endif
