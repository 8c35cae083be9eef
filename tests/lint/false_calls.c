/* The rest of a libclang that understands no file: nobody asks what is in one. */
#include <stdlib.h>

#include "clang.h"

#define FALSE_CALL_(name)                                                                          \
    __attribute__((weak, visibility("default"))) void false_##name(void) __asm__("clang_" #name);  \
    void false_##name(void)                                                                        \
    {                                                                                              \
        abort();                                                                                   \
    }
CLANG_CALLS(FALSE_CALL_)
