/* What weir_sys.rs copies of the headers is what they say. */

#include <weir.h>

_Static_assert(WEIR_READY == 0 && WEIR_END == 2 && WEIR_ERROR == 3 && WEIR_E_USER == 10, "states");
_Static_assert(sizeof(weir_line) == 2 * sizeof(void *) && offsetof(weir_line, data) == 0 &&
                   offsetof(weir_line, size) == sizeof(void *),
               "lines");
_Static_assert(sizeof(weir_state) == sizeof(int) && sizeof(weir_code) == sizeof(int), "enums");
