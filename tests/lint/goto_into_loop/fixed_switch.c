/* What the states differ in is a variable, and all of them enter the loop. */
#include <weir.h>

enum state { START, NUMBERS, SIGNS };

int64_t parse(weir_stream *bytes, enum state state)
{
    int64_t value = 0, sign = state == SIGNS ? -1 : 1;
    weir_for_await (uint8_t, byte, bytes) {
        if (state == START && byte == '-') {
            sign = -1;
            continue;
        }
        state = NUMBERS;
        value = value * 10 + byte - '0';
    }
    return sign * value;
}
